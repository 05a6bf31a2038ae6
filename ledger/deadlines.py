"""Reads due times. They are set by what is recorded, as part of a decision (ledger/projection.py)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ledger.engine import Tx
from ledger.rows import Deadline
from ledger.tables import deadline as t


def due(tx: Tx, *, now: datetime, limit: int) -> list[Deadline]:
    """Return the deadlines that have come, earliest first."""
    statement = select(t).where(t.c.due_at <= now).order_by(t.c.due_at, t.c.registration_id, t.c.kind).limit(limit)
    return [Deadline(**row._mapping) for row in tx.execute(statement)]


def of_registration(tx: Tx, registration_id: str) -> list[Deadline]:
    statement = select(t).where(t.c.registration_id == registration_id).order_by(t.c.due_at, t.c.kind)
    return [Deadline(**row._mapping) for row in tx.execute(statement)]
