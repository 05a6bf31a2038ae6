"""`registrar review`: what waits for a person, and a person's word, decided by the rules and pushed by the next pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.policy import read_policy
from rules.records import CrmRef, Status
from tests.sync.kit import STATUS, House

MANUAL = "name: manual\nversion: '1'\nholding: null\napproval: {is_automatic: false}\n"
BY_MANAGER = MANUAL + "commands: {allowed: [ada@vendor.example]}\n"


def house_of(directory: Path, rules: str) -> House:
    (directory / "rules.yaml").write_text(rules, encoding="utf-8")
    built = House(directory=directory, policy=read_policy(rules, "rules.yaml"), source=rules, door="port")
    built.clock.advance(60)
    return built


@pytest.fixture
def house(directory: Path) -> Iterator[House]:
    """Both CRMs and a daemon under rules that leave every approval to a person."""
    built = house_of(directory, MANUAL)
    yield built
    built.daemon.close()


@pytest.fixture
def ref(house: House) -> CrmRef:
    return waiting(house)


def waiting(house: House) -> CrmRef:
    """A submission in review."""
    found = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.settle()
    assert house.status(found) is Status.IN_REVIEW
    return found


def name_of(house: House, ref: CrmRef) -> str:
    return house.registration(ref).registration_id


def test_what_waits_is_listed_with_reason_and_advice(registrar: Any, house: House, ref: CrmRef) -> None:
    told = json.loads(registrar("review", "list", "--json").stdout)

    assert [(each["registration_id"], each["reason"]) for each in told] == [
        (name_of(house, ref), "no_automatic_approval")
    ]
    assert told[0]["advice"]
    assert "Wintermoor" in registrar("review", "list").stdout


def test_an_approval_is_decided_at_once_and_pushed_by_the_next_pass(registrar: Any, house: House, ref: CrmRef) -> None:
    done = registrar("review", "approve", name_of(house, ref), "--as", "ada@vendor.example")

    assert done.exit_code == 0, done.stderr
    assert "in_review -> registered  (approved_by_person)" in done.stdout
    assert house.status(ref) is Status.REGISTERED
    house.settle()
    assert house.held(ref)[STATUS["hubspot"]] == "approved"


def test_the_last_protected_day_may_be_given(registrar: Any, house: House, ref: CrmRef) -> None:
    registrar("review", "approve", name_of(house, ref), "--until", "2027-12-31")

    window = house.registration(ref).window
    assert window is not None
    assert window.end.isoformat() == "2028-01-01T00:00:00+00:00"


def test_a_refusal_with_its_reason(registrar: Any, house: House, ref: CrmRef) -> None:
    done = registrar("review", "refuse", name_of(house, ref), "--reason", "below_minimum")

    assert done.exit_code == 0, done.stderr
    assert house.registration(ref).reason == "below_minimum"


@pytest.mark.parametrize(
    ("word", "status"), [("return", Status.RETURNED), ("withdraw", Status.WITHDRAWN), ("research", Status.IN_REVIEW)]
)
def test_other_words(registrar: Any, house: House, ref: CrmRef, word: str, status: Status) -> None:
    registrar("review", word, name_of(house, ref))

    assert house.status(ref) is status


def test_asking_twice_changes_nothing(registrar: Any, house: House, ref: CrmRef) -> None:
    registrar("review", "approve", name_of(house, ref))
    before = len(house.entries(ref))

    done = registrar("review", "approve", name_of(house, ref))

    assert done.exit_code == 0
    assert "it already is registered" in done.stderr
    assert [each.type for each in house.entries(ref)][before:] in ([], ["command_received"])


def test_who_may_not_command_is_told_and_the_word_stands_as_a_proposal(registrar: Any, directory: Path) -> None:
    house = house_of(directory, BY_MANAGER)
    ref = waiting(house)

    done = registrar("review", "approve", name_of(house, ref), "--as", "eve@vendor.example")

    assert done.exit_code == 1
    assert "someone who may not command" in done.stderr
    assert house.status(ref) is Status.IN_REVIEW
    told = json.loads(registrar("review", "list", "--json").stdout)
    assert told[0]["proposed"].startswith("approve by #")
    assert "eve" not in json.dumps(told)

    followed = registrar("review", "follow", name_of(house, ref), "--as", "ada@vendor.example")
    assert followed.exit_code == 0, followed.stderr
    assert house.status(ref) is Status.REGISTERED
    house.daemon.close()


def test_a_proposal_is_dismissed(registrar: Any, directory: Path) -> None:
    house = house_of(directory, BY_MANAGER)
    ref = waiting(house)
    registrar("review", "refuse", name_of(house, ref), "--as", "eve@vendor.example")

    done = registrar("review", "dismiss", name_of(house, ref), "--as", "ada@vendor.example")

    assert done.exit_code == 0, done.stderr
    assert house.registration(ref).reason == "no_automatic_approval"
    assert json.loads(registrar("review", "list", "--json").stdout)[0]["proposed"] is None
    house.daemon.close()


def test_nothing_to_follow_is_told(registrar: Any, house: House, ref: CrmRef) -> None:
    done = registrar("review", "dismiss", name_of(house, ref))

    assert done.exit_code == 2
    assert "nobody proposed anything" in done.stderr


@pytest.mark.parametrize("words", [("approve", "REG-2026-99999"), ("extend", "REG", "--until", "soon")])
def test_wrong_use(registrar: Any, house: House, ref: CrmRef, words: tuple[str, ...]) -> None:
    given = [name_of(house, ref) if each == "REG" else each for each in words]

    assert registrar("review", *given).exit_code == 2


def test_an_objection_is_weighed_in_the_next_pass_and_no_side_learns_the_other(registrar: Any, directory: Path) -> None:
    house = house_of(directory, "name: holds\nversion: '1'\nholding: 24 h\n")
    ref = house.submit("hubspot", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    house.passes()
    name = name_of(house, ref)

    done = registrar("review", "object", name, "--by", "P-2", "--evidence", "meeting note", "--evidence", "quote")

    assert done.exit_code == 0, done.stderr
    house.passes()
    assert "P-2" not in registrar("explain", name, "-a", "partner").stdout
    assert "P-2" in registrar("explain", name).stdout
    house.daemon.close()


def test_no_ledger_is_told(registrar: Any) -> None:
    assert registrar("review", "approve", "REG-2026-00001").exit_code == 2
