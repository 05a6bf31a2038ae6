"""Show how things stand: connections and how fresh they are, registrations, and all that waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.commands.passes import named
from console.exit_codes import Exit
from console.in_force import policy_in_force, words_of
from console.queries import SHOWN_MAX, ConnectionView, StatusView, status_of
from console.screen import Screen, ago, counted, moment, shallow
from console.session import ledger_of, settings_of
from ledger.rows import Verdict

_HASH_SHOWN: Final = 16


def run(screen: Screen, directory: Path) -> Exit:
    """Show the status. Exit FINDINGS when something does not go on by itself."""
    settings = settings_of(directory, is_lenient=True)
    now = datetime.now(UTC)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        words = words_of(settings, policy_in_force(tx, settings, now=now))
        view = status_of(tx, settings.connections, ledger=ledger.url, now=now, words=words)
    if screen.is_json:
        screen.json(shallow(view) | {"needs_a_person": view.needs_a_person, "at": now})
    else:
        _show(screen, view, now)
    return Exit.FINDINGS if view.needs_a_person else Exit.DONE


def _show(screen: Screen, view: StatusView, now: datetime) -> None:
    columns = ("connection", "state", "read up to", "last pass", "verdict", "to write", "calls (24 h)", "running on")
    rows = [
        (
            each.name,
            each.state if each.is_fresh or each.state != "active" else "stale",
            ago(each.covered_until, now),
            ago(each.last_run.started_at, now) if each.last_run else "never",
            _verdict(each),
            each.open_writes,
            each.calls_day,
            view.lease_holder.get(each.name),
        )
        for each in view.connections
    ]
    screen.table(columns, rows, title="Connections")
    for each in view.connections:
        _show_trouble(screen, each)
    screen.table(("status", "registrations"), list(view.registrations.items()), title="Registrations")
    if view.undecided:
        screen.line(f"{counted(view.undecided, 'claim')} to be decided in the next pass")
    _show_waiting(screen, view)
    policy = view.policy or "none in force yet"
    screen.line(f"ledger {view.ledger}: {view.entries:,} entries, head {view.head_hash[:_HASH_SHOWN]}; policy {policy}")


def _verdict(each: ConnectionView) -> str | None:
    if each.last_run is None:
        return None
    return str(each.last_run.verdict) if each.last_run.verdict is not None else "running or cut off"


def _show_trouble(screen: Screen, each: ConnectionView) -> None:
    if each.reason:
        screen.line(named(each.name, each.reason))
    if each.last_run is not None and each.last_run.error and each.last_run.error != each.reason:
        said = each.last_run.error.removeprefix(f"{each.name}: ")
        if each.last_run.verdict is Verdict.BRAKED:
            said = f"braked, nothing was written: {said}"
        screen.line(named(each.name, said))
    if each.unknown:
        screen.line(named(each.name, each.unknown))
    waiting = [stream.stream for stream in each.streams if not stream.is_backfilled]
    if waiting:
        screen.line(f"{each.name}: first read of {', '.join(waiting)} has not ended")


def _show_waiting(screen: Screen, view: StatusView) -> None:
    waits = [
        (
            each.registration_id,
            each.customer_name,
            each.status,
            moment(each.until) if each.until else None,
            each.detail or each.reason,
            each.advice,
        )
        for each in view.waits
    ]
    columns = ("registration", "customer", "status", "until", "waits for", "what to do")
    screen.table(columns, waits, title="Waiting", prose={"customer", "waits for", "what to do"})
    reviews = [
        (each.registration_id, each.customer_name, each.reason, str(each.amount or "-")) for each in view.in_review
    ]
    screen.table(
        ("registration", "customer", "reason", "amount"), reviews, title="For a person to decide", prose={"customer"}
    )
    flags = [(each.registration_id, each.status, each.code, each.detail, each.advice) for each in view.flags]
    title = "To look at" if view.flagged <= SHOWN_MAX else f"To look at (of {view.flagged:,} registrations, the first)"
    screen.table(
        ("registration", "status", "reason", "what", "what to do"), flags, title=title, prose={"what", "what to do"}
    )
    frozen = [(each.registration_id, str(each.ref), each.drift_rounds) for each in view.frozen]
    screen.table(
        ("registration", "record", "rounds"), frozen, title="Not written any more: others keep changing it back"
    )
    held = [(each.registration_id, str(each.ref), each.held) for each in view.held]
    screen.table(("registration", "record", "why"), held, title="Held back by the remote record's state", prose={"why"})
    disputes = [(each.registration_id, each.key, moment(each.opened_at)) for each in view.conflicts]
    screen.table(("registration", "dispute", "since"), disputes, title="Disputes", prose={"dispute"})
    bad = [(str(each.ref), each.code, each.message, each.count) for each in view.quarantine]
    screen.table(
        ("record", "code", "why it was set aside", "times"), bad, title="Quarantine", prose={"why it was set aside"}
    )
    dead = [
        (each.registration_id, str(each.ref), each.attempts, each.error_message or each.error_code)
        for each in view.dead_letters
    ]
    screen.table(
        ("registration", "record", "tries", "why it was given up"),
        dead,
        title="Writes given up",
        prose={"why it was given up"},
    )
