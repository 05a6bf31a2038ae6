"""What must hold for every case: deciding twice changes nothing, order does not matter, one deal has one holder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.cases import Case, Command, CommandKind, Decision, FoundOpportunity, Rival
from rules.decide import decide
from rules.reasons import REASONS
from rules.record import decision_data, decision_from
from rules.records import FINAL, OPEN, PROTECTED, Claim, CrmRef, Registration, Standing, Status, Window
from tests.rules.build import (
    CONTOSO,
    DIFFERENT,
    NORTHWIND,
    POLICY,
    RELATED,
    REVIEW,
    SAME,
    applied,
    claim,
    found,
    opportunity,
    partner,
    read_until,
    registration,
    rival,
    usd,
    utc,
)

START = utc("2026-03-01T00:00:00Z")
PARTNERS = (NORTHWIND, CONTOSO, "PTR-FABRIKAM", None)
PROPOSABLE = frozenset(CommandKind) - {CommandKind.ADOPT, CommandKind.RESUBMIT}
MATCHES = (SAME, SAME, RELATED, REVIEW, DIFFERENT)

hours = st.integers(min_value=0, max_value=24 * 120).map(lambda count: START + timedelta(hours=count))


@st.composite
def claims(draw: st.DrawFn, number: int = 0, span: Any = hours) -> Claim:
    partner_id = draw(st.sampled_from(PARTNERS))
    standing = draw(st.sampled_from([Standing.GOOD] * 4 + [Standing.PAST_DUE, Standing.SUSPENDED]))
    at = draw(span)
    return replace(
        claim(number=number, connection=draw(st.sampled_from(["salesforce", "hubspot"]))),
        created_at=at,
        modified_at=at + timedelta(hours=draw(st.integers(0, 50))),
        partner=partner(partner_id, standing=standing) if partner_id is not None else None,
        amount=draw(st.sampled_from([usd(20_000)] * 4 + [usd(100), usd(900_000), None])),
    )


@st.composite
def registrations(draw: st.DrawFn, of: Claim) -> Registration:
    status = draw(st.sampled_from(list(Status)))
    since = of.created_at + timedelta(hours=draw(st.integers(0, 400)))
    end = since + timedelta(days=draw(st.integers(1, 91)))
    has_window = status in PROTECTED or status in FINAL
    return registration(
        of,
        status,
        reason=draw(st.sampled_from(sorted(REASONS))),
        window=Window(start=since, end=end) if has_window else None,
        status_since=since,
        exclusive=draw(st.sampled_from([True, True, False])),
        deal_key=draw(st.sampled_from(["", "d:acme-works.de|platform", "n:other|platform"])),
        ended_at=since if status in FINAL else None,
        extension_count=draw(st.integers(0, 2)),
    )


@st.composite
def rivals(draw: st.DrawFn, number: int) -> Rival:
    of = draw(claims(number))
    held = draw(st.none() | registrations(of))
    return rival(of, held, customer=draw(st.sampled_from(MATCHES)), deal=draw(st.sampled_from(MATCHES)))


@st.composite
def opportunities(draw: st.DrawFn, number: int) -> FoundOpportunity:
    is_closed = draw(st.booleans())
    created = draw(hours)
    deal = replace(
        opportunity("2026-03-01T00:00:00Z", ref=CrmRef("salesforce", "Opportunity", f"006{number}")),
        created_at=created,
        modified_at=created + timedelta(hours=draw(st.integers(0, 2_000))),
        partner_id=draw(st.sampled_from(PARTNERS)),
        owner_role=draw(st.sampled_from([None, "Account Executive", "Channel Manager"])),
        is_closed=is_closed,
        is_won=is_closed and draw(st.booleans()),
    )
    return found(
        deal,
        customer=draw(st.sampled_from(MATCHES)),
        deal=draw(st.sampled_from(MATCHES)),
        is_linked=draw(st.booleans()),
        is_named_by_submission=draw(st.booleans()),
        linked_registration_id=draw(st.sampled_from([None, None, "REG-2026-a01"])),
    )


@st.composite
def commands(draw: st.DrawFn) -> Command:
    return Command(
        kind=draw(st.sampled_from(list(CommandKind))),
        actor=draw(st.sampled_from(["005A", None])),
        at=draw(hours),
        source="salesforce Status__c",
        is_allowed=draw(st.booleans()),
        window_end=draw(st.none() | hours),
        status=draw(st.none() | st.sampled_from([Status.REGISTERED, Status.WON, Status.REFUSED, Status.EXPIRED])),
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    of = draw(claims())
    return Case(
        claim=of,
        registration=draw(registrations(of)),
        rivals=tuple(draw(rivals(number)) for number in range(1, draw(st.integers(1, 4)))),
        opportunities=tuple(draw(opportunities(number)) for number in range(draw(st.integers(0, 3)))),
        coverage=draw(st.sampled_from([(), read_until("2026-12-01T00:00:00Z"), read_until("2026-03-20T00:00:00Z")])),
        command=draw(st.none() | commands()),
        claim_changed_at=draw(st.none() | hours),
        is_gone=draw(st.sampled_from([False, False, False, True])),
        proposal=draw(st.none() | commands().filter(lambda each: each.kind in PROPOSABLE)),
    )


def after(told: Case, decision: Decision) -> Case:
    """The same case once the decision is recorded: its registration moved, its opportunities linked."""
    assert told.registration is not None
    added = {each.ref for each in decision.links}
    return replace(
        told,
        command=None,
        proposal=decision.proposal,
        registration=applied(told.registration, decision),
        opportunities=tuple(
            replace(each, is_linked=each.is_linked or each.opportunity.ref in added) for each in told.opportunities
        ),
    )


@settings(max_examples=300, deadline=None)
@given(told=cases(), now=hours)
def test_deciding_twice_changes_nothing(told, now):
    """A decision is a fixed point: recorded and decided again, nothing moves, no terms change, no link is added.

    A command is handed in once; what seeing it again does is told in test_commands.py.
    """
    first = decide(told, POLICY, now)
    second = decide(after(told, first), POLICY, now)

    assert not second.transitions
    assert second.terms == first.terms
    assert second.deal_key == first.deal_key
    assert second.priority_at == first.priority_at
    assert not second.links
    assert second.deadlines == first.deadlines
    assert second.proposal == first.proposal


@settings(max_examples=200, deadline=None)
@given(told=cases(), now=hours, data=st.data())
def test_order_of_rivals_and_opportunities_does_not_matter(told, now, data):
    shuffled = replace(
        told,
        rivals=tuple(data.draw(st.permutations(told.rivals))),
        opportunities=tuple(data.draw(st.permutations(told.opportunities))),
    )

    one, other = decide(told, POLICY, now), decide(shuffled, POLICY, now)

    assert one.transitions == other.transitions
    assert (one.terms, one.deal_key, one.deadlines) == (other.terms, other.deal_key, other.deadlines)


@settings(max_examples=300, deadline=None)
@given(told=cases(), now=hours)
def test_every_decision_is_sound(told, now):
    """Codes are in the list, a registered deal has a window, times do not run ahead, and the data replays."""
    decision = decide(told, POLICY, now)

    assert {each.reason for each in decision.transitions} <= REASONS.keys()
    assert {each.code for each in decision.flags} | {each.reason for each in decision.waits} <= REASONS.keys()
    assert [each.at for each in decision.transitions] == sorted(each.at for each in decision.transitions)
    assert decision.deal_key
    assert decision_from(decision_data(decision)).transitions == decision.transitions
    for move in decision.transitions:
        if move.status is Status.REGISTERED and told.command is None and move.reason == "approved_automatically":
            assert told.registration is not None
            assert told.registration.status in OPEN


@dataclass
class World:
    """A few claims for one deal, decided one at a time, each seeing the others as they stand."""

    claims: tuple[Claim, ...]
    held: dict[CrmRef, Registration]

    def decide_one(self, index: int, now: datetime) -> Decision | None:
        subject = self.claims[index]
        if subject.created_at > now:
            return None  # not there yet
        others = tuple(
            rival(each, self.held.get(each.ref))
            for each in self.claims
            if each.ref != subject.ref and each.created_at <= now
        )
        before = self.held.get(subject.ref) or registration(subject)
        coverage = read_until(now.isoformat())
        decision = decide(Case(claim=subject, registration=before, rivals=others, coverage=coverage), POLICY, now)
        self.held[subject.ref] = applied(before, decision)
        return decision

    def holders(self) -> list[Registration]:
        return [each for each in self.held.values() if each.status in PROTECTED and each.exclusive]


def world(of: Sequence[Claim]) -> World:
    return World(claims=tuple(replace(each, amount=usd(20_000)) for each in of), held={})


few_hours = st.integers(min_value=0, max_value=72).map(lambda count: START + timedelta(hours=count))


@settings(max_examples=200, deadline=None)
@given(
    of=st.tuples(*(claims(number, few_hours) for number in range(4))),
    turns=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 40)), min_size=5, max_size=40),
)
def test_one_deal_never_has_two_holders(of, turns):
    """Whatever the order and the times at which the claims of one deal are decided."""
    told, now = world(of), START
    for index, pause in turns:
        now += timedelta(hours=pause)
        told.decide_one(index, now)
        assert len(told.holders()) <= 1


@settings(max_examples=200, deadline=None)
@given(of=st.tuples(*(claims(number, few_hours) for number in range(4))), data=st.data())
def test_the_first_valid_claim_wins_in_every_order_of_deciding(of, data):
    """Once all is read and the holding periods are over, the same claim holds the deal, whoever was looked at first."""
    rulings = []
    for order in (range(4), data.draw(st.permutations(range(4)))):
        told = world(of)
        for day in (4, 5, 6, 7, 8):
            for index in order:
                told.decide_one(index, START + timedelta(days=day, minutes=index))
        rulings.append({ref: (each.status, each.reason) for ref, each in told.held.items()})

    assert rulings[0] == rulings[1]


@given(told=cases(), now=hours)
@example(told=Case(claim=claim(), registration=registration(claim())), now=START + timedelta(days=3))
def test_decide_asks_only_its_arguments(told, now):
    """The same case at the same instant gives the same decision, texts included."""
    assert decide(told, POLICY, now) == decide(told, POLICY, now)
