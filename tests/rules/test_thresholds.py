"""Least sizes of a deal: amounts, units, parts; per deal, order or product; and what meets them instead."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from rules.action import Unknown
from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition
from rules.measures import Lines, Per
from rules.money import fixed_rates
from rules.primitives.approval import Approval
from rules.primitives.rates import RateRules
from rules.primitives.thresholds import Shortfall, Threshold
from rules.records import Line, Money, Status
from tests.rules.build import POLICY, applied, case, claim, reasons, registration, statuses, usd, utc

NOW = utc("2026-03-02T10:05:00Z")
RATES = fixed_rates({"EUR": Decimal("1.09")})


def policy(*thresholds, **changes):
    return replace(POLICY, thresholds=thresholds, holding=None, **changes)


def line(**changes):
    money = changes.pop("amount", None)
    units = changes.pop("units", None)
    return Line(
        amount=usd(money) if money is not None else None,
        units=Decimal(units) if units is not None else None,
        **changes,
    )


def eur(amount):
    return Money(amount=Decimal(amount), currency="EUR")


def least(amount, **changes):
    return Threshold(**{"name": "minimum", "at_least": Choice.always(amount), **changes})


@pytest.mark.parametrize(
    ("threshold", "amount", "expected"),
    [
        (least(usd(25_000)), 25_000, Status.REGISTERED),
        (Threshold(name="m", more_than=Choice.always(usd(25_000))), 25_000, Status.REFUSED),  # Pelco: above, not from
        (Threshold(name="m", more_than=Choice.always(usd(25_000))), "25000.01", Status.REGISTERED),
    ],
)
def test_at_least_and_more_than(threshold, amount, expected):
    assert statuses(decide(case(claim(amount=usd(amount))), policy(threshold), NOW)) == [expected]


@pytest.mark.parametrize(
    ("country", "amount", "expected"),
    [("DE", eur(15_000), Status.REGISTERED), ("DE", usd(15_000), Status.REFUSED), ("US", usd(15_000), Status.REFUSED)],
)
def test_minimum_by_region_in_local_currency(country, amount, expected):
    """A deal in the threshold's own currency needs no rate; another one is converted at the policy's rate day."""
    local = Choice(
        (
            Row(eur(15_000), Condition("customer.country in {'DE', 'FR'}"), "DE, FR"),
            Row(usd(20_000)),
        )
    )
    deal = claim(amount=amount, customer=replace(claim().customer, country=country))
    decision = decide(case(deal, rates=RATES), policy(Threshold(name="minimum", at_least=local)), NOW)

    assert statuses(decision) == [expected]


def test_each_threshold_is_a_step_of_its_own_and_the_first_that_fails_decides():
    rules = (least(usd(1_000), name="small"), least(usd(50_000), name="large"), least(usd(90_000), name="huge"))
    decision = decide(case(), policy(*rules), NOW)

    asked = {each.rule: each.text for each in decision.steps if each.rule.startswith("threshold")}
    assert asked == {
        "threshold.small": "amount 20,000.00 USD >= 1,000.00 USD",
        "threshold.large": "amount 20,000.00 USD < 50,000.00 USD",
    }
    assert decision.deciding == "threshold.large"


@pytest.mark.parametrize(
    ("lines", "per", "expected"),
    [
        ((line(order="1", units=60), line(order="2", units=40)), Per.ORDER, Status.REFUSED),  # 100 units in two orders
        ((line(order="1", units=60), line(order="1", units=40)), Per.ORDER, Status.REGISTERED),
        ((line(order="1", units=60), line(order="2", units=40)), Per.DEAL, Status.REGISTERED),
        ((line(sku="A", units=60), line(sku="B", units=60)), Per.SKU, Status.REFUSED),
        ((line(sku="A", order="1", units=60), line(sku="A", order="2", units=60)), Per.SKU, Status.REGISTERED),
        ((line(sku="A", order="1", units=60), line(sku="A", order="2", units=60)), Per.SKU_IN_ORDER, Status.REFUSED),
        ((line(order="1", units=99), line(order="2")), Per.ORDER, Status.IN_REVIEW),  # not known how many
    ],
)
def test_units_per_order_and_product_number(lines, per, expected):
    decision = decide(case(claim(lines=lines)), policy(least(Decimal(100), per=per)), NOW)

    assert statuses(decision) == [expected]


@pytest.mark.parametrize(
    ("units", "expected"), [(100, Status.REGISTERED), (99, Status.REFUSED), (None, Status.IN_REVIEW)]
)
def test_units_of_the_form_where_the_deal_has_no_lines(units, expected):
    deal = claim(units=Decimal(units) if units is not None else None)

    for per in (Per.DEAL, Per.ORDER):
        assert statuses(decide(case(deal), policy(least(Decimal(100), per=per)), NOW)) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((line(product_class="emerging", amount=20_001), line(product_class="core", amount=10)), Status.REGISTERED),
        ((line(product_class="emerging", amount=20_000), line(product_class="core", amount=90_000)), Status.REFUSED),
        ((line(product_class="core", amount=90_000),), Status.REFUSED),
        ((), Status.IN_REVIEW),  # the deal does not tell which part is emerging technology
    ],
)
def test_a_part_of_the_deal_must_reach_it(lines, expected):
    """Check Point: the emerging part alone must exceed 20,000."""
    emerging = Threshold(
        name="emerging", more_than=Choice.always(usd(20_000)), lines=Lines(classes=frozenset({"Emerging"}))
    )

    assert statuses(decide(case(claim(lines=lines)), policy(emerging), NOW)) == [expected]


@pytest.mark.parametrize(("product", "expected"), [("Platform", Status.REGISTERED), ("Other", Status.REFUSED)])
def test_a_deal_without_lines_is_a_part_as_a_whole_or_not_at_all(product, expected):
    part = least(usd(10_000), lines=Lines(products=frozenset({product})))

    assert statuses(decide(case(), policy(part), NOW)) == [expected]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((line(sku="E1", product_class="enterprise", amount=1),), Status.REGISTERED),
        ((line(sku="S1", product_class="small", amount=1),), Status.REFUSED),
        ((), Status.REFUSED),  # nothing shows one
    ],
)
def test_an_enterprise_product_meets_it_instead(lines, expected):
    """Sophos: the regional amount, or at least one mid-market or enterprise product."""
    either = least(usd(50_000), unless=Condition("any_of(deal.product_classes, {'mid-market', 'enterprise'})"))

    decision = decide(case(claim(lines=lines)), policy(either), NOW)

    assert statuses(decision) == [expected]


@pytest.mark.parametrize(
    ("below", "status", "reason"),
    [
        (Shortfall.REFUSE, Status.REFUSED, "below_minimum"),
        (Shortfall.REVIEW, Status.IN_REVIEW, "minimum_doubtful"),
        (Shortfall.RETURN, Status.RETURNED, "below_minimum"),
        (Shortfall.UNNEEDED, Status.REFUSED, "registration_not_needed"),
    ],
)
def test_what_a_small_deal_meets(below, status, reason):
    decision = decide(case(), policy(least(usd(50_000), below=below)), NOW)

    assert (statuses(decision), reasons(decision)) == ([status], [reason])


def test_returned_deal_stays_returned_until_it_is_large_enough():
    small, rules = claim(), policy(least(usd(50_000), below=Shortfall.RETURN))
    held = applied(registration(small), decide(case(small), rules, NOW))
    later = utc("2026-03-05T10:00:00Z")
    assert not decide(case(small, held, claim_changed_at=later), rules, later).transitions

    grown = claim(amount=usd(60_000), modified_at=later)
    assert statuses(decide(case(grown, held, claim_changed_at=later), rules, later)) == [
        Status.RECEIVED,
        Status.REGISTERED,
    ]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (Unknown.REVIEW, Status.IN_REVIEW),
        (Unknown.REFUSE, Status.REFUSED),
        (Unknown.RETURN, Status.RETURNED),
        (Unknown.PASS, Status.REGISTERED),
    ],
)
def test_missing_rate_leads_where_the_policy_says(missing, expected):
    rules = policy(least(usd(5_000)), rates=RateRules(missing=missing), approval=Approval(auto_below=None))
    decision = decide(case(claim(amount=Money(amount=Decimal(9_000), currency="PLN"))), rules, NOW)

    assert statuses(decision) == [expected]
    assert any("no rate from PLN to USD" in each.text for each in decision.steps)


def test_threshold_with_a_condition_is_asked_only_where_it_holds():
    rules = policy(least(usd(50_000), when=Condition("deal.segment == 'enterprise'")))

    assert statuses(decide(case(), rules, NOW)) == [Status.REGISTERED]
    enterprise = claim(facts={"segment": "enterprise"})
    assert statuses(decide(case(enterprise), rules, NOW)) == [Status.REFUSED]
