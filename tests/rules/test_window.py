"""The protection window: what it is counted from, how its phases follow one another, and dates that are corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from rules.cases import Command, CommandKind
from rules.choice import Choice
from rules.decide import decide
from rules.expression import Condition, Formula, Type
from rules.policy import FactRule
from rules.primitives.extension import Extension
from rules.primitives.milestones import Milestone
from rules.primitives.window import Anchor, Phase, Protection
from rules.records import Status, Window
from rules.span import Span
from tests.rules.build import (
    POLICY,
    applied,
    case,
    claim,
    flags,
    found,
    lived,
    opportunity,
    read_until,
    reasons,
    registered,
    statuses,
    utc,
    waits,
)

FACTS = (FactRule(name="deal.installed_on", type=Type.DATE), FactRule(name="deal.bid_end", type=Type.DATE))
DAYS_90 = Choice.always(Span(days=90))
INSTALLED = Milestone(name="evaluation installed", stages=frozenset({"Evaluation Installed"}), fact="deal.installed_on")
PHASES = (Phase(until="evaluation installed", within=DAYS_90), Phase(within=DAYS_90))
TWO_PHASES = replace(POLICY, facts=FACTS, protection=Protection(milestones=(INSTALLED,), phases=PHASES))
MINE = claim("2025-12-30T10:00:00Z")
HELD = registered(MINE, start="2026-01-01T10:00:00Z")


def told(**facts: Any):
    return replace(MINE, facts=facts)


def staged(stage: str, modified: str):
    return (found(opportunity("2026-01-02T00:00:00Z", stage=stage, modified=modified), is_linked=True),)


def end_of(decision) -> datetime:
    assert decision.terms.window is not None
    return decision.terms.window.end


def test_phase_without_its_milestone_ends_the_protection_at_the_end_of_its_last_day():
    decision, _ = lived(HELD, MINE, TWO_PHASES, "2026-04-01T23:59:59Z")
    assert not decision.transitions
    assert [(each.kind, each.at) for each in decision.deadlines][-1] == ("phase_end", utc("2026-04-02T00:00:00Z"))

    decision, held = lived(HELD, MINE, TWO_PHASES, "2026-05-20T00:00:00Z")
    assert reasons(decision) == ["milestone_not_reached"]
    assert decision.transitions[0].at == utc("2026-04-02T00:00:00Z")
    assert held.window is not None
    assert held.window.end == utc("2026-04-02T00:00:00Z")  # free for others from then on, however late it was noticed


def test_days_of_a_phase_count_in_the_policys_zone():
    policy = replace(TWO_PHASES, zone="America/Los_Angeles")

    decision, _ = lived(HELD, MINE, policy, "2026-04-02T06:59:59Z")
    assert not decision.transitions
    assert reasons(lived(HELD, MINE, policy, "2026-04-02T07:00:00Z")[0]) == ["milestone_not_reached"]


@pytest.mark.parametrize(
    ("of", "opportunities"),
    [
        (MINE, staged("Evaluation Installed", "2026-03-20T15:00:00Z")),
        (MINE, staged("evaluation installed", "2026-03-20T15:00:00Z")),  # as the other CRM writes it
        (told(installed_on=date(2026, 3, 20)), ()),
        (told(installed_on=date(2026, 3, 20)), staged("Evaluation Installed", "2026-03-25T15:00:00Z")),
    ],
)
def test_milestone_begins_the_next_phase(of, opportunities):
    """Reached on 20 March: 90 days more until the end of 18 June, and the fact's date counts before the stage's."""
    decision, held = lived(HELD, of, TWO_PHASES, "2026-03-26T00:00:00Z", opportunities=opportunities)

    assert end_of(decision) == utc("2026-06-19T00:00:00Z")
    assert [each.kind for each in decision.deadlines] == ["warning", "window_end"]
    ended, _ = lived(held, of, TWO_PHASES, "2026-06-19T00:00:00Z", opportunities=opportunities)
    assert reasons(ended) == ["window_ended"]
    assert ended.transitions[0].at == utc("2026-06-19T00:00:00Z")


def test_stage_is_remembered_when_the_deal_moves_on():
    seen = staged("Evaluation Installed", "2026-03-20T15:00:00Z")
    _, held = lived(HELD, MINE, TWO_PHASES, "2026-03-20T16:00:00Z", opportunities=seen)

    later, _ = lived(
        held, MINE, TWO_PHASES, "2026-04-20T00:00:00Z", opportunities=staged("Negotiation", "2026-04-10T00:00:00Z")
    )

    assert end_of(later) == utc("2026-06-19T00:00:00Z")


def test_corrected_date_moves_the_end_and_back_again():
    _, held = lived(HELD, told(installed_on=date(2026, 3, 20)), TWO_PHASES, "2026-03-21T00:00:00Z")
    later, held = lived(held, told(installed_on=date(2026, 3, 25)), TWO_PHASES, "2026-04-10T00:00:00Z")
    assert end_of(later) == utc("2026-06-24T00:00:00Z")
    earlier, held = lived(held, told(installed_on=date(2026, 2, 1)), TWO_PHASES, "2026-04-11T00:00:00Z")
    assert end_of(earlier) == utc("2026-05-03T00:00:00Z")
    never, held = lived(held, told(), TWO_PHASES, "2026-04-12T00:00:00Z")
    assert reasons(never) == ["milestone_not_reached"]  # it was not reached at all
    assert never.transitions[0].at == utc("2026-04-02T00:00:00Z")


def test_milestone_after_the_end_of_its_phase_is_too_late_and_before_the_registration_counts_from_it():
    late, _ = lived(HELD, told(installed_on=date(2026, 4, 2)), TWO_PHASES, "2026-04-02T08:00:00Z")
    assert reasons(late) == ["milestone_not_reached"]
    early, _ = lived(HELD, told(installed_on=date(2025, 11, 1)), TWO_PHASES, "2026-01-05T00:00:00Z")
    assert end_of(early) == utc("2026-04-02T00:00:00Z")


def test_correction_after_the_end_is_shown_to_a_person_and_revives_nothing():
    _, ended = lived(HELD, MINE, TWO_PHASES, "2026-04-05T00:00:00Z")

    decision, _ = lived(ended, told(installed_on=date(2026, 3, 20)), TWO_PHASES, "2026-04-06T00:00:00Z")

    assert not decision.transitions
    assert flags(decision) == ["milestone_corrected"]
    assert flags(lived(ended, MINE, TWO_PHASES, "2026-04-06T00:00:00Z")[0]) == []


def test_extension_by_a_person_stays_on_top_of_a_corrected_date():
    policy = replace(TWO_PHASES, extension=Extension(length=Choice.always(Span(days=30))))
    _, held = lived(HELD, told(installed_on=date(2026, 3, 20)), policy, "2026-03-21T00:00:00Z")
    _, held = lived(held, told(installed_on=date(2026, 3, 20)), policy, "2026-05-01T09:00:00Z", command=extend())
    assert held.window is not None
    assert held.window.end == utc("2026-07-19T00:00:00Z")

    corrected, _ = lived(held, told(installed_on=date(2026, 3, 25)), policy, "2026-05-02T00:00:00Z")

    assert end_of(corrected) == utc("2026-07-24T00:00:00Z")


def test_end_that_a_person_set_stays_when_a_date_is_corrected_and_never_shortens_the_next_phase():
    end = utc("2026-07-01T00:00:00Z")
    _, held = lived(HELD, MINE, TWO_PHASES, "2026-03-01T09:00:00Z", command=extend("2026-03-01T09:00:00Z", end))
    assert held.window is not None
    assert held.window.end == end

    reached, held = lived(held, told(installed_on=date(2026, 3, 20)), TWO_PHASES, "2026-03-21T00:00:00Z")
    assert end_of(reached) == end  # 90 days after 20 March would be earlier than what was granted
    late, _ = lived(held, told(installed_on=date(2026, 5, 20)), TWO_PHASES, "2026-05-21T00:00:00Z")
    assert end_of(late) == utc("2026-08-19T00:00:00Z")


def extend(at: str = "2026-05-01T09:00:00Z", end: datetime | None = None) -> Command:
    return Command(
        kind=CommandKind.EXTEND, actor="005A", at=utc(at), source="command line", is_allowed=True, window_end=end
    )


def test_nothing_expires_in_a_phase_before_every_connection_is_read_past_its_end():
    """The milestone may have been reached in a CRM that was not read since."""
    behind = read_until("2026-04-01T22:00:00Z", "hubspot")

    decision, held = lived(HELD, MINE, TWO_PHASES, "2026-04-02T05:00:00Z", coverage=behind)
    assert waits(decision) == ["waiting_for_connection"]
    seen = staged("Evaluation Installed", "2026-04-01T23:00:00Z")
    reached, _ = lived(held, MINE, TWO_PHASES, "2026-04-02T06:00:00Z", opportunities=seen)
    assert end_of(reached) == utc("2026-07-01T00:00:00Z")


def test_phase_has_a_reason_of_its_own_and_a_milestone_by_condition():
    policy = replace(
        TWO_PHASES,
        protection=Protection(
            milestones=(Milestone(name="quoted", when=Condition("deal.amount > 50000 USD")),),
            phases=(Phase(until="quoted", within=Choice.always(Span(days=10)), reason="update_overdue"),),
        ),
    )

    ended, _ = lived(HELD, MINE, policy, "2026-01-13T00:00:00Z")
    assert reasons(ended) == ["update_overdue"]
    policy = replace(
        policy,
        protection=replace(
            policy.protection, milestones=(Milestone(name="quoted", when=Condition("deal.amount > 5000 USD")),)
        ),
    )
    kept, held = lived(HELD, MINE, policy, "2026-01-05T00:00:00Z")
    assert end_of(kept) == utc("2026-01-12T00:00:00Z")
    assert [each.kind for each in kept.deadlines][-1] == "window_end"  # nothing is awaited any more
    assert reasons(lived(held, MINE, policy, "2026-01-13T00:00:00Z")[0]) == ["window_ended"]


@pytest.mark.parametrize(
    ("anchor", "changes", "start", "end"),
    [
        (Anchor.APPROVAL, {}, "2026-03-20T00:00:00Z", "2026-06-19T00:00:00Z"),
        (Anchor.SUBMISSION, {}, "2026-03-02T10:00:00Z", "2026-06-01T00:00:00Z"),
        (Anchor.COMPLETENESS, {}, "2026-03-02T10:00:00Z", "2026-06-01T00:00:00Z"),
        (
            Anchor.COMPLETENESS,
            {"completed_at": utc("2026-03-05T10:00:00Z")},
            "2026-03-05T10:00:00Z",
            "2026-06-04T00:00:00Z",
        ),
        (Anchor.FACT, {"facts": {"bid_end": date(2026, 3, 10)}}, "2026-03-10T00:00:00Z", "2026-06-09T00:00:00Z"),
        (Anchor.FACT, {}, "2026-03-20T00:00:00Z", "2026-06-19T00:00:00Z"),  # unknown: from approval
    ],
)
def test_window_is_anchored_where_the_policy_says(anchor, changes, start, end):
    protection = Protection(anchor=anchor, anchor_fact="deal.bid_end" if anchor is Anchor.FACT else None)
    policy = replace(POLICY, facts=FACTS, holding=None, protection=protection)
    of = replace(claim(), **changes)

    decision = decide(case(of), policy, utc("2026-03-20T00:00:00Z"))

    assert decision.terms.window == Window(start=utc(start), end=utc(end))


def test_anchor_that_becomes_known_later_moves_the_window():
    policy = replace(POLICY, facts=FACTS, protection=Protection(anchor=Anchor.FACT, anchor_fact="deal.bid_end"))
    decision, _ = lived(HELD, told(bid_end=date(2026, 2, 1)), policy, "2026-02-02T00:00:00Z")

    assert end_of(decision) == utc("2026-05-03T00:00:00Z")


def test_protection_lasts_as_long_as_the_external_bid():
    policy = replace(
        POLICY,
        facts=FACTS,
        protection=Protection(ends_with=Formula("deal.bid_end", {"deal.bid_end": Type.DATE})),
    )
    unknown, held = lived(HELD, MINE, policy, "2026-01-05T00:00:00Z")
    assert end_of(unknown) == utc("2026-04-02T00:00:00Z")  # by the length until it is known
    known, held = lived(held, told(bid_end=date(2026, 6, 30)), policy, "2026-01-06T00:00:00Z")
    assert end_of(known) == utc("2026-07-01T00:00:00Z")
    moved, held = lived(held, told(bid_end=date(2026, 2, 10)), policy, "2026-02-09T00:00:00Z")
    assert end_of(moved) == utc("2026-02-11T00:00:00Z")
    ended, _ = lived(held, told(bid_end=date(2026, 2, 10)), policy, "2026-02-12T00:00:00Z")
    assert reasons(ended) == ["window_ended"]


def test_adopted_end_and_an_end_given_with_the_approval_are_a_persons_in_phases_too():
    end = utc("2026-05-01T00:00:00Z")
    approve = Command(
        kind=CommandKind.APPROVE,
        actor="005A",
        at=utc("2026-01-01T09:00:00Z"),
        source="x",
        is_allowed=True,
        window_end=end,
    )
    adopt = replace(approve, kind=CommandKind.ADOPT, status=Status.REGISTERED)

    for told_by in (approve, adopt):
        first = decide(case(MINE, command=told_by), TWO_PHASES, utc("2026-01-01T10:00:00Z"))
        held = applied(case(MINE).registration, first)
        assert end_of(first) == end
        later, _ = lived(held, told(installed_on=date(2026, 1, 20)), TWO_PHASES, "2026-01-21T00:00:00Z")
        assert end_of(later) == end
        assert statuses(first) == [Status.REGISTERED]


def test_win_outside_the_window_counts_where_the_policy_lets_it():
    won = (
        found(
            opportunity(
                "2026-01-02T00:00:00Z",
                is_closed=True,
                is_won=True,
                modified="2026-05-10T00:00:00Z",
                close_on=date(2026, 5, 9),
            ),
            is_linked=True,
        ),
    )
    policy = replace(POLICY, protection=Protection(close_in_window=False))

    assert reasons(lived(HELD, MINE, POLICY, "2026-05-11T00:00:00Z", opportunities=won)[0]) == ["window_ended"]
    assert reasons(lived(HELD, MINE, policy, "2026-05-11T00:00:00Z", opportunities=won)[0]) == ["deal_won"]
