"""The past under another policy: its own outcomes feed what it decides later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.past import POLICY as DEFAULT
from benchmarks.past import Past, upcoming_of
from rules.case_record import case_data
from rules.cases import Case, Coverage, FoundOpportunity, Rival
from rules.choice import Choice
from rules.difference import diff
from rules.policy import Policy
from rules.primitives.quotas import Quota
from rules.primitives.thresholds import Threshold
from rules.records import Claim, Registration, Status
from rules.replay import Recorded, Replay, outcome_of
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    NORTHWIND,
    SAME,
    claim,
    opportunity,
    partner,
    registered,
    registration,
    usd,
    utc,
)

PLAIN = Policy(hash="plain", holding=None)


def read(at: str) -> tuple[Coverage, ...]:
    moment = utc(at) + timedelta(minutes=1)
    return (Coverage(connection="salesforce", covered_until=moment, last_pull_at=moment),)


def recorded(at: str, of: Claim, held: Registration | None = None, **more: Any) -> Recorded:
    """A decision of the past about a claim; only its case counts here."""
    found = replace(held or registration(of), version=1)
    case = Case(claim=of, registration=found, coverage=read(at), **more)
    return Recorded(registration_id=found.registration_id, at=utc(at), case=case_data(case))


def rival_of(of: Claim) -> Rival:
    return Rival(claim=of, registration=registration(of), customer_match=SAME, deal_match=SAME)


def dearer(amount: int) -> Policy:
    """The plain policy with another minimum."""
    minimum = Threshold(name="minimum", at_least=Choice.always(usd(amount)))
    return replace(PLAIN, hash="dearer", thresholds=(minimum,))


FIRST = claim("2026-03-02T10:00:00Z", number=1, amount=usd(20_000))
SECOND = claim("2026-03-02T11:00:00Z", number=2, amount=usd(40_000), partner=partner(CONTOSO))
PAST = (
    recorded("2026-03-02T10:05:00Z", FIRST),
    recorded("2026-03-02T11:05:00Z", SECOND, rivals=(rival_of(FIRST),)),
)


def outcomes(run: Replay, past: tuple[Recorded, ...]) -> list[tuple[Status, str]]:
    found = [run.feed(each).outcome for each in past]
    return [(each.status, each.reason) for each in found]


def test_the_past_under_its_own_policy_is_the_past() -> None:
    past = list(Past(seed=3).decisions(600))
    found = diff(past, None, DEFAULT, upcoming=upcoming_of(past))
    assert found.decisions == len(past)
    assert found.differing == 0
    assert not found.changes


def test_earlier_outcomes_feed_later_ones() -> None:
    assert outcomes(Replay(PLAIN), PAST) == [
        (Status.REGISTERED, "approved_automatically"),
        (Status.REFUSED, "duplicate_registration"),
    ]
    assert outcomes(Replay(dearer(30_000)), PAST) == [
        (Status.REFUSED, "below_minimum"),
        (Status.REGISTERED, "approved_automatically"),
    ]


def test_its_own_deadlines_fall_due_between_the_decisions() -> None:
    short = replace(PLAIN, protection=replace(PLAIN.protection, length=Choice.always(Span(days=10))))
    later = claim("2026-04-01T11:00:00Z", number=2, partner=partner(CONTOSO))
    past = (PAST[0], recorded("2026-04-01T11:05:00Z", later, rivals=(rival_of(FIRST),)))
    assert outcomes(Replay(PLAIN), past)[1] == (Status.REFUSED, "duplicate_registration")
    run = Replay(short)
    assert outcomes(run, past)[1] == (Status.REGISTERED, "approved_automatically")
    assert run.outcome("REG-2026-a01").status is Status.EXPIRED


def test_a_deadline_that_the_past_met_late_is_left_to_that_decision() -> None:
    held = replace(PLAIN, holding=Choice.always(Span(exact=timedelta(hours=24))))
    past = (PAST[0], recorded("2026-03-03T13:00:00Z", FIRST))
    run = Replay(held, upcoming={"REG-2026-a01": [each.at for each in past]})
    run.feed(past[0])
    run.run_until(utc("2026-03-03T12:00:00Z"))
    assert run.outcome("REG-2026-a01").status is Status.HOLDING
    run.feed(past[1])
    assert run.book["REG-2026-a01"].registration.status_since == utc("2026-03-03T13:00:00Z")


def test_a_claim_that_waits_for_a_connection_is_looked_at_again() -> None:
    behind = (Coverage(connection="salesforce", covered_until=None, last_pull_at=None),)
    unread = replace(PAST[0], case={**PAST[0].case, "coverage": case_data(_of(FIRST, behind))["coverage"]})
    run = Replay(PLAIN)
    assert run.feed(unread).outcome.status is not Status.REGISTERED
    run.run_until(utc("2026-03-02T11:00:00Z"))
    assert run.outcome("REG-2026-a01").status is Status.REGISTERED


def _of(of: Claim, coverage: tuple[Coverage, ...]) -> Case:
    return Case(claim=of, registration=registration(of), coverage=coverage)


def test_the_neighbour_is_decided_again_when_the_deal_is_free() -> None:
    """Under a policy that sends the first to review, the second waits; once the first is given back, it is registered."""
    watchful = replace(PLAIN, approval=replace(PLAIN.approval, auto_below=Choice.always(usd(30_000))))
    first = replace(FIRST, amount=usd(35_000))
    second = replace(SECOND, amount=usd(20_000))
    past = (
        recorded("2026-03-02T10:05:00Z", first),
        recorded("2026-03-02T11:05:00Z", second, rivals=(rival_of(first),)),
        recorded("2026-03-04T10:05:00Z", first, is_gone=True),
    )
    run = Replay(watchful)
    found = outcomes(run, past)
    assert found[0][0] is Status.IN_REVIEW
    assert found[1][0] is not Status.REGISTERED
    assert found[2] == (Status.WITHDRAWN, "submission_gone")
    assert run.outcome("REG-2026-a02").status is Status.REGISTERED


def test_the_partner_that_registrar_wrote_on_a_deal_is_no_rival_where_it_was_never_written() -> None:
    deal = opportunity("2026-03-02T11:02:00Z", partner_id=NORTHWIND, registration_id="REG-2026-a01")
    was = registered(FIRST, start="2026-03-02T10:05:00Z")
    second = recorded(
        "2026-03-02T11:05:00Z",
        SECOND,
        rivals=(Rival(claim=FIRST, registration=was, customer_match=SAME, deal_match=SAME),),
        opportunities=(FoundOpportunity(opportunity=deal, customer_match=SAME, deal_match=SAME),),
    )
    found = outcomes(Replay(dearer(30_000)), (PAST[0], second))
    assert found[1] == (Status.REGISTERED, "approved_automatically")


def test_a_deal_that_was_tied_without_a_word_stays_tied() -> None:
    """It was taken for the registration's own, then somebody wrote another partner on it; it is still the registration's."""
    deal = opportunity(
        "2026-03-02T11:02:00Z", partner_id=CONTOSO, is_closed=True, is_won=True, modified="2026-03-09T10:00:00Z"
    )
    tied = FoundOpportunity(opportunity=deal, customer_match=SAME, deal_match=SAME, is_linked=True)
    held = registered(FIRST, start="2026-03-02T10:05:00Z")
    later = recorded("2026-03-09T10:05:00Z", FIRST, held, opportunities=(tied,))
    assert outcomes(Replay(PLAIN), (PAST[0], later))[1] == (Status.WON, "deal_won")


def test_quotas_count_the_replays_own_registrations() -> None:
    one = Quota(name="one at a time", limit=Choice.always(1))
    limited = replace(PLAIN, hash="limited", quotas=(one,))
    other = claim("2026-03-02T12:00:00Z", number=3, products=("Backup",))
    past = (PAST[0], recorded("2026-03-02T12:05:00Z", other))
    assert outcomes(Replay(limited), past)[1] == (Status.REFUSED, "capacity_reached")
    assert outcomes(Replay(dearer_and(limited)), past)[0] == (Status.REFUSED, "below_minimum")


def dearer_and(policy: Policy) -> Policy:
    return replace(policy, thresholds=dearer(30_000).thresholds)


def test_a_difference_names_the_clause_of_each_side_and_sums_up() -> None:
    found = diff(PAST, PLAIN, dearer(30_000))
    assert (found.decisions, found.differing, found.registrations) == (2, 2, 2)
    by_id = {each.registration_id: each for each in found.changes}
    lost, won = by_id["REG-2026-a01"], by_id["REG-2026-a02"]
    assert "20,000.00 USD < 30,000.00 USD" in lost.new_clause
    assert "was first" in won.old_clause
    assert lost.kinds == ("status", "window")
    assert found.kinds["status"] == 2
    partners = {each.name: each for each in found.by_partner}
    assert partners[NORTHWIND].amounts == {"USD": usd(20_000).amount}
    assert partners[CONTOSO].owners == 1
    assert found.sections == ("thresholds",)


def test_where_both_sides_go_by_the_same_rule_the_settings_are_named() -> None:
    longer = replace(PLAIN, protection=replace(PLAIN.protection, length=Choice.always(Span(days=120))))
    found = diff(PAST[:1], PLAIN, longer)
    assert found.changes[0].kinds == ("window",)
    assert "other settings: protection" in found.changes[0].new_clause


def test_money_of_rewards_is_told_apart() -> None:
    found = diff(PAST[:1], PLAIN, PLAIN)
    assert found.changes == ()
    assert found.kinds == {}


def test_progress_is_told() -> None:
    told: list[int] = []
    past = list(Past(seed=5).decisions(2_000))
    diff(past, None, DEFAULT, progress=told.append)
    assert told == [1_000, 2_000]


def test_an_outcome_is_like_another_whatever_the_words() -> None:
    held = registered(FIRST, start="2026-03-02T10:05:00Z")
    outcome = outcome_of(held, None)
    assert outcome.is_like(replace(outcome, clause="other words", rule="other", reason="other"))
    assert not outcome.is_like(replace(outcome, owner=CONTOSO))


@pytest.mark.parametrize("count", [1, 3])
def test_a_rival_of_another_deal_changes_nothing(count: int) -> None:
    apart = Rival(claim=FIRST, registration=registration(FIRST), customer_match=SAME, deal_match=DIFFERENT)
    past = (PAST[0], recorded("2026-03-02T11:05:00Z", SECOND, rivals=(apart,) * count))
    assert outcomes(Replay(PLAIN), past)[1] == (Status.REGISTERED, "approved_automatically")
