"""Searches: filters, order, paging, the 10,000 cap and the recipe that gets past it."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.faults import FaultKind, Faults
from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import D1, D2, D3, D4, D5, SUBMISSION, Client, at, deal, ids, ms

STAMP = "hs_lastmodifieddate"


def by(name: str, operator: str, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator, **more}


def groups(*filters: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"filters": list(filters)}]


@pytest.fixture
def varied(portal: Portal) -> Portal:
    portal.update("deals", D1, {"dealname": "ACME Roof Renewal", "amount": "900", "dealtype": "renewal"}, by="81")
    portal.update("deals", D2, {"dealname": "acme roof", "amount": "10000", "closedate": "2026-04-01"}, by="81")
    portal.update("deals", D3, {"registration_protected_until": "2026-05-30"}, by="81")
    return portal


@pytest.mark.parametrize(
    "told, found",
    [
        (by("amount", "EQ", value="900"), [D1]),
        (by("amount", "GT", value="1005"), [D2]),  # as numbers: "900" is not above "1005"
        (by("amount", "BETWEEN", value="900", highValue="1003"), [D1, D3]),
        (by("dealname", "EQ", value="Acme Roof"), [D2]),  # text without regard to case
        (by("dealname", "NEQ", value="acme roof"), [D1, D3, D4, D5]),
        (by("dealname", "IN", values=["acme roof", "deal 4"]), [D2, D4]),
        (by("dealname", "IN", values=["Acme Roof", "Deal 4"]), []),  # IN wants lower case
        (by("dealname", "NOT_IN", values=["acme roof"]), [D1, D3, D4, D5]),
        (by("dealtype", "EQ", value="renewal"), [D1]),
        (by("dealtype", "EQ", value="Renewal"), []),  # enumerations are case-sensitive
        (by("dealtype", "HAS_PROPERTY"), [D1]),
        (by("dealtype", "NOT_HAS_PROPERTY"), [D2, D3, D4, D5]),
        (by("dealname", "CONTAINS_TOKEN", value="roof"), [D1, D2]),
        (by("dealname", "CONTAINS_TOKEN", value="*renew*"), [D1]),
        (by("dealname", "NOT_CONTAINS_TOKEN", value="acme"), [D3, D4, D5]),
        (by("closedate", "LT", value=ms(at(60 * 24 * 40))), [D2]),
        (by("registration_protected_until", "GTE", value="1780099200000"), [D3]),
        (by("hs_object_id", "GT", value=D3), [D4, D5]),
        (by("hs_object_id", "IN", values=[D1, D5, "7"]), [D1, D5]),
        (by(STAMP, "GTE", value=ms(at(0))), [D1, D2, D3]),
        (by(STAMP, "LT", value=ms(at(0))), [D4, D5]),
    ],
)
def test_a_filter_finds_what_it_says(client: Client, varied: Portal, told: dict[str, Any], found: list[str]) -> None:
    status, _, answer = client.search("deals", filterGroups=groups(told))

    assert status == 200
    assert ids(answer) == found
    assert answer["total"] == len(found)


def test_filters_of_a_group_all_hold_and_one_group_is_enough(client: Client, varied: Portal) -> None:
    both = groups(by("dealname", "CONTAINS_TOKEN", value="roof"), by("amount", "GT", value="1000"))
    either = [*groups(by("amount", "EQ", value="900")), *groups(by("hs_object_id", "EQ", value=D5))]

    assert ids(client.search("deals", filterGroups=both)[2]) == [D2]
    assert ids(client.search("deals", filterGroups=either)[2]) == [D1, D5]


@pytest.mark.parametrize(
    "body",
    [
        {"filterGroups": groups(by("dealtype", "HAS_PROPERTY", value="x"))},
        {"filterGroups": groups(by("dealtype", "EQ"))},
        {"filterGroups": groups(by("no_such", "EQ", value="1"))},
        {"filterGroups": groups(by("amount", "LIKE", value="1"))},
        {"filterGroups": groups(*[by("amount", "GT", value="1")] * 7)},
        {"filterGroups": groups(by("amount", "GT", value="1")) * 6},
        {"filterGroups": groups(*[by("amount", "GT", value="1")] * 5) * 4},
        {"sorts": ["amount", "dealname"]},
        {"limit": 201},
        {"after": "next"},
        {"properties": ["x" * 3_000]},
    ],
)
def test_a_search_that_hubspot_does_not_take_is_refused(client: Client, body: dict[str, Any]) -> None:
    assert client.search("deals", **body)[0] == 400


def test_a_link_filter_works_for_standard_objects_only(client: Client, portal: Portal) -> None:
    portal.associate("deals", D4, "companies", "702", label=None, by="81")
    told = groups(by("associations.company", "EQ", value="702"))

    assert ids(client.search("deals", filterGroups=told)[2]) == [D4]
    assert client.search(SUBMISSION, filterGroups=told)[0] == 400


def test_search_pages_by_number_not_by_id(client: Client) -> None:
    first = client.search("deals", limit=2)[2]
    second = client.search("deals", limit=2, after=first["paging"]["next"]["after"])[2]

    assert first["paging"]["next"]["after"] == "2"
    assert ids(first) + ids(second) == [D1, D2, D3, D4]
    assert "paging" not in client.search("deals", limit=2, after="4")[2]


@pytest.mark.parametrize("sorts", [["-amount"], [{"propertyName": "amount", "direction": "DESCENDING"}]])
def test_a_sort_is_taken_in_both_forms(client: Client, sorts: list[Any]) -> None:
    assert ids(client.search("deals", sorts=sorts)[2]) == [D5, D4, D3, D2, D1]


def test_a_result_carries_creation_modification_and_id_asked_for_or_not(any_client: Client) -> None:
    row = any_client.search("deals", properties=["dealname"], limit=1)[2]["results"][0]

    assert set(row["properties"]) == {"dealname", "createdate", STAMP, "hs_object_id"}


def test_contacts_are_searched_by_lastmodifieddate_all_others_by_hs_lastmodifieddate(
    client: Client, portal: Portal
) -> None:
    contact = portal.create("contacts", {"email": "eve@partner.example"}, by="81")

    found = client.search("contacts", filterGroups=groups(by("lastmodifieddate", "GTE", value=ms(at(0)))))

    assert ids(found[2]) == [contact]
    assert client.search("contacts", filterGroups=groups(by(STAMP, "GTE", value="0")))[0] == 400
    assert client.search("deals", filterGroups=groups(by("lastmodifieddate", "GTE", value="0")))[0] == 400


def test_own_writes_move_the_modified_time_even_without_a_change(client: Client, portal: Portal) -> None:
    client.ask(client.objects.update, "deals", D1, {"properties": {"dealname": "Deal 1"}})

    assert ids(client.search("deals", filterGroups=groups(by(STAMP, "GTE", value=ms(at(0)))))[2]) == [D1]


def test_paging_ends_at_ten_thousand_results(client: Client, portal: Portal) -> None:
    portal.seed("deals", [deal(number) for number in range(10, 10_120)])

    last = client.search("deals", limit=200, after="9800")
    beyond = client.search("deals", limit=200, after="10000")

    assert last[2]["total"] == 10_115
    assert len(last[2]["results"]) == 200
    assert beyond[0] == 400
    assert beyond[2]["message"] == "There was a problem with the request."


def test_the_walk_by_id_reads_more_than_ten_thousand_rows_of_one_millisecond(client: Client, portal: Portal) -> None:
    portal.limits.switch_off()
    portal.seed("deals", [deal(number) for number in range(10, 10_260)])
    window = [by(STAMP, "GTE", value=ms(at(-60))), by(STAMP, "LT", value=ms(at(-59)))]
    seen: set[str] = set()
    last = "0"
    while True:
        filters = groups(*window, by("hs_object_id", "GT", value=last))
        page = client.search("deals", filterGroups=filters, sorts=["hs_object_id"], properties=[], limit=200)[2]
        if not page["results"]:
            break
        assert page["total"] == 10_255 - len(seen)
        seen |= set(ids(page))
        last = ids(page)[-1]

    assert len(seen) == 10_255


def test_the_walk_by_id_sees_writes_made_between_two_pages(client: Client, portal: Portal) -> None:
    window = by(STAMP, "GTE", value=ms(at(-600)))
    first = client.search("deals", filterGroups=groups(window, by("hs_object_id", "GT", value="0")), limit=2)[2]
    portal.archive("deals", D3)
    made = portal.create("deals", {"dealname": "New", "dealstage": "closedwon"}, by="81")

    rest = client.search("deals", filterGroups=groups(window, by("hs_object_id", "GT", value=ids(first)[-1])))[2]

    assert ids(first) + ids(rest) == [D1, D2, D4, D5, made]


def test_a_sort_by_modified_time_is_not_always_honoured(client: Client, portal: Portal, faults: Faults) -> None:
    for minutes, number in enumerate(range(10, 30)):
        portal.seed("deals", [deal(number, minutes=minutes - 100.0)])
    faults.plan(FaultKind.OUT_OF_ORDER, match="/search")

    told = [[row["updatedAt"] for row in client.search("deals", sorts=[STAMP], limit=20)[2]["results"]] for _ in "ab"]

    assert told[0] != told[1]
    assert sorted(told[0]) == told[1], "the same rows, a few of them out of place"
    assert told[1] == sorted(told[1])


def test_search_returns_no_associations(client: Client, portal: Portal) -> None:
    portal.associate("deals", D1, "companies", "701", label=None, by="81")

    assert all("associations" not in row for row in client.search("deals")[2]["results"])


def test_free_text_finds_in_the_main_properties(client: Client) -> None:
    assert ids(client.search("deals", query="deal 4")[2]) == [D4]
