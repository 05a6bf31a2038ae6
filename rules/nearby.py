"""Values beside those that rules compare with, and how far they are from what was: what a counterfactual tries first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from rules.expression import Type
from rules.expression.types import is_of
from rules.facts import TYPES
from rules.hints import Hints
from rules.money import Rates
from rules.records import Money
from rules.situation import Situation
from rules.span import Span
from rules.windows import before, local_date

WORD_COST: Final = 1.0  # of another word, truth value or day, a year apart
_CENT: Final = Decimal("0.01")
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_FAR: Final = 10.0  # a number changed more than tenfold is no nearer than that


def values_near(hint: Any, held: Any, situation: Situation) -> Iterator[Any]:
    """Yield the values at and just beside what a rule compares with: there every comparison changes its answer."""
    if isinstance(hint, Money):
        for amount in _in_currency(hint, held.currency if isinstance(held, Money) else hint.currency, situation):
            yield from (amount, replace(amount, amount=amount.amount + _CENT))
            if amount.amount > _CENT:
                yield replace(amount, amount=amount.amount - _CENT)
    elif isinstance(hint, bool | str):
        yield hint
    elif isinstance(hint, int | Decimal):
        yield from (Decimal(hint), Decimal(hint) + 1, Decimal(hint) - 1)
    elif isinstance(hint, Span):
        day = local_date(before(hint, situation.priority_at, situation.policy.zone), situation.policy.zone)
        yield from _like(held, (day, day - _DAY, day + _DAY))
    elif isinstance(hint, datetime):
        yield from (hint, hint - _SECOND, hint + _SECOND)
    elif isinstance(hint, date):
        yield from _like(held, (hint, hint - _DAY, hint + _DAY))
    elif isinstance(hint, frozenset):
        yield from sorted(hint)


def sample(name: str, situation: Situation, hints: Hints) -> Any:
    """Return a value of a fact that the rules compare it with; where they do not, any of its type."""
    own = {each.name: each.type for each in situation.policy.facts}
    kind = own.get(name, TYPES.get(name, Type.TEXT))
    known = [each for each in hints.get(name, ()) if is_of(each, kind)]
    match kind:
        case Type.MONEY:
            limit = situation.pick(situation.policy.approval.auto_below)
            small = [each for each in known if limit is None or each.amount < limit.amount]
            return max(small, key=lambda each: each.amount, default=Money(amount=Decimal(1), currency="USD"))
        case Type.NUMBER:
            return min(known, default=Decimal(1))
        case Type.BOOL:
            return True
        case Type.DATE:
            return date.max
        case Type.INSTANT:
            return situation.now
        case _:
            return known[0] if known else "value"


def distance(held: Any, value: Any) -> float:
    """Return how far a value is from what was: numbers by their share, anything else as far as a word."""
    if isinstance(held, Money) and isinstance(value, Money):
        return _share(held.amount, value.amount)
    if isinstance(held, Decimal | int) and isinstance(value, Decimal) and not isinstance(held, bool):
        return _share(Decimal(held), value)
    if isinstance(held, datetime) and isinstance(value, datetime):
        return WORD_COST + years(held - value)
    if isinstance(held, date) and isinstance(value, date) and not isinstance(held, datetime):
        return WORD_COST + years(held - value)
    return WORD_COST


def years(span: timedelta) -> float:
    """Return a length of time in years, whichever way it goes."""
    return min(_FAR, abs(span.total_seconds()) / (365 * 86_400))


def _like(held: Any, days: Sequence[date]) -> Iterator[Any]:
    for day in days:
        yield datetime.combine(day, time(12), UTC) if isinstance(held, datetime) else day


def _in_currency(money: Money, currency: str, situation: Situation) -> Iterator[Money]:
    """Yield the least amount of another currency that is worth so much, and the greatest that is not worth more."""
    if currency == money.currency:
        yield money
        return
    rates: Rates = situation.case.rates
    day = situation.rate_day()
    one, other = rates.rate(money.currency, day), rates.rate(currency, day)
    if one is None or other is None:
        return
    for rounding in (ROUND_CEILING, ROUND_FLOOR):
        amount = (money.amount * one / other).quantize(_CENT, rounding)
        yield Money(amount=amount, currency=currency)


def _share(held: Decimal, value: Decimal) -> float:
    return min(_FAR, float(abs(value - held) / max(abs(held), Decimal(1))))
