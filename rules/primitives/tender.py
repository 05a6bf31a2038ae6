"""Public tenders: what counts is which came first, publication or the claim (primitive 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.action import Action, Unknown
from rules.cases import Fact
from rules.events import submitted_at
from rules.expression import Condition
from rules.setting import setting
from rules.situation import Kind, Situation, Verdict, skipped, told
from rules.verdicts import holds, outcome, unasked_by


class TenderRule(StrEnum):
    """When a deal that is put out to tender may be registered."""

    ALWAYS = "always"
    NEVER = "never"
    SUBMITTED_BEFORE = "submitted_before"  # submitted before the tender was published
    APPROVED_BEFORE = "approved_before"  # approved before it was published
    PUBLISHED_BEFORE = "published_before"  # only once it has been published


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Facts: deal.is_tender, deal.tender_published_at. A deal is a tender when either says so."""

    rule: TenderRule = setting(
        TenderRule.ALWAYS,
        "always, never, submitted_before, approved_before (the publication), published_before (the submission). "
        "The same instant is not before.",
    )
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(
        None, "Eligible all the same where this holds: a fitting framework contract, say."
    )
    action: Action = setting(
        Action.REFUSE, "refuse, return or review.", only=(Action.REFUSE, Action.RETURN, Action.REVIEW)
    )
    unknown: Unknown = setting(Unknown.REVIEW, "A tender without a publication date: refuse, return, review, pass.")
    reason: str = setting("tender_not_eligible", "Reason code of a refusal.")


def tender(situation: Situation) -> Verdict:
    """The deal is no tender, or stands in the order of publication and claim that the policy asks for."""
    return asked_at(situation, situation.now)


def asked_at(situation: Situation, moment: datetime) -> Verdict:
    """Ask the rule as of an approval at `moment`: whoever approves, the tender must not have been published by then."""
    rules, claim = situation.policy.tender, situation.claim
    if rules.rule is TenderRule.ALWAYS:
        return skipped("tenders may be registered")
    if not claim.is_tender and claim.tender_published_at is None:
        return skipped("nothing tells that the deal is a tender")
    verdict = unasked_by(rules.when, situation) or _ordered(situation, rules, moment)
    if verdict.kind is Kind.PASS or rules.unless is None:
        return verdict
    if rules.unless.test(situation.facts):
        return holds(f"{verdict.text}; eligible all the same: {rules.unless.text}", verdict.facts)
    return verdict  # an exception has to be shown: one that is unknown excuses nothing


def against_approval(situation: Situation, moment: datetime) -> tuple[str, str] | None:
    """Return what stands against a person's approval at `moment`: a tender that must be approved before its publication."""
    if situation.policy.tender.rule is not TenderRule.APPROVED_BEFORE:
        return None
    verdict = asked_at(situation, moment)
    return (verdict.reason, verdict.text) if verdict.kind is Kind.REFUSE else None


def _ordered(situation: Situation, rules: Tender, moment: datetime) -> Verdict:
    """Compare the publication with the submission or the approval."""
    published = situation.claim.tender_published_at
    if rules.rule is TenderRule.NEVER:
        return _failed(rules, "the deal is put out to tender", _facts(situation, published))
    if published is None:
        return outcome(
            rules.unknown,
            "the deal is a tender; when it was published is not known",
            _facts(situation, published),
            reason=rules.reason,
            doubt="tender_doubtful",
            is_unknown=True,
        )
    word, compared = "submitted", submitted_at(situation)
    if rules.rule is TenderRule.APPROVED_BEFORE:
        word, compared = "approved", moment
    is_before = compared < published
    sign = "before" if is_before else "not before"
    text = f"{word} {told(compared)}, {sign} the tender was published {told(published)}"
    facts = _facts(situation, published)
    if is_before is (rules.rule is not TenderRule.PUBLISHED_BEFORE):
        return holds(text, facts)
    return _failed(rules, text, facts)


def _failed(rules: Tender, text: str, facts: tuple[Fact, ...]) -> Verdict:
    return outcome(rules.action, text, facts, reason=rules.reason, doubt="tender_doubtful")


def _facts(situation: Situation, published: datetime | None) -> tuple[Fact, ...]:
    if published is None:
        return (situation.claim_fact("deal.is_tender", "true"),)
    return (situation.claim_fact("deal.tender_published_at", published.isoformat()),)
