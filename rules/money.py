"""Money in one currency: conversion by dated rates.

Rates are units of the base currency for one unit of another, by day. The day is chosen by the policy (the submission's, by
default), so that a decision made twice, or replayed years later, uses the same rate. A missing rate gives None, never a
guess.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from rules.records import Money

_STEP: Final = Decimal("0.000001")  # finer than any amount is told or paid, so that comparing is not rounding
_DIGITS: Final = 150  # more than an amount and a rate can have between them
_ALWAYS: Final = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Dated rates.

    by_currency: for each currency (day, units of base for one unit), oldest first; the day date.min holds always.
    max_age_days: a rate older than this on the day asked for is missing. ageless: currencies whose rates hold until the next
    one, however long that is: a CRM's own are entered when they change.
    """

    base: str = "USD"
    by_currency: Mapping[str, tuple[tuple[date, Decimal], ...]]
    max_age_days: int = 7
    ageless: frozenset[str] = frozenset()

    def rate(self, currency: str, on: date) -> Decimal | None:
        """Return the latest rate known on that day, None where there is none, or none above zero, or only one too old."""
        if currency == self.base:
            return Decimal(1)
        known = self.by_currency.get(currency, ())
        place = bisect_right(known, on, key=_day)
        if not place:
            return None
        day, rate = known[place - 1]
        is_dated = day != _ALWAYS and currency not in self.ageless
        if rate <= 0 or (is_dated and on - day > timedelta(days=self.max_age_days)):
            return None
        return rate

    def convert(self, money: Money, to_currency: str, on: date) -> Money | None:
        """Return the amount in `to_currency` by that day's rates, to the millionth; None where a rate is missing."""
        if money.currency == to_currency:
            return money
        rate, back = self.rate(money.currency, on), self.rate(to_currency, on)
        if rate is None or back is None:
            return None
        with localcontext(prec=_DIGITS):
            return Money(amount=(money.amount * rate / back).quantize(_STEP, ROUND_HALF_EVEN), currency=to_currency)


NO_RATES: Final = Rates(by_currency={})


def fixed_rates(rates: Mapping[str, Decimal], *, base: str = "USD") -> Rates:
    """Return rates that hold on every day."""
    return Rates(base=base, by_currency={each: ((_ALWAYS, rate),) for each, rate in rates.items()})


def _day(pair: tuple[date, Decimal]) -> date:
    return pair[0]
