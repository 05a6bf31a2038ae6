"""Extensions: asked for by the partner or given by a person, how many, when, on what condition and by whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.choice import Choice
from rules.expression import Condition, Type
from rules.policy import FactRule
from rules.primitives.extension import Asked, Extension
from rules.records import Request, Standing, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    POLICY,
    claim,
    flags,
    lived,
    partner,
    reasons,
    registered,
    rival,
    utc,
)

MINE = claim("2026-02-28T10:00:00Z")
HELD = registered(MINE, start="2026-03-01T10:00:00Z")  # until the end of 30 May
DAYS_30 = Choice.always(Span(days=30))
PROGRESS = Condition("deal.progress_shown", {"deal.progress_shown": Type.BOOL})
FACTS = (FactRule(name="deal.progress_shown", type=Type.BOOL),)


def policy(**changes: Any):
    return replace(POLICY, facts=FACTS, extension=Extension(**{"length": DAYS_30, "is_automatic": True, **changes}))


def asking(at: str, kind: str = "extension", **facts: Any):
    return replace(MINE, request=Request(kind=kind, at=utc(at)), facts=facts)


def command(at: str = "2026-05-01T09:00:00Z", *roles: str, **changes: Any) -> Command:
    return Command(
        kind=CommandKind.EXTEND,
        at=utc(at),
        source="command line",
        roles=frozenset(roles),
        **{"actor": "005A", "is_allowed": True, **changes},
    )


def test_request_in_time_is_granted_once():
    of = asking("2026-05-10T09:00:00Z")
    granted, held = lived(HELD, of, policy(), "2026-05-10T09:05:00Z")

    assert reasons(granted) == ["extension_granted"]
    assert granted.transitions[0].at == utc("2026-05-10T09:00:00Z")
    assert held.window is not None
    assert held.window.end == utc("2026-06-30T00:00:00Z")
    assert held.extension_count == 1
    again, held = lived(held, asking("2026-06-01T09:00:00Z"), policy(), "2026-06-01T09:05:00Z")
    assert reasons(again) == ["extension_granted"]  # another request
    assert held.extension_count == 2


@pytest.mark.parametrize(
    ("changes", "at", "expected"),
    [
        ({"asked": Asked.BEFORE_END}, "2026-05-30T23:59:00Z", "extension_granted"),
        ({"asked": Asked.BEFORE_END}, "2026-05-31T00:00:00Z", None),
        ({"asked": Asked.AFTER_END}, "2026-05-30T23:59:00Z", None),
        ({"asked": Asked.AFTER_END}, "2026-05-31T00:00:00Z", "extension_granted"),
        ({"late_by": Span(days=7)}, "2026-06-06T23:59:00Z", "extension_granted"),
        ({"late_by": Span(days=7)}, "2026-06-07T00:00:00Z", None),
        ({"max": 1}, "2026-05-10T00:00:00Z", None),  # it was extended once
        ({"length": None}, "2026-05-10T00:00:00Z", None),
    ],
)
@pytest.mark.parametrize("otherwise", [Action.REFUSE, Action.REVIEW])
def test_when_and_how_often_it_may_be_asked_for(changes, at, expected, otherwise):
    before = replace(HELD, extension_count=1)

    decision, _ = lived(before, asking(at), policy(otherwise=otherwise, **changes), at)

    if expected is not None:
        assert reasons(decision)[0] == expected
    else:
        assert "extension_granted" not in reasons(decision)
        code = (
            "extension_refused" if otherwise is Action.REFUSE and changes != {"length": None} else "extension_requested"
        )
        assert code in flags(decision)


def test_request_made_in_time_and_read_after_the_end_still_counts():
    """It is answered before the protection expires, by the time at which it was asked."""
    decision, held = lived(HELD, asking("2026-05-30T20:00:00Z"), policy(asked=Asked.BEFORE_END), "2026-05-31T08:00:00Z")

    assert reasons(decision) == ["extension_granted"]
    assert held.status is Status.REGISTERED


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"progress_shown": True}, None),
        ({"progress_shown": False}, "extension_refused"),
        ({}, "extension_requested"),  # unknown: a person decides
    ],
)
def test_condition_of_an_extension(facts, code):
    of = asking("2026-05-10T09:00:00Z", **facts)

    decision, held = lived(HELD, of, policy(when=PROGRESS, otherwise=Action.REFUSE), "2026-05-10T09:05:00Z")

    assert flags(decision) == ([code] if code else [])
    assert held.extension_count == (0 if code else 1)


def test_request_left_to_a_person_is_shown_until_it_is_answered():
    of, manual = asking("2026-05-29T09:00:00Z"), policy(is_automatic=False, asked=Asked.BEFORE_END)
    decision, held = lived(HELD, of, manual, "2026-05-29T09:05:00Z")
    assert "extension_requested" in flags(decision)
    assert "extension_requested" in flags(lived(held, of, manual, "2026-05-30T09:05:00Z")[0])
    assert "extension_requested" not in flags(lived(held, MINE, manual, "2026-05-30T09:05:00Z")[0])  # taken back

    _, expired = lived(held, of, manual, "2026-05-31T09:05:00Z")
    assert expired.status is Status.EXPIRED
    answered, extended = lived(expired, of, manual, "2026-06-02T09:05:00Z", command=command("2026-06-02T09:00:00Z"))
    assert reasons(answered) == ["extended_by_person"]  # it was asked for before the end
    assert not flags(lived(extended, of, manual, "2026-06-02T10:00:00Z")[0])


def test_request_for_an_expired_deal_that_others_hold_is_shown():
    expired = replace(HELD, status=Status.EXPIRED, reason="window_ended", status_since=HELD.window.end)
    other = claim("2026-06-01T10:00:00Z", number=2, partner=partner(CONTOSO))
    rivals = (rival(other, registered(other, start="2026-06-01T12:00:00Z")),)

    decision, _ = lived(expired, asking("2026-06-03T09:00:00Z"), policy(), "2026-06-03T09:05:00Z", rivals=rivals)

    assert not decision.transitions
    assert "deal_is_held" in flags(decision)


def test_only_the_named_roles_extend():
    manual = policy(is_automatic=False, by=frozenset({"channel manager"}))

    kept, _ = lived(HELD, MINE, manual, "2026-05-01T09:05:00Z", command=command())
    assert flags(kept) == ["approver_needed"]
    done, _ = lived(
        HELD, MINE, manual, "2026-05-01T09:05:00Z", command=command("2026-05-01T09:00:00Z", "channel manager")
    )
    assert reasons(done) == ["extended_by_person"]


def test_suspended_registration_is_extended_and_keeps_resting_for_its_reason():
    bad = replace(asking("2026-05-10T09:00:00Z"), partner=partner(standing=Standing.SUSPENDED))
    before = replace(HELD, status=Status.SUSPENDED, reason="standing_lost")

    decision, held = lived(before, bad, policy(), "2026-05-10T09:05:00Z")

    assert (held.status, held.reason, held.extension_count) == (Status.SUSPENDED, "standing_lost", 1)
    assert decision.terms.window is not None
    assert decision.terms.window.end == utc("2026-06-30T00:00:00Z")


@pytest.mark.parametrize("status", [Status.HOLDING, Status.REGISTERED, Status.SUSPENDED])
def test_partner_gives_its_registration_back(status):
    before = replace(HELD, status=status, reason="standing_lost" if status is Status.SUSPENDED else "holding")

    decision, held = lived(before, asking("2026-03-05T09:00:00Z", "withdrawal"), POLICY, "2026-03-05T09:05:00Z")

    assert reasons(decision) == ["released_by_partner"]
    assert held.status is Status.WITHDRAWN
    assert decision.transitions[0].actor == "partner:PTR-NORTHWIND"


def test_request_for_something_unknown_or_of_another_time_is_left_alone():
    for of in (
        asking("2026-05-10T09:00:00Z", "more coffee"),
        asking("2027-05-10T09:00:00Z"),
        asking("2026-01-01T09:00:00Z"),
    ):
        decision, _ = lived(HELD, of, policy(), "2026-05-11T09:05:00Z")
        assert not decision.transitions
        assert not flags(decision)
