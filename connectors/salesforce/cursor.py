"""Where a pull stands, as opaque text, and where the next one may start; pure.

Salesforce stamps a row when it is saved and shows it when its transaction commits, so a row with an older stamp may appear
later. Two rules follow. A window ends at an instant before its first query (`high`), and what is promised as complete ends
the look-back earlier. The next window starts the look-back before the newest stamp seen: never at "now", which a wrong
clock or a caching proxy could put ahead of rows still to come.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.mapping import instant_text, parse_instant
from rules.errors import InvariantError

FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A bulk job under way. locator: where its next page starts; None: not read yet. give_up_at: our clock."""

    job_id: str
    give_up_at: datetime
    is_ready: bool = False
    locator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A pull's place.

    mapping: fingerprint of what is read. low: start of the window; None: the beginning. high: its end, set by the first
    page. after: the row after which the next page starts; None between passes. seen: newest stamp delivered so far.
    pages: of this pass. expected: rows of a backfill, where counted.
    """

    mapping: str
    low: datetime | None = None
    high: datetime | None = None
    after: tuple[datetime, str] | None = None
    seen: datetime | None = None
    pages: int = 0
    expected: int | None = None
    job: Job | None = None

    def encode(self) -> str:
        """Return the cursor as text."""
        return json.dumps(
            {
                "v": FORMAT,
                "mapping": self.mapping,
                "low": _text(self.low),
                "high": _text(self.high),
                "after": [_text(self.after[0]), self.after[1]] if self.after is not None else None,
                "seen": _text(self.seen),
                "pages": self.pages,
                "expected": self.expected,
                "job": [self.job.job_id, _text(self.job.give_up_at), self.job.is_ready, self.job.locator]
                if self.job is not None
                else None,
            },
            separators=(",", ":"),
        )


def decode(text: str) -> Cursor:
    """Return the cursor that `encode` wrote; raise InvariantError for anything else."""
    try:
        data: dict[str, Any] = json.loads(text)
        if data["v"] != FORMAT:
            raise ValueError("another version")
        after, job = data["after"], data["job"]
        return Cursor(
            mapping=data["mapping"],
            low=_instant(data["low"]),
            high=_instant(data["high"]),
            after=(parse_instant(after[0]), after[1]) if after is not None else None,
            seen=_instant(data["seen"]),
            pages=data["pages"],
            expected=data["expected"],
            job=Job(job_id=job[0], give_up_at=parse_instant(job[1]), is_ready=job[2], locator=job[3])
            if job is not None
            else None,
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise InvariantError(
            f"a Salesforce cursor cannot be read ({len(text)} characters). Clear the cursor of this stream: it is then read "
            "from the beginning."
        ) from error


def following(cursor: Cursor, *, lookback: timedelta) -> Cursor:
    """Return the cursor of the next pass, after the last page of this one.

    The overlap is read again each pass while it fits the one call that an idle pass makes anyway. When it takes several
    pages (a mass update, then quiet) it is left behind as soon as the look-back has run out since the newest stamp: rows
    that were saved by then are all visible.
    """
    low = cursor.low
    if cursor.seen is not None:
        newest = cursor.seen if cursor.high is None else min(cursor.seen, cursor.high)
        candidates = [newest - lookback]
        if cursor.pages > 1 and cursor.high is not None:
            candidates.append(min(newest, cursor.high - lookback))
        if low is not None:
            candidates.append(low)
        low = max(candidates)
    return Cursor(mapping=cursor.mapping, low=low, seen=cursor.seen)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
