"""Numbers that only ever go up: registration ids by year, markings of dirty claims."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite

from ledger.engine import Tx
from ledger.tables import counter as t


def advance(tx: Tx, name: str, by: int = 1) -> int:
    """Return the counter's new value, `by` higher than before; the first is `by`."""
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    statement = (
        insert(t)
        .values(name=name, value=by)
        .on_conflict_do_update(index_elements=[t.c.name], set_={"value": t.c.value + by})
        .returning(t.c.value)
    )
    value: int = tx.execute(statement).scalar_one()
    return value
