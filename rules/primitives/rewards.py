"""Who is paid what, apart from ownership and protection (primitive 20).

Rewards are worked out when the deal is registered and kept with its terms: a tier or an amount that changes afterwards
changes nothing. They are worked out anew when the deal is won (by the amount it was won with), when it ends, when the
registration's kind, place or agreed deal changes. A reward that becomes due later is added to those that were agreed, unless
the deal has changed and nobody has accepted that yet. What still has to hold for payment is asked again at every decision.
How rewards add up is rules/payouts.py's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.measures import Lines
from rules.payouts import Due, beside, payouts, state_of
from rules.primitives.conversion import has_open_changes
from rules.recipients import recipients
from rules.records import OPEN, PROTECTED, Money, Reward, Status
from rules.roles import Role
from rules.setting import required, setting
from rules.situation import Situation
from rules.span import Span
from rules.stacking import LOST, PENDING, Stacking, is_unelected
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
    kind: RewardKind | None = setting(
        None,
        "discount, rebate, commission, fee, points, support, marketing, other. null: discount for a percentage, fee for an "
        "amount, points, other for an entitlement.",
    )
    to: Role = setting(Role.OWNER, "owner, second, loser, distributor, influencer, fulfiller, co_seller, unregistered.")
    when: Condition | None = setting(None, "Given only where this holds.")
    percent: Choice[Percent] | None = setting(None, "Percent of the base.")
    amount: Choice[Money] | None = setting(None, "A fixed amount.")
    points: Choice[Decimal] | None = setting(None, "Points.")
    entitlement: str | None = setting(None, "Something that is not money, in words.")
    lines: Lines | None = setting(None, "Only these lines of the deal are the base; null: the whole amount.")
    base: Formula | None = setting(
        None,
        "The base as an amount of money; null: the lines, or the deal's amount (of a won deal, its opportunity's).",
    )
    by_rank: tuple[Percent, ...] = setting(
        (),
        "Percent of the owner's reward by place: [100, 50] gives the second half and later ones nothing. "
        "Empty: only the first.",
    )
    cap: Money | None = setting(None, "At most this much money.")
    floor: Money | None = setting(None, "At least this much money.")
    group: str | None = setting(
        None, "Rewards of one group stack among themselves; groups exclude or add to each other."
    )
    needs: tuple[Need, ...] = setting((), "What must hold before it is paid.")
    lasts: Span | None = setting(None, "How long it is paid, counted from the win; null: once.")

    @property
    def what(self) -> RewardKind:
        """Return what kind of reward it is."""
        if self.kind is not None:
            return self.kind
        if self.percent is not None:
            return RewardKind.DISCOUNT
        if self.amount is not None:
            return RewardKind.FEE
        return RewardKind.POINTS if self.points is not None else RewardKind.OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """All rewards and how they add up."""

    rules: tuple[RewardRule, ...] = setting((), "The rewards.")
    stacking: Stacking = setting(Stacking.SUM, "Several at once: sum, max (the highest only), first, choice.")
    within_group: Stacking = setting(
        Stacking.MAX, "Several of one group: max, sum, first.", only=(Stacking.MAX, Stacking.SUM, Stacking.FIRST)
    )
    chosen_by: str | None = setting(
        None,
        "For choice: the text fact that names the group, such as deal.reward_choice. Until it is known all are pending.",
    )
    cap_percent: Percent | None = setting(None, "At most so many percent for one party.")
    cap: Money | None = setting(None, "At most so much money for one party.")
    floor: Money | None = setting(None, "At least so much money for a party that gets any.")


BASIS: Final = "rewarded"  # in a registration's memory: what its rewards were worked out from
_ENDED: Final = frozenset(
    {Status.LOST, Status.EXPIRED, Status.WITHDRAWN, Status.RECAPTURED, Status.SUPERSEDED, Status.REFUSED}
)
# Rewards that hang on holding the deal; influence and consolation do not.
_HELD: Final = frozenset({Role.OWNER, Role.SECOND, Role.DISTRIBUTOR, Role.FULFILLER, Role.CO_SELLER})


def rewards_of(situation: Situation) -> tuple[Reward, ...]:
    """Return who is paid what as things stand; the registration's own rewards where nothing has changed for them."""
    if not situation.policy.rewards.rules or situation.status in OPEN:
        return situation.rewards  # of a claim that is looked at once more: as they were until it is decided
    due = tuple(_due(situation))
    basis = _basis(due, situation)
    before = situation.memory.get(BASIS)
    if before is not None and _is_kept(before, basis):
        kept = tuple([_refreshed(each, situation) for each in situation.rewards])
        if not any(_is_lost(new) and not _is_lost(old) for new, old in zip(kept, situation.rewards, strict=True)):
            return _with_new(kept, due, before, situation)
    if due or situation.rewards:
        situation.memory[BASIS] = basis
    return (*payouts(due, situation), *_forfeited(situation))


def worth(situation: Situation) -> tuple[Decimal, ...]:
    """Return what the policy would give the owner: to compare two programmes."""
    due = tuple(
        [
            Due(rule, Role.OWNER, situation.partner_id)
            for rule in situation.policy.rewards.rules
            if rule.to is Role.OWNER
        ]
    )
    given = payouts([each for each in due if _applies(each.rule, situation)], situation, is_trial=True)
    zero = Decimal(0)
    return (
        sum((each.amount.amount for each in given if each.amount is not None), zero),
        sum((each.percent for each in given if each.percent is not None), zero),
        sum((each.points for each in given if each.points is not None), zero),
    )


def _due(situation: Situation) -> Iterator[Due]:
    """Yield the rewards whose condition holds, each with whom it goes to."""
    parts = recipients(situation)
    for rule in situation.policy.rewards.rules:
        given = [each for each in parts if each.gets(rule)]
        if given and _applies(rule, situation):
            yield from (Due(rule, each.role, each.partner_id) for each in given)


def _applies(rule: RewardRule, situation: Situation) -> bool:
    return rule.when is None or rule.when.test(situation.facts) is True


def _basis(due: tuple[Due, ...], situation: Situation) -> dict[str, Any]:
    """Return what a registration's rewards hang on. deal: as it was agreed, see conversion.py."""
    chosen_by = situation.policy.rewards.chosen_by
    return {
        "status": "held" if situation.status in PROTECTED else situation.status.value,
        "rank": situation.rank,
        "kind": situation.kind,
        "programme": situation.programme,
        "choice": situation.facts[chosen_by] if chosen_by is not None else None,
        "deal": situation.memory.get("deal"),
        "rules": sorted({_name(each) for each in due}),
    }


def _is_kept(before: dict[str, Any], now: dict[str, Any]) -> bool:
    """Tell whether the rewards stand as agreed. One whose condition holds no longer stays."""
    return all(before.get(name) == now[name] for name in now if name != "rules")


def _with_new(
    kept: tuple[Reward, ...], due: tuple[Due, ...], before: dict[str, Any], situation: Situation
) -> tuple[Reward, ...]:
    """Return the rewards with those beside them that have become due since; what was agreed keeps its size."""
    known = set(before["rules"])
    new = [each for each in due if _name(each) not in known]
    if not new or has_open_changes(situation):
        return kept
    situation.memory[BASIS] = {**before, "rules": sorted(known | {_name(each) for each in new})}
    return beside(kept, payouts(new, situation), situation)


def _name(due: Due) -> str:
    return f"{due.rule.name} to {due.role}"


def _refreshed(reward: Reward, situation: Situation) -> Reward:
    """Ask again what still has to hold for payment."""
    rule = next((each for each in situation.policy.rewards.rules if each.name == reward.rule), None)
    if rule is None or _is_lost(reward):
        return reward
    state, reason = state_of(rule, Role(reward.role), situation)
    if state != LOST and is_unelected(rule.group, situation):
        state, reason = PENDING, reason or "reward_pending"
    return replace(reward, state=state, reason=reason)


def _forfeited(situation: Situation) -> Iterator[Reward]:
    """Yield the rewards that went with the deal when the registration ended."""
    if situation.status in _ENDED:
        for each in situation.rewards:
            if each.role in _HELD:
                yield each if _is_lost(each) else replace(each, state=LOST, reason="reward_lost")


def _is_lost(reward: Reward) -> bool:
    return reward.state == LOST
