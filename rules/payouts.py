"""What rewards amount to: how large each is, whether it is granted yet, and how it is split among the parties.

Pure computation over the rules that are due. Percentages are of the deal's amount or a part of it; where that is not known
the percentage stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rules.cases import StepResult
from rules.measures import amount_of, selected, sum_of
from rules.recipients import place_of, statuses_of_others
from rules.records import PROTECTED, Money, Reward, Status
from rules.roles import Role
from rules.situation import Situation
from rules.stacking import LOST, PENDING, Draft, capped, in_currency, part_of, stacked, times
from rules.stakes import stakes_of
from rules.windows import local_date

if TYPE_CHECKING:
    from rules.primitives.rewards import RewardRule

State = tuple[str, str | None]
Party = tuple[Role, str | None]

GRANTED: Final = "granted"
_WHOLE: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Due:
    """One reward that is to be given to someone."""

    rule: RewardRule
    role: Role
    partner_id: str | None


def state_of(rule: RewardRule, role: Role, situation: Situation) -> State:
    """Return whether a reward is granted, waits for a condition of payment, or is lost."""
    state: State = (GRANTED, None)
    for need in rule.needs:
        holds = need.require.test(situation.facts)
        if holds is False and need.is_final:
            return LOST, need.reason if need.reason != "reward_pending" else "reward_lost"
        if holds is not True and state[0] == GRANTED:
            state = (PENDING, need.reason)
    closer = _closer(situation) if role in (Role.OWNER, Role.SECOND) else GRANTED
    if closer == LOST:
        return LOST, "reward_lost"
    return (PENDING, "reward_pending") if closer == PENDING and state[0] == GRANTED else state


def payouts(due: Sequence[Due], situation: Situation, *, is_trial: bool = False) -> tuple[Reward, ...]:
    """Return what everyone gets. is_trial: as if the deal were registered, without a word in the explanation."""
    drafts: dict[Party, list[Draft]] = {}
    for each in due:
        reward = _sized(each, situation)
        if reward is None:
            continue
        if not is_trial:
            _tell(each.rule, reward, situation)
        drafts.setdefault((each.role, each.partner_id), []).append(Draft(each.rule.group or "", reward))
    rules, currency = situation.policy.rewards, situation.policy.currency
    chosen = situation.facts[rules.chosen_by] if rules.chosen_by is not None else None

    def alike(money: Money) -> Money:
        return in_currency(money, currency, situation) or money

    kept = {party: stacked(of_party, rules, chosen, alike) for party, of_party in drafts.items()}
    for party, rewards in _split(kept, situation).items():
        kept.setdefault(party, []).extend(rewards)
    given = tuple([each for rewards in kept.values() for each in capped(rewards, rules, situation)])
    if not is_trial:
        _tell_left_out(drafts, given, situation)
    return given


def beside(held: Sequence[Reward], fresh: Sequence[Reward], situation: Situation) -> tuple[Reward, ...]:
    """Return what everyone gets of rewards that were agreed before and of those that have become due since."""
    rules = situation.policy.rewards
    places = {rule.name: (place, rule.group or "") for place, rule in enumerate(rules.rules)}
    unknown = (len(places), "")
    drafts: dict[tuple[str, str | None], list[Draft]] = {}
    for each in sorted((*held, *fresh), key=lambda each: places.get(each.rule, unknown)[0]):
        group = places.get(each.rule, unknown)[1]
        drafts.setdefault((each.role, each.partner_id), []).append(Draft(group, each))
    chosen = situation.facts[rules.chosen_by] if rules.chosen_by is not None else None

    def alike(money: Money) -> Money:
        return in_currency(money, situation.policy.currency, situation) or money

    parties = [stacked(of_party, rules, chosen, alike) for of_party in drafts.values()]
    return tuple([each for rewards in parties for each in capped(rewards, rules, situation)])


def _closer(situation: Situation) -> str:
    """Return where the one who closes the deal alone is paid: granted, pending while it is open, lost to another."""
    if not situation.policy.parties.closer_only or situation.status is Status.WON:
        return GRANTED
    others = statuses_of_others(situation)
    if Status.WON in others:
        return LOST
    return PENDING if others & PROTECTED else GRANTED


def _sized(due: Due, situation: Situation) -> Reward | None:
    """Return the reward with its size; None where the rule gives nothing in this case."""
    rule, factor = due.rule, _share_of_place(due, situation)
    state, reason = state_of(rule, due.role, situation)
    percent, fixed, points = situation.pick(rule.percent), situation.pick(rule.amount), situation.pick(rule.points)
    if factor == 0 or (percent is None and fixed is None and points is None and rule.entitlement is None):
        return None
    money = fixed
    if percent is not None:
        base = _base(rule, situation)
        if base is not None and base.amount < 0:
            return None  # a share of less than nothing would be owed by the partner
        money = None if base is None else Money(amount=base.amount * percent / _WHOLE, currency=base.currency)
    return Reward(
        rule=rule.name,
        kind=rule.what,
        role=due.role,
        partner_id=due.partner_id,
        state=state,
        percent=None if percent is None else percent * factor,
        amount=None if money is None else _bounded(times(money, factor), rule, situation),
        points=None if points is None else points * factor,
        entitlement=rule.entitlement,
        reason=reason,
        until=_last_day(rule, situation),
    )


def _share_of_place(due: Due, situation: Situation) -> Decimal:
    by_rank = due.rule.by_rank
    if not by_rank or due.role not in (Role.OWNER, Role.SECOND):
        return Decimal(1)
    place = place_of(situation)
    return by_rank[place - 1] / _WHOLE if place <= len(by_rank) else Decimal(0)


def _base(rule: RewardRule, situation: Situation) -> Money | None:
    currency = situation.policy.currency
    if rule.base is not None:
        value: Money | None = rule.base.value(situation.facts)
        return value
    if rule.lines is not None:
        lines = selected(situation, rule.lines)
        return None if lines is None else sum_of(lines, situation, currency)
    return _won_amount(situation, currency) or amount_of(situation, currency)


def _won_amount(situation: Situation, currency: str) -> Money | None:
    """Return what a won deal was won with."""
    if situation.status is not Status.WON:
        return None
    won = [each.opportunity.amount for each in stakes_of(situation).ours if each.opportunity.is_won]
    return next((in_currency(each, currency, situation) for each in won if each is not None), None)


def _bounded(money: Money, rule: RewardRule, situation: Situation) -> Money:
    cap, floor = (in_currency(each, money.currency, situation) for each in (rule.cap, rule.floor))
    amount = money.amount
    if floor is not None:
        amount = max(amount, floor.amount)
    if cap is not None:
        amount = min(amount, cap.amount)
    return Money(amount=amount, currency=money.currency)


def _last_day(rule: RewardRule, situation: Situation) -> date | None:
    """Return the last day on which a lasting reward is paid; None before the win, or where it is paid once."""
    if rule.lasts is None or situation.status is not Status.WON or situation.since is None:
        return None
    return local_date(situation.end_of(rule.lasts, situation.since) - timedelta(microseconds=1), situation.policy.zone)


def _split(kept: dict[Party, list[Reward]], situation: Situation) -> dict[Party, list[Reward]]:
    """Take the shares of further parties out of the owner's rewards; return them by party."""
    shares = [
        (rule.role, party.partner_id, rule.share / _WHOLE)
        for rule in situation.policy.parties.rules
        if rule.share is not None and (party := situation.claim.parties.get(rule.role)) is not None
    ]
    given: dict[Party, list[Reward]] = {}
    for owner, rewards in kept.items():
        if owner[0] not in (Role.OWNER, Role.SECOND) or not shares:
            continue
        for role, partner_id, share in shares:
            parts = [
                replace(part_of(each, share), role=role, partner_id=partner_id) for each in rewards if _is_split(each)
            ]
            given.setdefault((role, partner_id), []).extend(parts)
        left = max(Decimal(0), 1 - sum((share for _, _, share in shares), Decimal(0)))
        kept[owner] = [part_of(each, left) if _is_split(each) else each for each in rewards]
    return given


def _is_split(reward: Reward) -> bool:
    return reward.percent is not None or reward.amount is not None or reward.points is not None


_RESULTS: Final = {GRANTED: StepResult.PASSED, PENDING: StepResult.UNKNOWN, LOST: StepResult.FAILED}


def _tell(rule: RewardRule, reward: Reward, situation: Situation) -> None:
    """Leave a reward's size, and what its payment waits for, in the explanation."""
    size = reward.entitlement or (f"{reward.points:f} points" if reward.points is not None else str(reward.amount))
    if reward.percent is not None:
        size = f"{reward.percent:f} %" + (
            f" = {reward.amount}" if reward.amount is not None else " of an unknown amount"
        )
    open_needs = [need.require.text for need in rule.needs if need.require.test(situation.facts) is not True]
    told = f"{rule.what} of {size} to {reward.role} {reward.partner_id or '(unknown)'}"
    if open_needs:
        told = f"{told}; {'lost' if reward.state == LOST else 'waits'}: {' and '.join(open_needs)}"
    situation.step(f"reward.{rule.name}", _RESULTS[reward.state], told)


def _tell_left_out(drafts: Mapping[Party, Sequence[Draft]], given: Sequence[Reward], situation: Situation) -> None:
    """Leave in the explanation what did not stand beside a party's other rewards."""
    kept = {(each.rule, each.role, each.partner_id) for each in given}
    names = [
        each.reward.rule
        for of_party in drafts.values()
        for each in of_party
        if (each.reward.rule, each.reward.role, each.reward.partner_id) not in kept
    ]
    if names:
        told = f"not beside the others ({situation.policy.rewards.stacking}): {', '.join(names)}"
        situation.step("rewards", StepResult.SKIPPED, told)
