"""Short ways to make what the ledger stores."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ledger import links, registrations
from ledger.codec import dump, iso
from ledger.engine import Tx
from ledger.record import record
from ledger.rows import Entry, Link, LinkRole, NewEntry, NewIntent, ObservedRow
from rules.fields import LEDGER_OWNED, Stream, Value
from rules.records import CrmRef

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
PLAIN: Mapping[str, Any] = {"rank": 1, "rewards": [], "programme": "", "kind": None}


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def submission_ref(number: int, connection: str = "salesforce") -> CrmRef:
    return CrmRef(connection, "Deal_Registration__c", f"a01{number:015d}")


def opportunity_ref(number: int, connection: str = "salesforce") -> CrmRef:
    return CrmRef(connection, "Opportunity", f"006{number:015d}")


def company_ref(number: int, connection: str = "salesforce") -> CrmRef:
    return CrmRef(connection, "Account", f"001{number:015d}")


def observed(
    ref: CrmRef,
    stream: Stream,
    values: Mapping[str, Value],
    *,
    minutes: float = 0,
    keys: Sequence[str] = (),
    company: CrmRef | None = None,
    is_deleted: bool = False,
    merged_into: str | None = None,
) -> ObservedRow:
    """Return a pulled row, stamped `minutes` after NOW, hashed as intake does."""
    owned = LEDGER_OWNED.get(stream, frozenset())
    facts = {name: value for name, value in values.items() if name not in owned}
    rev = values.get("rev")
    return ObservedRow(
        ref=ref,
        stream=stream,
        created_at=NOW,
        modified_at=at(minutes),
        modified_by="005000000000001",
        rev=rev if isinstance(rev, int) else None,
        is_deleted=is_deleted,
        merged_into=merged_into,
        values=dict(values),
        facts_hash=hashlib.sha256(dump(facts).encode()).hexdigest(),
        company_id=company.record_id if company else None,
        match_keys=tuple(keys),
    )


def received(id_: str, claim: CrmRef, *, minutes: float = 0, **more: Any) -> NewEntry:
    data = {
        "claim_ref": str(claim), "customer_name": "Acme Works", "product": "Widgets", "priority_at": iso(at(minutes)),
        "partner_id": None, "amount": {"amount": "12000", "currency": "USD"}, **more,
    }  # fmt: skip
    return entry(id_, "claim_received", data, minutes=minutes)


def decided(
    id_: str,
    *statuses: str,
    minutes: float = 1,
    key: str = "acme|widgets",
    exclusive: bool = True,
    days: int = 90,
    type_: str = "decided",
    **more: Any,
) -> NewEntry:
    """A decision that goes through these statuses; protected ones run for `days` from then."""
    start = at(minutes)
    is_protected = bool(statuses) and statuses[-1] in ("registered", "suspended")
    window = {"start": iso(start), "end": iso(start + timedelta(days=days))} if is_protected else None
    data = {
        "transitions": [{"status": each, "reason": "clean", "at": iso(start), "actor": "rule"} for each in statuses],
        "terms": {"partner_id": "partner-1", "exclusive": exclusive, "window": window, **PLAIN},
        "deal_key": key,
        "priority_at": iso(NOW),
        "deadlines": [{"kind": "window_end", "at": window["end"]}] if window else [],
        "flags": [],
        "steps": [],
        "memory": {},
        **more,
    }
    return entry(id_, type_, data, minutes=minutes)


def entry(id_: str | None, type_: str, data: Mapping[str, Any], *, minutes: float = 0) -> NewEntry:
    return NewEntry(registration_id=id_, type=type_, at=at(minutes), actor="rule", policy_hash="p1", data=data)


def register(tx: Tx, number: int, *, key: str = "acme|widgets", status: str = "registered") -> str:
    """Record a claim and its decision; return the registration id."""
    id_ = registrations.next_id(tx, year=2026)
    record(tx, [received(id_, submission_ref(number)), decided(id_, status, key=key)])
    return id_


def linked(tx: Tx, id_: str, ref: CrmRef, stream: Stream = Stream.SUBMISSIONS) -> Link:
    role = LinkRole.SUBMISSION if stream is Stream.SUBMISSIONS else LinkRole.OPPORTUNITY
    return links.add(tx, id_, ref, stream, role, now=NOW)


def write(link: Link, *, rev: int = 1, values: Mapping[str, Value] | None = None) -> NewIntent:
    return NewIntent(
        link_id=link.link_id,
        registration_id=link.registration_id,
        ref=link.ref,
        stream=link.stream,
        rev=rev,
        values=values or {"status": "Approved", "rev": rev},
        prior=link.base,
    )


def types_of(entries: Sequence[Entry]) -> list[str]:
    return [each.type for each in entries]
