"""Sweep: compare all keys of a stream with the ledger, because no incremental pull sees everything.

Counts first, where one call tells; all ids and stamps only when they disagree, or once a day. What is missing after a
complete enumeration is read by id before it is called gone; what is unknown or newer is read and taken in. A side that
looks empty, or too many vanished rows, are not believed without a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from ledger import cursors, lookups, quarantine, snapshots
from ledger.engine import Tx
from rules.fields import Stream
from rules.records import CrmRef
from sync.brakes import brake_deletions
from sync.budget import Budget
from sync.events import emit
from sync.intake import mark_rows_gone, take_in_read
from sync.passes import Pass
from sync.resolve import distinct

SWEPT: Final = (Stream.SUBMISSIONS, Stream.OPPORTUNITIES, Stream.COMPANIES, Stream.PARTNERS)
FULL_EVERY: Final = timedelta(hours=24)
READ_ROWS: Final = 500
ASIDE_MAX: Final = 100_000


@dataclass(slots=True)
class _Compared:
    missing: set[str] = field(default_factory=set)  # known and alive, not enumerated
    unknown: set[str] = field(default_factory=set)  # enumerated, not known or known in an older version
    known: int = 0


def sweep(p: Pass, budget: Budget, *, is_forced: bool = False) -> None:
    """Sweep every stream whose turn has come. Never before its first pull has ended."""
    for stream in p.connector.streams:
        if stream not in SWEPT:
            continue
        with p.ledger.read() as tx:
            row = cursors.get(tx, p.name, stream)
        if row is None or not row.is_backfilled:
            continue
        since = row.last_sweep_at
        is_daily = since is not None and p.now() - since >= FULL_EVERY
        if is_forced or is_daily or (_is_turn(p) and _count_differs(p, stream)):
            _sweep_stream(p, stream, budget)
        elif since is None:
            _remember(p, stream, p.now())  # a backfill has just shown every key


def settle_absent(p: Pass, stream: Stream, record_ids: Collection[str]) -> list[CrmRef]:
    """Read rows that were not shown; take in what is there after all, and return those that are gone."""
    gone: list[CrmRef] = []
    ids = sorted(record_ids)
    object_name = p.stream_map(stream).object_name
    for start in range(0, len(ids), READ_ROWS):
        some = ids[start : start + READ_ROWS]
        rows = p.connector.read(stream, some)
        with p.begin() as tx:
            take_in_read(p, tx, stream, distinct(rows))
        for record_id in some:
            row = rows.get(record_id)
            if row is None or row.ref.record_id != record_id:
                gone.append(CrmRef(p.name, object_name, record_id))
    return gone


def settle_pass_absentees(p: Pass) -> None:
    """Look once more at linked rows that reads of this pass did not show, and call gone what stays away."""
    by_stream: dict[Stream, set[str]] = {}
    with p.ledger.read() as tx:
        known = snapshots.get_many(tx, list(p.absent))
    for ref, snapshot in known.items():
        by_stream.setdefault(snapshot.stream, set()).add(ref.record_id)
    p.absent.clear()
    for stream, ids in by_stream.items():
        gone = settle_absent(p, stream, ids)
        _mark_gone(p, stream, gone, known=len(gone) + 1)


def _is_turn(p: Pass) -> bool:
    """Tell whether this is one of the passes that count. Runs of all connections are numbered in one row."""
    every = max(1, p.settings.sweep_every_passes)
    return p.run_id // len(p.configs) % every == every - 1


def _count_differs(p: Pass, stream: Stream) -> bool:
    counted = p.connector.count(stream)
    if counted is None:
        return False
    with p.ledger.read() as tx:
        known = snapshots.count(tx, p.name, stream)
        aside = _set_aside(tx, p.name, stream)
        unreadable = len(aside - {ref.record_id for ref in snapshots.get_many(tx, _refs(p, stream, aside))})
    return counted != known + unreadable


def _sweep_stream(p: Pass, stream: Stream, budget: Budget) -> None:
    started_at = p.now()
    stamps = _enumerate(p, stream, budget)
    compared = _compare(p, stream, stamps)
    read = _take_in_unknown(p, stream, compared.unknown)
    gone = settle_absent(p, stream, compared.missing)
    _mark_gone(p, stream, gone, known=compared.known)
    _remember(p, stream, started_at)
    p.tally.swept += len(stamps)
    emit(
        "sweep_finished",
        pass_id=p.pass_id,
        crm=p.name,
        stream=stream,
        rows=len(stamps),
        missing=len(compared.missing),
        unknown=len(compared.unknown),
        read=read,
    )


def _enumerate(p: Pass, stream: Stream, budget: Budget) -> dict[str, datetime]:
    """Return all ids of the stream with their stamps; an interruption raises, so the answer is complete."""
    found: dict[str, datetime] = {}
    cursor: str | None = None
    while True:
        budget.check()
        page, cursor = p.connector.stamps(stream, cursor)
        for stamp in page:
            if not stamp.is_deleted:
                found[stamp.record_id] = stamp.modified_at
        if cursor is None:
            return found


def _compare(p: Pass, stream: Stream, stamps: dict[str, datetime]) -> _Compared:
    compared = _Compared()
    with p.ledger.read() as tx:
        aside = _set_aside(tx, p.name, stream)  # a read by id would show them without what cannot be read
        unseen = set(stamps) - aside
        for record_id, modified_at, is_gone in snapshots.ids_of(tx, p.name, stream):
            stamp = stamps.get(record_id)
            unseen.discard(record_id)
            compared.known += not is_gone
            if stamp is None:
                if not is_gone:
                    compared.missing.add(record_id)
            elif record_id not in aside and (is_gone or stamp > modified_at):
                compared.unknown.add(record_id)
    compared.unknown |= unseen
    return compared


def _set_aside(tx: Tx, connection: str, stream: Stream) -> set[str]:
    """Return the ids of the rows of a stream that are in quarantine."""
    listed = quarantine.listing(tx, connection=connection, limit=ASIDE_MAX)
    return {each.ref.record_id for each in listed if each.stream is stream}


def _refs(p: Pass, stream: Stream, record_ids: Collection[str]) -> list[CrmRef]:
    object_name = p.stream_map(stream).object_name
    return [CrmRef(p.name, object_name, record_id) for record_id in record_ids]


def _take_in_unknown(p: Pass, stream: Stream, record_ids: Collection[str]) -> int:
    ids = sorted(record_ids)
    for start in range(0, len(ids), READ_ROWS):
        rows = p.connector.read(stream, ids[start : start + READ_ROWS])
        with p.begin() as tx:
            take_in_read(p, tx, stream, distinct(rows))
    return len(ids)


def _mark_gone(p: Pass, stream: Stream, gone: list[CrmRef], *, known: int) -> None:
    """Mark rows gone, unless so many have vanished that the cause is more likely ours or an admin's mistake."""
    if not gone:
        return
    why = brake_deletions(p.settings, gone=len(gone), known=known, what=str(stream))
    if why is not None and not p.is_approved:
        p.brake(why)
        return
    with p.begin() as tx:
        mark_rows_gone(p, tx, stream, gone)


def _remember(p: Pass, stream: Stream, moment: datetime) -> None:
    with p.begin() as tx:
        row = cursors.get(tx, p.name, stream)
        assert row is not None, stream
        cursors.save(tx, replace(row, last_sweep_at=moment))
        lookups.mark_links_due(tx, p.name, stream)  # every row is compared with the ledger, whatever was missed
