"""The promised time to answer, and research that extends it (primitive 13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from rules.choice import Choice
from rules.setting import required, setting
from rules.span import Span


class ClockStart(StrEnum):
    SUBMISSION = "submission"
    COMPLETENESS = "completeness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """One step when an answer is late."""

    after: Span = required("So long after the start of the clock.")
    to: str = required("Role or name the case is handed to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How soon the partner hears."""

    within: Choice[Span] | None = setting(
        Choice.always(Span(working=timedelta(hours=16))),
        "Time to answer: 16 business hours, 3 business days, 2 h. null: no promise.",
    )
    starts: ClockStart = setting(ClockStart.SUBMISSION, "The clock starts at: submission, completeness.")
    research_adds: Span | None = setting(
        None, "What the answer 'we are looking into it' adds, once. null: not offered."
    )
    escalations: tuple[Escalation, ...] = setting((), "Who is told when no answer was given in time.")
