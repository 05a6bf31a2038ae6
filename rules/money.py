"""Money in one currency: conversion by the rates a case carries.

Rates are units of the target currency for one unit of the named one, as of the rate date; sync/ chooses the date, so that a
decision made twice uses the same rate. A missing rate gives None, never a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Final

from rules.records import Money

_CENT: Final = Decimal("0.01")
_DIGITS: Final = 150  # more than an amount and a rate can have between them


def convert(money: Money, to_currency: str, rates: Mapping[str, Decimal]) -> Money | None:
    """Return the amount in `to_currency`, rounded to hundredths, or None where no rate is known.

    rates: currency -> units of `to_currency` for one unit of it; a rate that is not above zero counts as missing.
    """
    if money.currency == to_currency:
        return money
    rate = rates.get(money.currency)
    if rate is None or rate <= 0:
        return None
    with localcontext(prec=_DIGITS):
        return Money(amount=(money.amount * rate).quantize(_CENT, ROUND_HALF_EVEN), currency=to_currency)
