"""The composition root: builds everything once, runs passes by timers, and ends cleanly.

APScheduler is only a timer here: each connection has one job that calls Engine.tick(), and after every pass the next run is
set by what happened. What must not be lost is in the ledger, so nothing about a job is stored. A stop (SIGTERM, SIGINT, the
event handed in) lets the step in hand finish; a kill at any moment is repaired by the next start.
"""

from __future__ import annotations

import gc
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from config.policy import policy_text
from config.settings import ConnectionConfig, Settings
from connectors import registry
from connectors.port import Clock, ConnectionSettings, Connector, Finding, Severity
from ledger import policies
from ledger.engine import Ledger, open_ledger
from rules.errors import DealError
from sync.engine import Engine
from sync.events import emit
from sync.report import PassReport, Plan, Skipped

GROWTH: Final = 2.0  # by which the pause grows from pass to pass while nothing happens


class SystemClock:
    """The machine's clock. A sleep ends early when the daemon is told to stop."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop if stop is not None else threading.Event()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def monotonic(self) -> float:
        return time.monotonic()


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    transports: Mapping[str, Any] | None = None,
    connectors: Mapping[str, Connector] | None = None,
    ledger: Ledger | None = None,
    holder: str | None = None,
) -> Daemon:
    """Return a daemon over these settings; no CRM is called yet.

    transports: stand-ins for the network, by connection name or kind. connectors: ready ones instead of building any.
    ledger: an open one; else the settings' is opened, created and migrated where needed. holder: this daemon's name in the
    leases. Raises ConfigError for settings a connector refuses, LedgerError for a ledger that cannot be used.
    """
    stop = threading.Event()
    used_clock: Clock = clock if clock is not None else SystemClock(stop)
    configs = {config.name: config for config in settings.connections}
    if connectors is None:
        given = transports or {}
        connectors = {
            name: _connector(config, used_clock, given.get(name, given.get(config.kind)))
            for name, config in configs.items()
        }
    opened = ledger if ledger is not None else open_ledger(settings.ledger_url)
    return Daemon(
        settings=settings,
        connectors=connectors,
        ledger=opened,
        clock=used_clock,
        stop=stop,
        holder=holder if holder is not None else f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}",
    )


def spare_startup() -> None:
    """Take what start-up has made out of the garbage collector's rounds, in a process that goes on to run passes.

    Modules, tables and compiled schemas are half a million objects that never go away. To look at them again and again took
    a fifth of the time of a first read.
    """
    gc.collect()
    gc.freeze()


class Daemon:
    """Everything that runs. Close it when done."""

    def __init__(
        self,
        *,
        settings: Settings,
        connectors: Mapping[str, Connector],
        ledger: Ledger,
        clock: Clock,
        stop: threading.Event,
        holder: str,
    ) -> None:
        self.settings = settings
        self.connectors = connectors
        self.ledger = ledger
        self._clock = clock
        self._stop = stop
        self._timers = _Timers()
        self._under_way = _UnderWay()
        self.engine = Engine(
            ledger=ledger,
            connectors=connectors,
            connections={config.name: config for config in settings.connections},
            settings=settings.sync,
            policy=settings.policy,
            clock=clock,
            holder=holder,
            is_stopping=stop.is_set,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the connections' names in the order of the configuration."""
        return tuple(config.name for config in self.settings.connections)

    def run_once(
        self, names: Sequence[str] | None = None, *, is_approved: bool = False, sweep_now: bool = False
    ) -> tuple[PassReport, ...]:
        """Run one pass over every connection, and once more where a later one's decisions left something to push."""
        self._remember_policy()
        wanted = list(names) if names is not None else list(self.names)
        reports = []
        again: list[str] = []
        for place, name in enumerate(wanted):
            report = self.engine.tick(name, is_approved=is_approved, sweep_now=sweep_now)
            reports.append(report)
            again += [each for each in wanted[:place] if each in report.touched and each not in again]
            if self._stop.is_set():
                return tuple(reports)
        reports += [self.engine.tick(name, is_approved=is_approved) for name in again]
        return tuple(reports)

    def plan(self, name: str | None = None) -> Plan:
        """Return what would be pushed now; pulls and decides, and writes nothing to any CRM."""
        self._remember_policy()
        return self.engine.plan(name)

    def check(self, names: Sequence[str] | None = None) -> tuple[Finding, ...]:
        """Return everything that is wrong with the connections, those that do not answer included."""
        found: list[Finding] = []
        for name in names if names is not None else self.names:
            try:
                found += self.connectors[name].check()
            except DealError as error:
                found.append(
                    Finding(
                        connection=name,
                        severity=Severity.ERROR,
                        code="connection_failed",
                        message=error.message,
                        advice="Correct the login or the address, then run doctor again.",
                    )
                )
        return tuple(found)

    def run(self, stop: threading.Event | None = None) -> None:
        """Run passes by timers until told to stop, by the event, SIGTERM or SIGINT."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._remember_policy()
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(1, len(self.names)))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._timers.scheduler = scheduler
        for config in self.settings.connections:
            scheduler.add_job(
                self._timed_pass,
                "interval",
                seconds=max(1.0, config.idle_interval_s),
                args=[config],
                id=config.name,
                next_run_time=datetime.now(UTC),
            )
        with self._signals():
            scheduler.start()
            emit("daemon_started", connections=list(self.names))
            try:
                while not self._stop.wait(0.2):
                    if stop is not None and stop.is_set():
                        self._stop.set()
            finally:
                self._stop.set()
                # A pass ends by setting its next time, which needs a lock that shutdown() holds while it waits for passes.
                self._under_way.wait_for_none()
                scheduler.shutdown(wait=True)
                emit("daemon_stopped")

    def stop(self) -> None:
        """Ask a running daemon to end after the step in hand."""
        self._stop.set()

    def close(self) -> None:
        """Give back what is held."""
        self.ledger.close()

    def _timed_pass(self, config: ConnectionConfig) -> None:
        """Run one pass and set the time of the next; wake connections that it left something to push."""
        with self._under_way.one():
            if self._stop.is_set():
                return
            report: PassReport | None = None
            self._timers.before(config)
            try:
                report = self.engine.tick(config.name)
            except DealError as error:
                emit("pass_failed", crm=config.name, error=error.message)
            finally:
                self._timers.after(config, report, now=datetime.now(UTC))

    def _remember_policy(self) -> None:
        policy = self.settings.policy
        with self.ledger.begin() as tx:
            policies.remember(tx, policy.hash, policy.version, policy_text(policy), now=self._clock.now())

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as a wish to stop, where signals may be taken at all."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {each: signal.signal(each, lambda *_: self._stop.set()) for each in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)


class _UnderWay:
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


class _Timers:
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


def _connector(config: ConnectionConfig, clock: Clock, transport: Any | None) -> Connector:
    settings = ConnectionSettings(
        name=config.name, kind=config.kind, url=config.url, options=config.options, secrets=config.secrets
    )
    return registry.build(settings, config.mapping, clock=clock, transport=transport)
