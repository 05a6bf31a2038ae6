"""What waits for a person, and a person's word on it, given at the command line.

A word goes through the rules as one typed in a CRM does: who may not give it, or what does not fit, is told and kept as a
proposal. What comes of it is pushed by the next pass.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.exit_codes import Exit
from console.screen import Screen, ago, moment
from console.session import ledger_of, located, settings_of

if TYPE_CHECKING:
    from config.settings import Settings
    from daemon import Daemon
    from ledger.engine import Tx
    from ledger.rows import Entry
    from rules.cases import Command
    from rules.records import Registration
    from rules.wording import Words

FOLLOW: Final = "follow"  # do what the standing proposal says
_TRIES: Final = 40
_PAUSE_S: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A person's word. kind: a command's, or FOLLOW. until: last protected day."""

    registration: str
    kind: str
    actor: str | None = None
    until: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objecting:
    """An objection. by: a partner's id, or a seller's user id or mail address."""

    registration: str
    by: str
    is_seller: bool
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """One registration that waits for a person. proposed: what somebody wanted; advice: what to do."""

    registration_id: str
    status: str
    customer_name: str
    partner_id: str | None
    amount: str | None
    since: datetime | None
    reason: str
    why: str
    proposed: str | None
    advice: str


class RefusedError(Exception):
    """The command line asks for something that cannot be; the text says what."""


def listing(screen: Screen, directory: Path) -> Exit:
    """Print what waits for a person, the oldest first."""
    from console.in_force import policy_in_force, words_of

    settings = settings_of(directory, is_lenient=True)
    now = datetime.now(UTC)
    with ledger_of(settings) as ledger, ledger.read() as tx:
        found = waiting(tx, words_of(settings, policy_in_force(tx, settings, now=now)))
    if screen.is_json:
        screen.json(found)
        return Exit.DONE
    rows = [
        (
            each.registration_id,
            each.status,
            each.customer_name,
            each.partner_id,
            each.amount,
            ago(each.since, now),
            each.why,
            each.proposed,
            each.advice,
        )
        for each in found
    ]
    columns = ("registration", "status", "customer", "partner", "amount", "waits", "why", "proposed", "what to do")
    screen.table(columns, rows, prose={"customer", "why", "proposed", "what to do"})
    if not found:
        screen.talk("Nothing waits for a person.")
    return Exit.DONE


def waiting(tx: Tx, words: Words) -> list[ReviewView]:
    """Return what waits for a person: what is in review, and what is decided and has a proposal."""
    from ledger import registrations
    from rules.records import Status

    limit = 10_000
    in_review = registrations.listing(tx, status=Status.IN_REVIEW, limit=limit)
    flagged = [each for each in registrations.flagged(tx, limit=limit) if each.status is not Status.IN_REVIEW]
    found = [_view(tx, each, words) for each in in_review]
    found += [view for each in flagged if (view := _view(tx, each, words)).proposed is not None]
    return sorted(found, key=lambda each: (each.since is None, each.since, each.registration_id))


def decide(screen: Screen, directory: Path, wanted: Wanted) -> Exit:
    """Give a person's word and tell what came of it. Exit FINDINGS when it was not followed, MISUSE when it cannot be."""
    from sync.orders import Order

    with _ready(screen, directory) as running:
        try:
            with running.ledger.read() as tx:
                before = _registration(tx, wanted.registration)
                command = _command(tx, before, wanted, running.settings)
        except RefusedError as error:
            screen.talk(str(error))
            return Exit.MISUSE
        order = Order(registration_id=before.registration_id, ref=before.claim_ref, command=command)
        if not _given(running, order):
            screen.talk("another daemon has been deciding all the time. Nothing was changed; try again.")
            return Exit.LEASE_HELD
        return _tell(screen, running, before)


def object_to(screen: Screen, directory: Path, objecting: Objecting) -> Exit:
    """Enter an objection and decide the registration anew with it."""
    from sync.objections import object_to as enter

    with _ready(screen, directory) as running:
        try:
            with running.ledger.read() as tx:
                before = _registration(tx, objecting.registration)
        except RefusedError as error:
            screen.talk(str(error))
            return Exit.MISUSE
        by = {"by_user" if objecting.is_seller else "by_partner": objecting.by}
        with running.ledger.begin() as tx:
            enter(
                tx,
                before,
                **by,
                evidence=objecting.evidence,
                actor=f"person:{getpass.getuser()}",
                now=datetime.now(UTC),
            )
        screen.line(f"{before.registration_id}: the objection is entered; the next pass decides with it.")
        return Exit.DONE


@contextmanager
def _ready(screen: Screen, directory: Path) -> Iterator[Daemon]:
    """Build the daemon over a ledger that is there; no CRM is called."""
    import daemon
    from console.commands.passes import once_logs

    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings):
        pass  # it must exist: there is nothing to decide in a new one
    once_logs(settings)
    with located(settings):
        running = daemon.build(settings)
    try:
        yield running
    finally:
        running.close()


def _registration(tx: Tx, wanted: str) -> Registration:
    from ledger.registrations import find

    found = find(tx, wanted)
    if len(found) != 1:
        many = "no registration is" if not found else f"{len(found)} registrations are"
        raise RefusedError(f"{many} called {wanted!r}; give an id such as REG-2026-00042.")
    return found[0]


def _command(tx: Tx, registration: Registration, wanted: Wanted, settings: Settings) -> Command:
    """Return the command that the words mean."""
    from console.in_force import policy_in_force
    from rules.cases import Command, CommandKind
    from sync.orders import SOURCE

    actor = wanted.actor or getpass.getuser()
    now = datetime.now(UTC)
    proposal = _proposal(tx, registration)
    if wanted.kind in (FOLLOW, CommandKind.DISMISS) and proposal is None:
        raise RefusedError(
            f"{registration.registration_id}: nobody proposed anything. `registrar review list` shows what waits."
        )
    if wanted.kind == FOLLOW:
        assert proposal is not None
        return replace(proposal, actor=actor, at=now, source=SOURCE, is_allowed=False)
    return Command(
        kind=CommandKind(wanted.kind),
        actor=actor,
        at=now,
        source=SOURCE,
        window_end=_end(wanted.until, policy_in_force(tx, settings, now=now).zone),
        reason=wanted.reason,
    )


def _end(until: str | None, zone: str) -> datetime | None:
    from rules.windows import end_of_day

    if until is None:
        return None
    try:
        return end_of_day(date.fromisoformat(until), zone)
    except ValueError:
        raise RefusedError(f"--until {until!r} is no day; write it like 2026-12-31.") from None


def _given(running: Daemon, order: Any) -> bool:
    for _ in range(_TRIES):
        if running.engine.order(order):
            return True
        time.sleep(_PAUSE_S)
    return False


def _tell(screen: Screen, running: Daemon, before: Registration) -> Exit:
    """Say what came of a command: followed, already so, or kept as a proposal and why."""
    from ledger import history, registrations
    from ledger.entry_types import DECISIONS

    with running.ledger.read() as tx:
        after = registrations.get(tx, before.registration_id)
        assert after is not None, before.registration_id
        fresh = [
            each for each in history.entries_of(tx, before.registration_id)[before.version :] if each.type in DECISIONS
        ]
    step = _word(fresh[-1]) if fresh else None
    screen.line(f"{after.registration_id}  {before.status} -> {after.status}  ({after.reason})")
    if step is None:
        screen.talk(f"Nothing changed: it already is {after.status}.")
        return Exit.DONE
    if step["result"] == "failed":
        screen.talk(
            f"Not followed: {step['text']}. It stands as a proposal; `registrar explain {after.registration_id}`."
        )
        return Exit.FINDINGS
    if after.window is not None:
        screen.line(f"protected until {moment(after.window.end)}")
    screen.talk("The next pass writes it to the CRMs.")
    return Exit.DONE


def _word(entry: Entry) -> dict[str, Any] | None:
    """Return what a decision says of the command."""
    steps: Sequence[dict[str, Any]] = entry.data.get("steps", ())
    return next((each for each in steps if each["rule"] == "command"), None)


def _view(tx: Tx, registration: Registration, words: Words) -> ReviewView:
    from ledger import history

    last = history.last_decision(tx, registration.registration_id)
    proposal = last.data.get("proposal") if last is not None else None
    return ReviewView(
        registration_id=registration.registration_id,
        status=registration.status,
        customer_name=registration.customer_name,
        partner_id=registration.partner_id,
        amount=str(registration.amount) if registration.amount is not None else None,
        since=registration.status_since,
        reason=registration.reason,
        why=words.support(registration.reason),
        proposed=f"{proposal['kind']} by {proposal['actor'] or 'unknown'}" if proposal is not None else None,
        advice=words.advice(registration.reason),
    )


def _proposal(tx: Tx, registration: Registration) -> Command | None:
    from sync.news import unanswered

    return unanswered(tx, registration)
