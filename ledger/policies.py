"""The policies that have been activated, kept word for word, so that an old decision stands under its own rules.

Each activation is an entry of the chain; the same policy may be activated again. Which of them decides a claim is for
sync/policies.py to say.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from ledger.codec import iso
from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.record import record
from ledger.rows import NewEntry, PolicyRow
from ledger.tables import policy as t


def activate(
    tx: Tx,
    policy_hash: str,
    *,
    name: str,
    version: str,
    text: str,
    now: datetime,
    effective_from: datetime | None = None,
    actor: str = "rule",
) -> bool:
    """Record that this policy is in force from an instant on; return False when it was the last one activated already.

    text: the file as it was written. effective_from: None: from ever, as the first policy of a ledger is.
    """
    current = active(tx)
    if current is not None and (current.hash, current.effective_from) == (policy_hash, effective_from):
        return False
    data = {
        "hash": policy_hash,
        "name": name,
        "version": version,
        "text": text,
        "effective_from": iso(effective_from) if effective_from is not None else None,
    }
    activated = NewEntry(
        registration_id=None, type=EntryType.POLICY_ACTIVATED, at=now, actor=actor, policy_hash=policy_hash, data=data
    )
    record(tx, [activated])
    return True


def active(tx: Tx) -> PolicyRow | None:
    """Return the policy activated last."""
    return _first(tx, _newest().limit(1))


def get(tx: Tx, policy_hash: str) -> PolicyRow | None:
    """Return a policy by its hash, as last activated."""
    return _first(tx, _newest().where(t.c.hash == policy_hash).limit(1))


def history(tx: Tx) -> list[PolicyRow]:
    """Return every activation, oldest first."""
    return [PolicyRow(**row._mapping) for row in tx.execute(select(t).order_by(t.c.seq))]


def newest_seq(tx: Tx) -> int:
    """Return the number of the newest activation's entry, 0 when there is none."""
    return tx.execute(select(t.c.seq).order_by(t.c.seq.desc()).limit(1)).scalar() or 0


def _newest() -> Select[tuple[object, ...]]:
    return select(t).order_by(t.c.seq.desc())


def _first(tx: Tx, statement: Select[tuple[object, ...]]) -> PolicyRow | None:
    row = tx.execute(statement).one_or_none()
    return None if row is None else PolicyRow(**row._mapping)
