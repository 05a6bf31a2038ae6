"""Opportunities that name a partner and have no registration: treated as the policy says, once their time has come.

They are noted as rows come in (sync/concerns.py) and looked at after all claims were decided, because a submission may tie
them yet. What was there before Registrar came is at most listed. One that becomes a registration is its own claim: there is
no submission to write to, so its status and protection stand on the opportunity alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger import events, links, lookups, registrations, snapshots
from ledger import unregistered as store
from ledger.engine import Tx
from ledger.errors import KeyTakenError
from ledger.rows import LinkRole, Snapshot, UnregisteredRow
from rules.cases import Case, Command, CommandKind, FoundOpportunity
from rules.policy import Policy
from rules.primitives.unregistered import Found, due_at, treated_as
from rules.records import FINAL, CrmRef, Opportunity
from rules.situation import Situation
from sync import contact
from sync.cases import CERTAIN, coverage
from sync.events import emit
from sync.passes import Pass
from sync.records import Reader
from sync.settle import Settler

LOOKED_AT_MAX: Final = 2_000  # in one pass
EVENT: Final = "unregistered_deal_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What becomes of one opportunity. found None: it is no matter any more. until: it is looked at again then."""

    row: UnregisteredRow
    found: Found | None = None
    until: datetime | None = None
    snapshot: Snapshot | None = None
    partner_id: str | None = None
    is_old: bool = False


def look(p: Pass, settler: Settler) -> None:
    """Treat the opportunities whose time has come."""
    with p.ledger.read() as tx:
        waiting = store.due(tx, now=p.now(), limit=LOOKED_AT_MAX)
        ends = [each.covered_until for each in coverage(tx, p.configs)] if waiting else [None]
        read_until = [end for end in ends if end is not None]
        if len(read_until) < len(ends):
            return  # a submission for one of them may not have been read yet
        reader = Reader(tx=tx, configs=p.configs, known=settler.known)
        treated = [_treated(p, tx, reader, row, min(read_until)) for row in waiting]
    with p.begin() as tx:
        for each in treated:
            _note(p, tx, each)
    for each in treated:
        if each.found in (Found.REVIEW, Found.REGISTER):
            p.breathe()
            _open(p, settler, each)


def _treated(p: Pass, tx: Tx, reader: Reader, row: UnregisteredRow, read_until: datetime) -> Treatment:
    snapshot = snapshots.get_many(tx, [row.ref]).get(row.ref)
    if snapshot is None or not is_candidate(snapshot) or _has_registration(tx, row.ref):
        return Treatment(row=row)
    opportunity = reader.opportunity(snapshot)
    policy = p.policies.in_force(opportunity.created_at).policy
    due = due_at(opportunity, policy)
    if due > p.now() or due >= read_until:
        return Treatment(row=row, until=max(due, p.now()))
    found, is_old = _found(p, reader, snapshot, opportunity, policy), _is_old(tx, snapshot)
    if is_old and found in (Found.REVIEW, Found.REGISTER):
        found = Found.FLAG
    return Treatment(row=row, found=found, snapshot=snapshot, partner_id=opportunity.partner_id, is_old=is_old)


def is_candidate(snapshot: Snapshot) -> bool:
    """Tell whether an opportunity is open, names a partner and carries no registration."""
    values = snapshot.values
    return bool(
        not snapshot.is_gone
        and values.get("partner")
        and values.get("is_closed") is not True
        and not values.get("registration_id")
    )


def _has_registration(tx: Tx, ref: CrmRef) -> bool:
    """Tell whether an opportunity is tied to a registration, or is one itself."""
    tied = [each for each in links.by_ref(tx, [ref]).get(ref, ()) if not each.is_gone]
    known = registrations.get_many(tx, sorted({each.registration_id for each in tied}))
    return any(each.status not in FINAL for each in known.values()) or registrations.by_claim(tx, ref) is not None


def _is_old(tx: Tx, snapshot: Snapshot) -> bool:
    """Tell whether the opportunity was there before the first pass over its connection."""
    first = lookups.first_contact(tx, snapshot.ref.connection)
    return first is not None and (snapshot.created_at or snapshot.first_seen_at) < first


def _found(p: Pass, reader: Reader, snapshot: Snapshot, opportunity: Opportunity, policy: Policy) -> Found:
    if opportunity.partner_id is None or opportunity.customer is None:
        return Found.IGNORE  # whom it names is no partner, or nobody is to buy
    own = FoundOpportunity(
        opportunity=opportunity, customer_match=CERTAIN, deal_match=CERTAIN, is_named_by_submission=True
    )
    rates = p.book.rates(policy, p.now())
    case = Case(claim=reader.claim(snapshot), registration=None, opportunities=(own,), rates=rates)
    return treated_as(opportunity, policy, p.now(), Situation(case, policy, p.now()).facts)


def _note(p: Pass, tx: Tx, treatment: Treatment) -> None:
    """Keep what became of an opportunity; tell of one that is flagged for the first time."""
    row, found = treatment.row, treatment.found
    if treatment.until is not None:
        store.wait(tx, row.ref, until=treatment.until)
    elif found is None:
        store.drop(tx, [row.ref])
    elif found in (Found.IGNORE, Found.FLAG):
        store.settle(tx, row.ref, found.value)
    if found is not Found.FLAG or row.outcome == Found.FLAG:
        return
    p.tally.unregistered += 1
    if treatment.is_old:
        return  # listed, but no news to anybody
    data = {"partner_id": treatment.partner_id}
    events.add(tx, EVENT, ref=row.ref, data=data, run_id=p.run_id, now=p.now())
    emit(EVENT, pass_id=p.pass_id, crm=row.ref.connection, ref=str(row.ref), outcome=found.value, **data)


def _open(p: Pass, settler: Settler, treatment: Treatment) -> None:
    """Open a registration whose claim is the opportunity and decide it, with the holder of a deal that is taken."""
    holder: str | None = None
    for is_last in (False, True):
        try:
            with p.begin() as tx:
                _register(p, tx, settler, treatment, holder)
            break
        except KeyTakenError as error:
            if is_last:
                return  # it stays due
            holder = error.holder
    p.tally.unregistered += 1
    emit(
        EVENT,
        pass_id=p.pass_id,
        crm=treatment.row.ref.connection,
        ref=str(treatment.row.ref),
        outcome=str(treatment.found),
        partner_id=treatment.partner_id,
    )


def _register(p: Pass, tx: Tx, settler: Settler, treatment: Treatment, holder: str | None) -> None:
    snapshot = treatment.snapshot
    assert snapshot is not None and treatment.found is not None, treatment.row.ref
    reader = Reader(tx=tx, configs=p.configs, known=settler.known)
    store.count_as_claim(tx, snapshot.ref, reader.keys(reader.claim(snapshot)))
    store.settle(tx, snapshot.ref, treatment.found.value)
    command = None
    if treatment.found is Found.REVIEW:  # as a proposal that nobody made, it waits for a reviewer's word
        source = f"{snapshot.ref} names a partner without a registration"
        command = Command(kind=CommandKind.APPROVE, actor=None, at=p.now(), source=source)
    contact.register(p, tx, settler, snapshot, role=LinkRole.OPPORTUNITY, command=command, holder=holder)
