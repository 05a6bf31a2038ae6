"""Opportunities that name a partner and have no registration: found as they come, treated as the policy says."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.policy import read_policy
from ledger import unregistered
from ledger.verify import verify
from rules.records import CrmRef, Status
from tests.sync.kit import House

BASE = "name: base\nholding: null\nunregistered: {{action: {action}, after: 2 h{more}}}\n"
NAME = "Wintermoor Logistics AG"


def house_of(tmp_path: Path, action: str, more: str = "", url: str = "", door: str = "port") -> House:
    source = BASE.format(action=action, more=more)
    house = House(directory=tmp_path, door=door, source=source, url=url, policy=read_policy(source, "rules.yaml"))
    house.passes()
    return house


def deal(house: House, partner: dict[str, str], **fields: object) -> CrmRef:
    account = house.company("salesforce", NAME, domain="wintermoor-logistics.com")
    told = {"Registered_Partner__c": partner["salesforce"], "Amount": 20000.0, "Product_Line__c": "Analytics"} | fields
    return house.opportunity("salesforce", "Wintermoor renewal", account, **told)


def listed(house: House, outcome: str = "flag") -> list[CrmRef]:
    with house.ledger.read() as tx:
        return [each.ref for each in unregistered.listing(tx, outcome=outcome)]


def test_it_is_listed_once_its_time_has_come(tmp_path: Path) -> None:
    house = house_of(tmp_path, "flag")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.passes()
    before = listed(house)
    reports = [*house.settle(rounds=8), *house.settle(rounds=3)]

    assert (before, listed(house)) == ([], [ref])
    assert sum(report.counts["unregistered"] for report in reports) == 1
    assert house.registrations() == []
    house.daemon.close()


def test_it_is_no_matter_once_a_submission_for_it_is_registered(tmp_path: Path) -> None:
    house = house_of(tmp_path, "flag")
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = deal(house, partner)
    house.settle(rounds=8)
    before = listed(house)
    house.submit("salesforce", NAME, partner, opportunity=ref.record_id)
    house.settle()

    assert (before, listed(house)) == ([ref], [])
    house.daemon.close()


@pytest.mark.parametrize("change", [{"StageName": "Closed Lost"}, {"Registered_Partner__c": None}])
def test_it_is_no_matter_once_it_is_closed_or_names_nobody(tmp_path: Path, change: dict[str, str | None]) -> None:
    house = house_of(tmp_path, "flag")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=8)
    house.edit(ref, **change)
    house.settle()

    assert listed(house) == []
    house.daemon.close()


def test_it_is_taken_as_a_submission_where_the_policy_says_so(tmp_path: Path, postgresql_url: str) -> None:
    """Status and protection stand on the opportunity, which is the claim; a rival's later claim is second."""
    house = house_of(tmp_path, "register", url=postgresql_url)
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=9)
    held = house.registration(ref)
    rival = house.submit("hubspot", NAME, house.partner("P-2", "Elbtal Data AG"))
    house.settle()

    assert (held.status, held.partner_id, held.claim_ref) == (Status.REGISTERED, "P-1", ref)
    row = house.held(ref)
    assert row["Registration_Id__c"] == held.registration_id
    assert row["Registration_Status__c"] == "Registered"
    assert house.status(rival) in (Status.REFUSED, Status.IN_REVIEW)
    assert house.registration(ref) == held
    assert verify(house.ledger).is_intact
    house.daemon.close()


def test_registration_of_an_opportunity_follows_it_to_its_end(tmp_path: Path) -> None:
    house = house_of(tmp_path, "register")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=9)
    house.edit(ref, StageName="Closed Won")
    house.settle()

    assert house.status(ref) is Status.WON
    house.daemon.close()


def test_it_waits_for_a_persons_word_where_the_policy_says_so(tmp_path: Path) -> None:
    house = house_of(tmp_path, "review")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=9)

    assert house.status(ref) is Status.IN_REVIEW
    house.daemon.close()


def test_condition_of_the_policy_is_asked(tmp_path: Path) -> None:
    house = house_of(tmp_path, "register", more=", when: deal.amount > 30000 USD")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=8)
    small = len(house.registrations())
    house.edit(ref, Amount=40000.0)
    house.settle()

    assert (small, house.status(ref)) == (0, Status.REGISTERED)
    house.daemon.close()


def test_what_was_there_before_registrar_came_is_only_listed(tmp_path: Path) -> None:
    source = BASE.format(action="register", more="")
    house = House(directory=tmp_path, door="port", source=source, policy=read_policy(source, "rules.yaml"))
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.clock.advance(60)
    house.settle(rounds=8)

    assert (listed(house), house.registrations()) == ([ref], [])
    house.daemon.close()


def test_another_policy_is_asked_anew(tmp_path: Path) -> None:
    house = house_of(tmp_path, "ignore")
    ref = deal(house, house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle(rounds=8)
    before = listed(house)
    house.activate(BASE.format(action="flag", more=""))
    house.settle()

    assert (before, listed(house)) == ([], [ref])
    house.daemon.close()
