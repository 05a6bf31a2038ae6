"""Forgets old lines of the sync log: passes, API calls and events. Entries, rows and writes are never touched.

Numbers of lines go up with time, so the old ones lie together at the low end of each table's own key: finding where they
end reads only them, and nothing when there are none. A line whose clock had jumped back goes with its neighbours.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Table, delete, func, select

from ledger.engine import Tx
from ledger.tables import call, connection, event, run

_LOGS: Final[tuple[tuple[Table, Column[Any], Column[Any]], ...]] = (
    (call, call.c.call_id, call.c.at),
    (event, event.c.event_id, event.c.at),
    (run, run.c.run_id, run.c.started_at),
)


def prune(tx: Tx, *, before: datetime) -> int:
    """Delete the log's lines from before an instant and return how many.

    Of each connection the first pass stays, which tells since when it is known, and the newest, which tells how it is.
    """
    kept = _kept_runs(tx)
    return sum(_prune(tx, table, key, at, before, kept if table is run else []) for table, key, at in _LOGS)


def _prune(tx: Tx, table: Table, key: Column[Any], at: Column[Any], before: datetime, kept: list[int]) -> int:
    newer = select(key).where(at >= before).order_by(key).limit(1)
    first_newer = tx.execute(newer).scalar()
    old = key < first_newer if first_newer is not None else at < before
    return tx.execute(delete(table).where(old, key.not_in(kept))).rowcount


def _kept_runs(tx: Tx) -> list[int]:
    """Return the first and the newest pass of each connection."""
    ends = [
        select(end(run.c.run_id)).where(run.c.connection == connection.c.name).scalar_subquery()
        for end in (func.min, func.max)
    ]
    return [
        run_id for pair in tx.execute(select(*ends).select_from(connection)) for run_id in pair if run_id is not None
    ]
