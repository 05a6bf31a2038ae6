"""Which claims are registered without a person, whose approval the others need, and who may end a registration."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rules.cases import Command, CommandKind
from rules.choice import Choice, Row
from rules.expression import Condition
from rules.primitives.approval import Approval
from rules.reasons import Reason
from rules.records import Money, Status
from tests.rules.build import POLICY, claim, flags, lived, partner, reasons, registered, registration, usd, utc

MINE = claim("2026-03-02T10:00:00Z")
HELD = registered(MINE, start="2026-03-03T10:00:00Z")
NOW = "2026-03-10T09:05:00Z"
BY_UNITS = Choice(
    (
        Row("manager", Condition("deal.units >= 5000"), "5000.."),
        Row("anyone", Condition("deal.units >= 100"), "100..4999"),
    )
)


def policy(**changes: Any):
    return replace(POLICY, holding=None, approval=Approval(**changes))


def command(kind: CommandKind, *roles: str, **changes: Any) -> Command:
    values: dict[str, Any] = {
        "actor": "005A",
        "source": "command line",
        "is_allowed": True,
        "at": utc("2026-03-10T09:00:00Z"),
    }
    return Command(kind=kind, roles=frozenset(roles), **{**values, **changes})


def new(of=MINE, **changes: Any):
    return registration(of, **changes), of


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "approved_automatically"),
        ({"is_automatic": False}, "no_automatic_approval"),
        ({"automatic_when": Condition("partner.tier == 'gold'")}, "no_automatic_approval"),  # unknown tier: a person
        ({"automatic_when": Condition("deal.amount < 30000 USD")}, "approved_automatically"),
        ({"automatic_when": Condition("deal.amount < 10000 USD")}, "no_automatic_approval"),
        ({"auto_below": Choice.always(usd(20_000))}, "above_automatic_limit"),
        ({"auto_below": Choice.always(usd("20000.01"))}, "approved_automatically"),
        ({"auto_below": Choice.always(Money(amount=Decimal(1), currency="EUR"))}, "rate_missing"),
        ({"auto_below": None}, "approved_automatically"),
        ({"approver": Choice.always("director")}, "approver_needed"),
        ({"approver": Choice.always("anyone")}, "approved_automatically"),
    ],
)
def test_what_is_registered_without_a_person(changes, expected):
    assert reasons(lived(*new(), policy(**changes), NOW)[0]) == [expected]


def test_top_band_needs_its_approver_and_lower_ones_do_not():
    by_units = policy(approver=BY_UNITS)
    small, large = replace(MINE, units=Decimal(4_999)), replace(MINE, units=Decimal(5_000))

    assert reasons(lived(*new(small), by_units, NOW)[0]) == ["approved_automatically"]
    waiting, held = lived(*new(large), by_units, NOW)
    assert reasons(waiting) == ["approver_needed"]
    proposed, _ = lived(held, large, by_units, NOW, command=command(CommandKind.APPROVE, "seller"))
    assert proposed.proposal is not None
    assert "approver_needed" in flags(proposed)
    approved, _ = lived(held, large, by_units, NOW, command=command(CommandKind.APPROVE, "manager"))
    assert reasons(approved) == ["approved_by_person"]
    by_id, _ = lived(held, large, by_units, NOW, command=command(CommandKind.APPROVE, actor="manager"))
    assert reasons(by_id) == ["approved_by_person"]


def test_anyone_who_may_command_may_refuse_a_claim_that_needs_an_approver():
    by_units = policy(approver=Choice.always("manager"))

    assert reasons(lived(*new(), by_units, NOW, command=command(CommandKind.REFUSE))[0]) == ["refused_by_person"]


@pytest.mark.parametrize("kind", [CommandKind.REFUSE, CommandKind.WITHDRAW])
def test_only_the_canceller_ends_a_registration(kind):
    by_role = policy(canceller=Choice((Row("executive", Condition("partner.tier == 'gold'")), Row("manager"))))
    gold = replace(MINE, partner=partner(tier="gold"))

    for of, role in ((gold, "executive"), (MINE, "manager")):
        others = "manager" if role == "executive" else "executive"
        kept, _ = lived(HELD, of, by_role, NOW, command=command(kind, others))
        assert not kept.transitions
        assert flags(kept) == ["approver_needed"]
        assert lived(HELD, of, by_role, NOW, command=command(kind, role))[1].status in (
            Status.REFUSED,
            Status.WITHDRAWN,
        )
    assert lived(*new(gold), by_role, NOW, command=command(kind))[1].status in (Status.REFUSED, Status.WITHDRAWN)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (None, None),
        ("because", None),
        ("direct_deal_open", "direct_deal_open"),
        ("partner_dormant", "partner_dormant"),  # the policy's own
    ],
)
def test_refusal_needs_a_reason_code_where_the_policy_wants_one(reason, expected):
    own = (Reason(code="partner_dormant", partner="Nothing was heard of you.", support="Dormant."),)
    strict = replace(policy(reason_required=True), reasons=own)

    decision, _ = lived(HELD, MINE, strict, NOW, command=command(CommandKind.REFUSE, reason=reason))

    if expected is None:
        assert not decision.transitions
        assert flags(decision) == ["reason_missing"]
        assert decision.proposal is not None
    else:
        assert reasons(decision) == [expected]
