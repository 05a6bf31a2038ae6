"""Writes of unknown outcome, and rows that seem older than our writes: read, and let the witness decide.

An intent that is still `sent` lost its answer, or its process. The row is read by id: a witness as high as the intent's
means applied, a lower one not applied. Without a witness field the values decide. A row that shows an older witness than one
that was acknowledged was overwritten by a late write of ours, or by a restored backup; what it holds now is the truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connectors.port import Row
from ledger import intents, links, lookups
from ledger.engine import Tx
from ledger.rows import Intent, IntentState, Link
from rules.fields import Stream
from rules.mapping import StreamMap
from rules.merge import is_same
from sync.events import emit
from sync.intake import take_in_read
from sync.observe import owned_values
from sync.passes import Pass
from sync.plan import outdated
from sync.push import fold, has_witness


def resolve(p: Pass) -> None:
    """Settle every write whose outcome is unknown."""
    with p.ledger.read() as tx:
        unknown = intents.open_(tx, p.name, [IntentState.PLANNED, IntentState.SENT])
    for stream, some in by_stream(unknown).items():
        rows = p.connector.read(stream, [each.ref.record_id for each in some])
        with p.begin() as tx:
            take_in_read(p, tx, stream, distinct(rows))
            for intent in some:
                _resolve(p, tx, intent, rows.get(intent.ref.record_id))
        p.tally.resolved += len(some)


def refresh(p: Pass) -> None:
    """Read the due rows that are known only in a version older than our last write, and believe what they hold."""
    behind = outdated(p)
    wanted: dict[Stream, list[Link]] = {}
    for link in behind:
        wanted.setdefault(link.stream, []).append(link)
    for stream, some in wanted.items():
        rows = p.connector.read(stream, [link.ref.record_id for link in some])
        with p.begin() as tx:
            take_in_read(p, tx, stream, distinct(rows))
            current = links.get_many(tx, [link.link_id for link in some])
            for link in some:
                row = rows.get(link.ref.record_id)
                if row is None:
                    p.absent.add(link.ref)
                elif row.ref == link.ref and (row.rev or 0) < link.acked_rev:
                    links.save(tx, _regressed(p, tx, current[link.link_id], row))


def by_stream(found: Iterable[Intent]) -> dict[Stream, list[Intent]]:
    """Return the intents by stream."""
    wanted: dict[Stream, list[Intent]] = {}
    for each in found:
        wanted.setdefault(each.stream, []).append(each)
    return wanted


def distinct(rows: Mapping[str, Row | None]) -> list[Row]:
    """Return the rows of an answer once each: two ids asked for may name one merged row."""
    return list({row.ref: row for row in rows.values() if row is not None}.values())


def is_applied(intent: Intent, row: Row, stream_map: StreamMap) -> bool:
    """Tell whether a row shows this write: by the witness, or by the values where there is none."""
    if has_witness(stream_map):
        return (row.rev or 0) >= intent.rev
    return is_held(intent, row, stream_map)


def is_held(intent: Intent, row: Row, stream_map: StreamMap) -> bool:
    """Tell whether a row still holds every value of this write."""
    held = owned_values(intent.stream, row.values)
    fields = stream_map.fields
    return all(is_same(held.get(name), value, fields[name].type) for name, value in intent.values.items())


def _resolve(p: Pass, tx: Tx, intent: Intent, row: Row | None) -> None:
    link = links.get(tx, intent.link_id)
    assert link is not None, intent.intent_id
    if row is None or row.ref != intent.ref:
        p.absent.add(intent.ref)
        _not_applied(p, tx, link, intent, "not visible")
    elif is_applied(intent, row, p.stream_map(intent.stream)):
        fold(p, tx, link, intent)
        if not is_held(intent, row, p.stream_map(intent.stream)):
            links.mark_due(tx, [link.link_id])  # somebody edited it since: to be met when planned
        p.tally.verified += 1
    else:
        _not_applied(p, tx, link, intent, "not applied")


def _not_applied(p: Pass, tx: Tx, link: Link, intent: Intent, what: str) -> None:
    intents.settle(tx, intent.intent_id, IntentState.FAILED, error_code=what, now=p.now())
    links.save(tx, replace(link, is_due=True))
    emit("write_refused", pass_id=p.pass_id, crm=p.name, ref=str(intent.ref), reason=what)


def _regressed(p: Pass, tx: Tx, link: Link, row: Row) -> Link:
    """Return the link with an older version of its row taken for what it is.

    Values that an earlier write of ours carried are ours: they become the base, and nobody is blamed for them. Anything else
    stays different from the base and is met as somebody's edit.
    """
    held = owned_values(link.stream, row.values)
    written = lookups.values_written(tx, link.link_id, row.rev or 0) or {}
    fields = p.stream_map(link.stream).fields
    ours = {
        name: held.get(name)
        for name, value in written.items()
        if name in fields and is_same(held.get(name), value, fields[name].type)
    }
    return replace(link, base={**link.base, **ours}, acked_rev=row.rev or 0, is_due=True)
