"""The past of a ledger as a replay reads it, and the rules that a command line names: for `rules diff` and `activate`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from config.policy import read_policy
from config.source import read_text
from console.beside import beside, can_fork
from console.in_force import policy_in_force, shelf_of
from ledger import policies as store
from ledger.codec import load
from ledger.engine import open_ledger
from ledger.entry_types import DECISIONS
from ledger.tables import entry
from rules.difference import Difference, diff, side
from rules.errors import ConfigError
from rules.replay import Outcome, Recorded
from sync.rate_book import read_book

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Tx
    from rules.policy import Policy

ACTIVE: Final = "active"
_PAGE: Final = 2_000
_SECOND_PROCESS_FROM: Final = 5_000  # decisions; for fewer, starting it would take longer than it saves
_HASH_MIN: Final = 6  # so much of a hash names a version


class UnknownRulesError(Exception):
    """No rules are called so; the text says what can be named."""


def compare(
    tx: Tx, old: Policy, new: Policy, *, now: datetime, progress: Callable[[int], None] | None = None
) -> Difference:
    """Replay every decision of the ledger under both policies and return what differs.

    Both count money by the rates that are known now. progress: told now and then how many decisions were made anew.
    """
    book, times = read_book(tx, None), _times(tx)
    rates = book.rates(old, now), book.rates(new, now)
    if sum(map(len, times.values())) < _SECOND_PROCESS_FROM or not can_fork():
        return diff(recorded(tx), old, new, rates=rates, upcoming=times, progress=progress)
    url = tx.engine.url.render_as_string(hide_password=False)

    def work() -> Iterator[Outcome | Mapping[str, Outcome]]:
        with open_ledger(url).read() as own:
            yield from side(recorded(own), old, rates=rates[0], upcoming=times)

    with beside(old, work) as theirs:
        return diff(recorded(tx), theirs, new, rates=rates, upcoming=times, progress=progress)


def recorded(tx: Tx) -> Iterator[Recorded]:
    """Yield the decisions whose case was kept, in order, a page at a time."""
    after = 0
    decisions = select(entry.c.seq, entry.c.registration_id, entry.c.at, entry.c.data).where(
        entry.c.type.in_(sorted(DECISIONS))
    )
    while True:
        page = tx.execute(decisions.where(entry.c.seq > after).order_by(entry.c.seq).limit(_PAGE)).all()
        for row in page:
            data: dict[str, Any] = load(row.data)
            if "case" in data:
                yield Recorded(registration_id=row.registration_id, at=row.at, case=data["case"])
        if len(page) < _PAGE:
            return
        after = page[-1].seq


def count(tx: Tx) -> int:
    """Return how many decisions the ledger holds."""
    wanted = select(func.count()).select_from(entry).where(entry.c.type.in_(sorted(DECISIONS)))
    return tx.execute(wanted).scalar_one()


def chosen(tx: Tx, settings: Settings, name: str | None, *, now: datetime) -> Policy:
    """Return the rules that a command line names: "active", a version, a hash, a file; None: the rules file.

    Raises ConfigError for a file that is no rules, UnknownRulesError for a name that is nothing.
    """
    if name is None:
        if settings.policy_problems:
            raise ConfigError(settings.policy_problems)
        return settings.policy
    if name == ACTIVE:
        return policy_in_force(tx, settings, now=now)
    shelf = shelf_of(settings)
    for row in reversed(store.history(tx)):
        if name == row.version or (len(name) >= _HASH_MIN and row.hash.startswith(name)):
            policy = shelf.by_hash(tx, row.hash)
            if policy is not None:
                return policy
    path = Path(name)
    if path.is_dir():
        path /= "rules.yaml"
    if not path.is_file():
        raise UnknownRulesError(
            f"{name!r} is no file, and no version or hash of `registrar rules history`. Name one of these, or: {ACTIVE}."
        )
    return read_policy(read_text(path, name=str(path)), str(path))


def _times(tx: Tx) -> dict[str, list[datetime]]:
    """Return when each registration was decided."""
    found: dict[str, list[datetime]] = {}
    rows = select(entry.c.registration_id, entry.c.at).where(entry.c.type.in_(sorted(DECISIONS))).order_by(entry.c.seq)
    for registration_id, at in tx.execute(rows):
        found.setdefault(registration_id, []).append(at)
    return found
