"""How soon the partner hears: the clock for the answer, research that moves it once, and who is told when it is late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rules.cases import Command, CommandKind
from rules.choice import Choice, Row
from rules.expression import Condition
from rules.primitives.answer import Answer, ClockStart, Escalation
from rules.primitives.approval import Approval
from rules.records import Status
from rules.span import Calendar, Span
from tests.rules.build import POLICY, claim, flags, lived, partner, reasons, registration, utc

FRIDAY = claim("2026-03-06T17:00:00Z")
HOLIDAY = Calendar(holidays=frozenset({date(2026, 3, 9)}))


def promising(within: Span | Choice[Span] | None, **changes: Any):
    choice = Choice.always(within) if isinstance(within, Span) else within
    return replace(
        POLICY, calendar=HOLIDAY, approval=Approval(is_automatic=False), answer=Answer(within=choice, **changes)
    )


def due(decision, kind: str = "answer_due"):
    return [each.at for each in decision.deadlines if each.kind == kind]


def command(kind: CommandKind, at: str, **changes: Any) -> Command:
    return Command(kind=kind, actor="005A", at=utc(at), source="command line", **{"is_allowed": True, **changes})


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        (Span(working=timedelta(hours=48)), "2026-03-17T17:00:00Z"),  # counted from Tuesday 09:00 on
        (Span(working_days=3), "2026-03-12T17:00:00Z"),
        (Span(exact=timedelta(hours=2)), "2026-03-06T19:00:00Z"),
        (Span(days=30), "2026-04-06T00:00:00Z"),
    ],
)
def test_answer_is_due_as_promised(within, expected):
    decision, held = lived(registration(FRIDAY), FRIDAY, promising(within), "2026-03-06T17:05:00Z")

    assert due(decision) == [utc(expected)]
    before, _ = lived(held, FRIDAY, promising(within), expected.replace("00Z", "00Z"))
    assert "answer_overdue" in flags(before)
    assert not due(before)


def test_promise_differs_by_tier_and_is_none_where_no_row_holds():
    within = Choice((Row(Span(exact=timedelta(hours=2)), Condition("partner.tier == 'gold'"), "gold"),))
    gold = replace(FRIDAY, partner=partner(tier="gold"))

    assert due(lived(registration(gold), gold, promising(within), "2026-03-06T17:05:00Z")[0]) == [
        utc("2026-03-06T19:00:00Z")
    ]
    assert not due(lived(registration(FRIDAY), FRIDAY, promising(within), "2026-03-06T17:05:00Z")[0])
    assert not due(lived(registration(FRIDAY), FRIDAY, promising(None), "2026-03-06T17:05:00Z")[0])


def test_clock_starts_at_completeness_or_anew_when_a_returned_claim_comes_back():
    two_hours = Span(exact=timedelta(hours=2))
    completed = replace(FRIDAY, completed_at=utc("2026-03-06T20:00:00Z"))
    by_form = promising(two_hours, starts=ClockStart.COMPLETENESS)
    assert due(lived(registration(completed), completed, by_form, "2026-03-06T20:01:00Z")[0]) == [
        utc("2026-03-06T22:00:00Z")
    ]

    gappy = replace(FRIDAY, amount=None)
    for policy in (by_form, promising(two_hours)):
        first, held = lived(registration(gappy), gappy, policy, "2026-03-06T17:05:00Z")
        assert reasons(first) == ["missing_fields"]
        assert not first.deadlines  # it waits for the partner now
        back, _ = lived(held, FRIDAY, policy, "2026-03-08T10:01:00Z", claim_changed_at=utc("2026-03-08T10:00:00Z"))
        assert due(back) == [utc("2026-03-08T12:00:00Z")]


def test_research_moves_the_answer_once_and_leaves_the_claim_to_a_person():
    policy = replace(promising(Span(working_days=2), research_adds=Span(working_days=3)), approval=Approval())
    told = command(CommandKind.RESEARCH, "2026-03-10T10:00:00Z")
    _, held = lived(registration(FRIDAY), FRIDAY, policy, "2026-03-06T17:05:00Z")

    decision, held = lived(held, FRIDAY, policy, "2026-03-10T10:05:00Z", command=told)

    assert reasons(decision) == ["research_started"]
    assert due(decision) == [utc("2026-03-16T17:00:00Z")]  # Wednesday the 11th and three business days
    assert not lived(held, FRIDAY, policy, "2026-03-12T10:00:00Z")[0].transitions  # clean, but a person looks into it
    again, _ = lived(
        held, FRIDAY, policy, "2026-03-12T10:00:00Z", command=replace(told, at=utc("2026-03-12T09:00:00Z"))
    )
    assert "command_not_applicable" in flags(again)
    assert again.proposal is not None


def test_research_that_is_not_offered_is_a_proposal():
    told = command(CommandKind.RESEARCH, "2026-03-10T10:00:00Z")

    decision, _ = lived(registration(FRIDAY), FRIDAY, POLICY, "2026-03-10T10:05:00Z", command=told)

    assert reasons(decision) == ["command_proposed"]


def test_escalation_goes_from_level_to_level_and_research_moves_it():
    steps = (
        Escalation(after=Span(working_days=3), to="channel manager"),
        Escalation(after=Span(working_days=5), to="channel director"),
    )
    policy = promising(Span(working_days=2), escalations=steps, research_adds=Span(working_days=1))
    decision, held = lived(registration(FRIDAY), FRIDAY, policy, "2026-03-06T17:05:00Z")
    assert due(decision, "escalation") == [utc("2026-03-12T17:00:00Z"), utc("2026-03-16T17:00:00Z")]

    late, _ = lived(held, FRIDAY, policy, "2026-03-13T10:00:00Z")
    assert [(each.code, each.detail) for each in late.flags] == [
        ("answer_overdue", "an answer was due 2026-03-11 17:00Z"),
        ("escalated", "with channel manager since 2026-03-12 17:00Z"),
    ]
    assert due(late, "escalation") == [utc("2026-03-16T17:00:00Z")]
    moved, _ = lived(
        held, FRIDAY, policy, "2026-03-11T10:00:00Z", command=command(CommandKind.RESEARCH, "2026-03-11T09:00:00Z")
    )
    assert due(moved, "escalation") == [utc("2026-03-13T17:00:00Z"), utc("2026-03-17T17:00:00Z")]


def test_decided_claim_has_no_answer_to_wait_for():
    refused = registration(FRIDAY, Status.REFUSED, reason="below_minimum")

    assert not lived(refused, FRIDAY, promising(Span(days=1)), "2026-04-06T17:05:00Z")[0].flags
