"""A pass may die at any of its seams: after a restart nothing is lost, doubled, or left half done."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger import intents, verify
from rules.records import CrmRef, Status
from tests.sync.kit import BOTH, SETTLED_S, House
from tests.sync.seams import Crash, Once

# Where a pass can die, and at which crossing. Every seam was tried once by hand; these are the telling ones.
PLACES = [
    ("salesforce.pull", "after", 4),
    ("commit", "before", 6),
    ("commit", "after", 11),
    ("commit", "before", 14),
    ("salesforce.push", "before", 1),
    ("salesforce.push", "after", 1),
    ("salesforce.read", "after", 2),
    ("hubspot.push", "before", 1),
    ("hubspot.push", "after", 1),
    ("hubspot.history", "after", 1),
    ("hubspot.read", "after", 1),
    ("hubspot.pull", "after", 3),
]


def world(house: House) -> list[CrmRef]:
    """Let two partners submit, one of them second for the same deal, and a person decide."""
    north, south = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Sonnental Consulting GmbH")
    customer = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    deal = house.opportunity("salesforce", "Wintermoor renewal", customer, Product_Line__c="Analytics")
    first = house.submit("salesforce", "Wintermoor Logistics AG", north, opportunity=deal.record_id)
    house.clock.advance(30)
    second = house.submit("hubspot", "Wintermoor Logistics AG", south)
    return [first, second]


def run(house: House) -> None:
    """One pass over each connection, twice, with the time that decisions need."""
    for _ in range(2):
        for name in BOTH:
            house.tick(name, pause_s=SETTLED_S)


@pytest.mark.parametrize("seam, stage, number", PLACES)
def test_crash_loses_and_doubles_nothing(tmp_path: Path, seam: str, stage: str, number: int) -> None:
    """kill -9 at this point: the same registrations, statuses and rows as without it, and then silence."""
    house = House(directory=tmp_path, door="port")
    house.clock.advance(60)
    house.refs = world(house)
    house.disturbed(Once(seam, stage, _die, number=number))

    with pytest.raises(Crash):
        run(house)
    house.clock.advance(120)  # the dead daemon's leases run out
    house.calm()
    house.passes(2, pause_s=SETTLED_S)

    assert_whole(house)
    house.daemon.close()


def _die() -> None:
    raise Crash


def assert_whole(house: House) -> None:
    first, second = house.refs
    assert (house.status(first), house.status(second)) == (Status.REGISTERED, Status.REFUSED)
    assert len(house.registrations()) == 2
    assert (house.held(first)["Status__c"], house.held(second)["submission_status"]) == ("Approved", "rejected")
    assert sum(each.type == "claim_received" for each in house.entries(first)) == 1
    for name in BOTH:
        with house.ledger.read() as tx:
            assert intents.open_(tx, name) == []
    assert sum(report.writes for report in house.passes(1)) == 0
    assert verify.verify(house.ledger).is_intact
