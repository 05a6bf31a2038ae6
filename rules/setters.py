"""Putting another value in place of one fact of a case: the claim's own, its partner's, its customer's.

Facts that follow from other records, or from the registration's own life, have no setter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from rules.cases import Case
from rules.records import Claim, Customer, Partner, Proof, Standing

_DAY: Final = timedelta(days=1)

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
        return None if partner is None else with_partner(case, replace(partner, **{name: make(value)}))

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
        return with_partner(case, replace(partner, facts={**partner.facts, name: value}))

    return put


def _own_fact_of_customer(name: str) -> Setter:
    def put(case: Case, value: Any) -> Case:
        customer = replace(case.claim.customer, facts={**case.claim.customer.facts, name: value})
        return replace(case, claim=replace(case.claim, customer=customer))

    return put


def with_partner(case: Case, partner: Partner) -> Case:
    """Return the case with the submitting partner as it would have been."""
    return replace(case, claim=replace(case.claim, partner=partner))


def _with_certification(case: Case, value: Any) -> Case | None:
    partner = case.claim.partner
    if partner is None or value in partner.certifications:
        return None
    return with_partner(case, replace(partner, certifications=partner.certifications | {value}))


def with_evidence(case: Case, kind: Any) -> Case | None:
    """Return the case with one more kind of proof, dated before the submission; None where it is there already."""
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
    "deal.evidence": with_evidence,
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
