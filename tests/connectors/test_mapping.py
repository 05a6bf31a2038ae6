"""Raw values to canonical ones and back: equal exactly when they mean the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mapping import (
    bool_value,
    choices_value,
    compile_reader,
    date_value,
    decimal_value,
    instant_text,
    instant_value,
    integer_value,
    parse_instant,
    text_value,
    to_crm,
)
from rules.errors import RecordError
from rules.fields import CANONICAL, Stream
from rules.mapping import Access, FieldMap, StreamMap


def field(stream: Stream, name: str, crm_field: str | None, **more: Any) -> FieldMap:
    return FieldMap(name=name, crm_field=crm_field, type=CANONICAL[stream][name], **more)


def submissions(*fields: FieldMap) -> StreamMap:
    return StreamMap(stream=Stream.SUBMISSIONS, object_name="Deal", fields={each.name: each for each in fields})


def reader(*fields: FieldMap, **more: Any) -> Any:
    return compile_reader(submissions(*fields), connection="crm", normalise_ref=str.upper, **more)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Acme  ", "Acme"),
        ("", None),
        ("   ", None),
        ("Cafe\u0301", "Caf\u00e9"),
        ("a\x00b", "ab"),
        ("\x00", None),
        (True, "true"),
        (12.0, "12"),
        (7, "7"),
    ],
)
def test_text_is_trimmed_composed_and_never_empty(raw, expected):
    assert text_value(raw) == expected


def test_half_a_surrogate_pair_is_refused_instead_of_breaking_the_ledger():
    with pytest.raises(ValueError, match="surrogates"):
        text_value("\ud83d half")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("12000.00", "12000"),
        ("18.50", "18.5"),
        (120000.0, "120000"),
        (0.1, "0.1"),
        ("1E+5", "100000"),
        ("-0.00", "0"),
        (1e21, "1000000000000000000000"),
        ("", None),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
    ],
)
def test_decimals_are_plain_text_without_trailing_zeros(raw, expected):
    assert decimal_value(raw) == expected


@pytest.mark.parametrize("raw", ["1,200.00", "12 EUR", "NaN", "Infinity", "1e999999999", "1" * 61, True, [], {}])
def test_what_is_no_amount_is_refused(raw):
    with pytest.raises((ValueError, TypeError)):
        decimal_value(raw)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**14), max_value=10**14))
def test_decimal_text_keeps_the_number_and_is_its_own_canonical_form(number):
    text = decimal_value(str(number))

    assert text is not None
    assert Decimal(text) == number
    assert decimal_value(text) == text
    assert decimal_value(format(number, "f") + "00") == text


def test_whole_numbers_may_come_as_floats_but_not_as_fractions():
    assert integer_value(18.0) == 18
    assert integer_value("18.00") == 18
    with pytest.raises(ValueError, match="invalid literal"):
        integer_value("18.5")


@pytest.mark.parametrize(("raw", "expected"), [(True, True), ("False", False), ("TRUE", True), ("", None)])
def test_truth_values(raw, expected):
    assert bool_value(raw) is expected


@pytest.mark.parametrize("raw", ["yes", "1", 1, 0, None])
def test_what_is_no_truth_value_is_refused(raw):
    with pytest.raises((ValueError, TypeError)):
        bool_value(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2026-11-21T12:00:00.000+0000", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00.000Z", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00Z", "2026-11-21T12:00:00Z"),
        ("2026-11-21T13:30:00+01:30", "2026-11-21T12:00:00Z"),
        ("2026-11-21T12:00:00.123Z", "2026-11-21T12:00:00.123Z"),
        ("2026-11-21T12:00:00.123999Z", "2026-11-21T12:00:00.123Z"),
        ("1795262400000", "2026-11-21T12:00:00Z"),
        (1795262400000, "2026-11-21T12:00:00Z"),
        ("2026-11-21", "2026-11-21T00:00:00Z"),
        ("", None),
    ],
)
def test_instants_are_utc_to_the_millisecond(raw, expected):
    assert instant_value(raw) == expected


@pytest.mark.parametrize("raw", ["2026-11-21T12:00:00", "21/11/2026", "soon", True, 1.5])
def test_an_instant_without_a_zone_is_refused(raw):
    with pytest.raises((ValueError, TypeError)):
        instant_value(raw)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1)), st.integers(-840, 840))  # noqa: DTZ001
def test_one_instant_has_one_text_in_whatever_zone_it_comes(moment, offset_minutes):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
    elsewhere = moment.astimezone(timezone(timedelta(minutes=offset_minutes)))

    assert instant_value(elsewhere.isoformat()) == instant_text(moment)
    assert parse_instant(instant_text(moment)) == moment


def test_a_date_typed_in_a_user_interface_is_read_in_the_accounts_zone():
    midnight_in_berlin = "2026-06-30T22:00:00Z"

    assert date_value(midnight_in_berlin, ZoneInfo("Europe/Berlin")) == "2026-07-01"
    assert date_value(midnight_in_berlin) == "2026-06-30"
    assert date_value("2026-07-01") == "2026-07-01"


def test_choices_are_sorted_and_single():
    assert choices_value("B;A; B;;") == ["A", "B"]
    assert choices_value(["x", "y"], {"x": "z"}) == ["y", "z"]
    assert choices_value("") is None


def test_a_field_that_was_not_told_is_not_empty():
    read = reader(
        field(Stream.SUBMISSIONS, "deal_name", "Name"), field(Stream.SUBMISSIONS, "customer_name", "Customer")
    )

    assert read({"Name": None}, "1") == {"deal_name": None}


def test_choices_that_are_facts_are_mapped_and_unknown_ones_kept():
    fact = FieldMap(
        name="partner_tier", crm_field="T", type=CANONICAL[Stream.COMPANIES]["partner_tier"], values={"Gold": "gold"}
    )
    read = compile_reader(
        StreamMap(stream=Stream.COMPANIES, object_name="Account", fields={"partner_tier": fact}),
        connection="crm",
        normalise_ref=str,
    )

    assert read({"T": "Gold"}, "1") == {"partner_tier": "gold"}
    assert read({"T": "Tin"}, "1") == {"partner_tier": "Tin"}


def test_ledger_owned_fields_keep_the_crms_own_words():
    status = field(Stream.SUBMISSIONS, "status", "Status__c", access=Access.BOTH, values={"Approved": "registered"})
    reason = field(
        Stream.SUBMISSIONS, "reason", "Reason__c", access=Access.WRITE, writes={"duplicate": "Dup", "*": "Other"}
    )
    read = reader(status, reason)

    assert read({"Status__c": "Approved", "Reason__c": "Dup"}, "1") == {"status": "Approved", "reason": "Dup"}
    written = to_crm(submissions(status, reason), {"reason": "Dup"}, encode=lambda _, value: value, ref="crm/Deal/1")
    assert written == {"Reason__c": "Dup"}


def test_a_field_that_is_only_written_is_not_read_as_a_fact():
    read = reader(field(Stream.SUBMISSIONS, "channel", "Channel__c", access=Access.WRITE))

    assert read({"Channel__c": "web"}, "1") == {}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"Owner": {"Email": "A"}}, {"deal_name": "A"}),
        ({"Owner.Email": "A"}, {"deal_name": "A"}),
        ({"Owner": None}, {"deal_name": None}),
        ({"Owner": {"Name": "A"}}, {}),
        ({}, {}),
    ],
)
def test_a_parents_field_is_read_from_json_and_from_csv(raw, expected):
    read = reader(field(Stream.SUBMISSIONS, "deal_name", "Owner.Email"))

    assert read(raw, "1") == expected


def test_an_association_is_read_by_its_type_and_label():
    partner = field(Stream.SUBMISSIONS, "partner", None, association="companies", label="Submitting partner")
    read = reader(partner)

    assert read({"companies:Submitting partner": ["abc", "def"]}, "1") == {"partner": "ABC"}
    assert read({"companies:Submitting partner": []}, "1") == {"partner": None}


def test_a_reference_into_the_other_crm_keeps_that_crms_spelling():
    mapped = field(Stream.OPPORTUNITIES, "cross_ref", "salesforce_opportunity_id")
    stream_map = StreamMap(stream=Stream.OPPORTUNITIES, object_name="deals", fields={"cross_ref": mapped})
    read = compile_reader(stream_map, connection="crm", normalise_ref=int)  # type: ignore[arg-type]

    assert read({"salesforce_opportunity_id": " 0065g0000000003AAA "}, "1") == {"cross_ref": "0065g0000000003AAA"}


def test_an_unreadable_value_names_record_field_and_what_it_is():
    read = reader(
        field(Stream.SUBMISSIONS, "deal_name", "Name"),
        field(Stream.SUBMISSIONS, "expected_close_on", "Close__c"),
    )

    with pytest.raises(RecordError) as caught:
        read({"Name": "x", "Close__c": "31/12/2026"}, "77")

    assert caught.value.ref == "crm/Deal/77"
    assert caught.value.field == "Close__c"
    assert "crm Deal 77: Close__c ('31/12/2026') cannot be read as date" in caught.value.message


def test_an_unreadable_text_is_not_repeated_in_the_message():
    read = reader(field(Stream.SUBMISSIONS, "customer_contact_name", "Contact__c"))

    with pytest.raises(RecordError) as caught:
        read({"Contact__c": {"first": "Jane"}}, "77")

    assert "Jane" not in caught.value.message


def test_writing_an_unmapped_or_read_only_field_is_refused_for_that_record():
    mapped = submissions(field(Stream.SUBMISSIONS, "amount", "Amount__c"))

    with pytest.raises(RecordError, match="not mapped with access"):
        to_crm(mapped, {"amount": "1"}, encode=lambda _, value: value, ref="crm/Deal/1")


def test_a_fact_is_written_in_the_crms_words():
    tier = FieldMap(
        name="partner_tier",
        crm_field="T",
        type=CANONICAL[Stream.COMPANIES]["partner_tier"],
        access=Access.BOTH,
        values={"Gold": "gold", "Golden": "gold"},
    )
    mapped = StreamMap(stream=Stream.COMPANIES, object_name="Account", fields={"partner_tier": tier})

    assert to_crm(mapped, {"partner_tier": "gold"}, encode=lambda _, value: value, ref="crm/A/1") == {"T": "Gold"}


def test_a_value_the_crm_cannot_take_names_the_record():
    mapped = submissions(field(Stream.SUBMISSIONS, "rev", "Rev__c", access=Access.BOTH))

    def encode(_: FieldMap, value: object) -> object:
        raise ValueError(value)

    with pytest.raises(RecordError, match=r"crm/Deal/1: submissions\.rev holds no integer"):
        to_crm(mapped, {"rev": "many"}, encode=encode, ref="crm/Deal/1")
