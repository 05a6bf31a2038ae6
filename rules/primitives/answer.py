"""The promised time to answer, research that moves it once, and who is told when it is missed (primitive 13).

The clock runs while the claim waits for the vendor: not while it lies with the partner to be completed, and anew from the
moment it came back. Where it starts at completeness it does not run before. Nothing is decided by it; it sets deadlines and
shows what is late.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.choice import Choice
from rules.events import COMPLETE_AT, completed_at, submitted_at
from rules.setting import required, setting
from rules.span import Span
from rules.windows import added

if TYPE_CHECKING:
    from rules.situation import Situation

RESEARCH: Final = "research"  # in a registration's memory: when research was begun


class ClockStart(StrEnum):
    SUBMISSION = "submission"
    COMPLETENESS = "completeness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step when an answer is late."""

    after: Span = required("So long after the start of the clock; research moves it, too.")
    to: str = required("Role or name the case is handed to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How soon the partner hears."""

    within: Choice[Span] | None = setting(
        Choice.always(Span(working=timedelta(hours=16))),
        "Time to answer: 16 business hours, 3 business days, 2 h. null: no promise.",
    )
    starts: ClockStart = setting(
        ClockStart.SUBMISSION,
        "The clock starts at: submission, completeness. A claim that was returned starts anew when it comes back.",
    )
    research_adds: Span | None = setting(
        None, "What the answer 'we are looking into it' adds, once. null: not offered."
    )
    escalations: tuple[Escalation, ...] = setting((), "Who is told when no answer was given in time.")


def clock_start(situation: Situation) -> datetime | None:
    """Return when the clock for the answer started; None: it does not run yet."""
    if situation.policy.answer.starts is ClockStart.COMPLETENESS or COMPLETE_AT in situation.memory:
        return completed_at(situation)
    return submitted_at(situation)


def answer_due(situation: Situation) -> datetime | None:
    """Return until when the partner was promised an answer; None: no promise."""
    due: datetime | None = situation.shared("answer_due", _answer_due)
    return due


def _answer_due(situation: Situation) -> datetime | None:
    within, start = situation.pick(situation.policy.answer.within), clock_start(situation)
    if within is None or start is None:
        return None
    return _with_research(situation, situation.end_of(within, start))


def escalations(situation: Situation) -> Iterator[tuple[datetime, str]]:
    """Yield the escalation steps with their times, in order."""
    start = clock_start(situation) if situation.policy.answer.escalations else None
    if start is None:
        return
    steps = [
        (_with_research(situation, situation.end_of(each.after, start)), each.to)
        for each in situation.policy.answer.escalations
    ]
    yield from sorted(steps)


def research(situation: Situation, at: datetime) -> str | None:
    """Begin research at that time, which moves the answer once; return what stands against it, None where nothing does."""
    if situation.policy.answer.research_adds is None:
        return "the policy offers no research"
    begun = situation.memory.get(RESEARCH)
    if begun is not None:
        return f"research was begun on {begun[:10]} already"
    situation.memory[RESEARCH] = at.isoformat()
    return None


def flag_late(situation: Situation) -> None:
    """Show a person that an answer is late, and to whom the case has gone."""
    due = answer_due(situation)
    if due is not None and situation.now >= due:
        situation.flag("answer_overdue", situation.claim.ref, f"an answer was due {due:%Y-%m-%d %H:%M}Z")
    for at, to in escalations(situation):
        if situation.now >= at:
            situation.flag("escalated", situation.claim.ref, f"with {to} since {at:%Y-%m-%d %H:%M}Z")


def _with_research(situation: Situation, due: datetime) -> datetime:
    adds, policy = situation.policy.answer.research_adds, situation.policy
    if adds is None or RESEARCH not in situation.memory:
        return due
    return added(adds, due, policy.zone, policy.calendar)
