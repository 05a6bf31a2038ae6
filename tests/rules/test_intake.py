"""A claim on its own merits: complete, known partner in good standing, large enough; acknowledged, held, registered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from rules.choice import Choice
from rules.decide import decide
from rules.money import fixed_rates
from rules.primitives.approval import Approval
from rules.primitives.gates import StandingRules
from rules.primitives.intake import Intake
from rules.primitives.thresholds import Shortfall
from rules.primitives.window import Protection
from rules.records import Customer, Money, Standing, Status
from rules.span import Span
from tests.rules.build import (
    POLICY,
    applied,
    case,
    claim,
    flags,
    minimum,
    partner,
    read_until,
    reasons,
    registration,
    statuses,
    usd,
    utc,
    waits,
)

SOON = utc("2026-03-02T10:05:00Z")  # five minutes after the submission
NEXT_DAY = utc("2026-03-03T10:00:00Z")  # the holding period is over


def test_clean_claim_is_held_at_once_and_registered_a_day_later():
    """A complete claim is acknowledged in the first pass, held for 24 h, then registered for 90 days."""
    first = decide(case(), POLICY, SOON)
    assert statuses(first) == [Status.HOLDING]
    assert {each.kind for each in first.deadlines} == {"holding_over", "answer_due"}

    held = applied(registration(claim()), first)
    second = decide(case(held=held), POLICY, NEXT_DAY)
    assert statuses(second) == [Status.REGISTERED]
    assert second.terms.partner_id == "PTR-NORTHWIND"
    assert second.terms.exclusive
    assert second.terms.window is not None
    assert second.terms.window.end == utc("2026-06-02T00:00:00Z")
    assert [each.kind for each in second.deadlines] == ["warning", "window_end"]
    assert second.deal_key == "d:acme-works.de|platform"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-03T09:59:59Z", Status.HOLDING),
        ("2026-03-03T10:00:00Z", Status.REGISTERED),  # the holding period is half-open too
    ],
)
def test_holding_lasts_24_hours_from_the_submission(now, expected):
    """The holding period counts from the CRM's creation time, however late the submission was read."""
    assert statuses(decide(case(), POLICY, utc(now)))[-1] == expected


def test_no_holding_period_registers_at_once():
    decision = decide(case(), replace(POLICY, holding=None), SOON)

    assert statuses(decision) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"amount": None}, ["amount"]),
        ({"expected_close_on": None, "products": ()}, ["expected_close_on", "products"]),
        ({"deal_name": "  "}, ["deal_name"]),
        ({"customer": Customer(name="")}, ["customer"]),
        ({"partner": None, "missing": frozenset({"partner", "partner_code"})}, ["partner"]),
    ],
)
def test_incomplete_claim_goes_back_with_the_missing_fields_named(changes, missing):
    decision = decide(case(claim(**changes)), POLICY, SOON)

    assert statuses(decision) == [Status.RETURNED]
    assert reasons(decision) == ["missing_fields"]
    assert decision.extra["missing"] == missing
    assert next(each.text for each in decision.steps if each.rule == "complete") == "missing: " + ", ".join(missing)
    assert not decision.deadlines


def test_other_required_fields_are_asked_as_the_policy_says():
    policy = replace(POLICY, intake=Intake(required_fields=("customer_contact_email",)))

    assert statuses(decide(case(claim(missing=frozenset({"customer_contact_email"}))), policy, SOON)) == [
        Status.RETURNED
    ]
    assert statuses(decide(case(), policy, SOON)) == [Status.HOLDING]


def test_returned_claim_goes_on_once_completed_and_counts_from_then():
    """A completed submission takes its place in the order as of its completion, not of its first incomplete try."""
    gappy = claim(amount=None)
    held = applied(registration(gappy), decide(case(gappy), POLICY, SOON))
    assert held.status is Status.RETURNED
    assert not decide(case(gappy, held), POLICY, NEXT_DAY).transitions

    changed_at = utc("2026-03-04T09:00:00Z")
    done = decide(case(claim(), held, claim_changed_at=changed_at), POLICY, utc("2026-03-04T09:01:00Z"))

    assert statuses(done) == [Status.RECEIVED, Status.HOLDING]
    assert reasons(done) == ["resubmitted", "holding"]
    assert done.priority_at == changed_at


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (usd(5_000), Status.HOLDING),  # at least the minimum
        (usd("4999.99"), Status.REFUSED),
        (usd(249_999), Status.HOLDING),
        (usd(250_000), Status.IN_REVIEW),  # from the limit on, a person decides
        (Money(amount=Decimal(5_000), currency="EUR"), Status.HOLDING),  # 5,450 USD
        (Money(amount=Decimal(4_500), currency="EUR"), Status.REFUSED),  # 4,905 USD
        (Money(amount=Decimal(240_000), currency="EUR"), Status.IN_REVIEW),  # 261,600 USD
        (Money(amount=Decimal(9_000), currency="PLN"), Status.IN_REVIEW),  # no rate: a person decides
        (Money(amount=Decimal(9_000), currency=""), Status.HOLDING),  # a CRM with one currency names none
    ],
)
def test_amount_against_minimum_and_automatic_limit(amount, expected):
    decision = decide(case(claim(amount=amount), rates=fixed_rates({"EUR": Decimal("1.09")})), POLICY, SOON)

    assert statuses(decision)[-1] == expected


def test_minimum_of_the_published_programme_in_another_currency():
    """18,600 EUR at the submission day's 1.09 reach 20,000 USD, and stay eligible when the rate moves."""
    policy = replace(POLICY, thresholds=minimum(usd(20_000)))
    deal = claim(amount=Money(amount=Decimal(18_600), currency="EUR"))
    first = decide(case(deal, rates=fixed_rates({"EUR": Decimal("1.09")})), policy, NEXT_DAY)
    assert statuses(first) == [Status.REGISTERED]
    assert any("18,600.00 EUR at 1.09 = 20,274.00 USD" in fact.value for step in first.steps for fact in step.facts)

    held = applied(registration(deal), first)
    assert not decide(case(deal, held, rates=fixed_rates({"EUR": Decimal("1.05")})), policy, NEXT_DAY).transitions


@pytest.mark.parametrize(
    ("amount", "is_strict", "expected"),
    [(25_000, True, Status.REFUSED), (25_001, True, Status.HOLDING), (25_000, False, Status.HOLDING)],
)
def test_minimum_above_or_at_least(amount, is_strict, expected):
    policy = replace(
        POLICY, thresholds=minimum(usd(25_000), **({"more_than": Choice.always(usd(25_000))} if is_strict else {}))
    )

    assert statuses(decide(case(claim(amount=usd(amount))), policy, SOON)) == [expected]


def test_rate_arriving_lets_the_claim_go_on():
    deal = claim(amount=Money(amount=Decimal(9_000), currency="PLN"))
    review = decide(case(deal), POLICY, SOON)
    assert reasons(review) == ["rate_missing"]

    held = applied(registration(deal), review)
    after = decide(case(deal, held, rates=fixed_rates({"PLN": Decimal("1")})), POLICY, SOON)
    assert statuses(after) == [Status.HOLDING]


def test_unknown_amount_that_is_not_required_goes_to_review():
    policy = replace(POLICY, intake=Intake(required_fields=("customer",)))

    assert reasons(decide(case(claim(amount=None)), policy, SOON)) == ["amount_unknown"]


@pytest.mark.parametrize(
    ("approval", "expected"),
    [
        (Approval(is_automatic=False), ["no_automatic_approval"]),
        (Approval(auto_below=None), ["approved_automatically"]),
    ],
)
def test_approval_by_policy(approval, expected):
    assert reasons(decide(case(), replace(POLICY, approval=approval, holding=None), SOON)) == expected


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing.GOOD, Status.HOLDING),
        (Standing.UNKNOWN, Status.HOLDING),
        (Standing.PAST_DUE, Status.IN_REVIEW),
        (Standing.SUSPENDED, Status.REFUSED),
    ],
)
def test_partner_standing(standing, expected):
    assert statuses(decide(case(claim(partner=partner(standing=standing))), POLICY, SOON)) == [expected]


@pytest.mark.parametrize(
    ("tier", "expected"), [("Gold", Status.HOLDING), ("Bronze", Status.REFUSED), (None, Status.REFUSED)]
)
def test_partner_tier_where_the_policy_names_tiers(tier, expected):
    policy = replace(POLICY, standing=StandingRules(tiers=frozenset({"Gold"})))

    assert statuses(decide(case(claim(partner=partner(tier=tier))), policy, SOON)) == [expected]


def test_unknown_partner_waits_with_the_reason():
    """A submission of a company not known as a partner is acknowledged and waits, however long."""
    decision = decide(case(claim(partner=None)), POLICY, NEXT_DAY)

    assert not decision.transitions
    assert waits(decision) == ["waiting_for_partner"]


def test_nothing_is_granted_before_every_connection_is_read_past_the_submission():
    """The wait names the connection and its last complete pull."""
    coverage = (*read_until("2026-03-03T09:00:00Z", "salesforce"), *read_until("2026-03-02T09:59:00Z", "hubspot"))
    held = applied(registration(claim()), decide(case(), POLICY, SOON))

    decision = decide(case(held=held, coverage=coverage), POLICY, utc("2026-03-03T13:09:00Z"))

    assert not decision.transitions
    assert decision.waits[0].detail == "waiting for hubspot: last complete pull 1 d 3 h ago"
    assert "wait_over" in {each.kind for each in decision.deadlines}


@pytest.mark.parametrize(
    ("covered_until", "expected"),
    [("2026-03-02T10:00:00Z", []), ("2026-03-02T10:00:01Z", [Status.REGISTERED])],
)
def test_coverage_must_lie_past_the_submission(covered_until, expected):
    """covered_until itself is not covered: a rival of the same second may still be missing."""
    held = applied(registration(claim()), decide(case(), POLICY, SOON))

    assert statuses(decide(case(held=held, coverage=read_until(covered_until)), POLICY, NEXT_DAY)) == expected


def test_refusal_on_the_claims_own_merits_waits_for_nobody():
    small = claim(amount=usd(100))

    assert statuses(decide(case(small, coverage=read_until("2026-01-01T00:00:00Z")), POLICY, SOON)) == [Status.REFUSED]


def test_overdue_answer_is_flagged():
    """16 working hours after Monday 10:00 is Wednesday 10:00."""
    large = claim(amount=usd(900_000))
    held = applied(registration(large), decide(case(large), POLICY, SOON))

    assert not flags(decide(case(large, held), POLICY, utc("2026-03-04T09:59:00Z")))
    assert flags(decide(case(large, held), POLICY, utc("2026-03-04T10:00:00Z"))) == ["answer_overdue"]


def test_submission_deleted_while_open_is_withdrawn_and_taken_up_again_when_restored():
    gone = decide(case(is_gone=True), POLICY, SOON)
    assert statuses(gone) == [Status.WITHDRAWN]
    assert reasons(gone) == ["submission_gone"]

    held = applied(registration(claim()), gone)
    assert not decide(case(held=held, is_gone=True), POLICY, SOON).transitions
    assert statuses(decide(case(held=held), POLICY, SOON)) == [Status.RECEIVED, Status.HOLDING]


def test_window_in_minutes_for_a_pilot():
    policy = replace(
        POLICY,
        holding=None,
        protection=Protection(length=Choice.always(Span(exact=timedelta(minutes=5))), warnings_before=()),
    )

    decision = decide(case(), policy, SOON)

    assert decision.terms.window is not None
    assert decision.terms.window.end == SOON + timedelta(minutes=5)


def test_minimum_below_may_be_left_to_a_person():
    policy = replace(POLICY, thresholds=minimum(usd(5_000), below=Shortfall.REVIEW))

    assert reasons(decide(case(claim(amount=usd(100))), policy, SOON)) == ["minimum_doubtful"]
