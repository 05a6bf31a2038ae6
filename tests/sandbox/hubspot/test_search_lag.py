"""The search index lags behind the store: facts 1 and 3, and what a lagging index shows of deleted and edited rows."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, Client, ids


def named(name: str) -> list[dict[str, Any]]:
    return [{"filters": [{"propertyName": "dealname", "operator": "EQ", "value": name}]}]


@pytest.fixture
def lagging(portal: Portal) -> Portal:
    portal.records.index_lag_s = 60.0
    return portal


def test_a_new_record_is_read_at_once_and_found_later(client: Client, lagging: Portal, clock: SimClock) -> None:
    made = lagging.create("deals", {"dealname": "New", "dealstage": "closedwon"}, by="81")

    assert client.ask(client.objects.get_by_id, "deals", made)[0] == 200
    assert ids(client.search("deals", filterGroups=named("New"))[2]) == []
    clock.advance(59)
    assert ids(client.search("deals", filterGroups=named("New"))[2]) == []
    clock.advance(1)
    assert ids(client.search("deals", filterGroups=named("New"))[2]) == [made]


def test_a_deleted_record_is_gone_at_once_and_found_for_a_while(
    client: Client, lagging: Portal, clock: SimClock
) -> None:
    client.ask(client.objects.archive, "deals", D1)

    assert client.ask(client.objects.get_by_id, "deals", D1)[0] == 404
    found = client.search("deals", filterGroups=named("Deal 1"))[2]["results"]
    assert [(row["id"], row["archived"]) for row in found] == [(D1, False)]
    clock.advance(60)
    assert ids(client.search("deals", filterGroups=named("Deal 1"))[2]) == []


def test_a_row_matches_on_its_old_copy_and_may_be_shown_with_newer_values(client: Client, lagging: Portal) -> None:
    client.ask(client.objects.update, "deals", D1, {"properties": {"dealname": "Renamed"}})

    shown = []
    for share in (0.0, 1.0):
        lagging.app.searches.fresh_share = share
        assert ids(client.search("deals", filterGroups=named("Renamed"))[2]) == []
        rows = client.search("deals", filterGroups=named("Deal 1"))[2]["results"]
        shown += [row["properties"]["dealname"] for row in rows]

    assert shown == ["Deal 1", "Renamed"]


def test_versions_of_one_record_show_in_the_order_in_which_they_were_written(
    client: Client, lagging: Portal, clock: SimClock
) -> None:
    lagging.app.searches.fresh_share = 0.0
    lagging.update("deals", D1, {"dealname": "First"}, by="81")
    lagging.records.index_lag_s = 0.0
    lagging.update("deals", D1, {"dealname": "Second"}, by="81")

    assert ids(client.search("deals", filterGroups=named("Deal 1"))[2]) == [D1]
    clock.advance(60)
    assert ids(client.search("deals", filterGroups=named("Second"))[2]) == [D1]


@pytest.mark.parametrize("kind", [FaultKind.INDEX_LAG, FaultKind.LATE_COMMIT])
def test_a_single_write_can_be_late_with_an_older_stamp(
    client: Client, portal: Portal, clock: SimClock, faults: Faults, kind: FaultKind
) -> None:
    faults.plan(kind, door="hubspot", match=f"/deals/{D1}", lag_s=600)
    portal.update("deals", D1, {"dealname": "Late"}, by="81")
    portal.update("deals", D2, {"dealname": "Late"}, by="81")

    assert ids(client.search("deals", filterGroups=named("Late"))[2]) == [D2]
    clock.advance(600)
    rows = client.search("deals", filterGroups=named("Late"))[2]["results"]
    assert [row["id"] for row in rows] == [D1, D2]
    assert rows[0]["updatedAt"] == "2026-03-02T09:00:00Z", "its stamp lies ten minutes back when it first shows"


@pytest.mark.parametrize("door", ["search", "read"])
def test_a_stale_read_shows_the_record_as_it_was_before(
    client: Client, portal: Portal, faults: Faults, door: str
) -> None:
    portal.update("deals", D1, {"dealname": "Now"}, by="81")
    faults.plan(FaultKind.STALE_READ, door="hubspot")

    def name() -> Any:
        if door == "search":
            return client.search("deals", filterGroups=named("Now"))[2]["results"][0]["properties"]["dealname"]
        return client.ask(client.objects.get_by_id, "deals", D1)[2]["properties"]["dealname"]

    assert (name(), name()) == ("Deal 1", "Now")
