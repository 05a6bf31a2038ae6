"""What a write does to a value, and which values are refused with which code."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, SUBMISSION, Client


def write(client: Client, **properties: Any) -> tuple[int, Any, Any]:
    return client.ask(client.objects.update, "deals", D1, {"properties": properties})


@pytest.mark.parametrize(
    "name, given, stored",
    [
        ("amount", "1500.50", "1500.5"),
        ("amount", "1500.00", "1500"),
        ("amount", "1.5e3", "1500"),
        ("amount", "-0", "0"),
        ("registration_status", "approved", "approved"),
        ("registration_protected_until", "2026-05-30", "2026-05-30"),
        ("registration_protected_until", "1780099200000", "2026-05-30"),
        ("closedate", "2026-05-30", "2026-05-30T00:00:00Z"),
        ("closedate", "2026-05-30T12:00:00+02:00", "2026-05-30T10:00:00Z"),
        ("closedate", "1780099200123", "2026-05-30T00:00:00.123Z"),
        ("closedate", "2026-05-30T00:00:00.120Z", "2026-05-30T00:00:00.120Z"),
        ("hubspot_owner_id", "81", "81"),
        ("dealname", "  Roof ", "  Roof "),
    ],
)
def test_a_written_value_is_stored_in_its_own_form(
    client: Client, portal: Portal, name: str, given: str, stored: str
) -> None:
    assert write(client, **{name: given})[0] == 200

    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"][name] == stored


@pytest.mark.parametrize(
    "name, given, code",
    [
        ("amount", "1,500.50", "INVALID_LONG"),
        ("amount", "many", "INVALID_LONG"),
        ("registration_status", "Approved", "INVALID_OPTION"),  # enumerations are case-sensitive
        ("registration_status", "no_such", "INVALID_OPTION"),
        ("registration_protected_until", "1780099200001", "INVALID_DATE"),  # not midnight UTC
        ("registration_protected_until", "30.05.2026", "INVALID_DATE"),
        ("closedate", "2026-05-30T12:00:00", "INVALID_DATE"),  # whose twelve o'clock?
        ("hubspot_owner_id", "7001", "INVALID_OWNER_ID"),  # a userId is no owner id
        ("hubspot_owner_id", "82", "INVALID_OWNER_ID"),  # deactivated
        ("hs_lastmodifieddate", "2026-01-01T00:00:00Z", "READ_ONLY_VALUE"),
        ("hs_is_closed", "true", "READ_ONLY_VALUE"),
        ("amount_in_home_currency", "1", "READ_ONLY_VALUE"),
        ("no_such_property", "1", "PROPERTY_DOESNT_EXIST"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_its_code(client: Client, name: str, given: str, code: str) -> None:
    status, _, body = write(client, **{name: given})

    assert status == 400
    assert body["category"] == "VALIDATION_ERROR"
    assert [(each["code"], each["context"]["propertyName"]) for each in body["errors"]] == [(code, [name])]


def test_every_wrong_property_is_told_at_once_in_both_forms(client: Client) -> None:
    _, _, body = write(client, amount="many", no_such="1", dealname="fine")

    assert [each["code"] for each in body["errors"]] == ["INVALID_LONG", "PROPERTY_DOESNT_EXIST"]
    assert body["message"].startswith('Property values were not valid: [{"isValid":false')
    assert '"error":"INVALID_LONG","name":"amount"' in body["message"]


def test_the_empty_string_clears_and_null_is_not_taken(client: Client, portal: Portal) -> None:
    assert write(client, amount=None)[0] == 400
    assert write(client, amount="")[0] == 200

    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"]["amount"] is None


def test_a_patch_answers_with_what_was_written_not_with_the_record(any_client: Client) -> None:
    body = {"properties": {"registration_note": "seen"}}
    answer = any_client.ask(any_client.objects.update, "deals", D1, body)[2]

    assert answer["properties"]["registration_note"] == "seen"
    assert "dealname" not in answer["properties"]
    assert answer["properties"]["hs_deal_stage_probability"] == "0.4"


def test_a_stage_of_another_pipeline_is_refused_with_the_valid_ones(client: Client) -> None:
    status, _, body = write(client, pipeline="75421908")

    assert status == 400
    assert body["errors"][0]["code"] == "INVALID_OPTION"
    assert "qualifiedtobuy is not a valid pipeline stage ID. Valid options are: pipelineId=75421908" in body["message"]
    assert write(client, pipeline="75421908", dealstage="151882542")[0] == 200


def test_a_stage_that_an_admin_removed_keeps_its_records_and_takes_no_new_ones(client: Client, portal: Portal) -> None:
    portal.archive_stage("deals", "qualifiedtobuy")

    assert write(client, dealstage="qualifiedtobuy")[0] == 400
    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"]["dealstage"] == "qualifiedtobuy"


def test_closing_a_deal_sets_what_hubspot_calculates(client: Client, portal: Portal) -> None:
    write(client, dealstage="closedwon")

    row = portal.get("deals", D1)
    assert row is not None
    shown = {
        name: row["properties"][name] for name in ("hs_is_closed", "hs_is_closed_won", "hs_deal_stage_probability")
    }
    assert shown == {"hs_is_closed": "true", "hs_is_closed_won": "true", "hs_deal_stage_probability": "1.0"}


def test_a_deal_needs_name_pipeline_and_stage_at_creation(any_client: Client) -> None:
    body = {"properties": {"amount": "5"}, "associations": []}
    status, _, answer = any_client.ask(any_client.objects.create, "deals", body)

    assert status == 400
    assert {each["context"]["propertyName"][0] for each in answer["errors"]} == {"dealname", "pipeline", "dealstage"}


def test_multiple_choices_are_joined_by_semicolons_and_a_leading_one_adds(client: Client, portal: Portal) -> None:
    made = {
        "name": "regions",
        "label": "Regions",
        "type": "enumeration",
        "fieldType": "checkbox",
        "groupName": "dealinformation",
        "options": [{"label": each, "value": each} for each in ("north", "south", "west")],
    }
    assert client.ask(client.properties.create, "deals", made)[0] == 201
    write(client, regions="north")
    write(client, regions=";south;north")

    row = portal.get("deals", D1)
    assert row is not None
    assert row["properties"]["regions"] == "north;south"


def test_a_contact_address_is_lower_case_and_unique(client: Client, portal: Portal) -> None:
    first = portal.create("contacts", {"email": "Eve@Partner.example"}, by="81")
    row = portal.get("contacts", first)
    body = {"properties": {"email": "eve@partner.EXAMPLE"}, "associations": []}

    status, _, answer = client.ask(client.objects.create, "contacts", body)

    assert row is not None
    assert row["properties"]["email"] == "eve@partner.example"
    assert (status, answer["category"]) == (409, "CONFLICT")
    assert answer["message"] == f"Contact already exists. Existing ID: {first}"


def test_a_deal_can_be_back_dated_but_its_envelope_tells_when_it_was_made(client: Client, portal: Portal) -> None:
    made = portal.create("deals", {"dealname": "Old", "dealstage": "closedwon"}, by="81")
    client.ask(client.objects.update, "deals", made, {"properties": {"createdate": "2025-01-01T00:00:00Z"}})

    row = client.ask(client.objects.get_by_id, "deals", made)[2]
    assert row["properties"]["createdate"] == "2025-01-01T00:00:00Z"
    assert row["createdAt"] == "2026-03-02T09:00:00Z"


def test_a_record_tells_what_made_it(client: Client, portal: Portal) -> None:
    made = portal.create(SUBMISSION, {"deal_name": "Roof"}, by="form")
    row = client.ask(client.objects.get_by_id, SUBMISSION, made, properties=["hs_object_source"])[2]

    assert row["properties"]["hs_object_source"] == "FORM"


def test_a_custom_unique_value_held_by_another_record_is_a_validation_error(client: Client, portal: Portal) -> None:
    holder = portal.create(SUBMISSION, {"submission_id": "SUB-1"}, by="form")
    other = portal.create(SUBMISSION, {"submission_id": "SUB-2"}, by="form")

    status, _, body = client.ask(client.objects.update, SUBMISSION, other, {"properties": {"submission_id": "SUB-1"}})

    assert status == 400
    assert body["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"
    assert f"{holder} already has that value" in body["message"]


def test_a_unique_value_is_free_again_once_its_record_is_archived(client: Client, portal: Portal) -> None:
    holder = portal.create(SUBMISSION, {"submission_id": "SUB-1"}, by="form")
    portal.archive(SUBMISSION, holder)

    made = {"properties": {"submission_id": "SUB-1"}, "associations": []}
    assert client.ask(client.objects.create, SUBMISSION, made)[0] == 201
