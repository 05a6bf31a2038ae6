"""The main job, end to end: submissions get an id and a status, both CRMs hold what the ledger says, then all is quiet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ledger import verify
from ledger.rows import Verdict
from rules.records import CrmRef, Registration, Status
from sync.report import PassReport
from tests.sync.kit import BOTH, QUICK, SETTLED_S, House, held_back

WORDS = {  # what a submission shows for each status (the reference mappings)
    "salesforce": {
        Status.RECEIVED: "Submitted", Status.HOLDING: "Submitted", Status.IN_REVIEW: "Under Review",
        Status.REGISTERED: "Approved", Status.REFUSED: "Rejected", Status.WITHDRAWN: "Withdrawn",
        Status.RETURNED: "Under Review", Status.WON: "Won", Status.LOST: "Lost", Status.EXPIRED: "Expired",
    },
    "hubspot": {
        Status.RECEIVED: "new", Status.HOLDING: "in_review", Status.IN_REVIEW: "in_review",
        Status.REGISTERED: "approved", Status.REFUSED: "rejected", Status.WITHDRAWN: "withdrawn",
        Status.RETURNED: "info_requested", Status.WON: "approved", Status.LOST: "withdrawn", Status.EXPIRED: "withdrawn",
    },
}  # fmt: skip
FIELDS = {
    "salesforce": ("Registration_Id__c", "Status__c", "Protected_Until__c"),
    "hubspot": ("registration_id", "submission_status", "protected_until"),
}


def writes(reports: list[PassReport]) -> int:
    return sum(report.writes for report in reports)


def assert_agreed(house: House) -> None:
    """Check that every submission in both CRMs says what the ledger says."""
    for registration in house.registrations():
        assert shown(house, registration.claim_ref) == expected(registration), registration


def shown(house: House, ref: CrmRef) -> dict[str, Any]:
    held = house.held(ref)
    return {name: held.get(name) or None for name in FIELDS[ref.connection]}


def expected(registration: Registration) -> dict[str, Any]:
    crm = registration.claim_ref.connection
    window = registration.window
    is_dated = window is not None and registration.status in (Status.REGISTERED, Status.WON, Status.EXPIRED)
    day = window.end.date().isoformat() if is_dated and window is not None else None
    if day is not None and window is not None and window.end.time().isoformat() == "00:00:00":
        from datetime import timedelta

        day = (window.end - timedelta(days=1)).date().isoformat()
    values = (registration.registration_id, WORDS[crm][registration.status], day)
    return dict(zip(FIELDS[crm], values, strict=True))


@pytest.mark.parametrize("crm", BOTH)
def test_submission_gets_its_id_and_status_within_one_pass(house: House, crm: str) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit(crm, "Wintermoor Logistics AG", partner)

    house.passes()

    held = house.held(ref)
    assert house.registration(ref).registration_id == held[FIELDS[crm][0]]
    assert WORDS[crm][house.status(ref)] == held[FIELDS[crm][1]]


@pytest.mark.parametrize("crm", BOTH)
def test_clean_claim_is_registered_once_both_crms_were_read_past_it(house: House, crm: str) -> None:
    """Nothing is granted before every connection has completed a pull that covers the submission."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.passes()
    ref = house.submit(crm, "Wintermoor Logistics AG", partner)

    house.passes()
    waiting = house.status(ref)
    house.passes(pause_s=SETTLED_S)

    assert Status.RECEIVED is waiting
    assert Status.REGISTERED is house.status(ref)
    assert_agreed(house)


def test_second_claim_for_one_deal_is_refused_across_crms(house: House) -> None:
    first = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.clock.advance(60)
    second = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-2", "Sonnental Consulting GmbH"))

    house.settle()

    assert (house.status(first), house.status(second)) == (Status.REGISTERED, Status.REFUSED)
    assert house.held(second)["rejection_reason"] == "duplicate_registration"
    assert_agreed(house)


@pytest.mark.parametrize("order", [("salesforce", "hubspot"), ("hubspot", "salesforce")])
@pytest.mark.parametrize("earlier", BOTH)
def test_order_of_pulls_does_not_change_the_ruling(tmp_path: Path, order: tuple[str, str], earlier: str) -> None:
    """The first valid submission wins by the CRM's creation time, whichever connection is read first."""
    house = House(directory=tmp_path)
    house.clock.advance(60)
    later = "hubspot" if earlier == "salesforce" else "salesforce"
    first = house.submit(earlier, "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.clock.advance(30)
    second = house.submit(later, "Wintermoor Logistics AG", house.partner("P-2", "Sonnental Consulting GmbH"))

    for _ in range(4):
        for name in order:
            house.tick(name, pause_s=SETTLED_S / 2)

    assert (house.status(first), house.status(second)) == (Status.REGISTERED, Status.REFUSED)
    house.daemon.close()


def test_second_pass_over_a_quiet_world_writes_nothing(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    for number, customer in enumerate(("Wintermoor Logistics AG", "Greifenstein Optik GmbH", "Ostsee Werften AG")):
        house.submit(BOTH[number % 2], customer, partner)
    house.settle()
    seq = len(house.registrations()), house.ledger
    before = [dict(house.held(each.claim_ref)) for each in house.registrations()]

    reports = house.passes(3, pause_s=SETTLED_S)

    assert writes(reports) == 0
    assert {Verdict.COMPLETE} == {report.verdict for report in reports}
    assert before == [dict(house.held(each.claim_ref)) for each in house.registrations()]
    assert seq[0] == 3


def test_quiet_pass_adds_no_entry_and_asks_no_more_than_it_must(house: House) -> None:
    """Idle: one call per pulled stream, and nothing to decide, read or push."""
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    entries, salesforce, hubspot = len(house.entries(ref)), house.org.calls, house.portal.calls

    house.passes()

    assert len(house.entries(ref)) == entries
    assert house.org.calls - salesforce == 4  # users, companies, opportunities, submissions
    assert house.portal.calls - hubspot <= 6  # the same four, and two more for owners' pages


def test_counts_of_a_pass_add_up(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.submit("hubspot", "Greifenstein Optik GmbH", partner)

    for report in house.settle():
        for counted in report.counts["pull"].values():
            assert counted["seen"] == sum(counted.values()) - counted["seen"]
        planned = report.counts["writes"]
        assert planned["planned"] == sum(planned.values()) - planned["planned"]


def test_registered_deal_marks_its_own_opportunity(house: House) -> None:
    """The opportunity that the submission names gets id, status, partner of record and last protected day."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    customer = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    deal = house.opportunity("salesforce", "Wintermoor renewal", customer, Product_Line__c="Analytics")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, opportunity=deal.record_id)

    house.settle()

    held = house.held(deal)
    assert Status.REGISTERED is house.status(ref), house.registration(ref)
    assert (house.registration(ref).registration_id, "Registered") == (
        held["Registration_Id__c"],
        held["Registration_Status__c"],
    )
    assert partner["salesforce"] == held["Registered_Partner__c"]
    assert held["Registration_Protected_Until__c"] == house.held(ref)["Protected_Until__c"]


def test_won_opportunity_ends_its_registration_as_won(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    customer = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    deal = house.opportunity("salesforce", "Wintermoor renewal", customer, Product_Line__c="Analytics")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, opportunity=deal.record_id)
    house.settle()

    house.edit(deal, StageName="Closed Won")
    house.settle()

    assert (house.status(ref), house.held(ref)["Status__c"]) == (Status.WON, "Won")


def test_holding_period_ends_by_the_clock(tmp_path: Path) -> None:
    house = House(directory=tmp_path, policy=held_back(hours=24))
    house.clock.advance(60)
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    held = house.status(ref)

    house.clock.advance(24 * 3600)
    house.settle(rounds=1)

    assert (held, house.status(ref)) == (Status.HOLDING, Status.REGISTERED)
    house.daemon.close()


def test_ledger_verifies_after_the_job(house: House) -> None:
    house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()

    assert verify.verify(house.ledger).is_intact


def test_main_job_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    """The same job with the same answer when the ledger is PostgreSQL."""
    house = House(directory=tmp_path, url=postgresql_url, policy=QUICK)
    house.clock.advance(60)
    first = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.clock.advance(60)
    second = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-2", "Sonnental Consulting GmbH"))

    house.settle()
    quiet = house.passes(2)

    assert (house.status(first), house.status(second)) == (Status.REGISTERED, Status.REFUSED)
    assert writes(quiet) == 0
    assert_agreed(house)
    assert verify.verify(house.ledger).is_intact
    house.daemon.close()
