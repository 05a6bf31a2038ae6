"""Appeals and disputes, each with its window (primitive 25)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.setting import setting
from rules.span import Span


class From(StrEnum):
    """Where a dispute's window starts."""

    DECISION = "decision"
    CLOSE = "close"
    PAYOUT = "payout"  # the fact deal.paid_out_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeals:
    """A refused partner may appeal, a party may dispute a payout; in time, the case goes back to a person."""

    within: Span | None = setting(None, "How long after a refusal the partner may appeal; null: no appeal.")
    times_max: int = setting(1, "How often.")
    dispute_within: Span | None = setting(None, "How long a dispute may be raised; null: not at all.")
    dispute_from: From = setting(From.PAYOUT, "Counted from: decision, close, payout.")
    approver: str | None = setting(None, "Role that decides on an appeal; null: whoever may command.")
