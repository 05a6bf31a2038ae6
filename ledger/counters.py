"""Numbers that only ever go up: registration ids by year, markings of dirty claims."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite

from ledger.engine import Tx
from ledger.tables import counter as t


def advance(tx: Tx, name: str, by: int = 1) -> int:
    """Return the counter's new value, `by` higher than before; the first is `by`."""
    value: int = tx.execute(_advance(tx.dialect.name), {"of": name, "by": by}).scalar_one()
    return value


@cache
def _advance(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return (
        insert(t)
        .values(name=bindparam("of"), value=bindparam("by"))
        .on_conflict_do_update(index_elements=[t.c.name], set_={"value": t.c.value + bindparam("by")})
        .returning(t.c.value)
    )
