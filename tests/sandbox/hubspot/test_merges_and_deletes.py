"""Ids that change by merge and records that go away without a word (facts 15 and 16)."""

from __future__ import annotations

import pytest

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, D4, Client, ids


@pytest.fixture
def merged(portal: Portal) -> str:
    portal.update("deals", D1, {"registration_note": "kept"}, by="81")
    portal.update("deals", D2, {"registration_note": "lost", "product_line": "Roofs"}, by="81")
    portal.associate("deals", D1, "companies", "701", label="Primary", by="81")
    portal.associate("deals", D2, "companies", "702", label="Registering partner", by="81")
    return portal.merge("deals", D1, D2, by="81")


def test_a_merge_makes_a_record_with_a_new_id(client: Client, portal: Portal, merged: str) -> None:
    row = portal.get("deals", merged)

    assert merged not in (D1, D2)
    assert row is not None
    assert row["properties"]["registration_note"] == "kept"
    assert row["properties"]["product_line"] == "Roofs"
    assert row["properties"]["hs_merged_object_ids"] == f"{D1};{D2}"
    assert portal.get("deals", D1) is None
    assert portal.count("deals") == 4


def test_merge_by_the_api_is_there_for_deals(client: Client, portal: Portal) -> None:
    body = {"primaryObjectId": D1, "objectIdToMerge": D2}
    status, _, answer = client.ask(client.deals.merge, body)

    assert status == 200
    assert portal.get("deals", answer["id"]) is not None


def test_a_merge_may_also_go_on_under_the_winners_id(client: Client, portal: Portal) -> None:
    portal.records.merges_make_new_ids = False
    portal.update("deals", D2, {"product_line": "Roofs"}, by="81")
    portal.associate("deals", D2, "companies", "702", label="Registering partner", by="81")

    assert portal.merge("deals", D1, D2, by="81") == D1
    row = client.ask(client.objects.get_by_id, "deals", D2, properties=["product_line", "hs_merged_object_ids"])[2]
    assert row["id"] == D1
    assert row["properties"]["product_line"] == "Roofs"
    assert row["properties"]["hs_merged_object_ids"] == D2
    assert portal.associations("deals", D1, "companies") == [("702", ["Primary", "Registering partner"])]
    assert portal.count("deals") == 4


def test_a_read_by_an_old_id_answers_with_a_different_id(any_client: Client, merged: str) -> None:
    for old in (D1, D2):
        status, _, row = any_client.ask(any_client.objects.get_by_id, "deals", old)
        assert (status, row["id"]) == (200, merged)


def test_a_patch_by_an_old_id_works_and_a_batch_update_does_not(any_client: Client, merged: str) -> None:
    single = any_client.ask(any_client.objects.update, "deals", D2, {"properties": {"amount": "7"}})
    body = {"inputs": [{"id": D2, "properties": {"amount": "8"}}]}
    batch = any_client.ask(any_client.batch.update, "deals", body)

    assert (single[0], single[2]["id"]) == (200, merged)
    assert batch[0] == any_client.partial
    assert batch[2]["results"] == []
    assert batch[2]["errors"][0]["context"]["ids"] == [D2]


def test_a_batch_read_does_not_follow_old_ids(client: Client, merged: str) -> None:
    answer = client.ask(client.batch.read, "deals", {"inputs": [{"id": D1}, {"id": merged}], "properties": []})

    assert ids(answer[2]) == [merged]
    assert answer[2]["errors"][0]["context"]["ids"] == [D1]


def test_associations_move_to_the_new_id_and_are_empty_by_an_old_one(
    client: Client, portal: Portal, merged: str
) -> None:
    answer = client.ask(client.link_batch.get_page, "deals", "companies", {"inputs": [{"id": D1}, {"id": merged}]})[2]

    assert portal.associations("deals", merged, "companies") == [
        ("701", ["Primary"]),
        ("702", ["Registering partner"]),
    ]
    assert [each["from"]["id"] for each in answer["results"]] == [merged]
    assert answer["errors"][0]["context"]["fromObjectId"] == [D1]


def test_a_merged_company_keeps_its_deals(portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label="Registering partner", by="81")
    survivor = portal.merge("companies", "702", "701", by="81")

    assert portal.associations("deals", D1, "companies") == [(survivor, ["Primary", "Registering partner"])]


def test_merged_records_are_in_no_list_and_in_no_search(client: Client, merged: str) -> None:
    live = ids(client.ask(client.objects.get_page, "deals")[2])
    archived = ids(client.ask(client.objects.get_page, "deals", archived=True)[2])

    assert live == [D3, D4, "5000000005", merged]
    assert archived == []
    assert ids(client.search("deals")[2]) == live


def test_a_merge_of_a_merge_knows_all_ids(client: Client, portal: Portal, merged: str) -> None:
    last = portal.merge("deals", D3, merged, by="81")
    row = portal.get("deals", last)

    assert row is not None
    assert row["properties"]["hs_merged_object_ids"] == f"{D3};{merged};{D1};{D2}"
    assert client.ask(client.objects.get_by_id, "deals", D1)[2]["id"] == last


def test_deletes_are_silent(any_client: Client, portal: Portal) -> None:
    assert any_client.ask(any_client.objects.archive, "deals", D1)[0] == 204

    assert D1 not in ids(any_client.search("deals")[2])
    assert D1 not in ids(any_client.ask(any_client.objects.get_page, "deals")[2])
    assert any_client.ask(any_client.objects.get_by_id, "deals", D1)[0] == 404
    archived = any_client.ask(any_client.objects.get_by_id, "deals", D1, archived=True)
    assert (archived[0], archived[2]["archived"]) == (200, True)
    assert any_client.ask(any_client.objects.archive, "deals", D1)[0] == 404
    assert any_client.ask(any_client.objects.update, "deals", D1, {"properties": {"amount": "1"}})[0] == 404


def test_an_archived_record_can_be_restored_with_all_it_had(client: Client, portal: Portal) -> None:
    portal.update("deals", D1, {"registration_id": "REG-1"}, by="81")
    portal.archive("deals", D1, by="81")
    portal.restore("deals", D1, by="81")

    row = client.ask(client.objects.get_by_id, "deals", "REG-1", id_property="registration_id")[2]
    assert (row["id"], row["archived"]) == (D1, False)
    assert D1 in ids(client.search("deals")[2])
    assert portal.count("deals", archived=True) == 0


def test_a_purged_record_is_nowhere(client: Client, portal: Portal) -> None:
    portal.archive("deals", D1)
    portal.purge("deals", D1)

    assert client.ask(client.objects.get_by_id, "deals", D1, archived=True)[0] == 404
    assert portal.get("deals", D1) is None
