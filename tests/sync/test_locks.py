"""Remote state machines: a write that the state forbids waits and goes out whole; an impossible move is never sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import config
from config.mapping import load_mapping
from config.source import parse_yaml, read_yaml
from connectors import registry
from connectors.port import Severity
from ledger import events, links
from ledger.rows import IntentState, Link, Verdict
from rules.records import CrmRef, Status
from sandbox.faults import FaultKind
from sandbox.hubspot.schema import Option, Property
from tests.sync.kit import BOTH, STATUS, SUBMISSION, House
from tests.sync.seams import Once

REVIEW = {"salesforce": "Review_Status__c", "hubspot": "review_status"}
STATES = ("Draft", "Submitted", "In review", "Action required", "Approved", "Rejected")
CUSTOMER = "Wintermoor Logistics AG"
LOCKS = """
        states:
          Submitted: none
          In review: none
          Action required: [protected_until]
          Approved: {frozen: [note]}
"""
# HubSpot's submission has no note in the reference mapping.
LOCKS_OF = {"salesforce": LOCKS, "hubspot": LOCKS.replace("[note]", "[reason]")}
MOVES = {
    "salesforce": "{Submitted: [Under Review, Rejected]}",
    "hubspot": "{new: [in_review, rejected]}",
}


def built(directory: Path, **options: Any) -> House:
    """Return a house whose CRMs have a review status on submissions, mapped with locks."""
    house = House(directory=directory, **options)
    house.org.change_field(SUBMISSION["salesforce"], REVIEW["salesforce"], type="picklist", length=255, picklist=STATES)
    made = Property(name=REVIEW["hubspot"], label="Review", type="enumeration", field_type="select")
    made.options = [Option(value=each, label=each) for each in STATES]
    house.portal.add_property(SUBMISSION["hubspot"], made)
    house.clock.advance(60)
    return house


def lock(house: House, crm: str, body: str) -> None:
    """Start the daemon anew with `locks` in the mapping of submissions."""
    text = f"streams:\n  submissions:\n    locks:\n{body}"
    overrides = parse_yaml(text, name=f"{crm}.yaml")
    house.mappings[crm] = load_mapping(crm, crm, defaults=registry.fields_path(crm), overrides=overrides)
    house.daemon.close()
    house.start()


def by_review(crm: str) -> str:
    return f"        field: {REVIEW[crm]}{LOCKS_OF[crm]}"


@pytest.fixture(params=["client", "port"])
def house(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    made = built(tmp_path, door=request.param)
    yield made
    made.daemon.close()


def submitted(house: House, crm: str, state: str) -> CrmRef:
    ref = house.submit(crm, CUSTOMER, house.partner("P-1", "Nordwind Systems GmbH"))
    house.edit(ref, **{REVIEW[crm]: state})
    house.clock.advance(60)
    return ref


def link_of(house: House, ref: CrmRef) -> Link:
    [found] = house.links(ref)
    return found


def held(house: House, ref: CrmRef) -> str:
    return link_of(house, ref).held or ""


def told(house: House, ref: CrmRef, event: str) -> int:
    with house.ledger.read() as tx:
        return len(events.listing(tx, ref=ref, event=event))


@pytest.mark.parametrize("crm", BOTH)
def test_a_write_waits_while_the_record_is_in_review_and_is_applied_whole(house: House, crm: str) -> None:
    lock(house, crm, by_review(crm))
    ref = submitted(house, crm, "In review")
    before = house.held(ref)[STATUS[crm]]
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    assert not house.intents(ref)
    assert house.held(ref)[STATUS[crm]] == before
    assert held(house, ref).startswith(f"waits: the remote record is 'In review' ({REVIEW[crm]}), where")
    [waiting] = house.daemon.plan(crm).held
    assert (waiting.ref, waiting.why) == (ref, held(house, ref))
    assert told(house, ref, "write_waits") == 1  # however often it was looked at

    house.edit(ref, **{REVIEW[crm]: "Draft"})
    house.settle()

    [intent] = house.intents(ref)
    assert {"status", "registration_id", "protected_until"} <= intent.values.keys()
    assert house.held(ref)[STATUS[crm]] != before
    assert held(house, ref) == ""


@pytest.mark.parametrize("crm", BOTH)
def test_what_changes_while_it_waits_is_written_once_as_it_is_then(house: House, crm: str) -> None:
    lock(house, crm, by_review(crm))
    ref = submitted(house, crm, "Submitted")
    house.settle()
    house.edit(ref, **{REVIEW[crm]: "In review"})
    house.settle(rounds=1)
    house.command(ref, "refuse")  # the status itself is a person's to set
    house.settle()
    assert house.status(ref) is Status.REFUSED
    assert not house.intents(ref)

    house.edit(ref, **{REVIEW[crm]: "Rejected"})
    house.settle()

    [intent] = house.intents(ref)
    assert intent.values["registration_id"] == house.registration(ref).registration_id
    assert intent.values["reason"] is not None
    assert told(house, ref, "write_waits") == 2  # in each state once


@pytest.mark.parametrize("crm", BOTH)
def test_a_state_that_allows_some_fields_gets_no_half_write(house: House, crm: str) -> None:
    lock(house, crm, by_review(crm))
    ref = submitted(house, crm, "Action required")
    house.settle()

    assert not house.intents(ref)
    assert "'Action required'" in held(house, ref)
    assert held(house, ref).endswith("where only protected_until may be written.")


@pytest.mark.parametrize("crm", BOTH)
def test_a_record_locked_between_plan_and_push_is_not_written(tmp_path: Path, crm: str) -> None:
    house = built(tmp_path, door="port")
    lock(house, crm, by_review(crm))
    ref = submitted(house, crm, "Draft")
    house.disturbed(Once(f"{crm}.read", "before", lambda: house.edit(ref, **{REVIEW[crm]: "In review"})))
    house.settle()

    assert house.held(ref)[REVIEW[crm]] == "In review"
    assert not house.intents(ref)
    assert "'In review'" in held(house, ref)
    house.daemon.close()


@pytest.mark.parametrize("crm", BOTH)
def test_a_move_that_the_remote_machine_does_not_know_is_refused_here(house: House, crm: str) -> None:
    lock(house, crm, f"        moves: {MOVES[crm]}\n")
    ref = submitted(house, crm, "Draft")
    reports = house.settle()

    assert house.status(ref) is Status.REGISTERED
    assert all("status" not in each.values for each in house.intents(ref))
    source = "'Submitted'" if crm == "salesforce" else "'new'"
    target = "'Approved'" if crm == "salesforce" else "'approved'"
    assert held(house, ref).startswith(f"refused: the remote record may not go from {source} to {target}, only to ")
    complaining = [each for each in reports if any(held(house, ref) in problem for problem in each.problems)]
    assert [each.verdict for each in complaining] == [Verdict.PARTIAL]
    assert all(each.verdict is Verdict.COMPLETE for each in house.settle())
    assert told(house, ref, "write_forbidden") == 1


@pytest.mark.parametrize("crm", BOTH)
def test_a_closed_record_stays_closed(house: House, crm: str) -> None:
    """S25: the remote record is closed "Expired"; the ledger wants it active."""
    closed = {"salesforce": "Expired", "hubspot": "closed"}[crm]
    wanted = {"salesforce": "Approved", "hubspot": "approved"}[crm]
    house.portal.records.table(SUBMISSION["hubspot"]).type.properties[STATUS["hubspot"]].options.append(
        Option(value="closed", label="Closed")
    )
    lock(house, crm, f"        moves: {{{closed}: [{closed}]}}\n")
    ref = submitted(house, crm, "Draft")
    house.settle()
    assert house.held(ref)[STATUS[crm]] == wanted
    count = len(house.intents(ref))

    house.edit(ref, **{STATUS[crm]: closed})
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    assert house.held(ref)[STATUS[crm]] == closed
    assert len(house.intents(ref)) == count
    assert held(house, ref) == (
        f"refused: the remote record may not go from {closed!r} to {wanted!r}, only to {closed}."
    )


def test_a_record_locked_for_an_approval_is_written_when_it_is_free(tmp_path: Path) -> None:
    """However long it takes: a lock of the CRM's own is no reason to give a write up."""
    house = built(tmp_path)
    ref = submitted(house, "salesforce", "Draft")
    house.faults.plan(FaultKind.ROW_LOCKED, door="salesforce", match=ref.record_id, count=None, by_approval=True)
    house.settle(rounds=30)
    assert house.status(ref) is Status.REGISTERED
    assert held(house, ref) == "waits: the remote record is locked by the CRM (ENTITY_IS_LOCKED)."
    assert not [each for each in house.intents(ref) if each.state is IntentState.DEAD]

    house.faults.clear()
    house.settle()

    assert house.held(ref)[STATUS["salesforce"]] == "Approved"
    assert held(house, ref) == ""
    house.daemon.close()


@pytest.mark.parametrize("crm", BOTH)
def test_a_refusal_by_a_lock_that_came_in_between_is_no_dead_letter(tmp_path: Path, crm: str) -> None:
    """The record goes into review after our last look; the CRM refuses the write, which then waits like any other."""
    house = built(tmp_path, door="port")
    lock(house, crm, by_review(crm))
    ref = submitted(house, crm, "Draft")

    def submit_for_review() -> None:
        house.edit(ref, **{REVIEW[crm]: "In review"})
        house.faults.plan(FaultKind.ROW_INVALID, door=crm, message="The record is in review.")

    house.disturbed(Once(f"{crm}.push", "before", submit_for_review))
    house.settle()
    assert "'In review'" in held(house, ref)
    assert not [each for each in house.intents(ref) if each.state is IntentState.DEAD]

    house.edit(ref, **{REVIEW[crm]: "Rejected"})
    house.settle()

    assert house.intents(ref)[-1].state is IntentState.DONE
    assert held(house, ref) == ""
    house.daemon.close()


def recipe(house: House, name: str) -> None:
    """Start the daemon anew with the mapping of a recipe over that of Salesforce."""
    path = Path(config.__file__).parent / "recipes" / name / "mapping.yaml"
    reference = registry.fields_path("salesforce")
    house.mappings["salesforce"] = load_mapping(
        "salesforce", "salesforce", defaults=reference, overrides=read_yaml(path)
    )
    house.daemon.close()
    house.start()


def test_the_recipe_of_a_reviewed_record(tmp_path: Path) -> None:
    """S24 with config/recipes/aws-ace: queued in review, applied after it, never lost, never partial."""
    house = built(tmp_path, door="port")
    recipe(house, "aws-ace")
    ref = submitted(house, "salesforce", "In review")
    house.settle()
    assert not house.intents(ref)

    house.edit(ref, **{REVIEW["salesforce"]: "Approved"})
    house.settle()

    [intent] = house.intents(ref)
    held_now = house.held(ref)
    assert intent.values["status"] == held_now[STATUS["salesforce"]] == "Approved"
    assert held_now["Registration_Id__c"] == house.registration(ref).registration_id
    house.daemon.close()


def test_the_recipe_of_a_referral(tmp_path: Path) -> None:
    """S25 with config/recipes/microsoft-referrals: a closed referral is never made active, and nobody is asked to."""
    house = built(tmp_path, door="port")
    words = ("New", "Active", "Closed", "Draft")
    house.org.change_field(SUBMISSION["salesforce"], STATUS["salesforce"], picklist=words)
    recipe(house, "microsoft-referrals")
    ref = house.submit("salesforce", CUSTOMER, house.partner("P-1", "Nordwind Systems GmbH"), status="New")
    house.settle()
    assert house.held(ref)[STATUS["salesforce"]] == "Active"
    count = len(house.intents(ref))

    house.org.automate(SUBMISSION["salesforce"], ref.record_id, {STATUS["salesforce"]: "Closed"})  # it expired
    house.settle()

    assert house.held(ref)[STATUS["salesforce"]] == "Closed"
    assert all("status" not in each.values for each in house.intents(ref)[count:])
    assert house.status(ref) is not Status.REGISTERED or "from 'Closed' to 'Active'" in held(house, ref)
    house.daemon.close()


def test_another_mapping_lets_go_what_waited(tmp_path: Path) -> None:
    house = built(tmp_path, door="port")
    lock(house, "salesforce", by_review("salesforce"))
    ref = submitted(house, "salesforce", "In review")
    house.settle()
    assert held(house, ref)

    lock(house, "salesforce", "        states: {Locked: none}\n")
    house.settle()

    assert house.held(ref)[STATUS["salesforce"]] == "Approved"
    assert held(house, ref) == ""
    house.daemon.close()


@pytest.mark.parametrize("crm", BOTH)
def test_doctor_tells_states_that_the_crm_does_not_have(tmp_path: Path, crm: str) -> None:
    house = built(tmp_path)
    lock(
        house,
        crm,
        f"        field: {REVIEW[crm]}\n        states: {{In Review: none}}\n        moves: {{Nwe: [Old]}}\n",
    )
    found = [each for each in house.daemon.connectors[crm].check() if each.code == "lock_state_missing"]

    assert {each.severity for each in found} == {Severity.ERROR}
    assert all(each.place.startswith(f"{crm}.yaml:") for each in found)
    told_words = " ".join(each.message for each in found)
    assert all(word in told_words for word in ("'In Review'", "'Nwe'", "'Old'", "In review."))
    house.daemon.close()


def test_a_locked_record_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    house = built(tmp_path, url=postgresql_url, door="port")
    lock(house, "hubspot", by_review("hubspot"))
    ref = submitted(house, "hubspot", "In review")
    house.settle()
    with house.ledger.read() as tx:
        assert [each.ref for each in links.held(tx, "hubspot", limit=10)] == [ref]
        assert not links.held(tx, "salesforce", limit=10)

    house.edit(ref, **{REVIEW["hubspot"]: "Draft"})
    house.settle()

    assert house.held(ref)[STATUS["hubspot"]] == "approved"
    house.daemon.close()
