"""Where law forbids exclusivity (primitive 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.expression import Condition
from rules.setting import setting

if TYPE_CHECKING:
    from rules.situation import Situation


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdictions:
    """Deals that several partners may register at once, whatever the precedence says."""

    equal_access: frozenset[str] = setting(
        frozenset[str](), "Countries (two letters) of the customer where nobody may hold a deal alone."
    )
    when: Condition | None = setting(None, "Other cases that require equal access: public tenders, for example.")
    is_reward_equal: bool = setting(
        True,
        "All registered partners get the reward of the first; false: each that of its place, in the order of precedence.",
    )


def ranks_equal_access(situation: Situation) -> bool:
    """Tell whether those who share a deal by law are paid by their place all the same."""
    return not situation.policy.jurisdictions.is_reward_equal and requires_equal_access(situation)


def requires_equal_access(situation: Situation) -> bool:
    """Tell whether law lets nobody hold this deal alone."""
    rules = situation.policy.jurisdictions
    if rules.equal_access and situation.facts["customer.country"] in rules.equal_access:
        return True
    return rules.when is not None and rules.when.test(situation.facts) is True
