"""What can be seen when: late commits, stale reads, generated rows; and that the org may be used from several threads."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from sandbox.faults import FaultKind
from sandbox.salesforce.ids import full_id, make_id
from tests.sandbox.salesforce.conftest import ACME, AMY, NOW, PARTNER, START, Door, opportunity

DEAL = make_id("006", 1)


def names(door: Door, *, include_deleted: bool = False) -> list[str]:
    soql = "SELECT Name FROM Opportunity ORDER BY SystemModstamp, Id"
    return [row["Name"] for row in door.sf.query(soql, include_deleted=include_deleted)["records"]]


def test_a_late_commit_keeps_its_stamp_and_appears_behind_later_ones(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(1), opportunity(2)])
    door.faults.plan(FaultKind.LATE_COMMIT, match=DEAL, delay_s=300)

    door.org.update("Opportunity", DEAL, {"Name": "late"}, by=AMY)
    door.clock.advance(10)
    door.org.update("Opportunity", make_id("006", 2), {"Name": "prompt"}, by=AMY)
    early = names(door)
    door.clock.advance(290)

    assert early == ["Deal 1", "prompt"]
    assert names(door) == ["late", "prompt"]
    stamp = door.sf.Opportunity.get(DEAL)["SystemModstamp"]
    assert stamp == "2026-03-02T10:00:00.000+0000"


def test_a_late_create_is_nowhere_to_be_seen_but_known_to_the_org(door: Door) -> None:
    door.faults.plan(FaultKind.LATE_COMMIT, match="POST", delay_s=60)
    fields = {"Name": "x", "StageName": "Prospecting", "CloseDate": "2026-09-30", "Registration_Id__c": "REG-1"}

    made = door.sf.Opportunity.create(fields)["id"]
    read = door.call("GET", f"sobjects/Opportunity/{made}").status_code
    soql = "SELECT Id FROM Opportunity WHERE Registration_Id__c = 'REG-1'"
    asked = door.sf.query(soql)["totalSize"]
    known = door.org.get("Opportunity", made)

    assert (read, asked, door.org.count("Opportunity")) == (404, 0, 0)
    assert known is not None
    assert [row["Id"] for row in door.org.rows("Opportunity")] == [made]
    door.clock.advance(60)
    assert door.sf.query(soql)["totalSize"] == 1


def test_who_writes_next_waits_for_the_row_so_both_edits_stand(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(1)])
    door.faults.plan(FaultKind.LATE_COMMIT, delay_s=300)
    door.org.update("Opportunity", DEAL, {"NextStep": "mine"}, by=AMY)

    door.sf.Opportunity.update(DEAL, {"Name": "theirs"})

    row = door.sf.Opportunity.get(DEAL)
    assert (row["Name"], row["NextStep"]) == ("theirs", "mine")


def test_a_stale_read_shows_the_version_before(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(1)])
    door.sf.Opportunity.update(DEAL, {"Name": "new"})
    soql = f"SELECT Name FROM Opportunity WHERE Id = '{DEAL}'"  # noqa: S608 - an id of our own
    door.faults.plan(FaultKind.STALE_READ, count=2)

    read = door.call("GET", f"sobjects/Opportunity/{DEAL}").json()["Name"]
    asked = door.sf.query(soql)["records"][0]["Name"]

    assert (read, asked) == ("Deal 1", "Deal 1")
    assert door.sf.query(soql)["records"][0]["Name"] == "new"


def test_every_write_may_be_late(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n) for n in range(1, 101)])
    door.faults.plan(FaultKind.LATE_COMMIT, count=None)
    for number in range(1, 101):
        door.org.update("Opportunity", make_id("006", number), {"Name": f"edit {number}"}, by=AMY)

    hidden = names(door)
    door.clock.advance(600)

    assert hidden == [f"Deal {number}" for number in range(1, 101)]
    assert names(door) == [f"edit {number}" for number in range(1, 101)]


def test_seeded_times_of_any_zone_are_shown_in_utc(door: Door) -> None:
    zone = timezone(timedelta(hours=2))
    door.org.seed("Opportunity", [opportunity(1, START.astimezone(zone))])

    assert door.sf.Opportunity.get(DEAL)["CreatedDate"] == "2026-03-02T09:00:00.000+0000"


# --- generated rows -------------------------------------------------------------------------------------------------------


class Deals:
    """A million opportunities, 50 of each second, made when asked for."""

    def __init__(self, count: int = 1_000_000) -> None:
        self.count = count
        self.made = 0

    def row(self, number: int) -> Mapping[str, Any]:
        self.made += 1
        return opportunity(self._id_number(number), self.stamp(number))

    def record_id(self, number: int) -> str:
        return make_id("006", self._id_number(number))

    def number_of(self, record_id: str) -> int | None:
        if full_id(record_id) is None or not record_id.startswith("006"):
            return None
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if self.record_id(middle) < record_id:
                low = middle + 1
            else:
                high = middle
        return low if low < self.count and self.record_id(low) == record_id else None

    def stamp(self, number: int) -> datetime:
        return START - timedelta(days=2) + timedelta(seconds=number // 50)

    @staticmethod
    def _id_number(number: int) -> int:
        return 1000 + number


@pytest.fixture
def deals(door: Door) -> Deals:
    deals = Deals()
    door.org.seed_generated("Opportunity", deals)
    return deals


def test_a_keyset_page_of_a_million_rows_makes_only_its_own(door: Door, deals: Deals) -> None:
    last = deals.record_id(600_000)
    stamp = deals.stamp(600_000).strftime("%Y-%m-%dT%H:%M:%SZ")
    where = f"((SystemModstamp = {stamp} AND Id > '{last}') OR SystemModstamp > {stamp}) AND StageName != 'x'"
    tracemalloc.start()

    page = door.sf.query(
        f"SELECT Id, Name FROM Opportunity WHERE {where} ORDER BY SystemModstamp, Id LIMIT 2000"  # noqa: S608
    )["records"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [row["Id"] for row in page] == [deals.record_id(n) for n in range(600_001, 602_001)]
    assert deals.made <= 2001
    assert peak < 20_000_000


def test_counting_and_opening_a_million_rows_is_cheap(door: Door, deals: Deals) -> None:
    door.org.create("Opportunity", {"Name": "x", "StageName": "y", "CloseDate": "2026-09-30"}, by=AMY)
    door.org.delete("Opportunity", deals.record_id(5), by=AMY)
    deals.made = 0

    counted = door.sf.query("SELECT COUNT() FROM Opportunity")["totalSize"]
    first = door.query("SELECT Id FROM Opportunity").json()
    second = door.call("GET", first["nextRecordsUrl"]).json()

    assert (counted, first["totalSize"]) == (1_000_000, 1_000_000)
    assert [row["Id"] for row in second["records"]] == [deals.record_id(n) for n in range(2001, 4001)]
    assert deals.made <= 4010


def test_a_written_generated_row_moves_to_its_new_place(door: Door, deals: Deals) -> None:
    moved = deals.record_id(7)
    door.sf.Opportunity.update(moved, {"Name": "edited"})
    door.org.delete("Opportunity", deals.record_id(8), by=AMY)
    soql = "SELECT Id, Name, IsDeleted FROM Opportunity WHERE SystemModstamp >= {} ORDER BY SystemModstamp, Id LIMIT 60"

    changed = door.sf.query(soql.format("2026-03-02T10:00:00Z"), include_deleted=True)["records"]
    oldest = door.sf.query(soql.format("2026-02-28T09:00:00Z"), include_deleted=True)["records"]

    assert [(row["Id"], row["IsDeleted"]) for row in changed] == [(moved, False), (deals.record_id(8), True)]
    assert [row["Id"] for row in oldest] == [deals.record_id(n) for n in range(62) if n not in (7, 8)]
    assert door.sf.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 999_999


def test_a_row_seeded_over_a_generated_one_takes_its_place(door: Door, deals: Deals) -> None:
    door.org.seed("Opportunity", [opportunity(1007, START, Name="own"), opportunity(1008, START, IsDeleted=True)])
    door.org.seed("Opportunity", [opportunity(1008, START, Name="back")])

    found = door.sf.query(f"SELECT Name FROM Opportunity WHERE Id >= '{deals.record_id(6)}' ORDER BY Id LIMIT 4")  # noqa: S608

    assert [row["Name"] for row in found["records"]] == ["Deal 1006", "own", "back", "Deal 1009"]
    assert door.org.count("Opportunity") == 1_000_000


def test_the_sweep_walks_generated_and_written_rows_in_the_order_of_ids(door: Door, deals: Deals) -> None:
    low = deals.record_id(999_000)
    door.sf.Opportunity.update(deals.record_id(999_500), {"Name": "edited"})
    made = door.org.create("Opportunity", {"Name": "x", "StageName": "y", "CloseDate": "2026-09-30"}, by=AMY)

    found = door.sf.query(f"SELECT Id FROM Opportunity WHERE Id > '{low}' ORDER BY Id LIMIT 2000")["records"]  # noqa: S608

    assert [row["Id"] for row in found] == [*(deals.record_id(n) for n in range(999_001, 1_000_000)), made]


def test_a_bulk_query_of_generated_rows_keeps_no_list_of_them(door: Door, deals: Deals) -> None:
    body = {"operation": "query", "query": "SELECT Id FROM Opportunity"}
    job = door.call("POST", "jobs/query", json=body).json()["id"]
    for _ in range(2):
        state = door.call("GET", f"jobs/query/{job}").json()

    page = door.call("GET", f"jobs/query/{job}/results", params={"maxRecords": "100"})

    assert state["numberRecordsProcessed"] == 1_000_000
    assert next(door.org.rows("Opportunity"))["Id"] == deals.record_id(0)
    assert page.text.splitlines()[1:3] == [f'"{deals.record_id(0)}"', f'"{deals.record_id(1)}"']
    assert deals.made < 200


def test_children_of_a_merged_account_move_also_when_generated(door: Door) -> None:
    door.org.seed_generated("Opportunity", Deals(300))
    door.org.merge("Account", PARTNER, ACME, by=AMY)

    assert door.sf.query("SELECT COUNT() FROM Opportunity WHERE AccountId != null")["totalSize"] == 300
    row = door.org.get("Opportunity", Deals().record_id(3))
    assert row is not None
    assert (row["AccountId"], row["SystemModstamp"]) == (PARTNER, NOW)


def test_threads_may_call_and_people_may_act_at_once(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n) for n in range(1, 51)])

    def act(first: int) -> None:
        for number in range(first, 51, 4):
            door.org.update("Opportunity", make_id("006", number), {"Name": f"by {first}"}, by=AMY)
            door.call("PATCH", f"sobjects/Opportunity/{make_id('006', number)}", json={"NextStep": str(first)})

    threads = [threading.Thread(target=act, args=(first,)) for first in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    rows = list(door.org.rows("Opportunity"))
    assert {row["Name"] for row in rows} == {f"by {row['NextStep']}" for row in rows}
    assert len(names(door)) == 50
