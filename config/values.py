"""Turn the text of one scalar into a value with a unit: spans of time, money, percentages, dates, times of day.

Each reader returns None for what it cannot read and says in one phrase what it expected; who called adds key and place.
Numbers are decimal text taken exactly as written, never binary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, Final

from rules.records import Money
from rules.span import Span
from rules.values import Percent

SPAN_EXPECTED: Final = (
    'a length of time such as "90 days", "12 months", "24 h", "30 min", "3 business days" or "16 business h"'
)
MONEY_EXPECTED: Final = 'an amount and a currency such as "5000 USD"'
PERCENT_EXPECTED: Final = 'a percentage from 0 to 100 such as "10 %"'
DECIMAL_EXPECTED: Final = "a number such as 100 or 2.5"
DATE_EXPECTED: Final = "a date such as 2026-12-25"
TIME_EXPECTED: Final = 'a time of day such as "09:00"'

_SPAN: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*(?:(business|working)\s+)?([a-z]+)", re.ASCII)
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_MONTHS: Final = {"month": 1, "months": 1, "quarter": 3, "quarters": 3, "year": 12, "years": 12}
_SHORT: Final = {"bd": "d", "bh": "h"}  # business days and hours
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
_WORKING_DAYS_MAX: Final = 3_660  # they are counted one by one
_NUMBER: Final = r"[0-9]{1,15}(?:\.[0-9]{1,6})?"
# As conditions and explanations write it: "5000 USD" or "5,000 USD".
_AMOUNT: Final = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})(?:\.[0-9]{1,6})?"
_MONEY: Final = re.compile(rf"({_AMOUNT})\s*([A-Z]{{3}})", re.ASCII)
_CURRENCY_FIRST: Final = re.compile(rf"([A-Z]{{3}})\s*({_AMOUNT})", re.ASCII)
_CURRENCY: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_DECIMAL: Final = re.compile(rf"-?{_NUMBER}", re.ASCII)
_PERCENT: Final = re.compile(rf"({_NUMBER})\s*%?", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", re.ASCII)


def span(text: str) -> Span | None:
    """Return a length of time greater than nothing."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None:
        return None
    amount, unit = Decimal(found[1]), _SHORT.get(found[3], found[3])
    is_working = bool(found[2]) or unit != found[3]
    if amount <= 0:
        return None
    if unit in _EXACT:
        exact = timedelta(seconds=float(amount * _EXACT[unit]))
        if is_working:
            return Span(working=exact) if exact <= timedelta(hours=8 * _WORKING_DAYS_MAX) else None
        return Span(exact=exact) if exact.days <= _DAYS_MAX else None
    if amount != int(amount):
        return None
    return _whole(int(amount), unit, is_working=is_working)


def _whole(amount: int, unit: str, *, is_working: bool) -> Span | None:
    if is_working:
        is_day = _DAYS.get(unit) == 1
        return Span(working_days=amount) if is_day and amount <= _WORKING_DAYS_MAX else None
    if unit in _DAYS and amount * _DAYS[unit] <= _DAYS_MAX:
        return Span(days=amount * _DAYS[unit])
    if unit in _MONTHS and amount * _MONTHS[unit] <= _DAYS_MAX // 30:
        return Span(months=amount * _MONTHS[unit])
    return None


def money(text: str) -> Money | None:
    """Return an amount with its currency, exactly as written."""
    text = text.strip()
    found = _MONEY.fullmatch(text)
    if found is not None:
        return Money(amount=_exact(found[1]), currency=found[2])
    found = _CURRENCY_FIRST.fullmatch(text)
    return Money(amount=_exact(found[2]), currency=found[1]) if found is not None else None


def _exact(amount: str) -> Decimal:
    return Decimal(amount.replace(",", ""))


def is_currency(text: str) -> bool:
    """Tell whether the text is shaped like an ISO 4217 code."""
    return _CURRENCY.fullmatch(text) is not None


def percent(text: str) -> Percent | None:
    """Return a percentage: "10 %", or 10."""
    found = _PERCENT.fullmatch(text.strip())
    value = Decimal(found[1]) if found is not None else Decimal(-1)
    return Percent(value) if 0 <= value <= 100 else None


def decimal(text: str) -> Decimal | None:
    return Decimal(text.strip()) if _DECIMAL.fullmatch(text.strip()) else None


def day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if _DATE.fullmatch(text.strip()) else None
    except ValueError:
        return None


def clock_time(text: str) -> time | None:
    text = text.strip()
    if _TIME.fullmatch(text) is None:
        return None
    try:
        hour, minute, second = (int(part) for part in f"{text}:00".split(":")[:3])
        return time(hour, minute, second)
    except ValueError:
        return None


PHRASES: Final[Mapping[Any, tuple[Callable[[str], Any], str]]] = {
    Span: (span, SPAN_EXPECTED),
    Money: (money, MONEY_EXPECTED),
    Percent: (percent, PERCENT_EXPECTED),
    Decimal: (decimal, DECIMAL_EXPECTED),
    date: (day, DATE_EXPECTED),
    time: (clock_time, TIME_EXPECTED),
}


def unit_hint(kind: Any, text: str) -> str:
    """Return what was probably meant by a bare number where a unit is needed."""
    bare = text.replace(",", "").strip()
    if not bare.isascii() or not bare.replace(".", "", 1).isdigit() or len(bare) > 15:
        return ""
    if kind is Span and bare.isdigit():
        return f'Write "{bare} days", if you meant days.'
    return f'Write "{bare} USD", if you meant dollars.' if kind is Money else ""
