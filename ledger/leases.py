"""Leases: the right of one daemon to work on one connection, with an end and a fencing number (epoch).

A new holder gets a higher epoch. Whoever stores work calls `check` inside that very transaction; in PostgreSQL it keeps
the lease row shared until the commit, so that nobody can take the lease between the check and the commit. SQLite has one
writer at a time anyway.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ledger.engine import Tx
from ledger.errors import LeaseLostError
from ledger.rows import LeaseRow
from ledger.tables import lease as t

# Asked at the start of every transaction, so built once.
_HELD: Final = select(t.c.epoch, t.c.expires_at, t.c.holder).where(t.c.name == bindparam("lease"))
_HELD_SHARED: Final = _HELD.with_for_update(read=True)


def acquire(tx: Tx, name: str, *, holder: str, ttl_s: float, now: datetime) -> int | None:
    """Return the epoch of the lease taken, None while another holder has it.

    The same holder may take it again at once; that too raises the epoch, which fences off what it did before a restart.
    """
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    expires_at = now + timedelta(seconds=ttl_s)
    statement = insert(t).values(name=name, holder=holder, epoch=1, expires_at=expires_at)
    taken = statement.on_conflict_do_update(
        index_elements=[t.c.name],
        set_={"holder": holder, "epoch": t.c.epoch + 1, "expires_at": expires_at},
        where=or_(t.c.expires_at <= now, t.c.holder == holder),
    ).returning(t.c.epoch)
    epoch: int | None = tx.execute(taken).scalar()
    return epoch


def renew(tx: Tx, name: str, *, holder: str, epoch: int, ttl_s: float, now: datetime) -> bool:
    """Move the end of a lease that is still held; return False when it was lost or has run out."""
    renewed = tx.execute(
        update(t)
        .where(t.c.name == name, t.c.holder == holder, t.c.epoch == epoch, t.c.expires_at > now)
        .values(expires_at=now + timedelta(seconds=ttl_s))
    )
    return renewed.rowcount == 1


def release(tx: Tx, name: str, *, holder: str, epoch: int, now: datetime) -> None:
    """Let others take the lease at once; the epoch stays, so that numbers never repeat."""
    tx.execute(update(t).where(t.c.name == name, t.c.holder == holder, t.c.epoch == epoch).values(expires_at=now))


def check(tx: Tx, name: str, *, epoch: int, now: datetime) -> None:
    """Raise LeaseLostError unless the lease of this epoch is held now and until this transaction ends."""
    row = tx.execute(_HELD_SHARED if tx.dialect.name == "postgresql" else _HELD, {"lease": name}).one_or_none()
    if row is None or row.epoch != epoch:
        holder = "nobody" if row is None else row.holder
        raise LeaseLostError(f"The lease of {name} is held by {holder} now; this pass stores nothing more.")
    if row.expires_at <= now:
        raise LeaseLostError(f"The lease of {name} has run out; this pass stores nothing more.")


def running(tx: Tx, *, now: datetime) -> list[LeaseRow]:
    """Return the leases that have not run out."""
    rows = tx.execute(select(t).where(t.c.expires_at > now).order_by(t.c.name))
    return [LeaseRow(**row._mapping) for row in rows]


def get(tx: Tx, name: str) -> LeaseRow | None:
    row: Row[Any] | None = tx.execute(select(t).where(t.c.name == name)).one_or_none()
    return None if row is None else LeaseRow(**row._mapping)
