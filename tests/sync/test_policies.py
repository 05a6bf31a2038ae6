"""Versions of a policy: which one decides a claim, what a registration keeps, and what a changed file is worth."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from config.policy import read_policy
from ledger import policies
from rules.errors import ConfigError, Problem
from rules.records import Status
from sync.candidate import Candidate
from tests.sync.kit import SETTLED_S, House

FIRST = "name: plain\nversion: '1'\nholding: null\nprotection: {length: 90 days}\n"
SHORTER = FIRST.replace("90 days", "30 days").replace("'1'", "'2'")
MANUAL = "name: plain\nversion: '3'\nholding: null\napproval: {is_automatic: false}\n"
PROBLEM = Problem(file="rules.yaml", line=3, column=1, key="holding", message="is no length of time.")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(directory=tmp_path, door="port", source=FIRST, policy=read_policy(FIRST, "rules.yaml"))
    yield built
    built.daemon.close()


def test_registration_keeps_the_policy_of_its_terms_and_new_claims_get_the_new_one(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    early = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    second = house.activate(SHORTER, since=house.clock.now())
    late = house.submit("hubspot", "Alpenblick Kliniken GmbH", partner)
    house.settle()

    before, after = house.registration(early), house.registration(late)
    assert (before.policy_hash, after.policy_hash) == (house.policy.hash, second.hash)
    assert before.window is not None and after.window is not None
    assert after.window.end - after.window.start < timedelta(days=31) < before.window.end - before.window.start


def test_claim_is_decided_by_the_version_in_force_at_its_submission(house: House) -> None:
    """A claim that was made before the new version's day is decided by the old one, however late."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.passes()
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.clock.advance(60)
    house.activate(MANUAL, since=house.clock.now())
    later = house.submit("salesforce", "Alpenblick Kliniken GmbH", partner)
    house.settle()

    assert (house.status(ref), house.status(later)) == (Status.REGISTERED, Status.IN_REVIEW)


def test_version_with_a_later_day_waits_for_it_and_then_open_claims_are_decided_anew(tmp_path: Path) -> None:
    by_decision = MANUAL + "applies_by: decision\n"
    house = House(directory=tmp_path, door="port", source=by_decision, policy=read_policy(by_decision, "rules.yaml"))
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    automatic = FIRST + "applies_by: decision\n"
    house.activate(automatic, since=house.clock.now() + timedelta(days=2))
    house.settle()
    waiting = house.status(ref)
    house.passes(2, pause_s=2 * 86_400)

    assert (waiting, house.status(ref)) == (Status.IN_REVIEW, Status.REGISTERED)
    house.daemon.close()


def test_policy_is_read_back_from_the_ledger_by_a_new_process(house: House) -> None:
    """The file may be another or broken by now: what is in force is what was activated."""
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.passes()
    house.daemon.close()
    house.policy = read_policy(MANUAL, "rules.yaml")
    house.start()
    house.settle()

    assert house.status(ref) is Status.REGISTERED
    with house.ledger.read() as tx:
        assert [each.text for each in policies.history(tx)] == [FIRST]


def test_daemon_goes_on_with_the_ledgers_policy_when_the_file_is_invalid(house: House) -> None:
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.passes()
    house.daemon.close()
    daemon = house.start()
    daemon._candidate = Candidate(None, read_policy, policy=house.policy, problems=(PROBLEM,))

    with capture_logs() as logged:
        house.settle()

    assert house.status(ref) is Status.REGISTERED
    told = [each for each in logged if each["event"] == "policy_rejected"]
    assert len(told) == 1 and "is no length of time" in told[0]["error"]


def test_first_start_with_an_invalid_file_is_refused(house: House) -> None:
    daemon = house.daemon
    daemon.settings = replace(daemon.settings, policy_problems=(PROBLEM,))

    with pytest.raises(ConfigError) as refused:
        daemon.run_once()

    assert list(refused.value.problems) == [PROBLEM]


def test_changed_file_is_a_candidate_told_once_for_each_version(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(FIRST)
    policy = read_policy(FIRST, "rules.yaml")
    candidate = Candidate(path, read_policy, policy=policy)
    structlog.reset_defaults()

    told = []
    for number, text in enumerate((FIRST, SHORTER, SHORTER, "holding: [", FIRST + "# the same\n")):
        path.write_text(text)
        os.utime(path, (number, number))
        with capture_logs() as logged:
            candidate.look(policy.hash)
            candidate.look(policy.hash)
        told.append([each["event"] for each in logged])

    assert told == [[], ["policy_candidate"], [], ["policy_rejected"], []]


def test_activation_that_repeats_the_last_one_changes_nothing(house: House) -> None:
    house.passes()
    house.activate(FIRST)
    with house.ledger.read() as tx:
        assert len(policies.history(tx)) == 1


def test_activation_leaves_what_was_granted_as_it_is(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.settle()
    held = house.registration(ref)
    house.activate(SHORTER, since=house.clock.now())
    house.passes(pause_s=SETTLED_S)

    assert house.registration(ref).window == held.window
    assert {entry.policy_hash for entry in house.entries(ref)} == {house.policy.hash}
