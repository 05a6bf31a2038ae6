"""Explanations clause by clause, and the constants a counterfactual tries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.expression import Condition
from tests.rules.expressions import FACTS, TYPES, Known, usd

Row = tuple[str, bool | None, bool]


def explained(text: str, **changes: Any) -> list[Row]:
    clauses = Condition(text, TYPES).explain(Known({**FACTS, **changes}))
    return [(each.text, each.result, each.decides) for each in clauses]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount < 10,000 USD", [("amount 20,000.00 USD < 10,000.00 USD", False, True)]),
        ("price >= 20,000 USD", [("price 18,600.00 EUR >= 20,000.00 USD", True, True)]),
        ("tier in {'silver', 'gold'}", [("tier Gold in {silver, gold}", True, True)]),
        ("'Radar' not in products", [("Radar not in products {Endpoint, Firewall}", True, True)]),
        ("unknown_n > 5", [("unknown_n unknown > 5", None, True)]),
        ("unknown_n is unknown", [("unknown_n unknown is unknown", True, True)]),
        ("ok", [("ok true", True, True)]),
        ("not ok", [("not ok true", False, True)]),
        ("day + 90 days > today", [("day + 90 days (2026-05-30) > today 2026-05-01", True, True)]),
        ("amount * 10 % > 5 USD", [("amount * 10 % (2,000.00 USD) > 5.00 USD", True, True)]),
        ("count(products) >= 2", [("count(products) (2) >= 2", True, True)]),
        (
            "any_of(products, {'Radar'})",
            [("any_of(products, {'Radar'}) with products {Endpoint, Firewall}", False, True)],
        ),
        ("at > 2026-03-01T09:00Z", [("at 2026-03-01 23:30Z > 2026-03-01 09:00Z", True, True)]),
        # Of a conjunction that fails, what is false decides; of one that holds, everything does.
        ("n > 5 and k > 5", [("n 7 > 5", True, False), ("k 2.5 > 5", False, True)]),
        ("n > 5 and k < 5", [("n 7 > 5", True, True), ("k 2.5 < 5", True, True)]),
        ("n > 9 or k < 5", [("n 7 > 9", False, False), ("k 2.5 < 5", True, True)]),
        ("n > 9 or k > 5", [("n 7 > 9", False, True), ("k 2.5 > 5", False, True)]),
        ("n > 5 and unknown_n > 5", [("n 7 > 5", True, False), ("unknown_n unknown > 5", None, True)]),
        (
            "not (n > 5 and (ok or bad))",
            [("n 7 > 5", True, True), ("ok true", True, True), ("bad false", False, False)],
        ),
        ("5 < n <= 6", [("5 < n 7", True, False), ("n 7 <= 6", False, True)]),
    ],
)
def test_clauses(text: str, expected: list[Row]) -> None:
    assert explained(text) == expected


def test_clauses_tell_the_facts_they_rest_on() -> None:
    (clause,) = Condition("n + k > n * 2", TYPES).explain(FACTS)

    assert clause.facts == (("n", Decimal(7)), ("k", Decimal("2.5")))


def test_long_texts_are_cut() -> None:
    ((text, _, _),) = explained("tier == 'x'", tier="y" * 500)

    assert len(text) < 120


def test_amounts_keep_their_fractions() -> None:
    ((text, _, _),) = explained("amount == 5 USD", amount=usd("0.125"))

    assert text == "amount 0.125 USD == 5.00 USD"


def test_constants_that_facts_are_compared_with() -> None:
    text = (
        "amount >= 5 USD and 7 > n and tier in {'Gold', 'x'} and not (day != 2026-03-01) and 'a' in products "
        "and any_of(products, {'b'}) and unknown_n is known and contains(tier, 'ol') and bad and n > k and (n + 1) > 2"
    )

    assert [(each.fact, each.operator, each.value) for each in Condition(text, TYPES).thresholds] == [
        ("amount", ">=", usd(5)),
        ("n", "<", Decimal(7)),
        ("tier", "in", frozenset({"Gold", "x"})),
        ("day", "!=", date(2026, 3, 1)),
        ("products", "has", "a"),
        ("products", "any_of", frozenset({"b"})),
        ("unknown_n", "is", "known"),
        ("tier", "contains", "ol"),
        ("bad", "==", True),
    ]
