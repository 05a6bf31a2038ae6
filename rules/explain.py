"""Why was this decided? A recorded decision in words, for the partner, support or an auditor; rendered on reading.

The partner is told the outcome, what it means for the deal and what to do, in sentences of our own only (rules/wording.py):
no step, fact, flag or other record is quoted, so no rival, its product or its price can show. Support is told every rule in
the order it was asked, with each fact, where it came from and when it was read. An auditor is told all of that and where it
stands in the ledger's chain: who acted, under which policy, and what the entry's hash rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from rules.cases import Decision, Fact, Step, StepResult
from rules.record import decision_from
from rules.records import PROTECTED, Registration, Reward, Status
from rules.wording import ENGLISH, TOLD, Outcome, Words, reward_text


class Audience(StrEnum):
    PARTNER = "partner"
    SUPPORT = "support"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a decision stands in the ledger: its number in the chain, hashes, actor, policy."""

    seq: int
    at: datetime
    hash: str
    prev_hash: str
    actor: str
    policy_hash: str
    policy: str = ""  # name and version, where the ledger knows them


_MARKS: Final = {
    StepResult.PASSED: "ok",
    StepResult.FAILED: "no",
    StepResult.UNKNOWN: "??",
    StepResult.SKIPPED: "--",
}
_WAITING: Final = {
    "holding": "goes_on",
    "waiting_for_connection": "goes_on",
    "waiting_for_earlier_claim": "goes_on",
    "waiting_for_partner": "partner_unknown",
}
_SETTLED: Final = PROTECTED | {Status.IN_REVIEW, Status.WON}  # nothing is asked of the partner
_SOON: Final = ("window_ends_soon", "update_due_soon")  # the only flags a partner hears of


def explain(
    data: Mapping[str, Any],
    *,
    audience: Audience,
    registration: Registration | None = None,
    zone: str = "UTC",
    words: Words = ENGLISH,
    provenance: Provenance | None = None,
) -> list[str]:
    """Return the lines that explain a recorded decision.

    data: as rules/record.py writes it. registration: as it stands now, for decisions that moved nothing. zone: the
    policy's, for the last protected day. words: as the policy completes them. provenance: for an auditor.
    """
    decision = decision_from(data)
    if audience is Audience.PARTNER:
        return _for_partner(decision, registration, zone, words)
    lines = _for_support(decision, registration, zone, words)
    if audience is Audience.AUDITOR and provenance is not None:
        lines += _chained(provenance, decision)
    return lines


def _for_partner(decision: Decision, registration: Registration | None, zone: str, words: Words) -> list[str]:
    outcome = _as_partner_sees_it(decision, registration)
    lines = [words.note(outcome, zone=zone)]
    if outcome.status in (Status.RECEIVED, Status.HOLDING):
        named = dict.fromkeys(_WAITING[each.reason] for each in decision.waits if each.reason in _WAITING)
        lines += [words.phrase(name) for name in named]
    lines += [words.partner(each.code) for each in decision.flags if each.code in _SOON]
    return [line for line in lines if line]


def _as_partner_sees_it(decision: Decision, registration: Registration | None) -> Outcome:
    """Return what holds after the decision, of the partner's own claim only."""
    status, reason = _outcome(decision, registration)
    terms, told = decision.terms, decision.memory.get(TOLD) or {}
    return Outcome(
        status=status,
        reason=reason,
        registration_id=registration.registration_id if registration is not None else "",
        customer=registration.customer_name if registration is not None else "",
        product=registration.product if registration is not None else "",
        amount=registration.amount if registration is not None else None,
        window=terms.window if status in PROTECTED else None,
        missing=decision.extra.get("missing", ()) if status not in _SETTLED else (),
        programme=terms.programme,
        kind=terms.kind,
        rank=terms.rank,
        rewards=[each for each in terms.rewards if each.partner_id == terms.partner_id],
        told=told,
    )


def _for_support(decision: Decision, registration: Registration | None, zone: str, words: Words) -> list[str]:
    _, reason = _outcome(decision, registration)
    values = words.values(_as_partner_sees_it(decision, registration), zone=zone)
    lines = [
        f"{_time(each.at)}  {each.status}: {words.support(each.reason, values)} [{each.reason}, by {each.actor}]"
        for each in decision.transitions
    ]
    if not lines:
        lines.append(f"Nothing changed. {words.support(reason, values)} [{reason}]")
    advice = words.advice(reason, values)
    if advice:
        lines.append(f"What to do: {advice}")
    lines += _terms_lines(decision)
    lines.extend(f"Waits: {each.detail} [{each.reason}]" for each in decision.waits)
    lines.extend(f"Look at: {each.detail}. {words.support(each.code, values)} [{each.code}]" for each in decision.flags)
    if decision.proposal is not None:
        proposal = decision.proposal
        lines.append(
            f"Proposed: {proposal.kind}, {proposal.source}, {_time(proposal.at)}, by {proposal.actor or 'unknown'}."
        )
    lines.append(f"Ordered by {_time(decision.priority_at)}; deal key {decision.deal_key}.")
    lines.append("Rules in the order they were asked:")
    for step in decision.steps:
        lines.extend(_step_lines(step, is_deciding=step.rule == decision.deciding))
    lines.extend(f"Opportunity {each.ref}: {each.why}." for each in decision.links)
    return lines


def _terms_lines(decision: Decision) -> list[str]:
    """Return the three results: who holds the deal and how, until when, and who is paid what."""
    terms = decision.terms
    lines = []
    if terms.programme or terms.kind:
        kind = f", kind {terms.kind}" if terms.kind else ""
        lines.append(f"Programme {terms.programme or 'base'}{kind}.")
    if terms.window is not None:
        window = terms.window
        share = "exclusive" if terms.exclusive else "not exclusive"
        rank = f", place {terms.rank}" if terms.rank > 1 else ""
        lines.append(f"Protection from {_time(window.start)} until {_time(window.end)}, {share}{rank}.")
    lines.extend(_reward_line(each) for each in terms.rewards)
    return lines


def _reward_line(reward: Reward) -> str:
    reason = f" [{reward.reason}]" if reward.reason else ""
    return (
        f"Reward {reward.rule}: {reward_text(reward)} to {reward.role} {reward.partner_id or '(nobody yet)'}{reason}."
    )


def _chained(provenance: Provenance, decision: Decision) -> list[str]:
    policy = f" ({provenance.policy})" if provenance.policy else ""
    lines = [
        f"Entry {provenance.seq} of the chain, {_time(provenance.at)}, by {provenance.actor}.",
        f"  hash {provenance.hash}",
        f"  rests on {provenance.prev_hash}",
        f"  policy {provenance.policy_hash or 'none'}{policy}",
    ]
    lines.extend(f"Deadline {each.kind}: {_time(each.at)}." for each in decision.deadlines)
    lines.extend(f"Remembered {name}: {value}." for name, value in sorted(decision.memory.items()))
    return lines


def _outcome(decision: Decision, registration: Registration | None) -> tuple[Status, str]:
    """Return the status and reason code that hold after the decision."""
    if decision.transitions:
        last = decision.transitions[-1]
        return last.status, last.reason
    if registration is not None:
        return registration.status, registration.reason
    return Status.RECEIVED, "received"


def _step_lines(step: Step, *, is_deciding: bool) -> list[str]:
    mark = _MARKS[step.result]
    lines = [f"  {mark}  {step.rule}: {step.text}{'   <- decides' if is_deciding else ''}"]
    lines.extend(f"        {_fact(each)}" for each in step.facts)
    return lines


def _fact(fact: Fact) -> str:
    read = f", read as of {_time(fact.at)}" if fact.at is not None else ""
    return f"{fact.name} = {fact.value or '(empty)'}  from {fact.source}{read}"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
