"""What follows the end: who may register again and when, and the lock after a win."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition, Type
from rules.policy import FactRule
from rules.primitives.after_end import AfterExpiry, AfterWin, Again
from rules.primitives.jurisdictions import Jurisdictions
from rules.records import Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    NORTHWIND,
    POLICY,
    case,
    claim,
    found,
    lived,
    opportunity,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    utc,
    waits,
)

OLD = claim("2026-03-01T10:00:00Z")
EXPIRED = registered(OLD, start="2026-03-03T10:00:00Z", status=Status.EXPIRED, reason="window_ended")  # 1 June
WON = registered(
    OLD, start="2026-03-03T10:00:00Z", status=Status.WON, reason="deal_won", ended_at=utc("2026-04-01T09:00:00Z")
)
READ = read_until("2030-01-01T00:00:00Z")
FACTS = (FactRule(name="customer.has_moved", type=Type.BOOL),)


def policy(**changes: Any):
    return replace(POLICY, holding=None, after_expiry=AfterExpiry(**changes))


def locked(**changes: Any):
    return replace(
        POLICY, holding=None, facts=FACTS, after_win=AfterWin(lock=Choice.always(Span(months=12)), **changes)
    )


def outcome(rules, at: str, partner_id: str = NORTHWIND, before=EXPIRED, **changes: Any):
    of = replace(claim(at, number=2, partner=partner(partner_id)), **changes.pop("claim", {}))
    told = case(of, rivals=(rival(OLD, before, **changes),), coverage=READ)
    return decide(told, rules, utc(at))


@pytest.mark.parametrize(
    ("again", "partner_id", "expected"),
    [
        (Again.ANYONE, NORTHWIND, "approved_automatically"),
        (Again.ANYONE, CONTOSO, "approved_automatically"),
        (Again.OTHERS, NORTHWIND, "not_again"),
        (Again.OTHERS, CONTOSO, "approved_automatically"),
        (Again.NOBODY, NORTHWIND, "not_again"),
        (Again.NOBODY, CONTOSO, "not_again"),
    ],
)
@pytest.mark.parametrize("ended", [Status.EXPIRED, Status.RECAPTURED])
def test_who_may_register_a_deal_again(again, partner_id, expected, ended):
    before = replace(EXPIRED, status=ended, ended_at=utc("2026-06-02T00:00:00Z"))

    assert reasons(outcome(policy(again=again), "2026-07-10T09:00:00Z", partner_id, before)) == [expected]


@pytest.mark.parametrize(
    ("at", "partner_id", "expected"),
    [
        ("2026-06-08T23:59:59Z", NORTHWIND, "cool_down"),  # 7 days after the end of 1 June
        ("2026-06-09T00:00:00Z", NORTHWIND, "approved_automatically"),
        ("2026-06-05T00:00:00Z", CONTOSO, "approved_automatically"),  # the deal is free for others at once
    ],
)
def test_cool_down_of_the_same_partner(at, partner_id, expected):
    decision = outcome(policy(cool_down=Span(days=7)), at, partner_id)

    assert reasons(decision) == [expected]
    if expected == "cool_down":
        assert decision.memory["told"]["free_from"] == "2026-06-09"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.WITHDRAWN, "cool_down"),
        (Status.LOST, "cool_down"),
        (Status.REFUSED, "cool_down"),  # revoked by a person: it had been registered
        (Status.SUPERSEDED, "approved_automatically"),
    ],
)
def test_cool_down_counts_from_whatever_ended_the_registration(status, expected):
    before = replace(EXPIRED, status=status, ended_at=utc("2026-05-01T09:00:00Z"))

    assert reasons(outcome(policy(cool_down=Span(days=7)), "2026-05-06T09:00:00Z", before=before)) == [expected]


def test_claim_that_was_never_registered_does_not_count():
    refused = registration(OLD, Status.REFUSED, reason="below_minimum", ended_at=utc("2026-06-01T00:00:00Z"))
    rules = policy(cool_down=Span(days=7), again=Again.NOBODY, times_max=1)

    assert reasons(outcome(rules, "2026-06-02T09:00:00Z", before=refused)) == ["approved_automatically"]


@pytest.mark.parametrize(("times", "expected"), [(1, "not_again"), (2, "approved_automatically")])
def test_how_often_one_partner_may_register_a_deal(times, expected):
    assert reasons(outcome(policy(times_max=times), "2026-07-10T09:00:00Z")) == [expected]
    assert reasons(outcome(policy(times_max=times), "2026-07-10T09:00:00Z", CONTOSO)) == ["approved_automatically"]


def test_person_may_decide_instead():
    rules = policy(cool_down=Span(days=7), otherwise=Action.REVIEW)

    assert reasons(outcome(rules, "2026-06-05T09:00:00Z")) == ["again_doubtful"]


def test_another_deal_of_the_same_customer_is_free():
    rules = policy(again=Again.NOBODY, cool_down=Span(days=7), grace=Span(days=30))

    assert reasons(outcome(rules, "2026-06-05T09:00:00Z", deal=DIFFERENT)) == ["approved_automatically"]


def test_claim_refused_for_a_cool_down_may_be_submitted_anew_after_it():
    rules, of = policy(cool_down=Span(days=7)), claim("2026-06-05T09:00:00Z", number=2)
    rivals = (rival(OLD, EXPIRED),)
    _, held = lived(registration(of), of, rules, "2026-06-05T09:05:00Z", rivals=rivals, coverage=READ)
    assert held.reason == "cool_down"

    def again(at: str):
        return Command(kind=CommandKind.RESUBMIT, actor=None, at=utc(at), source="command line")

    soon, held = lived(
        held, of, rules, "2026-06-06T09:05:00Z", rivals=rivals, coverage=READ, command=again("2026-06-06T09:00:00Z")
    )
    assert reasons(soon) == ["resubmitted", "cool_down"]
    late, held = lived(
        held, of, rules, "2026-06-10T09:05:00Z", rivals=rivals, coverage=READ, command=again("2026-06-10T09:00:00Z")
    )
    assert reasons(late) == ["resubmitted", "approved_automatically"]


def test_claim_refused_by_a_person_is_not_reopened_by_submitting_it_anew():
    of = claim("2026-06-05T09:00:00Z")
    no = Command(kind=CommandKind.REFUSE, actor="005A", at=utc("2026-06-05T10:00:00Z"), source="x", is_allowed=True)
    _, held = lived(registration(of), of, POLICY, "2026-06-05T10:05:00Z", command=no)
    again = replace(no, kind=CommandKind.RESUBMIT, at=utc("2026-06-06T10:00:00Z"))

    assert not lived(held, of, POLICY, "2026-06-06T10:05:00Z", command=again)[0].transitions


def test_nothing_is_refused_for_what_came_before_until_every_connection_is_read():
    of = claim("2026-06-05T09:00:00Z", number=2)
    told = case(of, rivals=(rival(OLD, EXPIRED),), coverage=read_until("2026-06-05T08:00:00Z"))

    assert waits(decide(told, policy(cool_down=Span(days=7)), utc("2026-06-05T09:05:00Z"))) == [
        "waiting_for_connection"
    ]


@pytest.mark.parametrize(
    ("at", "partner_id", "expected"),
    [
        ("2026-09-01T09:00:00Z", CONTOSO, "customer_locked"),
        ("2027-04-01T23:59:59Z", CONTOSO, "customer_locked"),
        ("2027-04-02T00:00:00Z", CONTOSO, "approved_automatically"),
        ("2026-09-01T09:00:00Z", NORTHWIND, "approved_automatically"),  # the winner itself may go on
    ],
)
def test_win_locks_the_deal_against_others(at, partner_id, expected):
    assert reasons(outcome(locked(), at, partner_id, WON)) == [expected]


def test_lock_ends_early_when_the_customer_moved():
    rules = locked(ends_when=Condition("customer.has_moved", {"customer.has_moved": Type.BOOL}))
    of = claim("2026-09-01T09:00:00Z", number=2)
    moved = {"customer": replace(of.customer, facts={"has_moved": True})}

    assert reasons(outcome(rules, "2026-09-01T09:00:00Z", CONTOSO, WON, claim=moved)) == ["approved_automatically"]
    assert reasons(outcome(rules, "2026-09-01T09:00:00Z", CONTOSO, WON)) == ["customer_locked"]


@pytest.mark.parametrize(
    ("memory", "activity", "expected"),
    [
        ({}, None, "approved_automatically"),  # nothing since the win on 1 April
        ({"progress": {"at": "2026-07-20T00:00:00+00:00", "facts": {}}}, None, "customer_locked"),
        ({}, date(2026, 8, 1), "customer_locked"),
        ({}, date(2026, 5, 1), "approved_automatically"),
    ],
)
def test_lock_ends_when_its_partner_is_idle(memory, activity, expected):
    before = replace(WON, memory=memory)
    of = claim("2026-09-01T09:00:00Z", number=2, partner=partner(CONTOSO))
    deals = (
        found(
            opportunity(
                "2026-03-05T00:00:00Z", last_activity_on=activity, is_closed=True, is_won=True, partner_id=NORTHWIND
            ),
            linked_registration_id=WON.registration_id,
        ),
    )
    told = case(of, rivals=(rival(OLD, before),), opportunities=deals, coverage=READ)
    rules = replace(locked(idle=Span(days=60)), newness=())

    assert reasons(decide(told, rules, utc("2026-09-01T09:00:00Z"))) == [expected]


def test_progress_after_a_win_is_remembered_where_an_idle_partner_loses_its_lock():
    rules = locked(idle=Span(days=60))
    _, held = lived(WON, OLD, rules, "2026-04-02T00:00:00Z")
    deals = (
        found(
            opportunity("2026-03-05T00:00:00Z", modified="2026-06-01T09:00:00Z", is_closed=True, is_won=True),
            is_linked=True,
        ),
    )

    _, held = lived(held, OLD, rules, "2026-06-01T10:00:00Z", opportunities=deals)

    assert held.memory["progress"]["at"] == "2026-06-01T09:00:00+00:00"


def test_lock_has_a_length_by_choice_and_a_reason_of_its_own():
    by_tier = Choice((Row(Span(days=10), Condition("partner.tier == 'gold'"), "gold"), Row(Span(months=12))))
    rules = replace(POLICY, holding=None, after_win=AfterWin(lock=by_tier, reason="registered_elsewhere"))

    assert reasons(outcome(rules, "2026-09-01T09:00:00Z", CONTOSO, WON)) == ["registered_elsewhere"]


def test_nobody_is_locked_out_where_law_forbids_exclusivity():
    open_to_all = Jurisdictions(equal_access=frozenset({"DE"}))
    rules = replace(locked(), jurisdictions=open_to_all, after_expiry=AfterExpiry(grace=Span(days=30)))

    assert outcome(rules, "2026-09-01T09:00:00Z", CONTOSO, WON).transitions[-1].status is Status.REGISTERED
    assert outcome(rules, "2026-06-05T09:00:00Z", CONTOSO, EXPIRED).transitions[-1].status is Status.REGISTERED


@pytest.mark.parametrize(
    ("winner", "claimant", "expected"), [("gold", "silver", "customer_locked"), ("silver", "gold", None)]
)
def test_lock_by_tier_is_that_of_the_winners_tier(winner, claimant, expected):
    """A gold partner's win locks for a year, any other for a month; who asks half a year later changes nothing."""
    lock = Choice((Row(Span(months=12), Condition("partner.tier == 'gold'"), "gold"), Row(Span(months=1))))
    rules = replace(POLICY, holding=None, after_win=AfterWin(lock=lock))
    won = replace(OLD, partner=partner(NORTHWIND, tier=winner))
    mine = claim("2026-09-01T09:00:00Z", number=2, partner=partner(CONTOSO, tier=claimant))

    decision = decide(case(mine, rivals=(rival(won, WON),), coverage=READ), rules, utc("2026-09-01T09:00:00Z"))

    assert reasons(decision) == [expected or "approved_automatically"]
