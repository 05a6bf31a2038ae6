"""Programmes chosen by facts and dates, side by side for a while, and kept once a deal is registered under one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.choice import Choice
from rules.decide import decide
from rules.events import Event
from rules.expression import Condition, Formula, Type
from rules.policy import Policy
from rules.primitives.precedence import Precedence, Rung
from rules.primitives.programmes import DualRun, Effective, Programme
from rules.primitives.window import Protection
from rules.records import Status
from rules.span import Span
from rules.windows import last_day
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    case,
    claim,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    usd,
    utc,
    waits,
)

BASE = replace(POLICY, holding=None)
NOW = utc("2018-01-20T12:00:00Z")
READ = read_until("2018-01-20T11:59:00Z")


def lasting(days: int) -> Policy:
    return replace(BASE, protection=Protection(length=Choice.always(Span(days=days))))


def programme(name: str, days: int, when: str | None = None, **effective: object) -> Programme:
    condition = Condition(when) if when is not None else None
    return Programme(name=name, when=condition, effective=Effective(**effective), policy=lasting(days))  # type: ignore[arg-type]


def chosen(*programmes: Programme, at: str = "2018-01-10T10:00:00Z", now=NOW, held=None, **changes: object):
    rules = replace(BASE, programmes=programmes, outside=changes.pop("outside", Action.OFF))
    return decide(case(claim(at, **changes), held, coverage=READ), rules, now)


def test_the_first_programme_whose_condition_holds_decides():
    public = programme("public", 180, 'deal.origin == "vendor"')
    rest = programme("rest", 60)

    assert chosen(public, rest, origin="vendor").terms.programme == "public"
    assert chosen(public, rest, origin="partner").terms.programme == "rest"
    assert chosen(public, origin="partner").terms.programme == ""


def test_the_programme_gives_the_terms():
    decision = chosen(programme("long", 180))

    assert decision.terms.window is not None
    assert last_day(decision.terms.window, "UTC") == date(2018, 7, 19)


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2018-01-14T23:59:00Z", "old"), ("2018-01-15T00:00:00Z", "new"), ("2017-12-31T10:00:00Z", "")],
)
def test_dates_count_in_the_policys_zone_to_the_end_of_the_day(at, expected):
    old = programme("old", 60, since=date(2018, 1, 1), until=date(2018, 1, 14))
    new = programme("new", 60, since=date(2018, 1, 15))

    assert chosen(old, new, at=at).terms.programme == expected


@pytest.mark.parametrize("outside", [Action.REFUSE, Action.REVIEW])
def test_outside_of_all_programmes_nothing_is_registered_where_the_policy_says_so(outside):
    window = programme("window", 60, since=date(2013, 2, 7), until=date(2013, 6, 30))

    assert reasons(chosen(window, outside=outside)) == ["programme_none_applies"]
    assert reasons(chosen(window)) == ["approved_automatically"]


def test_what_counts_is_the_pricing_date():
    """S08: approved 2018-01-10, priced 2018-01-16: the new programme applies, not the old discount code."""
    old = programme("old", 60, by=Event.PRICING, until=date(2018, 1, 14))
    new = programme("new", 90, by=Event.PRICING, since=date(2018, 1, 15))
    deal = claim("2018-01-09T10:00:00Z")
    held = registered(deal, start="2018-01-10T10:00:00Z", programme="old")

    decision = chosen(old, new, at="2018-01-09T10:00:00Z", held=held, priced_at=utc("2018-01-16T09:00:00Z"))

    assert decision.terms.programme == "new"


@pytest.mark.parametrize(
    ("mode", "named", "expected"),
    [
        (DualRun.CLAIMED, "old", "old"),
        (DualRun.CLAIMED, None, "new"),
        (DualRun.EARLIER, None, "old"),
        (DualRun.LATER, "old", "new"),
    ],
)
def test_two_programmes_side_by_side(mode, named, expected):
    old = programme("old", 60, until=date(2018, 1, 14), dual_run_until=date(2018, 2, 28), dual_run=mode)
    new = programme("new", 90, since=date(2018, 1, 15))

    assert chosen(old, new, at="2018-01-16T10:00:00Z", programme=named).terms.programme == expected
    assert (
        chosen(old, new, at="2018-03-01T10:00:00Z", now=utc("2018-03-02T10:00:00Z"), programme=named).terms.programme
        == "new"
    )


def test_a_registered_deal_keeps_the_programme_of_its_terms():
    small = programme("small", 60, "deal.amount < 50,000 USD")
    large = programme("large", 180, "deal.amount >= 50,000 USD")
    deal = claim("2018-01-10T10:00:00Z")
    first = chosen(small, large)
    held = applied(registration(deal), first)

    again = chosen(small, large, held=held, amount=replace(deal.amount, amount=deal.amount.amount * 10))

    assert first.transitions[-1].status is Status.REGISTERED
    assert again.terms.programme == "small"
    assert not again.transitions


def test_deal_registered_without_a_programme_keeps_the_general_rules():
    """A partner that rises to gold, or a deal that grows, brings no other terms to what is registered already."""
    large = programme("large", 180, "deal.amount >= 50,000 USD")
    deal = claim("2018-01-10T10:00:00Z")
    first = chosen(large)
    held = applied(registration(deal), first)

    again = chosen(large, held=held, amount=replace(deal.amount, amount=deal.amount.amount * 10))

    assert first.transitions[-1].status is Status.REGISTERED
    assert again.terms.programme == ""
    assert [each.text for each in again.steps if each.rule == "programme"] == [
        "its terms were given under the general rules"
    ]


def test_a_programme_by_pricing_takes_nothing_from_one_that_goes_by_the_submission():
    """Elsewhere in the file a programme goes by the pricing; a registered deal that is not priced stays where it is."""
    small = programme("small", 60, "deal.amount < 50,000 USD")
    large = programme("large", 180, "deal.amount >= 50,000 USD")
    priced = programme("priced", 30, by=Event.PRICING, since=date(2030, 1, 1))
    deal = claim("2018-01-10T10:00:00Z")
    held = applied(registration(deal), chosen(priced, small, large))

    again = chosen(priced, small, large, held=held, amount=replace(deal.amount, amount=deal.amount.amount * 10))

    assert again.terms.programme == "small"


def test_claim_sent_in_again_is_asked_for_its_programme_anew():
    """Refused under one programme; when it comes again as a larger deal, the large deals' programme decides."""
    small = programme("small", 60, "deal.amount < 50,000 USD")
    large = programme("large", 180, "deal.amount >= 50,000 USD")
    deal = claim("2018-01-10T10:00:00Z", amount=usd(80_000))
    held = registration(
        deal, Status.REFUSED, reason="below_minimum", programme="small", status_since=utc("2018-01-11T10:00:00Z")
    )
    again = Command(kind=CommandKind.RESUBMIT, actor="partner", at=NOW, source="command line", is_allowed=True)
    rules = replace(BASE, programmes=(small, large))

    decision = decide(case(deal, held, coverage=read_until("2018-01-20T13:00:00Z"), command=again), rules, NOW)

    assert decision.terms.programme == "large"


def test_programme_is_claimed_in_whatever_case_it_is_typed():
    old = programme("Old code", 60, until=date(2018, 1, 14), dual_run_until=date(2018, 2, 28))
    new = programme("new", 90, since=date(2018, 1, 15))

    assert chosen(old, new, at="2018-01-16T10:00:00Z", programme="OLD CODE").terms.programme == "Old code"


def test_two_programmes_that_order_two_claims_otherwise_leave_it_to_a_person():
    """By the one the quicker claim is first, by the other the better: neither waits for the other for ever."""
    score = Formula("deal.reach", {"deal.reach": Type.NUMBER})
    better = replace(BASE, precedence=Precedence(ladder=(Rung.SCORE, Rung.FIRST), score=score))
    found = Programme(name="found", when=Condition('deal.origin == "partner"'), policy=BASE)
    sent = Programme(name="sent", when=Condition('deal.origin == "vendor"'), policy=better)
    rules = replace(BASE, programmes=(found, sent))
    quick = claim("2018-01-10T10:00:00Z", origin="vendor", facts={"reach": Decimal(1)})
    good = claim(
        "2018-01-10T11:00:00Z", number=2, partner=partner(CONTOSO), origin="partner", facts={"reach": Decimal(5)}
    )

    def asked(mine, other):
        held = rival(other, registration(other))
        return decide(case(mine, coverage=READ, rivals=(held,)), rules, NOW)

    assert reasons(asked(quick, good)) == reasons(asked(good, quick)) == ["tie"]
    alike = replace(good, facts={"reach": Decimal(0)})  # both find the quick one first
    assert reasons(asked(quick, alike)) == ["approved_automatically"]
    assert waits(asked(alike, quick)) == ["waiting_for_earlier_claim"]


def test_rival_without_a_place_in_its_own_programme_holds_nobody_up():
    needs = Condition('"meeting" in deal.evidence')
    shown = Programme(
        name="shown",
        when=Condition('deal.origin == "vendor"'),
        policy=replace(BASE, precedence=Precedence(needs=needs)),
    )
    rules = replace(BASE, programmes=(shown,))
    idle = claim("2018-01-10T10:00:00Z", origin="vendor", partner=partner(CONTOSO))
    mine = claim("2018-01-10T11:00:00Z", number=2, origin="partner")
    told = case(mine, coverage=READ, rivals=(rival(idle, registration(idle)),))

    assert reasons(decide(told, rules, NOW)) == ["approved_automatically"]
