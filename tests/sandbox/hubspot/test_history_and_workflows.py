"""Who wrote what, as the property history tells it; workflows that act on writes; other people between our calls."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.clock import SimClock
from sandbox.hubspot.portal import Change, Portal
from tests.sandbox.hubspot.conftest import D1, D2, Client


def history(client: Client, name: str) -> list[dict[str, Any]]:
    body = {"inputs": [{"id": D1}], "properties": [], "propertiesWithHistory": [name]}
    answer = client.ask(client.batch.read, "deals", body)[2]
    found: list[dict[str, Any]] = answer["results"][0]["propertiesWithHistory"][name]
    return found


def test_history_tells_newest_first_who_wrote(any_client: Client, portal: Portal, clock: SimClock) -> None:
    portal.update("deals", D1, {"registration_status": "submitted"}, by="ada@vendor.example")
    clock.advance(60)
    any_client.ask(any_client.objects.update, "deals", D1, {"properties": {"registration_status": "in_review"}})
    clock.advance(60)
    portal.update("deals", D1, {"registration_status": "approved"}, by="workflow:desk")

    told = history(any_client, "registration_status")

    assert [each["value"] for each in told] == ["approved", "in_review", "submitted"]
    assert [each["sourceType"] for each in told] == ["AUTOMATION_PLATFORM", "INTEGRATION", "CRM_UI"]
    assert told[2]["sourceId"] == "userId:7001"
    assert told[2]["updatedByUserId"] == 7001
    assert told[0]["timestamp"] == "2026-03-02T09:02:00Z"


def test_history_begins_with_what_was_there(client: Client, portal: Portal) -> None:
    portal.update("deals", D1, {"amount": "2"}, by="salesforce")

    assert [each["value"] for each in history(client, "amount")] == ["2", "1001"]
    assert history(client, "amount")[0]["sourceType"] == "SALESFORCE"
    assert history(client, "registration_note") == []


def test_the_same_value_again_leaves_no_trace_in_the_history(client: Client, portal: Portal) -> None:
    for _ in range(2):
        portal.update("deals", D1, {"amount": "2"}, by="81")

    assert [each["value"] for each in history(client, "amount")] == ["2", "1001"]


def test_a_cleared_value_is_empty_text_in_the_history(client: Client, portal: Portal) -> None:
    portal.update("deals", D1, {"amount": ""}, by="81")

    assert [each["value"] for each in history(client, "amount")] == ["", "1001"]


def test_a_workflow_edits_the_record_after_each_write(client: Client, portal: Portal) -> None:
    def stamp(change: Change) -> None:
        portal.update(change.object_type, change.record_id, {"registration_note": "seen"}, by="workflow:stamp")

    portal.on_write(stamp)
    answer = client.ask(client.objects.update, "deals", D1, {"properties": {"amount": "5"}})[2]

    assert "registration_note" not in answer["properties"], "the workflow acts after the answer is made"
    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"]["registration_note"] == "seen"


@pytest.mark.parametrize("door", ["people", "api"])
def test_a_workflow_is_told_who_wrote_what_and_whether_it_is_new(client: Client, portal: Portal, door: str) -> None:
    seen: list[Change] = []
    portal.on_write(seen.append)
    properties = {"dealname": "New", "pipeline": "default", "dealstage": "closedwon"}
    if door == "people":
        portal.create("deals", properties, by="81")
        portal.update("deals", D2, {"amount": "1.50"}, by="81")
    else:
        client.ask(client.objects.create, "deals", {"properties": properties, "associations": []})
        client.ask(client.batch.update, "deals", {"inputs": [{"id": D2, "properties": {"amount": "1.50"}}]})

    assert [(each.object_type, each.is_new) for each in seen] == [("deals", True), ("deals", False)]
    assert [each.by for each in seen] == ["81" if door == "people" else "api"] * 2
    assert seen[1].changes == {"amount": "1.5"}


def test_there_is_no_optimistic_locking(client: Client, portal: Portal) -> None:
    """The other user's edit between read and write is overwritten without a word."""
    read = client.ask(client.objects.get_by_id, "deals", D1)[2]
    portal.update("deals", D1, {"amount": "77"}, by="81")

    answer = client.ask(client.objects.update, "deals", D1, {"properties": {"amount": read["properties"]["amount"]}})

    assert answer[0] == 200
    assert [each["value"] for each in history(client, "amount")] == ["1001", "77", "1001"]
