"""What people command by editing the status in a CRM: followed or kept as a proposal; never lost, never doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from rules.cases import Command, CommandKind
from rules.choice import Choice
from rules.decide import decide
from rules.policy import CommandRules
from rules.primitives.extension import Extension
from rules.records import Registration, Standing, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    NORTHWIND,
    POLICY,
    applied,
    case,
    claim,
    flags,
    partner,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    usd,
    utc,
)

MINE = claim("2026-03-02T10:00:00Z")
AT = utc("2026-03-10T09:00:00Z")
NOW = utc("2026-03-10T09:05:00Z")
OPEN = (Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW, Status.RETURNED)


def command(kind: CommandKind, *, allowed: bool = True, at: datetime = AT, **changes: Any) -> Command:
    values: dict[str, Any] = {"actor": "005MANAGER", "source": f"salesforce Status__c ({kind})", "is_allowed": allowed}
    return Command(kind=kind, at=at, **{**values, **changes})


def held(status: Status) -> Registration:
    """MINE as it may stand, always for a reason that the rules themselves no longer hold against it."""
    if status in (Status.REGISTERED, Status.SUSPENDED, Status.WON, Status.EXPIRED):
        return registered(MINE, start="2026-03-03T10:00:00Z", status=status)
    reason = {
        Status.IN_REVIEW: "reopened_by_person",
        Status.RETURNED: "returned_by_person",
        Status.REFUSED: "refused_by_person",
        Status.SUPERSEDED: "own_repeat",
        Status.WITHDRAWN: "withdrawn_by_person",
        Status.LOST: "deal_lost",
    }.get(status, str(status))
    return registration(MINE, status, reason=reason)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        *((CommandKind.APPROVE, each, Status.REGISTERED) for each in OPEN),
        (CommandKind.APPROVE, Status.REFUSED, Status.REGISTERED),
        (CommandKind.APPROVE, Status.WITHDRAWN, Status.REGISTERED),
        (CommandKind.APPROVE, Status.EXPIRED, Status.REGISTERED),
        *((CommandKind.REFUSE, each, Status.REFUSED) for each in (*OPEN, Status.REGISTERED, Status.SUSPENDED)),
        *((CommandKind.RETURN, each, Status.RETURNED) for each in OPEN if each is not Status.RETURNED),
        *((CommandKind.WITHDRAW, each, Status.WITHDRAWN) for each in (*OPEN, Status.REGISTERED)),
        *(
            (CommandKind.REOPEN, each, Status.IN_REVIEW)
            for each in (Status.REFUSED, Status.RETURNED, Status.EXPIRED, Status.LOST)
        ),
    ],
)
def test_allowed_command_is_followed_and_names_the_person(kind, status, expected):
    decision = decide(case(MINE, held(status), command=command(kind)), POLICY, NOW)

    assert expected in statuses(decision)
    move = next(each for each in decision.transitions if each.status is expected)
    assert move.actor == "person:005MANAGER"
    assert move.at == AT
    assert decision.proposal is None


@pytest.mark.parametrize("kind", [each for each in CommandKind if each is not CommandKind.ADOPT])
@pytest.mark.parametrize("status", list(Status))
def test_seeing_a_command_twice_changes_nothing_more(kind, status):
    """The CRM shows the person's value until our own is written back: the command may be read again."""
    before = held(status)
    standing = Standing.SUSPENDED if status is Status.SUSPENDED else Standing.GOOD
    told = case(replace(MINE, partner=partner(standing=standing)), before, command=command(kind))
    first = decide(told, POLICY, NOW)

    again = decide(replace(told, registration=applied(before, first)), POLICY, NOW)

    assert not again.transitions
    assert again.terms == first.terms


@pytest.mark.parametrize("kind", [CommandKind.APPROVE, CommandKind.REFUSE, CommandKind.RETURN, CommandKind.WITHDRAW])
@pytest.mark.parametrize("actor", [None, "005STRANGER"])
def test_command_of_someone_unknown_or_not_allowed_becomes_a_proposal_in_review(kind, actor):
    told = command(kind, allowed=False, actor=actor)

    decision = decide(case(MINE, held(Status.HOLDING), command=told), POLICY, NOW)

    assert reasons(decision) == ["command_proposed"]
    assert decision.proposal == told
    assert "command_not_allowed" in flags(decision)
    waiting = applied(held(Status.HOLDING), decision)
    assert not decide(case(MINE, waiting), POLICY, NOW).transitions  # rules leave it to a person now


def test_actor_unknown_is_a_proposal_even_where_everyone_may_command():
    told = command(CommandKind.APPROVE, actor=None, allowed=True)

    assert decide(case(MINE, held(Status.HOLDING), command=told), POLICY, NOW).proposal == told


def test_not_allowed_command_on_a_registered_deal_is_only_shown():
    decision = decide(
        case(MINE, held(Status.REGISTERED), command=command(CommandKind.REFUSE, allowed=False)), POLICY, NOW
    )

    assert not decision.transitions
    assert flags(decision) == ["command_not_allowed"]
    assert decision.proposal is not None


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (CommandKind.RETURN, Status.REGISTERED),
        (CommandKind.REOPEN, Status.REGISTERED),
        (CommandKind.APPROVE, Status.SUSPENDED),
        (CommandKind.APPROVE, Status.LOST),
        (CommandKind.EXTEND, Status.REFUSED),
        (CommandKind.REFUSE, Status.WON),
    ],
)
def test_command_that_does_not_fit_is_a_proposal(kind, status):
    decision = decide(case(MINE, held(status), command=command(kind)), POLICY, NOW)

    assert "command_not_applicable" in flags(decision)
    assert decision.proposal is not None


def test_approval_does_not_wait_for_connections_or_limits():
    """A person decides with what they know; only automatic decisions wait."""
    large = replace(MINE, amount=usd(900_000))
    behind = read_until("2026-01-01T00:00:00Z")

    decision = decide(
        case(large, held(Status.IN_REVIEW), coverage=behind, command=command(CommandKind.APPROVE)), POLICY, NOW
    )

    assert statuses(decision) == [Status.REGISTERED]
    assert decision.terms.window is not None
    assert decision.terms.window.start == AT


def test_approval_cannot_give_one_deal_to_two_partners():
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    rivals = (rival(other, registered(other, start="2026-03-01T12:00:00Z")),)

    decision = decide(
        case(MINE, held(Status.REFUSED), rivals=rivals, command=command(CommandKind.APPROVE)), POLICY, NOW
    )

    assert not decision.transitions
    assert flags(decision) == ["deal_is_held"]


def test_approval_for_an_unknown_partner_is_a_proposal():
    nobody = replace(MINE, partner=None)

    decision = decide(case(nobody, registration(nobody), command=command(CommandKind.APPROVE)), POLICY, NOW)

    assert reasons(decision) == ["command_proposed"]
    assert "waiting_for_partner" in flags(decision)


def test_refusal_may_carry_a_reason_code_and_nothing_else():
    for reason, expected in (
        ("direct_deal_open", "direct_deal_open"),
        ("because", "refused_by_person"),
        (None, "refused_by_person"),
    ):
        decision = decide(
            case(MINE, held(Status.HOLDING), command=command(CommandKind.REFUSE, reason=reason)), POLICY, NOW
        )
        assert reasons(decision) == [expected]


def test_revoking_ends_the_protection_then():
    decision = decide(case(MINE, held(Status.REGISTERED), command=command(CommandKind.REFUSE)), POLICY, NOW)

    assert decision.terms.window is not None
    assert decision.terms.window.end == AT


@pytest.mark.parametrize(
    ("window_end", "expected"),
    [
        (None, "2026-08-31T00:00:00Z"),  # the policy's 90 days after 1 June, the last day
        ("2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    ],
)
def test_extension_moves_the_end_once(window_end, expected):
    before = held(Status.REGISTERED)
    told = command(CommandKind.EXTEND, window_end=utc(window_end) if window_end else None)

    decision = decide(case(MINE, before, command=told), POLICY, NOW)

    assert reasons(decision) == ["extended_by_person"]
    assert decision.terms.window is not None
    assert decision.terms.window.end == utc(expected)
    assert decision.extra["extension_count"] == 1


def test_extension_to_an_earlier_end_is_a_proposal():
    told = command(CommandKind.EXTEND, window_end=utc("2026-04-01T00:00:00Z"))

    assert flags(decide(case(MINE, held(Status.REGISTERED), command=told), POLICY, NOW)) == ["command_not_applicable"]


def test_extensions_are_counted_against_the_policys_limit():
    policy = replace(POLICY, extension=Extension(max=1, length=Choice.always(Span(days=30))))
    before = replace(held(Status.REGISTERED), extension_count=1)

    assert flags(decide(case(MINE, before, command=command(CommandKind.EXTEND)), policy, NOW)) == [
        "command_not_applicable"
    ]


def test_expired_registration_is_extended_only_while_nobody_else_holds_the_deal():
    before = registered(MINE, start="2025-11-01T00:00:00Z", status=Status.EXPIRED)
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    rivals = (rival(other, registered(other, start="2026-03-01T12:00:00Z")),)

    assert statuses(decide(case(MINE, before, command=command(CommandKind.EXTEND)), POLICY, NOW)) == [Status.REGISTERED]
    assert flags(decide(case(MINE, before, rivals=rivals, command=command(CommandKind.EXTEND)), POLICY, NOW)) == [
        "deal_is_held"
    ]


def test_claim_returned_by_a_person_goes_on_once_the_partner_has_changed_it():
    before = replace(held(Status.RETURNED), status_since=AT)

    assert not decide(case(MINE, before), POLICY, NOW).transitions
    assert not decide(case(MINE, before, claim_changed_at=utc("2026-03-10T08:59:00Z")), POLICY, NOW).transitions
    back = decide(case(MINE, before, claim_changed_at=utc("2026-03-10T09:01:00Z")), POLICY, NOW)
    assert statuses(back) == [Status.RECEIVED, Status.HOLDING]
    assert statuses(decide(case(MINE, before, command=command(CommandKind.RESUBMIT, allowed=False)), POLICY, NOW)) == [
        Status.RECEIVED,
        Status.HOLDING,
    ]


def test_resubmitting_without_the_missing_fields_stays_returned():
    gappy = replace(MINE, amount=None)
    before = registration(gappy, Status.RETURNED, reason="missing_fields")

    assert not decide(case(gappy, before, command=command(CommandKind.RESUBMIT)), POLICY, NOW).transitions


@pytest.mark.parametrize("status", [Status.REGISTERED, Status.WON, Status.LOST, Status.REFUSED, Status.WITHDRAWN])
def test_adoption_takes_the_status_as_people_left_it(status):
    """No rule is asked: an amount below the minimum and missing fields do not matter any more."""
    small = replace(MINE, amount=usd(100), expected_close_on=None)
    told = command(CommandKind.ADOPT, actor=None, status=status, window_end=utc("2026-05-01T00:00:00Z"))

    decision = decide(case(small, registration(small), command=told), POLICY, NOW)

    assert statuses(decision) == [status]
    assert reasons(decision) == ["adopted"]
    if status is Status.REGISTERED:
        assert decision.terms.window is not None
        assert decision.terms.window.end == utc("2026-05-01T00:00:00Z")
        assert [each.kind for each in decision.deadlines] == ["warning", "window_end"]


def test_adoption_without_an_end_counts_the_policys_length_and_says_so():
    decision = decide(case(MINE, command=command(CommandKind.ADOPT)), POLICY, NOW)

    assert decision.terms.window is not None
    assert decision.terms.window.end == utc("2026-06-09T00:00:00Z")
    assert flags(decision) == ["adopted_without_end"]


def test_second_adopted_registration_of_one_deal_holds_nothing_and_is_shown():
    other = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    rivals = (rival(other, registered(other, start="2026-03-01T12:00:00Z")),)
    told = command(CommandKind.ADOPT, window_end=utc("2026-05-01T00:00:00Z"))

    decision = decide(case(MINE, rivals=rivals, command=told), POLICY, NOW)

    assert statuses(decision) == [Status.REGISTERED]
    assert not decision.terms.exclusive
    assert flags(decision) == ["adopted_conflict"]


def test_adopted_registration_whose_end_is_past_expires_by_the_clock():
    told = command(CommandKind.ADOPT, window_end=utc("2026-03-05T00:00:00Z"))

    assert statuses(decide(case(MINE, command=told), POLICY, NOW)) == [Status.REGISTERED, Status.EXPIRED]


@pytest.mark.parametrize(
    ("allowed", "actor", "aliases", "expected"),
    [
        ({"*"}, "005X", (), True),
        ({"*"}, None, (), False),
        ({"005X"}, "005X", (), True),
        ({"Channel Manager"}, "005X", ("Channel Manager",), True),
        ({"Channel Manager"}, "005X", ("Account Executive",), False),
        (set(), "005X", (), False),
    ],
)
def test_who_may_command(allowed, actor, aliases, expected):
    assert CommandRules(allowed=frozenset(allowed)).allows(actor, aliases=aliases) is expected


def test_partner_of_record_is_the_approved_claims():
    decision = decide(case(MINE, held(Status.IN_REVIEW), command=command(CommandKind.APPROVE)), POLICY, NOW)

    assert decision.terms.partner_id == NORTHWIND
