"""The composition root: builds everything once, runs passes by timers, and ends cleanly.

APScheduler is only a timer here: each connection has one job that calls Engine.tick(), and after every pass the next run is
set by what happened. What must not be lost is in the ledger, so nothing about a job is stored. A stop (SIGTERM, SIGINT, the
event handed in) lets the step in hand finish; a kill at any moment is repaired by the next start.
"""

from __future__ import annotations

import gc
import secrets
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.policy import read_policy
from config.rates import read_rates
from config.settings import ConnectionConfig, Settings
from connectors import registry
from connectors.port import Clock, ConnectionSettings, Connector, Finding, Severity
from ledger import policies
from ledger.engine import Ledger, open_ledger
from ledger.rows import LeaseRow
from rules.errors import ConfigError, DealError
from sync.candidate import Candidate
from sync.duty import Duty, bury_dead, holder_name
from sync.engine import Engine
from sync.events import emit
from sync.policies import Shelf, activate
from sync.rates import RateFiles
from sync.report import PassReport, Plan
from sync.timetable import Timetable, UnderWay


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
        holder=holder if holder is not None else holder_name(secrets.token_hex(3)),
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
        self._holder = holder
        self._candidate = Candidate(
            settings.rules_path, read_policy, policy=settings.policy, problems=settings.policy_problems
        )
        self._is_shadow_told = False
        self._timers = Timetable()
        self._under_way = UnderWay()
        self.engine = Engine(
            ledger=ledger,
            connectors=connectors,
            connections={config.name: config for config in settings.connections},
            settings=settings.sync,
            policy=settings.policy,
            shelf=Shelf(read_policy, own=() if settings.policy_problems else (settings.policy,)),
            rate_files=RateFiles(_rules_directory(settings), lambda path, base: read_rates(path, base=base)),
            clock=clock,
            holder=holder,
            shadow=settings.shadow,
            words_of=settings.words_of,
            is_stopping=stop.is_set,
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the connections' names in the order of the configuration."""
        return tuple(config.name for config in self.settings.connections)

    def run_once(
        self,
        names: Sequence[str] | None = None,
        *,
        is_approved: bool = False,
        sweep_now: bool = False,
        is_readopting: bool = False,
    ) -> tuple[PassReport, ...]:
        """Run one pass over every connection, and once more where a later one's decisions left something to push.

        is_readopting: only take over what the CRMs show to be newer than a restored ledger.
        """
        bury_dead(self.ledger, clock=self._clock)
        self._look_at_policy()
        wanted = list(names) if names is not None else list(self.names)
        reports = []
        again: list[str] = []
        for place, name in enumerate(wanted):
            report = self.engine.tick(name, is_approved=is_approved, sweep_now=sweep_now, is_readopting=is_readopting)
            reports.append(report)
            if is_readopting:
                continue
            again += [each for each in wanted[:place] if each in report.touched and each not in again]
            if self._stop.is_set():
                return tuple(reports)
        reports += [self.engine.tick(name, is_approved=is_approved) for name in again]
        return tuple(reports)

    def plan(self, name: str | None = None) -> Plan:
        """Return what would be pushed now; pulls and decides, and writes nothing to any CRM."""
        self._look_at_policy()
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

    def run(self, stop: threading.Event | None = None) -> LeaseRow | None:
        """Run passes by timers until told to stop, by the event, SIGTERM or SIGINT.

        One daemon is at work on a ledger. Beside a living one, a second on SQLite gives up and returns whose duty it is; on
        PostgreSQL it stands by and takes over when the other ends. Returns None after a stop.
        """
        bury_dead(self.ledger, clock=self._clock)
        duty = Duty(self.ledger, holder=self._holder, ttl_s=self.settings.sync.lease_s, clock=self._clock)
        with self._signals():
            while not self._is_told(stop):
                other = self._wait_for(duty, stop)
                if other is not None:
                    return other
                if not self._is_told(stop):
                    self._work(duty, stop)
        duty.give_up()
        return None

    def _wait_for(self, duty: Duty, stop: threading.Event | None) -> LeaseRow | None:
        """Wait until the duty is ours or a stop is wished; return who has it where waiting is of no use."""
        seen: LeaseRow | None = None
        while (other := duty.take()) is not None:
            if seen is None or other.holder != seen.holder:
                emit("daemon_standing_by", holder=other.holder, until=other.expires_at.isoformat())
                seen = other
            elif self.ledger.dialect == "sqlite" and other.expires_at > seen.expires_at:
                return other  # renewed meanwhile: it lives, and this machine needs no second one
            if self._pause(min(duty.renew_every_s, 5.0), stop):
                return None
        return None

    def _work(self, duty: Duty, stop: threading.Event | None) -> None:
        """Run passes by timers while the duty is ours and no stop is wished."""
        scheduler = self._scheduler()
        scheduler.start()
        emit("daemon_started", connections=list(self.names))
        try:
            while not self._pause(duty.renew_every_s, stop):
                if duty.take() is not None:
                    emit("lease_lost", crm=None)
                    return
        finally:
            # A pass ends by setting its next time, which needs a lock that shutdown() holds while it waits for passes.
            scheduler.pause()
            self._under_way.wait_for_none()
            scheduler.shutdown(wait=True)
            emit("daemon_stopped")

    def _is_told(self, stop: threading.Event | None) -> bool:
        if stop is not None and stop.is_set():
            self._stop.set()
        return self._stop.is_set()

    def _pause(self, seconds: float, stop: threading.Event | None) -> bool:
        """Wait; return True as soon as a stop is wished."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._is_told(stop) or self._stop.wait(0.2):
                return True
        return self._is_told(stop)

    def _scheduler(self) -> Any:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._look_at_policy()
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
        return scheduler

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
                self._look_at_policy()
                report = self.engine.tick(config.name)
            except DealError as error:
                emit("pass_failed", crm=config.name, error=error.message)
            finally:
                self._timers.after(config, report, now=datetime.now(UTC))

    def _look_at_policy(self) -> None:
        """Activate the first policy of a ledger that has none; else tell how the rules file stands to the one in force.

        Raises ConfigError where there is neither a policy in the ledger nor a valid file.
        """
        settings = self.settings
        with self.ledger.read() as tx:
            active = policies.active(tx)
        if active is None:
            if settings.policy_problems:
                raise ConfigError(list(settings.policy_problems))
            with self.ledger.begin() as tx:
                activate(
                    tx,
                    settings.policy,
                    settings.policy_source,
                    effective_from=None,
                    actor="rule",
                    now=self._clock.now(),
                )
            emit("policy_activated", policy_hash=settings.policy.hash, version=settings.policy.version)
        if settings.shadow_problems and not self._is_shadow_told:
            self._is_shadow_told = True
            emit("shadow_rejected", error=" ".join(map(str, settings.shadow_problems[:5])))
        self._candidate.look(active.hash if active is not None else settings.policy.hash)

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


def _rules_directory(settings: Settings) -> Path:
    """Return where the files are that the rules name."""
    return settings.rules_path.parent if settings.rules_path is not None else settings.directory


def _connector(config: ConnectionConfig, clock: Clock, transport: Any | None) -> Connector:
    settings = ConnectionSettings(
        name=config.name, kind=config.kind, url=config.url, options=config.options, secrets=config.secrets
    )
    return registry.build(settings, config.mapping, clock=clock, transport=transport)
