"""Values that people do type: a date that means "for ever", a customer called N/A, an amount with too many zeros."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.cases import Command, CommandKind
from rules.decide import decide
from rules.money import fixed_rates
from rules.primitives.priority import Priority
from rules.records import Customer, Money, Status, Window
from rules.span import Span
from rules.windows import before, end_of, end_of_day, is_within_lookback, last_day, local_date
from tests.rules.build import (
    CONTOSO,
    POLICY,
    REVIEW,
    SAME,
    case,
    claim,
    flags,
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
)

MINE = claim("2026-03-02T10:00:00Z")
NEXT_DAY = utc("2026-03-03T10:00:00Z")
ZONES = ("UTC", "Pacific/Kiritimati", "Pacific/Niue", "Europe/Berlin", "America/New_York")
SPANS = (Span(days=90), Span(months=36), Span(exact=timedelta(hours=24)))

days = st.one_of(st.dates(), st.just(date.max), st.just(date.min))
instants = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.just(datetime.max.replace(tzinfo=UTC)),
    st.just(datetime.min.replace(tzinfo=UTC)),
)


@given(day=days, moment=instants, span=st.sampled_from(SPANS), zone=st.sampled_from(ZONES))
def test_no_date_that_a_crm_can_hold_breaks_a_window(day, moment, span, zone):
    """Time before the first and after the last day of the calendar is held at its edge."""
    assert end_of(span, moment, zone) >= moment
    assert before(span, moment, zone) <= moment
    assert end_of_day(day, zone).tzinfo is not None
    assert isinstance(local_date(moment, zone), date)
    assert is_within_lookback(day, span, moment, zone) in (True, False)


@pytest.mark.parametrize("zone", ZONES)
def test_protection_for_ever_keeps_its_last_day(zone):
    """31 December 9999 is how people write "no end"; it comes back as the same day."""
    window = Window(start=utc("2026-01-01T00:00:00Z"), end=end_of_day(date.max, zone))

    assert last_day(window, zone) == date.max


def test_purchase_dated_at_the_end_of_time_is_a_purchase():
    bought = opportunity(
        "2026-01-01T09:00:00Z", is_closed=True, is_won=True, close_on=date.max, modified="2026-01-02T00:00:00Z"
    )

    decision = decide(
        case(MINE, opportunities=(found(bought),), coverage=read_until("2026-03-03T09:00:00Z")), POLICY, NEXT_DAY
    )

    assert reasons(decision) == ["purchase_within_lookback"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_form_that_tells_an_impossible_time_stops_nothing(at):
    odd = replace(MINE, submitted_at=utc(at))
    policy = replace(POLICY, priority=Priority.SUBMITTED_AT, zone="Pacific/Kiritimati")

    assert decide(case(odd, registration(odd, priority_at=utc(at))), policy, NEXT_DAY).steps


def test_amount_with_sixty_digits_is_converted_all_the_same():
    huge = Money(amount=Decimal("9" * 60), currency="EUR")

    converted = fixed_rates({"EUR": Decimal("1.09")}).convert(huge, "USD", date(2026, 3, 2))

    assert converted is not None
    assert converted.amount > huge.amount


@pytest.mark.parametrize("name", ["N/A", "tbd", "Unknown", "-", "test"])
def test_customer_that_is_a_placeholder_is_missing(name):
    nobody = replace(MINE, customer=Customer(name=name))

    decision = decide(case(nobody), POLICY, NEXT_DAY)

    assert reasons(decision) == ["missing_fields"]
    assert decision.extra["missing"] == ["customer"]


def test_two_customers_that_nobody_named_are_not_one_deal():
    """Where the policy asks for no customer, a claim without one shares no key with another."""
    policy = replace(POLICY, intake=replace(POLICY.intake, required_fields=("amount",)))
    keys = {
        decide(case(replace(claim(number=number), customer=Customer(name="N/A"))), policy, NEXT_DAY).deal_key
        for number in (1, 2)
    }

    assert len(keys) == 2


ACME = Customer(name="Acme GmbH", country="DE")  # no domain: the name alone never makes two customers the same
FIRST = replace(claim("2026-03-01T10:00:00Z", number=2), customer=ACME, partner=partner(CONTOSO))
THEIRS = registered(FIRST, start="2026-03-02T10:00:00Z", deal_key="n:acme:de|platform")
SECOND = replace(MINE, customer=ACME)
APPROVE = Command(kind=CommandKind.APPROVE, actor="005M", at=NEXT_DAY, source="command line", is_allowed=True)


def test_person_may_register_a_second_customer_of_the_same_name():
    """The claim is in review because the two may be one; a person who knows better is not told that the deal is taken."""
    waiting = registration(SECOND, Status.IN_REVIEW, reason="unsure_match")

    decision = decide(
        case(SECOND, waiting, rivals=(rival(FIRST, THEIRS, customer=REVIEW),), command=APPROVE), POLICY, NEXT_DAY
    )

    assert (statuses(decision), flags(decision), decision.proposal) == ([Status.REGISTERED], [], None)
    assert decision.deal_key != THEIRS.deal_key


def test_person_may_not_give_the_very_same_deal_to_two_partners():
    waiting = registration(SECOND, Status.IN_REVIEW, reason="unsure_match")

    decision = decide(
        case(SECOND, waiting, rivals=(rival(FIRST, THEIRS, customer=SAME),), command=APPROVE), POLICY, NEXT_DAY
    )

    assert flags(decision) == ["deal_is_held"]
