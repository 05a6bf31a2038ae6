"""Turn the text of one scalar into a value with a unit: spans of time, money, dates, times of day.

Each reader returns None for what it cannot read and says in one phrase what it expected; who called adds key and place.
Money is decimal text taken exactly as written, never a binary number.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from rules.span import Span
from rules.records import Money

SPAN_EXPECTED: Final = 'a length of time such as "90 days", "24 h", "30 min" or "12 months"'
HOURS_EXPECTED: Final = 'working time such as "16 h" or "30 min"'
MONEY_EXPECTED: Final = 'an amount and a currency such as "5000 USD"'
DATE_EXPECTED: Final = "a date such as 2026-12-25"
TIME_EXPECTED: Final = 'a time of day such as "09:00"'

_SPAN: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([a-z]+)")
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_MONTHS: Final = {"month": 1, "months": 1, "year": 12, "years": 12}
_EXACT: Final = {
    "s": 1,
    "second": 1,
    "seconds": 1,
    "min": 60,
    "minute": 60,
    "minutes": 60,
    "h": 3600,
    "hour": 3600,
    "hours": 3600,
}
_DAYS_MAX: Final = 36_600  # a century; more is a slip of the pen and would overflow dates
_MONEY: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([A-Z]{3})")
_CURRENCY_FIRST: Final = re.compile(r"([A-Z]{3})\s*([0-9]{1,15}(?:\.[0-9]{1,6})?)")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def span(text: str) -> Span | None:
    """Return a length of time greater than nothing."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        return None
    amount, unit = Decimal(found[1]), found[2]
    if amount <= 0:
        return None
    if unit in _EXACT:
        exact = timedelta(seconds=float(amount * _EXACT[unit]))
        return Span(exact=exact) if exact.days <= _DAYS_MAX else None
    if amount != int(amount):
        return None
    if unit in _DAYS and amount * _DAYS[unit] <= _DAYS_MAX:
        return Span(days=int(amount) * _DAYS[unit])
    if unit in _MONTHS and amount * _MONTHS[unit] <= _DAYS_MAX // 30:
        return Span(months=int(amount) * _MONTHS[unit])
    return None


def hours(text: str) -> timedelta | None:
    """Return an exact length of time: minutes or hours, no days, whose length depends on the calendar."""
    found = span(text)
    return found.exact if found is not None else None


def money(text: str) -> Money | None:
    """Return an amount with its currency, exactly as written."""
    text = text.strip()
    found = _MONEY.fullmatch(text)
    if found is not None:
        return Money(amount=Decimal(found[1]), currency=found[2])
    found = _CURRENCY_FIRST.fullmatch(text)
    return Money(amount=Decimal(found[2]), currency=found[1]) if found is not None else None


def is_currency(text: str) -> bool:
    """Tell whether the text is shaped like an ISO 4217 code."""
    return _CURRENCY.fullmatch(text) is not None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None


def clock_time(text: str) -> time | None:
    try:
        found = time.fromisoformat(text.strip()) if ":" in text else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is None else None
