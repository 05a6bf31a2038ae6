"""Objections to a claim: from a field of the submission, from objects of the CRM, and from the command line.

Whether one is heard, and what it leads to, is for the rules to say. Who objects is a partner's id or a person's hash; names
stay in the CRM.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ledger import dirty, history, people, policies, snapshots
from ledger.codec import iso, parse_iso
from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.record import record
from ledger.rows import Entry, NewEntry, Snapshot
from rules.cases import Objection
from rules.fields import Stream
from rules.records import Registration
from sync.observe import target_ref
from sync.records import Reader
from sync.values import instant, text, words

UNKNOWN = "unknown"


def of_claim(tx: Tx, reader: Reader, snapshot: Snapshot, registration: Registration) -> tuple[Objection, ...]:
    """Return the objections to a claim, oldest first."""
    found = [_told(each) for each in history.objections_to(tx, registration.registration_id)]
    field = _in_field(tx, reader, snapshot)
    if field is not None:
        found.append(field)
    if any(Stream.OBJECTIONS in config.mapping.streams for config in reader.configs.values()):
        rows = snapshots.objections_to(tx, snapshot.ref)
        found += [_in_row(tx, reader, each) for each in rows if not each.is_gone]
    return tuple(sorted(found, key=lambda each: (each.at, each.source)))


def object_to(
    tx: Tx,
    registration: Registration,
    *,
    by_partner: str | None = None,
    by_user: str | None = None,
    evidence: Sequence[str] = (),
    actor: str,
    now: datetime,
) -> Entry:
    """Record an objection told at the command line and let the claim be decided anew in the next pass.

    by_partner: the id of the partner who objects, or by_user: the seller. actor: who tells it ("person:ada").
    """
    assert (by_partner is None) != (by_user is None), "one of the two objects"
    in_force = policies.active(tx)
    told = NewEntry(
        registration_id=registration.registration_id,
        type=EntryType.OBJECTED,
        at=now,
        actor=actor,
        policy_hash=in_force.hash if in_force is not None else "",
        data={
            "by_partner": by_partner,
            "by_user": by_user,
            "evidence": sorted(set(evidence)),
            "at": iso(now),
            "source": "command line",
        },
    )
    entry = record(tx, [told])[0]
    dirty.mark(
        tx, {registration.claim_ref: "objection"}, priority={registration.claim_ref: registration.priority_at}, now=now
    )
    return entry


def _told(entry: Entry) -> Objection:
    data = entry.data
    return Objection(
        at=parse_iso(data["at"]),
        source=data["source"],
        by_partner=data["by_partner"],
        by_user=data["by_user"],
        evidence=tuple(data["evidence"]),
    )


def _in_field(tx: Tx, reader: Reader, snapshot: Snapshot) -> Objection | None:
    """Return what the submission's own field tells: a partner's code, or else a person."""
    by = text(snapshot.values.get("objection_by"))
    if by is None:
        return None
    partner = reader.partner_of(None, by)
    return Objection(
        at=instant(snapshot.values.get("objected_at")) or _since(tx, snapshot, by),
        source=f"{snapshot.ref} objection_by",
        by_partner=partner.partner_id if partner is not None else None,
        by_user=people.pseudonym(tx, by) if partner is None else None,
    )


def _since(tx: Tx, snapshot: Snapshot, by: str) -> datetime:
    """Return when the field came to hold this, as far as versions of the row are kept."""
    at = snapshot.modified_at
    for version in reversed(snapshots.versions(tx, snapshot.ref)):
        if version.values.get("objection_by") != by:
            break
        at = version.modified_at
    return at


def _in_row(tx: Tx, reader: Reader, row: Snapshot) -> Objection:
    mapping, values = reader.configs[row.ref.connection].mapping, row.values
    code = text(values.get("partner_code"))
    partner = reader.partner_of(target_ref(mapping, Stream.OBJECTIONS, "by_partner", values), code)
    user = text(values.get("by_user")) or code or row.modified_by or UNKNOWN
    return Objection(
        at=instant(values.get("objected_at")) or row.created_at or row.first_seen_at,
        source=str(row.ref),
        by_partner=partner.partner_id if partner is not None else None,
        by_user=people.pseudonym(tx, user) if partner is None else None,
        evidence=words(values.get("evidence")),
    )
