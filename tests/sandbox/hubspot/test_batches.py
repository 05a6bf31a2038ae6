"""Batches: what fails row by row, what fails whole, and how a row is found again in the answer (facts 12 and 13)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import FaultKind, Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, D4, D5, SUBMISSION, Client, ids


def inputs(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"inputs": list(rows)}


def change(record_id: str, **properties: str) -> dict[str, Any]:
    return {"id": record_id, "properties": properties}


def new_deal(name: str, **more: str) -> dict[str, Any]:
    properties = {"dealname": name, "pipeline": "default", "dealstage": "qualifiedtobuy", **more}
    return {"properties": properties, "associations": []}


def test_a_batch_read_tells_unknown_ids_in_context_ids(any_client: Client) -> None:
    body = {"inputs": [{"id": D1}, {"id": "98"}, {"id": D2}, {"id": "99"}], "properties": ["dealname"]}
    status, _, answer = any_client.ask(any_client.batch.read, "deals", body)

    assert status == any_client.partial
    assert sorted(ids(answer)) == [D1, D2]
    assert answer["numErrors"] == 1
    assert answer["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer["errors"][0]["context"]["ids"] == ["98", "99"]


def test_a_batch_read_where_all_are_there_is_plain_200(any_client: Client) -> None:
    status, _, answer = any_client.ask(any_client.batch.read, "deals", {"inputs": [{"id": D1}], "properties": []})

    assert status == 200
    assert "errors" not in answer


def test_results_do_not_come_in_request_order(client: Client) -> None:
    wanted = [D1, D2, D3, D4, D5]
    body = {"inputs": [{"id": each} for each in wanted], "properties": []}
    told = [ids(client.ask(client.batch.read, "deals", body)[2]) for _ in range(4)]

    assert all(sorted(each) == wanted for each in told)
    assert any(each != wanted for each in told)


def test_a_batch_holds_a_hundred_inputs(client: Client) -> None:
    body = {"inputs": [{"id": str(each)} for each in range(101)], "properties": []}

    assert client.ask(client.batch.read, "deals", body)[0] == 400


def test_a_batch_read_with_history_holds_fifty_inputs(client: Client) -> None:
    body = {"inputs": [{"id": str(each)} for each in range(51)], "properties": [], "propertiesWithHistory": ["amount"]}

    assert client.ask(client.batch.read, "deals", body)[0] == 400


def test_a_batch_read_by_a_unique_property(any_client: Client, portal: Portal) -> None:
    portal.update("deals", D4, {"registration_id": "REG-4"}, by="81")
    body = {"inputs": [{"id": "REG-4"}, {"id": "REG-9"}], "properties": [], "idProperty": "registration_id"}
    status, _, answer = any_client.ask(any_client.batch.read, "deals", body)

    assert status == any_client.partial
    assert ids(answer) == [D4]
    assert answer["errors"][0]["context"]["ids"] == ["REG-9"]


def test_a_batch_update_writes_the_others_when_an_id_is_unknown(any_client: Client, portal: Portal) -> None:
    body = inputs(change(D1, amount="1"), change("99", amount="2"), change(D2, amount="3"))
    status, _, answer = any_client.ask(any_client.batch.update, "deals", body)

    assert status == any_client.partial
    assert sorted(ids(answer)) == [D1, D2]
    assert answer["errors"][0]["context"]["ids"] == ["99"]
    amounts = [(portal.get("deals", each) or {})["properties"]["amount"] for each in (D1, D2)]
    assert amounts == ["1", "3"]


def test_one_invalid_value_refuses_a_whole_batch_update(any_client: Client, portal: Portal) -> None:
    body = inputs(change(D1, amount="1"), change(D2, amount="many"))
    status, _, answer = any_client.ask(any_client.batch.update, "deals", body)

    assert status == 400
    assert answer["errors"][0]["code"] == "INVALID_LONG"
    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"]["amount"] == "1001"


def test_the_same_id_twice_refuses_a_whole_batch_update(any_client: Client) -> None:
    body = inputs(change(D1, amount="1"), change(D1, amount="2"))
    status, _, answer = any_client.ask(any_client.batch.update, "deals", body)

    assert status == 400
    assert answer["message"] == f"Duplicate IDs found in batch input: [{D1}]. IDs must be unique"
    assert answer["context"]["ids"] == [D1]


def test_two_inputs_of_a_batch_cannot_take_one_unique_value(client: Client) -> None:
    body = inputs(change(D1, registration_id="REG-1"), change(D2, registration_id="REG-1"))

    assert client.ask(client.batch.update, "deals", body)[0] == 400


def test_a_batch_create_is_all_or_nothing(any_client: Client, portal: Portal) -> None:
    body = inputs(new_deal("One"), new_deal("Two", amount="many"))
    status, _, answer = any_client.ask(any_client.batch.create, "deals", body)

    assert status == 400
    assert answer["errors"][0]["code"] == "INVALID_LONG"
    assert portal.count("deals") == 5


def test_a_batch_create_with_trace_ids_creates_what_it_can(any_client: Client, portal: Portal) -> None:
    rows = [new_deal("One"), new_deal("Two", amount="many"), new_deal("Three")]
    body = inputs(*({**row, "objectWriteTraceId": f"t-{at}"} for at, row in enumerate(rows)))
    status, _, answer = any_client.ask(any_client.batch.create, "deals", body)

    assert status in (201, 207)
    assert sorted(each["objectWriteTraceId"] for each in answer["results"]) == ["t-0", "t-2"]
    assert answer["errors"][0]["context"]["objectWriteTraceId"] == ["t-1"]
    assert answer["errors"][0]["category"] == "VALIDATION_ERROR"
    assert portal.count("deals") == 7


def test_one_input_without_a_trace_id_makes_the_batch_all_or_nothing(client: Client, portal: Portal) -> None:
    body = inputs({**new_deal("One"), "objectWriteTraceId": "t-0"}, new_deal("Two", amount="many"))

    assert client.ask(client.batch.create, "deals", body)[0] == 400
    assert portal.count("deals") == 5


def test_a_duplicate_in_a_traced_creation_names_the_record_that_is_there(client: Client, portal: Portal) -> None:
    there = portal.create("contacts", {"email": "eve@partner.example"}, by="81")
    row = {"properties": {"email": "eve@partner.example"}, "associations": [], "objectWriteTraceId": "t-0"}
    status, _, answer = client.ask(client.batch.create, "contacts", inputs(row))

    assert status == 207
    assert answer["errors"][0]["category"] == "CONFLICT"
    assert answer["errors"][0]["context"] == {"existingId": [there], "objectWriteTraceId": ["t-0"]}


def upsert(value: str, trace: str = "t", **properties: str) -> dict[str, Any]:
    return {"id": value, "idProperty": "submission_id", "objectWriteTraceId": trace, "properties": properties}


def test_an_upsert_tells_what_is_new(any_client: Client, portal: Portal) -> None:
    there = portal.create(SUBMISSION, {"submission_id": "SUB-1", "deal_name": "Old"}, by="form")
    body = inputs(upsert("SUB-1", "t-1", deal_name="Roof"), upsert("SUB-2", "t-2", deal_name="Wall"))
    status, _, answer = any_client.ask(any_client.batch.upsert, SUBMISSION, body)

    assert status == 200
    told = {each["objectWriteTraceId"]: each for each in answer["results"]}
    assert (told["t-1"]["id"], told["t-1"]["new"]) == (there, False)
    assert told["t-2"]["new"] is True
    made = portal.get(SUBMISSION, told["t-2"]["id"])
    assert made is not None
    assert made["properties"]["submission_id"] == "SUB-2"


def test_repeating_an_upsert_makes_no_second_record(client: Client, portal: Portal) -> None:
    for _ in range(2):
        client.ask(client.batch.upsert, SUBMISSION, inputs(upsert("SUB-1", deal_name="Roof")))

    assert portal.count(SUBMISSION) == 1


def test_one_conflict_on_another_unique_property_refuses_a_whole_upsert(any_client: Client, portal: Portal) -> None:
    holder = portal.create(SUBMISSION, {"submission_id": "SUB-1", "registration_id": "REG-1"}, by="form")
    body = inputs(upsert("SUB-2", deal_name="fine"), upsert("SUB-3", registration_id="REG-1"))
    status, _, answer = any_client.ask(any_client.batch.upsert, SUBMISSION, body)

    assert (status, answer["category"]) == (409, "CONFLICT")
    assert f"Existing ID: {holder}" in answer["message"]
    assert portal.count(SUBMISSION) == 1


@pytest.mark.parametrize("name", ["domain", "name", "hs_object_id"])
def test_an_upsert_by_a_property_that_is_not_unique_is_refused(client: Client, name: str) -> None:
    body = inputs({"id": "acme.example", "idProperty": name, "properties": {"country": "DE"}})
    status, _, answer = client.ask(client.batch.upsert, "companies", body)

    assert status == 400
    assert f"Unable to perform upsert by non-unique 0-2 property {name}" in answer["message"]


def test_the_same_key_twice_refuses_a_whole_upsert(client: Client) -> None:
    body = inputs(upsert("SUB-1", deal_name="a"), upsert("SUB-1", deal_name="b"))

    assert client.ask(client.batch.upsert, SUBMISSION, body)[0] == 400


def test_a_batch_archive_is_204_whatever_the_ids(any_client: Client, portal: Portal) -> None:
    status, _, _ = any_client.ask(any_client.batch.archive, "deals", {"inputs": [{"id": D1}, {"id": "99"}]})

    assert status == 204
    assert [row["id"] for row in portal.rows("deals", archived=True)] == [D1]


def test_a_lost_row_of_an_answer_is_not_told(client: Client, faults: Faults) -> None:
    faults.plan(FaultKind.RESULTS_FEWER, match="/batch/read")
    body = {"inputs": [{"id": each} for each in (D1, D2, D3)], "properties": []}
    status, _, answer = client.ask(client.batch.read, "deals", body)

    assert (status, len(answer["results"])) == (200, 2)
    assert "errors" not in answer
