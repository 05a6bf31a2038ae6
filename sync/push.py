"""Push: read fresh where a person may have interfered, store the intents, call, store what became of each row.

The intent is committed before the call, so a crash in between is known and resolved by reading. A write that carries a
status, or goes to a record that may be locked, is preceded by a fresh read, and where the CRM can, by a condition on the
time of that read. A row that changed since it was planned on, or so recently that its stamp cannot tell two edits apart,
waits for the next pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from connectors.port import Delivery, Outcome, Row, Write, WriteKind
from ledger import connections, intents, links, registrations
from ledger.engine import Tx
from ledger.rows import Intent, IntentState, Link, NewIntent
from rules.errors import DealError, PermanentError, TransientError
from rules.fields import Stream, Value
from rules.mapping import StreamMap
from rules.merge import is_same
from sync.budget import Budget
from sync.events import emit
from sync.intake import take_in_read
from sync.observe import owned_values
from sync.passes import Pass
from sync.plan import Draft, is_status_write
from sync.refusals import refused

YOUNG: Final = timedelta(seconds=2)  # a stamp of whole seconds cannot tell an edit from another one within it


def push(p: Pass, drafts: Sequence[Draft], budget: Budget) -> None:
    """Write all drafts in batches. Raises what stops the connection: a refused login, an exhausted allowance.

    Whatever is not reached is planned anew in the next pass.
    """
    p.tally.writes.planned += len(drafts)
    size = p.settings.push_batch
    try:
        for start in range(0, len(drafts), size):
            budget.check()
            _push_batch(p, drafts[start : start + size])
    finally:
        p.tally.writes.postpone_rest()


def _push_batch(p: Pass, batch: Sequence[Draft]) -> None:
    fresh = _read_fresh(p, [draft for draft in batch if _is_delicate(p, draft)])
    ready = [draft for draft in batch if not _is_delicate(p, draft) or draft.link.link_id in fresh]
    planned = _store_intents(p, ready)
    if not planned:
        return
    writes = [_write(p, intent, draft, fresh.get(draft.link.link_id)) for intent, draft in planned]
    emit("write_sent", pass_id=p.pass_id, crm=p.name, rows=len(writes))
    try:
        deliveries = p.connector.push(writes)
    except DealError as error:
        _store_results(p, planned, [_failed(write, error) for write in writes])
        raise
    _store_results(p, planned, deliveries)


def _is_delicate(p: Pass, draft: Draft) -> bool:
    """Tell whether what a person may have done meanwhile decides on this write: commanded, or locked the record."""
    return is_status_write(draft) or p.stream_map(draft.link.stream).locks is not None


def _read_fresh(p: Pass, drafts: Sequence[Draft]) -> dict[int, datetime]:
    """Return the stamp of each row that still stands as it was planned on, by link; the others are left out."""
    wanted: dict[Stream, list[Draft]] = {}
    for draft in drafts:
        wanted.setdefault(draft.link.stream, []).append(draft)
    ready: dict[int, datetime] = {}
    for stream, some in wanted.items():
        rows = p.connector.read(stream, [draft.link.ref.record_id for draft in some], owned_only=True)
        found = [row for row in rows.values() if row is not None]
        with p.begin() as tx:
            changed = {
                each.ref
                for each in take_in_read(p, tx, stream, list({row.ref: row for row in found}.values())).accepted
            }
            _note_absent(p, tx, some, rows)
        now = p.connector.server_time() if p.connector.capabilities.has_conditional_write else None
        for draft in some:
            row = rows.get(draft.link.ref.record_id)
            if row is None or row.ref != draft.link.ref or row.ref in changed or not _stands(p, draft, row):
                continue
            if now is not None and row.modified_at > now - YOUNG:
                continue
            ready[draft.link.link_id] = row.modified_at
    return ready


def _stands(p: Pass, draft: Draft, row: Row) -> bool:
    """Tell whether a row holds what the draft was planned on."""
    fields = p.stream_map(draft.link.stream).fields
    held = owned_values(draft.link.stream, row.values)
    return not row.is_deleted and all(
        is_same(held.get(name), value, fields[name].type) for name, value in draft.observed.items() if name in fields
    )


def _note_absent(p: Pass, tx: Tx, drafts: Sequence[Draft], rows: Mapping[str, Row | None]) -> None:
    """Let the sweep's question be asked of rows that a fresh read does not show: they are planned again, not written."""
    absent = [draft.link for draft in drafts if rows.get(draft.link.ref.record_id) is None]
    later = p.now() + timedelta(seconds=p.config.interval_s)
    if absent:
        links.save_many(tx, [replace(link, retry_at=later) for link in absent])
    for link in absent:
        p.absent.add(link.ref)


def _store_intents(p: Pass, drafts: Sequence[Draft]) -> list[tuple[Intent, Draft]]:
    """Commit the intents, as sent, before the call; leave out rows whose registration has moved since the plan."""
    if not drafts:
        return []
    with p.begin() as tx:
        # First the links, then the registrations: a decision made meanwhile is either seen here or marks the link after us.
        links.save_many(tx, [replace(draft.link, rev=draft.link.rev + 1, is_due=False) for draft in drafts])
        now = registrations.get_many(tx, sorted({draft.link.registration_id for draft in drafts}))
        good = [draft for draft in drafts if now[draft.link.registration_id].version == draft.version]
        moved = [draft for draft in drafts if now[draft.link.registration_id].version != draft.version]
        if moved:
            links.save_many(tx, [replace(draft.link, rev=draft.link.rev + 1, is_due=True) for draft in moved])
        if not good:
            return []
        planned = intents.plan(tx, [_intent(p, tx, draft) for draft in good], now=p.now())
        deadline = p.now() + timedelta(seconds=p.settings.unknown_deadline_s)
        intents.mark_sent(tx, [each.intent_id for each in planned], now=p.now(), deadline_at=deadline)
    return list(zip(planned, good, strict=True))


def _intent(p: Pass, tx: Tx, draft: Draft) -> NewIntent:
    prior: dict[str, Value] = {name: draft.observed.get(name) for name in draft.values}
    return NewIntent(
        link_id=draft.link.link_id,
        registration_id=draft.link.registration_id,
        ref=draft.link.ref,
        stream=draft.link.stream,
        rev=draft.link.rev + 1,
        values=dict(draft.values),
        prior=prior,
    )


def _write(p: Pass, intent: Intent, draft: Draft, stamp: datetime | None) -> Write:
    values = dict(intent.values)
    if has_witness(p.stream_map(intent.stream)):
        values["rev"] = intent.rev
    is_conditional = stamp is not None and p.connector.capabilities.has_conditional_write
    return Write(
        key=str(intent.intent_id),
        kind=WriteKind.UPDATE,
        stream=intent.stream,
        record_id=intent.ref.record_id,
        external_id=intent.registration_id,
        values=values,
        unmodified_since=stamp if is_conditional else None,
        group=draft.group,
    )


def has_witness(stream_map: StreamMap) -> bool:
    """Tell whether the rows carry our write witness; without it the weaker mode of docs/guarantees.md holds."""
    return "rev" in stream_map.writable()


def _store_results(p: Pass, planned: Sequence[tuple[Intent, Draft]], deliveries: Sequence[Delivery]) -> None:
    by_key = {each.key: each for each in deliveries}
    applied = 0
    with p.begin() as tx:
        current = links.get_many(tx, [intent.link_id for intent, _ in planned])
        for intent, _ in planned:
            delivery = by_key[str(intent.intent_id)]
            link = current[intent.link_id]
            if delivery.outcome is Outcome.APPLIED:
                applied += 1
                fold(p, tx, link, intent)
            elif delivery.outcome is Outcome.REFUSED:
                p.tally.writes.refused += 1
                assert delivery.error is not None, intent.intent_id
                refused(p, tx, link, intent, delivery.error)
            else:
                p.tally.writes.unknown += 1
                emit("write_unknown", pass_id=p.pass_id, crm=p.name, ref=str(intent.ref), reason=_code(delivery.error))
        if applied:
            connections.add_writes(tx, p.name, applied)
    p.tally.writes.applied += applied


def fold(p: Pass, tx: Tx, link: Link, intent: Intent) -> None:
    """Take an applied write into the base; it waits to be looked at again where a person's value may lie under it."""
    base = {**link.base, **intent.values}
    links.save(tx, replace(link, base=base, acked_rev=max(link.acked_rev, intent.rev), retry_at=None))
    stream_map = p.stream_map(intent.stream)
    needs_look = not has_witness(stream_map) or (intent.stream is Stream.SUBMISSIONS and "status" in intent.values)
    intents.settle(tx, intent.intent_id, IntentState.VERIFY if needs_look else IntentState.DONE, now=p.now())
    if not needs_look:
        emit(
            "write_confirmed",
            pass_id=p.pass_id,
            crm=p.name,
            ref=str(intent.ref),
            registration_id=intent.registration_id,
        )


def _failed(write: Write, error: DealError) -> Delivery:
    """Return what became of a write when the whole call raised."""
    is_unknown = isinstance(error, TransientError) and error.outcome_unknown
    is_ours = not isinstance(
        error, TransientError | PermanentError
    )  # an error of our own making says nothing about the row
    outcome = Outcome.UNKNOWN if is_unknown or is_ours else Outcome.REFUSED
    return Delivery(key=write.key, outcome=outcome, record_id=write.record_id, error=error)


def _code(error: DealError | None) -> str | None:
    return error.code if error is not None else None
