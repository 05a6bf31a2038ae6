"""Whose opportunity is it: the registration's own, direct sales', another partner's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rules.action import Action
from rules.choice import Choice
from rules.decide import decide
from rules.primitives.direct import DirectDeals
from rules.records import CrmRef, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    NORTHWIND,
    POLICY,
    RELATED,
    REVIEW,
    SAME,
    case,
    claim,
    flags,
    found,
    opportunity,
    partner,
    purchases,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    utc,
)

MINE = claim("2026-03-02T10:00:00Z")
SOON = utc("2026-03-02T10:05:00Z")
NEXT_DAY = utc("2026-03-03T10:00:00Z")
BEFORE, AFTER = "2026-02-01T09:00:00Z", "2026-03-20T09:00:00Z"
DURING = utc("2026-03-21T00:00:00Z")


def links(decision):
    return [(str(each.ref), each.why) for each in decision.links]


@pytest.mark.parametrize(
    ("created", "changes", "expected"),
    [
        (BEFORE, {}, ["direct_deal_open"]),  # names nobody, older than the submission
        ("2026-03-02T09:59:59Z", {}, ["direct_deal_open"]),
        ("2026-03-02T10:00:00Z", {}, ["holding"]),  # not older
        (BEFORE, {"owner_role": "Account Executive"}, ["direct_deal_open"]),
        (BEFORE, {"owner_role": "account executive"}, ["direct_deal_open"]),  # the other CRM writes it so
        (BEFORE, {"owner_role": "Channel Manager"}, ["holding"]),  # kept for a partner
        (BEFORE, {"is_closed": True, "modified": "2026-02-02T00:00:00Z"}, ["holding"]),
        (BEFORE, {"partner_id": CONTOSO}, ["rival_partner_deal"]),  # another partner's, not registered
        (BEFORE, {"partner_ref": CrmRef("salesforce", "Account", "001X")}, ["rival_partner_deal"]),
        (BEFORE, {"partner_id": NORTHWIND}, ["holding"]),  # names us
    ],
)
def test_open_opportunity_for_the_same_deal(created, changes, expected):
    decision = decide(case(MINE, opportunities=(found(opportunity(created, **changes)),)), POLICY, SOON)

    assert reasons(decision) == expected


def test_partner_named_by_a_row_without_a_partner_code_is_ours_all_the_same():
    row = CrmRef("salesforce", "Account", "001N")
    mine = replace(MINE, partner_ref=row)

    decision = decide(case(mine, opportunities=(found(opportunity(BEFORE, partner_ref=row)),)), POLICY, SOON)

    assert links(decision) == [("salesforce/Opportunity/006A", "names the partner")]


@pytest.mark.parametrize(
    ("customer", "deal", "expected"),
    [
        (SAME, DIFFERENT, ["holding"]),
        (RELATED, SAME, ["related_customer"]),
        (SAME, REVIEW, ["unsure_match"]),
        (REVIEW, REVIEW, ["unsure_match"]),
    ],
)
def test_direct_deal_of_a_doubtful_customer_or_product(customer, deal, expected):
    opportunities = (found(opportunity(BEFORE), customer=customer, deal=deal),)

    assert reasons(decide(case(MINE, opportunities=opportunities), POLICY, SOON)) == expected


def test_direct_deal_refuses_only_after_every_connection_was_read():
    opportunities = (found(opportunity(BEFORE)),)
    behind = case(MINE, opportunities=opportunities, coverage=read_until("2026-03-02T09:00:00Z"))

    assert statuses(decide(behind, POLICY, SOON)) == [Status.HOLDING]


@pytest.mark.parametrize(
    ("rules", "changes", "expected"),
    [
        (DirectDeals(action=Action.REVIEW), {}, ["direct_deal_doubtful"]),
        (DirectDeals(action=Action.OFF), {}, ["holding"]),
        (DirectDeals(ignored_deal_types=frozenset({"Renewal"})), {"deal_type": "Renewal"}, ["holding"]),
        (DirectDeals(created_within=Span(days=20)), {}, ["holding"]),  # forgotten
        (DirectDeals(created_within=Span(days=40)), {}, ["direct_deal_open"]),
        (DirectDeals(listed_only=True), {}, ["holding"]),
        (
            DirectDeals(listed_only=True, deal_types=frozenset({"Direct"})),
            {"deal_type": "Direct"},
            ["direct_deal_open"],
        ),
    ],
)
def test_what_counts_as_direct_sales_is_the_policys(rules, changes, expected):
    opportunities = (found(opportunity(BEFORE, **changes)),)

    assert reasons(decide(case(MINE, opportunities=opportunities), replace(POLICY, direct=rules), SOON)) == expected


def test_named_opportunity_is_linked_at_once():
    """The submission's own lookup counts, older opportunity or not, and so does the same deal told in the other CRM."""
    named = found(opportunity(BEFORE), is_named_by_submission=True)
    twin = found(
        opportunity(BEFORE, ref=CrmRef("hubspot", "deals", "77"), cross_ref="006A"), customer=REVIEW, deal=REVIEW
    )

    decision = decide(case(MINE, opportunities=(named, twin)), POLICY, SOON)

    assert reasons(decision) == ["holding"]
    assert links(decision) == [
        ("salesforce/Opportunity/006A", "named by the submission"),
        ("hubspot/deals/77", "the same deal in the other CRM"),
    ]


def test_named_opportunity_of_another_live_registration_goes_to_review():
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    held = registered(other, start="2026-03-01T12:00:00Z")
    named = found(opportunity(BEFORE), is_named_by_submission=True, linked_registration_id=held.registration_id)

    decision = decide(case(MINE, opportunities=(named,), rivals=(rival(other, held, deal=DIFFERENT),)), POLICY, SOON)

    assert reasons(decision) == ["opportunity_of_other_registration"]
    assert not decision.links


def test_opportunity_of_a_registration_that_ended_counts_by_itself_again():
    other = claim("2026-01-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    ended = registration(other, Status.REFUSED, reason="direct_deal_open")
    direct = found(opportunity(BEFORE), linked_registration_id=ended.registration_id)

    decision = decide(case(MINE, opportunities=(direct,), rivals=(rival(other, ended),)), POLICY, SOON)

    assert reasons(decision) == ["direct_deal_open"]


def test_nameless_opportunity_that_appears_during_protection_is_linked():
    held = registered(MINE, start="2026-03-03T10:00:00Z")

    decision = decide(case(MINE, held, opportunities=(found(opportunity(AFTER)),)), POLICY, DURING)

    assert links(decision) == [("salesforce/Opportunity/006A", "names nobody and appeared after the submission")]
    assert not decision.transitions
    assert not decision.flags


def test_nameless_opportunity_that_appears_before_the_decision_is_linked_with_it():
    opportunities = (found(opportunity("2026-03-02T12:00:00Z")),)

    assert not decide(case(MINE, opportunities=opportunities), POLICY, utc("2026-03-02T13:00:00Z")).links
    assert len(decide(case(MINE, opportunities=opportunities), POLICY, NEXT_DAY).links) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"owner_role": "Account Executive"}, ["direct_deal_during_protection"]),
        ({"owner_role": "Direct Sales"}, ["direct_deal_during_protection"]),
        ({"owner_role": "Channel Manager"}, []),
        ({"partner_id": CONTOSO}, ["rival_deal_during_protection"]),
        ({"partner_id": NORTHWIND}, []),
        ({"owner_role": "Account Executive", "is_closed": True}, []),
    ],
)
def test_conflict_during_protection_is_flagged_and_nothing_else_changes(changes, expected):
    """A direct or a rival's opportunity during the window: a person is told, status and window stay."""
    held = registered(MINE, start="2026-03-03T10:00:00Z")

    decision = decide(case(MINE, held, opportunities=(found(opportunity(AFTER, **changes)),)), POLICY, DURING)

    assert flags(decision) == expected
    assert decision.terms.window == held.window
    if expected:
        assert not decision.transitions
        assert not decision.links


def won(closed_on, **changes):
    return opportunity(
        "2025-01-01T00:00:00Z",
        is_closed=True,
        is_won=True,
        close_on=date.fromisoformat(closed_on),
        modified=f"{closed_on}T12:00:00Z",
        **changes,
    )


@pytest.mark.parametrize(
    ("purchase", "rules", "expected"),
    [
        (won("2025-03-03"), purchases(), ["purchase_within_lookback"]),
        (won("2025-03-02"), purchases(), ["holding"]),  # exactly twelve months ago
        (won("2023-04-02"), purchases(within=Choice.always(Span(months=36))), ["purchase_within_lookback"]),
        (won("2025-12-01", product_line="Storage"), purchases(), ["purchase_within_lookback"]),
        (won("2025-12-01", product_line="Storage"), purchases(same_product=True), ["holding"]),
        (won("2025-12-01"), purchases(same_product=True), ["purchase_within_lookback"]),
        (won("2025-12-01"), purchases(action=Action.REVIEW), ["existing_customer_doubtful"]),
        (won("2025-12-01"), purchases(action=Action.OFF), ["holding"]),
    ],
)
def test_existing_customer_lookback(purchase, rules, expected):
    opportunities = (found(purchase, deal=DIFFERENT),)

    decision = decide(case(MINE, opportunities=opportunities), replace(POLICY, newness=rules), SOON)

    assert reasons(decision) == expected


def test_purchase_of_a_related_customer_does_not_count():
    opportunities = (found(won("2025-12-01"), customer=RELATED),)

    assert reasons(decide(case(MINE, opportunities=opportunities), POLICY, SOON)) == ["holding"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.RETURNED, ["rival_partner_deal"]),  # its claim stands against nobody: the opportunity does
        (Status.REFUSED, ["rival_partner_deal"]),  # no longer its own
    ],
)
def test_opportunity_of_another_partners_incomplete_claim_goes_on_standing_against_ours(status, expected):
    theirs = claim("2026-02-02T09:00:00Z", number=9, partner=partner(CONTOSO))
    held = rival(theirs, registration(theirs, status))
    deal = found(opportunity(BEFORE, partner_id=CONTOSO), linked_registration_id="REG-2026-a09")

    decision = decide(case(rivals=(held,), opportunities=(deal,)), POLICY, utc("2026-03-02T12:00:00Z"))

    assert reasons(decision) == expected
