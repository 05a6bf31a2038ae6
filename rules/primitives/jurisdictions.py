"""Where law forbids exclusivity (primitive 10)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.expression import Condition
from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdictions:
    """Deals that several partners may register at once, whatever the precedence says."""

    equal_access: frozenset[str] = setting(
        frozenset[str](), "Countries (two letters) of the customer where nobody may hold a deal alone."
    )
    when: Condition | None = setting(None, "Other cases that require equal access: public tenders, for example.")
    is_reward_equal: bool = setting(True, "All registered partners get the reward of the first.")
