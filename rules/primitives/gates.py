"""Conditions on partner, customer or deal, on submission and while registered (primitive 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.action import Action, Unknown
from rules.cases import Fact, StepResult
from rules.expression import Condition
from rules.records import Partner, Standing
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict, passed, skipped
from rules.verdicts import explained, in_order, step_name, test, unasked_by


class Lapse(StrEnum):
    """What happens to a registration whose gate no longer holds."""

    SUSPEND = "suspend"  # until it holds again
    RECAPTURE = "recapture"  # ended for good; the vendor may give the deal out again
    FLAG = "flag"  # shown to a person
    KEEP = "keep"  # asked on submission only


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition that must hold."""

    name: str = required("Short name, shown in decisions.")
    require: Condition = required("Must hold.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    otherwise: Action = setting(Action.REFUSE, "refuse, return, review, wait, off.")
    unknown: Unknown = setting(Unknown.REVIEW, "What an unknown fact leads to: refuse, return, review, pass.")
    reason: str = setting("gate_not_met", "Reason code where it does not hold.")
    while_registered: Lapse = setting(Lapse.KEEP, "When it stops to hold later: suspend, recapture, flag, keep.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRules:
    """Which partners may register. A standing in neither set passes."""

    refuse_when: frozenset[Standing] = setting(
        frozenset({Standing.SUSPENDED}), "Standings that may not register: good, past_due, suspended, unknown."
    )
    review_when: frozenset[Standing] = setting(frozenset({Standing.PAST_DUE}), "Standings that a person looks at.")
    tiers: frozenset[str] = setting(frozenset[str](), "Only these tiers; empty: every tier.")
    is_continuous: bool = setting(
        True, "Ask again while registered; one that falls into refuse_when is suspended until it returns."
    )
    suspend_when: frozenset[Standing] | None = setting(
        None, "Standings that suspend a registration; null: those of refuse_when."
    )


RESTS_FOR: Final = "rests_for"  # in a registration's memory: the conditions for which it is suspended
# What a gate that lapsed leads to, and why.
_LAPSES: Final = {
    Lapse.SUSPEND: "gate_lapsed",
    Lapse.RECAPTURE: "recaptured_gate",
    Lapse.FLAG: "gate_failing",
}


@dataclass(frozen=True, slots=True)
class Lapsed:
    """A condition of a registration that no longer holds. name: as steps call it; reason: code for what follows."""

    name: str
    leads_to: Lapse
    text: str
    facts: tuple[Fact, ...]
    reason: str


def gates(situation: Situation) -> Verdict:
    """Every gate holds."""
    return in_order(situation, "gate", situation.policy.gates, _passes, none="no gate is set")


def standing(situation: Situation) -> Verdict:
    """The partner's standing allows registrations."""
    partner, rules = situation.partner, situation.policy.standing
    assert partner is not None, situation.claim.ref
    fact = partner_fact(partner, "partner.standing", partner.standing)
    text = f"partner standing is {partner.standing}"
    if partner.standing in rules.refuse_when:
        return Verdict(Kind.REFUSE, text, (fact,), "partner_standing")
    if partner.standing in rules.review_when:
        return Verdict(Kind.REVIEW, text, (fact,), "standing_doubtful")
    return passed(text, fact)


def tier(situation: Situation) -> Verdict:
    """The partner's tier is admitted."""
    partner, tiers = situation.partner, situation.policy.standing.tiers
    if not tiers:
        return skipped("every tier is admitted")
    assert partner is not None, situation.claim.ref
    fact = partner_fact(partner, "partner.tier", partner.tier or "")
    if partner.tier is not None and partner.tier.casefold() in {each.casefold() for each in tiers}:
        return passed(f"tier {partner.tier} is admitted", fact)
    text = f"tier {partner.tier or 'unknown'} is not among {', '.join(sorted(tiers))}"
    return Verdict(Kind.REFUSE, text, (fact,), "partner_tier")


def lapsed(situation: Situation) -> tuple[Lapsed, ...]:
    """Return what no longer holds of a registered deal, asked again with the facts of now; each question becomes a step.

    What cannot be told changes nothing: a gate whose fact is unknown goes on holding, or failing if that is what the
    registration rests for. A submission edited to name another partner says nothing about the partner of record.
    """
    partner = situation.partner
    if partner is None or partner.partner_id != situation.partner_id:
        return ()
    found = (*_lapsed_standing(situation, partner), *_lapsed_gates(situation))
    resting = [each.name for each in found if each.leads_to is Lapse.SUSPEND]
    if resting:
        situation.memory[RESTS_FOR] = resting
    else:
        situation.memory.pop(RESTS_FOR, None)
    return found


def partner_fact(partner: Partner, name: str, value: str) -> Fact:
    """Return a fact about a partner with the row it was read from."""
    return Fact(name=name, value=str(value), source=str(partner.refs[0]) if partner.refs else partner.partner_id)


def _passes(gate: Gate, situation: Situation) -> Verdict:
    if gate.otherwise is Action.OFF:
        return skipped(f"{gate.name} is off")
    not_asked = unasked_by(gate.when, situation, clause=gate.name)
    return not_asked or test(
        gate.require,
        situation,
        otherwise=gate.otherwise,
        unknown=gate.unknown,
        reason=gate.reason,
        doubt="gate_doubtful",
        clause=gate.name,
    )


def _lapsed_standing(situation: Situation, partner: Partner) -> Iterator[Lapsed]:
    rules = situation.policy.standing
    bad = rules.refuse_when if rules.suspend_when is None else rules.suspend_when
    if not rules.is_continuous or not bad:
        return
    fact = partner_fact(partner, "partner.standing", partner.standing)
    text = f"partner standing is {partner.standing}"
    if partner.standing in bad:
        yield Lapsed("standing", Lapse.SUSPEND, text, (fact,), "standing_lost")
    else:
        situation.step("standing", StepResult.PASSED, text, (fact,))


def _lapsed_gates(situation: Situation) -> Iterator[Lapsed]:
    resting = situation.memory.get(RESTS_FOR, ())
    for gate in situation.policy.gates:
        reason = _LAPSES.get(gate.while_registered)
        if reason is None or unasked_by(gate.when, situation) is not None:
            continue
        name, answer = step_name("gate", gate.name), gate.require.test(situation.facts)
        text, facts = explained(gate.require, situation)
        if answer is False or (answer is None and name in resting):
            yield Lapsed(name, gate.while_registered, text, facts, reason)
        else:
            situation.step(name, StepResult.PASSED if answer else StepResult.UNKNOWN, text, facts)
