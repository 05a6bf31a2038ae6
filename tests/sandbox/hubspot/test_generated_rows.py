"""Rows made on demand under the written ones: every read sees both as one, and a page costs what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.hubspot.portal import Portal
from tests.sandbox.hubspot.conftest import START, Client, deal, ids, ms

FIRST = 9_000_000_000


class Many:
    """Deals made on demand, one a second up to the start; counts how many were made."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.made = 0

    def row(self, number: int) -> Mapping[str, Any]:
        self.made += 1
        stamp = self.stamp(number)
        return {
            "id": self.record_id(number),
            "properties": {
                "dealname": f"Deal {number}",
                "pipeline": "default",
                "dealstage": "closedwon" if number % 3 else "qualifiedtobuy",
                "registration_id": f"REG-{number}" if number % 5 == 0 else None,
            },
            "createdAt": stamp,
            "updatedAt": stamp,
            "archived": False,
        }

    def record_id(self, number: int) -> str:
        return str(FIRST + 3 * number)

    def number_of(self, record_id: str) -> int | None:
        number, rest = divmod(int(record_id) - FIRST, 3)
        return number if rest == 0 and 0 <= number < self.count else None

    def stamp(self, number: int) -> datetime:
        return START - timedelta(seconds=self.count - number)


@pytest.fixture
def many() -> Many:
    return Many(1000)


@pytest.fixture
def stocked(portal: Portal, many: Many) -> Portal:
    """1,000 generated deals; one of them edited, one archived, one new, one seeded between two of them."""
    portal.limits.switch_off()
    portal.seed_generated("deals", many)
    portal.update("deals", many.record_id(10), {"dealname": "Edited"}, by="81")
    portal.archive("deals", many.record_id(11))
    portal.create("deals", {"dealname": "New", "dealstage": "closedlost"}, by="81")
    between = {**deal(0), "id": str(FIRST + 3 * 500 + 1)}
    portal.seed("deals", [between])
    return portal


def all_pages(client: Client, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = None
    while True:
        page = client.ask(client.objects.get_page, "deals", limit=100, after=after, **query)[2]
        rows += page["results"]
        after = page.get("paging", {}).get("next", {}).get("after")
        if after is None:
            return rows


def test_the_list_lays_written_rows_over_generated_ones(client: Client, stocked: Portal, many: Many) -> None:
    rows = all_pages(client)
    numbers = [int(row["id"]) for row in rows]
    names = {row["id"]: row["properties"]["dealname"] for row in rows}

    assert len(rows) == stocked.count("deals") == 5 + 1000 - 1 + 1 + 1
    assert numbers == sorted(set(numbers))
    assert names[many.record_id(10)] == "Edited"
    assert many.record_id(11) not in names
    assert names[str(FIRST + 3 * 500 + 1)] == "Deal 0"
    assert [row["id"] for row in all_pages(client, archived=True)] == [many.record_id(11)]


def test_the_walk_by_id_over_a_window_finds_exactly_what_changed_in_it(
    client: Client, stocked: Portal, many: Many
) -> None:
    start, stop = many.stamp(5), many.stamp(300)
    window = [
        {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": ms(start)},
        {"propertyName": "hs_lastmodifieddate", "operator": "LT", "value": ms(stop)},
    ]
    seen: list[str] = []
    totals: list[int] = []
    while True:
        last = seen[-1] if seen else "0"
        filters = [*window, {"propertyName": "hs_object_id", "operator": "GT", "value": last}]
        page = client.search("deals", filterGroups=[{"filters": filters}], limit=100)[2]
        if not page["results"]:
            break
        seen += ids(page)
        totals.append(page["total"])

    expected = [many.record_id(number) for number in range(5, 300) if number not in (10, 11)]
    assert seen == expected
    assert totals == [293, 193, 93], "the total counts what is left of the walk"


def test_a_filter_on_a_property_sees_both_kinds_of_rows(client: Client, stocked: Portal) -> None:
    def total(**told: str) -> int:
        answer = client.search("deals", filterGroups=[{"filters": [told]}], limit=1)[2]
        found: int = answer["total"]
        return found

    assert total(propertyName="dealname", operator="EQ", value="Edited") == 1
    assert total(propertyName="dealname", operator="EQ", value="Deal 10") == 0
    assert total(propertyName="dealstage", operator="EQ", value="closedlost") == 1
    assert total(propertyName="hs_object_id", operator="GT", value="0") == 1006


def test_a_lagging_search_still_sees_the_generated_copy(client: Client, stocked: Portal, many: Many) -> None:
    stocked.records.index_lag_s = 60
    stocked.archive("deals", many.record_id(20))
    told = {"propertyName": "dealname", "operator": "EQ", "value": "Deal 20"}

    assert ids(client.search("deals", filterGroups=[{"filters": [told]}])[2]) == [many.record_id(20)]
    assert client.ask(client.objects.get_by_id, "deals", many.record_id(20))[0] == 404


def test_unique_values_of_generated_rows_are_known(client: Client, stocked: Portal, many: Many) -> None:
    found = client.ask(client.objects.get_by_id, "deals", "REG-500", id_property="registration_id")
    clash = client.ask(
        client.objects.update, "deals", many.record_id(1), {"properties": {"registration_id": "REG-500"}}
    )

    assert found[2]["id"] == many.record_id(500)
    assert clash[2]["errors"][0]["code"] == "CONFLICTING_UNIQUE_VALUE"


def test_a_finder_spares_the_look_through_all_rows(client: Client, portal: Portal) -> None:
    many = Many(1_000_000)

    def finder(value: str) -> str | None:
        return many.record_id(int(value.removeprefix("REG-")))

    finders = {"registration_id": finder, "salesforce_opportunity_id": lambda value: None}
    portal.seed_generated("deals", many, finders=finders)
    found = client.ask(client.objects.get_by_id, "deals", "REG-500000", id_property="registration_id")
    wrong = client.ask(client.objects.get_by_id, "deals", "REG-7", id_property="registration_id")

    assert found[2]["id"] == many.record_id(500_000)
    assert wrong[0] == 404, "a finder may be wrong: the row itself decides"


def test_a_page_deep_in_a_million_rows_makes_only_its_own(client: Client, portal: Portal) -> None:
    many = Many(1_000_000)
    portal.seed_generated("deals", many)
    portal.update("deals", many.record_id(500_000), {"dealname": "Edited"}, by="81")
    many.made = 0

    listed = client.ask(client.objects.get_page, "deals", limit=100, after=many.record_id(700_000))[2]
    window = [
        {"propertyName": "hs_lastmodifieddate", "operator": "GTE", "value": ms(many.stamp(100))},
        {"propertyName": "hs_object_id", "operator": "GT", "value": many.record_id(600_000)},
    ]
    found = client.search("deals", filterGroups=[{"filters": window}], limit=200)[2]

    assert ids(listed)[0] == many.record_id(700_000)
    assert ids(found)[0] == many.record_id(600_001)
    assert found["total"] == 399_999
    assert many.made <= 303


def test_links_of_generated_rows_are_made_on_demand_and_can_be_changed(portal: Portal) -> None:
    many = Many(1000)
    portal.seed_generated("deals", many)
    portal.seed_associations("deals", "companies", lambda deal_id: [("701", ("Primary",)), ("702", ())])
    record = many.record_id(7)

    assert portal.associations("deals", record, "companies") == [("701", ["Primary"]), ("702", [])]
    portal.associate("deals", record, "companies", "703", label="Registering partner", by="81")
    portal.dissociate("deals", record, "companies", "702", label=None, by="81")
    assert portal.associations("deals", record, "companies") == [("701", ["Primary"]), ("703", ["Registering partner"])]


def test_generated_links_follow_a_merged_company(portal: Portal) -> None:
    many = Many(10)
    portal.seed_generated("deals", many)
    portal.seed_associations("deals", "companies", lambda deal_id: [("701", ("Primary",))])
    survivor = portal.merge("companies", "702", "701", by="81")

    assert portal.associations("deals", many.record_id(3), "companies") == [(survivor, ["Primary"])]
