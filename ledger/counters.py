"""Numbers kept by name: registration ids by year and markings of dirty claims, which only go up; what was seen last."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.bulk import upsert
from ledger.engine import Tx
from ledger.tables import counter as t


def advance(tx: Tx, name: str, by: int = 1) -> int:
    """Return the counter's new value, `by` higher than before; the first is `by`."""
    value: int = tx.execute(_advance(tx.dialect.name), {"of": name, "by": by}).scalar_one()
    return value


def get(tx: Tx, name: str) -> int | None:
    value: int | None = tx.execute(select(t.c.value).where(t.c.name == name)).scalar()
    return value


def put(tx: Tx, name: str, value: int) -> None:
    """Keep a number that says what was seen last."""
    upsert(tx, t, ("name", "value"), [(name, value)], key=("name",), update=("value",))


def forget(tx: Tx, name: str) -> None:
    tx.execute(delete(t).where(t.c.name == name))


@cache
def _advance(dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return (
        insert(t)
        .values(name=bindparam("of"), value=bindparam("by"))
        .on_conflict_do_update(index_elements=[t.c.name], set_={"value": t.c.value + bindparam("by")})
        .returning(t.c.value)
    )
