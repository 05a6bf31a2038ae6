"""Associations v4: kinds and labels, batch reads and their ordinary 207, primary links, caps (fact 14)."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, SUBMISSION, Client

PLAIN = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}
PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}
REGISTERING = {"associationCategory": "USER_DEFINED", "associationTypeId": 101}


def pairs(*told: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    return {"inputs": [{"from": {"id": a}, "to": {"id": b}, "types": [kind]} for a, b, kind in told]}


def read(client: Client, *record_ids: str) -> tuple[int, Any, Any]:
    body = {"inputs": [{"id": each} for each in record_ids]}
    return client.ask(client.link_batch.get_page, "deals", "companies", body)


def linked(portal: Portal, deal: str) -> list[tuple[str, list[str]]]:
    return portal.associations("deals", deal, "companies")


def test_a_batch_read_names_every_record_without_links(any_client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    status, _, answer = read(any_client, D1, D2, "99")

    assert status == any_client.partial
    assert [each["from"]["id"] for each in answer["results"]] == [D1]
    assert [each["subCategory"] for each in answer["errors"]] == ["crm.associations.NO_ASSOCIATIONS_FOUND"] * 2
    assert [each["context"]["fromObjectId"] for each in answer["errors"]] == [[D2], ["99"]]
    kinds = answer["results"][0]["to"][0]["associationTypes"]
    assert {(each["category"], each["typeId"], each["label"]) for each in kinds} == {
        ("HUBSPOT_DEFINED", 5, "Primary"),
        ("HUBSPOT_DEFINED", 341, None),
        ("USER_DEFINED", 101, "Registering partner"),
    }


def test_ids_of_linked_records_are_numbers_on_v4_and_text_on_dated_paths(any_client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label=None, by="81")

    told = read(any_client, D1)[2]["results"][0]["to"][0]["toObjectId"]

    assert told == (701 if any_client.family == "v3" else "701")


def test_a_batch_read_pages_inside_each_input(client: Client, portal: Portal) -> None:
    portal.records.links_page = 2
    for company in ("701", "702", "703"):
        portal.associate("deals", D1, "companies", company, label=None, by="81")

    first = read(client, D1)[2]["results"][0]
    after = first["paging"]["next"]["after"]
    body = {"inputs": [{"id": D1, "after": after}]}
    second = client.ask(client.link_batch.get_page, "deals", "companies", body)[2]["results"][0]

    assert [each["toObjectId"] for each in first["to"]] == [701, 702]
    assert [each["toObjectId"] for each in second["to"]] == [703]
    assert "paging" not in second


def test_a_batch_read_takes_a_thousand_inputs(client: Client) -> None:
    assert read(client, *map(str, range(1, 1001)))[0] == 207
    assert read(client, *map(str, range(1, 1002)))[0] == 400


def test_a_label_brings_the_plain_kind_with_it(any_client: Client, portal: Portal) -> None:
    status, _, answer = any_client.ask(
        any_client.link_batch.create, "deals", "companies", pairs((D1, "701", REGISTERING))
    )

    assert status == 201
    assert answer["results"][0]["labels"] == ["Registering partner"]
    kinds = read(any_client, D1)[2]["results"][0]["to"][0]["associationTypes"]
    assert {each["typeId"] for each in kinds} == {101, 341, 5}  # the first company is made the primary one


def test_the_first_company_becomes_the_primary_one_and_stays_it(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    portal.associate("deals", D1, "companies", "702", label=None, by="81")

    assert linked(portal, D1) == [("701", ["Primary", "Registering partner"]), ("702", [])]


def test_taking_a_label_away_leaves_the_plain_link(any_client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    body = pairs((D1, "701", REGISTERING))

    assert any_client.ask(any_client.link_batch.archive_labels, "deals", "companies", body)[0] == 204
    assert linked(portal, D1) == [("701", ["Primary"])]


def test_taking_the_plain_kind_away_takes_all_labels(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")

    assert client.ask(client.link_batch.archive_labels, "deals", "companies", pairs((D1, "701", PLAIN)))[0] == 204
    assert linked(portal, D1) == []
    assert portal.associations("companies", "701", "deals") == []


def test_a_batch_archive_takes_whole_links_away(any_client: Client, portal: Portal) -> None:
    for company in ("701", "702"):
        portal.associate("deals", D1, "companies", company, label="Registering partner", by="81")
    body = {"inputs": [{"from": {"id": D1}, "to": [{"id": "701"}]}]}

    assert any_client.ask(any_client.link_batch.archive, "deals", "companies", body)[0] == 204
    assert linked(portal, D1) == [("702", ["Registering partner"])]


def test_a_record_has_one_primary_company_and_setting_another_moves_it(client: Client, portal: Portal) -> None:
    client.ask(client.link_batch.create, "deals", "companies", pairs((D1, "701", PRIMARY)))
    client.ask(client.link_batch.create, "deals", "companies", pairs((D1, "702", PRIMARY)))

    assert linked(portal, D1) == [("701", []), ("702", ["Primary"])]
    assert portal.associations("companies", "701", "deals") == [(D1, [])]


def test_a_primary_set_from_the_company_moves_too(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Primary", by="81")
    portal.associate("companies", "702", "deals", D1, label="Primary", by="81")

    assert linked(portal, D1) == [("701", []), ("702", ["Primary"])]


def test_links_are_seen_from_both_ends_under_different_ids(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Primary", by="81")
    answer = client.ask(client.link_batch.get_page, "companies", "deals", {"inputs": [{"id": "701"}]})[2]

    assert {each["typeId"] for each in answer["results"][0]["to"][0]["associationTypes"]} == {342, 6}


def test_inputs_of_a_batch_create_fail_one_by_one(any_client: Client, portal: Portal) -> None:
    unknown = {"associationCategory": "USER_DEFINED", "associationTypeId": 999}
    body = pairs((D1, "701", REGISTERING), (D2, "99", REGISTERING), (D3, "702", unknown))
    status, _, answer = any_client.ask(any_client.link_batch.create, "deals", "companies", body)

    assert status in (201, 207)
    assert [each["context"]["fromObjectId"] for each in answer["errors"]] == [[D2], [D3]]
    assert [each["category"] for each in answer["errors"]] == ["OBJECT_NOT_FOUND", "VALIDATION_ERROR"]
    assert [bool(linked(portal, each)) for each in (D1, D2, D3)] == [True, False, False]


def test_a_cap_of_the_admins_refuses_one_more_link(client: Client, portal: Portal) -> None:
    portal.records.link_caps["deals", "companies", 101] = 1
    client.ask(client.link_batch.create, "deals", "companies", pairs((D1, "701", REGISTERING)))
    answer = client.ask(client.link_batch.create, "deals", "companies", pairs((D1, "702", REGISTERING)))

    assert answer[0] == 207
    assert answer[2]["errors"][0]["subCategory"] == "crm.associations.ASSOCIATION_LIMIT_EXCEEDED"
    assert linked(portal, D1) == [("701", ["Primary", "Registering partner"])]


def test_the_default_kind_is_made_both_ways(any_client: Client, portal: Portal) -> None:
    body = {"inputs": [{"from": {"id": D1}, "to": {"id": "701"}}]}
    status, _, answer = any_client.ask(any_client.link_batch.create_default, "deals", "companies", body)

    assert status == 200
    assert {each["associationSpec"]["associationTypeId"] for each in answer["results"]} == {341, 342}
    assert linked(portal, D1) == [("701", ["Primary"])]


def test_single_links_are_made_listed_and_taken_away(any_client: Client, portal: Portal) -> None:
    made = any_client.ask(any_client.links.create, "deals", D1, "companies", "701", [REGISTERING])
    default = any_client.ask(any_client.links.create_default, "deals", D1, "companies", "702")
    listed = any_client.ask(any_client.links.get_page, "deals", D1, "companies", limit=1)
    gone = any_client.ask(any_client.links.archive, "deals", D1, "companies", "701")

    assert (made[0], default[0], listed[0], gone[0]) == (201, 200, 200, 204)
    assert len(listed[2]["results"]) == 1
    assert listed[2]["paging"]["next"]["after"] == "1"
    assert linked(portal, D1) == [("702", [])]


def test_labels_differ_by_direction_and_account(any_client: Client) -> None:
    there = any_client.ask(any_client.labels.get_all, SUBMISSION, "companies")[2]["results"]
    back = any_client.ask(any_client.labels.get_all, "companies", SUBMISSION)[2]["results"]

    assert {each["label"] for each in there} == {None, "Submitting partner", "End customer"}
    assert {each["category"] for each in there} == {"USER_DEFINED"}
    assert {each["typeId"] for each in there}.isdisjoint({each["typeId"] for each in back})


def test_a_label_is_created_for_both_directions_and_removed_with_its_links(client: Client, portal: Portal) -> None:
    made = client.ask(client.labels.create, "deals", "companies", {"label": "Distributor", "name": "distributor"})
    portal.associate("deals", D1, "companies", "701", label="Distributor", by="81")
    type_id = made[2]["results"][0]["typeId"]

    assert len(made[2]["results"]) == 2
    assert linked(portal, D1) == [("701", ["Distributor", "Primary"])]
    assert client.ask(client.labels.remove, "deals", "companies", type_id)[0] == 204
    assert linked(portal, D1) == [("701", ["Primary"])]


def test_archived_records_have_no_links_until_they_are_restored(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    portal.archive("companies", "701")

    assert read(client, D1)[2]["results"] == []
    portal.restore("companies", "701")
    assert linked(portal, D1) == [("701", ["Primary", "Registering partner"])]


def test_a_link_moves_no_modified_time_but_a_note_on_the_record_does(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    note_to_deal = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 214}
    note = {
        "properties": {"hs_timestamp": "2026-03-02T09:00:00Z", "hs_note_body": "Registered"},
        "associations": [{"to": {"id": D2}, "types": [note_to_deal]}],
    }
    assert client.ask(client.objects.create, "notes", note)[0] == 201

    stamps = [(portal.get("deals", each) or {})["updatedAt"].isoformat() for each in (D1, D2)]
    assert stamps == ["2026-03-02T08:00:00+00:00", "2026-03-02T09:00:00+00:00"]


def test_a_lead_needs_a_contact_or_company_at_creation(client: Client) -> None:
    primary = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 580}
    lead: dict[str, Any] = {"properties": {"hs_lead_name": "Roof"}, "associations": []}

    assert client.ask(client.objects.create, "leads", lead)[0] == 400
    lead["associations"] = [{"to": {"id": "701"}, "types": [primary]}]
    assert client.ask(client.objects.create, "leads", lead)[0] == 201


@pytest.mark.parametrize("kind", [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 101}, {}])
def test_nothing_is_created_when_an_association_cannot_be_made(
    client: Client, portal: Portal, kind: dict[str, Any]
) -> None:
    made = {"properties": {"deal_name": "Roof"}, "associations": [{"to": {"id": "701"}, "types": [kind]}]}

    assert client.ask(client.objects.create, SUBMISSION, made)[0] == 400
    assert portal.count(SUBMISSION) == 0
