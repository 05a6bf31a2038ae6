"""When each connection's next pass comes: short pauses while something happens, longer ones while nothing does.

Decides and remembers pauses; the jobs themselves are APScheduler's, handed in by daemon.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from config.settings import ConnectionConfig
from sync.report import PassReport, Skipped

GROWTH: Final = 2.0  # by which the pause grows from pass to pass while nothing happens


class UnderWay:
    """Counts the passes that run, so that a stop can wait for the last of them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        with self._changed:
            self._count += 1
        try:
            yield
        finally:
            with self._changed:
                self._count -= 1
                self._changed.notify_all()

    def wait_for_none(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._count == 0)


class Timetable:
    """When each connection's next pass comes. Guards the pauses; jobs are APScheduler's."""

    def __init__(self) -> None:
        self.scheduler: Any = None
        self._guard = threading.Lock()
        self._pause_s: dict[str, float] = {}
        self._wanted: set[str] = set()  # connections with something to push that are in the middle of a pass
        self._running: set[str] = set()

    def before(self, config: ConnectionConfig) -> None:
        """Note that a connection's pass begins."""
        with self._guard:
            self._running.add(config.name)
            self._wanted.discard(config.name)

    def after(self, config: ConnectionConfig, report: PassReport | None, *, now: datetime) -> None:
        """Set the next pass of a connection, and wake the others that have something to push."""
        with self._guard:
            self._running.discard(config.name)
            touched = set(report.touched) - {config.name} if report is not None else set()
            self._wanted |= touched & self._running  # their passes have planned already: once more, right after
            delay_s = self.next_pause_s(config, report, now=now)
            if config.name in self._wanted:
                delay_s = 0.0
            woken = sorted(touched - self._running)
        self._set(config.name, now + timedelta(seconds=delay_s))
        for name in woken:
            self._set(name, now)

    def next_pause_s(self, config: ConnectionConfig, report: PassReport | None, *, now: datetime) -> float:
        """Return the seconds until a connection's next pass: short while something happens, growing while nothing does."""
        before = self._pause_s.get(config.name, config.interval_s)
        if report is not None and report.resume_at is not None:
            return max(config.interval_s, (report.resume_at - now).total_seconds())
        if (report is not None and report.is_busy) or report is None or report.skipped is Skipped.LEASE_HELD:
            pause_s = config.interval_s
        else:
            pause_s = min(config.idle_interval_s, max(before * GROWTH, config.interval_s))
        self._pause_s[config.name] = pause_s
        return pause_s

    def _set(self, name: str, moment: datetime) -> None:
        from apscheduler.jobstores.base import JobLookupError

        with suppress(JobLookupError):
            self.scheduler.modify_job(name, next_run_time=moment)
