"""What the entries of one registration amount to. Pure: recorded or replayed, the same entries give the same rows.

Holding a state and one more entry, `apply` returns the next state. Nothing else may set these rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledger.codec import parse_iso
from ledger.entry_types import DECISIONS, EntryType
from ledger.rows import Conflict, Deadline, Entry
from rules.errors import InvariantError
from rules.fields import Value
from rules.record import reward_from
from rules.records import FINAL, CrmRef, Money, Registration, Status, Window

_HOLDING_OVER = "holding_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One registration with what hangs on it. registration.has_conflict is derived: flags or an open conflict."""

    registration: Registration
    flag_count: int = 0
    deadlines: frozenset[Deadline] = frozenset()
    conflicts: Mapping[str, Conflict] = field(default_factory=dict)


def apply(state: State | None, entry: Entry) -> State:
    """Return the state after one more entry; raise InvariantError for an entry that cannot follow."""
    if entry.type == EntryType.CLAIM_RECEIVED:
        if state is not None:
            raise InvariantError(f"{entry.registration_id} was received twice (entry {entry.seq}).")
        return _received(entry)
    if state is None:
        raise InvariantError(f"Entry {entry.seq} ({entry.type}) is about {entry.registration_id}, never received.")
    if entry.type in DECISIONS:
        state = _decided(state, entry)
    elif entry.type in (EntryType.CONFLICT_OPENED, EntryType.CONFLICT_CLOSED):
        state = _disputed(state, entry)
    has_conflict = state.flag_count > 0 or any(each.closed_at is None for each in state.conflicts.values())
    counted = replace(state.registration, version=state.registration.version + 1, has_conflict=has_conflict)
    return replace(state, registration=counted)


def _received(entry: Entry) -> State:
    data = entry.data
    assert entry.registration_id is not None, entry.seq
    registration = Registration(
        registration_id=entry.registration_id,
        claim_ref=CrmRef.parse(data["claim_ref"]),
        partner_id=data.get("partner_id"),
        deal_key=data.get("deal_key", ""),
        customer_name=data["customer_name"],
        product=data["product"],
        status=Status.RECEIVED,
        reason=data.get("reason", "received"),
        exclusive=False,
        priority_at=parse_iso(data["priority_at"]),
        submitted_at=_instant(data.get("submitted_at")),
        created_at=entry.at,
        amount=_money(data.get("amount")),
        policy_hash=entry.policy_hash,
        version=1,
        status_since=entry.at,
    )
    return State(registration=registration)


def _decided(state: State, entry: Entry) -> State:
    data, before = entry.data, state.registration
    extra = data.get("extra") or {}
    terms = data["terms"]
    after = replace(
        before,
        partner_id=terms["partner_id"],
        exclusive=terms["exclusive"],
        window=_window(terms.get("window")),
        deal_key=data["deal_key"],
        priority_at=parse_iso(data["priority_at"]),
        customer_name=data.get("customer_name", before.customer_name),
        product=data.get("product", before.product),
        amount=_money(data["amount"]) if "amount" in data else before.amount,
        is_adopted=before.is_adopted or entry.type == EntryType.ADOPTED,
        extension_count=extra.get("extension_count", before.extension_count),
        programme=terms["programme"],
        kind=terms["kind"],
        rank=terms["rank"],
        rewards=tuple(map(reward_from, terms["rewards"])),
        memory=data["memory"],
    )
    for step in data["transitions"]:
        at, status = parse_iso(step["at"]), Status(step["status"])
        since = after.status_since if status is after.status else at  # an extension is registered -> registered
        ended_at = at if status in FINAL else None
        after = replace(after, status=status, reason=step["reason"], status_since=since, ended_at=ended_at)
    missing = tuple(extra.get("missing", before.missing)) if after.status is Status.RETURNED else ()
    deadlines = frozenset(
        Deadline(registration_id=before.registration_id, kind=each["kind"], due_at=parse_iso(each["at"]))
        for each in data.get("deadlines", ())
    )
    holding_ends_at = _due(deadlines, _HOLDING_OVER) or _instant(extra.get("holding_ends_at"))
    policy_hash = before.policy_hash if _terms_of(after) == _terms_of(before) else entry.policy_hash
    after = replace(after, holding_ends_at=holding_ends_at, policy_hash=policy_hash, missing=missing)
    return replace(state, registration=after, deadlines=deadlines, flag_count=len(data.get("flags", ())))


def _disputed(state: State, entry: Entry) -> State:
    key = entry.data["key"]
    opened = state.conflicts.get(key)
    if entry.type == EntryType.CONFLICT_OPENED:
        changed = Conflict(
            registration_id=state.registration.registration_id,
            key=key,
            opened_at=entry.at,
            closed_at=None,
            data=dict(entry.data),
        )
    elif opened is None:
        raise InvariantError(f"Entry {entry.seq} closes the conflict {key}, which was never opened.")
    else:
        changed = replace(opened, closed_at=entry.at)
    return replace(state, conflicts={**state.conflicts, key: changed})


def _due(deadlines: frozenset[Deadline], kind: str) -> datetime | None:
    return min((each.due_at for each in deadlines if each.kind == kind), default=None)


def _terms_of(each: Registration) -> tuple[object, ...]:
    # A decision that moves none of these leaves the terms those of the policy they were granted under.
    return each.status, each.partner_id, each.exclusive, each.window, each.programme, each.kind, each.rank, each.rewards


def _instant(text: str | None) -> datetime | None:
    return None if text is None else parse_iso(text)


def _window(data: Mapping[str, Any] | None) -> Window | None:
    return None if data is None else Window(start=parse_iso(data["start"]), end=parse_iso(data["end"]))


def _money(data: Mapping[str, Value] | None) -> Money | None:
    return None if data is None else Money(amount=Decimal(str(data["amount"])), currency=str(data["currency"]))
