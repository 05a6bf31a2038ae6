"""Rows into the ledger: shaped for the gate, stored, and what they may concern marked dirty, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from connectors.port import Row
from ledger import inbox, links, quarantine, snapshots
from ledger.engine import Tx
from ledger.rows import Accepted, IntakeCounts
from rules.errors import RecordError
from rules.fields import Stream
from rules.records import CrmRef
from sync.concerns import SetAside, claim_refs, mark_claims, mark_concerned
from sync.events import emit
from sync.observe import observe
from sync.passes import Pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one batch of rows brought. dirty: how many claims were marked."""

    counts: IntakeCounts
    accepted: Sequence[Accepted]
    dirty: int


def take_in(p: Pass, tx: Tx, stream: Stream, rows: Sequence[Row], unreadable: Sequence[RecordError] = ()) -> Taken:
    """Store rows of one pulled page, set the unreadable ones aside, and mark what they concern."""
    return _take_in(p, tx, stream, _with_tombstones(tx, rows), unreadable, partial=frozenset())


def take_in_read(p: Pass, tx: Tx, stream: Stream, rows: Sequence[Row]) -> Taken:
    """Store rows that were read by id.

    A read leaves out what it cannot read, where a pull sets the row aside: the value known before stands in for it, and a
    row in quarantine stays there.
    """
    known = snapshots.get_many(tx, [row.ref for row in rows])
    partial = {row.ref for row in rows if row.ref in known and known[row.ref].values.keys() - row.values.keys()}
    whole = [
        replace(row, values={**known[row.ref].values, **row.values}) if row.ref in partial else row for row in rows
    ]
    return _take_in(p, tx, stream, whole, (), partial=partial)


def _take_in(
    p: Pass,
    tx: Tx,
    stream: Stream,
    rows: Sequence[Row],
    unreadable: Sequence[RecordError],
    *,
    partial: Collection[CrmRef],
) -> Taken:
    observed = [observe(row) for row in rows]
    taken = inbox.intake(tx, observed, run_id=p.run_id, now=p.now())
    counts = taken.counts
    if unreadable:
        quarantine.put(tx, [SetAside.of(error, stream) for error in unreadable], now=p.now())
        counts += IntakeCounts(quarantined=len(unreadable))
        for error in unreadable:
            emit(
                "row_quarantined", pass_id=p.pass_id, crm=p.name, ref=error.ref, reason=error.code, error=error.message
            )
    if not taken.accepted:
        return Taken(counts=counts, accepted=(), dirty=0)
    if quarantine.count(tx, p.name):
        quarantine.clear(tx, [each.ref for each in taken.accepted if each.ref not in partial])
    marked = mark_concerned(p, tx, stream, taken.accepted, {row.ref: row for row in observed})
    return Taken(counts=counts, accepted=taken.accepted, dirty=marked)


def mark_rows_gone(p: Pass, tx: Tx, stream: Stream, refs: Sequence[CrmRef]) -> None:
    """Note that rows are no longer in the CRM, and let their registrations be decided."""
    p.tally.gone += snapshots.mark_gone(tx, refs, now=p.now())
    found = [link for some in links.by_ref(tx, refs).values() for link in some]
    claims = claim_refs(tx, found)
    marks = {claims[link.registration_id]: f"{link.role} gone" for link in found if link.registration_id in claims}
    if stream is Stream.SUBMISSIONS:
        marks.update(dict.fromkeys(refs, "submission gone"))
    mark_claims(p, tx, marks)
    for ref in refs:
        emit("row_gone", pass_id=p.pass_id, crm=p.name, ref=str(ref))


def _with_tombstones(tx: Tx, rows: Sequence[Row]) -> list[Row]:
    """Return the rows, tombstones without values completed from what is known: a deleted claim stays readable."""
    bare = [row.ref for row in rows if row.is_deleted and not row.values]
    if not bare:
        return list(rows)
    known = snapshots.get_many(tx, bare)
    return [
        replace(row, values=known[row.ref].values, rev=known[row.ref].rev, created_at=known[row.ref].created_at)
        if row.is_deleted and not row.values and row.ref in known
        else row
        for row in rows
    ]
