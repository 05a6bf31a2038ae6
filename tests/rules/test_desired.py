"""What a linked row should hold once a protection has run out: its end still told, or its fields emptied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.desired import PartnerHere, desired
from rules.fields import FieldType, Stream
from rules.mapping import Access, FieldMap, StatusMap, StreamMap
from rules.records import Status
from tests.rules.build import claim, registered

NAMES = ("registration_id", "status", "protected_until", "note", "partner")
HELD = registered(claim(), start="2026-03-01T10:00:00Z")  # until the end of 30 May
THEIRS = PartnerHere(record_id="001P", name="Northwind")


def stream(kind: Stream) -> StreamMap:
    fields = {
        name: FieldMap(name=name, crm_field=f"{name}__c", type=FieldType.TEXT, access=Access.BOTH) for name in NAMES
    }
    words = StatusMap(write={str(status): str(status).title() for status in Status})
    return StreamMap(stream=kind, object_name="Row", fields=fields, status=words)


def wanted(status: Status, *, clears: bool, kind: Stream = Stream.OPPORTUNITIES, partner: str = "001P"):
    return desired(
        replace(HELD, status=status, reason="window_ended"),
        stream_map=stream(kind),
        zone="UTC",
        partner=THEIRS,
        base={"partner": partner},
        clears=clears,
    )


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.RECAPTURED])
def test_fields_of_the_opportunity_are_emptied_where_the_policy_says_so(status):
    assert wanted(status, clears=True) == dict.fromkeys(NAMES)


def test_partner_that_somebody_else_set_there_stays():
    assert "partner" not in wanted(Status.EXPIRED, clears=True, partner="001Q")


@pytest.mark.parametrize(
    ("status", "clears", "kind"),
    [
        (Status.EXPIRED, False, Stream.OPPORTUNITIES),
        (Status.WON, True, Stream.OPPORTUNITIES),
        (Status.REGISTERED, True, Stream.OPPORTUNITIES),
        (Status.EXPIRED, True, Stream.SUBMISSIONS),  # the submission goes on telling what became of it
    ],
)
def test_anything_else_keeps_telling(status, clears, kind):
    values = wanted(status, clears=clears, kind=kind)

    assert values["registration_id"] == HELD.registration_id
    assert values["status"] == str(status).title()
    assert values["protected_until"] == "2026-05-30"


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ({}, "untouched"),
        ({"partner": "001Q"}, "untouched"),  # somebody else's word
        ({"partner": "001P"}, None),  # ours, from before the policy hid it
    ],
)
def test_partner_of_record_is_not_shown_to_sellers_where_the_policy_hides_it(base, expected):
    values = desired(
        HELD, stream_map=stream(Stream.OPPORTUNITIES), zone="UTC", partner=THEIRS, base=base, shows_partner=False
    )

    assert values.get("partner", "untouched") == expected
    assert values["registration_id"] == HELD.registration_id
