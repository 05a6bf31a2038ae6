"""Plan: for every linked row that is due, the difference between what it holds and what it should hold.

Reads no network. A person's edits met on the way are recorded as drift and become the base (sync/drift.py); what is then
still different from what is wanted is a draft of a write. Rows whose claim waits to be decided, whose last write is not
settled, or that are gone, frozen or in backoff are left for a later pass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ledger import events, links, lookups, record, registrations, snapshots
from ledger.engine import Tx
from ledger.rows import Link, LinkRole, Snapshot
from rules.desired import PartnerHere, desired
from rules.fields import Stream, Value, Values
from rules.locks import held_by, is_refusal
from rules.mapping import StreamMap
from rules.merge import compare
from rules.records import FINAL, PROTECTED, CrmRef, Registration
from sync.commands import STATUS, is_current
from sync.drift import after_compare
from sync.events import emit
from sync.observe import owned_values
from sync.passes import Pass

LINKS_MAX: Final = 20_000  # in one pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One write to be. observed: the ledger-owned values it was planned on. version: of the registration at planning."""

    link: Link
    version: int
    values: Values
    observed: Values
    snapshot: Snapshot
    group: str | None

    @property
    def is_correction(self) -> bool:
        """Tell whether the row was written before: a mass of such writes is suspicious."""
        return self.link.acked_rev > 0


@dataclass(slots=True, kw_only=True)
class _Work:
    """What planning looks up for all due links at once."""

    p: Pass
    tx: Tx
    registrations: Mapping[str, Registration]
    snapshots: Mapping[CrmRef, Snapshot]
    dirty: frozenset[str]  # registrations whose claim waits to be decided
    open: set[int]
    by_ref: Mapping[CrmRef, Sequence[Link]]
    partners: dict[str, PartnerHere] = field(default_factory=dict)


def outdated(p: Pass) -> list[Link]:
    """Return the due links whose known row is older than our last acknowledged write: to be read before planning."""
    with p.ledger.read() as tx:
        due = links.due(tx, p.name, now=p.now(), limit=LINKS_MAX)
        known = snapshots.get_many(tx, [each.ref for each in due])
        open_ = lookups.links_with_open_intent(tx, [each.link_id for each in due])
    return [
        each
        for each in due
        if each.link_id not in open_ and each.ref in known and not is_current(each, known[each.ref])
    ]


def plan(p: Pass) -> list[Draft]:
    """Return the writes to make, in the order of links; store bases and drift met on the way, in one transaction."""
    with p.begin() as tx:
        due = links.due(tx, p.name, now=p.now(), limit=LINKS_MAX)
        if not due:
            return []
        work = _look_up(p, tx, due)
        drafts: list[Draft] = []
        settled: list[Link] = []
        for link in due:
            draft = _plan_link(work, link, settled)
            if draft is not None:
                drafts.append(draft)
        if settled:
            links.save_many(tx, settled)
    for draft in drafts:
        emit(
            "write_planned",
            pass_id=p.pass_id,
            crm=p.name,
            ref=str(draft.link.ref),
            registration_id=draft.link.registration_id,
            fields=sorted(draft.values),
        )
    return drafts


def _look_up(p: Pass, tx: Tx, due: Sequence[Link]) -> _Work:
    refs = list({each.ref for each in due})
    by_ref = links.by_ref(tx, refs)
    ids = {each.registration_id for some in by_ref.values() for each in some}
    known = registrations.get_many(tx, sorted(ids))
    claims = {each.claim_ref: each.registration_id for each in known.values()}
    return _Work(
        p=p,
        tx=tx,
        registrations=known,
        snapshots=snapshots.get_many(tx, refs),
        dirty=frozenset(claims[ref] for ref in lookups.dirty_among(tx, list(claims))),
        open=lookups.links_with_open_intent(tx, [each.link_id for each in due]),
        by_ref=by_ref,
    )


def _plan_link(work: _Work, link: Link, settled: list[Link]) -> Draft | None:
    """Return the write one link needs, if any; add the link to `settled` when it has changed or needs none."""
    p = work.p
    registration = work.registrations.get(link.registration_id)
    snapshot = work.snapshots.get(link.ref)
    if link.is_gone or registration is None or not _is_ruling(work, link):
        settled.append(replace(link, is_due=False, held=None))
        return None
    if snapshot is None or link.registration_id in work.dirty or link.link_id in work.open:
        return None  # stays due: it is not known yet what is to be written
    if snapshot.is_gone:
        settled.append(replace(link, is_due=False, held=None))
        return None
    stream_map = p.stream_map(link.stream)
    wanted = _wanted(work, link, registration, stream_map)
    observed = owned_values(link.stream, snapshot.values) if is_current(link, snapshot) else dict(link.base)
    comparison = compare(
        base=link.base,
        observed=observed,
        wanted=wanted,
        types={name: each.type for name, each in stream_map.fields.items()},
    )
    after, entries = after_compare(
        link,
        snapshot,
        comparison,
        rounds_max=p.settings.drift_rounds_max,
        now=p.now(),
        policy_hash=p.policy.hash,
    )
    if entries:
        record.record(work.tx, entries)
        _tell_drift(p, after, comparison.edits, is_frozen=after.is_frozen)
    values = comparison.writes
    if not values or after.is_frozen:
        settled.append(replace(after, is_due=False, held=None))
        return None
    held = held_by(stream_map, {**snapshot.values, **observed}, values)
    if held is not None:
        _hold(work, after, held, settled)
        return None
    # A restored ledger must not hand out old numbers again.
    after = replace(after, rev=max(after.rev, snapshot.rev or 0), held=None)
    if after != link:
        settled.append(after)
    return Draft(
        link=after,
        version=registration.version + len(entries),
        values=values,
        observed=observed,
        snapshot=snapshot,
        group=_text(snapshot.values.get("customer")),
    )


def _hold(work: _Work, link: Link, held: str, settled: list[Link]) -> None:
    """Keep a write back that the remote record's state forbids, and tell of it once.

    The link is due again as soon as the record, its registration or the mapping changes.
    """
    p = work.p
    settled.append(replace(link, is_due=False, held=held))
    if held == link.held:
        return
    event = "write_forbidden" if is_refusal(held) else "write_waits"
    if is_refusal(held):
        p.tally.problems.append(f"{link.ref}: {held}")
    emit(event, pass_id=p.pass_id, crm=p.name, ref=str(link.ref), registration_id=link.registration_id, reason=held)
    events.add(
        work.tx,
        event,
        registration_id=link.registration_id,
        ref=link.ref,
        data={"crm": p.name, "reason": held},
        run_id=p.run_id,
        now=p.now(),
    )


def _wanted(work: _Work, link: Link, registration: Registration, stream_map: StreamMap) -> dict[str, Value]:
    """Return what the row should hold, without the fields that may not be written at present."""
    p = work.p
    policy = p.policies.of(work.tx, registration, p.now()).under(registration.programme)
    wanted = desired(
        registration,
        stream_map=stream_map,
        zone=policy.zone,
        partner=_partner(work, registration),
        base=link.base,
        is_primary=_is_primary(work, link),
        clears=policy.after_expiry.clear_fields,
        shows_partner=policy.disclosure.seller_sees_partner,
        words=p.words(p.name, policy),
    )
    blocked = p.blocked.get(link.stream, set())
    return {name: value for name, value in wanted.items() if name not in blocked}


def _is_ruling(work: _Work, link: Link) -> bool:
    """Tell whether this link speaks for its row: of several registrations of one opportunity the liveliest does."""
    rivals = [each for each in work.by_ref.get(link.ref, ()) if not each.is_gone]
    return len(rivals) < 2 or max(rivals, key=lambda each: _rank(work, each)).link_id == link.link_id


def _rank(work: _Work, link: Link) -> tuple[int, int]:
    registration = work.registrations.get(link.registration_id)
    if registration is None:
        return (-1, link.link_id)
    return (2 if registration.status in PROTECTED else 0 if registration.status in FINAL else 1, link.link_id)


def _is_primary(work: _Work, link: Link) -> bool:
    """Tell whether this opportunity carries the registration id: the first one linked in its CRM."""
    if link.role is not LinkRole.OPPORTUNITY:
        return True
    siblings = [
        each.link_id
        for each in links.of_registration(work.tx, link.registration_id)
        if each.role is LinkRole.OPPORTUNITY and each.ref.connection == link.ref.connection and not each.is_gone
    ]
    return link.link_id == min(siblings, default=link.link_id)


def _partner(work: _Work, registration: Registration) -> PartnerHere | None:
    """Return the partner of record as this connection knows it."""
    partner_id = registration.partner_id
    if partner_id is None:
        return None
    if partner_id not in work.partners:
        rows = [each for each in snapshots.by_partner_code(work.tx, [partner_id]) if not each.is_gone]
        if "/" in partner_id and not rows:
            rows = list(snapshots.get_many(work.tx, [CrmRef.parse(partner_id)]).values())
        here = [each for each in rows if each.ref.connection == work.p.name]
        names = [name for each in (*here, *rows) if (name := _text(each.values.get("name")))]
        record_id = min((each.ref.record_id for each in here), default=None)
        work.partners[partner_id] = PartnerHere(record_id=record_id, name=names[0] if names else None)
    return work.partners[partner_id]


def _tell_drift(p: Pass, link: Link, edits: Sequence[object], *, is_frozen: bool) -> None:
    p.tally.drift += 1
    emit(
        "drift_frozen" if is_frozen else "drift_found",
        pass_id=p.pass_id,
        crm=p.name,
        ref=str(link.ref),
        registration_id=link.registration_id,
        rounds=link.drift_rounds,
    )
    if is_frozen:
        p.tally.frozen += 1
        p.tally.problems.append(
            f"{link.ref}: changed again and again; Registrar has stopped writing it. Settle who owns the value, then replay."
        )


def is_status_write(draft: Draft) -> bool:
    """Tell whether a write touches the field that is also a person's way to command."""
    return draft.link.stream is Stream.SUBMISSIONS and STATUS in draft.values


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
