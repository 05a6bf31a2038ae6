"""What `rules check` can know of conditions without facts. Every "never", "always" and "covered" must be certain."""

from __future__ import annotations

import pytest

from rules.expression import Condition
from rules.expression.reasoning import always_holds, can_hold, constant, is_covered
from tests.rules.expressions import TYPES


def condition(text: str) -> Condition:
    return Condition(text, TYPES)


@pytest.mark.parametrize(
    "text",
    [
        "n > 5 and n < 5",
        "n > 5 and n <= 5",
        "n >= 5 and n <= 5 and n != 5",
        "5 < n < 6 and n in {5, 6, 7}",
        "n == 5 and n == 6",
        "n > 5 and not (n > 4)",
        "tier == 'gold' and tier == 'silver'",
        "tier == 'gold' and tier != 'GOLD'",
        "tier in {'gold', 'silver'} and tier not in {'Gold', 'Silver', 'bronze'}",
        "amount > 5,000 USD and amount < 5,000 USD",
        "day > 2026-03-01 and day < 2026-02-01",
        "at > 2026-03-01 and at < 2026-02-01",
        "ok and not ok",
        "ok == true and not ok",
        "n is unknown and n > 5",
        "n is unknown and n is known",
        "any_of(products, {'a', 'b'}) and none_of(products, {'A', 'b', 'c'})",
        "all_of(products, {'a', 'b'}) and 'a' not in products",
        "k < n and n < k",
        "n == k and n != k",
        "(n > 5 or n > 6) and (n < 3 or n < 4)",
        "weekday(day) in {'sat', 'sun'} and weekday(day) == 'mon'",
        "count(products) >= 3 and count(products) < 2",
        "not (n > 5 or n <= 5)",
        "false",
        " and ".join(f"n != {number}" for number in range(300)) + " and n == 7",
    ],
)
def test_never(text: str) -> None:
    assert constant(condition(text)) is False


@pytest.mark.parametrize(
    "text",
    [
        "n > 5 or n <= 5",
        "n < 7 or n > 5",
        "tier == 'gold' or tier != 'Gold'",
        "not (n > 5 and n < 4)",
        "ok or not ok",
        "n is known or n is unknown",
        "tier in {'a'} or tier not in {'a', 'b'} or tier == 'B'",
        "day <= 2026-03-01 or day > 2026-02-01",
        "any_of(products, {'a'}) or none_of(products, {'a'})",
        "k < n or n < k or n == k",
        "true",
    ],
)
def test_always(text: str) -> None:
    assert constant(condition(text)) is True


@pytest.mark.parametrize(
    "text",
    [
        "n > 5 and n < 7",
        "n >= 5 and n <= 5",
        "tier == 'gold' or tier == 'silver'",
        "tier != 'gold' and tier != 'silver'",
        "amount > 5,000 USD and amount < 4,000 EUR",
        "at > 2026-03-01 and at < 2026-03-01T09:00Z",
        "n + 1 > 5 and n < 2",  # never, but arithmetic is not seen through
        "all_of(products, {'a'}) and all_of(products, {'b'})",
        "unknown_n > 5 or ok",
        "(n if ok else k) > 5",
        "products == {'a'}",
    ],
)
def test_depends(text: str) -> None:
    assert constant(condition(text)) is None


@pytest.mark.parametrize(
    ("special", "general"),
    [
        ("n > 6", ["n > 5"]),
        ("n == 6", ["n >= 6"]),
        ("n > 6 and ok", ["n > 6"]),
        ("tier == 'gold'", ["tier in {'Gold', 'silver'}"]),
        ("tier in {'gold', 'silver'}", ["tier == 'gold'", "tier == 'silver'"]),
        ("100 <= n < 200", ["n < 150", "n >= 150"]),
        ("amount > 500 USD", ["amount > 400 USD"]),
        ("amount > 500 USD", ["amount is known"]),
        ("day == 2026-03-01", ["2026-01-01 <= day <= 2026-12-31"]),
        ("all_of(products, {'a', 'b'})", ["any_of(products, {'a', 'c'})"]),
        ("n < k", ["k > n", "ok"]),
        ("n > 5 and n < 4", ["ok"]),  # never holds itself
    ],
)
def test_covered(special: str, general: list[str]) -> None:
    """A rule behind such others is never reached."""
    assert is_covered(condition(special), [condition(each) for each in general])


@pytest.mark.parametrize(
    ("special", "general"),
    [
        ("n > 5", ["n > 6"]),
        ("n > 5", ["n > 6 and ok"]),
        ("n > 5", ["k > 5 or k <= 5"]),  # which is unknown where k is
        ("n > 5", []),
        ("100 <= n < 200", ["n < 150", "n > 150"]),
        ("amount > 500 USD", ["amount > 400 EUR"]),
        ("tier != 'gold'", ["tier == 'silver'"]),
    ],
)
def test_not_covered(special: str, general: list[str]) -> None:
    assert not is_covered(condition(special), [condition(each) for each in general])


def test_conditions_that_exclude_each_other() -> None:
    assert not can_hold(condition("tier == 'gold'"), condition("tier == 'silver'"))
    assert can_hold(condition("tier == 'gold'"), condition("country == 'DE'"))
    assert always_holds(condition("n is known or n is unknown"))


def test_large_conditions_are_given_up_on() -> None:
    """Three thousand alternatives of two things each: no answer is certain, and none takes long."""
    large = condition(" or ".join(f"(n == {number} and k == {number})" for number in range(3000)))

    assert constant(large) is None
    assert constant(condition(" or ".join(f"n == {number}" for number in range(3000)))) is None
    assert constant(condition(" and ".join(f"(n > {number} or ok)" for number in range(1500)))) is None
