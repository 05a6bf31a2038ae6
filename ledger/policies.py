"""The policies that have been in force, kept word for word, so that an old decision can be replayed under its own rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.record import record
from ledger.rows import NewEntry, PolicyRow
from ledger.tables import policy as t


def remember(tx: Tx, policy_hash: str, version: str, text: str, *, now: datetime, actor: str = "rule") -> bool:
    """Record that this policy is in force from now on; return False when it is the active one already."""
    current = active(tx)
    if current is not None and current.hash == policy_hash:
        return False
    data = {"hash": policy_hash, "version": version, "text": text}
    activated = NewEntry(
        registration_id=None, type=EntryType.POLICY_ACTIVATED, at=now, actor=actor, policy_hash=policy_hash, data=data
    )
    record(tx, [activated])
    return True


def active(tx: Tx) -> PolicyRow | None:
    """Return the policy activated last."""
    return _first(tx, None)


def get(tx: Tx, policy_hash: str) -> PolicyRow | None:
    """Return a policy by its hash, as last activated."""
    return _first(tx, policy_hash)


def _first(tx: Tx, policy_hash: str | None) -> PolicyRow | None:
    statement = select(t.c.hash, t.c.version, t.c.text, t.c.activated_at).order_by(t.c.seq.desc()).limit(1)
    if policy_hash is not None:
        statement = statement.where(t.c.hash == policy_hash)
    row = tx.execute(statement).one_or_none()
    return None if row is None else PolicyRow(**row._mapping)
