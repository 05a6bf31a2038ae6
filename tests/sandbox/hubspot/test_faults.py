"""Faults that only HubSpot itself can apply, by plan and by chance; and those of the connection, after the write."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, SUBMISSION, Client, ids


def update(client: Client, record_id: str = D1, **properties: str) -> tuple[int, Any, Any]:
    return client.ask(client.objects.update, "deals", record_id, {"properties": properties})


def amount(portal: Portal, record_id: str = D1) -> str | None:
    row = portal.get("deals", record_id)
    assert row is not None
    value: str | None = row["properties"]["amount"]
    return value


def test_a_locked_record_is_423_and_nothing_is_written(any_client: Client, portal: Portal, faults: Faults) -> None:
    faults.plan(FaultKind.ROW_LOCKED, door="hubspot")

    assert update(any_client, amount="5")[0] == 423
    assert amount(portal) == "1001"
    assert update(any_client, amount="5")[0] == 200


def test_a_forbidden_field_is_refused_as_read_only(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.FIELD_FORBIDDEN, field="registration_note", count=None)

    assert update(client, amount="5")[0] == 200
    refused = update(client, amount="5", registration_note="x")[2]
    assert refused["errors"][0]["code"] == "READ_ONLY_VALUE"
    assert refused["errors"][0]["context"]["propertyName"] == ["registration_note"]


def test_an_invalid_row_refuses_the_whole_batch(client: Client, portal: Portal, faults: Faults) -> None:
    faults.plan(FaultKind.ROW_INVALID, field="amount", message="too little")
    body = {"inputs": [{"id": each, "properties": {"amount": "5"}} for each in (D1, D2)]}

    status, _, answer = client.ask(client.batch.update, "deals", body)

    assert status == 400
    assert "too little" in answer["message"]
    assert amount(portal) == "1001"


def test_a_duplicate_by_fault_refuses_an_upsert_with_409(client: Client, portal: Portal, faults: Faults) -> None:
    faults.plan(FaultKind.DUPLICATE_VALUE, existing_id="77")
    row = {"id": "SUB-1", "idProperty": "submission_id", "properties": {"deal_name": "Roof"}}
    status, _, answer = client.ask(client.batch.upsert, SUBMISSION, {"inputs": [row]})

    assert (status, answer["category"]) == (409, "CONFLICT")
    assert answer["message"].endswith("Existing ID: 77")
    assert portal.count(SUBMISSION) == 0


@pytest.mark.parametrize("door", ["update", "batch", "read"])
def test_a_record_may_go_just_before_the_call(client: Client, portal: Portal, faults: Faults, door: str) -> None:
    faults.plan(FaultKind.ROW_GONE, door="hubspot")
    if door == "update":
        assert update(client, amount="5")[0] == 404
    elif door == "read":
        assert client.ask(client.objects.get_by_id, "deals", D1)[0] == 404
    else:
        body = {"inputs": [{"id": D1, "properties": {"amount": "5"}}]}
        status, _, answer = client.ask(client.batch.update, "deals", body)
        assert (status, answer["errors"][0]["context"]["ids"]) == (207, [D1])
    row = portal.get("deals", D1)
    assert row is not None
    assert row["archived"] is True


def test_an_expired_cursor_stops_a_list(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.CURSOR_EXPIRED, door="hubspot", match="after=")

    assert client.ask(client.objects.get_page, "deals")[0] == 200
    assert client.ask(client.objects.get_page, "deals", after=D3)[0] == 400
    assert ids(client.ask(client.objects.get_page, "deals", after=D3)[2])[0] == D3


def test_results_come_in_another_order_by_fault(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.RESULTS_REORDERED, count=None)
    body = {"inputs": [{"id": each} for each in (D1, D2, D3)], "properties": []}

    assert sorted(ids(client.ask(client.batch.read, "deals", body)[2])) == [D1, D2, D3]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_web_page_comes_after_the_write_was_applied(
    client: Client, portal: Portal, faults: Faults, status: int
) -> None:
    faults.plan(FaultKind.SERVER_ERROR, door="hubspot", status=status, applied=True)
    answer = update(client, amount="5")

    assert answer[0] == status
    assert "<html>" in str(answer[2])
    assert amount(portal) == "5"


@pytest.mark.parametrize("kind, applied", [(FaultKind.RESET_BEFORE, "1001"), (FaultKind.RESET_AFTER, "5")])
def test_a_reset_before_or_after_the_write(
    client: Client, portal: Portal, faults: Faults, kind: FaultKind, applied: str
) -> None:
    faults.plan(kind, door="hubspot")

    with pytest.raises(ProtocolError):
        update(client, amount="5")
    assert amount(portal) == applied


def test_a_timeout_after_the_write_costs_its_time(
    client: Client, portal: Portal, faults: Faults, clock: SimClock
) -> None:
    faults.plan(FaultKind.TIMEOUT_AFTER, door="hubspot")
    started = clock.now()

    with pytest.raises(ReadTimeoutError):
        update(client, amount="5")
    assert amount(portal) == "5"
    assert (clock.now() - started).total_seconds() == 60


def test_chance_is_the_same_for_the_same_seed(clock: SimClock) -> None:
    def told(seed: int) -> list[int]:
        rates = {FaultKind.ROW_LOCKED: 0.2, FaultKind.RATE_LIMITED: 0.2, FaultKind.INDEX_LAG: 0.2}
        faults = Faults(Random(seed), rates)
        portal = Portal(clock=clock, faults=faults, seed=seed)
        company = portal.create("companies", {"name": "Acme"}, by="import")
        client = Client(portal, clock, faults)
        body = {"properties": {"country": "DE"}}
        return [client.ask(client.objects.update, "companies", company, body)[0] for _ in range(40)]

    assert told(1) == told(1)
    assert told(1) != told(2)
    assert set(told(1)) == {200, 423, 429}
