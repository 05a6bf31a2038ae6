"""The policy's own key parts have the last word on what is one deal; a frozen domain survives a renaming."""

from dataclasses import replace

import pytest

from rules.cases import Rival
from rules.decide import decide
from rules.policy import Policy
from rules.primitives.deal_key import DealKey
from rules.records import CrmRef, Customer, Status
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    POLICY,
    REVIEW,
    SAME,
    applied,
    case,
    claim,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    utc,
)

LATER = utc("2026-03-04T12:00:00Z")
READ = read_until("2026-03-04T11:59:00Z")
EXAMPLE = Customer(name="Example Inc", domain="examine-works.com", country="US")
WITH_EVIDENCE = replace(SAME, evidence=DIFFERENT.evidence)


def policy(*parts: str, **changes: object) -> Policy:
    return replace(POLICY, holding=None, deal_key=DealKey(parts=parts, **changes))  # type: ignore[arg-type]


def held(**changes: object) -> Rival:
    of = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO), **changes)
    there = registered(of, start="2026-03-01T10:30:00Z", partner_id=CONTOSO)
    return rival(of, there, deal=_seen(changes.pop("deal", SAME)))


def _seen(match):
    from rules.cases import Evidence

    return replace(match, evidence=(Evidence(name="product_equal", weight=3.0, detail="Platform"),))


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ("Retail", "Wealth", [Status.REGISTERED]),
        ("Retail", "RETAIL ", [Status.REFUSED]),
        ("Retail", None, [Status.REFUSED]),
    ],
)
def test_another_division_is_another_deal(mine, theirs, expected):
    rules = policy("customer", "product", "deal.division")
    other = held(facts={"division": theirs} if theirs else {})

    decision = decide(case(claim(facts={"division": mine}), rivals=(other,), coverage=READ), rules, LATER)

    assert statuses(decision) == expected
    assert decision.deal_key.endswith("division=retail") or expected == [Status.REFUSED]


def test_without_product_in_the_key_every_claim_for_the_customer_is_the_same_deal():
    other = replace(held(), deal_match=_seen(DIFFERENT))
    deal = case(claim(products=("Storage",)), rivals=(other,), coverage=READ)

    assert statuses(decide(deal, policy("customer", "product"), LATER)) == [Status.REGISTERED]
    assert reasons(decide(deal, policy("customer"), LATER)) == ["duplicate_registration"]


def test_another_legal_entity_is_another_deal_where_the_key_says_so():
    parent = Customer(name="Acme Works", ref=CrmRef("salesforce", "Account", "001A"))
    daughter = Customer(name="Acme Works", ref=CrmRef("salesforce", "Account", "001B"))
    deal = case(claim(customer=daughter), rivals=(held(customer=parent),), coverage=READ)

    assert statuses(decide(deal, policy("entity", "product"), LATER)) == [Status.REGISTERED]
    assert statuses(decide(deal, policy("customer", "product"), LATER)) == [Status.REFUSED]


def test_one_domain_is_one_customer_where_the_domain_is_the_key():
    other = replace(held(customer=EXAMPLE), customer_match=REVIEW)
    deal = case(claim(customer=replace(EXAMPLE, name="Beispiel GmbH")), rivals=(other,), coverage=READ)

    assert reasons(decide(deal, policy("domain"), LATER)) == ["duplicate_registration"]
    assert reasons(decide(deal, policy("customer"), LATER)) == ["unsure_match"]


def test_domain_frozen_at_registration_goes_on_counting():
    """S06: registered for one domain, which the account has changed since; a second partner claims the former one."""
    mine = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO), customer=EXAMPLE)
    rules = policy("customer", "product")
    first = decide(case(mine, coverage=READ), rules, utc("2026-03-03T10:00:00Z"))
    there = applied(registration(mine), first)
    moved = replace(mine, customer=replace(EXAMPLE, domain="examine-works.io", name="Renamed Ltd"))

    other = rival(moved, there, customer=REVIEW)
    decision = decide(case(claim(customer=EXAMPLE), rivals=(other,), coverage=READ), rules, LATER)

    assert first.memory["frozen"] == "examine-works.com"
    assert reasons(decision) == ["duplicate_registration"]
    live = replace(rules, deal_key=replace(rules.deal_key, is_frozen=False))
    assert reasons(decide(case(claim(customer=EXAMPLE), rivals=(other,), coverage=READ), live, LATER)) == [
        "unsure_match"
    ]


def test_shared_domain_is_never_a_key():
    mail = Customer(name="Example Inc", domain="gmail.com")
    other = replace(held(customer=mail), customer_match=REVIEW)

    decision = decide(
        case(claim(customer=replace(mail, name="Someone Else")), rivals=(other,), coverage=READ),
        policy("domain"),
        LATER,
    )

    assert reasons(decision) == ["unsure_match"]


def test_the_key_is_the_customer_and_its_product_families_in_order():
    deal = case(claim(products=("Storage", "Net-Wall 400")), coverage=READ)

    assert decide(deal, policy("customer", "product"), LATER).deal_key == "d:acme-works.de|netwall400+storage"
    assert decide(deal, policy("customer"), LATER).deal_key == "d:acme-works.de"
