"""A comparison in two processes comes to what it comes to in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.replay import fill, stricter
from console import past
from console.beside import beside, can_fork
from ledger.engine import open_ledger
from rules.policy import Policy
from rules.records import Status
from rules.replay import Outcome
from tests.rules.build import utc

NOW = utc("2030-01-01T00:00:00Z")
OLD = Policy(hash="recorded")

pytestmark = pytest.mark.skipif(not can_fork(), reason="needs a second processor and fork")


def test_two_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    fill(ledger, 1_200)
    with ledger.read() as tx:
        alone = past.compare(tx, OLD, stricter(), now=NOW)
        monkeypatch.setattr(past, "_SECOND_PROCESS_FROM", 0)
        together = past.compare(tx, OLD, stricter(), now=NOW)
    ledger.close()
    assert alone.differing > 100
    assert together == alone


def test_what_goes_wrong_in_the_second_process_is_told() -> None:
    def work() -> list[Any]:
        raise ValueError("no ledger here")

    with beside(OLD, work) as theirs, pytest.raises(ValueError, match="no ledger here"):
        next(theirs.outcomes)


def test_a_comparison_that_is_given_up_leaves_no_process(outcome: Outcome) -> None:
    def work() -> Iterator[Any]:
        while True:
            yield outcome

    with beside(OLD, work) as theirs:
        assert next(theirs.outcomes) == outcome
    assert theirs.policy is OLD


@pytest.fixture
def outcome() -> Outcome:

    return Outcome(status=Status.REGISTERED, reason="approved_automatically", owner="PTR-1")


def test_an_outcome_survives_the_way_between_processes(outcome: Outcome) -> None:
    other = replace(outcome, owner=None)

    def work() -> Iterator[Any]:
        yield outcome
        yield {"REG-1": other}

    with beside(OLD, work) as theirs:
        assert next(theirs.outcomes) == outcome
        assert theirs.ends() == {"REG-1": other}
