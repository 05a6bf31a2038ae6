"""How many registrations a partner may have at once, or submissions in a period (primitive 5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action
from rules.choice import Choice
from rules.expression import Condition
from rules.setting import required, setting


class Counts(StrEnum):
    """What a quota counts."""

    LIVE = "live"  # the partner's registrations that hold a deal now
    SUBMISSIONS = "submissions"  # the partner's earlier submissions of the period, those refused for a quota apart


class Period(StrEnum):
    """Periods of the calendar, in the policy's zone. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Alike(StrEnum):
    """What counted claims must have in common with this one, besides the partner."""

    PRODUCT = "product"
    PROGRAMME = "programme"
    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One limit per partner."""

    name: str = required("Short name, shown in decisions.")
    counts: Counts = setting(Counts.LIVE, "live registrations, or submissions.")
    per: Period | None = setting(None, "For submissions: day, week, month, quarter, year.")
    limit: Choice[int] = required("The most there may be, this one among them.")
    alike: frozenset[Alike] = setting(frozenset[Alike](), "Count only those alike in: product, programme, kind.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    when_full: Action = setting(Action.REFUSE, "refuse, review, wait (until there is room), off.")
    reason: str = setting("capacity_reached", "Reason code of a refusal.")
