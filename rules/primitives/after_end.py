"""What follows the end: release, cool-down, re-registration, and the lock after a win (primitives 18 and 19)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action
from rules.choice import Choice
from rules.expression import Condition
from rules.setting import setting
from rules.span import Span


class Again(StrEnum):
    """Who may register the deal again, and how."""

    ANYONE = "anyone"
    OTHERS = "others"  # everyone but the partner that had it
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterExpiry:
    """When a protection ran out."""

    again: Again = setting(Again.ANYONE, "Who may register the deal again: anyone, others, nobody.")
    grace: Span | None = setting(None, "So long only the same partner may register again; null: at once free for all.")
    cool_down: Span | None = setting(None, "So long the same partner may not register the deal again.")
    times_max: int | None = setting(None, "How often one partner may register the same deal; null: any number.")
    otherwise: Action = setting(Action.REFUSE, "refuse or review.")
    clear_fields: bool = setting(False, "Empty the registration's fields on the opportunity when it has expired.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterWin:
    """After a win, the deal's customer and product may stay with the partner."""

    lock: Choice[Span] | None = setting(None, "So long nobody else may register the same deal; null: not at all.")
    ends_when: Condition | None = setting(None, "Ends the lock early, for example when the customer moved.")
    idle: Span | None = setting(None, "Ends the lock when the partner has reported nothing for so long.")
    reason: str = setting("customer_locked", "Reason code for another partner's claim.")
