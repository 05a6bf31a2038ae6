"""Appeals and disputes: in time, the case goes back to a person with what it was; too late, it stays and is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.cases import Command, CommandKind
from rules.primitives.disputes import Appeals, From
from rules.records import Request, Status
from rules.span import Span
from tests.rules.build import POLICY, claim, flags, found, lived, opportunity, reasons, registered, registration, utc

MINE = claim("2026-03-02T10:00:00Z")
REFUSED = registration(MINE, Status.REFUSED, reason="below_minimum", status_since=utc("2026-03-03T10:00:00Z"))
WON = registered(
    MINE, start="2026-03-03T10:00:00Z", status=Status.WON, reason="deal_won", status_since=utc("2026-04-01T09:00:00Z")
)


def policy(**changes: Any):
    return replace(POLICY, appeals=Appeals(**changes))


def asking(kind: str, at: str, **changes: Any):
    return replace(MINE, request=Request(kind=kind, at=utc(at)), **changes)


def command(kind: CommandKind, at: str, *roles: str) -> Command:
    return Command(kind=kind, actor="005A", at=utc(at), source="command line", is_allowed=True, roles=frozenset(roles))


@pytest.mark.parametrize(
    ("changes", "at", "expected"),
    [
        ({"within": Span(working_days=5)}, "2026-03-10T16:59:00Z", True),  # Tuesday the 3rd and five business days
        ({"within": Span(working_days=5)}, "2026-03-10T17:00:00Z", False),
        ({"within": Span(days=5)}, "2026-03-08T23:59:59Z", True),
        ({"within": Span(days=5)}, "2026-03-09T00:00:00Z", False),
        ({"within": Span(days=5), "times_max": 0}, "2026-03-05T00:00:00Z", False),
        ({}, "2026-03-03T11:00:00Z", False),  # no appeals at all
    ],
)
def test_appeal_in_time_goes_to_a_person(changes, at, expected):
    by_request, held = lived(REFUSED, asking("appeal", at), policy(**changes), at)
    by_command, _ = lived(REFUSED, MINE, policy(**changes), at, command=command(CommandKind.APPEAL, at))

    if expected:
        assert reasons(by_request) == reasons(by_command) == ["appeal_opened"]
        assert held.status is Status.IN_REVIEW
        assert held.memory["before_review"] == {"status": "refused", "reason": "below_minimum"}
    else:
        assert not by_request.transitions
        assert not by_command.transitions
        assert flags(by_request) == flags(by_command) == ["appeal_too_late"]


def test_appeal_leaves_the_case_to_a_person_and_can_be_made_once():
    of, rules = asking("appeal", "2026-03-04T09:00:00Z"), policy(within=Span(days=5))
    _, held = lived(REFUSED, of, rules, "2026-03-04T09:05:00Z")
    assert not lived(held, of, rules, "2026-03-06T09:05:00Z")[0].transitions

    no = command(CommandKind.REFUSE, "2026-03-06T10:00:00Z")
    _, held = lived(held, of, rules, "2026-03-06T10:05:00Z", command=no)
    assert held.status is Status.REFUSED
    again, _ = lived(held, asking("appeal", "2026-03-07T09:00:00Z"), rules, "2026-03-07T09:05:00Z")
    assert flags(again) == ["appeal_too_late"]
    assert not again.transitions


def test_old_request_is_no_appeal_against_a_later_refusal():
    decision, _ = lived(
        REFUSED, asking("appeal", "2026-03-02T11:00:00Z"), policy(within=Span(days=5)), "2026-03-04T00:00:00Z"
    )

    assert not decision.transitions


def test_only_the_named_role_decides_on_an_appeal():
    of, rules = asking("appeal", "2026-03-04T09:00:00Z"), policy(within=Span(days=5), approver="channel director")
    _, held = lived(REFUSED, of, rules, "2026-03-04T09:05:00Z")

    for kind in (CommandKind.APPROVE, CommandKind.REFUSE):
        kept, _ = lived(
            held, of, rules, "2026-03-05T09:05:00Z", command=command(kind, "2026-03-05T09:00:00Z", "seller")
        )
        assert "approver_needed" in flags(kept)
        assert kept.proposal is not None
    yes = command(CommandKind.APPROVE, "2026-03-05T09:00:00Z", "channel director")
    assert lived(held, of, rules, "2026-03-05T09:05:00Z", command=yes)[1].status is Status.REGISTERED


@pytest.mark.parametrize(
    ("start", "facts", "at", "expected"),
    [
        (From.DECISION, {}, "2026-04-16T23:59:59Z", True),  # decided on 1 April
        (From.DECISION, {}, "2026-04-17T00:00:00Z", False),
        (From.CLOSE, {}, "2026-04-14T23:59:59Z", True),  # closed on 30 March
        (From.CLOSE, {}, "2026-04-15T00:00:00Z", False),
        (From.PAYOUT, {"paid_out_at": utc("2026-05-10T09:00:00Z")}, "2026-05-25T23:59:59Z", True),
        (From.PAYOUT, {"paid_out_at": utc("2026-05-10T09:00:00Z")}, "2026-05-26T00:00:00Z", False),
        (From.PAYOUT, {}, "2026-12-01T00:00:00Z", True),  # not paid yet
    ],
)
def test_dispute_has_a_window_tied_to_decision_close_or_payout(start, facts, at, expected):
    deals = (
        found(
            opportunity(
                "2026-03-04T00:00:00Z",
                is_closed=True,
                is_won=True,
                modified="2026-04-01T09:00:00Z",
                close_on=date(2026, 3, 30),
            ),
            is_linked=True,
        ),
    )
    rules = policy(dispute_within=Span(days=15), dispute_from=start)

    decision, held = lived(WON, asking("dispute", at, facts=facts), rules, at, opportunities=deals)

    if expected:
        assert reasons(decision) == ["dispute_opened"]
        assert held.memory["before_review"] == {"status": "won", "reason": "deal_won"}
        assert held.window == WON.window
    else:
        assert not decision.transitions
        assert flags(decision) == ["dispute_too_late"]


def test_dispute_that_changes_nothing_gives_the_win_back():
    of, rules = asking("dispute", "2026-04-05T09:00:00Z"), policy(dispute_within=Span(days=15))
    _, held = lived(WON, of, rules, "2026-04-05T09:05:00Z")

    decision, held = lived(
        held, of, rules, "2026-04-06T09:05:00Z", command=command(CommandKind.APPROVE, "2026-04-06T09:00:00Z")
    )

    assert reasons(decision) == ["deal_won"]
    assert (held.status, held.window) == (Status.WON, WON.window)


def test_dispute_over_a_protected_deal_is_shown_and_the_protection_stays():
    registered_deal = registered(MINE, start="2026-03-03T10:00:00Z")
    rules = policy(dispute_within=Span(days=15), dispute_from=From.DECISION)

    decision, held = lived(registered_deal, asking("dispute", "2026-03-05T09:00:00Z"), rules, "2026-03-05T09:05:00Z")
    assert (held.status, flags(decision)) == (Status.REGISTERED, ["dispute_opened"])
    by_command = command(CommandKind.DISPUTE, "2026-03-05T09:00:00Z")
    decision, held = lived(registered_deal, MINE, rules, "2026-03-05T09:05:00Z", command=by_command)
    assert (held.status, flags(decision)) == (Status.REGISTERED, ["dispute_opened"])


def test_no_disputes_where_the_policy_hears_none():
    decision, _ = lived(WON, asking("dispute", "2026-04-05T09:00:00Z"), POLICY, "2026-04-05T09:05:00Z")

    assert flags(decision) == ["dispute_too_late"]
