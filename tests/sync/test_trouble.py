"""Trouble with the CRMs, the clock, other daemons and the ledger: isolated, told, and mended without losing anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from config.settings import SyncSettings
from ledger import connections, events, intents, runs
from ledger.rows import ConnectionState, IntentState, Verdict
from rules.fields import Stream
from rules.records import CrmRef, Status
from sandbox.faults import FaultKind
from sandbox.salesforce.ids import make_id
from sync.report import Skipped
from tests.sync.kit import BOTH, MANAGER, SETTLED_S, STATUS, House
from tests.sync.seams import Once

PUSH = {"salesforce": "composite", "hubspot": "batch/update"}


def submitted(house: House, crm: str, customer: str = "Wintermoor Logistics AG") -> CrmRef:
    return house.submit(crm, customer, house.partner("P-1", "Nordwind Systems GmbH"))


def seeded(house: House, fields: dict[str, object], *, year: int = 2026) -> CrmRef:
    """Put a submission on file with whatever stands in it, stamped in the same month of another year."""
    stamp = house.clock.now().replace(year=year)
    audit = {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
    who = dict.fromkeys(("CreatedById", "LastModifiedById", "OwnerId"), MANAGER["salesforce"])
    row = {"Id": make_id("a0B", 77_777), "Customer_Name__c": "Wintermoor Logistics AG", "Status__c": "Submitted"}
    house.org.seed("Deal_Registration__c", [row | audit | who | fields])
    return house.ref("salesforce", str(row["Id"]))


@pytest.mark.parametrize("crm", BOTH)
@pytest.mark.parametrize("fault", [FaultKind.TIMEOUT_AFTER, FaultKind.TIMEOUT_BEFORE, FaultKind.RESET_AFTER])
def test_write_of_unknown_outcome_is_resolved_by_reading(house: House, crm: str, fault: FaultKind) -> None:
    """A lost answer says nothing: the row's witness does. One applied is not sent again, one lost is."""
    ref = submitted(house, crm)
    house.faults.plan(fault, door=crm, match=PUSH[crm])

    [report] = [each for each in house.passes() if each.connection == crm]
    house.settle()

    rev = house.held(ref)[{"salesforce": "Registration_Rev__c", "hubspot": "registration_rev"}[crm]]
    sent = len(house.intents(ref))
    assert (report.verdict, report.counts["writes"]["unknown"]) == (Verdict.PARTIAL, 1)
    assert Status.REGISTERED is house.status(ref)
    assert sent == int(float(rev))
    assert sent == 2 or fault is FaultKind.TIMEOUT_BEFORE
    assert {IntentState.DONE, IntentState.FAILED} >= {each.state for each in house.intents(ref)}


@pytest.mark.parametrize("crm", BOTH)
def test_edit_after_a_lost_answer_is_not_overwritten(house: House, crm: str) -> None:
    """The write was applied, the answer lost, then a person withdrew the claim: the withdrawal stands."""
    ref = submitted(house, crm)
    house.faults.plan(FaultKind.TIMEOUT_AFTER, door=crm, match=PUSH[crm])
    house.passes()

    house.edit(ref, **{STATUS[crm]: {"salesforce": "Withdrawn", "hubspot": "withdrawn"}[crm]})
    house.settle()

    assert Status.WITHDRAWN is house.status(ref)


def test_row_committed_late_is_not_missed(house: House) -> None:
    """A row whose stamp is older than what was already read appears after it: the look-back finds it."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.passes()
    house.faults.plan(FaultKind.LATE_COMMIT, door="salesforce", delay_s=300)
    late = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.clock.advance(30)
    house.submit("salesforce", "Greifenstein Optik GmbH", partner)

    house.passes()
    seen_at_first = len(house.registrations())
    house.clock.advance(300)
    house.settle()

    assert seen_at_first <= 2
    assert Status.REGISTERED is house.status(late)


def test_refused_login_stops_its_connection_and_no_other(house: House) -> None:
    north = house.partner("P-1", "Nordwind Systems GmbH")
    house.submit("salesforce", "Wintermoor Logistics AG", north)
    other = house.submit("hubspot", "Greifenstein Optik GmbH", north)
    house.faults.plan(FaultKind.REFRESH_REVOKED, door="salesforce", count=None)

    reports = {each.connection: each for each in house.passes()}
    again = {each.connection: each for each in house.passes()}

    with house.ledger.read() as tx:
        state = connections.get(tx, "salesforce")
    assert (reports["salesforce"].verdict, reports["hubspot"].verdict) == (Verdict.FAILED, Verdict.COMPLETE)
    assert state is not None and state.state is ConnectionState.BLOCKED and state.reason
    assert Skipped.BLOCKED is again["salesforce"].skipped
    assert house.held(other)["registration_id"]


def test_blocked_connection_comes_back_by_itself_once_the_login_works(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.faults.plan(FaultKind.REFRESH_REVOKED, door="salesforce", count=None)
    house.passes()

    house.faults.clear()
    house.settle()

    assert Status.REGISTERED is house.status(ref)
    with house.ledger.read() as tx:
        state = connections.get(tx, "salesforce")
    assert state is not None and ConnectionState.ACTIVE is state.state


def test_another_account_behind_the_login_is_refused(house: House) -> None:
    """A refreshed sandbox has other ids: nothing is read from it and nothing written."""
    ref = submitted(house, "salesforce")
    house.settle()
    with house.ledger.begin() as tx:
        connections.remember_account(tx, "salesforce", "00D000000000999")
    house.start("two")
    house.clock.advance(120)
    before = house.held(ref)

    [report] = [each for each in house.passes() if each.connection == "salesforce"]

    assert Verdict.FAILED is report.verdict
    assert "00D000000000999" in (report.error or "")
    assert before == house.held(ref)


def test_unreadable_row_is_set_aside_and_the_rest_goes_on(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    good = house.submit("salesforce", "Greifenstein Optik GmbH", partner)
    bad = seeded(house, {"Registration_Rev__c": 1.5, "Partner_Account__c": partner["salesforce"]})

    reports = house.passes()
    aside = house.quarantined()
    house.edit(bad, Registration_Rev__c=None)
    house.settle(rounds=1)

    assert [str(bad)] == list(aside)
    assert Verdict.PARTIAL is reports[0].verdict
    assert house.registration(bad).registration_id == house.held(bad)["Registration_Id__c"]
    assert house.status(good) is Status.REGISTERED
    assert house.quarantined() == {}


@pytest.mark.parametrize("crm", BOTH)
def test_refused_values_are_a_dead_letter_for_one_row(house: House, crm: str) -> None:
    """The CRM refuses one row's values: that write waits for a person with the CRM's words, the others arrive."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    refs = [house.submit(crm, customer, partner) for customer in ("Wintermoor Logistics AG", "Greifenstein Optik GmbH")]
    house.faults.plan(FaultKind.ROW_INVALID, door=crm, count=1 if crm == "salesforce" else 2)

    reports = house.passes()

    with house.ledger.read() as tx:
        dead = intents.dead(tx)
    written = [
        ref for ref in refs if house.held(ref).get("Registration_Id__c") or house.held(ref).get("registration_id")
    ]
    assert 1 == len(dead) == len(written)
    assert dead[0].error_message
    assert any(report.verdict is Verdict.PARTIAL for report in reports)


def test_locked_rows_are_tried_again_until_they_are_free(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.faults.plan(FaultKind.ROW_LOCKED, door="salesforce", count=6)

    house.settle(rounds=4)

    assert Status.REGISTERED is house.status(ref)
    assert house.held(ref)["Status__c"] == "Approved"


def test_mass_change_is_braked_until_a_person_approves(tmp_path: Path) -> None:
    house = House(directory=tmp_path, sync=SyncSettings(first_writes_max=2))
    house.clock.advance(60)
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    customers = ("Wintermoor Logistics AG", "Greifenstein Optik GmbH", "Ostsee Werften AG")
    refs = [house.submit("salesforce", customer, partner) for customer in customers]

    braked = house.tick("salesforce")
    untouched = [house.held(ref)["Registration_Id__c"] for ref in refs]
    approved = house.tick("salesforce", is_approved=True)

    assert (braked.verdict, braked.writes) == (Verdict.BRAKED, 0)
    assert "approve" in (braked.error or "")
    assert untouched == [None, None, None]
    assert (approved.verdict, approved.writes) == (Verdict.COMPLETE, 3)
    house.daemon.close()


def test_many_vanished_submissions_are_not_believed(tmp_path: Path) -> None:
    """An integration user who lost sight of the object must not withdraw every registration."""
    house = House(directory=tmp_path, sync=SyncSettings(brake_deletions_max=2))
    house.clock.advance(60)
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    names = ("Wintermoor Logistics AG", "Greifenstein Optik GmbH", "Ostsee Werften AG", "Kaltbrunn Pharma AG")
    refs = [house.submit("hubspot", customer, partner) for customer in names]
    house.settle()

    for ref in refs[:3]:
        house.delete(ref)
        house.portal.purge(ref.object_name, ref.record_id)
    reports = house.passes(sweep_now=True)

    assert Verdict.BRAKED is {each.connection: each.verdict for each in reports}["hubspot"]
    assert {Status.REGISTERED} == {house.status(ref) for ref in refs}
    house.daemon.close()


def test_second_daemon_leaves_the_pass_to_the_first(house: House) -> None:
    """While one daemon holds a connection's lease, another one does nothing with it and says so."""
    ref = submitted(house, "salesforce")
    other = house.another("two")
    seen: list[Skipped | None] = []
    house.disturbed(Once("salesforce.push", "before", lambda: seen.append(other.engine.tick("salesforce").skipped)))

    house.passes()

    assert seen == [Skipped.LEASE_HELD]
    assert house.held(ref)["Registration_Id__c"]
    other.close()


def test_daemon_that_slept_past_its_lease_stores_nothing_more(house: House) -> None:
    """A paused daemon wakes after another has taken over: its pass ends at once, the other's work stands."""
    ref = submitted(house, "salesforce")
    other = house.another("two")

    def sleep() -> None:
        house.clock.advance(600)
        other.run_once()

    house.disturbed(Once("salesforce.pull", "after", sleep, number=2))
    [report] = [each for each in house.passes() if each.connection == "salesforce"]
    house.calm()
    house.clock.advance(120)
    house.settle()

    assert (report.verdict, report.writes) == (Verdict.FAILED, 0)
    assert len(house.registrations()) == 1
    assert Status.REGISTERED is house.status(ref)
    other.close()


def test_exhausted_allowance_rests_until_it_returns(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.faults.plan(FaultKind.DAILY_LIMIT, door="salesforce")

    first = house.tick("salesforce")
    second = house.tick("salesforce")
    house.settle()

    assert Verdict.FAILED is first.verdict and first.resume_at is not None
    assert Skipped.EXHAUSTED is second.skipped
    assert Status.REGISTERED is house.status(ref)


def test_own_share_of_the_allowance_is_kept(tmp_path: Path) -> None:
    """The org is not hurt: at its share of the day's calls the connection rests, and says what to do."""
    house = House(directory=tmp_path, daily_share=0.1)
    house.org.daily_limit = 100
    house.clock.advance(60)

    reports = [house.tick("salesforce") for _ in range(5)]
    calls = house.org.calls

    rested = next(report for report in reports if report.verdict is Verdict.FAILED)
    assert "daily_share" in (rested.error or "")
    assert calls <= 12
    assert reports[-1].skipped is Skipped.EXHAUSTED
    house.daemon.close()


def test_calls_are_kept_by_purpose(house: House) -> None:
    submitted(house, "salesforce")
    house.settle()

    with house.ledger.read() as tx:
        by_purpose = runs.calls_since(tx, "salesforce", house.clock.now().replace(year=2000))

    assert {"pull", "push", "read"} <= set(by_purpose)
    assert house.org.calls <= sum(calls for calls, _ in by_purpose.values()) + 1


def test_paused_connection_is_left_alone(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.passes()
    with house.ledger.begin() as tx:
        connections.set_state(tx, "salesforce", ConnectionState.PAUSED, "maintenance", now=house.clock.now())
    calls = house.org.calls

    report = house.tick("salesforce")

    assert (Skipped.PAUSED, calls) == (report.skipped, house.org.calls)
    assert Status.RECEIVED is house.status(ref)


def test_merged_opportunity_passes_its_link_to_the_survivor(house: House) -> None:
    """HubSpot merges two deals into a new record: the registration's deal is now that one."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    customer = house.company("hubspot", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    ref = house.submit("hubspot", "Wintermoor Logistics AG", partner, customer_id=customer)
    house.settle()
    deal = house.opportunity("hubspot", "Wintermoor renewal", customer, product_line="Analytics")
    house.settle()
    spare = house.opportunity("hubspot", "Wintermoor again", customer, product_line="Storage")
    linked = house.links(deal)

    survivor = house.portal.merge("deals", deal.record_id, spare.record_id, by=MANAGER["hubspot"])
    house.settle()

    moved = house.links(CrmRef("hubspot", "deals", survivor))
    assert [house.registration(ref).registration_id] == [each.registration_id for each in linked]
    assert [house.registration(ref).registration_id] == [each.registration_id for each in moved]


def test_sweep_finds_what_no_pull_showed(house: House) -> None:
    """A row that slipped past the pulls is found by comparing keys, within one sweep."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.submit("salesforce", "Greifenstein Optik GmbH", partner)
    house.settle()
    seeded(house, {"Partner_Account__c": partner["salesforce"]}, year=2025)

    house.passes()
    unseen = len(house.registrations())
    house.passes(sweep_now=True)

    assert (unseen, len(house.registrations())) == (1, 2)


def test_forbidden_field_is_left_out_and_the_rest_is_written(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.org.restrict("Deal_Registration__c", "Decision_Notes__c", read_only=True)

    reports = house.settle()

    held = house.held(ref)
    assert (held["Status__c"], held["Decision_Notes__c"]) == ("Approved", None)
    assert any("Decision_Notes__c" in problem for report in reports for problem in report.problems)


def test_stop_finishes_the_step_in_hand(house: House) -> None:
    """A stop in the middle of a pass leaves whole pages and whole decisions, and the next pass goes on."""
    ref = submitted(house, "salesforce")
    house.disturbed(Once("salesforce.pull", "after", lambda: house.daemon.stop(), number=3))

    [report] = [each for each in house.passes() if each.connection == "salesforce"]
    house.calm()
    house.settle()

    assert Verdict.PARTIAL is report.verdict
    assert Status.REGISTERED is house.status(ref)


def test_policy_of_a_decision_is_on_record(house: House) -> None:
    ref = submitted(house, "salesforce")
    house.settle()

    assert {house.policy.hash} == {entry.policy_hash for entry in house.entries(ref)}
    assert replace(house.policy).hash == house.registration(ref).policy_hash
    assert SETTLED_S > 0


def test_field_hidden_while_running_is_told_once_and_the_stream_goes_on(house: House) -> None:
    """A permission lost at noon must not wait for the next `doctor` to be noticed."""
    submitted(house, "salesforce")
    house.settle()
    house.org.restrict("Opportunity", "Type", hidden=True)

    first, second = (house.tick("salesforce", pause_s=SETTLED_S) for _ in range(2))

    assert (first.verdict, second.verdict) == (Verdict.PARTIAL, Verdict.COMPLETE)
    assert any("Opportunity.Type" in problem for problem in first.problems)


def test_another_word_for_a_status_reaches_rows_that_were_in_agreement(house: House) -> None:
    """An admin renames a picklist value in the mapping; the rows of old must follow, without anybody touching them."""
    ref = submitted(house, "hubspot")
    house.settle()
    before = house.held(ref)["submission_status"]

    house.remap("hubspot", Stream.SUBMISSIONS, registered="in_review")
    house.settle()

    assert (before, house.held(ref)["submission_status"]) == ("approved", "in_review")


def test_field_mapped_later_is_read_for_rows_of_old(house: House) -> None:
    ref = submitted(house, "hubspot")
    house.settle()
    house.remap("hubspot", Stream.SUBMISSIONS, without="deal_name")
    house.settle()
    unmapped = house.snapshot(ref).values.get("deal_name")

    house.remap("hubspot", Stream.SUBMISSIONS)
    house.settle()

    assert house.snapshot(ref).values["deal_name"] is not None
    assert unmapped is None


def test_what_changed_about_a_connection_stands_in_the_sync_log(house: House) -> None:
    """Support asks weeks later why a connection stood still on Tuesday."""
    house.settle()
    house.org.logins.end_sessions()
    house.org.logins.is_open = False
    house.tick("salesforce", pause_s=SETTLED_S)
    house.org.logins.is_open = True
    house.remap("salesforce", Stream.SUBMISSIONS, lost="Expired")
    house.settle()

    with house.ledger.read() as tx:
        told = [each.event for each in events.listing(tx)]
    assert sorted(told) == ["connection_blocked", "connection_resumed", "mapping_changed"]
