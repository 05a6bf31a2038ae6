"""Bands of a number or an amount of money as an admin writes them: "100..499", "5000 USD..9999.99 USD", "1500..", "..99".

Both ends belong to a band. Whether bands leave gaps or overlap is found by `registrar rules check`; here each is read alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

EXPECTED: Final = 'a band such as "100..499", "500.." or "..99"'

_DIGITS: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{1,6})?"
_BOUND: Final = rf"(?:[A-Z]{{3}}\s*)?{_DIGITS}(?:\s*[A-Z]{{3}})?"
_BAND: Final = re.compile(rf"(?P<low>{_BOUND})?\s*(?P<dots>\.\.)?\s*(?P<high>{_BOUND})?", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From low to high, both included. None: open on that side. currency: None for a bare number."""

    low: Decimal | None
    high: Decimal | None
    currency: str | None = None

    @property
    def is_empty(self) -> bool:
        return self.low is not None and self.high is not None and self.low > self.high


def band(text: str) -> Band | None:
    """Return the band, None for what is none, or has ends in two currencies."""
    found = _BAND.fullmatch(text.strip())
    if found is None or not (found["low"] or found["high"]):
        return None
    if found["dots"] is None:
        if found["high"]:
            return None  # two numbers side by side
        low = high = found["low"]
    else:
        low, high = found["low"], found["high"]
    currencies = {each[0] for part in (low, high) if part and (each := _CURRENCY.search(part))}
    if len(currencies) > 1:
        return None
    return Band(low=_number(low), high=_number(high), currency=next(iter(currencies), None))


def _number(text: str | None) -> Decimal | None:
    return Decimal(_CURRENCY.sub("", text).replace(",", "").strip()) if text else None
