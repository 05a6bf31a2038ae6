"""The sync log that support reads: what happened to which registration or row, in which run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import EventRow
from ledger.tables import event as t
from rules.records import CrmRef


def add(
    tx: Tx,
    event: str,
    *,
    registration_id: str | None = None,
    ref: CrmRef | None = None,
    data: Mapping[str, Any] | None = None,
    run_id: int | None = None,
    now: datetime,
) -> None:
    """Store one line; the event names are those of the log."""
    values = {
        "at": now, "run_id": run_id, "event": event, "registration_id": registration_id,
        "ref": str(ref) if ref else None, "data": dict(data or {}),
    }  # fmt: skip
    tx.execute(insert(t).values(values))


def listing(
    tx: Tx,
    *,
    registration_id: str | None = None,
    ref: CrmRef | None = None,
    event: str | None = None,
    limit: int = 100,
) -> list[EventRow]:
    """Return lines, newest first."""
    statement = select(t).order_by(t.c.event_id.desc()).limit(limit)
    if registration_id is not None:
        statement = statement.where(t.c.registration_id == registration_id)
    if ref is not None:
        statement = statement.where(t.c.ref == str(ref))
    if event is not None:
        statement = statement.where(t.c.event == event)
    return [_event(row) for row in tx.execute(statement)]


def _event(row: Any) -> EventRow:
    return EventRow(**{**row._mapping, "ref": parse_ref(row.ref) if row.ref else None})
