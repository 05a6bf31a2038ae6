"""Reads the disputes within registrations. They are opened and closed by entries (ledger/projection.py)."""

from __future__ import annotations

from sqlalchemy import select

from ledger.engine import Tx
from ledger.rows import Conflict
from ledger.tables import conflict as t


def open_(tx: Tx, *, limit: int = 1000) -> list[Conflict]:
    """Return the disputes that are open, by registration."""
    statement = select(t).where(t.c.closed_at.is_(None)).order_by(t.c.registration_id, t.c.key).limit(limit)
    return [Conflict(**row._mapping) for row in tx.execute(statement)]


def of_registration(tx: Tx, registration_id: str) -> list[Conflict]:
    statement = select(t).where(t.c.registration_id == registration_id).order_by(t.c.key)
    return [Conflict(**row._mapping) for row in tx.execute(statement)]
