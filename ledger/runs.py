"""The record of passes and of API calls: verdict and counts of each pass, purpose and cost of each call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from ledger.bulk import upsert
from ledger.codec import to_micros
from ledger.engine import Tx
from ledger.rows import RunRow, Verdict
from ledger.tables import call
from ledger.tables import run as t

_CALL = ("connection", "at", "purpose", "status", "rows", "cost", "elapsed_ms", "code", "correlation_id")


def start(tx: Tx, connection: str, *, now: datetime) -> int:
    """Open a run and return its id."""
    values = {"connection": connection, "started_at": now, "counts": {}}
    run_id: int = tx.execute(insert(t).values(values).returning(t.c.run_id)).scalar_one()
    return run_id


def finish(
    tx: Tx, run_id: int, verdict: Verdict, counts: Mapping[str, Any], error: str | None, *, now: datetime
) -> None:
    """Close a run with how it ended."""
    changes = {"verdict": verdict.value, "counts": dict(counts), "error": error, "finished_at": now}
    tx.execute(update(t).where(t.c.run_id == run_id).values(changes))


def last(tx: Tx, connection: str) -> RunRow | None:
    """Return a connection's newest run, finished or not."""
    found = listing(tx, 1, connection=connection)
    return found[0] if found else None


def listing(tx: Tx, limit: int = 50, *, connection: str | None = None) -> list[RunRow]:
    """Return runs, newest first."""
    statement = select(t).order_by(t.c.run_id.desc()).limit(limit)
    if connection is not None:
        statement = statement.where(t.c.connection == connection)
    return [_run(row) for row in tx.execute(statement)]


def add_calls(tx: Tx, calls: Sequence[Mapping[str, Any]]) -> None:
    """Store API calls as made. Keys as in the table; connection, at, purpose, rows and cost are always there."""
    rows = [
        tuple(
            to_micros(each["at"]) if name == "at" else each.get(name, 0 if name == "elapsed_ms" else None)
            for name in _CALL
        )
        for each in calls
    ]
    upsert(tx, call, _CALL, rows, key=())


def calls_since(tx: Tx, connection: str, since: datetime) -> dict[str, tuple[int, int]]:
    """Return (calls, cost) by purpose of a connection's calls from an instant on."""
    statement = (
        select(call.c.purpose, func.count(), func.sum(call.c.cost))
        .where(call.c.connection == connection, call.c.at >= since)
        .group_by(call.c.purpose)
        .order_by(call.c.purpose)
    )
    return {purpose: (calls, int(cost)) for purpose, calls, cost in tx.execute(statement)}


def _run(row: Any) -> RunRow:
    return RunRow(**{**row._mapping, "verdict": Verdict(row.verdict) if row.verdict else None})
