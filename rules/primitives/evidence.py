"""Proof of the partner's work: kinds, how many of them, by when, how fresh (primitive 12).

Proof that may still be brought later keeps the claim waiting until the time for it has passed; then the demand leads where
it says. The demand is asked late in the ladder, so that a claim which cannot succeed anyway is not kept waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rules.action import Action
from rules.cases import Fact, StepResult, Wait
from rules.events import submitted_at
from rules.expression import Condition
from rules.records import Proof
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict, told
from rules.span import Span
from rules.verdicts import holds, in_order, last_day_before, outcome, tell, unasked_by
from rules.windows import is_within_lookback, local_date

_DAY: Final = timedelta(days=1)
EVIDENCE_PENDING: Final = "evidence_pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRule:
    """One demand for evidence."""

    name: str = required("Short name, shown in decisions.")
    kinds: tuple[str, ...] = required("The kinds that count, as the CRM names them. Case does not matter.")
    at_least: int = setting(1, "How many different kinds of them are needed.")
    dated: bool = setting(False, "Only proof with a date counts.")
    not_older_than: Span | None = setting(None, "Proof older than this at the submission, or undated, does not count.")
    before_submission: bool = setting(
        False, "Only work done up to the day of the submission counts; undated proof does not."
    )
    within: Span | None = setting(
        None, "The partner may bring it so long after submission; until then the claim is pending. null: at once."
    )
    when: Condition | None = setting(None, "Asked only where this holds.")
    otherwise: Action = setting(
        Action.RETURN, "return, refuse, review.", only=(Action.RETURN, Action.REFUSE, Action.REVIEW)
    )
    reason: str = setting("evidence_missing", "Reason code where it is missing.")


def evidence(situation: Situation) -> Verdict:
    """The claim shows the proof that the policy demands of it."""
    return in_order(situation, "evidence", situation.policy.evidence, _is_shown, none="no evidence is demanded")


def shows_evidence(situation: Situation) -> bool:
    """Tell whether the claim shows all the evidence that the policy demands of it, by now."""
    return all(
        not _lacking(each, situation) for each in situation.policy.evidence if unasked_by(each.when, situation) is None
    )


def _is_shown(rule: EvidenceRule, situation: Situation) -> Verdict:
    not_asked = unasked_by(rule.when, situation, clause=rule.name)
    if not_asked is not None:
        return not_asked
    counted = [each for each in situation.claim.evidence if _counts(each, rule, situation)]
    facts = tuple([_fact(each, situation) for each in situation.claim.evidence if _is_of(each, rule)])
    text = f"{len(_kinds(counted))} of {rule.at_least} kinds of evidence shown: {', '.join(rule.kinds)}"
    lacking = _lacking(rule, situation)
    if not lacking:
        return holds(text, facts, clause=rule.name)
    due = None if rule.within is None else situation.end_of(rule.within, submitted_at(situation))
    if due is not None and situation.now < due:
        situation.extra.setdefault("missing", lacking)
        tell(situation, until=last_day_before(due, situation))
        wait = Wait(reason=EVIDENCE_PENDING, detail=f"{text}; it may be brought until {told(due)}", until=due)
        return Verdict(Kind.WAIT, wait.detail, facts, EVIDENCE_PENDING, StepResult.UNKNOWN, wait, rule.name)
    situation.extra["missing"] = lacking
    if due is not None:
        text = f"{text}; the time for it ended {told(due)}"
    return outcome(rule.otherwise, text, facts, reason=rule.reason, doubt="evidence_doubtful", clause=rule.name)


def _lacking(rule: EvidenceRule, situation: Situation) -> list[str]:
    """Return the kinds that could still be brought, in the policy's order; empty where enough are shown."""
    shown = _kinds([each for each in situation.claim.evidence if _counts(each, rule, situation)])
    if len(shown) >= rule.at_least:
        return []
    return [each for each in rule.kinds if each.casefold() not in shown]


def _counts(proof: Proof, rule: EvidenceRule, situation: Situation) -> bool:
    if not _is_of(proof, rule):
        return False
    if proof.on is None:
        return not (rule.dated or rule.before_submission or rule.not_older_than is not None)
    zone, submitted = situation.policy.zone, submitted_at(situation)
    if rule.before_submission and proof.on > local_date(submitted, zone):
        return False
    if rule.not_older_than is None:
        return True
    # A look-back leaves out what lies exactly so far back; proof that old is not older yet.
    return is_within_lookback(proof.on + _DAY, rule.not_older_than, submitted, zone, situation.policy.calendar)


def _is_of(proof: Proof, rule: EvidenceRule) -> bool:
    return proof.kind.casefold() in {each.casefold() for each in rule.kinds}


def _kinds(proofs: Sequence[Proof]) -> set[str]:
    return {each.kind.casefold() for each in proofs}


def _fact(proof: Proof, situation: Situation) -> Fact:
    return situation.claim_fact("deal.evidence", proof.kind if proof.on is None else f"{proof.kind} of {proof.on}")
