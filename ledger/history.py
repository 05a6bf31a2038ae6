"""Reads the entries: of one registration, or the whole chain in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import bindparam, literal_column, select

from ledger.chain import GENESIS
from ledger.codec import load
from ledger.engine import Tx
from ledger.entry_types import DECISIONS, EntryType
from ledger.rows import Entry
from ledger.tables import entry as t

_PAGE: Final = 5_000
_HEAD: Final = select(t.c.seq, t.c.hash).order_by(t.c.seq.desc()).limit(1)
_OF_REGISTRATION: Final = select(t).where(t.c.registration_id == bindparam("registration")).order_by(t.c.seq)
_OBJECTIONS: Final = (
    select(t)
    .where(
        t.c.registration_id == bindparam("registration"), t.c.type == literal_column("'objected'")
    )  # a partial index
    .order_by(t.c.seq)
)
_LAST_DECISION: Final = (
    select(t)
    .where(t.c.registration_id == bindparam("registration"), t.c.type.in_(sorted(DECISIONS)))
    .order_by(t.c.seq.desc())
    .limit(1)
)


def head(tx: Tx) -> tuple[int, str]:
    """Return the last entry's number and hash; (0, 64 zeros) for an empty chain."""
    row = tx.execute(_HEAD).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def entries_of(tx: Tx, registration_id: str) -> list[Entry]:
    """Return a registration's entries, oldest first."""
    rows = tx.execute(_OF_REGISTRATION, {"registration": registration_id})
    return [entry_of(row) for row in rows]


def last_decision(tx: Tx, registration_id: str) -> Entry | None:
    """Return the newest decision about a registration, None when it has not been decided yet."""
    row = tx.execute(_LAST_DECISION, {"registration": registration_id}).one_or_none()
    return None if row is None else entry_of(row)


def objections_to(tx: Tx, registration_id: str) -> list[Entry]:
    """Return the objections to a registration that were told at the command line, oldest first."""
    rows = tx.execute(_OBJECTIONS, {"registration": registration_id})
    return [entry_of(row) for row in rows]


def activations(tx: Tx) -> list[Entry]:
    """Return the entries by which policies were activated, oldest first."""
    return of_type(tx, EntryType.POLICY_ACTIVATED)


def of_type(tx: Tx, type_: EntryType) -> list[Entry]:
    """Return all entries of a type, oldest first. Reads the whole chain: for proofs, not for passes."""
    rows = tx.execute(select(t).where(t.c.type == type_.value).order_by(t.c.seq))
    return [entry_of(row) for row in rows]


def all_entries(tx: Tx, after_seq: int = 0) -> Iterator[Entry]:
    """Yield the entries after a number, in order, a page at a time."""
    while True:
        page = tx.execute(select(t).where(t.c.seq > after_seq).order_by(t.c.seq).limit(_PAGE)).all()
        for row in page:
            yield entry_of(row)
        if len(page) < _PAGE:
            return
        after_seq = page[-1].seq


def entry_of(row: Any) -> Entry:
    return Entry(**{**row._mapping, "data": load(row.data)})
