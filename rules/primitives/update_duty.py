"""The partner's duty to report meaningful progress (primitive 17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.choice import Choice
from rules.expression import Condition
from rules.setting import setting
from rules.span import Span


class Overdue(StrEnum):
    """What a missed update leads to."""

    EXPIRE = "expire"
    RECAPTURE = "recapture"
    SUSPEND = "suspend"
    REVIEW = "review"  # shown to a person; the protection stays
    FLAG = "flag"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDuty:
    """A change of one of the named fields is an update; a save without such a change is none."""

    every: Choice[Span] | None = setting(None, "At the latest so long after the last update; null: no duty.")
    meaningful: tuple[str, ...] = setting(
        ("deal.stage", "deal.amount", "deal.expected_close_on", "deal.next_step", "deal.last_activity_at"),
        "Facts whose change counts as progress.",
    )
    least_change: int = setting(0, "A change of an amount counts from so many percent on.")
    warnings_before: tuple[Span, ...] = setting((Span(days=7),), "When to warn, before an update is due.")
    overdue: Overdue = setting(Overdue.FLAG, "expire, recapture, suspend (until an update comes), review, flag.")
    grace: Span | None = setting(None, "So long after the due time nothing happens yet.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    reason: str = setting("update_overdue", "Reason code when it lapses.")
