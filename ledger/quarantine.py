"""Rows that could not be read into a record, kept with the reason until they can; never dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import Delete, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.bulk import is_among, keys_of
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import QuarantineRow
from ledger.tables import quarantine as t
from rules.fields import Stream
from rules.records import CrmRef


class Unreadable(Protocol):
    """One row that was set aside: what sync/ builds from a RecordError."""

    @property
    def ref(self) -> CrmRef: ...
    @property
    def stream(self) -> Stream | None: ...
    @property
    def code(self) -> str | None: ...
    @property
    def message(self) -> str: ...
    @property
    def field(self) -> str | None: ...


def put(tx: Tx, errors: Sequence[Unreadable], *, now: datetime) -> None:
    """Set rows aside; one that is there already is counted up and shows the newest reason."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    for error in errors:
        latest: dict[str, Any] = {
            "stream": error.stream.value if error.stream else None, "code": error.code or "unreadable",
            "message": error.message, "field": error.field, "last_at": now,
        }  # fmt: skip
        statement = insert(t).values(ref=str(error.ref), first_at=now, count=1, **latest)
        tx.execute(statement.on_conflict_do_update(index_elements=[t.c.ref], set_=latest | {"count": t.c.count + 1}))


def listing(tx: Tx, *, connection: str | None = None, limit: int = 1000) -> list[QuarantineRow]:
    """Return the rows set aside, newest first."""
    statement = select(t).order_by(t.c.last_at.desc(), t.c.ref).limit(limit)
    if connection is not None:
        statement = statement.where(*_of(connection))
    return [_row(row) for row in tx.execute(statement)]


def clear(tx: Tx, refs: CrmRef | Collection[CrmRef]) -> None:
    """Take rows out again: they could be read, or a person asks for another try."""
    wanted = [refs] if isinstance(refs, CrmRef) else refs
    tx.execute(_clear(tx.dialect.name), keys_of(tx, map(str, wanted)))


@cache
def _clear(dialect: str) -> Delete:
    return delete(t).where(is_among(dialect, t.c.ref))


def count(tx: Tx, connection: str | None = None) -> int:
    conditions = () if connection is None else _of(connection)
    return tx.execute(select(func.count()).select_from(t).where(*conditions)).scalar_one()


def _of(connection: str) -> tuple[Any, ...]:
    return t.c.ref > f"{connection}/", t.c.ref < f"{connection}0"  # "0" follows "/"


def _row(row: Any) -> QuarantineRow:
    stream = Stream(row.stream) if row.stream else None
    return QuarantineRow(**{**row._mapping, "ref": parse_ref(row.ref), "stream": stream})
