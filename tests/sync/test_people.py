"""People in the CRM: their commands are taken and never lost, their other edits are recorded and written back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger.rows import Verdict
from rules.policy import CommandRules
from rules.primitives.approval import Approval
from rules.records import CrmRef, Status
from sandbox.salesforce.ids import make_id
from tests.sync.kit import BOTH, MANAGER, QUICK, SETTLED_S, START, STATUS, WORD, House
from tests.sync.seams import Once

MANUAL = replace(QUICK, hash="manual", approval=Approval(is_automatic=False))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose daemon enters the CRMs at the connector port: what people do does not depend on the wire."""
    yield from _house(tmp_path, door="port")


@pytest.fixture
def manual(tmp_path: Path) -> Iterator[House]:
    """The same, where every approval is a person's."""
    yield from _house(tmp_path, door="port", policy=MANUAL)


def _house(directory: Path, **options: Any) -> Iterator[House]:
    built = House(directory=directory, **options)
    built.clock.advance(60)
    yield built
    built.daemon.close()


def reviewed(house: House, crm: str) -> CrmRef:
    """Return a submission that waits for a person, as both sides know."""
    ref = house.submit(crm, "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    assert Status.IN_REVIEW is house.status(ref)
    return ref


def types(house: House, ref: CrmRef) -> list[str]:
    return [entry.type for entry in house.entries(ref)]


@pytest.mark.parametrize("crm", BOTH)
@pytest.mark.parametrize("word, status", [("approve", Status.REGISTERED), ("refuse", Status.REFUSED)])
def test_status_set_by_a_person_is_a_command(manual: House, crm: str, word: str, status: Status) -> None:
    ref = reviewed(manual, crm)

    manual.command(ref, word)
    manual.passes()

    assert status is manual.status(ref)
    entry = next(each for each in manual.entries(ref) if each.type == "command_received")
    assert entry.data["is_allowed"] and entry.actor.startswith("person:")
    assert WORD[crm][word] == manual.held(ref)[STATUS[crm]]


@pytest.mark.parametrize("door", ["port", "client"])
@pytest.mark.parametrize("crm", BOTH)
def test_approval_typed_between_read_and_write_is_not_lost(manual: House, crm: str, door: str) -> None:
    """A channel manager approves after Registrar has read the row fresh and before its own write arrives."""
    manual.door = door
    ref = manual.submit(crm, "Wintermoor Logistics AG", manual.partner("P-1", "Nordwind Systems GmbH"))

    def approve() -> None:
        manual.clock.advance(5)
        manual.command(ref, "approve")
        manual.clock.advance(5)

    manual.disturbed(Once(f"{crm}.push", "before", approve))
    manual.passes()
    manual.calm()
    manual.settle()

    assert Status.REGISTERED is manual.status(ref)
    assert WORD[crm]["approve"] == manual.held(ref)[STATUS[crm]]
    assert "command_received" in types(manual, ref)


@pytest.mark.parametrize("crm", BOTH)
def test_approval_typed_right_after_our_write_is_not_lost(manual: House, crm: str) -> None:
    ref = manual.submit(crm, "Wintermoor Logistics AG", manual.partner("P-1", "Nordwind Systems GmbH"))

    def approve() -> None:
        manual.clock.advance(5)
        manual.command(ref, "approve")

    manual.disturbed(Once(f"{crm}.push", "after", approve))
    manual.passes()
    manual.calm()
    manual.settle()

    assert Status.REGISTERED is manual.status(ref)
    assert WORD[crm]["approve"] == manual.held(ref)[STATUS[crm]]


@pytest.mark.parametrize("crm", BOTH)
def test_command_of_someone_who_may_not_goes_to_review_as_a_proposal(tmp_path: Path, crm: str) -> None:
    policy = replace(MANUAL, hash="nobody", commands=CommandRules(allowed=frozenset({"boss@vendor.example"})))
    house = House(directory=tmp_path, policy=policy)
    house.clock.advance(60)
    ref = reviewed(house, crm)

    house.command(ref, "approve")
    house.settle()

    assert Status.IN_REVIEW is house.status(ref)
    assert house.registration(ref).reason == "command_proposed"
    assert WORD[crm]["review"] == house.held(ref)[STATUS[crm]]
    house.daemon.close()


@pytest.mark.parametrize("crm", BOTH)
def test_proposal_on_a_registered_deal_stands_until_somebody_who_may_answers(tmp_path: Path, crm: str) -> None:
    """The CRM is set right at once, so only the ledger still knows that somebody wanted the deal refused."""
    policy = replace(QUICK, hash="few", commands=CommandRules(allowed=frozenset({"boss@vendor.example"})))
    house = House(directory=tmp_path, policy=policy, door="port")
    house.clock.advance(60)
    ref = house.submit(crm, "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    house.command(ref, "refuse")
    house.settle(rounds=5)

    last = [each for each in house.entries(ref) if each.type == "decided"][-1]
    assert Status.REGISTERED is house.status(ref)
    assert (last.data["proposal"]["kind"], house.registration(ref).has_conflict) == ("refuse", True)
    assert WORD[crm]["approve"] == house.held(ref)[STATUS[crm]]
    entries = len(house.entries(ref))
    house.edit(ref, **({"Description__c": "new"} if crm == "salesforce" else {"description": "new"}))
    house.settle()
    assert len(house.entries(ref)) == entries  # looked at again, told once
    house.daemon.close()


def test_registration_typed_before_registrar_came_is_adopted(house: House) -> None:
    """What people decided before the first pass is taken over as it stands: status, last day, reason and date."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, status="Approved")
    house.edit(ref, Protected_Until__c="2026-04-30", Decision_Notes__c="agreed by phone")

    house.settle()

    registration = house.registration(ref)
    held = house.held(ref)
    assert (registration.status, registration.is_adopted) == (Status.REGISTERED, True)
    assert registration.registration_id == held["Registration_Id__c"]
    assert (held["Protected_Until__c"], held["Decision_Notes__c"]) == ("2026-04-30", "agreed by phone")


def test_submission_created_as_approved_is_a_command_not_adopted(manual: House) -> None:
    """A form that writes Approved by itself does not get round the rules: it is as good as its author's command."""
    manual.passes()
    partner = manual.partner("P-1", "Nordwind Systems GmbH")
    ref = manual.submit("hubspot", "Wintermoor Logistics AG", partner, status="approved")

    manual.settle()

    assert Status.IN_REVIEW is manual.status(ref)
    assert manual.held(ref)["submission_status"] == "in_review"


@pytest.mark.parametrize(
    "crm, field, typed",
    [("salesforce", "Registration_Id__c", "REG-1999-00001"), ("hubspot", "protected_until", "2030-01-01")],
)
def test_edit_of_a_ledger_owned_field_is_recorded_and_written_back(
    house: House, crm: str, field: str, typed: str
) -> None:
    ref = house.submit(crm, "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    before = house.held(ref)[field]

    house.edit(ref, **{field: typed})
    house.settle(rounds=1)

    assert before == house.held(ref)[field]
    found = next(each for each in house.entries(ref) if each.type == "drift_found")
    assert typed in str(found.data)


def test_field_fought_over_is_frozen_as_a_dispute(house: House) -> None:
    """A workflow that rewrites our value each time is answered three times a day, then left alone and reported."""
    ref = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()

    reports = []
    for number in range(6):
        house.edit(ref, by="workflow:dates", protected_until=f"2030-01-{number + 1:02}")
        reports += house.passes(pause_s=600)
    quiet = house.passes(2, pause_s=600)

    assert sorted(each for each in types(house, ref) if each.startswith("drift")) == ["drift_found"] * 4 + [
        "drift_frozen"
    ]
    assert house.held(ref)["protected_until"] == "2030-01-06"
    assert sum(report.writes for report in reports) == 3
    assert sum(report.writes for report in quiet) == 0
    assert any(report.verdict is Verdict.PARTIAL for report in reports)


def test_facts_edited_by_people_are_taken_over_not_fought(house: House) -> None:
    """Amount and deal name are the CRM's: a change is decided upon and never written."""
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()

    house.edit(ref, Amount__c=22000.0, Deal_Name__c="Another name")
    reports = house.settle()

    held = house.held(ref)
    assert (held["Amount__c"], held["Deal_Name__c"]) == (22000.0, "Another name")
    assert "drift_found" not in types(house, ref)
    assert sum(report.writes for report in reports) == 0


def test_returned_submission_goes_on_once_it_was_completed(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("hubspot", "Wintermoor Logistics AG", partner, deal="")
    house.settle()
    returned = house.status(ref), house.held(ref)["submission_status"]

    house.edit(ref, deal_name="Wintermoor renewal")
    house.settle()

    assert returned == (Status.RETURNED, "info_requested")
    assert Status.REGISTERED is house.status(ref)


def test_returned_submission_tells_the_partner_in_the_crm_what_is_missing(house: House) -> None:
    """ "Please complete" without saying what sends the partner to the telephone."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, deal="")
    house.settle()
    lacking = house.held(ref)["Decision_Notes__c"]

    house.edit(ref, Deal_Name__c="Wintermoor renewal")
    house.settle()

    assert "Missing: name of the deal." in lacking
    assert "Missing" not in house.held(ref)["Decision_Notes__c"]
    assert "Protected until" in house.held(ref)["Decision_Notes__c"]


def test_withdrawn_by_deleting_the_submission(house: House) -> None:
    for crm in BOTH:
        partner = house.partner(f"P-{crm}", f"{crm} Systems Partner GmbH")
        ref = house.submit(crm, f"Wintermoor {crm} AG", partner, amount="900000")
        house.settle()
        house.delete(ref)
        house.clock.advance(SETTLED_S)
        house.passes(sweep_now=True)
        house.settle(rounds=1)

        assert Status.WITHDRAWN is house.status(ref), crm


def test_undeleted_submission_is_taken_up_again(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner, amount="900000")
    house.settle()
    house.delete(ref)
    house.settle(rounds=1)

    house.org.undelete(ref.object_name, ref.record_id, by="0050000000000AAAAA"[:15] + "AAA")
    house.settle()

    assert Status.IN_REVIEW is house.status(ref)


def test_copy_of_a_registered_submission_is_set_aside(house: House) -> None:
    """A clone that carries our registration id is nobody's claim until that id is emptied."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    house.org.change_field("Deal_Registration__c", "Registration_Id__c", is_unique=False)
    copied = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.edit(copied, Registration_Id__c=house.held(ref)["Registration_Id__c"])

    house.settle(rounds=1)
    aside = house.quarantined()
    house.edit(copied, Registration_Id__c=None)
    house.settle(rounds=1)

    assert {str(copied): "copied_registration"} == aside
    assert house.quarantined() == {}
    assert house.registration(copied).registration_id != house.registration(ref).registration_id


def test_copied_opportunity_is_set_aside(house: House) -> None:
    """A deal that carries a registration id without being linked counts neither for nor against anybody."""
    customer = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    copied = house.opportunity("salesforce", "Copy", customer, Registration_Id__c="REG-2026-00077")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))

    house.settle()

    assert house.quarantined() == {str(copied): "unknown_registration"}
    assert house.status(ref) is Status.REGISTERED


def test_workflow_that_resets_the_status_for_ever_is_not_fought_for_ever(house: House) -> None:
    """Each of our writes of the status starts an automation that sets it back: after three rounds a day we stop."""
    ref = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))

    def reset(change: Any) -> None:
        if house.held(ref)["submission_status"] != "in_review":
            house.edit(ref, by="workflow:reset", submission_status="in_review")

    house.settle()
    house.portal.on_write(reset)
    house.edit(ref, by="workflow:reset", submission_status="in_review")
    reports = house.passes(10, pause_s=600)

    assert "drift_frozen" in types(house, ref)
    assert sum(report.writes for report in reports) <= 4
    assert sum(report.writes for report in reports[-6:]) == 0


def test_command_is_taken_on_a_record_that_is_no_longer_written(manual: House) -> None:
    """A frozen record is not written any more, but a channel manager's word still counts."""
    ref = reviewed(manual, "hubspot")
    for number in range(5):
        manual.edit(ref, by="workflow:dates", protected_until=f"2030-01-{number + 1:02}")
        manual.passes(pause_s=600)

    manual.command(ref, "approve")
    manual.settle()

    assert "drift_frozen" in types(manual, ref)
    assert manual.status(ref) is Status.REGISTERED


def test_allowed_person_is_known_by_mail_address(tmp_path: Path) -> None:
    """The CRM tells a user id; the policy may name the person by what the users' stream says of them."""
    policy = replace(MANUAL, hash="ada", commands=CommandRules(allowed=frozenset({"ada@vendor.example"})))
    house = House(directory=tmp_path, policy=policy, door="port")
    house.clock.advance(60)
    ref = reviewed(house, "hubspot")

    house.command(ref, "approve")
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    assert "ada@vendor.example" not in str([entry.data for entry in house.entries(ref)])
    house.daemon.close()


def test_direct_deal_appearing_during_protection_is_flagged_and_left_alone(house: House) -> None:
    """Its amount, stage and owner stay untouched; a person is shown the conflict."""
    house.org.seed("User", [_seller()])
    customer = house.company("salesforce", "Wintermoor Logistics AG", domain="wintermoor-logistics.com")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()

    deal = house.opportunity(
        "salesforce", "Wintermoor direct", customer, Product_Line__c="Analytics", OwnerId=_seller()["Id"]
    )
    before = house.held(deal)
    house.settle()

    assert house.registration(ref).has_conflict
    assert house.status(ref) is Status.REGISTERED
    assert house.held(deal) == before


def test_partner_known_in_one_crm_only_waits_and_goes_on_when_it_is_known(house: House) -> None:
    """A submission of a company that is no known partner waits; giving that company its partner code lets it go on."""
    unknown = house.company("hubspot", "Sonnental Consulting GmbH")
    ref = house.submit("hubspot", "Wintermoor Logistics AG", {"hubspot": unknown})
    house.settle()
    waiting = house.status(ref)

    house.portal.update("companies", unknown, {"partner_code": "P-9", "partner_standing": "good"}, by="81")
    house.settle()

    assert waiting is Status.RECEIVED
    assert (house.status(ref), house.registration(ref).partner_id) == (Status.REGISTERED, "P-9")


def test_partner_who_falls_out_of_standing_has_its_registrations_suspended(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()

    house.org.update("Account", partner["salesforce"], {"Partner_Standing__c": "Suspended"}, by=MANAGER["salesforce"])
    house.settle(rounds=1)
    suspended = house.status(ref), house.held(ref)["Status__c"]
    house.org.update("Account", partner["salesforce"], {"Partner_Standing__c": "Good"}, by=MANAGER["salesforce"])
    house.settle(rounds=1)

    assert suspended == (Status.SUSPENDED, "Under Review")
    assert (house.status(ref), house.held(ref)["Status__c"]) == (Status.REGISTERED, "Approved")


def _seller() -> dict[str, Any]:
    """Return somebody of direct sales."""
    stamp = START
    audit = {"CreatedDate": stamp, "LastModifiedDate": stamp, "SystemModstamp": stamp}
    who = {"CreatedById": MANAGER["salesforce"], "LastModifiedById": MANAGER["salesforce"]}
    row = {"Id": make_id("005", 99), "Username": "bo@vendor.example", "LastName": "Bo", "Email": "bo@vendor.example"}
    return row | audit | who | {"IsActive": True, "Title": "Account Executive"}
