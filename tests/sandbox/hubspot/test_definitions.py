"""What a portal tells of itself: properties, pipelines, owners, custom object schemas, the account."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import SUBMISSION, Client


def definitions(client: Client, object_type: str) -> dict[str, dict[str, Any]]:
    answer = client.ask(client.properties.get_all, object_type)[2]
    return {each["name"]: each for each in answer["results"]}


def unique_property(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "label": name,
        "type": "string",
        "fieldType": "text",
        "groupName": "dealinformation",
        "hasUniqueValue": True,
    }


REFERENCE = {
    "deals": {"registration_id", "salesforce_opportunity_id"},
    "companies": {"partner_code"},
    SUBMISSION: {"submission_id", "registration_id"},
    "contacts": {"email"},
}


@pytest.mark.parametrize("object_type", REFERENCE)
def test_the_reference_schema_has_its_unique_properties(any_client: Client, object_type: str) -> None:
    told = definitions(any_client, object_type)

    assert {name for name, each in told.items() if each["hasUniqueValue"]} == REFERENCE[object_type]


def test_read_only_properties_say_so(client: Client) -> None:
    told = definitions(client, "deals")
    read_only = {name for name, each in told.items() if each["modificationMetadata"]["readOnlyValue"]}

    assert {"hs_lastmodifieddate", "hs_object_id", "hs_is_closed", "hs_is_closed_won"} <= read_only
    assert {"amount_in_home_currency", "num_associated_contacts"} <= read_only
    assert "registration_id" not in read_only


def test_options_that_live_elsewhere_are_not_listed(client: Client) -> None:
    told = definitions(client, "deals")

    for name in ("dealstage", "pipeline", "hubspot_owner_id"):
        assert (told[name]["options"], told[name]["externalOptions"]) == ([], True)
    options = [each["value"] for each in told["registration_status"]["options"]]
    assert options == ["submitted", "in_review", "approved", "rejected", "expired", "withdrawn", "converted"]


def test_a_unique_property_is_created_and_then_serves_as_a_key(any_client: Client, portal: Portal) -> None:
    status, _, made = any_client.ask(any_client.properties.create, "deals", unique_property("deal_key"))
    deal = portal.create("deals", {"dealname": "Keyed", "dealstage": "closedwon", "deal_key": "K-1"}, by="81")

    assert (status, made["hasUniqueValue"], made["hubspotDefined"]) == (201, True, False)
    found = any_client.ask(any_client.objects.get_by_id, "deals", "K-1", id_property="deal_key")
    assert found[2]["id"] == deal


def test_a_property_is_created_once(any_client: Client) -> None:
    answers = [any_client.ask(any_client.properties.create, "deals", unique_property("deal_key")) for _ in range(2)]

    assert [each[0] for each in answers] == [201, 409]
    assert answers[1][2]["category"] == "OBJECT_ALREADY_EXISTS"


def test_an_object_takes_ten_unique_properties_at_most(client: Client) -> None:
    told = [client.ask(client.properties.create, "deals", unique_property(f"key_{number}"))[0] for number in range(9)]

    assert told == [201] * 8 + [400], "two are there already"


def test_an_archived_property_is_gone_from_answers_without_an_error(client: Client, portal: Portal) -> None:
    assert client.ask(client.properties.archive, "deals", "registration_note")[0] == 204

    assert "registration_note" not in definitions(client, "deals")
    page = client.ask(client.objects.get_page, "deals", limit=1, properties=["dealname", "registration_note"])
    assert page[0] == 200
    assert "registration_note" not in page[2]["results"][0]["properties"]
    written = client.ask(client.objects.update, "deals", "5000000001", {"properties": {"registration_note": "x"}})
    assert written[2]["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"


def test_admins_add_and_remove_options(client: Client) -> None:
    options = {"options": [{"label": "On hold", "value": "on_hold"}]}
    assert client.ask(client.properties.update, "deals", "registration_status", options)[0] == 200

    def write(value: str) -> int:
        body = {"properties": {"registration_status": value}}
        status: int = client.ask(client.objects.update, "deals", "5000000001", body)[0]
        return status

    assert (write("on_hold"), write("approved")) == (200, 400)


def test_one_property_is_read_by_name(any_client: Client) -> None:
    found = any_client.ask(any_client.properties.get_by_name, SUBMISSION, "submission_status")

    assert [each["value"] for each in found[2]["options"]][:2] == ["new", "in_review"]
    assert any_client.ask(any_client.properties.get_by_name, SUBMISSION, "no_such")[0] == 404


def test_pipelines_tell_closed_and_probability_as_text(any_client: Client) -> None:
    answer = any_client.ask(any_client.pipelines.get_all, "deals")[2]["results"]
    stages = {stage["id"]: stage["metadata"] for stage in answer[0]["stages"]}

    assert [each["id"] for each in answer] == ["default", "75421908"]
    assert stages["closedwon"] == {"isClosed": "true", "probability": "1.0"}
    assert stages["closedlost"] == {"isClosed": "true", "probability": "0.0"}
    assert all(stage["id"].isdigit() for stage in answer[1]["stages"]), "only the default pipeline has telling ids"


def test_a_removed_stage_is_not_listed(client: Client, portal: Portal) -> None:
    portal.archive_stage("deals", "contractsent")
    stages = client.ask(client.pipelines.get_all, "deals")[2]["results"][0]["stages"]

    assert "contractsent" not in [each["id"] for each in stages]


def test_tickets_and_leads_have_pipelines_of_their_own(client: Client) -> None:
    tickets = client.ask(client.pipelines.get_all, "tickets")[2]["results"][0]["stages"]

    assert tickets[3]["metadata"] == {"ticketState": "CLOSED"}
    assert client.ask(client.pipelines.get_all, "leads")[2]["results"][0]["stages"]
    assert client.ask(client.pipelines.get_all, "companies")[2]["results"] == []


def test_archived_owners_are_listed_apart_and_have_no_user_id(any_client: Client) -> None:
    live = any_client.ask(any_client.owners.get_page)[2]["results"]
    archived = any_client.ask(any_client.owners.get_page, archived=True)[2]["results"]

    assert [(each["id"], each["userId"], each["email"]) for each in live] == [("81", 7001, "ada@vendor.example")]
    assert [(each["id"], each["userId"], each["userIdIncludingInactive"]) for each in archived] == [("82", None, 7002)]


def test_owners_page_and_are_found_by_address_or_user_id(client: Client, portal: Portal) -> None:
    portal.seed_owners([{"id": "83", "email": "eve@vendor.example"}])
    first = client.ask(client.owners.get_page, limit=1)[2]
    second = client.ask(client.owners.get_page, limit=1, after=first["paging"]["next"]["after"])[2]

    assert [first["results"][0]["id"], second["results"][0]["id"]] == ["81", "83"]
    found = client.ask(client.owners.get_page, email="ADA@vendor.example")[2]["results"]
    assert [each["id"] for each in found] == ["81"]
    assert client.ask(client.owners.get_by_id, 7001, id_property="userId")[2]["id"] == "81"
    assert client.ask(client.owners.get_by_id, 7001)[0] == 404


def test_records_keep_pointing_at_a_deactivated_owner(client: Client, portal: Portal) -> None:
    portal.update("deals", "5000000001", {"hubspot_owner_id": "81"}, by="81")
    portal.archive_owner("81")

    row = client.ask(client.objects.get_by_id, "deals", "5000000001", properties=["hubspot_owner_id"])[2]
    assert row["properties"]["hubspot_owner_id"] == "81"
    assert client.ask(client.owners.get_page)[2]["results"] == []


def test_custom_objects_are_found_by_their_schema(any_client: Client, portal: Portal) -> None:
    told = any_client.ask(any_client.schemas.get_all)[2]["results"]

    assert [each["objectTypeId"] for each in told] == ["2-4815162", "2-4815163"]
    assert told[0]["fullyQualifiedName"] == f"p{portal.portal_id}_partner_submission"
    assert told[0]["name"] == "partner_submission"
    assert "submission_status" in {each["name"] for each in told[0]["properties"]}
    assert {each["toObjectTypeId"] for each in told[0]["associations"]} >= {"0-1", "0-2", "0-3"}
    assert any_client.ask(any_client.schemas.get_by_id, SUBMISSION)[2]["objectTypeId"] == "2-4815162"


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
def test_the_account_tells_zone_and_currency(client: Client, portal: Portal, version: str) -> None:
    status, _, body = client.raw("GET", f"/account-info/{version}/details")

    assert (status, body["portalId"], body["timeZone"]) == (200, portal.portal_id, "Europe/Berlin")
    assert body["utcOffsetMilliseconds"] == 3_600_000
    assert body["companyCurrency"] == "EUR"
