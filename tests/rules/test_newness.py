"""Is the business new: look-backs over purchases, open deals, vendor activity, registrations and dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules.action import Action, Unknown
from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition, Type
from rules.lookbacks import FactKind, Scope, Whose
from rules.policy import FactRule
from rules.primitives.direct import DirectDeals
from rules.primitives.newness import Lookback
from rules.primitives.precedence import Precedence
from rules.records import CrmRef, Proof, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    NORTHWIND,
    POLICY,
    RELATED,
    applied,
    case,
    claim,
    found,
    opportunity,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    utc,
    waits,
)

AT = "2026-03-02T10:00:00Z"
NOW = utc("2026-03-02T10:05:00Z")
OWN = (FactRule(name="customer.lapsed_on", type=Type.DATE),)


def policy(*lookbacks, **changes):
    values = {
        "newness": lookbacks,
        "holding": None,
        "facts": OWN,
        "direct": DirectDeals(action=Action.OFF),
        "precedence": Precedence(related_customer=Action.OFF, unsure_match=Action.OFF),
    }
    return replace(POLICY, **{**values, **changes})


def lookback(months=None, **changes):
    within = Choice.always(Span(months=months)) if months is not None else None
    return Lookback(**{"name": "look-back", "within": within, **changes})


def bought(on, **changes):
    """A deal that was won on that day."""
    values = {"is_closed": True, "is_won": True, "close_on": date.fromisoformat(on), "record_id": "006B"}
    match = {name: changes.pop(name) for name in ("customer", "deal") if name in changes}
    return found(opportunity(f"{on}T08:00:00Z", **{**values, **changes}), **match)


def ask(rules, *opportunities, at=NOW, of=None, **changes):
    return decide(
        case(of or claim(AT), opportunities=opportunities, coverage=read_until("2026-03-03T00:00:00Z"), **changes),
        rules,
        at,
    )


@pytest.mark.parametrize(
    ("months", "expected"),
    [(36, Status.REFUSED), (6, Status.REGISTERED), (35, Status.REGISTERED), (None, Status.REFUSED)],
)
def test_purchase_of_two_years_and_eleven_months_ago(months, expected):
    """Not new where nothing may have been bought for three years, new where six months are asked; null: ever."""
    decision = ask(policy(lookback(months)), bought("2023-04-02"))

    assert statuses(decision) == [expected]
    assert expected is Status.REGISTERED or reasons(decision) == ["purchase_within_lookback"]


@pytest.mark.parametrize(
    ("submitted", "product", "expected"),
    [
        ("2026-05-31T10:00:00Z", "Storage", Status.REFUSED),  # two years until June
        ("2026-06-01T10:00:00Z", "Storage", Status.REGISTERED),  # six months from then on
        ("2026-06-01T10:00:00Z", "Services", Status.REFUSED),  # other lines keep the old length
    ],
)
def test_length_by_line_and_by_date(submitted, product, expected):
    within = Choice(
        (
            Row(Span(months=6), Condition("deal.submitted_at >= 2026-06-01 and deal.product == 'Storage'")),
            Row(Span(months=24)),
        )
    )
    mine = claim(submitted, products=(product,))
    decision = decide(
        case(mine, opportunities=(bought("2025-03-01"),)), policy(lookback(within=within)), utc("2026-06-02T00:00:00Z")
    )

    assert statuses(decision) == [expected]


@pytest.mark.parametrize(
    ("whose", "partner_id", "expected"),
    [
        (Whose.OTHER_PARTNERS, CONTOSO, Status.REFUSED),
        (Whose.OTHER_PARTNERS, NORTHWIND, Status.REGISTERED),
        (Whose.OTHER_PARTNERS, None, Status.REGISTERED),
        (Whose.OWN, NORTHWIND, Status.REFUSED),
        (Whose.OWN, CONTOSO, Status.REGISTERED),
        (Whose.DIRECT, None, Status.REFUSED),
        (Whose.DIRECT, CONTOSO, Status.REGISTERED),
        (Whose.ANYONE, CONTOSO, Status.REFUSED),
    ],
)
def test_whose_purchase_counts(whose, partner_id, expected):
    decision = ask(policy(lookback(12, whose=whose)), bought("2026-01-10", partner_id=partner_id))

    assert statuses(decision) == [expected]


@pytest.mark.parametrize(
    ("scope", "match", "expected"),
    [
        (Scope.ENTITY, RELATED, Status.REGISTERED),
        (Scope.TREE, RELATED, Status.REFUSED),  # a subsidiary has bought
        (Scope.TREE, DIFFERENT, Status.REGISTERED),
    ],
)
def test_one_legal_entity_or_the_whole_corporate_tree(scope, match, expected):
    decision = ask(policy(lookback(12, scope=scope)), bought("2026-01-10", customer=match))

    assert statuses(decision) == [expected]


def test_product_line_counts_where_the_look_back_says_so():
    other = bought("2026-01-10", product_line="Storage")

    assert statuses(ask(policy(lookback(12)), other)) == [Status.REFUSED]
    assert statuses(ask(policy(lookback(12, same_product=True)), other)) == [Status.REGISTERED]


def test_replacement_with_a_decommission_letter_is_new_all_the_same():
    rules = policy(lookback(36, unless=Condition("'decommission letter' in deal.evidence")))
    shown = claim(AT, evidence=(Proof(kind="decommission letter"),))
    assert statuses(ask(rules, bought("2026-01-10"))) == [Status.REFUSED]
    assert statuses(ask(rules, bought("2026-01-10"), of=shown)) == [Status.REGISTERED]


def test_excuse_has_to_be_shown():
    rules = policy(lookback(36, unless=Condition("deal.is_incumbent")))

    assert reasons(ask(rules, bought("2026-01-10"))) == ["purchase_within_lookback"]


def test_very_deal_that_is_claimed_does_not_stand_against_it():
    mine = claim(AT, opportunity_ref=CrmRef("salesforce", "Opportunity", "006B"))
    won = bought("2026-02-20", modified="2026-03-04T00:00:00Z", close_on=date(2026, 3, 4))

    decision = ask(policy(lookback(12)), replace(won, is_named_by_submission=True), of=mine)
    assert Status.REFUSED not in statuses(decision)


def test_refusal_waits_until_every_connection_was_read():
    decision = decide(
        case(claim(AT), opportunities=(bought("2026-01-10"),), coverage=read_until("2026-03-01T00:00:00Z")),
        policy(lookback(12)),
        NOW,
    )

    assert waits(decision) == ["waiting_for_connection"]
    assert decision.deciding == "newness.look-back"


@pytest.mark.parametrize(
    ("lapsed_on", "expected"),
    [
        (date(2025, 10, 2), Status.REFUSED),  # five months ago
        (date(2025, 9, 2), Status.REGISTERED),  # six months ago
        (None, Status.REGISTERED),  # never a customer
        (date(2026, 12, 31), Status.REFUSED),  # still one
    ],
)
def test_former_customer_is_new_once_it_has_lapsed_long_enough(lapsed_on, expected):
    former = lookback(6, of=FactKind.FACT, fact="customer.lapsed_on")
    facts = {} if lapsed_on is None else {"lapsed_on": lapsed_on}
    mine = claim(AT, customer=replace(claim().customer, facts=facts))

    decision = ask(policy(former), of=mine)
    assert statuses(decision) == [expected]
    assert expected is Status.REGISTERED or reasons(decision) == ["not_new_business"]


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        (Unknown.PASS, Status.REGISTERED),
        (Unknown.REVIEW, Status.IN_REVIEW),
        (Unknown.REFUSE, Status.REFUSED),
        (Unknown.RETURN, Status.RETURNED),
    ],
)
def test_unknown_date_leads_where_the_look_back_says(unknown, expected):
    for of in (FactKind.FACT, FactKind.VENDOR_ACTIVITY):
        rule = lookback(6, of=of, fact="customer.lapsed_on", unknown=unknown)
        assert statuses(ask(policy(rule))) == [expected]


@pytest.mark.parametrize(("last", "expected"), [("2025-09-02", Status.REGISTERED), ("2025-09-03", Status.REFUSED)])
def test_vendor_contact_within_six_months(last, expected):
    mine = claim(AT, customer=replace(claim().customer, last_activity_on=date.fromisoformat(last)))
    decision = ask(policy(lookback(6, of=FactKind.VENDOR_ACTIVITY)), of=mine)

    assert statuses(decision) == [expected]
    assert expected is Status.REGISTERED or reasons(decision) == ["vendor_activity"]


def test_vendors_answer_to_the_claim_is_no_activity_against_it():
    """The CRM's date of the last activity moves on; what counts is what it was when the claim was first asked about."""
    rules = policy(lookback(6, of=FactKind.VENDOR_ACTIVITY), holding=Choice.always(Span(days=1)))
    before = claim(AT, customer=replace(claim().customer, last_activity_on=date(2025, 1, 10)))
    held = applied(registration(before), ask(rules, of=before))

    called = replace(before, customer=replace(before.customer, last_activity_on=date(2026, 3, 3)))
    later = utc("2026-03-05T00:00:00Z")
    second = decide(case(called, held, coverage=read_until("2026-03-05T00:00:00Z")), rules, later)
    assert statuses(second) == [Status.REGISTERED]


def test_activity_on_a_deal_without_partner_is_the_vendors():
    active = found(opportunity("2025-01-01T00:00:00Z", last_activity_on=date(2026, 2, 20)), deal=DIFFERENT)
    partners = found(
        opportunity("2025-01-01T00:00:00Z", last_activity_on=date(2026, 2, 20), partner_id=CONTOSO), deal=DIFFERENT
    )
    rules = policy(lookback(6, of=FactKind.VENDOR_ACTIVITY))

    assert statuses(ask(rules, active)) == [Status.REFUSED]
    assert statuses(ask(rules, partners)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("months", "changes", "expected"),
    [
        (None, {}, Status.REFUSED),
        (
            None,
            {"is_closed": True, "close_on": date(2026, 2, 1), "modified": "2026-02-01T00:00:00Z"},
            Status.REGISTERED,
        ),
        (6, {"is_closed": True, "close_on": date(2026, 2, 1), "modified": "2026-02-01T00:00:00Z"}, Status.REFUSED),
        (6, {"is_closed": True, "close_on": date(2025, 2, 1), "modified": "2025-02-01T00:00:00Z"}, Status.REGISTERED),
    ],
)
def test_open_deal_of_the_customer(months, changes, expected):
    """The vendor already has an open opportunity for the customer, or had one lately, whatever the product."""
    theirs = found(opportunity("2025-01-01T00:00:00Z", **changes), deal=DIFFERENT)
    decision = ask(policy(lookback(months, of=FactKind.OPEN_DEAL)), theirs)

    assert statuses(decision) == [expected]
    assert expected is Status.REGISTERED or reasons(decision) == ["open_vendor_deal"]


def test_open_deal_that_came_after_the_claim_does_not_count():
    later = found(opportunity("2026-03-02T10:01:00Z"), deal=DIFFERENT)

    assert statuses(ask(policy(lookback(of=FactKind.OPEN_DEAL)), later)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("months", "start", "changes", "expected"),
    [
        (None, "2026-02-01T00:00:00Z", {}, Status.REFUSED),  # live
        (None, "2025-10-01T00:00:00Z", {"status": Status.EXPIRED}, Status.REGISTERED),
        (12, "2025-10-01T00:00:00Z", {"status": Status.EXPIRED}, Status.REFUSED),
        (1, "2025-10-01T00:00:00Z", {"status": Status.EXPIRED}, Status.REGISTERED),
        (12, "2026-02-01T00:00:00Z", {"status": Status.REFUSED, "window": None}, Status.REGISTERED),
    ],
)
def test_registration_of_another_partner_for_the_same_customer(months, start, changes, expected):
    """Whichever product it is for: the deal itself is another one."""
    other = claim("2025-09-01T00:00:00Z", number=2, partner=partner(CONTOSO), products=("Storage",))
    held = registered(other, start=start, **changes)
    rules = policy(lookback(months, of=FactKind.REGISTRATION, whose=Whose.OTHER_PARTNERS))
    decision = ask(rules, rivals=(rival(other, held, deal=DIFFERENT),))

    assert statuses(decision) == [expected]
    assert expected is Status.REGISTERED or reasons(decision) == ["registered_elsewhere"]


def test_several_look_backs_are_asked_in_order_with_reasons_of_their_own():
    rules = policy(
        lookback(12, name="bought", action=Action.REVIEW),
        lookback(of=FactKind.OPEN_DEAL, name="open", reason="not_new_business"),
    )
    open_deal = found(opportunity("2026-01-01T00:00:00Z", record_id="006C"), deal=DIFFERENT)

    assert reasons(ask(rules, bought("2026-01-10"))) == ["existing_customer_doubtful"]
    both = ask(rules, bought("2026-01-10"), open_deal)
    assert reasons(both) == ["not_new_business"]
    assert {each.rule for each in both.steps} >= {"newness.bought", "newness.open"}
