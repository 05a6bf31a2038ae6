"""Why was this decided? A recorded decision in words, for the partner or for support; rendered on reading.

The partner is told the outcome, what it means for the deal and what to do, in sentences of our own only: no step, fact,
flag or other record is quoted, so no rival, its product or its price can show. Support is told every rule in the order it
was asked, with each fact, where it came from and when it was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from rules.cases import Decision, Fact, Step, StepResult
from rules.reasons import REASONS, Reason
from rules.record import decision_from
from rules.records import Registration, Status, Window
from rules.windows import last_day


class Audience(StrEnum):
    PARTNER = "partner"
    SUPPORT = "support"


# How the required fields are called in front of a partner.
FIELD_WORDS: Final[Mapping[str, str]] = {
    "partner": "partner",
    "customer": "end customer",
    "customer_name": "end customer's name",
    "customer_domain": "end customer's web address",
    "customer_country": "end customer's country",
    "customer_contact_name": "contact at the end customer",
    "customer_contact_email": "contact's e-mail at the end customer",
    "deal_name": "name of the deal",
    "amount": "amount",
    "currency": "currency",
    "expected_close_on": "expected closing date",
    "products": "products",
    "description": "description",
    "channel": "channel",
    "submitted_at": "date of submission",
    "opportunity": "opportunity",
}
_MARKS: Final = {
    StepResult.PASSED: "ok",
    StepResult.FAILED: "no",
    StepResult.UNKNOWN: "??",
    StepResult.SKIPPED: "--",
}
_WAITING: Final = {
    "holding": "The check ends by itself; you will hear from us.",
    "waiting_for_connection": "The check ends by itself; you will hear from us.",
    "waiting_for_earlier_claim": "The check ends by itself; you will hear from us.",
    "waiting_for_partner": "We are setting up your partner account; you will hear from us.",
}


def explain(
    data: Mapping[str, Any], *, audience: Audience, registration: Registration | None = None, zone: str = "UTC"
) -> list[str]:
    """Return the lines that explain a recorded decision.

    data: as rules/record.py writes it. registration: as it stands now, for decisions that moved nothing. zone: the
    policy's, for the last protected day.
    """
    decision = decision_from(data)
    if audience is Audience.PARTNER:
        return _for_partner(decision, registration, zone)
    return _for_support(decision, registration)


def partner_note(reason: str, *, missing: Sequence[str] = (), window: Window | None = None, zone: str = "UTC") -> str:
    """Return what a partner reads in the CRM's note field.

    missing: canonical names of the fields to fill in. window: the protection as it stands; its last day
    in the policy's zone is told.
    """
    text = REASONS[reason].partner
    if missing:
        text += f" Missing: {', '.join(FIELD_WORDS.get(name, name.replace('_', ' ')) for name in missing)}."
    if window is not None:
        text += f" Protected until {last_day(window, zone)}."
    return text


def _for_partner(decision: Decision, registration: Registration | None, zone: str) -> list[str]:
    status, reason = _outcome(decision, registration)
    window = decision.terms.window if status in (Status.REGISTERED, Status.SUSPENDED) else None
    missing = decision.extra.get("missing", ()) if status is Status.RETURNED else ()
    lines = [partner_note(reason.code, missing=missing, window=window, zone=zone)]
    if status in (Status.RECEIVED, Status.HOLDING):
        lines.extend(dict.fromkeys(_WAITING[each.reason] for each in decision.waits if each.reason in _WAITING))
    if any(each.code == "window_ends_soon" for each in decision.flags):
        lines.append(REASONS["window_ends_soon"].partner)
    return [line for line in lines if line]


def _for_support(decision: Decision, registration: Registration | None) -> list[str]:
    _, reason = _outcome(decision, registration)
    lines = [
        f"{_time(each.at)}  {each.status}: {REASONS[each.reason].support} [{each.reason}, by {each.actor}]"
        for each in decision.transitions
    ]
    if not lines:
        lines.append(f"Nothing changed. {reason.support} [{reason.code}]")
    if reason.advice:
        lines.append(f"What to do: {reason.advice}")
    if decision.terms.window is not None:
        window = decision.terms.window
        kind = "exclusive" if decision.terms.exclusive else "not exclusive"
        lines.append(f"Protection from {_time(window.start)} until {_time(window.end)}, {kind}.")
    lines.extend(f"Waits: {each.detail} [{each.reason}]" for each in decision.waits)
    lines.extend(f"Look at: {each.detail}. {REASONS[each.code].support} [{each.code}]" for each in decision.flags)
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


def _outcome(decision: Decision, registration: Registration | None) -> tuple[Status, Reason]:
    """Return the status and reason that hold after the decision."""
    if decision.transitions:
        last = decision.transitions[-1]
        return last.status, REASONS[last.reason]
    if registration is not None and registration.reason in REASONS:
        return registration.status, REASONS[registration.reason]
    return Status.RECEIVED, REASONS["received"]


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
