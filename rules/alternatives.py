"""One case with one fact changed: what a counterfactual tries, from the nearest change to the farthest.

Each alternative changes one thing that somebody could point at: the amount, a missing field, the partner's tier, when it
was submitted, one other record. Values come from the policy itself (rules/hints.py), so a threshold is tried exactly where
it lies. cost says how far an alternative is from what was; numbers by their share, everything else by a fixed order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

from rules.cases import Case, FoundOpportunity, Rival
from rules.expression import Type
from rules.expression.types import is_of
from rules.facts import TYPES
from rules.hints import Hints
from rules.money import Rates
from rules.policy import Policy
from rules.records import Claim, Customer, Money, Partner, Proof, Standing
from rules.roles import Role
from rules.situation import Situation
from rules.span import Span
from rules.windows import before, local_date

SUBMITTED: Final = "deal.created_at"
FILLED: Final = "missing"  # every missing field at once
WITHOUT: Final = "without"  # one other record less
_AMOUNT: Final = "deal.amount"  # told and changed in the currency it was submitted in

_CENT: Final = Decimal("0.01")
_SECOND: Final = timedelta(seconds=1)
_DAY: Final = timedelta(days=1)
_RECORDS_MAX: Final = 8
_FILL_COST, _WORD_COST, _EARLIER_COST, _QUOTA_COST, _RECORD_COST, _COMMAND_COST = 0.5, 1.0, 1.5, 2.0, 3.0, 4.0
_FAR: Final = 10.0  # a number changed more than tenfold is no nearer than that


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
        return _with_evidence(case, name) or case
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
    changed = setter(case, _sample(fact, situation, hints)) if setter is not None else None
    return changed if changed is not None else case


def _sample(name: str, situation: Situation, hints: Hints) -> Any:
    """Return a value of a fact that the rules compare it with; where they do not, any of its type."""
    own = {each.name: each.type for each in situation.policy.facts}
    kind = own.get(name, TYPES.get(name, Type.TEXT))
    known = [each for each in hints.get(name, ()) if is_of(each, kind)]
    match kind:
        case Type.MONEY:
            limit = situation.pick(situation.policy.approval.auto_below)
            small = [each for each in known if limit is None or each.amount < limit.amount]
            return max(small, key=lambda each: each.amount, default=Money(amount=Decimal(1), currency="USD"))
        case Type.NUMBER:
            return min(known, default=Decimal(1))
        case Type.BOOL:
            return True
        case Type.DATE:
            return date.max
        case Type.INSTANT:
            return situation.now
        case _:
            return known[0] if known else "value"


def _facts(case: Case, situation: Situation, hints: Hints) -> Iterator[Alternative]:
    """Yield a change of each fact that the policy asks for, to the values that it compares it with."""
    for name, values in hints.items():
        setter = setter_of(name)
        if setter is None:
            continue
        held = situation.stated_amount() if name == _AMOUNT else situation.facts[name]
        tried: list[Any] = []
        for hint in values:
            for value in _near(hint, held, situation):
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
                        cost=_distance(held, value),
                        is_own=name.startswith(("deal.", "partner.")),
                        case=changed,
                    )


def _near(hint: Any, held: Any, situation: Situation) -> Iterator[Any]:
    """Yield the values at and just beside what a rule compares with: there every comparison changes its answer."""
    if isinstance(hint, Money):
        for amount in _in_currency(hint, held.currency if isinstance(held, Money) else hint.currency, situation):
            yield from (amount, replace(amount, amount=amount.amount + _CENT))
            if amount.amount > _CENT:
                yield replace(amount, amount=amount.amount - _CENT)
    elif isinstance(hint, bool | str):
        yield hint
    elif isinstance(hint, int | Decimal):
        yield from (Decimal(hint), Decimal(hint) + 1, Decimal(hint) - 1)
    elif isinstance(hint, Span):
        day = local_date(before(hint, situation.priority_at, situation.policy.zone), situation.policy.zone)
        yield from _like(held, (day, day - _DAY, day + _DAY))
    elif isinstance(hint, datetime):
        yield from (hint, hint - _SECOND, hint + _SECOND)
    elif isinstance(hint, date):
        yield from _like(held, (hint, hint - _DAY, hint + _DAY))
    elif isinstance(hint, frozenset):
        yield from sorted(hint)


def _like(held: Any, days: Sequence[date]) -> Iterator[Any]:
    for day in days:
        yield datetime.combine(day, time(12), UTC) if isinstance(held, datetime) else day


def _in_currency(money: Money, currency: str, situation: Situation) -> Iterator[Money]:
    """Yield the least amount of another currency that is worth so much, and the greatest that is not worth more."""
    if currency == money.currency:
        yield money
        return
    rates: Rates = situation.case.rates
    day = situation.rate_day()
    one, other = rates.rate(money.currency, day), rates.rate(currency, day)
    if one is None or other is None:
        return
    for rounding in (ROUND_CEILING, ROUND_FLOOR):
        amount = (money.amount * one / other).quantize(_CENT, rounding)
        yield Money(amount=amount, currency=currency)


def _standing(case: Case) -> Iterator[Alternative]:
    partner = case.claim.partner
    if partner is not None and partner.standing is not Standing.GOOD:
        yield Alternative(
            fact="partner.standing",
            before=str(partner.standing),
            after=str(Standing.GOOD),
            source=_source(case, "partner.standing"),
            cost=_WORD_COST,
            is_own=True,
            case=_with_partner(case, replace(partner, standing=Standing.GOOD)),
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
            cost=_EARLIER_COST + _years(mine - at),
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
    for quota in situation.policy.quotas:
        limit, count = situation.pick(quota.limit), case.counts.get(quota.name)
        if limit is not None and count is not None and count >= limit > 0:
            yield Alternative(
                fact=f"quota.{quota.name}",
                before=count,
                after=limit - 1,
                source=str(case.claim.partner.partner_id if case.claim.partner is not None else ""),
                cost=_QUOTA_COST,
                is_own=situation.policy.disclosure.tells_quota,
                case=replace(case, counts={**case.counts, quota.name: limit - 1}),
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
                    cost=_RECORD_COST - 1 + _years(held - day),
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


# ---- setting one fact of the claim

Setter = Callable[[Case, Any], Case | None]


def setter_of(name: str) -> Setter | None:
    """Return what puts a value in place of a fact, None for facts that follow from others or are not the claim's."""
    if name in _SETTERS:
        return _SETTERS[name]
    part, _, own = name.partition(".")
    if name in _DERIVED or part not in _OWN_FACTS:
        return None
    return _OWN_FACTS[part](own)


def _claim_field(name: str, make: Callable[[Any], Any] = lambda value: value) -> Setter:
    def put(case: Case, value: Any) -> Case:
        claim = replace(case.claim, missing=case.claim.missing - {name}, **{name: make(value)})
        return replace(case, claim=claim)

    return put


def _partner_field(name: str, make: Callable[[Any], Any] = lambda value: value) -> Setter:
    def put(case: Case, value: Any) -> Case | None:
        partner = case.claim.partner
        return None if partner is None else _with_partner(case, replace(partner, **{name: make(value)}))

    return put


def _customer_field(name: str) -> Setter:
    def put(case: Case, value: Any) -> Case:
        customer: Customer = replace(case.claim.customer, **{name: value})
        return replace(case, claim=replace(case.claim, customer=customer))

    return put


def _own_fact_of_claim(name: str) -> Setter:
    def put(case: Case, value: Any) -> Case:
        return replace(case, claim=replace(case.claim, facts={**case.claim.facts, name: value}))

    return put


def _own_fact_of_partner(name: str) -> Setter:
    def put(case: Case, value: Any) -> Case | None:
        partner = case.claim.partner
        if partner is None:
            return None
        return _with_partner(case, replace(partner, facts={**partner.facts, name: value}))

    return put


def _own_fact_of_customer(name: str) -> Setter:
    def put(case: Case, value: Any) -> Case:
        customer = replace(case.claim.customer, facts={**case.claim.customer.facts, name: value})
        return replace(case, claim=replace(case.claim, customer=customer))

    return put


def _with_partner(case: Case, partner: Partner) -> Case:
    return replace(case, claim=replace(case.claim, partner=partner))


def _with_certification(case: Case, value: Any) -> Case | None:
    partner = case.claim.partner
    if partner is None or value in partner.certifications:
        return None
    return _with_partner(case, replace(partner, certifications=partner.certifications | {value}))


def _with_evidence(case: Case, kind: Any) -> Case | None:
    claim: Claim = case.claim
    if any(each.kind == kind for each in claim.evidence):
        return None
    proof = Proof(kind=str(kind), on=claim.created_at.date() - _DAY, confirmed_at=claim.created_at)
    return replace(case, claim=replace(claim, evidence=(*claim.evidence, proof)))


def _with_product(case: Case, value: Any) -> Case:
    return replace(case, claim=replace(case.claim, products=(str(value),)))


_SETTERS: Final[Mapping[str, Setter]] = {
    **{
        f"deal.{name}": _claim_field(name)
        for name in (
            "amount",
            "units",
            "kind",
            "origin",
            "channel",
            "programme",
            "is_tender",
            "tender_published_at",
            "priced_at",
            "expected_close_on",
        )
    },
    "deal.country": _customer_field("country"),
    "deal.product": _with_product,
    "deal.products": _with_product,
    "deal.evidence": _with_evidence,
    "partner.tier": _partner_field("tier"),
    "partner.type": _partner_field("type"),
    "partner.country": _partner_field("country"),
    "partner.standing": _partner_field("standing", Standing),
    "partner.certifications": _with_certification,
    "customer.country": _customer_field("country"),
    "customer.domain": _customer_field("domain"),
    "customer.segment": _customer_field("segment"),
    "customer.last_activity_on": _customer_field("last_activity_on"),
}
# Facts that follow from other records or from the registration's own life.
_DERIVED: Final = frozenset(
    f"deal.{name}"
    for name in (
        "product_classes", "skus", "parts", "largest_order_amount", "largest_order_units", "created_at", "submitted_at",
        "completed_at", "approved_at", "closed_on", "is_won", "stage", "last_activity_at", "evidence_at", "request",
        "requested_at", "name", "rank", "status", "extension_count", "registered_at", "window_end", "has_direct_deal",
        "has_objection",
    )
) | {"partner.id", "customer.last_purchase_on", "customer.is_new"}  # fmt: skip
_OWN_FACTS: Final[Mapping[str, Callable[[str], Setter]]] = {
    "deal": _own_fact_of_claim,
    "partner": _own_fact_of_partner,
    "customer": _own_fact_of_customer,
}


def _source(case: Case, name: str) -> str:
    part = name.partition(".")[0]
    partner = case.claim.partner
    if part == "partner" and partner is not None:
        return str(partner.refs[0]) if partner.refs else partner.partner_id
    if part == "customer" and case.claim.customer.ref is not None:
        return str(case.claim.customer.ref)
    return str(case.claim.ref)


def _distance(held: Any, value: Any) -> float:
    if isinstance(held, Money) and isinstance(value, Money):
        return _share(held.amount, value.amount)
    if isinstance(held, Decimal | int) and isinstance(value, Decimal) and not isinstance(held, bool):
        return _share(Decimal(held), value)
    if isinstance(held, datetime) and isinstance(value, datetime):
        return _WORD_COST + _years(held - value)
    if isinstance(held, date) and isinstance(value, date) and not isinstance(held, datetime):
        return _WORD_COST + _years(held - value)
    return _WORD_COST


def _share(held: Decimal, value: Decimal) -> float:
    return min(_FAR, float(abs(value - held) / max(abs(held), Decimal(1))))


def _years(span: timedelta) -> float:
    return min(_FAR, abs(span.total_seconds()) / (365 * 86_400))
