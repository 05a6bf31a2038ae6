"""`registrar rules test`: the cases beside the rules, and what is not as they expect."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RULES = "name: acme\nversion: '1'\nholding: null\nthresholds:\n  - {name: least, at_least: 5000 USD}\n"
CASES = """
cases:
  a small deal:
    when: [{submit: A, amount: 4000 USD}]
    then: {A: {status: refused, reason: below_minimum}}
  a good deal:
    when: [{submit: A, amount: 8000 USD}]
    then: {A: registered}
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    place = tmp_path / "programme"  # beside the directory that `init` wrote, which has cases of its own
    place.mkdir()
    (place / "rules.yaml").write_text(RULES, encoding="utf-8")
    (place / "cases.yaml").write_text(CASES, encoding="utf-8")
    return place


def test_cases_that_pass(registrar: Any, place: Path) -> None:
    done = registrar("rules", "test", str(place))

    assert done.exit_code == 0, done.stderr
    assert "ok    a small deal" in done.stdout
    assert "2 cases, none failed" in done.stderr


def test_a_case_that_fails_shows_expected_got_and_why(registrar: Any, place: Path) -> None:
    (place / "cases.yaml").write_text(CASES.replace("A: registered", "A: refused"), encoding="utf-8")

    done = registrar("rules", "test", str(place))

    assert done.exit_code == 1
    assert "FAIL  a good deal" in done.stdout
    assert "cases.yaml:8: A, status, at 2026-03-02 09:00Z" in done.stdout
    assert "expected: refused" in done.stdout
    assert "got:      registered" in done.stdout
    assert "ok  threshold.least: amount 8,000.00 USD >= 5,000.00 USD" in done.stdout
    assert "2 cases, 1 failed" in done.stderr


def test_only_some_cases(registrar: Any, place: Path) -> None:
    done = registrar("rules", "test", str(place), "--only", "SMALL")

    assert "1 case, none failed" in done.stderr
    assert registrar("rules", "test", str(place), "--only", "nothing").exit_code == 2


def test_as_json(registrar: Any, place: Path) -> None:
    (place / "cases.yaml").write_text(CASES.replace("A: registered", "A: refused"), encoding="utf-8")

    told = json.loads(registrar("rules", "test", str(place), "--json").stdout)

    small, good = told[0]["cases"]
    assert (small["is_passed"], small["failures"]) == (True, [])
    assert (good["failures"][0]["key"], good["failures"][0]["got"]) == ("status", "registered")
    assert good["failures"][0]["steps"]


def test_no_cases_is_wrong_use(registrar: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    done = registrar("rules", "test", str(empty))

    assert done.exit_code == 2
    assert "No cases" in done.stderr


def test_problems_of_all_files_are_told_at_once(registrar: Any, place: Path) -> None:
    (place / "cases").mkdir()
    (place / "cases" / "more.yaml").write_text("cases:\n  x: {when: [{submitt: A}], then: {A: ok}}\n", encoding="utf-8")
    (place / "cases.yaml").write_text(CASES.replace("4000 USD", "much"), encoding="utf-8")

    done = registrar("rules", "test", str(place))

    assert done.exit_code == 2
    assert "much" in done.stderr
    assert "submitt" in done.stderr
