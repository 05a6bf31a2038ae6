"""Gather the case of one claim from the ledger in one read: everything its decision may look at, with evidence.

Records become typed values here, once, for the few rows a case touches. Partners are one identity across CRMs by their
partner code. Rivals and opportunities are found by match keys and weighed by the matcher. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from config.settings import ConnectionConfig
from ledger import cursors, links, lookups, match_index, registrations, snapshots
from ledger.engine import Tx
from ledger.rows import Link, LinkRole, Snapshot
from rules.cases import Case, Command, Coverage, FoundOpportunity, Match, Objection, Rival, Sameness
from rules.fields import Stream
from rules.matching.customers import match_customers
from rules.matching.deals import match_deals
from rules.matching.statistics import OnFile
from rules.money import NO_RATES, Rates
from rules.primitives.matching import Matching
from rules.records import FINAL, Claim, CrmRef, Customer, Opportunity, Registration
from sync.pins import Pins, pins_of
from sync.records import Reader

OPPORTUNITIES_MAX: Final = 200
NOTHING_COUNTED: Final[Mapping[str, int]] = MappingProxyType({})
CERTAIN: Final = Match(sameness=Sameness.SAME, score=1.0)


@dataclass(slots=True, kw_only=True)
class Assembly:
    """The pieces of a case while it is gathered."""

    tx: Tx
    reader: Reader
    configs: Mapping[str, ConnectionConfig]
    claim: Claim
    keys: tuple[str, ...]
    registration: Registration | None
    matching: Matching
    on_file: OnFile
    pins: Pins


def assemble(
    tx: Tx,
    snapshot: Snapshot,
    *,
    registration: Registration | None,
    configs: Mapping[str, ConnectionConfig],
    matching: Matching,
    claim: Claim | None = None,
    reader: Reader | None = None,
    claim_changed_at: datetime | None = None,
    command: Command | None = None,
    holder: Registration | None = None,
    proposal: Command | None = None,
    rates: Rates = NO_RATES,
    counts: Mapping[str, int] = NOTHING_COUNTED,
    objections: tuple[Objection, ...] = (),
) -> Case:
    """Return the case of one submission.

    matching: the policy's thresholds. claim: the submission as read before, if it was. reader: with the rows looked up
    before in this pass. claim_changed_at: when its facts last changed. holder: a registration that holds the same deal key
    for certain: a rival, whatever the matcher says.
    """
    reader = reader if reader is not None else Reader(tx=tx, configs=configs)
    claim = claim if claim is not None else reader.claim(snapshot)
    keys = reader.keys(claim)
    work = Assembly(
        tx=tx,
        reader=reader,
        configs=configs,
        claim=claim,
        keys=keys,
        registration=registration,
        matching=matching,
        on_file=match_index.on_file(tx, keys),
        pins=pins_of(tx, _standing_for(reader, claim)),
    )
    companies = _companies(work)
    return Case(
        claim=claim,
        registration=registration,
        rivals=_rivals(work, holder, companies),
        opportunities=_opportunities(work, companies),
        coverage=coverage(tx, configs),
        command=command,
        claim_changed_at=claim_changed_at,
        is_gone=snapshot.is_gone,
        proposal=proposal,
        rates=rates,
        counts=counts,
        objections=objections,
    )


def coverage(tx: Tx, configs: Mapping[str, ConnectionConfig]) -> tuple[Coverage, ...]:
    """Return how far each connection has been read: the least of its streams, None while one was never read to its end."""
    by_stream = {(row.connection, row.stream): row for row in cursors.all_(tx)}
    found = []
    for name, config in sorted(configs.items()):
        rows = [by_stream.get((name, stream)) for stream in config.mapping.streams]
        read = [row for row in rows if row is not None and row.is_backfilled and row.covered_until is not None]
        ends = [row.covered_until for row in read if row.covered_until is not None]
        pulls = [row.last_pull_at for row in read if row.last_pull_at is not None]
        is_whole = len(read) == len(rows) and bool(rows)
        found.append(
            Coverage(
                connection=name,
                covered_until=min(ends) if is_whole and ends else None,
                last_pull_at=min(pulls) if len(pulls) == len(rows) and pulls else None,
            )
        )
    return tuple(found)


def _rivals(work: Assembly, holder: Registration | None, companies: Mapping[CrmRef, Match]) -> tuple[Rival, ...]:
    """Return the other claims that may be for the same deal, in order of creation."""
    found = {each.ref: each for each in match_index.candidates(work.tx, work.keys, stream=Stream.SUBMISSIONS)}
    others = lookups.live_claims_at(work.tx, [ref for ref, match in companies.items() if _is_same(match)])
    others |= {ref for ref in work.pins.told if ref not in companies}
    if holder is not None:
        others.add(holder.claim_ref)
    more = snapshots.get_many(work.tx, sorted(others - found.keys()))
    said_of = work.pins.told.keys() - {holder.claim_ref if holder is not None else None}  # may be companies
    found.update((ref, each) for ref, each in more.items() if each.stream is Stream.SUBMISSIONS or ref not in said_of)
    found.pop(work.claim.ref, None)
    held = _registrations_of(work.tx, found)
    rivals = []
    for ref, snapshot in found.items():
        registration = held.get(ref)
        if registration is None and (snapshot.is_gone or snapshot.values.get("registration_id")):
            continue  # never registered and deleted, or a copy of another one
        claim = work.reader.claim(snapshot)
        is_holder = holder is not None and registration is not None and holder == registration
        said = work.pins.match(_standing_for(work.reader, claim))
        customer = said or (CERTAIN if is_holder else _match_customer(work, claim.customer))
        if customer.sameness is Sameness.DIFFERENT and not is_holder:
            continue  # a holder stays in view: its key is taken, whosever it is
        deal = CERTAIN if is_holder else match_deals(work.claim, claim, rules=work.matching)
        rivals.append(Rival(claim=claim, registration=registration, customer_match=customer, deal_match=deal))
    return tuple(sorted(rivals, key=lambda each: (each.claim.created_at, each.claim.ref)))


def _registrations_of(tx: Tx, refs: Iterable[CrmRef]) -> dict[CrmRef, Registration]:
    """Return the registration that each submission row stands for, by its link: a merged row's claim lives on elsewhere."""
    found = links.by_ref(tx, list(refs))
    ids = {ref: link.registration_id for ref, each in found.items() for link in each if is_claim(link)}
    known = registrations.get_many(tx, sorted(set(ids.values())))
    held = {ref: known[registration_id] for ref, registration_id in ids.items() if registration_id in known}
    rest = [ref for ref in refs if ref not in held]
    return held | registrations.by_claims(tx, rest) if rest else held  # an opportunity may be its own claim


def claim_link(tx: Tx, registration: Registration) -> Link:
    """Return the link to the row that a claim lives in; after a merge that is the survivor.

    Of a registration without a submission it is the opportunity that it was opened for.
    """
    found = links.of_registration(tx, registration.registration_id)
    own = [each for each in found if is_claim(each)] or [
        each for each in found if not each.is_gone or each.ref == registration.claim_ref
    ]
    return min(own, key=lambda each: (each.is_gone, each.link_id))


def is_claim(link: Link) -> bool:
    """Tell whether a link ties a registration to the submission it came from."""
    return link.role is LinkRole.SUBMISSION


def _opportunities(work: Assembly, companies: Mapping[CrmRef, Match]) -> tuple[FoundOpportunity, ...]:
    """Return the opportunities of the same (or maybe the same) customer, the named and the linked ones among them."""
    found = {each.ref: each for each in snapshots.opportunities_of(work.tx, list(companies))[:OPPORTUNITIES_MAX]}
    named = _named(work)
    own = _own_links(work)
    missing = [ref for ref in {*named, *own} if ref not in found]
    found.update(snapshots.get_many(work.tx, missing))
    linked = links.by_ref(work.tx, list(found))
    result = []
    for ref, snapshot in found.items():
        held_by = sorted({each.registration_id for each in linked.get(ref, ()) if each.role is LinkRole.OPPORTUNITY})
        is_linked = ref in own
        if not is_linked and (snapshot.is_gone or _is_copy(snapshot, held_by)):
            continue
        opportunity = work.reader.opportunity(snapshot)
        match = _customer_match(work, opportunity, companies)
        if match.sameness is Sameness.DIFFERENT and ref not in named and not is_linked:
            continue
        result.append(
            FoundOpportunity(
                opportunity=opportunity,
                customer_match=match,
                deal_match=match_deals(work.claim, opportunity, rules=work.matching),
                is_linked=is_linked,
                linked_registration_id=held_elsewhere(work.tx, linked.get(ref, ()), own_id=_own_id(work)),
                is_named_by_submission=ref in named,
            )
        )
    return tuple(sorted(result, key=lambda each: (each.opportunity.created_at, each.opportunity.ref)))


def held_elsewhere(tx: Tx, ties: Sequence[Link], *, own_id: str | None) -> str | None:
    """Return another registration that has an opportunity now: tied to it and not ended, whoever had it before."""
    ids = {each.registration_id for each in ties if each.role is LinkRole.OPPORTUNITY and not each.is_gone} - {own_id}
    known = registrations.get_many(tx, sorted(each for each in ids if each is not None))
    return min((each for each, held in known.items() if held.status not in FINAL), default=None)


def _companies(work: Assembly) -> dict[CrmRef, Match]:
    """Return the company rows that may be the claim's customer, each with how sure that is."""
    # Deals may still hang on a company that was merged away: a CRM moves them without touching their stamps.
    found = match_index.candidates(work.tx, work.keys, stream=Stream.COMPANIES)
    told = snapshots.get_many(work.tx, list(work.pins.told))
    found += [each for each in told.values() if each.stream is Stream.COMPANIES]
    rows = {each.ref: each for each in found if not each.is_gone or each.merged_into is not None}
    matches: dict[CrmRef, Match] = {}
    for ref, snapshot in rows.items():
        match = _match_company(work, snapshot)
        if match is not None and match.sameness is not Sameness.DIFFERENT:
            matches[ref] = match
    if work.claim.customer.ref is not None:
        matches[work.claim.customer.ref] = CERTAIN  # the submission itself points at this row
    return _with_merged(work, matches)


def _match_company(work: Assembly, snapshot: Snapshot) -> Match | None:
    """Return a reviewer's word, else the best match among a company's present name and those that it had before."""
    said = work.pins.match([snapshot.ref])
    if said is not None:
        return said
    customer = work.reader.company_customer(snapshot)
    if customer is None:
        return None
    names = dict.fromkeys([customer.name, *(each.name for each in snapshot.aliases if each.name)])
    found = [_match_customer(work, replace(customer, name=name)) for name in names]
    return max(found, key=lambda each: (_is_same(each), each.score))


def _with_merged(work: Assembly, matches: dict[CrmRef, Match]) -> dict[CrmRef, Match]:
    """Return the matches with the rows that the companies were merged into, and those merged into them."""
    found = dict(matches)
    for ref, match in matches.items():
        survivor = work.reader.row(ref)
        if survivor is not None and survivor.ref != ref:
            found[survivor.ref] = max(match, found.get(survivor.ref, match), key=lambda each: each.score)
    for each in snapshots.merged_into(work.tx, list(found)):
        found.setdefault(each.ref, found[CrmRef(each.ref.connection, each.ref.object_name, each.merged_into or "")])
    return found


def _is_same(match: Match) -> bool:
    return match.sameness is Sameness.SAME


def _customer_match(work: Assembly, opportunity: Opportunity, companies: Mapping[CrmRef, Match]) -> Match:
    customer = opportunity.customer
    if customer is None:
        return Match(sameness=Sameness.REVIEW, score=0.5)  # the deal names no customer: nothing speaks for or against
    if customer.ref is not None and customer.ref in companies:
        return companies[customer.ref]
    return _match_customer(work, customer)


def _match_customer(work: Assembly, other: Customer) -> Match:
    said = work.pins.match([other.ref])
    if said is not None:
        return said
    return match_customers(work.claim.customer, other, rules=work.matching, on_file=work.on_file)


def _standing_for(reader: Reader, claim: Claim) -> tuple[CrmRef, ...]:
    """Return the records that stand for a claim's customer: itself, the row it points at, what that was merged into."""
    ref = claim.customer.ref
    row = reader.row(ref)
    found = (claim.ref, ref, row.ref if row is not None else None)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _named(work: Assembly) -> set[CrmRef]:
    """Return the opportunities that the submission points at, and those that are the same deal in the other CRM."""
    ref = work.claim.opportunity_ref
    if ref is None:
        return set()
    named = {ref}
    named.update(each.ref for each in snapshots.cross_referring(work.tx, [ref.record_id]))
    own = snapshots.get_many(work.tx, [ref]).get(ref)
    cross = own.values.get("cross_ref") if own is not None else None
    if isinstance(cross, str):
        named.update(
            CrmRef(name, config.mapping.streams[Stream.OPPORTUNITIES].object_name, cross)
            for name, config in work.configs.items()
            if name != ref.connection and Stream.OPPORTUNITIES in config.mapping.streams
        )
    return named


def _own_links(work: Assembly) -> set[CrmRef]:
    if work.registration is None:
        return set()
    found = links.of_registration(work.tx, work.registration.registration_id)
    return {each.ref for each in found if each.role is LinkRole.OPPORTUNITY and not each.is_gone}


def _own_id(work: Assembly) -> str | None:
    return work.registration.registration_id if work.registration is not None else None


def _is_copy(snapshot: Snapshot, held_by: Sequence[str]) -> bool:
    """Tell whether an opportunity carries a registration id without being linked: somebody cloned a linked one."""
    carried = snapshot.values.get("registration_id")
    return carried is not None and carried not in held_by
