"""One case with one fact changed: what a counterfactual tries, from the nearest change to the farthest.

Each alternative changes one thing that somebody could point at: the amount, a missing field, the partner's tier, when it
was submitted, one other record. Values come from the policy itself (rules/hints.py), so a threshold is tried exactly where
it lies. cost says how far an alternative is from what was; numbers by their share, everything else by a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from rules.cases import Case, FoundOpportunity, Rival
from rules.hints import Hints
from rules.nearby import WORD_COST, distance, sample, values_near, years
from rules.policy import Policy
from rules.records import Claim, Partner, Standing
from rules.roles import Role
from rules.setters import setter_of, with_evidence, with_partner
from rules.situation import Situation
from rules.windows import before, local_date

SUBMITTED: Final = "deal.created_at"
FILLED: Final = "missing"  # every missing field at once
WITHOUT: Final = "without"  # one other record less
_AMOUNT: Final = "deal.amount"  # told and changed in the currency it was submitted in

_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_RECORDS_MAX: Final = 8
_OPEN_OF_PARTNER: Final = frozenset({"tier", "type", "country", "standing", "certifications"})
_FILL_COST, _EARLIER_COST, _QUOTA_COST, _RECORD_COST, _COMMAND_COST = 0.5, 1.5, 2.0, 3.0, 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A case with one fact changed.

    fact: its name. before, after: values as they were and would have been, None where empty. source: the record it was
    read from. is_own: a fact of the partner's own claim, which the partner may hear of.
    """

    fact: str
    before: Any
    after: Any
    source: str
    cost: float
    is_own: bool
    case: Case


def alternatives(case: Case, policy: Policy, hints: Hints, now: datetime, missing: Sequence[str]) -> list[Alternative]:
    """Return the alternatives, nearest first. missing: fields and evidence that the decision found wanting."""
    situation = Situation(case, policy, now)
    found = [
        *_filled(case, situation, missing, hints),
        *_facts(case, situation, hints),
        *_standing(case),
        *_earlier(case, situation),
        *_quotas(case, situation),
        *_purchases(case, situation),
        *_without(case),
    ]
    return sorted(found, key=lambda each: (each.cost, each.fact))


def _filled(case: Case, situation: Situation, missing: Sequence[str], hints: Hints) -> Iterator[Alternative]:
    if not missing:
        return
    whole = case
    for name in missing:
        whole = _filled_in(whole, name, situation, hints)
    yield Alternative(
        fact=FILLED,
        before=None,
        after=tuple(missing),
        source=str(case.claim.ref),
        cost=_FILL_COST * len(missing),
        is_own=True,
        case=whole,
    )


def _filled_in(case: Case, name: str, situation: Situation, hints: Hints) -> Case:
    """Return the case with one field, fact, proof or role that was missing; its value is one that the rules know."""
    claim = replace(case.claim, missing=case.claim.missing - {name})
    case = replace(case, claim=claim)
    if name in {str(each) for each in hints.get("deal.evidence", ())}:
        return with_evidence(case, name) or case
    if name in set(Role):
        role = Partner(partner_id=name, name=name, standing=Standing.GOOD)
        return replace(case, claim=replace(claim, parties={**claim.parties, name: role}))
    if name == "customer":
        customer = replace(claim.customer, name=f"customer of {claim.ref.record_id}")
        return replace(case, claim=replace(claim, customer=customer))
    if name == "deal_name":
        return replace(case, claim=replace(claim, deal_name=name))
    fact = name if "." in name else f"deal.{name}"
    setter = setter_of(fact)
    changed = setter(case, sample(fact, situation, hints)) if setter is not None else None
    return changed if changed is not None else case


def _facts(case: Case, situation: Situation, hints: Hints) -> Iterator[Alternative]:
    """Yield a change of each fact that the policy asks for, to the values that it compares it with."""
    for name, values in hints.items():
        setter = setter_of(name)
        if setter is None:
            continue
        held = situation.stated_amount() if name == _AMOUNT else situation.facts[name]
        tried: list[Any] = []
        for hint in values:
            for value in values_near(hint, held, situation):
                if value == held or value in tried:
                    continue
                tried.append(value)
                changed = setter(case, value)
                if changed is not None:
                    yield Alternative(
                        fact=name,
                        before=held,
                        after=value,
                        source=_source(case, name),
                        cost=distance(held, value),
                        is_own=_is_own(case.claim, name, held),
                        case=changed,
                    )


def _is_own(claim: Claim, name: str, held: Any) -> bool:
    """Tell whether a partner may hear of a fact: it stands in their own claim, or everybody knows it of them.

    What the vendor's own records say of a deal or a partner is not theirs to hear, even where a rule asks for it.
    """
    part, _, short = name.partition(".")
    if part == "partner":
        return short in _OPEN_OF_PARTNER
    return part == "deal" and (held is None or hasattr(claim, short) or short in claim.facts or short == "product")


def _standing(case: Case) -> Iterator[Alternative]:
    partner = case.claim.partner
    if partner is not None and partner.standing is not Standing.GOOD:
        yield Alternative(
            fact="partner.standing",
            before=str(partner.standing),
            after=str(Standing.GOOD),
            source=_source(case, "partner.standing"),
            cost=WORD_COST,
            is_own=True,
            case=with_partner(case, replace(partner, standing=Standing.GOOD)),
        )


def _earlier(case: Case, situation: Situation) -> Iterator[Alternative]:
    """Yield a submission just before each record that came first."""
    mine = situation.priority_at
    moments = {_priority(each) for each in case.rivals[:_RECORDS_MAX]}
    moments |= {each.opportunity.created_at for each in case.opportunities[:_RECORDS_MAX]}
    if case.claim.tender_published_at is not None:
        moments.add(case.claim.tender_published_at)
    for moment in sorted((each for each in moments if each <= mine), reverse=True):
        at = moment - _SECOND
        yield Alternative(
            fact=SUBMITTED,
            before=mine,
            after=at,
            source=str(case.claim.ref),
            cost=_EARLIER_COST + years(mine - at),
            is_own=True,
            case=_submitted(case, at),
        )


def _priority(rival: Rival) -> datetime:
    return rival.registration.priority_at if rival.registration is not None else rival.claim.created_at


def _submitted(case: Case, at: datetime) -> Case:
    """Return the case as it would have been: what others were granted later, they would not have been granted."""
    claim = case.claim
    moved = replace(
        claim,
        created_at=at,
        submitted_at=at if claim.submitted_at is not None else None,
        completed_at=at if claim.completed_at is not None else None,
        evidence=tuple(replace(each, confirmed_at=at) if each.confirmed_at else each for each in claim.evidence),
    )
    registration = case.registration
    if registration is not None:
        registration = replace(registration, priority_at=at, created_at=min(at, registration.created_at))
    rivals = tuple(each for each in case.rivals if _priority(each) < at)
    return replace(case, claim=moved, registration=registration, rivals=rivals)


def _quotas(case: Case, situation: Situation) -> Iterator[Alternative]:
    """Yield room for one more where a quota is full."""
    for quota in situation.policy.quotas:
        limit = situation.pick(quota.limit)
        full = {name: count for name, count in case.counts.items() if limit is not None and count >= limit > 0}
        full = {
            name: count for name, count in full.items() if name.rpartition("/")[2] == quota.name
        }  # or a programme's own
        if limit is not None and full:
            yield Alternative(
                fact=f"quota.{quota.name}",
                before=max(full.values()),
                after=limit - 1,
                source=str(case.claim.partner.partner_id if case.claim.partner is not None else ""),
                cost=_QUOTA_COST,
                is_own=situation.policy.disclosure.tells_quota,
                case=replace(case, counts={**case.counts, **dict.fromkeys(full, limit - 1)}),
            )


def _purchases(case: Case, situation: Situation) -> Iterator[Alternative]:
    """Yield each won deal just so much earlier that no look-back reaches it."""
    zone = situation.policy.zone
    spans = [situation.pick(each.within) for each in situation.policy.newness]
    days = sorted(
        {local_date(before(span, situation.priority_at, zone), zone) - _DAY for span in spans if span is not None},
        reverse=True,
    )
    for index, found in enumerate(case.opportunities[:_RECORDS_MAX]):
        held = found.opportunity.close_on
        if not found.opportunity.is_won or held is None:
            continue
        for day in days:
            if day < held:
                moved = replace(found, opportunity=replace(found.opportunity, close_on=day))
                yield Alternative(
                    fact="opportunity.close_on",
                    before=held,
                    after=day,
                    source=str(found.opportunity.ref),
                    cost=_RECORD_COST - 1 + years(held - day),
                    is_own=False,
                    case=replace(case, opportunities=_with(case.opportunities, index, moved)),
                )


def _without(case: Case) -> Iterator[Alternative]:
    """Yield the case with one other record, objection or command less."""
    for index, rival in enumerate(case.rivals[:_RECORDS_MAX]):
        named = rival.registration.registration_id if rival.registration is not None else str(rival.claim.ref)
        yield _less(replace(case, rivals=_with(case.rivals, index)), named, _RECORD_COST)
    for index, found in enumerate(case.opportunities[:_RECORDS_MAX]):
        rest = _with(case.opportunities, index)
        yield _less(replace(case, opportunities=rest), str(found.opportunity.ref), _RECORD_COST)
    for index, objection in enumerate(case.objections[:_RECORDS_MAX]):
        yield _less(replace(case, objections=_with(case.objections, index)), objection.source, _RECORD_COST)
    if case.command is not None:
        yield _less(replace(case, command=None), case.command.source, _COMMAND_COST)


def _less(case: Case, source: str, cost: float) -> Alternative:
    return Alternative(fact=WITHOUT, before=source, after=None, source=source, cost=cost, is_own=False, case=case)


def _with(items: tuple[Any, ...], index: int, *put: Rival | FoundOpportunity) -> tuple[Any, ...]:
    return (*items[:index], *put, *items[index + 1 :])


def _source(case: Case, name: str) -> str:
    part = name.partition(".")[0]
    partner = case.claim.partner
    if part == "partner" and partner is not None:
        return str(partner.refs[0]) if partner.refs else partner.partner_id
    if part == "customer" and case.claim.customer.ref is not None:
        return str(case.claim.customer.ref)
    return str(case.claim.ref)
