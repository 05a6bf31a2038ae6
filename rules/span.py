"""Lengths of time and working time, as an admin writes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from rules.setting import setting

_CLOCKS: Final = frozenset({"exact", "working"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A length of time; exactly one of these is set.

    days: calendar days in the policy's zone, counted to the end of day N. months: calendar months, likewise (a look-back
    of "3 years" is 36 months). exact: clock time, minutes or hours, whatever the zone does in between. working_days,
    working: business days and business hours of the policy's calendar.
    """

    days: int | None = None
    months: int | None = None
    exact: timedelta | None = None
    working_days: int | None = None
    working: timedelta | None = None

    def __post_init__(self) -> None:
        parts = (self.days, self.months, self.exact, self.working_days, self.working)
        assert sum(part is not None for part in parts) == 1, self

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Span:
        """Return the span that `data` wrote."""
        parts: dict[str, Any] = {name: timedelta(seconds=n) if name in _CLOCKS else n for name, n in data.items()}
        return cls(**parts)

    def data(self) -> dict[str, int]:
        """Return it as plain data: its one part by name, clock time in whole seconds."""
        parts = {name: getattr(self, name) for name in ("days", "months", "exact", "working_days", "working")}
        return {
            name: int(part.total_seconds()) if isinstance(part, timedelta) else part
            for name, part in parts.items()
            if part is not None
        }

    @property
    def is_working(self) -> bool:
        """Tell whether the calendar's working time counts it."""
        return self.working_days is not None or self.working is not None

    def __str__(self) -> str:
        if self.days is not None:
            return _counted(self.days, "day")
        if self.months is not None:
            return _counted(self.months, "month")
        if self.working_days is not None:
            return _counted(self.working_days, "business day")
        clock = self.exact if self.exact is not None else self.working
        assert clock is not None
        minutes = clock.total_seconds() / 60
        number, unit = (minutes / 60, "h") if minutes >= 60 else (minutes, "min")
        return f"{number:g} {'business ' if self.exact is None else ''}{unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Working time in the policy's zone."""

    weekdays: frozenset[int] = setting(frozenset({0, 1, 2, 3, 4}), "Working days: mon, tue, wed, thu, fri, sat, sun.")
    opens: time = setting(time(9), "When working time begins.")
    closes: time = setting(time(17), "When working time ends.")
    holidays: frozenset[date] = setting(frozenset[date](), "Days without working time.")


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
