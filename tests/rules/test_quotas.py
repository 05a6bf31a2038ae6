"""Limits per partner: registrations at once, submissions in a period."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition
from rules.primitives.conversion import Conversions, Kind
from rules.primitives.programmes import Programme
from rules.primitives.quotas import Alike, Counts, Period, Quota, count, counted_at, period_of, wanted_counts
from rules.records import CrmRef, Status
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    case,
    claim,
    partner,
    reasons,
    registered,
    registration,
    statuses,
    utc,
    waits,
)

FRIDAY = "2026-03-06T15:00:00Z"
MONDAY = "2026-03-09T08:00:00Z"
CAPACITY = Quota(name="capacity", limit=Choice.always(25))
NOMINATIONS = Quota(name="nominations", counts=Counts.SUBMISSIONS, per=Period.WEEK, limit=Choice.always(35))


def policy(*quotas, **changes):
    return replace(POLICY, quotas=quotas, holding=None, **changes)


def others(number, at="2026-03-02T08:00:00Z", **changes):
    """So many registrations of the same partner for other deals."""
    of = [claim(at, number=f"x{each}") for each in range(number)]
    return [replace(registered(each, start=at), **changes) for each in of]


def counted(of, held, rules, known, **more):
    """The case with the answers out of the partner's other registrations."""
    return case(of, held, counts=count(wanted_counts(of, held, rules, **more), known))


def ask(rules, known, at=FRIDAY, **changes):
    mine = claim(at, **changes)
    return decide(counted(mine, registration(mine), rules, known), rules, utc(at))


@pytest.mark.parametrize(("number", "status"), [(24, Status.REGISTERED), (25, Status.REFUSED), (26, Status.REFUSED)])
def test_live_registrations_up_to_the_limit(number, status):
    assert statuses(ask(policy(CAPACITY), others(number))) == [status]


def test_full_quota_is_told_with_its_numbers_and_the_same_submission_may_come_again():
    """25 of 25: refused; after one is given back the same submission is accepted."""
    mine, rules, known = claim(FRIDAY), policy(CAPACITY), others(25)
    first = decide(counted(mine, registration(mine), rules, known), rules, utc(FRIDAY))
    assert reasons(first) == ["capacity_reached"]
    assert first.deciding == "quota.capacity"
    assert first.memory["told"] == {"count": 25, "limit": 25}
    assert any(each.text == "25 of 25 live registrations" for each in first.steps)

    held = applied(registration(mine), first)
    freed = [replace(known[0], status=Status.WITHDRAWN), *known[1:]]
    again = Command(kind=CommandKind.RESUBMIT, actor="p", at=utc(MONDAY), source="command line")
    told = replace(counted(mine, held, rules, freed, again_at=again.at), command=again)
    assert statuses(decide(told, rules, utc(MONDAY))) == [Status.RECEIVED, Status.REGISTERED]


def test_limit_by_tier_counts_only_what_is_alike():
    by_tier = Choice((Row(10, Condition("partner.tier == 'gold'")), Row(2)))
    quota = Quota(name="by product", limit=by_tier, alike=frozenset({Alike.PRODUCT}))
    other_product = [replace(each, product="Support, Storage") for each in others(2)]

    assert statuses(ask(policy(quota), others(2))) == [Status.REFUSED]
    assert statuses(ask(policy(quota), other_product)) == [Status.REGISTERED]
    assert statuses(ask(policy(quota), others(2), partner=partner(tier="gold"))) == [Status.REGISTERED]


def test_registrations_of_others_and_those_that_ended_do_not_count():
    known = [*others(20), *others(5, partner_id=CONTOSO), *others(5, status=Status.EXPIRED)]

    assert statuses(ask(policy(CAPACITY), known)) == [Status.REGISTERED]


def nominations(number, at="2026-03-03T08:00:00Z", **changes):
    of = [claim(at, number=f"n{each}") for each in range(number)]
    return [
        registration(each, **{"submitted_at": utc(at), "status": Status.REFUSED, "reason": "below_minimum", **changes})
        for each in of
    ]


def test_36th_nomination_of_a_week_is_refused_until_the_next():
    """35 from Monday to Friday, one more on Friday; the next week there is room."""
    rules = policy(NOMINATIONS)
    late = ask(rules, nominations(35))
    assert reasons(late) == ["capacity_reached"]
    assert late.memory["told"] == {"count": 35, "limit": 35, "free_from": "2026-03-09"}

    assert statuses(ask(rules, nominations(35), at=MONDAY)) == [Status.REGISTERED]
    assert statuses(ask(rules, nominations(34))) == [Status.REGISTERED]


def test_week_begins_on_monday_in_the_policys_zone():
    """Sunday evening in Los Angeles is Monday in UTC, and still belongs to the week before."""
    sunday = "2026-03-09T06:30:00Z"  # 23:30 on Sunday there
    rules = policy(NOMINATIONS, zone="America/Los_Angeles")

    assert statuses(ask(rules, nominations(35), at=sunday)) == [Status.REFUSED]
    assert statuses(ask(rules, nominations(35), at="2026-03-09T07:30:00Z")) == [Status.REGISTERED]


def test_submissions_refused_for_the_quota_and_later_ones_do_not_count():
    refused = nominations(30, reason="capacity_reached")
    later = nominations(30, at="2026-03-06T18:00:00Z")

    assert statuses(ask(policy(NOMINATIONS), [*nominations(34), *refused, *later])) == [Status.REGISTERED]


def test_submission_that_comes_again_counts_in_the_week_in_which_it_came_again():
    mine, rules, known = claim(FRIDAY), policy(NOMINATIONS), nominations(35)
    held = applied(registration(mine), decide(counted(mine, registration(mine), rules, known), rules, utc(FRIDAY)))
    again = Command(kind=CommandKind.RESUBMIT, actor="p", at=utc(MONDAY), source="command line")
    told = replace(counted(mine, held, rules, known, again_at=again.at), command=again)
    second = decide(told, rules, utc(MONDAY))

    assert statuses(second) == [Status.RECEIVED, Status.REGISTERED]
    assert counted_at(applied(held, second)) == utc(MONDAY)


def test_quota_that_waits_goes_on_by_itself_when_there_is_room():
    rules = policy(replace(NOMINATIONS, when_full=Action.WAIT))
    mine, known = claim(FRIDAY), nominations(35)
    first = decide(counted(mine, registration(mine), rules, known), rules, utc(FRIDAY))
    assert waits(first) == ["capacity_awaited"]
    assert [(each.kind, each.at) for each in first.deadlines if each.kind == "wait_over"] == [
        ("wait_over", utc("2026-03-09T00:00:00Z"))
    ]

    held = applied(registration(mine), first)
    soon = decide(counted(mine, held, rules, known), rules, utc("2026-03-07T00:00:00Z"))
    assert not soon.transitions
    assert waits(soon) == ["capacity_awaited"]
    assert statuses(decide(counted(mine, held, rules, known), rules, utc(MONDAY))) == [Status.REGISTERED]


def test_count_that_is_not_known_goes_to_a_person():
    mine = claim()

    assert reasons(decide(case(mine), policy(CAPACITY), utc(FRIDAY))) == ["quota_doubtful"]
    assert reasons(ask(policy(replace(CAPACITY, when_full=Action.REVIEW)), others(25))) == ["quota_doubtful"]


def test_programmes_quota_of_the_same_name_is_counted_apart():
    weekly = replace(NOMINATIONS, name="capacity")
    inner = replace(POLICY, quotas=(weekly,), holding=None)
    rules = policy(CAPACITY, programmes=(Programme(name="SMB", when=Condition("deal.segment == 'smb'"), policy=inner),))

    assert [each.key for each in wanted_counts(claim(), None, rules)] == ["capacity", "SMB/capacity"]
    known = [*nominations(35)]
    assert statuses(ask(rules, known, facts={"segment": "smb"})) == [Status.REFUSED]
    assert statuses(ask(rules, known)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.DAY, "2026-11-25T05:00:00Z", "2026-11-26T05:00:00Z"),
        (Period.WEEK, "2026-11-23T05:00:00Z", "2026-11-30T05:00:00Z"),
        (Period.MONTH, "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"),  # the clocks change in between
        (Period.QUARTER, "2026-10-01T04:00:00Z", "2027-01-01T05:00:00Z"),
        (Period.YEAR, "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"),
    ],
)
def test_periods_of_the_calendar(period, start, end):
    assert period_of(utc("2026-11-25T12:00:00Z"), period, "America/New_York") == (utc(start), utc(end))


def test_query_names_the_partner_and_nothing_where_no_quota_asks():
    assert wanted_counts(claim(), None, POLICY) == ()
    assert wanted_counts(claim(partner=None, partner_ref=CrmRef("a", "b", "c")), None, policy(CAPACITY)) == ()
    assert [each.partner_id for each in wanted_counts(claim(), None, policy(CAPACITY))] == ["PTR-NORTHWIND"]


@pytest.mark.parametrize(("kind", "number"), [("deal", 3), ("Deal", 3), (None, 3), ("account", 1)])
def test_partner_cannot_leave_the_quota_of_a_kind_by_leaving_the_kind_empty(kind, number):
    """A submission without a kind is of the first kind, in whatever case the CRM writes that."""
    kinds = Conversions(kinds=(Kind(name="deal"), Kind(name="account")))
    quota = replace(CAPACITY, alike=frozenset({Alike.KIND}))
    known = [replace(each, kind=name) for each, name in zip(others(4), (None, "deal", "DEAL", "account"), strict=True)]
    rules, mine = policy(quota, conversions=kinds), claim(FRIDAY, kind=kind)

    assert count(wanted_counts(mine, registration(mine), rules), known) == {"capacity": number}
