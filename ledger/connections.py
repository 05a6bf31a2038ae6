"""What is remembered of each connection: whether it may run, which account answered, how much was written to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from ledger.bulk import upsert
from ledger.codec import to_micros
from ledger.engine import Tx
from ledger.rows import ConnectionRow, ConnectionState
from ledger.tables import connection as t


def ensure(tx: Tx, name: str, kind: str, *, now: datetime) -> ConnectionRow:
    """Return the connection's row, made active at first sight; a changed kind is taken over."""
    columns = ("name", "kind", "state", "writes_done", "state_since")
    row = (name, kind, ConnectionState.ACTIVE.value, 0, to_micros(now))
    upsert(tx, t, columns, [row], key=("name",), update=("kind",))
    found = get(tx, name)
    assert found is not None, name
    return found


def get(tx: Tx, name: str) -> ConnectionRow | None:
    row = tx.execute(select(t).where(t.c.name == name)).one_or_none()
    return None if row is None else _connection(row)


def all_(tx: Tx) -> list[ConnectionRow]:
    return [_connection(row) for row in tx.execute(select(t).order_by(t.c.name))]


def set_state(tx: Tx, name: str, state: ConnectionState, reason: str | None, *, now: datetime) -> None:
    """Set the state and why; `state_since` moves only when the state differs."""
    before = get(tx, name)
    assert before is not None, name
    since = before.state_since if before.state == state else now
    tx.execute(update(t).where(t.c.name == name).values(state=state, reason=reason, state_since=since))


def remember_account(tx: Tx, name: str, account_id: str) -> None:
    tx.execute(update(t).where(t.c.name == name).values(account_id=account_id))


def add_writes(tx: Tx, name: str, count: int) -> None:
    tx.execute(update(t).where(t.c.name == name).values(writes_done=t.c.writes_done + count))


def mapping_of(tx: Tx, name: str) -> dict[str, list[str]] | None:
    """Return the fingerprints of the mapping last worked with, None before the first pass."""
    found: dict[str, list[str]] | None = tx.execute(select(t.c.mapping).where(t.c.name == name)).scalar()
    return found


def remember_mapping(tx: Tx, name: str, fingerprints: Mapping[str, list[str]]) -> None:
    tx.execute(update(t).where(t.c.name == name).values(mapping=dict(fingerprints)))


def _connection(row: Row[Any]) -> ConnectionRow:
    values = {name: value for name, value in row._mapping.items() if name != "mapping"}
    return ConnectionRow(**values | {"state": ConnectionState(row.state)})
