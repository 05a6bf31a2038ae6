"""Values between HubSpot's texts and canonical ones."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.hubspot.portal import PropertyFact
from connectors.hubspot.translate import Translator, pushed_down
from connectors.port import Write, WriteKind
from rules.errors import RecordError
from rules.fields import FieldType, Stream, Value
from rules.mapping import Access, Compare, Condition, FieldMap, StreamMap
from tests.connectors.hubspot.bench import mapping

BERLIN = ZoneInfo("Europe/Berlin")
DEALS = mapping().streams[Stream.OPPORTUNITIES]


def translator(stream_map: StreamMap = DEALS, *, zone: Any = BERLIN, currency: str | None = "EUR") -> Translator:
    return Translator(stream_map, connection="hubspot", zone=zone, currency=currency, find_stage=lambda _: None)


def raw(**properties: str | None) -> dict[str, Any]:
    return {
        "id": "7",
        "properties": {"hs_lastmodifieddate": "2026-03-02T09:00:00.123Z", **properties},
        "createdAt": "2026-03-01T09:00:00Z",
        "updatedAt": "2026-03-02T09:00:00.123Z",
        "archived": False,
    }


@pytest.mark.parametrize(
    ("properties", "name", "expected"),
    [
        ({"amount": "1500.50"}, "amount", "1500.5"),
        ({"amount": "1.5E3"}, "amount", "1500"),
        ({"amount": ""}, "amount", None),
        ({}, "amount", None),
        ({"amount": "5"}, "currency", "EUR"),
        ({"amount": "5", "deal_currency_code": "USD"}, "currency", "USD"),
        ({}, "currency", None),
        ({"closedate": "2026-06-30T22:00:00Z"}, "close_on", "2026-07-01"),
        ({"closedate": "2026-01-31T23:00:00.000Z"}, "close_on", "2026-02-01"),
        ({"closedate": "1782856800000"}, "close_on", "2026-07-01"),
        ({"registration_protected_until": "2026-06-30"}, "protected_until", "2026-06-30"),
        ({"registration_rev": "12"}, "rev", 12),
        ({"registration_rev": "12.0"}, "rev", 12),
        ({"hs_is_closed": "true"}, "is_closed", True),
        ({"hs_is_closed": None}, "is_closed", False),
        ({"dealname": "  Äpfel  "}, "name", "Äpfel"),
    ],
)
def test_a_property_is_read(properties: dict[str, str | None], name: str, expected: Value):
    assert translator().row(raw(**properties), {}).values[name] == expected


@pytest.mark.parametrize("properties", [{"amount": "a lot"}, {"registration_rev": "1.5"}, {"closedate": "soon"}])
def test_what_cannot_be_read_names_row_and_property(properties: dict[str, str]):
    with pytest.raises(RecordError) as raised:
        translator().row(raw(**properties), {})

    assert raised.value.field in properties
    assert raised.value.ref == "hubspot/deals/7"


@pytest.mark.parametrize("broken", [{"id": None}, {"updatedAt": None, "properties": {}}, {"archivedAt": "yesterday"}])
def test_a_row_without_an_envelope_is_set_aside(broken: dict[str, Any]):
    with pytest.raises(RecordError):
        translator().row(raw() | broken, {})


def test_an_archived_row_is_stamped_with_its_archiving():
    row = translator().row(raw() | {"archived": True, "archivedAt": "2026-03-05T00:00:00Z"}, {})

    assert row.is_deleted
    assert row.modified_at.isoformat() == "2026-03-05T00:00:00+00:00"


def test_each_merged_id_leaves_a_tombstone():
    told = raw(hs_merged_object_ids="5; 6;7")
    reader = translator()
    row = reader.row(told, {})

    assert [(each.ref.record_id, each.merged_into) for each in reader.merged_away(row, told)] == [
        ("5", "7"),
        ("6", "7"),
    ]


FACTS = {
    name: PropertyFact(name=name, type=kind, options=frozenset(), is_unique=False, is_read_only=False)
    for name, kind in {"a": "datetime", "b": "date", "c": "number", "d": "string", "e": "enumeration"}.items()
}


@pytest.mark.parametrize(
    ("name", "kind", "value", "expected"),
    [
        ("a", FieldType.INSTANT, "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("a", FieldType.DATE, "2026-07-01", "1782856800000"),  # midnight in the account's zone
        ("b", FieldType.DATE, "2026-07-01", "2026-07-01"),
        ("b", FieldType.INSTANT, "2026-06-30T23:00:00Z", "2026-07-01"),
        ("c", FieldType.INTEGER, 12, "12"),
        ("c", FieldType.DECIMAL, "1500.5", "1500.5"),
        ("d", FieldType.BOOL, True, "true"),
        ("e", FieldType.CHOICES, ["a", "b"], "a;b"),
        ("d", FieldType.TEXT, None, ""),
    ],
)
def test_a_value_is_written_as_text(name: str, kind: FieldType, value: Value, expected: str):
    field = FieldMap(name="x", crm_field=name, type=kind, access=Access.BOTH)
    stream_map = StreamMap(stream=Stream.OPPORTUNITIES, object_name="deals", fields={"x": field})
    write = Write(
        key="k",
        kind=WriteKind.UPDATE,
        stream=Stream.OPPORTUNITIES,
        record_id="7",
        external_id=None,
        values={"x": value},
    )

    assert translator(stream_map).to_properties(write, FACTS, ref="hubspot/deals/7") == {name: expected}


def test_a_number_that_is_none_is_not_sent():
    field = FieldMap(name="x", crm_field="c", type=FieldType.DECIMAL, access=Access.BOTH)
    stream_map = StreamMap(stream=Stream.OPPORTUNITIES, object_name="deals", fields={"x": field})
    write = Write(
        key="k",
        kind=WriteKind.UPDATE,
        stream=Stream.OPPORTUNITIES,
        record_id="7",
        external_id=None,
        values={"x": "many"},
    )

    with pytest.raises(RecordError):
        translator(stream_map, zone=UTC).to_properties(write, FACTS, ref="hubspot/deals/7")


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (Condition(field="f", compare=Compare.EQUALS, values=("a",)), ["a"]),
        (Condition(field="f", compare=Compare.NOT_EQUALS, values=("a",)), ["b", "A", None, ""]),
        (Condition(field="f", compare=Compare.IN, values=("a", "b")), ["a", "b"]),
        (Condition(field="f", compare=Compare.NOT_IN, values=("a", "b")), ["A", None, ""]),
        (Condition(field="f", compare=Compare.IS_SET), ["a", "b", "A"]),
        (Condition(field="f", compare=Compare.IS_EMPTY), [None, ""]),
    ],
)
def test_a_streams_filter_is_exact(condition: Condition, kept: list[str | None]):
    """Whatever the search lets through: its own comparisons treat case and empty values in ways of their own."""
    reader = translator(StreamMap(stream=Stream.OPPORTUNITIES, object_name="deals", fields={}, where=(condition,)))

    assert [each for each in ("a", "b", "A", None, "") if reader.matches(raw(f=each))] == kept


def test_only_equality_is_left_to_the_search():
    conditions = (
        Condition(field="a", compare=Compare.EQUALS, values=("1",)),
        Condition(field="b", compare=Compare.NOT_EQUALS, values=("1",)),
        Condition(field="c", compare=Compare.IN, values=("1", "2")),
        Condition(field="d", compare=Compare.IS_SET),
    )

    assert [each["propertyName"] for each in pushed_down(conditions)] == ["a"]
