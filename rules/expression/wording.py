"""Values as explanations write them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from rules.records import Money

_TEXT_MAX = 80


def told(value: Any) -> str:
    """Return a value in words: 8,000.00 USD, 2026-03-01, true, {gold, silver}, unknown."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Money):
        return str(value) if value.amount == round(value.amount, 2) else f"{value.amount:,f} {value.currency}"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return f"{value.replace(tzinfo=None).isoformat(' ', 'minutes')}Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(str, value)))}}}"
    text = str(value)
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}..."


def _number(value: Decimal) -> str:
    if not value.is_finite():
        return "no number"
    plain = f"{value:f}"  # no thousands apart: it may be a year
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
