"""Where a pull of one stream stands, as the opaque text that is handed out and in; pure.

A first read lists all live rows, then the archived ones. After that each pass drains one window of modification times,
[start, high), ordered by record id alone: HubSpot's search does not always honour a sort by time, so a cursor on time
would lose rows. Only a drained window moves `low` up, and `low` becomes the window's upper bound, never the newest row
seen. Each window starts an overlap before `low`, because the search index lags; once an hour it starts two hours back,
because rows were reported up to an hour late.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import orjson

from rules.errors import InvariantError


class Phase(StrEnum):
    LIST = "list"  # first read: live rows by the list endpoint
    ARCHIVED = "archived"  # first read: archived rows
    REST = "rest"  # between passes: nothing is open
    DRAIN = "drain"  # a window is being read


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """low: upper bound of the last drained window, or the first read's start. after: where paging goes on.

    start, high: the open window. wide_at: when the long look-back was last taken. mapping: fingerprint of what is read; with
    another one a new first read begins. expected: rows of the first read, where they were counted. All instants aware UTC.
    """

    mapping: str
    phase: Phase
    low: datetime
    wide_at: datetime
    start: datetime | None = None
    high: datetime | None = None
    after: str | None = None
    expected: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """How far windows reach back. settle: what is left out of `covered_until` against the index lag."""

    overlap: timedelta = timedelta(minutes=5)
    wide: timedelta = timedelta(hours=2)
    wide_every: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(minutes=5)


def first_read(server_now: datetime, *, mapping: str, expected: int | None = None) -> Position:
    """Return the start of a first read; what changes from now on is met by the first window after it."""
    return Position(mapping=mapping, phase=Phase.LIST, low=server_now, wide_at=server_now, expected=expected)


def open_window(position: Position, server_now: datetime, lookback: Lookback) -> Position:
    """Return the position with the next window opened, up to the CRM's present time.

    Where the CRM's clock has gone back behind `low`, the window reaches back from where the clock is now.
    """
    is_wide = is_wide_due(position, server_now, lookback)
    base = min(position.low, server_now)
    return replace(
        position,
        phase=Phase.DRAIN,
        start=base - (lookback.wide if is_wide else lookback.overlap),
        high=server_now,
        after=None,
        wide_at=server_now if is_wide else position.wide_at,
    )


def is_wide_due(position: Position, server_now: datetime, lookback: Lookback) -> bool:
    """Tell whether the long look-back is due; a clock that went back makes it due too."""
    return not timedelta(0) <= server_now - position.wide_at < lookback.wide_every


def close_window(position: Position) -> Position:
    """Return the position after the open window was drained, or after the first read where none was open."""
    return Position(
        mapping=position.mapping, phase=Phase.REST, low=position.high or position.low, wide_at=position.wide_at
    )


def encode(position: Position) -> str:
    """Return the cursor text: JSON with instants in epoch milliseconds."""
    data = {
        "v": 1,
        "mapping": position.mapping,
        "phase": position.phase.value,
        "low": to_ms(position.low),
        "wide": to_ms(position.wide_at),
        "start": None if position.start is None else to_ms(position.start),
        "high": None if position.high is None else to_ms(position.high),
        "after": position.after,
        "expected": position.expected,
    }
    return orjson.dumps({key: value for key, value in data.items() if value is not None}).decode()


def decode(text: str) -> Position:
    """Return the position that `encode` wrote; raise InvariantError for anything else."""
    try:
        data = orjson.loads(text)
        if data["v"] != 1:
            raise ValueError("unknown version")
        return Position(
            mapping=data["mapping"],
            phase=Phase(data["phase"]),
            low=from_ms(data["low"]),
            wide_at=from_ms(data["wide"]),
            start=from_ms(data["start"]) if "start" in data else None,
            high=from_ms(data["high"]) if "high" in data else None,
            after=data.get("after"),
            expected=data.get("expected"),
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InvariantError(f"hubspot: this is no cursor of ours: {text[:80]!r}. Start a new first read.") from error


def to_ms(moment: datetime) -> int:
    """Return epoch milliseconds, cut; HubSpot's filters on times take nothing finer."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
