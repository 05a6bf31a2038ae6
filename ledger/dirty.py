"""Which claims must be decided anew, oldest priority first.

Each marking has a number; whoever has decided a claim clears that number, so that a marking made meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, func, select

from ledger.bulk import upsert
from ledger.codec import parse_ref, to_micros
from ledger.counters import advance
from ledger.engine import Tx
from ledger.rows import DirtyClaim
from ledger.tables import dirty as t
from ledger.tables import registration
from rules.records import CrmRef

_COLUMNS = ("ref", "mark", "reason", "priority_at", "marked_at")
_CLEAR = delete(t).where(t.c.ref == bindparam("of"), t.c.mark == bindparam("number"))


def mark(tx: Tx, refs: Mapping[CrmRef, str], *, priority: Mapping[CrmRef, datetime], now: datetime) -> None:
    """Mark these submissions to be decided, each with its reason; one that is marked already gets a later number.

    priority: the instant that orders the claim; one that is not named there counts as of now.
    """
    if not refs:
        return
    last = advance(tx, "mark", len(refs))
    first = last - len(refs) + 1
    rows = [
        (str(ref), number, reason, to_micros(priority.get(ref, now)), to_micros(now))
        for number, (ref, reason) in enumerate(refs.items(), first)
    ]
    upsert(tx, t, _COLUMNS, rows, key=("ref",), update=_COLUMNS[1:])


def take(tx: Tx, limit: int, *, before: datetime | None = None) -> list[DirtyClaim]:
    """Return the claims to decide, oldest priority first; they stay marked until cleared.

    before: only claims whose priority lies before it.
    """
    statement = (
        select(t.c.ref, t.c.mark, t.c.reason, t.c.priority_at, registration.c.registration_id)
        .outerjoin(registration, registration.c.claim_ref == t.c.ref)
        .order_by(t.c.priority_at, t.c.ref)
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(t.c.priority_at < before)
    return [
        DirtyClaim(
            ref=parse_ref(row.ref), registration_id=row.registration_id, priority_at=row.priority_at,
            mark=row.mark, reason=row.reason,
        )
        for row in tx.execute(statement)
    ]  # fmt: skip


def clear(tx: Tx, ref: CrmRef, mark: int) -> None:
    """Forget the marking of that number; a later one stays."""
    tx.execute(_CLEAR, {"of": str(ref), "number": mark})


def count(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(t)).scalar_one()
