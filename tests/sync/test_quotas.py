"""Quotas out of the ledger: what counts, and who is asked again when there is room."""

from __future__ import annotations

from pathlib import Path

from config.policy import read_policy
from rules.records import Status
from tests.sync.kit import House

LIVE = "name: live\nholding: null\nquotas: [{name: places, limit: 2, when_full: wait}]\n"
WEEKLY = "name: weekly\nholding: null\nquotas: [{name: weekly, counts: submissions, per: week, limit: 2}]\n"
NAMES = ("Wintermoor Logistics AG", "Alpenblick Kliniken GmbH", "Hafenwerk Spedition KG", "Ostsee Touristik GmbH")


def house_of(tmp_path: Path, source: str, url: str = "") -> House:
    return House(directory=tmp_path, door="port", source=source, url=url, policy=read_policy(source, "rules.yaml"))


def test_claim_waits_for_room_and_is_registered_when_a_registration_ends(tmp_path: Path) -> None:
    house = house_of(tmp_path, LIVE)
    partner, other = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Elbtal Data AG")
    refs = [house.submit("salesforce", name, partner) for name in NAMES[:3]]
    free = house.submit("hubspot", NAMES[3], other)
    house.settle()
    before = [house.status(ref) for ref in (*refs, free)]
    house.edit(refs[0], Status__c="Withdrawn")
    house.settle()

    assert before[0:2] == [Status.REGISTERED, Status.REGISTERED]
    assert before[3] is Status.REGISTERED
    assert before[2] not in (Status.REGISTERED, Status.REFUSED)
    assert [house.status(ref) for ref in refs] == [Status.WITHDRAWN, Status.REGISTERED, Status.REGISTERED]
    house.daemon.close()


def test_submissions_of_a_week_are_counted_in_either_crm(tmp_path: Path, postgresql_url: str) -> None:
    """The third of a week is refused for that; next week there is room."""
    house = house_of(tmp_path, WEEKLY, url=postgresql_url)
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    refs = []
    for crm, name in zip(("salesforce", "hubspot", "salesforce"), NAMES, strict=False):
        refs.append(house.submit(crm, name, partner))
        house.clock.advance(60)
    house.settle()
    house.clock.advance(7 * 86_400)
    refs.append(house.submit("salesforce", NAMES[3], partner))
    house.settle()

    found = [house.registration(ref) for ref in refs]
    assert [each.status for each in found] == [
        Status.REGISTERED,
        Status.REGISTERED,
        Status.REFUSED,
        Status.REGISTERED,
    ]
    assert found[2].reason == "capacity_reached"
    house.daemon.close()
