"""Claims for one deal by several partners: who was first, who holds it, what is only a maybe."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.choice import Choice
from rules.decide import decide
from rules.primitives.precedence import Precedence, Second
from rules.primitives.priority import Priority
from rules.primitives.window import Protection
from rules.records import Status
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    POLICY,
    RELATED,
    REVIEW,
    SAME,
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
    utc,
    waits,
)

SOON = utc("2026-03-02T10:05:00Z")
NEXT_DAY = utc("2026-03-03T10:00:00Z")
MINE = claim("2026-03-02T10:00:00Z")
EARLIER = claim("2026-03-01T10:00:00Z", number=2, partner=partner(CONTOSO))
LATER = claim("2026-03-02T11:00:00Z", number=3, partner=partner(CONTOSO))


@pytest.mark.parametrize(
    ("submitted_at", "expected"),
    [
        ("2026-03-01T00:00:00Z", Status.REFUSED),  # first instant of the rival's window
        ("2026-05-30T23:59:59Z", Status.REFUSED),  # last second of day 90, counted in the policy's zone (UTC here)
        ("2026-05-31T00:00:00Z", Status.HOLDING),  # the window is half-open
    ],
)
def test_rival_claim_around_the_window(submitted_at, expected):
    """A claim is refused while a rival's 90-day window runs and accepted from the instant it ends."""
    first = claim("2026-02-28T00:00:00Z", number=2, partner=partner(CONTOSO))
    held = registered(first, start="2026-03-01T00:00:00Z", window_days=90)

    decision = decide(case(claim(submitted_at), rivals=(rival(first, held),)), POLICY, utc(submitted_at))

    assert expected == decision.transitions[-1].status


def test_second_partner_is_refused_as_duplicate_with_the_evidence():
    decision = decide(
        case(MINE, rivals=(rival(EARLIER, registered(EARLIER, start="2026-03-01T12:00:00Z")),)), POLICY, SOON
    )

    assert reasons(decision) == ["duplicate_registration"]
    assert decision.deciding == "first_claim"
    assert decision.steps[-1].facts[0].source == "REG-2026-a02"


def test_claim_made_before_the_first_was_approved_is_still_second():
    """The window starts with approval, the hold with the submission."""
    held = registered(EARLIER, start="2026-03-02T12:00:00Z")

    assert reasons(decide(case(MINE, rivals=(rival(EARLIER, held),)), POLICY, NEXT_DAY)) == ["duplicate_registration"]


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.WON])
def test_claim_made_inside_a_window_that_has_ended_since_is_refused_too(status):
    """The answer must not depend on how late the claim happens to be decided."""
    held = registered(EARLIER, start="2026-03-01T12:00:00Z", window_days=10, status=status)

    assert reasons(decide(case(MINE, rivals=(rival(EARLIER, held),)), POLICY, utc("2026-04-01T00:00:00Z"))) == [
        "duplicate_registration"
    ]


@pytest.mark.parametrize("status", [Status.REFUSED, Status.WITHDRAWN, Status.SUPERSEDED, Status.RETURNED])
def test_earlier_claim_that_holds_nothing_does_not_stand_in_the_way(status):
    """First valid submission wins: a refused, withdrawn or incomplete one is not valid."""
    decision = decide(case(MINE, rivals=(rival(EARLIER, registration(EARLIER, status)),)), POLICY, NEXT_DAY)

    assert statuses(decision) == [Status.REGISTERED]


def test_refused_as_second_only_after_every_connection_was_read():
    """Until then the claim is held: an even earlier one may still be on its way."""
    rivals = (rival(EARLIER, registered(EARLIER, start="2026-03-01T12:00:00Z")),)
    behind = case(MINE, rivals=rivals, coverage=read_until("2026-03-02T09:00:00Z"))

    waiting = decide(behind, POLICY, SOON)
    assert statuses(waiting) == [Status.HOLDING]
    assert waits(waiting) == ["waiting_for_connection"]

    read = replace(behind, coverage=read_until("2026-03-02T10:00:01Z"))
    assert statuses(decide(read, POLICY, SOON)) == [Status.REFUSED]


@pytest.mark.parametrize("status", [None, Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW])
def test_later_claim_waits_for_an_earlier_undecided_one(status):
    held = registration(EARLIER, status) if status is not None else None

    decision = decide(case(MINE, rivals=(rival(EARLIER, held),)), POLICY, NEXT_DAY)

    assert not decision.transitions
    assert waits(decision) == ["waiting_for_earlier_claim"]


def test_earlier_claim_does_not_wait_for_a_later_one():
    decision = decide(case(MINE, rivals=(rival(LATER, registration(LATER, Status.HOLDING)),)), POLICY, NEXT_DAY)

    assert statuses(decision) == [Status.REGISTERED]


def test_earlier_claim_seen_late_opens_a_dispute_and_swaps_nothing():
    """The later claim keeps its registration; the earlier one goes to a person, who sees it on both."""
    held = registered(LATER, start="2026-03-02T12:00:00Z")
    late = decide(case(MINE, rivals=(rival(LATER, held),)), POLICY, NEXT_DAY)
    assert reasons(late) == ["earlier_claim_seen_late"]

    in_review = applied(registration(MINE), late)
    holder = decide(case(LATER, held, rivals=(rival(MINE, in_review),)), POLICY, NEXT_DAY)
    assert not holder.transitions
    assert flags(holder) == ["earlier_claim_seen_late"]


@pytest.mark.parametrize(
    ("connection", "number", "is_first"),
    [("hubspot", 9, False), ("salesforce", 0, False), ("salesforce", 2, True), ("zoho", 0, True)],
)
def test_equal_times_go_by_connection_then_record_id(connection, number, is_first):
    """The documented tie rule: time, connection, record id."""
    other = claim("2026-03-02T10:00:00Z", connection=connection, number=number, partner=partner(CONTOSO))

    decision = decide(case(MINE, rivals=(rival(other, registration(other, Status.HOLDING)),)), POLICY, NEXT_DAY)

    assert bool(decision.transitions) is is_first


@pytest.mark.parametrize(("priority", "expected"), [(Priority.CREATED_AT, "wait"), (Priority.SUBMITTED_AT, "register")])
def test_back_dating_the_form_helps_only_where_the_policy_says_so(priority, expected):
    """By default the CRM's own creation time orders claims; nobody can back-date it."""
    policy = replace(POLICY, priority=priority)
    back_dated = replace(MINE, submitted_at=utc("2026-02-20T10:00:00Z"))
    held = registration(EARLIER, Status.HOLDING)
    mine = registration(
        back_dated, priority_at=back_dated.submitted_at if priority is Priority.SUBMITTED_AT else MINE.created_at
    )

    decision = decide(case(back_dated, mine, rivals=(rival(EARLIER, held),)), policy, NEXT_DAY)

    assert ("register" if statuses(decision) == [Status.REGISTERED] else "wait") == expected


@pytest.mark.parametrize(
    ("customer", "deal", "expected"),
    [
        (RELATED, SAME, "related_customer"),
        (RELATED, REVIEW, "related_customer"),
        (REVIEW, SAME, "unsure_match"),
        (SAME, REVIEW, "unsure_match"),
        (SAME, DIFFERENT, "holding"),  # another product
        (RELATED, DIFFERENT, "holding"),
        (DIFFERENT, SAME, "holding"),
    ],
)
def test_doubtful_rivals_send_the_claim_to_review_with_the_reason(customer, deal, expected):
    held = registered(EARLIER, start="2026-03-01T12:00:00Z")

    decision = decide(case(MINE, rivals=(rival(EARLIER, held, customer=customer, deal=deal),)), POLICY, SOON)

    assert reasons(decision) == [expected]


def test_doubtful_rival_that_holds_nothing_or_came_later_is_no_concern():
    rivals = (
        rival(EARLIER, registration(EARLIER, Status.REFUSED), customer=RELATED),
        rival(LATER, registration(LATER, Status.HOLDING), customer=RELATED),
    )

    assert statuses(decide(case(MINE, rivals=rivals), POLICY, NEXT_DAY)) == [Status.REGISTERED]


def test_review_ends_by_itself_when_its_reason_does():
    held = registered(EARLIER, start="2026-03-01T12:00:00Z")
    review = decide(case(MINE, rivals=(rival(EARLIER, held, customer=RELATED),)), POLICY, SOON)
    in_review = applied(registration(MINE), review)
    ended = replace(held, status=Status.WITHDRAWN, window=None)

    after = decide(case(MINE, in_review, rivals=(rival(EARLIER, ended, customer=RELATED),)), POLICY, SOON)

    assert statuses(after) == [Status.HOLDING]


def test_same_partner_again_is_superseded_by_its_live_registration():
    own = claim("2026-03-01T10:00:00Z", number=2, connection="hubspot")

    decision = decide(case(MINE, rivals=(rival(own, registered(own, start="2026-03-01T12:00:00Z")),)), POLICY, SOON)

    assert statuses(decision) == [Status.SUPERSEDED]
    assert reasons(decision) == ["own_repeat"]


@pytest.mark.parametrize("status", [None, Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW])
def test_same_partner_again_waits_while_its_first_is_undecided(status):
    """The first may yet be refused as too small, and the second be its correction."""
    own = claim("2026-03-02T09:00:00Z", number=2)
    held = registration(own, status) if status is not None else None

    assert waits(decide(case(MINE, rivals=(rival(own, held),)), POLICY, NEXT_DAY)) == ["waiting_for_earlier_claim"]
    refused = rival(own, registration(own, Status.REFUSED))
    assert statuses(decide(case(MINE, rivals=(refused,)), POLICY, NEXT_DAY)) == [Status.REGISTERED]


def test_returned_claim_is_closed_when_the_partners_new_one_is_registered():
    gappy = claim("2026-03-01T10:00:00Z", number=2, amount=None)
    held = registration(gappy, Status.RETURNED, reason="missing_fields")
    new = rival(MINE, registered(MINE, start="2026-03-03T10:00:00Z"))

    decision = decide(case(gappy, held, rivals=(new,)), POLICY, NEXT_DAY)

    assert statuses(decision) == [Status.SUPERSEDED]


def test_claim_waits_while_a_lapsed_window_is_not_yet_recorded_as_ended():
    """Its window was over when this claim came, so it is not refused; granting waits until the ledger has freed the deal."""
    held = registered(EARLIER, start="2025-11-01T00:00:00Z", window_days=90)

    decision = decide(case(MINE, rivals=(rival(EARLIER, held),)), POLICY, NEXT_DAY)

    assert not decision.transitions
    assert waits(decision) == ["waiting_for_earlier_claim"]


def test_rivals_that_share_nobodys_exclusivity_are_both_registered():
    """Where the law asks for equal access, exclusivity is off and the second partner is registered too."""
    policy = replace(POLICY, protection=Protection(exclusive=Choice.always(False)))
    held = registered(EARLIER, start="2026-03-01T12:00:00Z", exclusive=False)

    decision = decide(case(MINE, rivals=(rival(EARLIER, held),)), policy, NEXT_DAY)

    assert statuses(decision) == [Status.REGISTERED]
    assert not decision.terms.exclusive


def test_duplicates_may_be_left_to_a_person():
    policy = replace(POLICY, precedence=Precedence(second=Second.REVIEW))
    rivals = (rival(EARLIER, registered(EARLIER, start="2026-03-01T12:00:00Z")),)

    assert reasons(decide(case(MINE, rivals=rivals), policy, SOON)) == ["duplicate_possible"]


def test_claims_that_mean_one_deal_share_the_key_of_the_first():
    """Two CRMs name the customer differently; the unique index must see one deal."""
    held = registered(EARLIER, start="2026-03-01T12:00:00Z", deal_key="n:acme:de|platform")

    assert decide(case(MINE, rivals=(rival(EARLIER, held),)), POLICY, SOON).deal_key == "n:acme:de|platform"
