"""`registrar rules`: the life of a policy, from a candidate to a version in force, and back in its history."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import policies
from rules.records import CrmRef, Customer
from tests.console.past import put
from tests.rules.build import case, claim, usd, utc

NOW = utc("2026-03-02T10:05:00Z")
OLD = "name: acme\nversion: '1'\nthresholds:\n  - {name: least, at_least: 5000 USD}\n"
NEW = OLD.replace("'1'", "'2'").replace("5000", "30000")


def deal(number: int) -> Any:
    """A deal of its own customer, 20,000 USD."""
    of = claim("2026-03-02T10:00:00Z", number=number, amount=usd(20_000))
    customer = Customer(name=f"Customer {number}", domain=f"customer{number}.de", country="DE")
    return case(replace(of, customer=customer, ref=CrmRef("salesforce", "Deal_Registration__c", f"a0{number}")))


@pytest.fixture
def past(directory: Path, ledger: Any) -> Any:
    """Three deals in holding, decided by version 1."""
    for number in (1, 2, 3):
        put(directory, ledger, deal(number), NOW, rules=OLD, number=number)
    return ledger


def candidate(directory: Path, text: str = NEW) -> None:
    (directory / "rules.yaml").write_text(text, encoding="utf-8")


def versions(ledger: Any) -> list[str]:
    with ledger.read() as tx:
        return [each.version for each in policies.history(tx)]


def test_what_would_change_is_shown_and_stops_above_the_limit(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)

    done = registrar("rules", "activate", "--max-changes", "2")

    assert done.exit_code == 5, done.stderr
    assert "REG-2026-00002" in done.stdout
    assert "3 live registrations would change; more than 2 need a word of yours." in done.stderr
    assert versions(past) == ["1"]


def test_up_to_the_limit_it_is_activated(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)

    done = registrar("rules", "activate", "--max-changes", "3")

    assert done.exit_code == 0, done.stderr
    assert "activated acme 2" in done.stdout
    assert versions(past) == ["1", "2"]


def test_yes_activates_whatever_would_change(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)

    assert registrar("rules", "activate", "--max-changes", "0", "--yes").exit_code == 0
    assert versions(past) == ["1", "2"]


def test_rules_that_are_in_force_are_not_activated_again(registrar: Any, past: Any) -> None:
    done = registrar("rules", "activate")

    assert (done.exit_code, versions(past)) == (0, ["1"])
    assert "in force already" in done.stderr


def test_invalid_rules_never_replace_those_in_force(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory, NEW + "nonsense: 1\n")

    done = registrar("rules", "activate", "--yes")

    assert done.exit_code == 2
    assert "nonsense" in done.stderr
    assert versions(past) == ["1"]


def test_a_later_day(registrar: Any, past: Any, directory: Path) -> None:
    """The first moment of the day in the policy's zone."""
    candidate(directory, NEW + "zone: Europe/Berlin\n")

    done = registrar("rules", "activate", "--yes", "--effective", "2027-07-01", "--json")

    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["effective_from"] == "2027-06-30T22:00:00Z"
    told = json.loads(registrar("rules", "history", "--json").stdout)
    assert [each["is_in_force"] for each in told] == [True, False]


def test_a_day_that_is_none(registrar: Any, past: Any) -> None:
    assert registrar("rules", "activate", "--effective", "soon").exit_code == 2


def test_what_stopped_is_told_as_json_too(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)

    told = json.loads(registrar("rules", "activate", "--max-changes", "0", "--json").stdout)

    assert (told["is_activated"], told["live"], len(told["changes"])) == (False, 3, 3)
    assert told["changes"][0]["old"] == "holding"
    assert told["changes"][0]["new"] == "refused"


def test_history_tells_who_when_and_how_much(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)
    registrar("rules", "activate", "--yes")

    told = json.loads(registrar("rules", "history", "--json").stdout)

    assert [(each["version"], each["decisions"], each["is_in_force"]) for each in told] == [
        ("1", 3, False),
        ("2", 0, True),
    ]
    assert told[1]["by"].startswith("person:")
    shown = registrar("rules", "history").stdout
    assert "in force" in shown
    assert "always" in shown


def test_history_names_the_candidate(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory)

    assert "is a candidate" in registrar("rules", "history").stderr


def test_history_is_readable_with_broken_rules(registrar: Any, past: Any, directory: Path) -> None:
    candidate(directory, "nonsense: [")

    assert registrar("rules", "history").exit_code == 0


def test_check_needs_neither_ledger_nor_credentials(registrar: Any, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("name: a\nversion: '1'\nthreshold: []\n", encoding="utf-8")

    done = registrar("rules", "check", str(tmp_path), environ={})

    assert done.exit_code == 2
    assert "thresholds" in done.stdout + done.stderr


def test_a_pass_goes_on_by_the_ledgers_rules_while_the_file_is_broken(
    registrar: Any, past: Any, directory: Path
) -> None:
    """Nobody listens at the CRMs' addresses here, so the pass fails; but it was started."""
    candidate(directory, "nonsense: [")

    done = registrar("sync", "--json")

    assert done.exit_code == 1, done.stderr
    assert versions(past) == ["1"]


def test_without_rules_in_the_ledger_a_broken_file_starts_nothing(registrar: Any, directory: Path) -> None:
    candidate(directory, "nonsense: [")

    assert registrar("sync").exit_code == 2
