"""A registered deal: won, lost, expired, warned of, suspended, restored, and watched after its end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.choice import Choice
from rules.decide import decide
from rules.primitives.gates import StandingRules
from rules.primitives.window import Anchor, Protection
from rules.records import CrmRef, Standing, Status
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    case,
    claim,
    flags,
    found,
    opportunity,
    partner,
    read_until,
    reasons,
    registered,
    statuses,
    utc,
    waits,
)

MINE = claim("2026-02-28T10:00:00Z")
HELD = registered(MINE, start="2026-03-01T10:00:00Z")  # until the end of 30 May
END = utc("2026-05-31T00:00:00Z")
DURING = utc("2026-04-10T00:00:00Z")


def own(created="2026-03-05T00:00:00Z", **changes):
    return found(opportunity(created, **changes), is_linked=True)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-05-30T23:59:59Z", []),
        ("2026-05-31T00:00:00Z", [Status.EXPIRED]),
        ("2026-06-09T00:00:00Z", [Status.EXPIRED]),
    ],
)
def test_window_ends_at_its_end(now, expected):
    decision = decide(case(MINE, HELD), POLICY, utc(now))

    assert statuses(decision) == expected
    if expected:
        assert decision.transitions[0].at == END  # when it took effect, not when it was noticed
        assert decision.transitions[0].actor == "clock"
        assert decision.terms.window == HELD.window


def test_nothing_expires_before_every_connection_is_read_past_the_end():
    """The deal may have been won on the last day in a CRM that was not read since."""
    decision = decide(
        case(MINE, HELD, coverage=read_until("2026-05-30T23:00:00Z", "hubspot")), POLICY, utc("2026-05-31T02:10:00Z")
    )

    assert not decision.transitions
    assert waits(decision) == ["waiting_for_connection"]
    assert decision.waits[0].detail == "waiting for hubspot: last complete pull 3 h 10 min ago"
    assert [each.kind for each in decision.deadlines] == ["window_end"]


@pytest.mark.parametrize(
    ("now", "warned", "next_kind"),
    [
        ("2026-05-16T23:59:59Z", [], "warning"),
        ("2026-05-17T00:00:00Z", ["window_ends_soon"], "warning"),  # 14 days before; the 3-day one follows
        ("2026-05-28T00:00:00Z", ["window_ends_soon"], "window_end"),
    ],
)
def test_warnings_before_the_end(now, warned, next_kind):
    decision = decide(case(MINE, HELD), POLICY, utc(now))

    assert flags(decision) == warned
    assert decision.deadlines[0].kind == next_kind


@pytest.mark.parametrize(
    ("opportunities", "expected"),
    [
        ((own(is_closed=True, is_won=True, modified="2026-04-01T00:00:00Z"),), ["deal_won"]),
        ((own(is_closed=True, modified="2026-04-01T00:00:00Z"),), ["deal_lost"]),
        ((own(),), []),
        # told twice, in both CRMs: one of the two is behind
        (
            (
                own(is_closed=True, modified="2026-04-01T00:00:00Z"),
                own(ref=CrmRef("hubspot", "deals", "77")),
            ),
            [],
        ),
        (
            (
                own(is_closed=True, is_won=True, modified="2026-04-01T00:00:00Z"),
                own(ref=CrmRef("hubspot", "deals", "77")),
            ),
            ["deal_won"],
        ),
        # closed long before the partner came: tells nothing
        ((own("2025-01-01T00:00:00Z", is_closed=True, modified="2025-02-01T00:00:00Z"),), []),
    ],
)
def test_won_and_lost_with_the_linked_opportunity(opportunities, expected):
    decision = decide(case(MINE, HELD, opportunities=opportunities), POLICY, DURING)

    assert reasons(decision) == expected


def test_lost_deal_is_free_from_then_on_and_a_won_one_stays_held():
    lost = decide(
        case(MINE, HELD, opportunities=(own(is_closed=True, modified="2026-04-01T00:00:00Z"),)), POLICY, DURING
    )
    won = decide(
        case(MINE, HELD, opportunities=(own(is_closed=True, is_won=True, modified="2026-04-01T00:00:00Z"),)),
        POLICY,
        DURING,
    )

    assert lost.terms.window is not None
    assert lost.terms.window.end == utc("2026-04-01T00:00:00Z")
    assert won.terms.window == HELD.window
    assert won.transitions[0].at == utc("2026-04-01T00:00:00Z")
    assert won.transitions[0].actor == "crm:salesforce"


def test_direct_win_of_the_unlinked_deal_is_not_the_partners():
    """An opportunity of direct sales that is won does not win the partner's registration."""
    direct = found(opportunity("2026-03-05T00:00:00Z", owner_role="Account Executive", is_closed=True, is_won=True))

    assert not decide(case(MINE, HELD, opportunities=(direct,)), POLICY, DURING).transitions


def test_won_in_the_window_and_edited_after_it_counts_by_its_closing_date():
    won = own(is_closed=True, is_won=True, modified="2026-06-10T00:00:00Z", close_on=utc("2026-05-30T00:00:00Z").date())
    late = own(
        is_closed=True, is_won=True, modified="2026-06-10T00:00:00Z", close_on=utc("2026-06-02T00:00:00Z").date()
    )

    assert reasons(decide(case(MINE, HELD, opportunities=(won,)), POLICY, utc("2026-06-11T00:00:00Z"))) == ["deal_won"]
    ended = decide(case(MINE, HELD, opportunities=(late,)), POLICY, utc("2026-06-11T00:00:00Z"))
    assert reasons(ended) == ["window_ended"]
    assert flags(ended) == ["won_after_end"]


def test_registration_is_suspended_with_bad_standing_and_restored_with_good():
    """Suspended, not ended: the deal stays held in its old window."""
    bad = replace(MINE, partner=partner(standing=Standing.SUSPENDED))
    suspended = decide(case(bad, HELD), POLICY, DURING)
    assert statuses(suspended) == [Status.SUSPENDED]
    assert suspended.terms.window == HELD.window

    held = applied(HELD, suspended)
    assert not decide(case(bad, held), POLICY, DURING).transitions
    restored = decide(case(MINE, held), POLICY, DURING)
    assert reasons(restored) == ["standing_restored"]
    assert statuses(decide(case(bad, held), POLICY, END)) == [Status.EXPIRED]


def test_standing_is_not_asked_again_where_the_policy_says_so():
    policy = replace(POLICY, standing=StandingRules(is_continuous=False))

    assert not decide(
        case(replace(MINE, partner=partner(standing=Standing.SUSPENDED)), HELD), policy, DURING
    ).transitions


def test_deal_opened_again_after_the_end_is_shown_to_a_person():
    for status in (Status.LOST, Status.WON):
        ended = replace(HELD, status=status, reason="deal_lost")
        decision = decide(case(MINE, ended, opportunities=(own(),)), POLICY, DURING)
        assert not decision.transitions
        assert flags(decision) == ["deal_reopened"]


def test_window_may_be_anchored_at_the_submission():
    policy = replace(POLICY, protection=Protection(anchor=Anchor.SUBMISSION), holding=None)

    decision = decide(case(MINE), policy, utc("2026-03-20T00:00:00Z"))

    assert decision.terms.window is not None
    assert decision.terms.window.start == MINE.created_at
    assert decision.terms.window.end == utc("2026-05-30T00:00:00Z")


def test_submission_gone_during_protection_is_flagged_and_keeps_its_deal():
    """A deleted row must not take a deal from a partner who earned it."""
    decision = decide(case(MINE, HELD, is_gone=True), POLICY, DURING)

    assert not decision.transitions
    assert flags(decision) == ["submission_gone"]


def test_partner_of_record_stays_when_the_submission_is_edited_to_another_partner():
    edited = replace(MINE, partner=partner(CONTOSO))

    assert decide(case(edited, HELD), POLICY, DURING).terms.partner_id == HELD.partner_id


def test_old_registration_keeps_its_terms_when_the_policy_changes():
    policy = replace(POLICY, protection=Protection(exclusive=Choice.always(False)))

    decision = decide(case(MINE, HELD), policy, DURING)

    assert decision.terms.exclusive
    assert decision.terms.window == HELD.window


def test_ended_registration_takes_no_further_opportunities():
    ended = replace(HELD, status=Status.WON, reason="deal_won")
    later = found(opportunity("2026-09-01T00:00:00Z"))

    assert not decide(case(MINE, ended, opportunities=(later,)), POLICY, utc("2026-09-02T00:00:00Z")).links
