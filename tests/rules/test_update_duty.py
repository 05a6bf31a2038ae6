"""The duty to report progress: what counts as progress, when it is due, and what a missed update leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rules.choice import Choice
from rules.expression import Condition
from rules.primitives.update_duty import Overdue, UpdateDuty
from rules.records import Standing, Status
from rules.span import Span
from tests.rules.build import (
    POLICY,
    claim,
    flags,
    found,
    lived,
    opportunity,
    partner,
    read_until,
    reasons,
    registered,
    usd,
    utc,
    waits,
)

MINE = claim("2026-02-28T10:00:00Z")
HELD = registered(
    MINE, start="2026-03-01T10:00:00Z"
)  # until the end of 30 May; an update is due by the end of 31 March
DUE = utc("2026-04-01T00:00:00Z")


def duty(overdue: Overdue = Overdue.EXPIRE, **changes: Any):
    return replace(POLICY, update_duty=UpdateDuty(every=Choice.always(Span(days=30)), overdue=overdue, **changes))


def deal(stage: str = "Proposal", modified: str = "2026-03-02T00:00:00Z", **changes: Any):
    return (found(opportunity("2026-03-01T12:00:00Z", stage=stage, modified=modified, **changes), is_linked=True),)


def begun(policy):
    return lived(HELD, MINE, policy, "2026-03-02T00:00:00Z", opportunities=deal())[1]


@pytest.mark.parametrize(
    ("overdue", "status", "reason"),
    [
        (Overdue.EXPIRE, Status.EXPIRED, "update_overdue"),
        (Overdue.RECAPTURE, Status.RECAPTURED, "recaptured_idle"),
        (Overdue.SUSPEND, Status.SUSPENDED, "update_missing"),
    ],
)
def test_missed_update_takes_effect_when_it_was_due(overdue, status, reason):
    policy = duty(overdue)
    before, held = lived(begun(policy), MINE, policy, "2026-03-31T23:59:59Z", opportunities=deal())
    assert not before.transitions
    assert ("update_due", DUE) in [(each.kind, each.at) for each in before.deadlines]

    decision, held = lived(held, MINE, policy, "2026-04-20T00:00:00Z", opportunities=deal())

    assert reasons(decision) == [reason]
    assert decision.transitions[0].at == DUE
    assert held.status is status
    if status is not Status.SUSPENDED:
        assert held.window is not None
        assert held.window.end == DUE  # others may register it from then on


@pytest.mark.parametrize("overdue", [Overdue.FLAG, Overdue.REVIEW])
def test_missed_update_may_only_be_shown(overdue):
    decision, _ = lived(begun(duty(overdue)), MINE, duty(overdue), "2026-04-20T00:00:00Z", opportunities=deal())

    assert not decision.transitions
    assert flags(decision) == ["update_overdue"]


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        (deal("Negotiation", "2026-03-20T09:00:00Z"), True),
        (deal("Proposal", "2026-03-20T09:00:00Z"), False),  # saved without any change
        (deal("Proposal", "2026-03-20T09:00:00Z", owner_user_id="005B"), False),
        (deal("Proposal", "2026-03-20T09:00:00Z", last_activity_on=date(2026, 3, 20)), True),
        (deal(None, "2026-03-20T09:00:00Z"), False),  # emptying a field tells nothing
    ],
)
def test_only_a_change_of_a_named_fact_is_progress(changed, counts):
    _, held = lived(begun(duty()), MINE, duty(), "2026-03-20T10:00:00Z", opportunities=changed)

    decision, _ = lived(held, MINE, duty(), "2026-04-05T00:00:00Z", opportunities=changed)

    assert reasons(decision) == ([] if counts else ["update_overdue"])
    if counts:
        assert ("update_due", utc("2026-04-20T00:00:00Z")) in [(each.kind, each.at) for each in decision.deadlines]


@pytest.mark.parametrize(
    ("amounts", "counts"),
    [((21_000,), False), ((22_000,), True), ((21_000, 22_000), True), ((18_000,), True), ((20_001, 20_000), False)],
)
def test_amount_counts_from_the_least_change_on_however_many_steps_it_takes(amounts, counts):
    """10 percent of 20,000, measured from the last progress."""
    policy, held = duty(least_change=10), begun(duty(least_change=10))
    for day, amount in enumerate(amounts, start=10):
        of = replace(MINE, amount=usd(amount), modified_at=utc(f"2026-03-{day}T09:00:00Z"))
        _, held = lived(held, of, policy, f"2026-03-{day}T10:00:00Z", opportunities=deal())

    decision, _ = lived(held, of, policy, "2026-04-05T00:00:00Z", opportunities=deal())

    assert ("update_overdue" in reasons(decision)) is not counts


def test_warning_comes_before_it_is_due_and_grace_after():
    policy = duty(grace=Span(days=5), warnings_before=(Span(days=7), Span(days=2)))
    held = begun(policy)
    kinds = lambda decision: [(each.kind, each.at) for each in decision.deadlines if each.kind.startswith("update")]  # noqa: E731

    early, held = lived(held, MINE, policy, "2026-03-24T00:00:00Z", opportunities=deal())
    assert flags(early) == []
    assert kinds(early) == [
        ("update_warning", utc("2026-03-25T00:00:00Z")),
        ("update_due", utc("2026-04-06T00:00:00Z")),
    ]
    warned, held = lived(held, MINE, policy, "2026-03-26T00:00:00Z", opportunities=deal())
    assert flags(warned) == ["update_due_soon"]
    late, held = lived(held, MINE, policy, "2026-04-02T00:00:00Z", opportunities=deal())
    assert flags(late) == ["update_overdue"]
    assert not late.transitions
    assert reasons(lived(held, MINE, policy, "2026-04-06T00:00:00Z", opportunities=deal())[0]) == ["update_overdue"]


def test_suspended_for_want_of_an_update_continues_with_the_next_progress():
    policy = duty(Overdue.SUSPEND)
    _, held = lived(begun(policy), MINE, policy, "2026-04-01T08:00:00Z", opportunities=deal())
    assert held.status is Status.SUSPENDED
    assert not lived(held, MINE, policy, "2026-04-05T00:00:00Z", opportunities=deal())[0].transitions

    moved = deal("Negotiation", "2026-04-10T09:00:00Z")
    decision, held = lived(held, MINE, policy, "2026-04-10T10:00:00Z", opportunities=moved)

    assert reasons(decision) == ["update_received"]
    assert held.window == HELD.window
    assert reasons(lived(held, MINE, policy, "2026-05-11T00:00:00Z", opportunities=moved)[0]) == ["update_missing"]


def test_suspended_deal_still_ends_with_its_window():
    policy = duty(Overdue.SUSPEND)
    decision, _ = lived(begun(policy), MINE, policy, "2026-06-20T00:00:00Z", opportunities=deal())

    assert [(each.status, each.at) for each in decision.transitions] == [
        (Status.EXPIRED, utc("2026-05-31T00:00:00Z")),
    ]


def test_duty_rests_while_the_partner_is_suspended_for_another_reason():
    policy, bad = duty(), replace(MINE, partner=partner(standing=Standing.SUSPENDED))
    _, held = lived(begun(policy), bad, policy, "2026-03-10T00:00:00Z", opportunities=deal())
    assert held.reason == "standing_lost"
    assert not lived(held, bad, policy, "2026-04-10T00:00:00Z", opportunities=deal())[0].transitions

    restored, held = lived(held, MINE, policy, "2026-04-15T00:00:00Z", opportunities=deal())

    assert reasons(restored) == ["standing_restored"]
    assert ("update_due", utc("2026-05-16T00:00:00Z")) in [(each.kind, each.at) for each in restored.deadlines]


def test_nothing_lapses_before_every_connection_is_read_past_the_due_time():
    behind = read_until("2026-03-31T20:00:00Z", "hubspot")
    decision, held = lived(begun(duty()), MINE, duty(), "2026-04-01T05:00:00Z", opportunities=deal(), coverage=behind)

    assert not decision.transitions
    assert waits(decision) == ["waiting_for_connection"]
    moved = deal("Negotiation", "2026-03-31T21:00:00Z")
    assert not lived(held, MINE, duty(), "2026-04-01T06:00:00Z", opportunities=moved)[0].transitions


@pytest.mark.parametrize(("when", "asked"), [("deal.amount > 50000 USD", False), ("deal.amount > 5000 USD", True)])
def test_duty_is_asked_only_where_its_condition_holds_and_may_have_its_own_reason(when, asked):
    policy = duty(when=Condition(when), reason="released_by_partner")
    _, held = lived(HELD, MINE, policy, "2026-03-02T00:00:00Z")

    assert reasons(lived(held, MINE, policy, "2026-04-05T00:00:00Z")[0]) == (["released_by_partner"] if asked else [])
