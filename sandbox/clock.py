"""The sandbox's time: a clock that only moves when told to, and two variants of it.

SimClock keeps an agenda, so that what people do in the middle of a long sleep happens at its own moment, not at the end of
the sleep. It relies on nothing else; people (sandbox/people.py) and the CRMs read it.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.port import Clock


class SimClock:
    """A clock for simulations, thread-safe. It stands still until advance() or sleep() is called.

    Any thread may read it at any time. Actions and listeners run in the advancing thread without the state's lock, so
    they may take locks of their own; whoever holds such a lock must not advance the clock.

    start: aware; kept in UTC.
    """

    def __init__(self, start: datetime) -> None:
        assert start.tzinfo is not None, "a clock starts at an aware instant"
        self._start = start.astimezone(UTC)
        self._elapsed = timedelta()
        self._jumped = timedelta()
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._booked = 0
        self._listeners: list[Callable[[datetime], None]] = []
        self._state = threading.Lock()
        self._advancing = threading.RLock()

    def now(self) -> datetime:
        with self._state:
            return self._start + self._elapsed + self._jumped

    def monotonic(self) -> float:
        with self._state:
            return self._elapsed.total_seconds()

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, by: float | timedelta) -> None:
        """Let time pass: run what is on the agenda at its own moment, then tell the listeners.

        by: seconds, or a span; never negative. Agenda entries may book new ones and may advance the clock themselves.
        """
        span = by if isinstance(by, timedelta) else timedelta(seconds=by)
        if span < timedelta():
            raise ValueError(f"a clock advances forwards only, got {span}; use jump() for a clock set back")
        with self._advancing:
            until = self.now() + span
            while (entry := self._take_due(until)) is not None:
                due, action = entry
                self._move_to(due)
                action(due)
            self._move_to(until)
            moment = self.now()
            for listener in tuple(self._listeners):
                listener(moment)

    def _take_due(self, until: datetime) -> tuple[datetime, Callable[[datetime], None]] | None:
        with self._state:
            if not self._agenda or self._agenda[0][0] > until:
                return None
            due, _, action = heapq.heappop(self._agenda)
            return due, action

    def _move_to(self, moment: datetime) -> None:
        with self._state:
            # An action that advanced the clock by itself may already have passed this moment.
            self._elapsed = max(self._elapsed, moment - self._start - self._jumped)

    def call_at(self, moment: datetime, action: Callable[[datetime], None]) -> None:
        """Call `action(moment)` when the clock gets there; at the next advance when that moment has passed."""
        with self._state:
            self._booked += 1
            heapq.heappush(self._agenda, (moment, self._booked, action))

    def on_advance(self, callback: Callable[[datetime], None]) -> None:
        """Call `callback(now)` at the end of each advance."""
        with self._state:
            self._listeners.append(callback)

    def jump(self, by: timedelta) -> None:
        """Set the clock forwards or back as an administrator would: monotonic() does not notice, nobody acts."""
        with self._state:
            self._jumped += by


class SkewedClock:
    """Another clock, shown ahead of (positive skew) or behind: a CRM whose time is not ours."""

    def __init__(self, clock: Clock, skew: timedelta) -> None:
        self._clock = clock
        self.skew = skew

    def now(self) -> datetime:
        return self._clock.now() + self.skew

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)

    def monotonic(self) -> float:
        return self._clock.monotonic()


class RealClock:
    """The machine's own clock, for a sandbox that people watch (`python -m sandbox --clock real`)."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def monotonic(self) -> float:
        return time.monotonic()
