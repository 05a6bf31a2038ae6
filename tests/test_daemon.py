"""The daemon around the passes: its rounds, its timers, its clean end, and what it tells while it runs."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from daemon import SystemClock, build
from ledger import leases, policies
from ledger.rows import Verdict
from rules.records import Status
from sync.events import EVENTS
from sync.report import PassReport, Skipped
from tests.sync.kit import BOTH, SETTLED_S, House

PATIENCE_S = 20.0
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    built = House(directory=tmp_path, door="port")
    built.clock.advance(60)
    yield built
    built.daemon.close()
    structlog.reset_defaults()


def running(house: House) -> tuple[threading.Thread, threading.Event]:
    """Let the daemon run by its timers in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=house.daemon.run, args=[stop])
    thread.start()
    return thread, stop


def until(is_true: Callable[[], bool]) -> bool:
    """Wait for something that a timer's thread brings about."""
    end = time.monotonic() + PATIENCE_S
    while not is_true() and time.monotonic() < end:
        time.sleep(0.02)
    return is_true()


def test_timers_run_passes_over_every_connection_until_told_to_stop(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    refs = [house.submit(crm, f"Wintermoor {crm.title()} AG", partner) for crm in BOTH]
    house.clock.advance(60)

    thread, stop = running(house)
    is_written = until(lambda: all(_registration_id(house, ref.connection, ref) for ref in refs))
    stop.set()
    thread.join(PATIENCE_S)

    assert is_written
    assert not thread.is_alive()


def test_leases_are_given_back_at_the_end(house: House) -> None:
    thread, stop = running(house)
    until(lambda: house.org.calls > 0)
    stop.set()
    thread.join(PATIENCE_S)

    other = house.another("two")
    assert {None} == {report.skipped for report in other.run_once()}
    other.close()


def test_termination_signal_lets_the_step_in_hand_finish(house: House) -> None:
    """SIGTERM ends run() by itself, and the signal's former handler is put back."""
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGTERM])
    timer.start()

    house.daemon.run()

    assert before is signal.getsignal(signal.SIGTERM)
    with house.ledger.read() as tx:
        held = [leases.get(tx, name) for name in BOTH]
    assert all(each is None or each.expires_at <= house.clock.now() for each in held)


def test_run_once_pushes_what_a_later_connection_decided(house: House) -> None:
    """A claim in the first connection that waited for the second is pushed in the same round."""
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.passes()
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.tick("salesforce", pause_s=SETTLED_S)
    waited = house.status(ref)

    house.passes(pause_s=SETTLED_S)

    assert (waited, house.status(ref)) == (Status.RECEIVED, Status.REGISTERED)
    assert house.held(ref)["Status__c"] == "Approved"


def test_plan_shows_what_would_be_written_and_writes_nothing(house: House) -> None:
    ref = house.submit("salesforce", "Wintermoor Logistics AG", house.partner("P-1", "Nordwind Systems GmbH"))
    before = house.held(ref)
    house.clock.advance(60)

    plan = house.daemon.plan()
    applied = house.passes()

    [planned] = plan.writes
    assert before["Registration_Id__c"] is None
    assert (ref, "REG-2026-00001") == (planned.ref, planned.values["registration_id"])
    assert {None} == {value for name, value in planned.before.items() if name == "registration_id"}
    assert sum(report.writes for report in applied) == 1


def test_policy_in_force_is_recorded_once(house: House) -> None:
    house.passes(2)

    with house.ledger.read() as tx:
        active = policies.active(tx)
    assert active is not None and house.policy.hash == active.hash


def test_pause_grows_while_nothing_happens_and_is_short_when_something_does(house: House) -> None:
    timers, config = house.daemon._timers, replace(house.config("salesforce"), interval_s=60, idle_interval_s=300)
    idle, busy = _report(), _report(is_busy=True)

    pauses = [timers.next_pause_s(config, report, now=NOW) for report in (busy, idle, idle, idle, idle, busy)]

    assert pauses == [60, 120, 240, 300, 300, 60]


def test_pass_that_must_rest_comes_back_when_the_allowance_does(house: House) -> None:
    timers, config = house.daemon._timers, house.config("salesforce")

    pause_s = timers.next_pause_s(config, _report(resume_at=NOW + timedelta(hours=2)), now=NOW)

    assert pause_s == 7200


def test_lease_held_elsewhere_is_asked_for_again_soon(house: House) -> None:
    timers, config = house.daemon._timers, house.config("salesforce")
    skipped = PassReport(connection="salesforce", verdict=None, skipped=Skipped.LEASE_HELD)

    assert config.interval_s == timers.next_pause_s(config, skipped, now=NOW)


def test_sleep_of_the_system_clock_ends_with_a_stop() -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()

    SystemClock(stop).sleep(3600)

    assert stop.is_set()


def test_events_are_those_of_the_catalogue_and_name_their_connection(house: House) -> None:
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    house.submit("salesforce", "Wintermoor Logistics AG", partner)
    structlog.reset_defaults()

    with capture_logs() as logged:
        house.settle()

    names = {each["event"] for each in logged}
    assert names <= EVENTS.keys()
    assert {"claim_received", "registration_registered", "write_confirmed", "pass_finished"} <= names
    for each in logged:
        assert each["log_level"] == EVENTS[each["event"]][0]


def test_check_tells_of_a_connection_that_does_not_answer(house: House, tmp_path: Path) -> None:
    settings = replace(
        house.daemon.settings, connections=(replace(house.config("hubspot"), secrets={"access_token": "x"}),)
    )
    daemon = build(settings, clock=house.clock, transports=house.transports(), ledger=house.ledger)

    findings = daemon.check()

    assert findings and {"hubspot"} == {each.connection for each in findings}
    assert all(each.advice for each in findings)


def _report(**changes: object) -> PassReport:
    return replace(PassReport(connection="salesforce", verdict=Verdict.COMPLETE), **changes)  # type: ignore[arg-type]


def _registration_id(house: House, crm: str, ref) -> object:  # type: ignore[no-untyped-def]
    held = house.held(ref)
    return held.get("Registration_Id__c" if crm == "salesforce" else "registration_id")
