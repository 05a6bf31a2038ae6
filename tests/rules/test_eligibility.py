"""Whatever a policy asks and a claim brings: decided twice nothing moves, every word is known, and all of it is data."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.action import Action, Unknown
from rules.choice import Choice, Row
from rules.decide import decide
from rules.expression import Condition
from rules.lookbacks import FactKind, Scope, Whose
from rules.measures import Lines, Per
from rules.primitives.evidence import EvidenceRule
from rules.primitives.gates import Gate, Lapse, StandingRules
from rules.primitives.intake import Intake
from rules.primitives.newness import Lookback
from rules.primitives.parties import Parties, PartyRule
from rules.primitives.precedence import Precedence, Second
from rules.primitives.quotas import Counts, Period, Quota
from rules.primitives.rewards import Need, RewardRule, Rewards
from rules.primitives.tender import Tender, TenderRule
from rules.primitives.thresholds import Shortfall, Threshold
from rules.reasons import REASONS
from rules.record import decision_data, decision_from
from rules.records import OPEN, Line, Proof, Standing
from rules.roles import Role
from rules.span import Span
from rules.stacking import Stacking
from rules.values import Percent
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    POLICY,
    RELATED,
    SAME,
    applied,
    case,
    claim,
    found,
    opportunity,
    partner,
    read_until,
    registered,
    registration,
    rival,
    usd,
    utc,
)

START = utc("2026-03-02T10:00:00Z")
MAYBE = st.sampled_from([None, Condition("deal.segment == 'smb'"), Condition("partner.tier in {'gold'}")])
ENDS = st.sampled_from([Action.REFUSE, Action.RETURN, Action.REVIEW])
UNKNOWNS = st.sampled_from(list(Unknown))


def some(**parts: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(parts)


def lists(kind: Any, **parts: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Up to two clauses with names of their own."""
    return st.lists(some(**parts), max_size=2).map(
        lambda found: tuple(kind(name=f"{kind.__name__} {place}", **each) for place, each in enumerate(found))
    )


THRESHOLDS = lists(
    Threshold,
    at_least=st.sampled_from(
        [
            Choice.always(usd(20_000)),
            Choice.always(Decimal(50)),
            Choice((Row(usd(9_000), Condition("deal.region == 'emea'")),)),
        ]
    ),
    per=st.sampled_from(list(Per)),
    lines=st.sampled_from([None, Lines(classes=frozenset({"emerging"}))]),
    when=MAYBE,
    unless=MAYBE,
    below=st.sampled_from(list(Shortfall)),
    unknown=UNKNOWNS,
)
GATES = lists(
    Gate,
    require=st.sampled_from([Condition("partner.tier == 'gold'"), Condition("deal.origin != 'vendor'")]),
    when=MAYBE,
    otherwise=st.sampled_from(list(Action)),
    unknown=UNKNOWNS,
    while_registered=st.sampled_from(list(Lapse)),
)
NEWNESS = lists(
    Lookback,
    of=st.sampled_from([each for each in FactKind if each is not FactKind.FACT]),
    within=st.sampled_from([None, Choice.always(Span(months=6)), Choice.always(Span(days=900))]),
    whose=st.sampled_from(list(Whose)),
    scope=st.sampled_from(list(Scope)),
    same_product=st.booleans(),
    unless=MAYBE,
    action=ENDS,
    unknown=UNKNOWNS,
)
EVIDENCE = lists(
    EvidenceRule,
    kinds=st.just(("demo", "meeting")),
    at_least=st.integers(1, 2),
    dated=st.booleans(),
    not_older_than=st.sampled_from([None, Span(days=30)]),
    within=st.sampled_from([None, Span(days=5), Span(working=timedelta(hours=16))]),
    when=MAYBE,
    otherwise=ENDS,
)
QUOTAS = lists(
    Quota,
    counts=st.sampled_from(list(Counts)),
    per=st.sampled_from([None, *Period]),
    limit=st.sampled_from([Choice.always(1), Choice.always(30)]),
    when_full=st.sampled_from([Action.REFUSE, Action.REVIEW, Action.WAIT, Action.OFF]),
).filter(lambda found: all(each.when_full is not Action.WAIT or each.counts is Counts.LIVE for each in found))
REWARDS = lists(
    RewardRule,
    to=st.sampled_from(list(Role)),
    percent=st.sampled_from([Choice.always(Percent(Decimal(10))), Choice.always(Percent(Decimal("7.5")))]),
    by_rank=st.sampled_from([(), (Percent(Decimal(100)), Percent(Decimal(50)))]),
    cap=st.sampled_from([None, usd(500)]),
    group=st.sampled_from([None, "a"]),
    when=MAYBE,
    needs=st.sampled_from(
        [
            (),
            (Need(require=Condition("deal.is_won")),),
            (Need(require=Condition("deal.amount > 25000 USD"), is_final=True),),
        ]
    ),
    lasts=st.sampled_from([None, Span(months=36)]),
)
POLICIES = st.builds(
    replace,
    st.just(POLICY),
    thresholds=THRESHOLDS,
    gates=GATES,
    newness=NEWNESS,
    evidence=EVIDENCE,
    quotas=QUOTAS,
    holding=st.sampled_from([None, POLICY.holding]),
    intake=st.sampled_from([Intake(), Intake(channels=frozenset({"portal"}))]),
    standing=st.sampled_from([StandingRules(), StandingRules(suspend_when=frozenset({Standing.PAST_DUE}))]),
    tender=st.builds(Tender, rule=st.sampled_from(list(TenderRule)), unless=MAYBE, action=ENDS, unknown=UNKNOWNS),
    precedence=st.builds(Precedence, second=st.sampled_from(list(Second))),
    parties=st.sampled_from(
        [Parties(), Parties(closer_only=True, rules=(PartyRule(role=Role.DISTRIBUTOR, share=Percent(Decimal(20))),))]
    ),
    rewards=st.builds(
        Rewards,
        rules=REWARDS,
        stacking=st.sampled_from([Stacking.SUM, Stacking.MAX, Stacking.FIRST]),
        cap=st.sampled_from([None, usd(900)]),
    ),
)


@st.composite
def claims(draw: st.DrawFn) -> Any:
    lines = (
        Line(product="Platform", product_class="emerging", sku="A", order="1", units=Decimal(60), amount=usd(12_000)),
    )
    return claim(
        START.isoformat(),
        amount=draw(st.sampled_from([usd(8_000), usd(30_000), None])),
        units=draw(st.sampled_from([None, Decimal(10), Decimal(100)])),
        lines=draw(st.sampled_from([(), lines, lines * 2])),
        evidence=draw(st.sampled_from([(), (Proof(kind="demo", on=date(2026, 2, 20)), Proof(kind="Meeting"))])),
        origin=draw(st.sampled_from([None, "partner", "vendor"])),
        channel=draw(st.sampled_from([None, "portal", "mail"])),
        is_tender=draw(st.sampled_from([None, True])),
        tender_published_at=draw(st.sampled_from([None, START - timedelta(hours=1), START + timedelta(days=2)])),
        partner=partner(
            tier=draw(st.sampled_from([None, "gold", "silver"])), standing=draw(st.sampled_from(list(Standing)))
        ),
        parties=draw(st.sampled_from([{}, {"distributor": partner("PTR-D"), "influencer": partner("PTR-I")}])),
        facts=draw(st.sampled_from([{}, {"segment": "smb", "region": "emea"}])),
    )


@st.composite
def surroundings(draw: st.DrawFn) -> dict[str, Any]:
    other = claim("2026-02-01T10:00:00Z", number=2, partner=partner(CONTOSO), products=("Storage",))
    live = registered(other, start="2026-02-01T12:00:00Z", exclusive=draw(st.booleans()))
    past = opportunity(
        "2025-12-01T00:00:00Z",
        is_closed=True,
        is_won=True,
        close_on=date(2025, 12, 20),
        modified="2025-12-20T00:00:00Z",
    )
    open_one = opportunity("2026-01-01T00:00:00Z", record_id="006C", last_activity_on=date(2026, 2, 1))
    match = st.sampled_from([SAME, RELATED, DIFFERENT])
    return {
        "rivals": draw(st.sampled_from([(), (rival(other, live, customer=draw(match), deal=draw(match)),)])),
        "opportunities": draw(
            st.sampled_from([(), (found(past), found(open_one, customer=draw(match), deal=draw(match)))])
        ),
        "counts": draw(st.sampled_from([{}, {"Quota 0": 0, "Quota 1": 30}, {"Quota 0": 40, "Quota 1": 1}])),
        "coverage": draw(st.sampled_from([(), read_until("2026-03-01T00:00:00Z"), read_until("2026-04-01T00:00:00Z")])),
    }


@settings(max_examples=60, deadline=None)
@given(data=st.data(), policy=POLICIES)
def test_every_decision_is_a_fixed_point_with_known_words(data, policy):
    held, now = registration(claim(START.isoformat())), START
    for _ in range(data.draw(st.integers(1, 4))):
        now += timedelta(hours=data.draw(st.integers(1, 400)))
        told = case(data.draw(claims()), held, **data.draw(surroundings()), claim_changed_at=now - timedelta(minutes=5))
        decision = decide(told, policy, now)
        held = applied(held, decision)
        again = decide(replace(told, registration=held), policy, now)

        assert not again.transitions, (decision.transitions, again.transitions)
        assert (again.terms, again.memory, again.deadlines) == (decision.terms, decision.memory, decision.deadlines)
        codes = [each.reason for each in (*decision.transitions, *decision.waits)] + [
            each.code for each in decision.flags
        ]
        assert set(codes) <= REASONS.keys()
        assert {each.reason for each in decision.terms.rewards} <= {None, "reward_pending", "reward_lost"}
        assert decision_from(json.loads(json.dumps(decision_data(decision)))) == decision
        assert held.status not in OPEN or not held.rewards or held.status_since != now
