"""Which claims a row concerns: they are marked dirty in the transaction that stores the row.

A submission concerns itself and the live claims that share its match keys; an objection the submission it is about; a linked
row its own registration; an opportunity
or a company the live claims that share the company's keys; a partner its own claims. A backfill of opportunities costs
nothing here while no claim is live, and a look-up of the page's companies otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger import dirty, links, lookups, match_index, quarantine, registrations, snapshots, unregistered
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import Accepted, Link, LinkRole, ObservedRow, Snapshot
from rules.errors import RecordError
from rules.fields import Stream
from rules.records import CrmRef
from sync.events import emit
from sync.observe import COMPANIES, keys_of, target_ref
from sync.passes import Pass

COPIED: Final = "copied_registration"
UNKNOWN: Final = "unknown_registration"
UNKNOWN_WORDS: Final = "which this ledger does not know"


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


def unknown(ref: CrmRef, stream: Stream, carried: str) -> SetAside:
    """Return what to tell of a row that carries a registration id which is not this ledger's: lost, or another one."""
    message = (
        f"{ref} carries {carried}, {UNKNOWN_WORDS}. Restore the ledger's backup, or empty the field if "
        "the record is a copy."
    )
    return SetAside(ref=ref, stream=stream, code=UNKNOWN, message=message)


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


def mark_concerned(
    p: Pass, tx: Tx, stream: Stream, accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow]
) -> int:
    """Mark what these new or changed rows concern; return how many claims."""
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
    elif stream is Stream.OBJECTIONS:
        marks.update(_objected_claims(p, accepted, rows))
    elif stream is Stream.OPPORTUNITIES:
        _set_aside_copies(p, tx, accepted, rows, linked)
        _note_unregistered(p, tx, accepted, rows, linked)
        keys |= _opportunity_keys(p, tx, accepted, rows, linked)
    if keys:
        for ref in match_index.live_claims_touching(tx, keys):
            marks.setdefault(ref, f"{stream} nearby")
    mark_claims(p, tx, marks)
    return len(marks)


def _objected_claims(p: Pass, accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow]) -> dict[CrmRef, str]:
    """Return the submissions that these objections are about, as they say now and as they said before."""
    told = [(each.ref, rows[each.ref].values) for each in accepted]
    told += [(each.ref, each.before.values) for each in accepted if each.before is not None]
    targets = [target_ref(p.config.mapping, Stream.OBJECTIONS, "submission", values) for _, values in told]
    for (ref, _), target in zip(told[: len(accepted)], targets, strict=False):
        emit("objection_received", pass_id=p.pass_id, crm=p.name, ref=str(ref), about=str(target) if target else None)
    return {target: "objection" for target in targets if target is not None}


def _note_unregistered(
    p: Pass,
    tx: Tx,
    accepted: Sequence[Accepted],
    rows: Mapping[CrmRef, ObservedRow],
    linked: Mapping[CrmRef, Sequence[Link]],
) -> None:
    """Note open opportunities that name a partner and have no registration; forget those that no longer do."""
    found = {each.ref for each in accepted if each.ref not in linked and _names_partner_only(rows[each.ref])}
    unregistered.note(tx, found, now=p.now())
    unregistered.drop(tx, [each.ref for each in accepted if not each.is_new and each.ref not in found])


def _names_partner_only(row: ObservedRow) -> bool:
    values = row.values
    return bool(
        values.get("partner")
        and not row.is_deleted
        and values.get("is_closed") is not True
        and not values.get("registration_id")
    )


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
    known = registrations.get_many(tx, set(copies.values()))
    aside = [
        SetAside(
            ref=ref,
            stream=Stream.OPPORTUNITIES,
            code=COPIED,
            message=f"{ref} carries {carried} without being that registration's deal. Empty the field.",
        )
        if carried in known
        else unknown(ref, Stream.OPPORTUNITIES, carried)
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
        if each.gone_changed and _rows_gone(each):
            p.tally.gone += 1
            emit("row_gone", pass_id=p.pass_id, crm=p.name, ref=str(each.ref))


def _rows_gone(each: Accepted) -> bool:
    """Tell whether an accepted change of presence is a disappearance."""
    return each.before is not None and not each.before.is_gone


def _company_keys(accepted: Sequence[Accepted], rows: Mapping[CrmRef, ObservedRow]) -> set[str]:
    """Return the keys of companies that changed, as they were and as they are: a rename concerns both."""
    keys: set[str] = set()
    for each in accepted:
        if each.is_new or each.facts_changed or each.gone_changed:
            keys.update(rows[each.ref].match_keys)
            if each.before is not None:
                keys.update(keys_of(each.before.stream, each.before.values))
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
