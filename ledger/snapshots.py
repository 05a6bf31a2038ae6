"""Reads what the CRMs were last seen to hold: rows by reference, by match key, by customer, and by what else names them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, update

from ledger.bulk import among, is_among, keys_of
from ledger.codec import load, parse_ref
from ledger.engine import Tx
from ledger.rows import Alias, Snapshot
from ledger.tables import observation, source
from ledger.tables import snapshot as t
from rules.fields import Stream
from rules.records import CrmRef

_COLUMNS: Final = (
    t.c.ref, t.c.stream, t.c.created_at, t.c.modified_at, t.c.modified_by, t.c.rev, t.c.is_gone, t.c.merged_into,
    t.c["values"], t.c.first_seen_at, t.c.seen_at, t.c.aliases,
)  # fmt: skip
_PAGE: Final = 10_000


def get_many(tx: Tx, refs: Collection[CrmRef]) -> dict[CrmRef, Snapshot]:
    if not refs:
        return {}
    found = tx.execute(_rows_by_ref(tx.dialect.name), keys_of(tx, map(str, refs)))
    return {each.ref: each for each in map(_snapshot, found)}


def opportunities_of(tx: Tx, companies: Sequence[CrmRef]) -> list[Snapshot]:
    """Return the opportunities whose customer is one of these rows, gone ones included."""
    return _hanging_on(tx, companies, (Stream.OPPORTUNITIES,))


def submissions_of(tx: Tx, companies: Sequence[CrmRef]) -> list[Snapshot]:
    """Return the submissions whose customer is one of these rows, gone ones included."""
    return _hanging_on(tx, companies, (Stream.SUBMISSIONS,))


def objections_to(tx: Tx, submission: CrmRef) -> list[Snapshot]:
    """Return the objections to a submission, gone ones included."""
    return _hanging_on(tx, (submission,), (Stream.OBJECTIONS,))


def merged_into(tx: Tx, survivors: Collection[CrmRef]) -> list[Snapshot]:
    """Return the rows that were merged into one of these."""
    wanted = {(ref.connection, ref.object_name, ref.record_id) for ref in survivors}
    if not wanted:
        return []
    keys = keys_of(tx, sorted({record_id for _, _, record_id in wanted}))
    found = map(_snapshot, tx.execute(_rows_by_merge(tx.dialect.name), keys))
    return [each for each in found if (each.ref.connection, each.ref.object_name, each.merged_into) in wanted]


def children(tx: Tx, companies: Sequence[CrmRef]) -> list[Snapshot]:
    """Return the companies whose parent is one of these rows."""
    return _hanging_on(tx, companies, (Stream.COMPANIES, Stream.PARTNERS))


def cross_referring(tx: Tx, record_ids: Collection[str]) -> list[Snapshot]:
    """Return the opportunities whose cross-reference names one of these record ids."""
    return _looked_up(tx, (Stream.OPPORTUNITIES,), record_ids)


def by_email(tx: Tx, emails: Collection[str], *, stream: Stream = Stream.USERS) -> list[Snapshot]:
    """Return the users with one of these mail addresses, whatever the case of letters."""
    return _looked_up(tx, (stream,), [email.casefold() for email in emails])


def by_partner_code(tx: Tx, codes: Collection[str]) -> list[Snapshot]:
    """Return the company and partner rows that carry one of these crosswalk keys."""
    return _looked_up(tx, (Stream.COMPANIES, Stream.PARTNERS), codes)


def versions(tx: Tx, ref: CrmRef) -> list[Snapshot]:
    """Return the versions that newer ones have replaced, oldest first; the newest is `get_many`'s."""
    now = get_many(tx, [ref]).get(ref)
    if now is None:
        return []
    rows = tx.execute(select(observation).where(observation.c.ref == str(ref)).order_by(observation.c.observation_id))
    return [
        Snapshot(
            ref=ref, stream=now.stream, created_at=now.created_at, modified_at=row.modified_at,
            modified_by=row.modified_by, rev=row.rev, is_gone=row.is_gone, merged_into=None,
            values=load(row._mapping["values"]), first_seen_at=now.first_seen_at, seen_at=row.seen_at,
        )
        for row in rows
    ]  # fmt: skip


def count(tx: Tx, connection: str, stream: Stream) -> int:
    """Return how many rows of a stream are not gone. Reads all of the stream: for sweeps, not for every pass."""
    counted = select(func.count()).where(_within(tx, connection, stream), t.c.stream == stream.value, ~t.c.is_gone)
    return tx.execute(counted).scalar_one()


def mark_gone(tx: Tx, refs: Collection[CrmRef], *, now: datetime) -> int:
    """Note that these rows are no longer in the CRM; return how many were there until now."""
    which = among(tx, t.c.ref, [str(ref) for ref in refs])
    return tx.execute(update(t).where(which, ~t.c.is_gone).values(is_gone=True, seen_at=now)).rowcount


def ids_of(tx: Tx, connection: str, stream: Stream) -> Iterator[tuple[str, datetime, bool]]:
    """Yield (record id, stamp, is gone) of every row of a stream, in order of object and id, a page at a time."""
    for start in _prefixes(tx, connection, stream):
        after, end = start, _after(start)
        while True:
            page = tx.execute(
                select(t.c.ref, t.c.stream, t.c.modified_at, t.c.is_gone)
                .where(t.c.ref > after, t.c.ref < end)
                .order_by(t.c.ref)
                .limit(_PAGE)
            ).all()
            for ref, of, modified_at, is_gone in page:
                if of == stream:  # one object may feed two streams
                    yield parse_ref(ref).record_id, modified_at, is_gone
            if len(page) < _PAGE:
                break
            after = page[-1].ref


def _prefixes(tx: Tx, connection: str, stream: Stream) -> list[str]:
    objects = select(source.c.object_name).where(source.c.connection == connection, source.c.stream == stream.value)
    return [f"{connection}/{name}/" for name in tx.execute(objects.order_by(source.c.object_name)).scalars()]


def _within(tx: Tx, connection: str, stream: Stream) -> ColumnElement[bool]:
    ranges = [and_(t.c.ref > start, t.c.ref < _after(start)) for start in _prefixes(tx, connection, stream)]
    return or_(false(), *ranges)


def _after(prefix: str) -> str:
    """Return what follows every reference that begins with this prefix: "0" comes after "/"."""
    return prefix[:-1] + "0"


def _hanging_on(tx: Tx, companies: Sequence[CrmRef], streams: Sequence[Stream]) -> list[Snapshot]:
    wanted = {(ref.connection, ref.record_id) for ref in companies}
    if not wanted:
        return []
    keys = keys_of(tx, sorted({record_id for _, record_id in wanted}))
    return [
        _snapshot(row)
        for row in tx.execute(_rows_by_company(tx.dialect.name, tuple(streams)), keys)
        if (row.ref.split("/", 1)[0], row.company_id) in wanted
    ]


def _looked_up(tx: Tx, streams: Sequence[Stream], keys: Collection[str]) -> list[Snapshot]:
    rows = tx.execute(_rows_by_lookup(tx.dialect.name, tuple(streams)), keys_of(tx, keys))
    return [_snapshot(row) for row in rows]


# Every statement below is asked for some time in each decision, so it is built once per database.


@cache
def _rows_by_ref(dialect: str) -> Select[Any]:
    return select(*_COLUMNS).where(is_among(dialect, t.c.ref)).order_by(t.c.ref)


@cache
def _rows_by_merge(dialect: str) -> Select[Any]:
    return select(*_COLUMNS).where(is_among(dialect, t.c.merged_into)).order_by(t.c.ref)


@cache
def _rows_by_company(dialect: str, streams: tuple[Stream, ...]) -> Select[Any]:
    of_streams = t.c.stream.in_([each.value for each in streams])
    rows = select(*_COLUMNS, t.c.company_id).where(is_among(dialect, t.c.company_id), of_streams)
    return rows.order_by(t.c.ref)


@cache
def _rows_by_lookup(dialect: str, streams: tuple[Stream, ...]) -> Select[Any]:
    of_streams = t.c.stream.in_([each.value for each in streams])
    return select(*_COLUMNS).where(is_among(dialect, t.c.lookup), of_streams).order_by(t.c.ref)


def _snapshot(row: Any) -> Snapshot:
    (
        ref, stream, created_at, modified_at, modified_by, rev, is_gone, merged_into, values, first_seen_at, seen_at,
        aliases, *_,
    ) = row  # fmt: skip
    return Snapshot(
        ref=parse_ref(ref), stream=Stream(stream), created_at=created_at, modified_at=modified_at,
        modified_by=modified_by, rev=rev, is_gone=is_gone, merged_into=merged_into, values=load(values),
        first_seen_at=first_seen_at, seen_at=seen_at,
        aliases=tuple(Alias(*each) for each in load(aliases)) if aliases else (),
    )  # fmt: skip
