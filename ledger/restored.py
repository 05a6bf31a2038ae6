"""What tells that the ledger is older than the CRMs: marks of a restore, and rows that are ahead of it.

Only rows that wait to be decided are looked at. Whatever a lost ledger wrote after the backup has changed since, so it is
pulled again and waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from ledger import snapshots
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import LinkRole, Snapshot
from ledger.tables import dirty, link, registration, snapshot
from rules.fields import Stream
from rules.records import CrmRef

RESTORED_AT: Final = "restored_at"  # a counter: when `registrar restore` filled this database, in microseconds
BEHIND: Final = "behind"  # a counter: set while the ledger is known to be older than a CRM
WITNESS: Final = "rev"
_ROWS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A linked submission that shows a later write than the ledger made. shown, known: the witness there and here."""

    link_id: int
    ref: CrmRef
    shown: int
    known: int
    modified_by: str | None


def written_later(tx: Tx, connection: str) -> list[Ahead]:
    """Return the submissions of a connection, due to be decided, whose witness is above what the ledger gave."""
    statement = (
        select(link.c.link_id, link.c.ref, link.c.rev, snapshot.c.rev.label("shown"), snapshot.c.modified_by)
        .select_from(dirty)
        .join(registration, registration.c.claim_ref == dirty.c.ref)
        .join(link, link.c.registration_id == registration.c.registration_id)
        .join(snapshot, snapshot.c.ref == link.c.ref)
        .where(
            link.c.connection == connection,
            link.c.role == LinkRole.SUBMISSION.value,
            ~link.c.is_gone,
            snapshot.c.rev > link.c.rev,
        )
        .order_by(link.c.ref)
        .limit(_ROWS_MAX)
    )
    return [
        Ahead(link_id=row.link_id, ref=parse_ref(row.ref), shown=row.shown, known=row.rev, modified_by=row.modified_by)
        for row in tx.execute(statement)
    ]


def witnesses_of_gone(tx: Tx, connection: str) -> set[int]:
    """Return the witness numbers of a connection's submissions that are gone: a row may have them from a merge."""
    statement = (
        select(link.c.rev)
        .join(snapshot, snapshot.c.ref == link.c.ref)
        .where(link.c.connection == connection, link.c.role == LinkRole.SUBMISSION.value, snapshot.c.is_gone)
        .distinct()
    )
    return set(tx.execute(statement).scalars())


def unregistered_with_witness(tx: Tx, connection: str) -> list[Snapshot]:
    """Return the submissions of a connection, due to be decided, that carry a witness and have no registration."""
    statement = (
        select(snapshot.c.ref)
        .select_from(dirty)
        .join(snapshot, snapshot.c.ref == dirty.c.ref)
        .outerjoin(registration, registration.c.claim_ref == dirty.c.ref)
        .where(
            dirty.c.ref > f"{connection}/",
            dirty.c.ref < f"{connection}0",  # "0" follows "/"
            snapshot.c.stream == Stream.SUBMISSIONS.value,
            snapshot.c.rev.is_not(None),
            ~snapshot.c.is_gone,
            registration.c.registration_id.is_(None),
        )
        .limit(_ROWS_MAX)
    )
    refs = [parse_ref(ref) for ref in tx.execute(statement).scalars()]
    known = snapshots.get_many(tx, refs)
    # The oldest row of two with one id is the one that the lost ledger knew.
    return sorted(known.values(), key=lambda each: (each.created_at or each.first_seen_at, each.ref))
