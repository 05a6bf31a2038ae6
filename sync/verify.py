"""Look again at what was just written where a person commands through the same field.

Between our fresh read and our write a person may have typed a value that our write then covered. Where the CRM keeps a
history of the field, that value stands just below ours: it is taken as the command it was. Where the CRM has conditional
writes instead, it would have refused ours. The look is a state of the intent, so that a crash in between loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from connectors.port import Change, Row
from ledger import intents, links, record
from ledger.engine import Tx
from ledger.rows import Intent, IntentState, Link, NewEntry
from rules.fields import Stream
from sync.commands import STATUS, StatusEdit, histories, read_edit, typed_between
from sync.events import emit
from sync.intake import take_in_read
from sync.passes import Pass
from sync.reconcile import Reconciler
from sync.resolve import by_stream, distinct, is_applied, is_held


def verify(p: Pass, reconciler: Reconciler) -> None:
    """Settle every write that waits to be seen in the CRM."""
    with p.ledger.read() as tx:
        waiting = intents.open_(tx, p.name, [IntentState.VERIFY])
    for stream, some in by_stream(waiting).items():
        ids = [each.ref.record_id for each in some]
        rows = p.connector.read(stream, ids, owned_only=True)
        changes: dict[str, list[Change]] = {}
        if p.connector.capabilities.has_history and stream is Stream.SUBMISSIONS:
            changes = histories(p.connector.history(stream, ids, [STATUS]))
        with p.begin() as tx:
            take_in_read(p, tx, stream, distinct(rows))
        for intent in some:
            _verify(p, reconciler, intent, rows.get(intent.ref.record_id), changes)


def _verify(
    p: Pass, reconciler: Reconciler, intent: Intent, row: Row | None, changes: Mapping[str, list[Change]]
) -> None:
    """Settle one write, and decide what a covered value commands, in one transaction."""
    with p.begin() as tx:
        link = links.get(tx, intent.link_id)
        assert link is not None, intent.intent_id
        if row is None or row.ref != intent.ref:
            p.absent.add(intent.ref)
            _done(p, tx, intent)
            return
        if not is_applied(intent, row, p.stream_map(intent.stream)):
            _not_seen(p, tx, link, intent)
            return
        if not is_held(intent, row, p.stream_map(intent.stream)):
            links.mark_due(tx, [link.link_id])  # somebody edited it since: to be met when planned
        covered = _covered(p, intent, changes.get(intent.ref.record_id, []))
        _done(p, tx, intent)
        if covered is None:
            return
        if covered.command is None:
            record.record(tx, [_drift(p, intent, covered)])
            return
        reconciler.command(tx, link, covered.command)


def _covered(p: Pass, intent: Intent, changes: list[Change]) -> StatusEdit | None:
    """Return the person's value that this write covered, if any."""
    if STATUS not in intent.values:
        return None
    change = typed_between(changes, written=intent.values[STATUS], prior=intent.prior.get(STATUS))
    if change is None:
        return None
    stream_map = p.stream_map(intent.stream)
    return read_edit(intent.ref, change.value, stream_map=stream_map, actor=change.by, at=change.at)


def _done(p: Pass, tx: Tx, intent: Intent) -> None:
    intents.settle(tx, intent.intent_id, IntentState.DONE, now=p.now())
    p.tally.verified += 1
    emit("write_confirmed", pass_id=p.pass_id, crm=p.name, ref=str(intent.ref), registration_id=intent.registration_id)


def _not_seen(p: Pass, tx: Tx, link: Link, intent: Intent) -> None:
    """Wait for an applied write to show; after its deadline plan it anew: something older has overwritten it."""
    since = intent.sent_at or intent.planned_at
    if p.now() - since < timedelta(seconds=p.settings.verify_deadline_s):
        return
    intents.settle(tx, intent.intent_id, IntentState.FAILED, error_code="not seen", now=p.now())
    links.save(tx, replace(link, is_due=True))


def _drift(p: Pass, intent: Intent, covered: StatusEdit) -> NewEntry:
    """Return the entry about a covered value that commands nothing."""
    return NewEntry(
        registration_id=intent.registration_id,
        type="drift_found",
        at=p.now(),
        actor=f"crm:{p.name}",
        policy_hash=p.policy.hash,
        data={
            "ref": str(intent.ref),
            "fields": {STATUS: {"observed": covered.word, "ours": intent.values[STATUS]}},
        },
    )
