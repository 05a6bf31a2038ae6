"""Date literals: words that stand for a span of days, in the running user's time zone, which is UTC here.

Source: SOQL reference, "Date Formats and Date Literals".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_DAYS: Final = {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
_COUNTED: Final = re.compile(r"(LAST|NEXT)_N_DAYS:(\d+)")


def is_date_word(word: str) -> bool:
    """Tell whether a word in capitals is a date literal that is known here."""
    return word in _DAYS or _COUNTED.fullmatch(word) is not None


def span(word: str, now: datetime, kind: str) -> tuple[Any, Any] | None:
    """Return the first moment of a date literal and the first one after it, as the field's kind compares; None: unknown."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    counted = _COUNTED.fullmatch(word)
    if word in _DAYS:
        first = today + timedelta(days=_DAYS[word])
        after = first + timedelta(days=1)
    elif counted is not None and counted[1] == "LAST":
        first, after = today - timedelta(days=int(counted[2])), today + timedelta(days=1)
    elif counted is not None:
        first, after = today + timedelta(days=1), today + timedelta(days=int(counted[2]) + 1)
    else:
        return None
    return (first, after) if kind == "datetime" else (first.date().isoformat(), after.date().isoformat())


def span_test(read: Callable[[Any], Any], op: str, first: Any, after: Any) -> Callable[[Any], bool] | None:
    """Return the predicate that compares a row with a span; None for an operator that spans do not take."""

    def compared(holds: Callable[[Any], bool], *, of_null: bool = False) -> Callable[[Any], bool]:
        def test(row: Any) -> bool:
            value = read(row)
            return of_null if value is None else holds(value)

        return test

    tests: dict[str, Callable[[Any], bool]] = {
        "=": compared(lambda value: first <= value < after),
        "!=": compared(lambda value: not first <= value < after, of_null=True),
        "<": compared(lambda value: value < first),
        "<=": compared(lambda value: value < after),
        ">": compared(lambda value: value >= after),
        ">=": compared(lambda value: value >= first),
    }
    return tests.get(op)
