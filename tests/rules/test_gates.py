"""Conditions on partner, customer or deal, on submission and while registered; the partner's standing and tier."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.action import Action, Unknown
from rules.decide import decide
from rules.expression import Condition, Type
from rules.policy import FactRule
from rules.primitives.gates import Gate, Lapse, StandingRules, lapsed
from rules.primitives.intake import FieldsWhen, Intake
from rules.records import Standing, Status
from rules.situation import Situation
from tests.rules.build import (
    CONTOSO,
    POLICY,
    applied,
    case,
    claim,
    partner,
    reasons,
    registered,
    registration,
    statuses,
    utc,
    waits,
)

NOW = utc("2026-03-02T10:05:00Z")
CERTIFIED = Condition("'sales' in partner.certifications")
KICKOFF = Condition("partner.kickoff_done", {"partner.kickoff_done": Type.BOOL})
OWN = (FactRule(name="partner.kickoff_done", type=Type.BOOL), FactRule(name="deal.tender_no", type=Type.TEXT))


def policy(*gates, **changes):
    return replace(POLICY, gates=gates, holding=None, facts=OWN, **changes)


def gate(require=CERTIFIED, **changes):
    return Gate(**{"name": "certified", "require": require, **changes})


def by(**changes):
    return claim(partner=partner(**changes))


@pytest.mark.parametrize(
    ("otherwise", "status", "reason"),
    [
        (Action.REFUSE, Status.REFUSED, "gate_not_met"),
        (Action.RETURN, Status.RETURNED, "gate_not_met"),
        (Action.REVIEW, Status.IN_REVIEW, "gate_doubtful"),
        (Action.OFF, Status.REGISTERED, "approved_automatically"),
    ],
)
def test_gate_that_does_not_hold(otherwise, status, reason):
    decision = decide(case(), policy(gate(otherwise=otherwise)), NOW)

    assert (statuses(decision), reasons(decision)) == ([status], [reason])


def test_gate_says_which_clause_failed_and_on_what_fact():
    decision = decide(case(), policy(gate()), NOW)

    step = next(each for each in decision.steps if each.rule == "gate.certified")
    assert decision.deciding == "gate.certified"
    assert "partner.certifications" in step.text
    assert [each.name for each in step.facts] == ["partner.certifications"]
    assert statuses(decide(case(by(certifications=frozenset({"sales"}))), policy(gate()), NOW)) == [Status.REGISTERED]


def test_gate_that_waits_goes_on_by_itself():
    """A kickoff call that has not been held yet is waited for, not refused."""
    rules = policy(gate(KICKOFF, otherwise=Action.WAIT))
    waiting = decide(case(by(facts={"kickoff_done": False})), rules, NOW)

    assert waits(waiting) == ["condition_awaited"]
    assert not waiting.transitions
    assert any(each.kind == "wait_over" for each in waiting.deadlines)
    assert statuses(decide(case(by(facts={"kickoff_done": True})), rules, NOW)) == [Status.REGISTERED]


@pytest.mark.parametrize(
    ("unknown", "status"),
    [
        (Unknown.REVIEW, Status.IN_REVIEW),
        (Unknown.REFUSE, Status.REFUSED),
        (Unknown.RETURN, Status.RETURNED),
        (Unknown.PASS, Status.REGISTERED),
    ],
)
def test_unknown_fact_leads_where_the_gate_says(unknown, status):
    assert statuses(decide(case(), policy(gate(KICKOFF, unknown=unknown)), NOW)) == [status]


def test_gate_with_a_condition_and_a_reason_of_its_own():
    rules = policy(gate(when=Condition("deal.country == 'US'"), reason="below_minimum"))

    assert statuses(decide(case(), rules, NOW)) == [Status.REGISTERED]
    american = claim(customer=replace(claim().customer, country="US"))
    assert reasons(decide(case(american), rules, NOW)) == ["below_minimum"]


def lapses(of, rules, status=Status.REGISTERED, **changes):
    held = registered(of, start="2026-03-01T00:00:00Z", status=status, **changes)
    situation = Situation(case(of, held), rules, NOW)
    return [(each.name, each.leads_to, each.reason) for each in lapsed(situation)]


@pytest.mark.parametrize(
    ("lapse", "expected"),
    [
        (Lapse.SUSPEND, [("gate.certified", Lapse.SUSPEND, "gate_lapsed")]),
        (Lapse.RECAPTURE, [("gate.certified", Lapse.RECAPTURE, "recaptured_gate")]),
        (Lapse.FLAG, [("gate.certified", Lapse.FLAG, "gate_failing")]),
        (Lapse.KEEP, []),
    ],
)
def test_gate_that_holds_no_longer_while_registered(lapse, expected):
    assert lapses(claim(), policy(gate(while_registered=lapse))) == expected


def test_unknown_fact_changes_nothing_while_registered():
    """It goes on holding; it goes on failing only where it is what the registration rests for."""
    rules = policy(gate(KICKOFF, while_registered=Lapse.SUSPEND))
    failing = [("gate.certified", Lapse.SUSPEND, "gate_lapsed")]

    assert lapses(claim(), rules) == []
    assert lapses(claim(), rules, Status.SUSPENDED, memory={"rests_for": ["standing"]}) == []
    assert lapses(claim(), rules, Status.SUSPENDED, memory={"rests_for": ["gate.certified"]}) == failing
    assert (
        lapses(by(facts={"kickoff_done": True}), rules, Status.SUSPENDED, memory={"rests_for": ["gate.certified"]})
        == []
    )


@pytest.mark.parametrize(
    ("rules", "standing", "expected"),
    [
        (StandingRules(), Standing.SUSPENDED, ["standing"]),
        (StandingRules(), Standing.PAST_DUE, []),
        (StandingRules(suspend_when=frozenset({Standing.PAST_DUE})), Standing.PAST_DUE, ["standing"]),
        (StandingRules(is_continuous=False), Standing.SUSPENDED, []),
    ],
)
def test_standing_is_asked_again_while_registered(rules, standing, expected):
    found = lapses(by(standing=standing), replace(POLICY, standing=rules))

    assert [name for name, _, _ in found] == expected


def test_submission_that_names_another_partner_says_nothing_about_the_partner_of_record():
    mine = claim()
    held = registered(mine, start="2026-03-01T00:00:00Z")
    edited = claim(partner=partner(CONTOSO, standing=Standing.SUSPENDED))

    assert lapsed(Situation(case(edited, held), POLICY, NOW)) == ()


def test_tiers_are_compared_without_regard_to_case():
    rules = replace(POLICY, holding=None, standing=StandingRules(tiers=frozenset({"Gold"})))

    assert statuses(decide(case(by(tier="GOLD")), rules, NOW)) == [Status.REGISTERED]
    assert reasons(decide(case(by(tier="silver")), rules, NOW)) == ["partner_tier"]


@pytest.mark.parametrize(
    ("channel", "status"),
    [("portal", Status.REGISTERED), ("Portal", Status.REGISTERED), ("mail", Status.REFUSED), (None, Status.IN_REVIEW)],
)
def test_submission_through_another_door_is_refused(channel, status):
    rules = policy(intake=Intake(channels=frozenset({"portal"})))

    assert statuses(decide(case(claim(channel=channel)), rules, NOW)) == [status]


def test_own_and_conditional_fields_are_required():
    rules = policy(
        intake=Intake(
            required_fields=("customer", "deal.tender_no"),
            required_when=(FieldsWhen(when=Condition("deal.is_tender"), fields=("deal.tender_published_at",)),),
        )
    )
    first = decide(case(claim(is_tender=True)), rules, NOW)
    assert first.extra["missing"] == ["deal.tender_no", "deal.tender_published_at"]

    filled = claim(is_tender=False, facts={"tender_no": "T-1"})
    assert statuses(decide(case(filled), rules, NOW)) == [Status.REGISTERED]


def test_claim_returned_by_a_gate_goes_on_once_the_gate_holds():
    rules = policy(gate(otherwise=Action.RETURN))
    held = applied(registration(claim()), decide(case(), rules, NOW))
    later = utc("2026-03-05T10:00:00Z")
    assert not decide(case(claim(), held), rules, later).transitions

    better = by(certifications=frozenset({"sales"}))
    assert statuses(decide(case(better, held), rules, later)) == [Status.RECEIVED, Status.REGISTERED]
