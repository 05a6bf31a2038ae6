"""Canonical values as rules want them: text, dates, instants, amounts. Pure.

A value of another shape than expected is unknown (None), never an error: the reader of rows has refused what is unreadable,
and what is left here are fields that were mapped anew or not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from rules.fields import Values
from rules.records import Money


def text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def words(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else ()


def flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


def money(value: object, currency: str) -> Money | None:
    """Return an amount in a currency, "" where the CRM has only one and names none."""
    amount = number(value)
    return Money(amount=amount, currency=currency) if amount is not None else None


def currency_of(values: Values) -> str:
    return text(values.get("currency")) or ""


def day(value: object) -> date | None:
    """Return a date, of an instant its day in UTC."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def instant(value: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def named_facts(names: Iterable[str], values: Values) -> dict[str, str]:
    """Return those canonical values that have no attribute of their own, as text facts."""
    found = {name: text(values.get(name)) for name in names}
    return {name: value for name, value in found.items() if value is not None}
