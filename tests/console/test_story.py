"""`explain` of real decisions: the policy's own words, what would have changed the outcome, and an auditor's proof."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import policies
from tests.console.past import put
from tests.rules.build import CONTOSO, case, claim, partner, registered, rival, usd, utc

NOW = utc("2026-03-02T10:05:00Z")
MINE = claim("2026-03-02T10:00:00Z", amount=usd(4_000))
OTHER = claim(
    "2026-03-01T10:00:00Z",
    number=2,
    partner=partner(CONTOSO, name="Contoso Resellers"),
    amount=usd(77_777),
    products=("Quantum Suite",),
)
RIVALS = (rival(OTHER, registered(OTHER, start="2026-03-01T12:00:00Z")),)


@pytest.fixture
def told(directory: Path, ledger: Any) -> Any:
    """Record the decision of a case under the directory's rules, as sync does; return its registration id."""
    return lambda subject, rules="": put(directory, ledger, subject, NOW, rules=rules)


def test_support_reads_what_would_have_changed_it(registrar: Any, told: Any) -> None:
    name = told(case(MINE))

    done = registrar("explain", name)

    assert "What would have changed it" in done.stdout, done.stderr
    assert "Had the amount been 5,000.00 USD instead of 4,000.00 USD, it would be registered." in done.stdout


def test_partner_reads_it_too_when_it_is_their_own_claim(registrar: Any, told: Any) -> None:
    name = told(case(MINE))

    said = json.loads(registrar("explain", name, "-a", "partner", "--json").stdout)["said"]

    assert said[-1]["text"][-1] == "Had the amount been 5,000.00 USD instead of 4,000.00 USD, it would be registered."


def test_partner_learns_nothing_of_who_was_first(registrar: Any, told: Any) -> None:
    name = told(case(replace(MINE, amount=usd(20_000)), rivals=RIVALS))

    done = registrar("explain", name, "-a", "partner")

    assert "reached us earlier" in done.stdout
    for secret in ("Contoso", CONTOSO, "Quantum", "77,777", "REG-2026-a02", "a02", "2026-03-01"):
        assert secret not in done.stdout


def test_auditor_reads_hashes_and_the_policys_name(registrar: Any, told: Any, ledger: Any) -> None:
    name = told(case(MINE))

    done = registrar("explain", name, "-a", "auditor")

    with ledger.read() as tx:
        policy = policies.active(tx)
    assert policy is not None
    assert f"policy {policy.hash} ({policy.name} {policy.version})" in done.stdout
    assert "rests on" in done.stdout
    assert "below_minimum" in done.stdout


def test_words_are_those_of_the_policy_that_decided_even_after_the_file_changed(
    registrar: Any, told: Any, directory: Path
) -> None:
    rules = (
        "name: own\nversion: '1'\nthresholds:\n  - {name: least, at_least: 10000 USD, reason: too_small}\n"
        "reasons:\n  too_small: {partner: Too small for us., support: Below our least size.}\n"
    )
    name = told(case(MINE), rules)
    (directory / "rules.yaml").write_text("name: later\nversion: '2'\n", encoding="utf-8")

    assert "Too small for us." in registrar("explain", name, "-a", "partner").stdout
    assert "Below our least size. [too_small" in registrar("explain", name).stdout


def test_a_broken_rules_file_keeps_nobody_from_reading(registrar: Any, told: Any, directory: Path) -> None:
    name = told(case(MINE))
    (directory / "rules.yaml").write_text("nonsense: [", encoding="utf-8")

    done = registrar("explain", name)

    assert done.exit_code == 0, done.stderr
    assert "below_minimum" in done.stdout


def test_language_of_the_installation(registrar: Any, told: Any, directory: Path) -> None:
    name = told(case(MINE))
    (directory / "words").mkdir()
    (directory / "words" / "de.yaml").write_text(
        "reasons: {below_minimum: {partner: Zu klein.}}\nphrases: {nearest_other: '{fact}: {after} statt {before}.'}\n",
        encoding="utf-8",
    )
    main = directory / "registrar.yaml"
    main.write_text(main.read_text(encoding="utf-8") + "\nlanguage: de\n", encoding="utf-8")

    done = registrar("explain", name, "-a", "partner")

    assert "Zu klein." in done.stdout
    assert "amount: 5,000.00 USD statt 4,000.00 USD." in done.stdout
