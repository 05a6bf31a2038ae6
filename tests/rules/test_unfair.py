"""Cases in which a careless engine is unfair: old deals touched again, deals taken during protection, edited partners."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from rules.action import Action
from rules.cases import Command, CommandKind
from rules.decide import decide
from rules.primitives.after_end import AfterExpiry
from rules.records import Standing, Status
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    NORTHWIND,
    POLICY,
    applied,
    case,
    claim,
    flags,
    found,
    opportunity,
    partner,
    purchases,
    read_until,
    reasons,
    registered,
    registration,
    rival,
    statuses,
    utc,
)

MINE = claim("2026-03-02T10:00:00Z")
HELD = registered(MINE, start="2026-03-03T10:00:00Z")
NEXT_DAY = utc("2026-03-03T10:00:00Z")
DURING = utc("2026-03-21T00:00:00Z")
TOUCHED = "2026-03-20T09:00:00Z"
NO_LOOKBACK = replace(POLICY, newness=purchases(action=Action.OFF))


def closed(created: str, *, won: bool, on: str, modified: str = TOUCHED, **changes):
    """A closed opportunity whose row was touched after the submission, by a mass update for instance."""
    return opportunity(
        created, is_closed=True, is_won=won, close_on=date.fromisoformat(on), modified=modified, **changes
    )


@pytest.mark.parametrize("won", [True, False])
@pytest.mark.parametrize("how", ["names the partner", "named by the submission"])
def test_mass_update_of_an_old_closed_deal_ends_no_registration(won, how):
    """A deal closed in January tells nothing about one registered in March, whenever its row was last touched."""
    is_named = how == "named by the submission"
    old = closed("2025-12-01T09:00:00Z", won=won, on="2026-01-15", partner_id=None if is_named else NORTHWIND)

    decision = decide(
        case(MINE, HELD, opportunities=(found(old, is_named_by_submission=is_named),)), NO_LOOKBACK, DURING
    )

    assert (statuses(decision), decision.links) == ([], ())


def test_deal_won_between_submission_and_decision_is_the_partners_own_and_no_earlier_purchase():
    """The submission names its opportunity; that it is won meanwhile must not make the customer an old one."""
    own = closed("2026-02-20T09:00:00Z", won=True, on="2026-03-02", modified="2026-03-02T18:00:00Z")

    decision = decide(
        case(
            MINE,
            opportunities=(found(own, is_named_by_submission=True),),
            coverage=read_until("2026-03-03T09:00:00Z"),
        ),
        POLICY,
        NEXT_DAY,
    )

    assert reasons(decision) == ["approved_automatically", "deal_won"]


def test_deal_of_the_partner_bought_before_the_submission_still_makes_an_existing_customer():
    earlier = closed("2025-10-01T09:00:00Z", won=True, on="2025-12-15", partner_id=NORTHWIND)

    decision = decide(
        case(MINE, opportunities=(found(earlier),), coverage=read_until("2026-03-03T09:00:00Z")), POLICY, NEXT_DAY
    )

    assert reasons(decision) == ["purchase_within_lookback"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"owner_role": "Account Executive"}, "direct_deal_during_protection"),
        ({"partner_id": CONTOSO}, "rival_deal_during_protection"),
    ],
)
def test_protected_deal_that_others_won_stays_in_sight(changes, expected):
    """Closing the deal as won must not hide it from whoever watches over the partner's protection."""
    taken = closed("2026-03-10T09:00:00Z", won=True, on="2026-03-20", **changes)

    decision = decide(case(MINE, HELD, opportunities=(found(taken),)), POLICY, DURING)

    assert (flags(decision), statuses(decision)) == ([expected], [])
    assert "won" in decision.flags[0].detail


def test_deal_that_others_lost_is_no_longer_a_conflict():
    lost = closed("2026-03-10T09:00:00Z", won=False, on="2026-03-20", owner_role="Account Executive")

    assert flags(decide(case(MINE, HELD, opportunities=(found(lost),)), POLICY, DURING)) == []


def test_standing_of_another_partner_suspends_nobody():
    """The submission was edited to name another partner; the registration still is the first one's."""
    edited = replace(MINE, partner=partner(CONTOSO, standing=Standing.SUSPENDED))

    assert statuses(decide(case(edited, HELD), POLICY, DURING)) == []


def test_whose_a_registered_rival_is_stands_in_the_ledger():
    """Another partner's registration stays that partner's, whatever its submission is edited to say."""
    edited = replace(claim("2026-03-01T10:00:00Z", number=2), partner=partner(NORTHWIND))
    theirs = registered(edited, start="2026-03-02T09:00:00Z", partner_id=CONTOSO)

    decision = decide(
        case(MINE, rivals=(rival(edited, theirs),), coverage=read_until("2026-03-03T09:00:00Z")), POLICY, NEXT_DAY
    )

    assert reasons(decision) == ["duplicate_registration"]


@pytest.mark.parametrize(
    ("grace", "at", "partner_id", "expected"),
    [
        (None, "2026-06-10T09:00:00Z", CONTOSO, "holding"),
        (Span(days=30), "2026-06-10T09:00:00Z", CONTOSO, "held_in_grace"),  # within the grace
        (Span(days=30), "2026-06-10T09:00:00Z", NORTHWIND, "holding"),  # the same partner may
        (Span(days=30), "2026-07-01T23:59:59Z", CONTOSO, "held_in_grace"),  # the 30th day after 1 June
        (Span(days=30), "2026-07-02T00:00:00Z", CONTOSO, "holding"),
    ],
)
def test_grace_after_the_window_is_the_same_partners(grace, at, partner_id, expected):
    """The window of 90 days from 3 March ends with 1 June; for the grace after it only the holder may register again."""
    expired = registered(MINE, start="2026-03-03T10:00:00Z", status=Status.EXPIRED, reason="window_ended")
    policy = replace(POLICY, after_expiry=AfterExpiry(grace=grace))
    second = claim(at, number=2, partner=partner(partner_id))

    decision = decide(
        case(second, rivals=(rival(MINE, expired),), coverage=read_until("2026-08-01T00:00:00Z")), policy, utc(at)
    )

    assert reasons(decision) == [expected]


def test_grace_does_not_outlive_a_registration_that_ended_otherwise():
    lost = replace(
        registered(MINE, start="2026-03-03T10:00:00Z", window_days=10, status=Status.LOST), reason="deal_lost"
    )
    policy = replace(POLICY, after_expiry=AfterExpiry(grace=Span(days=30)))
    second = claim("2026-03-20T09:00:00Z", number=2, partner=partner(CONTOSO))

    decision = decide(
        case(second, rivals=(rival(MINE, lost),), coverage=read_until("2026-08-01T00:00:00Z")), policy, DURING
    )

    assert reasons(decision) == ["holding"]


def test_extension_after_the_end_takes_nothing_from_who_claimed_the_free_deal():
    """A claim made while the deal was free is not refused as second because someone extends the expired one."""
    expired = registered(MINE, start="2026-03-03T10:00:00Z", status=Status.EXPIRED, reason="window_ended")
    second = claim("2026-06-05T09:00:00Z", number=2, partner=partner(CONTOSO))
    waiting = registration(second, Status.HOLDING)
    extend = Command(
        kind=CommandKind.EXTEND,
        actor="005M",
        at=utc("2026-06-05T12:00:00Z"),
        source="command line",
        is_allowed=True,
    )

    decision = decide(
        case(MINE, expired, rivals=(rival(second, waiting),), command=extend), POLICY, utc("2026-06-05T12:00:00Z")
    )

    assert (statuses(decision), flags(decision)) == ([], ["deal_is_claimed"])
    assert decision.proposal is extend


def test_extension_after_the_end_is_free_of_claims_made_before_it():
    """A claim that was second while the window ran is second still."""
    expired = registered(MINE, start="2026-03-03T10:00:00Z", status=Status.EXPIRED, reason="window_ended")
    second = claim("2026-05-05T09:00:00Z", number=2, partner=partner(CONTOSO))
    extend = Command(
        kind=CommandKind.EXTEND, actor="005M", at=utc("2026-06-05T12:00:00Z"), source="command line", is_allowed=True
    )

    decision = decide(
        case(MINE, expired, rivals=(rival(second, registration(second, Status.HOLDING)),), command=extend),
        POLICY,
        utc("2026-06-05T12:00:00Z"),
    )

    assert statuses(decision) == [Status.REGISTERED]


def proposed(status: Status = Status.REGISTERED, **changes) -> Command:
    return Command(
        **{
            "kind": CommandKind.REFUSE,
            "actor": None,
            "at": utc("2026-03-10T09:00:00Z"),
            "source": "hubspot registration_status = rejected",
            **changes,
        }
    )


def test_proposal_on_a_registered_deal_stands_until_it_is_answered():
    """Somebody unknown typed 'rejected' on a registered deal: it is shown again and again, not in one decision only."""
    first = decide(case(MINE, HELD, command=proposed()), POLICY, DURING)
    held = applied(HELD, first)

    later = decide(case(MINE, held, proposal=first.proposal), POLICY, DURING + timedelta(days=2))

    assert later.proposal == first.proposal
    assert (flags(later), statuses(later)) == (flags(first), [])
    assert flags(first) == ["command_not_allowed"]


def test_proposal_is_answered_by_a_person_who_may_command():
    answer = proposed(actor="005M", is_allowed=True, at=utc("2026-03-20T09:00:00Z"))

    decision = decide(case(MINE, HELD, command=answer, proposal=proposed()), POLICY, DURING)

    assert (statuses(decision), decision.proposal, flags(decision)) == ([Status.REFUSED], None, [])


def test_proposal_is_taken_back_by_typing_what_holds():
    back = proposed(kind=CommandKind.APPROVE, at=utc("2026-03-20T09:00:00Z"))

    decision = decide(case(MINE, HELD, command=back, proposal=proposed()), POLICY, DURING)

    assert (statuses(decision), decision.proposal, flags(decision)) == ([], None, [])


def test_proposal_ends_with_the_status_it_was_made_for():
    over = utc("2026-06-05T00:00:00Z")

    decision = decide(case(MINE, HELD, proposal=proposed(), coverage=read_until("2026-06-04T00:00:00Z")), POLICY, over)

    assert (statuses(decision), decision.proposal, flags(decision)) == ([Status.EXPIRED], None, [])


def test_proposal_in_review_is_still_told_when_the_claim_is_looked_at_again():
    open_ = registration(MINE, Status.HOLDING)
    first = decide(case(MINE, open_, command=proposed()), POLICY, DURING)
    assert reasons(first) == ["command_proposed"]

    later = decide(case(MINE, applied(open_, first), proposal=first.proposal), POLICY, DURING + timedelta(hours=1))

    assert (later.proposal, statuses(later)) == (first.proposal, [])
    assert flags(later) == flags(first)
