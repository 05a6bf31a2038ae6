"""Every built-in fact gives a value of its declared type, and what it says it gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import pytest

from rules.cases import Case, FoundOpportunity, Objection
from rules.expression import Condition, Formula, Type
from rules.expression.types import is_of
from rules.facts import FACTS, TYPES
from rules.money import fixed_rates
from rules.policy import FactRule, Policy
from rules.records import Claim, CrmRef, Customer, Line, Money, Proof, Request, Standing, Status
from rules.situation import Situation
from tests.rules import build
from tests.rules.build import POLICY, SAME, claim, opportunity, partner, registered, utc

NOW: Final = utc("2026-03-10T12:00:00Z")
LINES: Final = (
    Line(product="Platform", sku="P-1", product_class="core", part="licence", order="A", units=Decimal(60),
         amount=Money(amount=Decimal(6_000), currency="EUR")),
    Line(product="Radar", sku="R-1", product_class="new", part="support", order="B", units=Decimal(40),
         amount=Money(amount=Decimal(8_000), currency="USD")),
    Line(product="Platform", sku="P-1", part="licence", order="A", units=Decimal(10),
         amount=Money(amount=Decimal(1_000), currency="EUR")),
)  # fmt: skip


def full_claim(**changes: Any) -> Claim:
    """A claim that tells everything there is to tell."""
    values: dict[str, Any] = {
        "submitted_at": utc("2026-03-02T09:00:00Z"),
        "amount": Money(amount=Decimal(18_600), currency="EUR"),
        "kind": "deal",
        "origin": "partner",
        "channel": "portal",
        "is_tender": True,
        "tender_published_at": utc("2026-03-05T09:00:00Z"),
        "completed_at": utc("2026-03-02T11:00:00Z"),
        "priced_at": utc("2026-03-06T09:00:00Z"),
        "programme": "P-2026",
        "lines": LINES,
        "evidence": (
            Proof(kind="demo", confirmed_at=utc("2026-03-03T09:00:00Z")),
            Proof(kind="quote", confirmed_at=utc("2026-03-04T09:00:00Z")),
        ),
        "request": Request(kind="extension", at=utc("2026-03-09T09:00:00Z")),
        "partner": partner(tier="gold", type="reseller", country="DE", certifications=frozenset({"expert"}),
                           facts={"onboarded": True}),
        "customer": Customer(name="Acme", domain="acme.de", country="DE", segment="smb", last_activity_on=date(2026, 1, 5),
                             facts={"region": "DACH", "employees": Decimal(50)}),
        "facts": {
            "region": "EMEA", "segment": "enterprise", "division": "North", "project": "X", "customer_choice": "PTR-CONTOSO",
            "reward_choice": "upfront", "is_incumbent": True, "paid_out_at": utc("2026-03-09T09:00:00Z"),
            "next_step": "call", "budget": Money(amount=Decimal(5), currency="USD"), "wrong": "text",
        },
    }  # fmt: skip
    return claim(**{**values, **changes})


def situation(of: Claim | None = None, policy: Policy = POLICY, **changes: Any) -> Situation:
    of = full_claim() if of is None else of
    bought = replace(
        opportunity("2025-01-01T10:00:00Z", record_id="006B", close_on=date(2025, 6, 1), is_closed=True, is_won=True),
        product_line="Radar",
    )
    ours = opportunity("2026-03-01T10:00:00Z", partner_id=build.NORTHWIND, last_activity_on=date(2026, 3, 8), stage="Won",
                       is_closed=True, is_won=True, close_on=date(2026, 3, 9), facts={"competitor": "X"})  # fmt: skip
    values: dict[str, Any] = {
        "claim": of,
        "registration": registered(of, start="2026-03-03T10:00:00Z", kind="deal", extension_count=1),
        "opportunities": (
            FoundOpportunity(opportunity=bought, customer_match=SAME, deal_match=build.DIFFERENT),
            FoundOpportunity(opportunity=ours, customer_match=SAME, deal_match=SAME, is_linked=True),
        ),
        "rates": fixed_rates({"EUR": Decimal("1.09")}),
        "objections": (Objection(at=NOW, source="command line"),),
    }
    return Situation(Case(**{**values, **changes}), policy, NOW)


EXPECTED: Final[dict[str, Any]] = {
    "deal.amount": Money(amount=Decimal("20274.00"), currency="USD"),
    "deal.units": Decimal(110),
    "deal.products": frozenset({"Platform", "Radar"}),
    "deal.product": "Platform",
    "deal.product_classes": frozenset({"core", "new"}),
    "deal.skus": frozenset({"P-1", "R-1"}),
    "deal.parts": frozenset({"licence", "support"}),
    "deal.largest_order_amount": Money(amount=Decimal("8000"), currency="USD"),
    "deal.largest_order_units": Decimal(70),
    "deal.kind": "deal",
    "deal.origin": "partner",
    "deal.channel": "portal",
    "deal.programme": "P-2026",
    "deal.country": "DE",
    "deal.region": "EMEA",
    "deal.segment": "enterprise",
    "deal.division": "North",
    "deal.project": "X",
    "deal.is_tender": True,
    "deal.tender_published_at": utc("2026-03-05T09:00:00Z"),
    "deal.created_at": utc("2026-03-02T10:00:00Z"),
    "deal.submitted_at": utc("2026-03-02T09:00:00Z"),
    "deal.completed_at": utc("2026-03-02T11:00:00Z"),
    "deal.approved_at": utc("2026-03-03T10:00:00Z"),
    "deal.priced_at": utc("2026-03-06T09:00:00Z"),
    "deal.expected_close_on": date(2026, 6, 30),
    "deal.closed_on": date(2026, 3, 9),
    "deal.is_won": True,
    "deal.stage": "Won",
    "deal.next_step": "call",
    "deal.last_activity_at": datetime(2026, 3, 8, tzinfo=UTC),
    "deal.evidence": frozenset({"demo", "quote"}),
    "deal.evidence_at": utc("2026-03-04T09:00:00Z"),
    "deal.customer_choice": "PTR-CONTOSO",
    "deal.reward_choice": "upfront",
    "deal.is_incumbent": True,
    "deal.paid_out_at": utc("2026-03-09T09:00:00Z"),
    "deal.request": "extension",
    "deal.requested_at": utc("2026-03-09T09:00:00Z"),
    "deal.name": "Acme Works - Platform",
    "deal.rank": Decimal(1),
    "deal.status": "registered",
    "deal.extension_count": Decimal(1),
    "deal.registered_at": utc("2026-03-03T10:00:00Z"),
    "deal.window_end": utc("2026-06-02T00:00:00Z"),
    "deal.has_direct_deal": False,
    "deal.has_objection": True,
    "partner.id": build.NORTHWIND,
    "partner.tier": "gold",
    "partner.type": "reseller",
    "partner.country": "DE",
    "partner.standing": "good",
    "partner.certifications": frozenset({"expert"}),
    "customer.country": "DE",
    "customer.domain": "acme.de",
    "customer.segment": "smb",
    "customer.region": "DACH",
    "customer.last_purchase_on": date(2025, 6, 1),
    "customer.last_activity_on": date(2026, 1, 5),
    "customer.is_new": False,
    "now": NOW,
    "today": date(2026, 3, 10),
}


@pytest.mark.parametrize("name", [name for name in FACTS if not name.startswith("party.")])
def test_every_fact_of_a_full_case(name: str) -> None:
    found = situation().facts[name]

    assert found == EXPECTED[name]
    assert is_of(found, TYPES[name])


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_of_a_bare_case(name: str) -> None:
    """A claim that tells next to nothing: each fact is unknown or of its type."""
    bare = claim(
        partner=None, customer=Customer(name="A"), amount=None, products=(), deal_name=None, expected_close_on=None
    )
    found = Situation(Case(claim=bare, registration=None), POLICY, NOW).facts[name]

    assert found is None or is_of(found, TYPES[name])


@pytest.mark.parametrize("name", FACTS)
def test_every_fact_is_documented(name: str) -> None:
    assert FACTS[name].doc.endswith(".") or FACTS[name].doc.endswith("...")
    assert FACTS[name].source


def test_facts_of_a_further_party() -> None:
    own = Policy(facts=(FactRule(name="partner.onboarded", type=Type.BOOL),))
    distributor = partner("PTR-DIST", tier="platinum", standing=Standing.UNKNOWN, facts={"onboarded": False})
    view = situation(policy=own).facts.of_party(distributor)

    assert view["party.id"] == "PTR-DIST"
    assert view["party.standing"] is None
    assert view["party.onboarded"] is False
    assert view["partner.tier"] == "gold"
    assert Condition("party.tier == 'platinum' and partner.tier == 'gold'").test(view) is True


def test_facts_of_the_policys_own() -> None:
    """They count with their declared type only; the submission speaks before the opportunity."""
    own = Policy(
        facts=(
            FactRule(name="deal.budget", type=Type.MONEY),
            FactRule(name="deal.competitor", type=Type.TEXT),
            FactRule(name="deal.wrong", type=Type.NUMBER),
            FactRule(name="partner.onboarded", type=Type.BOOL),
            FactRule(name="customer.employees", type=Type.NUMBER),
        )
    )
    facts = situation(policy=own).facts

    assert facts["deal.budget"] == Money(amount=Decimal(5), currency="USD")
    assert facts["deal.competitor"] == "X"
    assert facts["deal.wrong"] is None
    assert facts["partner.onboarded"] is True
    assert facts["customer.employees"] == 50
    assert facts["deal.nowhere"] is None
    assert facts["nonsense"] is None


def test_amounts_of_lines_are_in_the_policys_currency() -> None:
    facts = situation().facts

    assert Formula("amount_of(parts='licence')").value(facts) == Money(amount=Decimal("7630.00"), currency="USD")
    assert Formula("units_of(skus='p-1')").value(facts) == 70


def test_a_fact_is_worked_out_once() -> None:
    facts = situation().facts

    assert facts["deal.products"] is facts["deal.products"]
    assert "deal.amount" not in dict(facts)


def test_what_a_decision_moves_is_never_kept() -> None:
    """A rule that is asked after the deal was registered sees it registered."""
    of = full_claim()
    here = situation(of, registration=build.registration(of))
    assert here.facts["deal.status"] == "received"
    assert here.facts["deal.approved_at"] is None

    here.move(Status.REGISTERED, "approved_automatically")

    assert here.facts["deal.status"] == "registered"
    assert here.facts["deal.approved_at"] == NOW


def test_an_order_with_an_unknown_line_has_no_size() -> None:
    lines = (*LINES, Line(product="Platform", order="A"))

    assert situation(full_claim(lines=lines)).facts["deal.largest_order_units"] is None
    assert situation(full_claim(lines=lines)).facts["deal.units"] is None


def test_a_deal_that_is_lost_is_not_won() -> None:
    of = full_claim()
    lost = registered(of, start="2026-03-03T10:00:00Z", status=Status.LOST)

    assert situation(of, registration=lost).facts["deal.is_won"] is False
    assert situation(of, opportunities=()).facts["deal.is_won"] is None


def test_an_activity_in_the_form_counts_before_the_opportunitys() -> None:
    told = utc("2026-03-09T15:00:00Z")
    of = full_claim(facts={"last_activity_at": told})

    assert situation(of).facts["deal.last_activity_at"] == told
    assert situation(of, opportunities=()).facts["deal.stage"] is None


def test_direct_sales_on_the_same_deal() -> None:
    direct = opportunity("2026-02-01T10:00:00Z", record_id="006D", owner_role="Account Executive")
    found = FoundOpportunity(opportunity=direct, customer_match=SAME, deal_match=SAME)

    assert situation(opportunities=(found,)).facts["deal.has_direct_deal"] is True
    assert CrmRef("salesforce", "Opportunity", "006D") == direct.ref
