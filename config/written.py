"""Values as an admin writes them: for the JSON Schema and the reference page.

What comes out is plain data (text, numbers, truth values, lists, mappings) that a YAML file would hold.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from config.shape import settings_of
from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.records import Money
from rules.span import Span


def written(value: Any) -> Any:
    """Return a setting's value as plain data."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Span):
        return span_text(value)
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    if isinstance(value, Condition | Formula):
        return value.text
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Choice):
        return written(value.rows[0].value) if value.is_constant else [_line(row) for row in value.rows]
    if isinstance(value, frozenset):
        return sorted((written(each) for each in value), key=str)
    if isinstance(value, tuple):
        return [written(each) for each in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value)
    assert isinstance(value, str | Decimal | date), type(value)
    return str(value)


def span_text(span: Span) -> str:
    """Return a length of time so that it is read back as the same."""
    clock = span.exact if span.exact is not None else span.working
    if clock is None or not clock % timedelta(minutes=1):
        return str(span)
    return f"{clock.total_seconds():g} {'business ' if span.exact is None else ''}s"


def _line(row: Any) -> dict[str, Any]:
    value = written(row.value)
    return {"else": value} if row.when is None else {"when": row.when.text, "then": value}


def _record(record: Any) -> dict[str, Any]:
    """Return what differs from the defaults."""
    kind: type = type(record)
    return {
        each.name: written(value)
        for each in settings_of(kind).values()
        if (value := getattr(record, each.name)) != each.default or each.is_required
    }
