"""Rows into the ledger: shaped for the gate, stored, and what they may concern marked dirty, in the caller's transaction.

Which claims a row concerns: a submission concerns itself and the live claims that share its match keys; a linked row its
own registration; an opportunity or a company the live claims that share the company's keys. A backfill of opportunities
costs nothing here while no claim is live, and a look-up of the page's companies otherwise.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import orjson

from connectors.port import Row
from ledger import dirty, inbox, links, lookups, quarantine, registrations, snapshots
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import Accepted, IntakeCounts, Link, LinkRole, ObservedRow, Snapshot
from rules.errors import RecordError
from rules.fields import LEDGER_OWNED, Stream, Value, Values
from rules.mapping import ConnectionMap
from rules.matching.keys import customer_keys
from rules.records import CrmRef, Customer
from sync.events import emit
from sync.passes import Pass

NOTHING_OWNED: Final[frozenset[str]] = frozenset()
COMPANIES: Final = frozenset({Stream.COMPANIES, Stream.PARTNERS})
_HANGS_ON: Final[Mapping[Stream, str]] = {
    Stream.SUBMISSIONS: "customer",
    Stream.OPPORTUNITIES: "customer",
    Stream.CONTACTS: "company",
    Stream.COMPANIES: "parent",
    Stream.PARTNERS: "parent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """One row for the quarantine: what could not be read, and why."""

    ref: CrmRef
    stream: Stream | None
    code: str
    message: str
    field: str | None = None

    @classmethod
    def of(cls, error: RecordError, stream: Stream) -> SetAside:
        return cls(
            ref=parse_ref(error.ref),
            stream=stream,
            code=error.code or "unreadable",
            message=error.message,
            field=error.field,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one batch of rows brought. dirty: how many claims were marked."""

    counts: IntakeCounts
    accepted: Sequence[Accepted]
    dirty: int


def take_in(p: Pass, tx: Tx, stream: Stream, rows: Sequence[Row], unreadable: Sequence[RecordError] = ()) -> Taken:
    """Store rows of one stream, set the unreadable ones aside, and mark what they concern."""
    observed = [observe(row) for row in _completed(tx, rows)]
    taken = inbox.intake(tx, observed, run_id=p.run_id, now=p.now())
    counts = taken.counts
    if unreadable:
        quarantine.put(tx, [SetAside.of(error, stream) for error in unreadable], now=p.now())
        counts += IntakeCounts(quarantined=len(unreadable))
        for error in unreadable:
            emit(
                "row_quarantined", pass_id=p.pass_id, crm=p.name, ref=error.ref, reason=error.code, error=error.message
            )
    if not taken.accepted:
        return Taken(counts=counts, accepted=(), dirty=0)
    if quarantine.count(tx, p.name):
        quarantine.clear(tx, [each.ref for each in taken.accepted])
    marked = _mark(p, tx, stream, taken.accepted, {row.ref: row for row in observed})
    return Taken(counts=counts, accepted=taken.accepted, dirty=marked)


def mark_rows_gone(p: Pass, tx: Tx, stream: Stream, refs: Sequence[CrmRef]) -> None:
    """Note that rows are no longer in the CRM, and let their registrations be decided."""
    p.tally.gone += snapshots.mark_gone(tx, refs, now=p.now())
    found = [link for some in links.by_ref(tx, refs).values() for link in some]
    claims = claim_refs(tx, found)
    marks = {claims[link.registration_id]: f"{link.role} gone" for link in found if link.registration_id in claims}
    if stream is Stream.SUBMISSIONS:
        marks.update(dict.fromkeys(refs, "submission gone"))
    mark_claims(p, tx, marks)
    for ref in refs:
        emit("row_gone", pass_id=p.pass_id, crm=p.name, ref=str(ref))


def observe(row: Row) -> ObservedRow:
    """Return a pulled row as the gate wants it: with a hash of its facts and the keys it is matched by."""
    values = row.values
    company = values.get(_HANGS_ON.get(row.stream, ""))
    return ObservedRow(
        ref=row.ref,
        stream=row.stream,
        created_at=row.created_at,
        modified_at=row.modified_at,
        modified_by=row.modified_by,
        rev=row.rev,
        is_deleted=row.is_deleted,
        merged_into=row.merged_into,
        values=values,
        facts_hash=facts_hash(row.stream, values),
        company_id=company if isinstance(company, str) else None,
        match_keys=_keys_of(row.stream, values),
    )


def facts_hash(stream: Stream, values: Values) -> str:
    """Return a hash over the values the ledger does not own."""
    owned = LEDGER_OWNED.get(stream, NOTHING_OWNED)
    facts = {name: value for name, value in values.items() if name not in owned} if owned else values
    return hashlib.blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def owned_values(stream: Stream, values: Values) -> dict[str, Value]:
    """Return the ledger-owned values of a row, the witness apart."""
    owned = LEDGER_OWNED.get(stream, NOTHING_OWNED)
    return {name: value for name, value in values.items() if name in owned and name != "rev"}


def customer_of(stream: Stream, values: Values) -> Customer | None:
    """Return the customer that a submission's own fields or a company row describe; None when they name nobody."""
    prefix = "customer_" if stream is Stream.SUBMISSIONS else ""
    name, domain = values.get(f"{prefix}name"), values.get(f"{prefix}domain")
    if domain is None and not prefix:
        domain = values.get("website")
    if not name and not domain:
        return None
    country = values.get(f"{prefix}country")
    return Customer(
        name=str(name or domain), domain=str(domain) if domain else None, country=str(country) if country else None
    )


def target_ref(mapping: ConnectionMap, stream: Stream, name: str, values: Values) -> CrmRef | None:
    """Return the row that a reference field points at, None when it is empty or its stream is not mapped."""
    record_id = values.get(name)
    field = mapping.streams[stream].fields.get(name) if stream in mapping.streams else None
    if not isinstance(record_id, str) or field is None:
        return None
    target = mapping.streams.get(field.target or Stream.COMPANIES)
    return CrmRef(mapping.connection, target.object_name, record_id) if target is not None else None


def claim_priority(snapshot: Snapshot | ObservedRow) -> datetime:
    """Return the instant that orders work on claims: the oldest submission first."""
    return snapshot.created_at or snapshot.modified_at


def claim_refs(tx: Tx, found: Iterable[Link]) -> dict[str, CrmRef]:
    """Return the submission row of each registration of these links, by registration id."""
    ids = sorted({link.registration_id for link in found})
    return {each.registration_id: each.claim_ref for each in registrations.get_many(tx, ids).values()}


def mark_claims(p: Pass, tx: Tx, refs: Mapping[CrmRef, str]) -> None:
    """Mark claims dirty with their reasons, each at its own place in the queue."""
    if not refs:
        return
    known = snapshots.get_many(tx, list(refs))
    priority = {ref: claim_priority(known[ref]) if ref in known else p.now() for ref in refs}
    # In one order always: two connections' passes that mark the same claims must not lock each other out.
    dirty.mark(tx, dict(sorted(refs.items())), priority=priority, now=p.now())


def _completed(tx: Tx, rows: Sequence[Row]) -> list[Row]:
    """Return the rows, tombstones without values completed from what is known: a deleted claim stays readable."""
    bare = [row.ref for row in rows if row.is_deleted and not row.values]
    if not bare:
        return list(rows)
    known = snapshots.get_many(tx, bare)
    return [
        replace(row, values=known[row.ref].values, rev=known[row.ref].rev, created_at=known[row.ref].created_at)
        if row.is_deleted and not row.values and row.ref in known
        else row
        for row in rows
    ]


def _keys_of(stream: Stream, values: Values) -> tuple[str, ...]:
    if stream is not Stream.SUBMISSIONS and stream not in COMPANIES:
        return ()
    customer = customer_of(stream, values)
    return customer_keys(customer) if customer is not None else ()


def _mark(p: Pass, tx: Tx, stream: Stream, accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow]) -> int:
    marks: dict[CrmRef, str] = {}
    known = [each.ref for each in accepted if not each.is_new]
    linked = links.by_ref(tx, known) if known and stream in (Stream.SUBMISSIONS, Stream.OPPORTUNITIES) else {}
    if linked:
        _linked_rows(p, tx, accepted, linked, marks)
    keys: set[str] = set()
    if stream is Stream.SUBMISSIONS:
        marks.update({each.ref: "submission" for each in accepted})
        for each in accepted:
            if each.is_new or each.facts_changed or each.gone_changed:
                keys.update(rows[each.ref].match_keys)
    elif stream in COMPANIES:
        keys |= _company_keys(accepted, rows)
        _partner_claims(p, tx, accepted, rows, marks)
    elif stream is Stream.OPPORTUNITIES:
        _set_aside_copies(p, tx, accepted, rows, linked)
        keys |= _opportunity_keys(p, tx, accepted, rows, linked)
    if keys:
        for ref in dirty.live_claims_touching(tx, keys):
            marks.setdefault(ref, f"{stream} nearby")
    mark_claims(p, tx, marks)
    return len(marks)


def _set_aside_copies(
    p: Pass,
    tx: Tx,
    accepted: Sequence[Accepted],
    rows: Mapping[CrmRef, ObservedRow],
    linked: Mapping[CrmRef, Sequence[Link]],
) -> None:
    """Set opportunities aside that carry a registration id without being tied to it: somebody copied a linked one."""
    copies = {
        each.ref: str(rows[each.ref].values["registration_id"])
        for each in accepted
        if each.ref not in linked and rows[each.ref].values.get("registration_id") and not rows[each.ref].is_deleted
    }
    if not copies:
        return
    aside = [
        SetAside(
            ref=ref,
            stream=Stream.OPPORTUNITIES,
            code="copied_registration",
            message=f"{ref} carries {carried} without being that registration's deal. Empty the field.",
        )
        for ref, carried in copies.items()
    ]
    quarantine.put(tx, aside, now=p.now())
    for each in aside:
        p.tally.problems.append(each.message)
        emit("row_quarantined", pass_id=p.pass_id, crm=p.name, ref=str(each.ref), reason=each.code, error=each.message)


def _linked_rows(
    p: Pass,
    tx: Tx,
    accepted: Sequence[Accepted],
    linked: Mapping[CrmRef, Sequence[Link]],
    marks: dict[CrmRef, str],
) -> None:
    """Mark the registrations of changed linked rows; let links look at rows whose ledger-owned values moved."""
    concerned = [each for each in accepted if each.ref in linked]
    due = [link.link_id for each in concerned for link in linked[each.ref]]
    if due:
        links.mark_due(tx, link_ids=due)
    claims = claim_refs(tx, [link for each in concerned for link in linked[each.ref]])
    for each in concerned:
        for link in linked[each.ref]:
            is_matter_of_rules = each.facts_changed or each.gone_changed or link.role is LinkRole.SUBMISSION
            if is_matter_of_rules and link.registration_id in claims:
                marks.setdefault(claims[link.registration_id], f"linked {link.role}")
    for each in concerned:
        if each.gone_changed and rows_gone(each):
            p.tally.gone += 1
            emit("row_gone", pass_id=p.pass_id, crm=p.name, ref=str(each.ref))


def rows_gone(each: Accepted) -> bool:
    """Tell whether an accepted change of presence is a disappearance."""
    return each.before is not None and not each.before.is_gone


def _company_keys(accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow]) -> set[str]:
    """Return the keys of companies that changed, as they were and as they are: a rename concerns both."""
    keys: set[str] = set()
    for each in accepted:
        if each.is_new or each.facts_changed or each.gone_changed:
            keys.update(rows[each.ref].match_keys)
            if each.before is not None:
                keys.update(_keys_of(each.before.stream, each.before.values))
    return keys


def _partner_claims(
    p: Pass, tx: Tx, accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow], marks: dict[CrmRef, str]
) -> None:
    """Mark the unsettled and protected claims of partners whose row is new or changed: standing, tier, identity."""
    codes: set[str] = set()
    refs: set[str] = set()
    for each in accepted:
        if not (each.is_new or each.facts_changed or each.gone_changed):
            continue
        before = each.before.values if each.before is not None else {}
        code = rows[each.ref].values.get("partner_code") or before.get("partner_code")
        if code:
            codes.add(str(code))
            refs.add(str(each.ref))
    if codes:
        for ref in lookups.live_claims_of_partners(tx, sorted(codes | refs)):
            marks.setdefault(ref, "partner changed")


def _opportunity_keys(
    p: Pass,
    tx: Tx,
    accepted: Sequence[Accepted],
    rows: Mapping[CrmRef, ObservedRow],
    linked: Mapping[CrmRef, Sequence[Link]],
) -> set[str]:
    """Return the keys of the companies of opportunities that are new or changed and nobody's yet."""
    if not lookups.has_live(tx):
        return set()
    mapping = p.config.mapping
    companies = {
        target
        for each in accepted
        if (each.is_new or each.facts_changed or each.gone_changed) and each.ref not in linked
        for target in [target_ref(mapping, Stream.OPPORTUNITIES, "customer", rows[each.ref].values)]
        if target is not None
    }
    return lookups.match_keys_of(tx, companies) if companies else set()
