"""Intake: one page of pulled rows into the ledger, through the gate, in a few statements.

The newest version of a row stands in `snapshot`; a version that is replaced moves to `observation`. So a backfill writes
each row once, and every version ever accepted is there until it is pruned. What a row is found by later (match keys,
customer, mail address ...) is kept here too. Whether a row must be decided is sync's question, answered from `accepted`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import BigInteger, bindparam, delete, func, select, type_coerce, update

from ledger.bulk import among, upsert
from ledger.codec import Instant, dump, from_micros, load, maybe_instant, maybe_micros, parse_ref, to_micros
from ledger.engine import Tx
from ledger.gate import Agreed, Known, Passage, has_regressed, judge, owned_differ
from ledger.rows import Accepted, Intake, IntakeCounts, ObservedRow, Snapshot
from ledger.tables import link, match_key, observation, snapshot, source
from rules.fields import Stream, Value, Values

VERSIONS_KEPT: Final = 5  # replaced versions of each row, beside the newest

_COLUMNS: Final = (
    "ref", "stream", "created_at", "modified_at", "modified_by", "rev", "is_gone", "merged_into", "company_id", "lookup",
    "match_keys", "aliases", "facts_hash", "values", "run_id", "first_seen_at", "seen_at",
)  # fmt: skip
_UPDATED: Final = tuple(name for name in _COLUMNS if name not in ("ref", "first_seen_at"))
_OBSERVED: Final = (
    "ref", "modified_at", "content_hash", "modified_by", "rev", "is_gone", "values", "run_id", "seen_at",
)  # fmt: skip
_SOURCE: Final = ("connection", "stream", "object_name")
_KNOWN: Final = tuple(
    type_coerce(snapshot.c[name], BigInteger) if isinstance(snapshot.c[name].type, Instant) else snapshot.c[name]
    for name in Known.__dataclass_fields__
)

# What rows of a stream are found by besides their reference and their customer.
_LOOKUP: Final = {
    Stream.USERS: "email",
    Stream.COMPANIES: "partner_code",
    Stream.PARTNERS: "partner_code",
    Stream.OPPORTUNITIES: "cross_ref",
}
_COMPANIES: Final = frozenset({Stream.COMPANIES, Stream.PARTNERS})
_KEY: Final = ("key", "stream", "ref", "holder")
_LASTING: Final = ("d:", "t:", "i:", "n:", "u:")  # keys that still find a company after it has others
_HELD: Final = ("d:", "t:")
_ALIASES_MAX: Final = 8


@dataclass(slots=True)
class _Work:
    """What a page leads to, gathered before anything is written."""

    new: list[tuple[Any, ...]] = field(default_factory=list)
    changed: list[tuple[Any, ...]] = field(default_factory=list)
    replaced: list[Known] = field(default_factory=list)
    touched: list[dict[str, Any]] = field(default_factory=list)
    keys_gone: list[tuple[str, str, str]] = field(default_factory=list)
    keys_new: list[tuple[str, str, str, str | None]] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)


def intake(tx: Tx, rows: Sequence[ObservedRow], *, run_id: int, now: datetime) -> Intake:
    """Store one page; return its counts and the rows that are new or changed, in the page's order.

    rows: of any streams; a row that stands there twice is taken twice, in order.
    """
    counts, accepted = IntakeCounts(), list[Accepted]()
    sources = {(row.ref.connection, row.stream.value, row.ref.object_name) for row in rows}
    upsert(tx, source, _SOURCE, sorted(sources), key=_SOURCE)
    for batch in _without_repeats(rows):
        work = _gather(tx, batch, run_id=run_id, seen_at=to_micros(now))
        _store(tx, work)
        counts += _counts(work.passages)
        accepted += work.accepted
    return Intake(counts=counts, accepted=tuple(accepted))


def _without_repeats(rows: Sequence[ObservedRow]) -> Iterator[Sequence[ObservedRow]]:
    while rows:
        first = {row.ref: row for row in reversed(rows)}
        if len(first) == len(rows):
            yield rows
            return
        yield [row for row in rows if first[row.ref] is row]
        rows = [row for row in rows if first[row.ref] is not row]


def _gather(tx: Tx, rows: Sequence[ObservedRow], *, run_id: int, seen_at: int) -> _Work:
    refs = [f"{row.ref.connection}/{row.ref.object_name}/{row.ref.record_id}" for row in rows]
    known = {each[0]: Known(*each) for each in tx.execute(select(*_KNOWN).where(among(tx, snapshot.c.ref, refs)))}
    agreed = _agreed(tx, known)
    work = _Work()
    for ref, row in zip(refs, rows, strict=True):
        before, links = known.get(ref), agreed.get(ref, ())
        modified_at, content = to_micros(row.modified_at), dump(row.values)
        passage = Passage.NEW if before is None else judge(row, modified_at, content, before, links)
        work.passages.append(passage)
        if passage is Passage.TOUCHED:
            work.touched.append({"of": ref, "at": modified_at})
        elif passage not in (Passage.STALE, Passage.UNCHANGED):
            _take(work, ref, row, modified_at, content, before, run_id, seen_at)
            if passage is not Passage.ECHO:
                work.accepted.append(_accepted(row, before, links))
    return work


def _agreed(tx: Tx, known: dict[str, Known]) -> dict[str, list[Agreed]]:
    agreed: dict[str, list[Agreed]] = {}
    if known:
        linked = select(link.c.ref, link.c.base, link.c.acked_rev).where(among(tx, link.c.ref, known), ~link.c.is_gone)
        for ref, base, acked_rev in tx.execute(linked):
            agreed.setdefault(ref, []).append(Agreed(base, acked_rev))
    return agreed


def _take(
    work: _Work,
    ref: str,
    row: ObservedRow,
    modified_at: int,
    content: str,
    before: Known | None,
    run_id: int,
    seen_at: int,
) -> None:
    keys = "\n".join(row.match_keys) or None
    _index(work, ref, row, keys, before)
    version = (
        # Plain str and int: SQLite's driver asks its adapters about everything else, at some cost.
        ref, row.stream.value, maybe_micros(row.created_at), modified_at, row.modified_by, row.rev, int(row.is_deleted),
        row.merged_into, _company_id(row), _lookup(row), keys, _aliases(row, keys, before), row.facts_hash, content,
        run_id, seen_at if before is None else before.first_seen_at, seen_at,
    )  # fmt: skip
    if before is None:
        work.new.append(version)
    else:
        work.changed.append(version)
        work.replaced.append(before)


def _index(work: _Work, ref: str, row: ObservedRow, keys: str | None, before: Known | None) -> None:
    if before is not None:
        if before.match_keys == keys and before.stream == row.stream:
            return
        stays = _LASTING if row.stream in _COMPANIES and before.stream == row.stream else ()
        old = [key for key in (before.match_keys or "").split("\n") if key and not key.startswith(stays)]
        work.keys_gone += [(key, before.stream, ref) for key in old]
    if keys:
        work.keys_new += [
            (key, row.stream, ref, row.holder if key.startswith(_HELD) else None)
            for key in dict.fromkeys(row.match_keys)
        ]


def _aliases(row: ObservedRow, keys: str | None, before: Known | None) -> str | None:
    """Return the names and domains that a company had before, the newest last: it is still known by them."""
    if before is None or row.stream not in _COMPANIES or before.match_keys == keys or not before.match_keys:
        return before.aliases if before is not None else None
    told = {dump(each): None for each in (load(before.aliases) if before.aliases else ())}
    told[dump(_called(load(before.values)))] = None
    told.pop(dump(_called(row.values)), None)
    return f"[{','.join(list(told)[-_ALIASES_MAX:])}]" if told else None


def _called(values: Values) -> list[Value]:
    return [values.get("name"), values.get("domain") or values.get("website")]


def _company_id(row: ObservedRow) -> str | None:
    if row.stream not in _COMPANIES:
        return row.company_id
    parent = row.values.get("parent")
    return parent if isinstance(parent, str) else None


def _lookup(row: ObservedRow) -> str | None:
    name = _LOOKUP.get(row.stream)
    value = row.values.get(name) if name else None
    if not isinstance(value, str):
        return None
    return value.casefold() if name == "email" else value


def _accepted(row: ObservedRow, before: Known | None, links: Sequence[Agreed]) -> Accepted:
    if before is None:  # everything of it is news
        return Accepted(
            ref=row.ref, stream=row.stream, is_new=True, facts_changed=True, owned_changed=True,
            gone_changed=row.is_deleted, before=None,
        )  # fmt: skip
    version = _snapshot(before)
    return Accepted(
        ref=row.ref,
        stream=row.stream,
        is_new=False,
        facts_changed=row.facts_hash != before.facts_hash,
        owned_changed=owned_differ(row.stream, version.values, row.values),
        gone_changed=row.is_deleted != before.is_gone,
        before=version,
        rev_regressed=has_regressed(row.values, row.rev, links),
    )


def _snapshot(known: Known) -> Snapshot:
    return Snapshot(
        ref=parse_ref(known.ref),
        stream=Stream(known.stream),
        created_at=maybe_instant(known.created_at),
        modified_at=from_micros(known.modified_at),
        modified_by=known.modified_by,
        rev=known.rev,
        is_gone=known.is_gone,
        merged_into=known.merged_into,
        values=load(known.values),
        first_seen_at=from_micros(known.first_seen_at),
        seen_at=from_micros(known.seen_at),
    )


def _store(tx: Tx, work: _Work) -> None:
    upsert(tx, observation, _OBSERVED, [_observed(each) for each in work.replaced], key=_OBSERVED[:3])
    upsert(tx, snapshot, _COLUMNS, work.new, key=())
    upsert(tx, snapshot, _COLUMNS, work.changed, key=("ref",), update=_UPDATED)
    if work.touched:
        at = type_coerce(bindparam("at"), BigInteger)
        tx.execute(update(snapshot).where(snapshot.c.ref == bindparam("of")).values(modified_at=at), work.touched)
    if work.keys_gone:
        names = ("key", "stream", "ref")
        gone = [dict(zip(("k", "s", "r"), each, strict=True)) for each in work.keys_gone]
        same = [match_key.c[name] == bindparam(name[0]) for name in names]
        tx.execute(delete(match_key).where(*same), gone)
    upsert(tx, match_key, _KEY, work.keys_new, key=_KEY[:3], update=_KEY[3:] if work.changed else ())
    _prune(tx, [each.ref for each in work.replaced])


def _observed(known: Known) -> tuple[Any, ...]:
    content_hash = sha256(known.values.encode()).hexdigest()
    return (
        known.ref, known.modified_at, content_hash, known.modified_by, known.rev, known.is_gone, known.values,
        known.run_id, known.seen_at,
    )  # fmt: skip


def _prune(tx: Tx, refs: Sequence[str]) -> None:
    """Keep the last few replaced versions of these rows."""
    if not refs:
        return
    place = func.row_number().over(partition_by=observation.c.ref, order_by=observation.c.observation_id.desc())
    ranked = (
        select(observation.c.observation_id.label("id"), place.label("place"))
        .where(among(tx, observation.c.ref, refs))
        .subquery()
    )
    old = select(ranked.c.id).where(ranked.c.place > VERSIONS_KEPT)
    tx.execute(delete(observation).where(observation.c.observation_id.in_(old)))


def _counts(passages: Sequence[Passage]) -> IntakeCounts:
    return IntakeCounts(
        new=passages.count(Passage.NEW),
        changed=passages.count(Passage.CHANGED),
        unchanged=passages.count(Passage.UNCHANGED) + passages.count(Passage.TOUCHED),
        stale=passages.count(Passage.STALE),
        echo=passages.count(Passage.ECHO),
    )
