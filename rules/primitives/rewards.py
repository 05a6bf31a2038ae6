"""Who is paid what, apart from ownership and protection (primitive 20)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.measures import Lines
from rules.records import Money
from rules.roles import Role
from rules.setting import required, setting
from rules.span import Span
from rules.values import Percent


class RewardKind(StrEnum):
    DISCOUNT = "discount"
    REBATE = "rebate"
    COMMISSION = "commission"
    FEE = "fee"
    POINTS = "points"  # percentage points or programme points
    SUPPORT = "support"  # not money: pre-sales help, engineers
    MARKETING = "marketing"  # not money: funds and campaigns
    OTHER = "other"


class Stacking(StrEnum):
    """What happens when several rewards apply to one party."""

    SUM = "sum"
    MAX = "max"
    FIRST = "first"
    CHOICE = "choice"  # the group that the partner elected


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A condition for payment; until it holds, the reward is pending."""

    require: Condition = required("Must hold before it is paid.")
    reason: str = setting("reward_pending", "Reason code while it does not hold.")
    is_final: bool = setting(False, "true: where it is false the reward is lost, not pending.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardRule:
    """One reward. Exactly one of percent, amount, points and entitlement says how much."""

    name: str = required("Short name, shown in decisions.")
    kind: RewardKind = setting(
        RewardKind.DISCOUNT, "discount, rebate, commission, fee, points, support, marketing, other."
    )
    to: Role = setting(Role.OWNER, "owner, second, loser, distributor, influencer, fulfiller, co_seller, unregistered.")
    when: Condition | None = setting(None, "Given only where this holds.")
    percent: Choice[Percent] | None = setting(None, "Percent of the base.")
    amount: Choice[Money] | None = setting(None, "A fixed amount.")
    points: Choice[Decimal] | None = setting(None, "Points.")
    entitlement: str | None = setting(None, "Something that is not money, in words.")
    lines: Lines | None = setting(None, "Only these lines of the deal are the base; null: the whole amount.")
    base: Formula | None = setting(None, "The base as an amount of money; null: deal.amount or the lines.")
    by_rank: tuple[Percent, ...] = setting((), "Percent of the reward by rank: [100, 50] gives the second half.")
    cap: Money | None = setting(None, "At most this much.")
    floor: Money | None = setting(None, "At least this much.")
    group: str | None = setting(
        None, "Rewards of one group stack among themselves; groups exclude or add to each other."
    )
    needs: tuple[Need, ...] = setting((), "What must hold before it is paid.")
    lasts: Span | None = setting(None, "How long it is paid after the win; null: once.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """All rewards and how they add up."""

    rules: tuple[RewardRule, ...] = setting((), "The rewards.")
    stacking: Stacking = setting(Stacking.SUM, "Several at once: sum, max (the highest only), first, choice.")
    within_group: Stacking = setting(Stacking.MAX, "Several of one group: max, sum, first.")
    chosen_by: str | None = setting(None, "For choice: the text fact that names the group, such as deal.reward_choice.")
    cap_percent: Percent | None = setting(None, "At most so many percent for one party.")
    cap: Money | None = setting(None, "At most so much for one party.")
