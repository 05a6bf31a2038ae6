"""Where each stream's next pull starts and how far it has been read for certain.

A cursor is saved only in the transaction that stores the page it follows; that is what makes a crash harmless.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import Row, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.engine import Tx
from ledger.rows import CursorRow
from ledger.tables import cursor as t
from rules.fields import Stream

# Asked in every decision, so built once.
_ALL: Final = select(t).order_by(t.c.connection, t.c.stream)
_ONE: Final = select(t).where(t.c.connection == bindparam("name"), t.c.stream == bindparam("of"))


def get(tx: Tx, connection: str, stream: Stream) -> CursorRow | None:
    row = tx.execute(_ONE, {"name": connection, "of": stream.value}).one_or_none()
    return None if row is None else _cursor(row)


def save(tx: Tx, row: CursorRow) -> None:
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    values = asdict(row)
    rest = {name: values[name] for name in values if name not in ("connection", "stream")}
    tx.execute(insert(t).values(values).on_conflict_do_update(index_elements=[t.c.connection, t.c.stream], set_=rest))


def all_(tx: Tx) -> list[CursorRow]:
    return [_cursor(row) for row in tx.execute(_ALL)]


def _cursor(row: Row[Any]) -> CursorRow:
    return CursorRow(**{**row._mapping, "stream": Stream(row.stream)})
