"""The sync log as support reads it: passes, decisions, writes and rows set aside, in one order of time.

The ledger holds each of these where it belongs; nothing is logged twice. A line names who did it, to which registration and
record, and says in words what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select

from console.screen import counted, moment
from ledger import events, history, intents, registrations
from ledger.engine import Tx
from ledger.entry_types import DECISIONS, EntryType
from ledger.rows import Entry, EventRow, Intent, IntentState, QuarantineRow, RunRow
from ledger.tables import entry, intent, link, quarantine, registration
from rules.records import CrmRef

# What other tables already tell; the rest of the events is shown as it is.
_TOLD_ELSEWHERE: Final = ("registration_", "write_", "claim_received", "row_quarantined", "pass_", "drift_")
_TEXT_MAX: Final = 300
_TROUBLES_MAX: Final = 3  # of one pass in its line; --json has all
_STEPS: Final = (
    ("received", "claim", "received"),
    ("decided", "claim", "decided"),
    ("commands", "command", "of people"),
    ("drift", "row", "edited by others"),
    ("gone", "row", "gone"),
    ("waiting", "claim", "waiting"),
)
_WRITE_EVENTS: Final[Mapping[IntentState, str]] = {
    IntentState.PLANNED: "write_planned",
    IntentState.SENT: "write_sent",
    IntentState.VERIFY: "write_sent",
    IntentState.DONE: "write_confirmed",
    IntentState.FAILED: "write_refused",
    IntentState.DEAD: "write_dead_lettered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which lines are wanted. registration_ids, refs: None for all. since: inclusive."""

    registration_ids: Sequence[str] | None = None
    refs: Sequence[CrmRef] | None = None
    connection: str | None = None
    since: datetime | None = None
    limit: int = 100

    @property
    def is_narrow(self) -> bool:
        """Tell whether it is about certain deals or records, not about passes."""
        return self.registration_ids is not None or self.refs is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    at: datetime
    event: str
    text: str
    connection: str | None = None
    registration_id: str | None = None
    ref: CrmRef | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def refs_named(tx: Tx, text: str) -> list[CrmRef]:
    """Return the rows a person may mean by connection/object/id or by an id alone."""
    from ledger.codec import parse_ref

    text = text.strip()
    if text.count("/") == 2:
        return [parse_ref(text)]
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    found: set[str] = set()
    for column in (link.c.ref, quarantine.c.ref, registration.c.claim_ref):
        # Salesforce shows ids of 15 characters in places; the ledger keeps all 18.
        named = or_(column.like(f"%/{escaped}", escape="\\"), column.like(f"%/{escaped}___", escape="\\"))
        found.update(tx.execute(select(column).where(named).limit(50)).scalars())
    return [parse_ref(ref) for ref in sorted(found)]


def lines_of(tx: Tx, scope: Scope) -> list[Line]:
    """Return the newest lines within the scope, oldest first."""
    found = [
        *_entry_lines(tx, scope),
        *_write_lines(tx, scope),
        *_quarantine_lines(tx, scope),
        *_event_lines(tx, scope),
    ]
    if not scope.is_narrow:
        found += _run_lines(tx, scope)
    if scope.since is not None:
        found = [line for line in found if line.at >= scope.since]
    return sorted(found, key=lambda line: line.at)[-scope.limit :]


def entry_text(each: Entry) -> str:
    """Return one line of words for an entry."""
    data = each.data
    if each.type == EntryType.CLAIM_RECEIVED:
        return (
            f"{data.get('customer_name')}, {data.get('product') or 'no product'}, partner "
            f"{data.get('partner_id') or 'unknown'}, counted from {moment(datetime.fromisoformat(data['priority_at']))}"
        )
    if data.get("transitions"):
        return ", then ".join(f"{step.get('status')} ({step.get('reason')})" for step in data["transitions"])
    told = [*data.get("waits", ()), *data.get("flags", ())] if each.type in DECISIONS else []
    if told:
        return "; ".join(str(one.get("detail") or one.get("reason") or one.get("code")) for one in told)
    if each.type in DECISIONS:
        return "looked at again; nothing changes"
    if each.type == EntryType.POLICY_ACTIVATED:
        return f"policy {data.get('version')} ({str(data.get('hash'))[:12]}) is in force"
    shown = [f"{name} {value}" for name, value in data.items() if isinstance(value, str | int)]
    return ", ".join(shown)[:_TEXT_MAX]


def _entry_lines(tx: Tx, scope: Scope) -> Iterator[Line]:
    conditions: list[ColumnElement[bool]] = []
    if scope.registration_ids is not None or scope.refs is not None:
        conditions.append(entry.c.registration_id.in_(_registrations_of(tx, scope)))
    if scope.connection is not None:
        claimed = select(registration.c.registration_id).where(registration.c.claim_ref.like(f"{scope.connection}/%"))
        conditions.append(entry.c.registration_id.in_(claimed))
    if scope.since is not None:
        conditions.append(entry.c.at >= scope.since)
    rows = tx.execute(select(entry).where(*conditions).order_by(entry.c.seq.desc()).limit(scope.limit))
    entries = [history.entry_of(row) for row in rows]
    known = registrations.get_many(tx, {each.registration_id for each in entries if each.registration_id})
    for each in entries:
        holder = known.get(each.registration_id or "")
        yield Line(
            at=each.at,
            event=each.type,
            text=f"{entry_text(each)} [{each.actor}]",
            connection=holder.claim_ref.connection if holder is not None else None,
            registration_id=each.registration_id,
            ref=holder.claim_ref if holder is not None else None,
            data=each.data,
        )


def _registrations_of(tx: Tx, scope: Scope) -> list[str]:
    if scope.registration_ids is not None:
        return list(scope.registration_ids)
    refs = [str(ref) for ref in scope.refs or ()]
    linked = tx.execute(select(link.c.registration_id).where(link.c.ref.in_(refs))).scalars()
    claimed = tx.execute(select(registration.c.registration_id).where(registration.c.claim_ref.in_(refs))).scalars()
    return sorted({*linked, *claimed})


def _write_lines(tx: Tx, scope: Scope) -> Iterator[Line]:
    conditions: list[ColumnElement[bool]] = []
    if scope.registration_ids is not None:
        conditions.append(intent.c.registration_id.in_(scope.registration_ids))
    if scope.refs is not None:
        conditions.append(intent.c.ref.in_([str(ref) for ref in scope.refs]))
    if scope.connection is not None:
        conditions.append(intent.c.connection == scope.connection)
    newest = select(intent.c.intent_id).where(*conditions).order_by(intent.c.intent_id.desc()).limit(scope.limit)
    for each in intents.get_many(tx, tx.execute(newest).scalars().all()).values():
        yield Line(
            at=each.sent_at or each.planned_at,
            event=_WRITE_EVENTS[each.state],
            text=_write_text(each),
            connection=each.ref.connection,
            registration_id=each.registration_id,
            ref=each.ref,
            data={"values": dict(each.values), "prior": dict(each.prior), "rev": each.rev, "attempts": each.attempts},
        )


def _write_text(each: Intent) -> str:
    changed = ", ".join(f"{name} = {value}" for name, value in each.values.items() if name != "rev")
    trouble = each.error_message or each.error_code
    return f"{changed}; {trouble}" if trouble else changed


def _quarantine_lines(tx: Tx, scope: Scope) -> Iterator[Line]:
    from ledger.quarantine import listing

    if scope.registration_ids is not None:
        return
    rows: Sequence[QuarantineRow] = listing(tx, connection=scope.connection, limit=scope.limit)
    for each in rows:
        if scope.refs is None or each.ref in scope.refs:
            text = f"{each.code}: {each.message} ({counted(each.count, 'time')})"
            yield Line(
                at=each.last_at,
                event="row_quarantined",
                text=text,
                connection=each.ref.connection,
                ref=each.ref,
                data={},
            )


def _event_lines(tx: Tx, scope: Scope) -> Iterator[Line]:
    rows: list[EventRow] = []
    if scope.registration_ids is not None:
        for registration_id in scope.registration_ids:
            rows += events.listing(tx, registration_id=registration_id, limit=scope.limit)
    elif scope.refs is not None:
        for ref in scope.refs:
            rows += events.listing(tx, ref=ref, limit=scope.limit)
    else:
        rows += events.listing(tx, limit=scope.limit)
    for each in rows:
        connection = each.ref.connection if each.ref is not None else each.data.get("crm")
        if each.event.startswith(_TOLD_ELSEWHERE) or scope.connection not in (None, connection):
            continue
        text = ", ".join(f"{name} {value}" for name, value in each.data.items())
        yield Line(
            at=each.at,
            event=each.event,
            text=text[:_TEXT_MAX],
            connection=connection,
            registration_id=each.registration_id,
            ref=each.ref,
            data=each.data,
        )


def _run_lines(tx: Tx, scope: Scope) -> Iterator[Line]:
    from ledger.runs import listing

    rows: Sequence[RunRow] = listing(tx, scope.limit, connection=scope.connection)
    for each in rows:
        verdict = str(each.verdict) if each.verdict is not None else "running, or ended with its process"
        trouble = [*([each.error] if each.error else []), *each.counts.get("problems", ())][:_TROUBLES_MAX]
        yield Line(
            at=each.finished_at or each.started_at,
            event="pass_finished" if each.finished_at else "pass_started",
            text="; ".join([f"{verdict}: {counts_text(each.counts)}", *trouble]),
            connection=each.connection,
            data=each.counts,
        )


def counts_text(counts: Mapping[str, Any]) -> str:
    """Return the counts of a pass in words, leaving out what did not happen; decisions that changed nothing did not."""
    pulled = counts.get("pull", {})
    seen = sum(each.get("seen", 0) for each in pulled.values())
    fresh = sum(each.get("new", 0) + each.get("changed", 0) for each in pulled.values())
    parts = [f"{counted(seen, 'row')} seen, {fresh:,} new or changed"]
    happened = {**counts, "decided": counts.get("changed", counts.get("decided", 0))}
    parts += [
        f"{counted(happened[name], noun)} {what}".rstrip()
        for name, noun, what in _STEPS
        if isinstance(happened.get(name), int) and happened[name]
    ]
    writes = counts.get("writes", {})
    parts += [
        f"{counted(writes[name], 'write')} {name}"
        for name in ("applied", "refused", "unknown", "postponed")
        if writes.get(name)
    ]
    return ", ".join(parts)
