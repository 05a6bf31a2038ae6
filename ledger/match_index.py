"""The index of blocking keys: what may be the same customer as one record, among millions, without looking at the others.

Kept by intake (ledger/inbox.py) in the transaction that stores a row. A key that many rows carry brings none of its own;
how many carry it is never counted further than that. Exact keys (a domain, a number, a whole name) count for longer, and
one that very many rows carry brings those of live registrations, unless many names share it. The outcome does not depend
on the order in which rows came. rules/matching/index.py says the same of rows in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cache
from math import log
from typing import Any, Final

from sqlalchemy import Integer, Select, Text, bindparam, func, literal, select
from sqlalchemy.dialects import postgresql

from ledger import snapshots
from ledger.bulk import is_among, keys_of
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import Snapshot
from ledger.tables import match_key as t
from ledger.tables import registration
from rules.fields import Stream
from rules.matching.index import CANDIDATES_MAX, COMMON, EXACT_COMMON, strangers
from rules.matching.keys import EXACT
from rules.matching.statistics import OnFile
from rules.records import OPEN, PROTECTED, CrmRef

LIVE_MAX: Final = 300  # live claims are kept up to here, however many others there are
_HELD: Final = {"d:": 2, "t:": 2}
_SHARED: Final = 4  # unrelated names that make a domain or a number a shared one
_ON_FILE: Final = 1_000_000  # what a key's rarity is measured by: the same order in a small ledger and a large one
_LIVE: Final = sorted(status.value for status in OPEN | PROTECTED)


def candidates(tx: Tx, keys: Collection[str], *, stream: Stream) -> list[Snapshot]:
    """Return the rows of a stream that may be the same customer, by what they share of these keys, in order of reference."""
    found = snapshots.get_many(tx, candidate_refs(tx, keys, stream=stream))
    return list(found.values())


def candidate_refs(tx: Tx, keys: Collection[str], *, stream: Stream) -> list[CrmRef]:
    """Return the references of the candidates, those of live registrations first among submissions."""
    counts = counts_of(tx, keys, stream=stream)
    weights: dict[str, float] = defaultdict(float)
    live: set[str] = set()
    telling = [key for key, count in counts.items() if count <= _most(key)]
    for key, ref in tx.execute(_holding(tx.dialect.name), keys_of(tx, telling) | {"stream": stream.value}):
        weights[ref] += log(_ON_FILE / counts[key])
    crowded = _unshared(tx, [key for key, count in counts.items() if count > _most(key) and key.startswith(EXACT)])
    if stream is Stream.SUBMISSIONS:
        live = set(tx.execute(_live_holding(tx.dialect.name), keys_of(tx, [*telling, *crowded])).scalars())
    for ref in live:
        weights.setdefault(ref, log(_ON_FILE / EXACT_COMMON))
    for key in crowded if stream is not Stream.SUBMISSIONS else ():
        some = tx.execute(_some_holding(), {"key": key, "stream": stream.value, "most": CANDIDATES_MAX}).scalars()
        for ref in some:
            weights[ref] += log(_ON_FILE / EXACT_COMMON)
    ranked = sorted(weights, key=lambda each: (each not in live, -round(weights[each], 6), each))
    kept = [each for place, each in enumerate(ranked) if place < (LIVE_MAX if each in live else CANDIDATES_MAX)]
    return [parse_ref(each) for each in kept]


def counts_of(tx: Tx, keys: Collection[str], *, stream: Stream) -> dict[str, int]:
    """Return how many rows of a stream carry each key, counted as far as it matters; keys of no row are left out."""
    counts: dict[str, int] = {}
    for most, some in (
        (EXACT_COMMON, [key for key in keys if key.startswith(EXACT)]),
        (COMMON, [key for key in keys if not key.startswith(EXACT)]),
    ):
        if some:
            wanted = keys_of(tx, dict.fromkeys(some)) | {"stream": stream.value, "most": most + 1}
            counts |= {key: count for key, count in tx.execute(_counts(tx.dialect.name), wanted) if count}
    return counts


def telling_keys(tx: Tx, keys: Collection[str], *, stream: Stream) -> list[str]:
    """Return those keys that bring candidates of a stream: carried by some row, and by not too many."""
    counts = counts_of(tx, keys, stream=stream)
    return [key for key, count in counts.items() if count <= _most(key) or key.startswith(EXACT)]


def live_claims_touching(tx: Tx, keys: Collection[str]) -> set[CrmRef]:
    """Return the submissions of open or protected registrations that share one of these match keys, if it tells anything."""
    telling = telling_keys(tx, keys, stream=Stream.SUBMISSIONS)
    if not telling:
        return set()
    found = tx.execute(_live_holding(tx.dialect.name), keys_of(tx, telling)).scalars()
    return {parse_ref(ref) for ref in found}


def on_file(tx: Tx, keys: Collection[str]) -> OnFile:
    """Return how many names are on file at each domain and telephone number among these keys."""
    names = _names(tx, [key for key in keys if key.startswith(tuple(_HELD))])
    shared = {key[2:]: found for key, found in names.items() if len(found) > 1}
    return OnFile(
        holders={holder: len(found) for holder, found in shared.items()},
        strangers={holder: strangers(found) for holder, found in shared.items()},
    )


def _names(tx: Tx, keys: Collection[str]) -> Mapping[str, set[str]]:
    names: dict[str, set[str]] = defaultdict(set)
    for key in keys:
        for stream in (Stream.COMPANIES, Stream.PARTNERS, Stream.SUBMISSIONS):
            wanted = {"key": key, "stream": stream.value, "most": EXACT_COMMON}
            names[key].update(tx.execute(_names_holding(), wanted).scalars())
    return names


def _unshared(tx: Tx, keys: Collection[str]) -> list[str]:
    names = _names(tx, [key for key in keys if key.startswith(tuple(_HELD))])
    return [key for key in keys if key not in names or strangers(names[key]) < _SHARED]


def _most(key: str) -> int:
    return EXACT_COMMON if key.startswith(EXACT) else COMMON


# Every statement below is asked some times in each decision, so it is built once per database.


@cache
def _counts(dialect: str) -> Select[Any]:
    if dialect == "postgresql":
        listed = func.unnest(bindparam("keys", type_=postgresql.ARRAY(Text())))
        asked = listed.table_valued("value", name="asked").render_derived()
    else:
        asked = func.json_each(bindparam("keys", type_=Text())).table_valued("value", name="asked")
    few = (
        select(literal(1).label("one"))
        .where(t.c.key == asked.c.value, t.c.stream == bindparam("stream", type_=Text()))
        .limit(bindparam("most", type_=Integer()))
        .correlate(asked)
        .subquery("few")
    )
    return select(asked.c.value, select(func.count()).select_from(few).correlate(asked).scalar_subquery())


@cache
def _holding(dialect: str) -> Select[Any]:
    return select(t.c.key, t.c.ref).where(is_among(dialect, t.c.key), t.c.stream == bindparam("stream", type_=Text()))


@cache
def _live_holding(dialect: str) -> Select[Any]:
    return (
        select(t.c.ref)
        .join(registration, registration.c.claim_ref == t.c.ref)
        .where(
            is_among(dialect, t.c.key),
            t.c.stream == Stream.SUBMISSIONS.value,
            registration.c.status.in_(_LIVE),
        )
        .distinct()
    )


@cache
def _some_holding() -> Select[Any]:
    held = t.c.key == bindparam("key", type_=Text()), t.c.stream == bindparam("stream", type_=Text())
    return select(t.c.ref).where(*held).order_by(t.c.ref).limit(bindparam("most", type_=Integer()))


@cache
def _names_holding() -> Select[Any]:
    held = t.c.key == bindparam("key", type_=Text()), t.c.stream == bindparam("stream", type_=Text())
    some = select(t.c.holder).where(*held).order_by(t.c.ref).limit(bindparam("most", type_=Integer())).subquery()
    return select(some.c.holder).where(some.c.holder.is_not(None)).distinct()
