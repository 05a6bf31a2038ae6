"""Settings that differ from case to case."""

from __future__ import annotations

from rules.choice import Choice, Row
from rules.expression import Condition
from tests.rules.expressions import FACTS, TYPES, Known

BY_TIER: Choice[int] = Choice(
    (
        Row(120, Condition("tier in {'gold', 'platinum'}", TYPES), "gold, platinum"),
        Row(90, Condition("tier == 'silver'", TYPES), "silver"),
        Row(60),
    )
)


def test_the_first_row_that_holds_gives_the_value() -> None:
    assert BY_TIER.value(FACTS) == 120
    assert BY_TIER.value(Known(tier="Silver")) == 90
    row = BY_TIER.pick(FACTS)
    assert row is not None
    assert row.label == "gold, platinum"


def test_a_row_that_is_unknown_is_passed_over() -> None:
    assert BY_TIER.value(Known()) == 60


def test_no_row_no_value() -> None:
    choice = Choice(BY_TIER.rows[:2])

    assert choice.value(Known(tier="bronze")) is None
    assert choice.pick(Known(tier="bronze")) is None


def test_a_plain_value_asks_no_fact() -> None:
    """Not even facts that cannot be asked."""
    nobody: Known = None  # type: ignore[assignment]

    assert Choice.always(5).value(nobody) == 5
    assert Choice.always(5).is_constant
    assert not BY_TIER.is_constant
