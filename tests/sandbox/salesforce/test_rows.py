"""Facts of crm/salesforce.md §2, §4, §6 and §7: one row at a time, its values, its rules, its errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from simple_salesforce.exceptions import (
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_external_id

from sandbox.faults import FaultKind
from sandbox.salesforce.duplicates import DuplicateRule
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.rules import REASON_WHEN_REJECTED, AutomationError
from tests.sandbox.salesforce.conftest import ACME, AMY, BOB, NOW, PARTNER, START, Door, audit, opportunity

DEAL = make_id("006", 1)
NEW = {"Name": "New", "StageName": "Prospecting", "CloseDate": "2026-09-30"}
CLAIM = {"Partner_Account__c": PARTNER, "Customer_Name__c": "C", "Status__c": "Submitted"}


@pytest.fixture(autouse=True)
def rows(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(1), opportunity(2, Registration_Id__c="REG-2")])


def error_of(door: Door, fields: dict[str, Any], name: str = "Opportunity") -> dict[str, Any]:
    """Return the error of a create that must fail."""
    answer = door.call("POST", f"sobjects/{name}", json=fields)
    assert answer.status_code >= 400, answer.text
    return dict(answer.json()[0])


def list_of(raised: Any) -> list[Any]:
    """Return the parsed body of an answer that made the library raise."""
    return list(raised.value.content)


def stored(door: Door, record_id: str = DEAL) -> dict[str, Any]:
    row = door.org.get("Opportunity", record_id)
    assert row is not None
    return row


def test_create_answers_201_with_an_id_of_18_characters(door: Door) -> None:
    answer = door.call("POST", "sobjects/Opportunity", json={**NEW, "AccountId": ACME[:15]})

    assert answer.status_code == 201
    assert answer.json() == {"id": answer.json()["id"], "success": True, "errors": []}
    assert len(answer.json()["id"]) == 18
    assert stored(door, answer.json()["id"])["AccountId"] == ACME
    assert stored(door, answer.json()["id"])["OwnerId"] == door.org.user_id


def test_update_answers_204_changes_sent_fields_only_and_null_clears(door: Door) -> None:
    before = stored(door)

    assert door.sf.Opportunity.update(DEAL, {"Amount": None, "NextStep": "Call"}) == 204

    changed = {name for name, value in stored(door).items() if value != before[name]}
    assert changed == {"Amount", "NextStep", "LastModifiedById", "LastModifiedDate", "SystemModstamp"}


def test_a_write_that_changes_nothing_moves_the_stamps(door: Door) -> None:
    door.sf.Opportunity.update(DEAL, {"Name": "Deal 1"})

    assert stored(door)["SystemModstamp"] == stored(door)["LastModifiedDate"] == NOW


def test_stamps_have_whole_seconds(door: Door) -> None:
    door.clock.advance(0.75)
    door.sf.Opportunity.update(DEAL, {"Name": "x"})

    assert stored(door)["SystemModstamp"] == NOW


def test_automation_moves_the_system_stamp_only(door: Door) -> None:
    door.org.automate("Opportunity", DEAL, {"Amount": 7})

    assert stored(door)["SystemModstamp"] == NOW
    assert stored(door)["LastModifiedDate"] == START


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("NextStep", "  trimmed \n", "trimmed"),
        ("NextStep", "   ", None),
        ("Amount", 12.345, 12.35),
        ("Amount", "99.5", 99.5),
        ("Registration_Rev__c", 3, 3.0),
        ("Registration_Status__c", "pending", "Pending"),
        ("CloseDate", "2026-12-24T10:00:00Z", "2026-12-24"),
        ("IsPrivate", "true", True),
        ("StageName", "A stage nobody knows", "A stage nobody knows"),  # not restricted: any text is stored
    ],
)
def test_values_are_normalised_as_they_are_stored(field: str, sent: Any, kept: Any, door: Door) -> None:
    door.sf.Opportunity.update(DEAL, {field: sent})

    assert stored(door)[field] == kept


def test_date_times_lose_fractions_and_multipicklists_take_the_listed_order(door: Door) -> None:
    made = door.sf.Deal_Registration__c.create(
        {**CLAIM, "Submitted_Date__c": "2026-03-01T10:00:00.900+01:00", "Products__c": "Storage;Analytics;Storage"}
    )

    row = door.org.get("Deal_Registration__c", made["id"])
    assert row is not None
    assert row["Submitted_Date__c"] == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert row["Products__c"] == "Analytics;Storage"
    assert row["Name"] == "DR-000001"


@pytest.mark.parametrize(
    ("change", "code", "fields"),
    [
        ({"Name": None}, "REQUIRED_FIELD_MISSING", ["Name"]),
        ({"Name": "x" * 121}, "STRING_TOO_LONG", ["Name"]),
        (
            {"Registration_Status__c": "Regstered"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            ["Registration_Status__c"],
        ),
        ({"Amount": 1e17}, "NUMBER_OUTSIDE_VALID_RANGE", ["Amount"]),
        ({"Amount": "much"}, "JSON_PARSER_ERROR", ["Amount"]),
        ({"CloseDate": "tomorrow"}, "JSON_PARSER_ERROR", ["CloseDate"]),
        ({"IsPrivate": "yes"}, "JSON_PARSER_ERROR", ["IsPrivate"]),
        ({"AccountId": "nonsense"}, "MALFORMED_ID", ["AccountId"]),
        ({"AccountId": DEAL}, "FIELD_INTEGRITY_EXCEPTION", ["AccountId"]),
        ({"AccountId": make_id("001", 999)}, "INVALID_CROSS_REFERENCE_KEY", ["AccountId"]),
        ({"OwnerId": BOB}, "INACTIVE_OWNER_OR_USER", []),
        ({"IsWon": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["IsWon"]),
        ({"CreatedDate": "2020-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CreatedDate"]),
        ({"Nmae": "x"}, "INVALID_FIELD", []),
        ({"Id": DEAL}, "INVALID_FIELD", []),
        ({"Registration_Id__c": "reg-2"}, "DUPLICATE_VALUE", []),  # unique without regard to case
    ],
)
def test_what_a_row_is_refused_for(change: dict[str, Any], code: str, fields: list[str], door: Door) -> None:
    error = error_of(door, {**NEW, **change})

    assert (error["errorCode"], error["fields"]) == (code, fields)


def test_a_taken_unique_value_names_the_record_that_holds_it(door: Door) -> None:
    error = error_of(door, {**NEW, "Registration_Id__c": "REG-2"})

    assert error["message"].endswith(f"on record with id: {make_id('006', 2)[:15]}")


def test_an_email_must_look_like_one(door: Door) -> None:
    error = error_of(door, {**CLAIM, "Partner_Contact_Email__c": "nobody"}, "Deal_Registration__c")

    assert error["errorCode"] == "INVALID_EMAIL_ADDRESS"


def test_a_stage_brings_its_probability_forecast_and_flags(door: Door) -> None:
    door.sf.Opportunity.update(DEAL, {"StageName": "Closed Won", "Amount": 200})
    won = stored(door)
    door.sf.Opportunity.update(DEAL, {"StageName": "Misspelt"})
    unknown = stored(door)

    assert (won["IsClosed"], won["IsWon"], won["Probability"], won["ExpectedRevenue"]) == (True, True, 100, 200)
    assert won["ForecastCategoryName"] == "Closed"
    assert (unknown["IsClosed"], unknown["IsWon"]) == (False, False)


def test_a_lookup_can_be_set_by_the_parents_external_id(door: Door) -> None:
    door.sf.Opportunity.update(DEAL, {"Registered_Partner__r": {"Partner_Code__c": "P-1"}})

    assert stored(door)["Registered_Partner__c"] == PARTNER
    error = error_of(door, {**NEW, "Account": {"Partner_Code__c": "P-404"}})
    assert error["errorCode"] == "INVALID_FIELD"
    assert "not found" in error["message"]


def test_a_contacts_lookup_on_an_opportunity_can_be_created_but_not_updated(door: Door) -> None:
    contact = door.sf.Contact.create({"LastName": "Doe", "FirstName": "Jo", "AccountId": ACME})["id"]

    made = door.sf.Opportunity.create({**NEW, "ContactId": contact})["id"]

    with pytest.raises(SalesforceMalformedRequest, match="INVALID_FIELD_FOR_INSERT_UPDATE"):
        door.sf.Opportunity.update(made, {"ContactId": None})
    assert door.sf.Contact.get(contact)["Name"] == "Jo Doe"


# --- reading, deleting, merging ------------------------------------------------------------------------------------------


def test_reading_takes_15_or_18_characters_and_a_list_of_fields(door: Door) -> None:
    full = door.sf.Opportunity.get(DEAL[:15])
    some = door.call("GET", f"sobjects/Opportunity/{DEAL}", params={"fields": "name,Amount"}).json()

    assert full["Id"] == DEAL
    assert (some["Name"], some["Amount"], set(some)) == ("Deal 1", 1000.0, {"attributes", "Name", "Amount", "Id"})


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", f"Opportunity/{make_id('006', 999)}", "NOT_FOUND"),
        ("PATCH", f"Opportunity/{make_id('006', 999)}", "NOT_FOUND"),
        ("GET", "Opportunity/nonsense", "NOT_FOUND"),
        ("GET", f"Opportunity/{ACME}", "NOT_FOUND"),
        ("GET", "Opportunity/Name/Deal", "NOT_FOUND"),  # no external id field
        ("GET", "Opportunity/Registration_Id__c/REG-404", "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_404(method: str, path: str, code: str, door: Door) -> None:
    answer = door.call(method, f"sobjects/{path}", json={"Name": "x"})

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, code)


def test_a_deleted_row_is_gone_for_rows_and_query_and_stays_for_query_all(door: Door) -> None:
    assert door.sf.Opportunity.delete(DEAL) == 204

    again = door.call("DELETE", f"sobjects/Opportunity/{DEAL}")
    read = door.call("GET", f"sobjects/Opportunity/{DEAL}")
    soql = "SELECT Id, IsDeleted, SystemModstamp FROM Opportunity WHERE IsDeleted = true"

    assert [(each.status_code, each.json()[0]["errorCode"]) for each in (again, read)] == [
        (404, "ENTITY_IS_DELETED")
    ] * 2
    assert door.sf.query(soql)["totalSize"] == 0
    found = door.sf.query(soql, include_deleted=True)["records"]
    assert [(row["Id"], row["SystemModstamp"][11:16]) for row in found] == [(DEAL, "10:00")]


def test_an_undeleted_row_has_its_id_again_and_a_purged_one_leaves_no_trace(door: Door) -> None:
    door.org.delete("Opportunity", DEAL, by=AMY)
    door.org.undelete("Opportunity", DEAL, by=AMY)
    door.org.purge("Opportunity", make_id("006", 2))

    found = door.sf.query("SELECT Id FROM Opportunity", include_deleted=True)["records"]

    assert [row["Id"] for row in found] == [DEAL]


def test_a_merged_account_names_its_master_and_its_children_move(door: Door) -> None:
    door.clock.advance(60)
    door.org.merge("Account", PARTNER, ACME, by=AMY)

    loser = door.sf.query("SELECT Id, IsDeleted, MasterRecordId FROM Account WHERE MasterRecordId != null", True)

    assert [(row["Id"], row["IsDeleted"], row["MasterRecordId"]) for row in loser["records"]] == [(ACME, True, PARTNER)]
    assert stored(door)["AccountId"] == PARTNER
    assert stored(door)["SystemModstamp"] == NOW + timedelta(seconds=60)


# --- upsert by external id ------------------------------------------------------------------------------------------------


def test_upsert_creates_201_and_updates_200_with_a_body_from_version_46(door: Door) -> None:
    made = door.call("PATCH", "sobjects/Opportunity/Registration_Id__c/REG-9", json=NEW)
    changed = door.call("PATCH", "sobjects/Opportunity/Registration_Id__c/reg-9", json={"Name": "y"})
    old = door.call("PATCH", "/services/data/v45.0/sobjects/Opportunity/Registration_Id__c/REG-9", json={"Name": "z"})

    assert (made.status_code, made.json()["created"]) == (201, True)
    assert (changed.status_code, changed.json()) == (
        200,
        {"id": made.json()["id"], "success": True, "errors": [], "created": False},
    )
    assert (old.status_code, old.content) == (204, b"")


def test_upsert_refuses_its_own_key_in_the_body(door: Door) -> None:
    body = {**NEW, "Registration_Id__c": "REG-9"}

    answer = door.call("PATCH", "sobjects/Opportunity/Registration_Id__c/REG-9", json=body)

    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "should not be specified in the sobject data" in answer.json()[0]["message"]


def test_upsert_with_update_only_creates_nothing(door: Door) -> None:
    answer = door.call("PATCH", "sobjects/Opportunity/Registration_Id__c/REG-9?updateOnly=true", json=NEW)

    assert answer.status_code == 404
    assert door.org.count("Opportunity") == 2


def test_an_ambiguous_external_id_answers_300_with_the_records_and_writes_nothing(door: Door) -> None:
    door.org.change_field("Opportunity", "Registration_Id__c", is_unique=False)
    door.org.update("Opportunity", DEAL, {"Registration_Id__c": "reg-2"}, by=AMY)

    with pytest.raises(SalesforceMoreThanOneRecord) as several:
        door.sf.Opportunity.upsert("Registration_Id__c/REG-2", {"Name": "y"})

    assert [url.rpartition("/")[2] for url in list_of(several)] == [DEAL, make_id("006", 2)]
    assert stored(door)["Name"] == "Deal 1"


def test_a_deleted_row_does_not_match_so_an_upsert_makes_a_new_one(door: Door) -> None:
    door.org.delete("Opportunity", make_id("006", 2), by=AMY)

    assert door.sf.Opportunity.upsert("Registration_Id__c/REG-2", NEW) == 201
    with pytest.raises(RowError, match="DUPLICATE_VALUE"):
        door.org.undelete("Opportunity", make_id("006", 2), by=AMY)


def test_a_quoted_key_with_a_slash_is_one_segment(door: Door) -> None:
    assert door.sf.Opportunity.upsert(format_external_id("Registration_Id__c", "a/b c?"), NEW) == 201

    assert door.org.find("Opportunity", "Registration_Id__c", "a/b c?") is not None


# --- conditional requests -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "status"), [("10:00:00", 204), ("09:59:59", 412)])
def test_if_unmodified_since_compares_with_last_modified_date(since: str, status: int, door: Door) -> None:
    door.sf.Opportunity.update(DEAL, {"Name": "edited at ten"})
    headers = {"If-Unmodified-Since": f"Mon, 02 Mar 2026 {since} GMT"}

    answer = door.call("PATCH", f"sobjects/Opportunity/{DEAL}", json={"Name": "y"}, headers=headers)

    assert answer.status_code == status


def test_a_condition_does_not_see_what_automation_changed(door: Door) -> None:
    door.org.automate("Opportunity", DEAL, {"Amount": 1})
    headers = {"If-Unmodified-Since": "Mon, 02 Mar 2026 09:30:00 GMT"}

    assert door.call("PATCH", f"sobjects/Opportunity/{DEAL}", json={"Name": "y"}, headers=headers).status_code == 204


def test_an_unreadable_condition_is_a_bad_request(door: Door) -> None:
    headers = {"If-Unmodified-Since": "yesterday"}

    assert door.call("PATCH", f"sobjects/Opportunity/{DEAL}", json={"Name": "y"}, headers=headers).status_code == 400


def test_if_modified_since_answers_304_without_a_body(door: Door) -> None:
    headers = {"If-Modified-Since": "Mon, 02 Mar 2026 09:30:00 GMT"}

    answer = door.call("GET", f"sobjects/Opportunity/{DEAL}", headers=headers)

    assert (answer.status_code, answer.content) == (304, b"")


# --- rights, rules and automation -----------------------------------------------------------------------------------------


def test_a_read_only_field_fails_writes_and_a_hidden_one_is_unknown(door: Door) -> None:
    door.org.restrict("Opportunity", "NextStep", read_only=True)
    door.org.restrict("Opportunity", "Amount", hidden=True)

    assert error_of(door, {**NEW, "NextStep": "x"})["fields"] == ["NextStep"]
    assert error_of(door, {**NEW, "Amount": 5})["errorCode"] == "INVALID_FIELD"
    door.org.update("Opportunity", DEAL, {"NextStep": "people may", "Amount": 8}, by=AMY)
    door.org.restrict("Opportunity", "Amount")
    assert door.sf.Opportunity.update(DEAL, {"Amount": 9}) == 204


def test_a_validation_rule_refuses_a_rejection_without_reason(door: Door) -> None:
    door.org.validation_rules.append(REASON_WHEN_REJECTED)
    claim = door.sf.Deal_Registration__c.create(CLAIM)["id"]

    with pytest.raises(SalesforceMalformedRequest) as refused:
        door.sf.Deal_Registration__c.update(claim, {"Status__c": "Rejected"})

    assert list_of(refused)[0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert list_of(refused)[0]["fields"] == ["Rejection_Reason__c"]
    assert door.sf.Deal_Registration__c.update(claim, {"Status__c": "Rejected", "Rejection_Reason__c": "Other"}) == 204


def test_automation_edits_what_was_just_written_and_its_failure_refuses_the_row(door: Door) -> None:
    def shout(name: str, before: Any, row: Any) -> dict[str, Any] | None:
        if row.get("NextStep") == "explode":
            raise AutomationError("UNABLE_TO_LOCK_ROW, unable to obtain exclusive access")
        return {"NextStep": row["Name"].upper()} if name == "Opportunity" else None

    door.org.automations.append(shout)
    door.sf.Opportunity.update(DEAL, {"Name": "quiet"})

    assert stored(door)["NextStep"] == "QUIET"
    error = error_of(door, {**NEW, "NextStep": "explode"})
    assert error["errorCode"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert "UNABLE_TO_LOCK_ROW" in error["message"]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (FaultKind.FIELD_FORBIDDEN, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        (FaultKind.ROW_INVALID, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        (FaultKind.ROW_LOCKED, "UNABLE_TO_LOCK_ROW"),
        (FaultKind.DUPLICATE_VALUE, "DUPLICATE_VALUE"),
        (FaultKind.ROW_GONE, "ENTITY_IS_DELETED"),
    ],
)
def test_row_faults_hit_the_row_they_are_planned_for_and_nothing_is_written(
    kind: FaultKind, code: str, door: Door
) -> None:
    door.faults.plan(kind, match=f"Opportunity/{DEAL}")

    answer = door.call("PATCH", f"sobjects/Opportunity/{DEAL}", json={"Name": "x"})

    assert answer.json()[0]["errorCode"] == code
    assert stored(door)["Name"] == "Deal 1"
    assert door.sf.Opportunity.update(DEAL, {"Name": "x"}) == 204


def test_only_json_is_taken(door: Door) -> None:
    wrong = door.call("POST", "sobjects/Opportunity", data=b"<a/>", headers={"Content-Type": "text/xml"})
    broken = door.call("POST", "sobjects/Opportunity", data=b"{", headers={"Content-Type": "application/json"})
    method = door.call("PUT", f"sobjects/Opportunity/{DEAL}", json={})

    assert (wrong.status_code, broken.status_code, method.status_code) == (415, 400, 405)
    assert broken.json()[0]["errorCode"] == "JSON_PARSER_ERROR"


def test_a_converted_lead_is_read_only(door: Door) -> None:
    lead = make_id("00Q", 1)
    door.org.seed("Lead", [{**audit(), "Id": lead, "LastName": "L", "Company": "C", "IsConverted": True}])

    with pytest.raises(SalesforceMalformedRequest, match="CANNOT_UPDATE_CONVERTED_LEAD"):
        door.sf.Lead.update(lead, {"Company": "D"})


def test_a_duplicate_rule_names_the_records_and_lets_insisting_callers_through_an_alert(door: Door) -> None:
    rules = door.org.duplicate_rules
    rules.append(DuplicateRule(name="Accounts", object_name="Account", key=lambda row: str(row["Name"]).lower()))
    body = {"Name": "ACME"}

    refused = door.call("POST", "sobjects/Account", json=body)
    insisting = {"Sforce-Duplicate-Rule-Header": "includeRecordDetails=true; allowSave=true"}
    saved = door.call("POST", "sobjects/Account", json=body, headers=insisting)
    rules[0] = replace(rules[0], is_blocking=True)
    blocked = door.call("POST", "sobjects/Account", json=body, headers=insisting)

    (error,) = refused.json()
    assert (refused.status_code, error["errorCode"]) == (400, "DUPLICATES_DETECTED")
    (match,) = error["duplicateResut"]["matchResults"][0]["matchRecords"]
    assert match["record"]["Id"] == ACME
    assert (saved.status_code, blocked.status_code) == (201, 400)
    assert not blocked.json()[0]["duplicateResut"]["allowSave"]
    door.org.create("Account", body, by=AMY)


# --- describe -------------------------------------------------------------------------------------------------------------


def test_describe_tells_what_a_mapping_must_know(door: Door) -> None:
    door.org.restrict("Opportunity", "Amount", hidden=True)
    door.org.restrict("Opportunity", "NextStep", read_only=True)
    fields = {field["name"]: field for field in door.sf.Opportunity.describe()["fields"]}

    assert "Amount" not in fields
    assert (fields["NextStep"]["updateable"], fields["NextStep"]["length"]) == (False, 255)
    key = fields["Registration_Id__c"]
    assert (key["externalId"], key["unique"], key["idLookup"], key["length"]) == (True, True, True, 40)
    status = fields["Registration_Status__c"]
    assert status["restrictedPicklist"]
    assert [value["value"] for value in status["picklistValues"]][:2] == ["None", "Pending"]
    assert not fields["StageName"]["restrictedPicklist"]
    assert (fields["Registration_Rev__c"]["precision"], fields["Registration_Rev__c"]["scale"]) == (18, 0)
    assert fields["Registered_Partner__c"]["relationshipName"] == "Registered_Partner__r"
    assert (fields["Description"]["filterable"], fields["IsWon"]["updateable"]) == (False, False)
    required = {
        name
        for name, field in fields.items()
        if not field["nillable"] and not field["defaultedOnCreate"] and field["createable"]
    }
    assert required == {"Name", "StageName", "CloseDate"}


def test_a_hidden_object_is_neither_described_nor_queried(door: Door) -> None:
    door.org.hide_object("Contact")

    with pytest.raises(SalesforceResourceNotFound):
        door.sf.Contact.describe()
    assert door.refused("SELECT Id FROM Contact")["errorCode"] == "INVALID_TYPE"
    assert "Contact" not in [each["name"] for each in door.sf.describe()["sobjects"]]
