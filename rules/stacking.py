"""How several rewards of one party add up, exclude each other and are capped.

Rewards are compared only with their like (money with money, points with points), so that help or marketing funds stay
beside money whatever the stacking. What is lost takes no part in any of it and is told all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.records import Money, Reward
from rules.situation import Situation

if TYPE_CHECKING:
    from rules.primitives.rewards import Rewards


class Stacking(StrEnum):
    """What happens when several rewards apply to one party."""

    SUM = "sum"
    MAX = "max"
    FIRST = "first"
    CHOICE = "choice"  # the group that the partner elected


@dataclass(frozen=True, slots=True)
class Draft:
    """A reward with its size, before it is held against the party's others."""

    group: str  # empty: on its own
    reward: Reward


Alike = Callable[[Money], Money]

PENDING: Final = "pending"
LOST: Final = "lost"
_CENT: Final = Decimal("0.01")


def stacked(drafts: Sequence[Draft], rules: Rewards, chosen: str | None, alike: Alike) -> list[Reward]:
    """Return what one party keeps of its rewards. What is lost takes no part in the comparison and is told all the same.

    chosen: the group that the partner elected. alike: amounts in one currency, for comparison.
    """
    lost = [each.reward for each in drafts if each.reward.state == LOST]
    groups: dict[str, list[Reward]] = {}
    for number, each in enumerate(drafts):
        if each.reward.state != LOST:
            groups.setdefault(each.group or f"#{number}", []).append(each.reward)
    inner = {name: _best([[each] for each in members], rules.within_group, alike) for name, members in groups.items()}
    if rules.stacking is not Stacking.CHOICE:
        return [*_best(list(inner.values()), rules.stacking, alike), *lost]
    return [*_elected(inner, chosen), *lost]


def is_unelected(group: str | None, situation: Situation) -> bool:
    """Tell whether a reward of this group waits for the partner's choice."""
    rules = situation.policy.rewards
    if rules.stacking is not Stacking.CHOICE or not group:
        return False
    return rules.chosen_by is None or situation.facts[rules.chosen_by] is None


def _elected(groups: dict[str, list[Reward]], chosen: str | None) -> Iterator[Reward]:
    """Yield the group that was elected and what belongs to none; before the election all of it, pending."""
    for name, members in groups.items():
        if name.startswith("#") or (chosen is not None and name.casefold() == chosen.casefold()):
            yield from members
        elif chosen is None:
            yield from (replace(each, state=PENDING, reason=each.reason or "reward_pending") for each in members)


def _best(groups: Sequence[list[Reward]], stacking: Stacking, alike: Alike) -> list[Reward]:
    if stacking is Stacking.FIRST:
        return groups[0] if groups else []
    worth = [_worth(group, alike) for group in groups] if stacking is Stacking.MAX else []
    kept = [
        group
        for place, group in enumerate(groups)
        if not any(_beats(worth, other, place) for other in range(len(worth)))
    ]
    return [each for group in kept for each in group]


def _beats(worth: Sequence[Mapping[str, Decimal]], other: int, place: int) -> bool:
    """Tell whether one group is worth at least as much as another in all that the other gives; of equals the first."""
    if other == place:
        return False
    theirs, mine = worth[other], worth[place]
    if not mine or any(theirs.get(measure, Decimal(-1)) < value for measure, value in mine.items()):
        return False
    return theirs != mine or other < place


def _worth(rewards: Iterable[Reward], alike: Alike) -> dict[str, Decimal]:
    """Return what rewards are worth by measure; what is neither money, percent nor points has no worth to compare."""
    total: dict[str, Decimal] = {}
    for each in rewards:
        if each.amount is not None:
            money = alike(each.amount)
            measure, value = money.currency, money.amount
        elif each.percent is not None:
            measure, value = "percent", each.percent
        elif each.points is not None:
            measure, value = "points", each.points
        else:
            continue
        total[measure] = total.get(measure, Decimal(0)) + value
    return total


def capped(rewards: Sequence[Reward], rules: Rewards, situation: Situation) -> list[Reward]:
    """Hold one party's rewards to what it may get in all; what is too much is taken from the later ones.

    One of which nothing is left is left out.
    """
    found = list(rewards)
    left: Decimal | None = rules.cap_percent
    for place, each in enumerate(found):
        if left is not None and each.percent and each.state != LOST:
            found[place] = each if each.percent <= left else part_of(each, left / each.percent)
            left = max(Decimal(0), left - each.percent)
    return [each for each in _within_money(found, rules, situation) if not _is_nothing(each)]


def _is_nothing(reward: Reward) -> bool:
    return reward.percent == 0 or (reward.amount is not None and not reward.amount.amount)


def _within_money(found: list[Reward], rules: Rewards, situation: Situation) -> list[Reward]:
    """Hold the sum of a party's money between the least and the most that it may get, in the policy's currency."""
    if rules.cap is None and rules.floor is None:
        return found
    currency, total = situation.policy.currency, Decimal(0)
    cap, floor = (in_currency(each, currency, situation) for each in (rules.cap, rules.floor))
    first: int | None = None
    for place, each in enumerate(found):
        worth = None if each.state == LOST else in_currency(each.amount, currency, situation)
        if worth is None or each.amount is None or not worth.amount:
            continue
        first = place if first is None else first
        given = worth.amount if cap is None else min(worth.amount, max(Decimal(0), cap.amount - total))
        total += given
        if given < worth.amount:
            found[place] = replace(each, amount=times(each.amount, given / worth.amount))
    if first is not None and floor is not None and total < floor.amount:
        raised = in_currency(found[first].amount, currency, situation)
        assert raised is not None
        found[first] = replace(
            found[first], amount=Money(amount=raised.amount + floor.amount - total, currency=currency)
        )
    return found


def part_of(reward: Reward, share: Decimal) -> Reward:
    """Return a share of a reward."""
    money = None if reward.amount is None else times(reward.amount, share)
    return replace(
        reward,
        percent=None if reward.percent is None else reward.percent * share,
        amount=money,
        points=None if reward.points is None else reward.points * share,
    )


def in_currency(money: Money | None, currency: str, situation: Situation) -> Money | None:
    """Return an amount of the policy in a deal's currency, by the policy's rates."""
    return None if money is None else situation.facts.convert(money, currency, None)


def times(money: Money, factor: Decimal) -> Money:
    """Return so much of an amount, rounded to hundredths."""
    return Money(amount=(money.amount * factor).quantize(_CENT, ROUND_HALF_EVEN), currency=money.currency)
