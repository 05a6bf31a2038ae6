"""`registrar rules diff`: the ledger under two versions of the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rules.records import CrmRef, Customer
from tests.console.past import put
from tests.rules.build import case, claim, usd, utc

NOW = utc("2026-03-02T10:05:00Z")
OLD = "name: acme\nversion: '1'\nholding: null\nthresholds:\n  - {name: least, at_least: 5000 USD}\n"
NEW = OLD.replace("'1'", "'2'").replace("5000", "30000")


def deal(number: int, amount: int) -> Any:
    of = claim("2026-03-02T10:00:00Z", number=number, amount=usd(amount))
    customer = Customer(name=f"Customer {number}", domain=f"customer{number}.de", country="DE")
    ref = CrmRef("salesforce", "Deal_Registration__c", f"a0{number}")
    return case(replace(of, customer=customer, ref=ref, facts={"region": "EMEA"}))


@pytest.fixture
def past(directory: Path, ledger: Any) -> Any:
    """Two registered deals, one of 20,000 and one of 40,000 USD, and a stricter candidate."""
    put(directory, ledger, deal(1, 20_000), NOW, rules=OLD, number=1)
    put(directory, ledger, deal(2, 40_000), NOW, rules=OLD, number=2)
    (directory / "rules.yaml").write_text(NEW, encoding="utf-8")
    return ledger


def test_what_differs_is_told_with_the_clause_that_made_the_difference(registrar: Any, past: Any) -> None:
    done = registrar("rules", "diff")

    assert done.exit_code == 1, done.stderr
    assert "2 decisions replayed, 1 differ; of 2 registrations, 1 stand otherwise at the end." in done.stdout
    assert "Settings that differ: thresholds." in done.stdout
    assert "20,000.00 USD < 30,000.00 USD" in done.stdout
    assert "REG-2026-00001" in done.stdout
    assert "REG-2026-00002" not in done.stdout


def test_it_is_summed_up_by_partner_and_region(registrar: Any, past: Any) -> None:
    told = json.loads(registrar("rules", "diff", "--json").stdout)

    assert (told["decisions"], told["differing"], told["settings"]) == (2, 1, ["thresholds"])
    assert told["by_region"][0] == {
        "name": "EMEA",
        "changes": 1,
        "owners": 1,
        "amounts": {"USD": "20000"},
        "rewards": {},
    }
    assert told["by_partner"][0]["name"] == "PTR-NORTHWIND"
    change = told["changes"][0]
    assert (change["old"]["status"], change["new"]["status"]) == ("registered", "refused")


def test_the_same_rules_differ_in_nothing(registrar: Any, past: Any) -> None:
    done = registrar("rules", "diff", "active", "active")

    assert done.exit_code == 0, done.stderr
    assert "nothing differs" in done.stdout


def test_a_file_and_a_version_may_be_named(registrar: Any, past: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(NEW, encoding="utf-8")

    assert registrar("rules", "diff", "1", str(other)).exit_code == 1


def test_rules_that_nothing_is_called_are_wrong_use(registrar: Any, past: Any) -> None:
    done = registrar("rules", "diff", "nonsense")

    assert done.exit_code == 2
    assert "rules history" in done.stderr
