"""Extensions of the protection: how many, asked for when, on what condition, given by whom (primitive 16).

A person extends by a command; a partner asks in the CRM, and where its request meets all this and the policy says so, it is
granted without a person. Both are held to the same rules. What the extension does to a window in phases is window.py's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.action import Action
from rules.choice import Choice
from rules.expression import Condition
from rules.primitives.window import move_end
from rules.records import PROTECTED, Request
from rules.rivals import claimant_since, holder_of, label
from rules.setting import setting
from rules.span import Span
from rules.windows import added

if TYPE_CHECKING:
    from rules.situation import Situation


class Asked(StrEnum):
    """When an extension may be asked for."""

    BEFORE_END = "before_end"
    AFTER_END = "after_end"
    ANY_TIME = "any_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Asked for by the partner in the CRM, or given by a person."""

    length: Choice[Span] | None = setting(
        Choice.always(Span(days=90)), "What one extension adds to the end; null: none is given."
    )
    max: int | None = setting(None, "How many there may be; null: any number.")
    asked: Asked = setting(Asked.ANY_TIME, "When it may be asked for: before_end, after_end, any_time.")
    late_by: Span | None = setting(None, "After the end it may be asked for so long; null: for ever.")
    when: Condition | None = setting(
        None, "Granted only where this holds: shown progress, for example. Where it is unknown a person decides."
    )
    by: frozenset[str] = setting(frozenset[str](), "Roles that may grant it; empty: whoever may command.")
    is_automatic: bool = setting(False, "A partner's request that meets all this is granted without a person.")
    otherwise: Action = setting(
        Action.REVIEW, "A request that does not meet it: refuse or review.", only=(Action.REFUSE, Action.REVIEW)
    )


def against_extension(situation: Situation, asked_at: datetime) -> str | None:
    """Return what the policy holds against an extension asked for at that time, None where nothing."""
    extension, window = situation.policy.extension, situation.window
    if window is None:
        return "the protection has no end"
    if extension.max is not None and situation.extension_count >= extension.max:
        return f"extended {situation.extension_count} times already"
    is_late = asked_at >= window.end
    if is_late and extension.asked is Asked.BEFORE_END:
        return "asked for after the end"
    if not is_late and extension.asked is Asked.AFTER_END:
        return "asked for before the end"
    policy = situation.policy
    if extension.late_by is not None and asked_at >= added(extension.late_by, window.end, policy.zone, policy.calendar):
        return f"asked for more than {extension.late_by} after the end"
    if extension.when is not None and extension.when.test(situation.facts) is False:
        return f"its condition does not hold: {extension.when.text}"
    return None


def extend(situation: Situation, *, end: datetime | None = None) -> str | None:
    """Move the end of the protection: to where a person set it, else by the policy's length; return what forbids it."""
    window, policy = situation.window, situation.policy
    length = situation.pick(policy.extension.length)
    if window is None or (end is None and length is None):
        return "the policy gives no extension"
    new = end if end is not None or length is None else added(length, window.end, policy.zone, policy.calendar)
    if new is None or new <= max(window.end, situation.now):
        return "the new end is not later than the present one"
    move_end(situation, span=length if end is None else None, end=end)
    situation.extension_count += 1
    situation.extra["extension_count"] = situation.extension_count
    return None


def against_revival(situation: Situation) -> tuple[str, str] | None:
    """Return what stands against reviving an expired registration: somebody else holds the deal or claimed it since."""
    if situation.status in PROTECTED or situation.window is None or not situation.is_exclusive():
        return None
    holder = holder_of(situation)
    if holder is not None:
        return "deal_is_held", f"{label(holder)} holds this deal"
    claimant = claimant_since(situation, situation.window.end)
    if claimant is not None:
        return "deal_is_claimed", f"{label(claimant)} claimed the deal after the protection had ended"
    return None


def asked_extension(situation: Situation, request: Request) -> tuple[str, str] | None:
    """Answer a partner's request; return the code to show and why, None where it was granted."""
    extension = situation.policy.extension
    problem = against_extension(situation, request.at)
    if problem is not None:
        refuses = extension.otherwise is Action.REFUSE
        return "extension_refused" if refuses else "extension_requested", problem
    held = against_revival(situation)
    if held is not None:
        return held
    if not extension.is_automatic:
        return "extension_requested", "the policy leaves extensions to a person"
    if extension.when is not None and extension.when.test(situation.facts) is None:
        return "extension_requested", f"it is not known whether its condition holds: {extension.when.text}"
    problem = extend(situation)
    if problem is not None:
        return "extension_requested", problem
    situation.deciding = "request_extension"
    situation.renew("extension_granted", at=request.at)
    return None
