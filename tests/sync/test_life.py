"""The clock and the deal's opportunity move a registration on: phases, duties to report, deadlines of every kind."""

from __future__ import annotations

from pathlib import Path

from config.policy import read_policy
from ledger import deadlines
from rules.records import CrmRef, Status
from tests.sync.kit import House

DUTY = """
name: duty
holding: null
update_duty: {every: 10 days, overdue: recapture, warnings_before: [2 days]}
"""
PHASES = """
name: phases
holding: null
protection:
  milestones: [{name: demo, stages: [Proposal/Price Quote]}]
  phases: [{until: demo, within: 20 days}, {within: 60 days}]
"""
DAY = 86_400


def house_of(tmp_path: Path, source: str) -> House:
    house = House(directory=tmp_path, door="port", source=source, policy=read_policy(source, "rules.yaml"))
    house.passes()
    return house


def registered(house: House) -> tuple[CrmRef, CrmRef]:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    account = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    deal = house.opportunity("salesforce", "Wintermoor renewal", account, Registered_Partner__c=partner["salesforce"])
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, opportunity=deal.record_id)
    house.settle()
    assert house.status(ref) is Status.REGISTERED
    return ref, deal


def kinds(house: House, ref: CrmRef) -> set[str]:
    with house.ledger.read() as tx:
        return {each.kind for each in deadlines.of_registration(tx, house.registration(ref).registration_id)}


def test_progress_on_the_opportunity_is_an_update_and_its_lack_ends_the_protection(tmp_path: Path) -> None:
    house = house_of(tmp_path, DUTY)
    ref, deal = registered(house)
    assert any("update" in kind for kind in kinds(house, ref))
    statuses = []
    for step in ("call booked", "demo held", None):
        house.clock.advance(8 * DAY)
        if step is not None:
            house.edit(deal, NextStep=step)
        house.settle()
        statuses.append(house.status(ref))
    house.clock.advance(8 * DAY)
    house.settle()

    assert statuses == [Status.REGISTERED] * 3
    assert house.status(ref) is Status.RECAPTURED
    house.daemon.close()


def test_activity_that_leaves_the_rows_stamp_as_it_was_is_met_before_anything_ends(tmp_path: Path) -> None:
    """A task in Salesforce moves LastActivityDate and no stamp: no pull shows it."""
    house = house_of(tmp_path, DUTY)
    ref, deal = registered(house)
    house.clock.advance(9 * DAY)
    table = house.org._store.tables["Opportunity"]
    row = house.org.get("Opportunity", deal.record_id)
    assert row is not None
    table.seed([{**row, "LastActivityDate": house.clock.now().date().isoformat()}])
    house.clock.advance(3 * DAY)
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    house.daemon.close()


def test_milestone_reached_on_the_opportunity_begins_the_next_phase(tmp_path: Path) -> None:
    house = house_of(tmp_path, PHASES)
    ref, deal = registered(house)
    first = house.registration(ref).window
    house.clock.advance(10 * DAY)
    house.edit(deal, StageName="Proposal/Price Quote")
    house.settle()
    second = house.registration(ref).window
    house.clock.advance(15 * DAY)
    house.settle()

    assert first is not None and second is not None and second.end > first.end
    assert house.status(ref) is Status.REGISTERED
    house.daemon.close()


def test_phase_without_its_milestone_ends_by_the_clock_alone(tmp_path: Path) -> None:
    house = house_of(tmp_path, PHASES)
    ref, _ = registered(house)
    house.clock.advance(22 * DAY)
    house.settle()

    assert (house.status(ref), house.registration(ref).reason) == (Status.EXPIRED, "milestone_not_reached")
    house.daemon.close()
