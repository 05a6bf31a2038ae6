"""Facts of crm/salesforce.md §4: collections, composite, batch and bulk queries."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from sandbox.faults import FaultKind
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.rules import REASON_WHEN_REJECTED
from tests.sandbox.salesforce.conftest import ACME, AMY, DATA, Door, opportunity

ATTRIBUTES = {"type": "Opportunity"}
NEW = {"Name": "New", "StageName": "Prospecting", "CloseDate": "2026-09-30"}


@pytest.fixture(autouse=True)
def rows(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n) for n in range(1, 301)])


def records(*numbers: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"attributes": ATTRIBUTES, "id": make_id("006", n), **fields} for n in numbers]


def update(door: Door, body: dict[str, Any]) -> Any:
    return door.sf.restful("composite/sobjects", method="PATCH", json=body)


def codes(results: Any) -> list[str | None]:
    """Return the code of each row of a collection's answer, None for those that went well."""
    return [row["errors"][0]["statusCode"] if row["errors"] else None for row in results]


def test_a_collection_answers_200_with_a_result_per_record_in_order(door: Door) -> None:
    body = {
        "records": [*records(1, 2, Name="ok"), *records(3, Name=None), *records(4, Nmae="x"), *records(999, Name="x")]
    }

    answer = door.call("PATCH", "composite/sobjects", json=body)

    assert answer.status_code == 200
    results = answer.json()
    assert codes(results) == [None, None, "REQUIRED_FIELD_MISSING", "INVALID_FIELD", "INVALID_CROSS_REFERENCE_KEY"]
    assert results[0] == {"id": make_id("006", 1), "success": True, "errors": []}
    assert results[2]["errors"][0]["fields"] == ["Name"]
    assert "errorCode" not in results[2]["errors"][0]


def test_all_or_none_takes_everything_back_and_says_who_is_innocent(door: Door) -> None:
    results = update(door, {"allOrNone": True, "records": [*records(1, Name="x"), *records(2, Name=None)]})

    assert codes(results) == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
    row = door.org.get("Opportunity", make_id("006", 1))
    assert row is not None
    assert row["Name"] == "Deal 1"
    assert door.sf.query("SELECT Id FROM Opportunity WHERE Name = 'x'")["totalSize"] == 0


def test_all_or_none_takes_creates_back_without_a_trace(door: Door) -> None:
    bodies = [{"attributes": ATTRIBUTES, **NEW, "Registration_Id__c": "REG-1"}, {"attributes": ATTRIBUTES}]

    door.sf.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": bodies})

    assert door.sf.query("SELECT Id FROM Opportunity", include_deleted=True)["totalSize"] == 300
    assert door.org.find("Opportunity", "Registration_Id__c", "REG-1") is None


def test_more_than_200_records_are_refused_as_a_whole(door: Door) -> None:
    answer = door.call("PATCH", "composite/sobjects", json={"records": records(*range(1, 202), Name="x")})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "EXCEEDED_ID_LIMIT")
    assert "cannot submit more than 200 records" in answer.json()[0]["message"]


def test_more_than_ten_runs_of_a_type_are_refused(door: Door) -> None:
    mixed = [
        each
        for n in range(1, 7)
        for each in (*records(n, Name="x"), {"attributes": {"type": "Account"}, "id": ACME, "Name": "y"})
    ]

    assert door.call("PATCH", "composite/sobjects", json={"records": mixed}).status_code == 400
    assert door.call("PATCH", "composite/sobjects", json={"records": mixed[:10]}).status_code == 200


def test_the_same_record_twice_is_a_row_error(door: Door) -> None:
    assert codes(update(door, {"records": records(1, 1, Name="x")})) == [None, "DUPLICATE_VALUE"]


def test_upsert_by_external_id_creates_updates_and_refuses_a_repeated_key(door: Door) -> None:
    def send(*rows: dict[str, Any]) -> Any:
        body = {"records": [{"attributes": ATTRIBUTES, **row} for row in rows]}
        return door.sf.restful("composite/sobjects/Opportunity/Registration_Id__c", method="PATCH", json=body)

    first = send({**NEW, "Registration_Id__c": "REG-1"}, {**NEW, "Registration_Id__c": "reg-1"}, NEW)
    second = send({"Registration_Id__c": "REG-1", "Name": "again"})

    assert codes(first) == [None, "DUPLICATE_VALUE", "MISSING_ARGUMENT"]
    assert [first[0]["created"], second[0]["created"]] == [True, False]
    assert second[0]["id"] == first[0]["id"]


def test_an_ambiguous_key_in_a_collection_is_a_row_error(door: Door) -> None:
    door.org.change_field("Opportunity", "Registration_Id__c", is_unique=False)
    update(door, {"records": records(1, 2, Registration_Id__c="REG-1")})
    body = {"records": [{"attributes": ATTRIBUTES, "Registration_Id__c": "REG-1", "Name": "x"}]}

    results = door.sf.restful("composite/sobjects/Opportunity/Registration_Id__c", method="PATCH", json=body)

    assert codes(results) == ["DUPLICATE_EXTERNAL_ID"]


def test_delete_takes_ids_and_answers_row_by_row(door: Door) -> None:
    ids = ",".join([make_id("006", 1), make_id("006", 1), "nonsense"])

    results = door.call("DELETE", "composite/sobjects", params={"ids": ids, "allOrNone": "false"}).json()

    assert codes(results) == [None, "ENTITY_IS_DELETED", "MALFORMED_ID"]


def test_retrieve_answers_null_in_place_of_what_is_not_there(door: Door) -> None:
    door.org.delete("Opportunity", make_id("006", 2), by=AMY)
    ids = [make_id("006", n) for n in (3, 2, 999, 1)]

    posted = door.call("POST", "composite/sobjects/Opportunity", json={"ids": ids, "fields": ["name"]}).json()
    got = door.call("GET", "composite/sobjects/Opportunity", params={"ids": ",".join(ids), "fields": "name"}).json()
    unknown = door.call("POST", "composite/sobjects/Opportunity", json={"ids": ids, "fields": ["Nmae"]})
    too_many = door.call("POST", "composite/sobjects/Opportunity", json={"ids": ids * 501, "fields": ["Name"]})

    assert posted == got
    assert [row and row["Name"] for row in posted] == ["Deal 3", None, None, "Deal 1"]
    assert (unknown.status_code, unknown.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    assert too_many.json()[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_a_fault_hits_one_row_of_a_collection_and_fewer_results_may_come(door: Door) -> None:
    door.faults.plan(FaultKind.ROW_LOCKED, match=make_id("006", 2))
    locked = update(door, {"records": records(1, 2, 3, Name="x")})
    door.faults.plan(FaultKind.RESULTS_FEWER, match="composite/sobjects")
    fewer = update(door, {"records": records(1, 2, 3, Name="y")})

    assert codes(locked) == [None, "UNABLE_TO_LOCK_ROW", None]
    assert len(fewer) == 2
    assert door.sf.query("SELECT Id FROM Opportunity WHERE Name = 'y'")["totalSize"] == 3


# --- composite ------------------------------------------------------------------------------------------------------------


def patch(number: int, name: str, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    return {
        "method": "PATCH",
        "url": f"{DATA}sobjects/Opportunity/{make_id('006', number)}",
        "referenceId": name,
        "body": body,
        "httpHeaders": headers,
    }


def composite(door: Door, *requests: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    body = {"allOrNone": all_or_none, "compositeRequest": list(requests)}
    return list(door.sf.restful("composite", method="POST", json=body)["compositeResponse"])


def test_each_subrequest_has_its_status_its_headers_count_and_it_costs_one_call(door: Door) -> None:
    before = door.org.calls
    old = {"If-Unmodified-Since": "Mon, 02 Mar 2026 08:00:00 GMT"}

    answers = composite(
        door, patch(1, "a", {"Name": "x"}), patch(2, "b", {"Name": "x"}, **old), patch(3, "c", {"N": 1})
    )

    assert [answer["httpStatusCode"] for answer in answers] == [204, 412, 400]
    assert [answer["referenceId"] for answer in answers] == ["a", "b", "c"]
    assert answers[2]["body"][0]["errorCode"] == "INVALID_FIELD"
    assert door.org.calls == before + 1


def test_a_later_subrequest_can_refer_to_an_earlier_one(door: Door) -> None:
    create = {"method": "POST", "url": f"{DATA}sobjects/Account", "referenceId": "made", "body": {"Name": "Child"}}
    link = patch(1, "link", {"AccountId": "@{made.id}"})
    query = {
        "method": "GET",
        "url": f"{DATA}query?q=SELECT+Name+FROM+Account+WHERE+Id='@{{made.id}}'",
        "referenceId": "q",
    }
    broken = patch(2, "broken", {"AccountId": "@{nobody.id}"})

    made, linked, asked, refused = composite(door, create, link, query, broken)

    assert (made["httpStatusCode"], linked["httpStatusCode"]) == (201, 204)
    assert asked["body"]["records"][0]["Name"] == "Child"
    assert (refused["httpStatusCode"], refused["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")


def test_all_or_none_rolls_back_and_the_others_are_halted(door: Door) -> None:
    answers = composite(
        door,
        patch(1, "a", {"Name": "x"}),
        patch(2, "b", {"Name": None}),
        patch(3, "c", {"Name": "x"}),
        all_or_none=True,
    )

    found = [answer["body"][0]["errorCode"] for answer in answers]
    assert found == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
    assert door.sf.query("SELECT Id FROM Opportunity WHERE Name = 'x'")["totalSize"] == 0


def test_at_most_25_subrequests_and_5_queries(door: Door) -> None:
    query = {"method": "GET", "url": f"{DATA}query?q=SELECT+Id+FROM+User"}
    many = [patch(n, f"r{n}", {"Name": "x"}) for n in range(1, 27)]
    queries = [{**query, "referenceId": f"q{n}"} for n in range(6)]

    for requests in (many, queries):
        answer = door.call("POST", "composite", json={"compositeRequest": requests})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "LIMIT_EXCEEDED")
    assert composite(door, *queries[:5])[4]["body"]["totalSize"] == 3


def test_a_collection_may_stand_in_a_composite(door: Door) -> None:
    url = f"{DATA}composite/sobjects"
    inner = {"method": "PATCH", "url": url, "referenceId": "rows", "body": {"records": records(1, 2, Name="x")}}

    (answer,) = composite(door, inner)

    assert codes(answer["body"]) == [None, None]


def test_every_part_of_a_batch_counts_and_it_can_halt(door: Door) -> None:
    before = door.org.calls
    parts = [{"method": "GET", "url": "v66.0/sobjects/Opportunity/nonsense"}, {"method": "GET", "url": "v66.0/limits"}]

    answer = door.sf.restful("composite/batch", method="POST", json={"batchRequests": parts, "haltOnError": True})

    assert answer["hasErrors"]
    assert [each["statusCode"] for each in answer["results"]] == [404, 412]
    assert answer["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
    assert door.org.calls == before + 2


# --- bulk queries ---------------------------------------------------------------------------------------------------------


def test_the_library_reads_a_bulk_query_page_by_page(door: Door) -> None:
    door.org.bulk.polls = 1

    pages = list(door.sf.bulk2.Opportunity.query("SELECT Id, Name FROM Opportunity", max_records=120, wait=0))

    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert len(pages) == 3
    assert sorted(row["Id"] for row in rows) == [make_id("006", n) for n in range(1, 301)]


def test_a_job_takes_polls_and_its_pages_name_the_next_one(door: Door) -> None:
    door.org.update("Opportunity", make_id("006", 1), {"Amount": None, "NextStep": 'say "hi",\nthen go'}, by=AMY)
    door.org.delete("Opportunity", make_id("006", 2), by=AMY)
    soql = "SELECT Id, NextStep, Amount, IsDeleted, Account.Name, SystemModstamp FROM Opportunity"
    job = door.call("POST", "jobs/query", json={"operation": "queryAll", "query": soql}).json()
    early = door.call("GET", f"jobs/query/{job['id']}/results")
    states = [door.call("GET", f"jobs/query/{job['id']}").json()["state"] for _ in range(3)]

    first = door.call("GET", f"jobs/query/{job['id']}/results", params={"maxRecords": "200"})
    locator = first.headers["Sforce-Locator"]
    second = door.call("GET", f"jobs/query/{job['id']}/results", params={"maxRecords": "200", "locator": locator})

    assert job["state"] == "UploadComplete"
    assert early.status_code == 400
    assert states == ["InProgress", "JobComplete", "JobComplete"]
    assert (first.headers["Sforce-NumberOfRecords"], second.headers["Sforce-NumberOfRecords"]) == ("200", "100")
    assert second.headers["Sforce-Locator"] == "null"
    text = first.content.decode() + second.content.decode().partition("\n")[2]
    rows = {row["Id"]: row for row in csv.DictReader(io.StringIO(text))}
    one, two = rows[make_id("006", 1)], rows[make_id("006", 2)]
    assert one == {
        "Id": make_id("006", 1),
        "NextStep": 'say "hi",\nthen go',
        "Amount": "",
        "IsDeleted": "false",
        "Account.Name": "Acme",
        "SystemModstamp": "2026-03-02T10:00:00.000Z",
    }
    assert (two["Amount"], two["IsDeleted"]) == ("2000.0", "true")


def test_a_job_may_fail_be_aborted_or_deleted(door: Door) -> None:
    def start() -> str:
        body = {"operation": "query", "query": "SELECT Id FROM Opportunity"}
        return str(door.call("POST", "jobs/query", json=body).json()["id"])

    door.org.bulk.is_next_failing = True
    failing, aborted = start(), start()
    states = [door.call("GET", f"jobs/query/{failing}").json()["state"] for _ in range(2)]
    stopped = door.call("PATCH", f"jobs/query/{aborted}", json={"state": "Aborted"}).json()["state"]
    deleted = door.call("DELETE", f"jobs/query/{aborted}").status_code

    assert states == ["InProgress", "Failed"]
    assert (stopped, deleted) == ("Aborted", 204)
    assert door.call("GET", f"jobs/query/{aborted}").status_code == 404


def test_bulk_queries_take_no_aggregates_and_no_unknown_fields(door: Door) -> None:
    for soql in ("SELECT COUNT(Id) FROM Opportunity", "SELECT Nmae FROM Opportunity", "SELECT Id FROM User OFFSET 5"):
        answer = door.call("POST", "jobs/query", json={"operation": "query", "query": soql})
        assert answer.status_code == 400


def test_a_validation_rule_refuses_one_row_of_a_collection(door: Door) -> None:
    door.org.validation_rules.append(REASON_WHEN_REJECTED)
    claim = {"attributes": {"type": "Deal_Registration__c"}, "Partner_Account__c": ACME, "Customer_Name__c": "C"}

    results = door.sf.restful(
        "composite/sobjects", method="POST", json={"records": [claim, {**claim, "Status__c": "Rejected"}]}
    )

    assert codes(results) == [None, "FIELD_CUSTOM_VALIDATION_EXCEPTION"]
