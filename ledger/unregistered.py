"""Opportunities that name a partner and have no registration: found as rows come in, treated when their time has come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from ledger.bulk import among, upsert
from ledger.codec import parse_ref, to_micros
from ledger.engine import Tx
from ledger.rows import UnregisteredRow
from ledger.tables import match_key
from ledger.tables import unregistered as t
from rules.fields import Stream
from rules.records import CrmRef

_COLUMNS: Final = ("ref", "due_at", "found_at")


def note(tx: Tx, refs: Collection[CrmRef], *, now: datetime) -> None:
    """Let these be looked at, whatever was said of them before."""
    rows = [(str(ref), to_micros(now), to_micros(now)) for ref in sorted(refs)]
    upsert(tx, t, _COLUMNS, rows, key=_COLUMNS[:1], update=_COLUMNS[1:2])


def drop(tx: Tx, refs: Collection[CrmRef]) -> None:
    """Forget these: they have a registration now, or no longer matter."""
    if refs:
        tx.execute(delete(t).where(among(tx, t.c.ref, [str(ref) for ref in refs])))


def due(tx: Tx, *, now: datetime, limit: int) -> list[UnregisteredRow]:
    """Return those whose time has come, the earliest first."""
    statement = select(t).where(t.c.due_at <= now).order_by(t.c.due_at, t.c.ref).limit(limit)
    return [_row(row) for row in tx.execute(statement)]


def wait(tx: Tx, ref: CrmRef, *, until: datetime) -> None:
    """Look at it again at an instant."""
    tx.execute(update(t).where(t.c.ref == str(ref)).values(due_at=until))


def settle(tx: Tx, ref: CrmRef, outcome: str) -> None:
    """Note what became of it; it is looked at again only when its row changes."""
    tx.execute(update(t).where(t.c.ref == str(ref)).values(due_at=None, outcome=outcome))


def ask_again(tx: Tx, *, now: datetime) -> None:
    """Look at all of them again: another policy has come into force."""
    tx.execute(update(t).values(due_at=now))


def listing(tx: Tx, *, outcome: str, limit: int = 1000) -> list[UnregisteredRow]:
    """Return those of which this became, the oldest first."""
    statement = select(t).where(t.c.outcome == outcome).order_by(t.c.found_at, t.c.ref).limit(limit)
    return [_row(row) for row in tx.execute(statement)]


def count(tx: Tx, *, outcome: str) -> int:
    return tx.execute(select(func.count()).select_from(t).where(t.c.outcome == outcome)).scalar_one()


def count_as_claim(tx: Tx, ref: CrmRef, keys: Sequence[str]) -> None:
    """Let an opportunity be found by its customer's keys as submissions are: it stands for a claim from now on."""
    rows = [(key, Stream.SUBMISSIONS.value, str(ref)) for key in dict.fromkeys(keys)]
    upsert(tx, match_key, ("key", "stream", "ref"), rows, key=("key", "stream", "ref"))


def _row(row: Any) -> UnregisteredRow:
    ref, due_at, found_at, outcome = row
    return UnregisteredRow(ref=parse_ref(ref), due_at=due_at, found_at=found_at, outcome=outcome)
