"""Objections, appeals and disputes, each with its window (primitive 25)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.expression import Condition
from rules.setting import setting
from rules.span import Span


class From(StrEnum):
    """Where a dispute's window starts."""

    DECISION = "decision"
    CLOSE = "close"
    PAYOUT = "payout"  # the fact deal.paid_out_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """Those already working the deal may object; the case then goes to a person with both sides' evidence."""

    is_open: bool = setting(True, "Whether objections are heard.")
    by_partners: bool = setting(True, "Partners may object.")
    by_sellers: bool = setting(True, "The vendor's own sellers may object.")
    after_holding: Span | None = setting(None, "How long after holding one is still heard; null: not at all.")
    when: Condition | None = setting(None, "Heard only where this holds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeals:
    """A refused partner may appeal, a party may dispute a payout; in time, the case goes back to a person."""

    within: Span | None = setting(None, "How long after a refusal the partner may appeal; null: no appeal.")
    times_max: int = setting(1, "How often.")
    dispute_within: Span | None = setting(None, "How long a dispute may be raised; null: not at all.")
    dispute_from: From = setting(From.PAYOUT, "Counted from: decision, close, payout.")
    approver: str | None = setting(None, "Role that decides on an appeal; null: whoever may command.")
