"""Whole lives of registrations under policies of every sort: whatever happens, each decision is a fixed point."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.action import Action
from rules.cases import Case, Command, CommandKind, FoundOpportunity
from rules.choice import Choice
from rules.decide import decide
from rules.expression import Condition, Formula, Type
from rules.policy import FactRule, Policy
from rules.primitives.after_end import AfterExpiry, AfterWin, Again
from rules.primitives.answer import Answer, ClockStart, Escalation
from rules.primitives.approval import Approval
from rules.primitives.conversion import Conversion, Conversions, Kind, Requests
from rules.primitives.disputes import Appeals, From
from rules.primitives.extension import Asked, Extension
from rules.primitives.gates import Gate, Lapse
from rules.primitives.milestones import Milestone
from rules.primitives.update_duty import Overdue, UpdateDuty
from rules.primitives.window import Anchor, Phase, Protection
from rules.reasons import REASONS
from rules.record import decision_data, decision_from
from rules.records import FINAL, PROTECTED, Claim, CrmRef, Money, Request, Standing, Status, Window
from rules.span import Span
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    claim,
    found,
    opportunity,
    partner,
    read_until,
    registration,
    rival,
    utc,
)

START = utc("2026-01-05T10:00:00Z")
TYPES = {"deal.installed_on": Type.DATE, "deal.bid_end": Type.DATE, "deal.progress_shown": Type.BOOL}
FACTS = tuple(FactRule(name=name, type=kind) for name, kind in TYPES.items())
SPANS = st.sampled_from(
    [
        Span(days=0),
        Span(days=5),
        Span(days=30),
        Span(months=1),
        Span(working_days=3),
        Span(working=timedelta(hours=16)),
        Span(exact=timedelta(hours=5)),
    ]
)
CHOSEN = SPANS.map(Choice.always)
CONDITIONS = st.none() | st.sampled_from(
    [Condition("deal.amount > 20000 USD"), Condition("deal.progress_shown", TYPES), Condition("deal.kind == 'special'")]
)
MILESTONES = (
    Milestone(name="installed", stages=frozenset({"Installed"}), fact="deal.installed_on"),
    Milestone(name="shown", when=Condition("deal.progress_shown", TYPES)),
)


def phases() -> st.SearchStrategy[tuple[Phase, ...]]:
    one = st.builds(Phase, until=st.sampled_from(["installed", "shown", None]), within=CHOSEN)
    return st.lists(one, max_size=3).map(tuple)


POLICIES: st.SearchStrategy[Policy] = st.builds(
    replace,
    st.just(POLICY),
    facts=st.just(FACTS),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Los_Angeles"]),
    holding=st.none() | CHOSEN,
    protection=st.builds(
        Protection,
        length=CHOSEN,
        anchor=st.sampled_from(list(Anchor)),
        anchor_fact=st.just("deal.bid_end"),
        ends_with=st.sampled_from([None, None, Formula("deal.bid_end", TYPES)]),
        milestones=st.just(MILESTONES),
        phases=phases(),
    ),
    extension=st.builds(
        Extension,
        length=st.none() | CHOSEN,
        max=st.none() | st.integers(0, 2),
        asked=st.sampled_from(list(Asked)),
        late_by=st.none() | SPANS,
        when=CONDITIONS,
        is_automatic=st.booleans(),
        otherwise=st.sampled_from([Action.REFUSE, Action.REVIEW]),
    ),
    update_duty=st.builds(
        UpdateDuty,
        every=st.none() | CHOSEN,
        overdue=st.sampled_from(list(Overdue)),
        grace=st.none() | SPANS,
        least_change=st.sampled_from([0, 10]),
        when=CONDITIONS,
    ),
    answer=st.builds(
        Answer,
        within=st.none() | CHOSEN,
        starts=st.sampled_from(list(ClockStart)),
        research_adds=st.none() | SPANS,
        escalations=st.lists(st.builds(Escalation, after=SPANS, to=st.just("director")), max_size=2).map(tuple),
    ),
    approval=st.builds(Approval, is_automatic=st.booleans(), automatic_when=CONDITIONS, reason_required=st.booleans()),
    appeals=st.builds(
        Appeals, within=st.none() | SPANS, dispute_within=st.none() | SPANS, dispute_from=st.sampled_from(list(From))
    ),
    after_expiry=st.builds(
        AfterExpiry,
        again=st.sampled_from(list(Again)),
        grace=st.none() | SPANS,
        cool_down=st.none() | SPANS,
        times_max=st.none() | st.integers(1, 2),
    ),
    after_win=st.builds(AfterWin, lock=st.none() | CHOSEN, idle=st.none() | SPANS),
    conversions=st.builds(
        Conversions,
        kinds=st.sampled_from([(), (Kind(name="project"), Kind(name="special", exclusive=False))]),
        changes=st.lists(
            st.builds(
                Conversion,
                source=st.sampled_from(["project", "special"]),
                target=st.sampled_from(["project", "special"]),
                action=st.sampled_from([Action.OFF, Action.REVIEW, Action.REFUSE]),
                is_retroactive=st.booleans(),
                when=CONDITIONS,
            ),
            max_size=2,
        ).map(tuple),
        requests=st.builds(
            Requests,
            addendum=st.sampled_from([Action.OFF, Action.REVIEW]),
            reprice=st.sampled_from([Action.OFF, Action.REFUSE]),
        ),
    ),
    gates=st.sampled_from(
        [(), (Gate(name="shown", require=Condition("deal.progress_shown", TYPES), while_registered=Lapse.SUSPEND),)]
    ),
)
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 30))
KINDS = st.sampled_from(
    ["extension", "withdrawal", "addendum", "reprice", "conversion", "appeal", "dispute", "extension", "dispute"]
)


@st.composite
def claims(draw: st.DrawFn, at: Any) -> Claim:
    request = (
        Request(kind=draw(KINDS), at=at - timedelta(hours=draw(st.integers(0, 400)))) if draw(st.booleans()) else None
    )
    return replace(
        claim(START.isoformat()),
        modified_at=at - timedelta(hours=draw(st.integers(0, 48))),
        kind=draw(st.sampled_from([None, "project", "project", "special"])),
        amount=Money(amount=Decimal(draw(st.sampled_from([20_000, 21_000, 30_000]))), currency="USD"),
        products=draw(st.sampled_from([("Platform",), ("Platform",), ("Analytics", "Platform")])),
        request=request,
        partner=partner(standing=draw(st.sampled_from([Standing.GOOD] * 4 + [Standing.SUSPENDED]))),
        facts={
            "installed_on": draw(DAYS),
            "bid_end": draw(DAYS),
            "progress_shown": draw(st.sampled_from([None, True, True, False])),
        },
    )


@st.composite
def deals(draw: st.DrawFn, at: Any) -> tuple[FoundOpportunity, ...]:
    if draw(st.booleans()):
        return ()
    is_closed = draw(st.sampled_from([False, False, False, True]))
    deal = opportunity(
        START.isoformat(),
        stage=draw(st.sampled_from(["Proposal", "Installed", "Negotiation"])),
        is_closed=is_closed,
        is_won=is_closed and draw(st.booleans()),
    )
    return (found(replace(deal, modified_at=at - timedelta(hours=draw(st.integers(0, 100)))), is_linked=True),)


@st.composite
def commands(draw: st.DrawFn, at: Any) -> Command | None:
    kind = draw(st.none() | st.sampled_from([each for each in CommandKind if each is not CommandKind.ADOPT]))
    if kind is None:
        return None
    moment = at - timedelta(hours=draw(st.integers(0, 30)))
    end = draw(st.none() | st.integers(-100, 2_000).map(lambda hours: at + timedelta(hours=hours)))
    reason = draw(st.sampled_from([None, "direct_deal_open"]))
    return Command(kind=kind, actor="005A", at=moment, source="x", is_allowed=True, window_end=end, reason=reason)


def essence(decision: Any) -> Any:
    return decision.terms, decision.memory, decision.deadlines, decision.deal_key, decision.priority_at


@settings(max_examples=250, deadline=None)
@given(data=st.data(), policy=POLICIES)
def test_every_step_of_a_life_is_sound_and_a_fixed_point(data, policy):
    """Decided, recorded and decided again with the same facts, nothing moves; all of it is data that replays."""
    held, now, proposal = registration(claim(START.isoformat())), START, None
    for _ in range(data.draw(st.integers(2, 7))):
        now += timedelta(hours=data.draw(st.integers(1, 900)))
        told = Case(
            claim=data.draw(claims(now)),
            registration=held,
            opportunities=data.draw(deals(now)),
            command=data.draw(commands(now)),
            proposal=proposal,
            coverage=data.draw(st.sampled_from([(), read_until((now - timedelta(days=3)).isoformat())])),
            claim_changed_at=now - timedelta(hours=1),
        )

        decision = decide(told, policy, now)
        held, proposal = applied(held, decision), decision.proposal
        again = decide(replace(told, registration=held, command=None, proposal=proposal), policy, now)

        assert not again.transitions, (decision.transitions, again.transitions)
        assert essence(again) == essence(decision)
        assert all(each.at <= now and each.reason in REASONS for each in decision.transitions)
        assert {each.code for each in decision.flags} | {each.reason for each in decision.waits} <= REASONS.keys()
        assert decision_from(json.loads(json.dumps(decision_data(decision)))) == replace(decision)
        assert held.window is None or held.window.start <= held.window.end
        assert held.status not in PROTECTED or held.window is not None


@settings(max_examples=150, deadline=None)
@given(data=st.data(), policy=POLICIES)
def test_claim_after_whatever_came_before_is_answered_the_same_whenever_it_is_decided(data, policy):
    """What an ended registration means for a new claim hangs on when that claim was made."""
    status = data.draw(st.sampled_from(sorted(FINAL)))
    old = claim(START.isoformat(), partner=partner(data.draw(st.sampled_from([CONTOSO, "PTR-NORTHWIND"]))))
    ended = replace(
        registration(old, status, reason="window_ended"),
        window=None if status is Status.REFUSED else window_of(data.draw(st.integers(1, 60))),
        ended_at=START + timedelta(days=61),
        deal_key="d:acme-works.de|platform",
    )
    made = START + timedelta(days=61, hours=data.draw(st.integers(0, 3_000)))
    of = replace(claim(made.isoformat(), number=2), ref=CrmRef("salesforce", "Deal_Registration__c", "a0N"))
    plain = replace(policy, holding=None, gates=(), approval=Approval(), conversions=Conversions())

    outcomes = set()
    for later in (0, 400):
        now = made + timedelta(hours=later)
        decision = decide(Case(claim=of, registration=registration(of), rivals=(rival(old, ended),)), plain, now)
        first = decision.transitions[0]
        outcomes.add((first.status is Status.REFUSED, first.reason if first.status is Status.REFUSED else ""))

    assert len(outcomes) == 1, outcomes


def window_of(days: int) -> Window:
    return Window(start=START, end=START + timedelta(days=days))
