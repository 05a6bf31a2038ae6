"""Appeals and disputes, each with its window (primitive 25).

A refused partner may appeal; a party may dispute what became of a deal, counted from its payout where the policy says so. In
time, the case goes back to a person with the status it had; a protected deal keeps its protection meanwhile. Too late, it is
shown with that reason and nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rules.records import PROTECTED, Request, Status
from rules.setting import setting
from rules.situation import told
from rules.span import Span
from rules.windows import start_of_day

if TYPE_CHECKING:
    from rules.situation import Situation

APPEALS: Final = "appeals"  # in a registration's memory: how many appeals there were
BEFORE: Final = "before_review"  # in a registration's memory: the status that an appeal or dispute found


class From(StrEnum):
    """Where a dispute's window starts."""

    DECISION = "decision"
    CLOSE = "close"
    PAYOUT = "payout"  # the fact deal.paid_out_at


_STARTS: Final[Mapping[From, str]] = {From.CLOSE: "deal.closed_on", From.PAYOUT: "deal.paid_out_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeals:
    """A refused partner may appeal, a party may dispute a payout; in time, the case goes back to a person."""

    within: Span | None = setting(None, "How long after a refusal the partner may appeal; null: no appeal.")
    times_max: int = setting(1, "How often one registration may be appealed.")
    dispute_within: Span | None = setting(None, "How long a dispute may be raised; null: not at all.")
    dispute_from: From = setting(
        From.PAYOUT,
        "A dispute's window is counted from: decision, close, payout. While the closing or payout is not known it is open.",
    )
    approver: str | None = setting(None, "Role that decides on an appeal or a dispute; null: whoever may command.")


def asked_appeal(situation: Situation, request: Request) -> tuple[str, str] | None:
    """Answer a partner's appeal."""
    problem = appeal(situation, request.at, actor=f"partner:{situation.partner_id}")
    return ("appeal_too_late", problem) if problem is not None else None


def asked_dispute(situation: Situation, request: Request) -> tuple[str, str] | None:
    """Answer a partner's dispute."""
    problem = dispute(situation, request.at, actor=f"partner:{situation.partner_id}")
    if problem is not None:
        return "dispute_too_late", problem
    return ("dispute_opened", "the deal stays protected meanwhile") if situation.status in PROTECTED else None


def appeal(situation: Situation, at: datetime, *, actor: str) -> str | None:
    """Open an appeal made at that time; return what stands against it, None where nothing does."""
    rules, refused_at = situation.policy.appeals, situation.since
    if rules.within is None:
        return "the policy hears no appeals"
    if refused_at is None or at < refused_at:
        return "it was made before the decision"
    end = situation.end_of(rules.within, refused_at)
    if at >= end:
        return f"it came {told(at)}, after {told(end)}"
    count = situation.memory.get(APPEALS, 0)
    if count >= rules.times_max:
        return f"there were {count} appeals already"
    situation.memory[APPEALS] = count + 1
    _to_review(situation, "appeal_opened", at, actor)
    return None


def dispute(situation: Situation, at: datetime, *, actor: str) -> str | None:
    """Open a dispute raised at that time; return what stands against it. A protected deal stays as it is."""
    rules = situation.policy.appeals
    if rules.dispute_within is None:
        return "the policy hears no disputes"
    start = _dispute_start(situation)
    if start is not None:
        end = situation.end_of(rules.dispute_within, start)
        if at >= end:
            return f"it came {told(at)}, after {told(end)}"
    if situation.status not in PROTECTED:
        _to_review(situation, "dispute_opened", at, actor)
    return None


def before_review(situation: Situation) -> tuple[Status, str] | None:
    """Return the status and reason that an appeal or dispute found, while it is open."""
    kept: Mapping[str, Any] | None = situation.memory.get(BEFORE)
    if kept is None or situation.status is not Status.IN_REVIEW:
        return None
    return Status(kept["status"]), kept["reason"]


def _to_review(situation: Situation, reason: str, at: datetime, actor: str) -> None:
    situation.memory[BEFORE] = {"status": str(situation.status), "reason": situation.reason}
    situation.deciding = "appeals"
    situation.move(Status.IN_REVIEW, reason, at=at, actor=actor)


def _dispute_start(situation: Situation) -> datetime | None:
    rules = situation.policy.appeals
    if rules.dispute_from is From.DECISION:
        return situation.since
    known: date | None = situation.facts[_STARTS[rules.dispute_from]]
    if known is None or isinstance(known, datetime):
        return known
    return start_of_day(known, situation.policy.zone)
