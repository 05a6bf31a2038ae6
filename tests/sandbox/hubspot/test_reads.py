"""Lists and single reads: paging, defaults, empties, archived rows, unique keys."""

from __future__ import annotations

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, SUBMISSION, Client, deal, ids


def test_the_list_pages_by_the_id_of_the_next_row(any_client: Client) -> None:
    seen, after = [], None
    while True:
        status, _, page = any_client.ask(any_client.objects.get_page, "deals", limit=2, after=after)
        assert status == 200
        seen.append(ids(page))
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            break
        assert after not in seen[-1], "the cursor is the next row, not the last one shown"

    assert [len(each) for each in seen] == [2, 2, 1]
    assert seen[0] == [D1, D2]


def test_a_list_page_holds_ten_rows_unless_told_and_a_hundred_at_most(client: Client, portal: Portal) -> None:
    portal.seed("deals", [deal(number) for number in range(10, 130)])

    assert len(client.ask(client.objects.get_page, "deals")[2]["results"]) == 10
    assert len(client.ask(client.objects.get_page, "deals", limit=100)[2]["results"]) == 100
    assert client.ask(client.objects.get_page, "deals", limit=101)[0] == 400


def test_a_list_with_history_holds_fifty_rows_at_most(client: Client) -> None:
    asked = {"properties_with_history": ["dealname"]}

    assert client.ask(client.objects.get_page, "deals", limit=51, **asked)[0] == 400
    status, _, page = client.ask(client.objects.get_page, "deals", limit=50, **asked)
    assert status == 200
    assert page["results"][0]["propertiesWithHistory"]["dealname"][0]["value"] == "Deal 1"


def test_the_list_answers_only_archived_rows_when_asked_with_a_capital_true(client: Client) -> None:
    client.ask(client.objects.archive, "deals", D2)

    live = client.ask(client.objects.get_page, "deals", archived=False)[2]
    archived = client.ask(client.objects.get_page, "deals", archived=True)[2]

    assert D2 not in ids(live)
    assert ids(archived) == [D2]
    assert archived["results"][0]["archived"] is True
    assert archived["results"][0]["archivedAt"] == "2026-03-02T09:00:00Z"


def test_the_default_properties_are_few(client: Client, portal: Portal) -> None:
    submission = portal.create(SUBMISSION, {"deal_name": "Roof"}, by="form")

    deal_names = client.ask(client.objects.get_page, "deals", limit=1)[2]["results"][0]["properties"]
    submission_names = client.ask(client.objects.get_by_id, SUBMISSION, submission)[2]["properties"]

    assert set(deal_names) == {
        "dealname",
        "amount",
        "closedate",
        "pipeline",
        "dealstage",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
    }
    assert set(submission_names) == {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}


def test_an_empty_property_comes_as_null_from_lists_and_not_at_all_from_reads(client: Client) -> None:
    asked = {"properties": ["dealname", "registration_note"]}

    listed = client.ask(client.objects.get_page, "deals", limit=1, **asked)[2]["results"][0]["properties"]
    read = client.ask(client.objects.get_by_id, "deals", D1, **asked)[2]["properties"]
    batch = client.ask(client.batch.read, "deals", {"inputs": [{"id": D1}], **asked})[2]["results"][0]["properties"]

    assert listed["registration_note"] is None
    assert "registration_note" not in read
    assert "registration_note" not in batch
    assert listed["dealname"] == read["dealname"] == batch["dealname"] == "Deal 1"


def test_a_property_that_does_not_exist_is_left_out_without_a_word(client: Client) -> None:
    status, _, page = client.ask(client.objects.get_page, "deals", limit=1, properties=["dealname", "renamed_away"])

    assert status == 200
    assert "renamed_away" not in page["results"][0]["properties"]


def test_everything_in_properties_is_text(client: Client, portal: Portal) -> None:
    portal.update("deals", D1, {"registration_rev": 3, "amount": 12.5}, by="81")

    row = client.ask(client.objects.get_by_id, "deals", D1, properties=["registration_rev", "amount", "hs_is_closed"])[
        2
    ]

    assert all(isinstance(value, str) for value in row["properties"].values())
    assert row["properties"]["registration_rev"] == "3"
    assert row["properties"]["hs_is_closed"] == "false"


def test_a_read_by_a_unique_property_is_fresh_and_by_another_refused(any_client: Client, portal: Portal) -> None:
    portal.update("deals", D3, {"registration_id": "REG-2026-00001"}, by="81")

    found = any_client.ask(any_client.objects.get_by_id, "deals", "REG-2026-00001", id_property="registration_id")
    refused = any_client.ask(any_client.objects.get_by_id, "deals", "Deal 3", id_property="dealname")

    assert found[2]["id"] == D3
    assert refused[0] == 400
    assert "non-unique 0-3 property dealname" in refused[2]["message"]


def test_hs_object_id_is_refused_as_id_property(client: Client) -> None:
    body = {"inputs": [{"id": D1}], "properties": [], "idProperty": "hs_object_id"}

    assert client.ask(client.batch.read, "deals", body)[0] == 400


def test_a_single_read_of_nothing_is_404_without_a_category(any_client: Client) -> None:
    status, _, body = any_client.ask(any_client.objects.get_by_id, "deals", "99")

    assert status == 404
    assert body["message"] == "resource not found"
    assert "category" not in body


def test_object_types_answer_to_all_their_names(client: Client, portal: Portal) -> None:
    portal.create(SUBMISSION, {"deal_name": "Roof"}, by="form")

    names = ["deal", "deals", "0-3", "DEALS"]
    custom = [SUBMISSION, "2-4815162", f"p{portal.portal_id}_partner_submission"]

    assert {len(client.ask(client.objects.get_page, each)[2]["results"]) for each in names} == {5}
    assert {len(client.ask(client.objects.get_page, each)[2]["results"]) for each in custom} == {1}


def test_an_unknown_object_type_is_refused_without_a_category(any_client: Client) -> None:
    status, _, body = any_client.ask(any_client.objects.get_page, "p_deal_registration")

    assert status == 400
    assert body["message"] == "Unable to infer object type from: p_deal_registration"
    assert "category" not in body


def test_a_list_with_associations_gives_the_same_id_once_for_each_kind(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Primary", by="81")
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")

    page = client.ask(client.objects.get_page, "deals", limit=1, associations=["companies"])[2]

    links = page["results"][0]["associations"]["companies"]["results"]
    assert [each["id"] for each in links] == ["701", "701", "701"]
    assert {each["type"] for each in links} == {
        "deal_to_company",
        "deal_to_company_unlabeled",
        "registering_partner",
    }
