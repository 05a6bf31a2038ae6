"""Which programme applies: chosen by facts and by date, in order of precedence (primitives 1 and 2).

A policy is one set of sections, the base, and any number of programmes that override parts of it. The first programme
whose condition holds and whose dates cover the event that counts is the one that decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.expression import Condition
from rules.setting import required, setting

if TYPE_CHECKING:
    from rules.policy import Policy


class Event(StrEnum):
    """An event in a registration's life, at whose time something is looked up."""

    SUBMISSION = "submission"
    COMPLETENESS = "completeness"
    APPROVAL = "approval"
    PRICING = "pricing"  # the fact deal.priced_at
    CLOSE = "close"  # the deal's closing: won or lost, until then its expected closing date
    DECISION = "decision"  # now


class DualRun(StrEnum):
    """Who chooses while two programmes run side by side."""

    CLAIMED = "claimed"  # the programme that the submission names (deal.programme), else the earlier
    EARLIER = "earlier"  # the one listed first
    LATER = "later"  # the one listed last
    BETTER = "better"  # the one that gives the partner the greater reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """When a programme is in force, counted in the policy's zone by the time of one event."""

    by: Event = setting(
        Event.SUBMISSION, "Whose date counts: submission, completeness, approval, pricing, close, decision."
    )
    since: date | None = setting(None, "First day in force; null: from ever.")
    until: date | None = setting(None, "Last day in force; null: for ever.")
    dual_run_until: date | None = setting(
        None, "Until this day the programme may still be chosen beside the one that follows it."
    )
    dual_run: DualRun = setting(DualRun.CLAIMED, "Who chooses during the dual run: claimed, earlier, later, better.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One programme: when it applies, and the settings that differ from the rest of the file."""

    name: str = required("Short name, shown in decisions.")
    when: Condition | None = setting(None, "Applies only where this holds; null: to everything.")
    effective: Effective = setting(Effective(), "From when to when.")
    # What `set:` makes of the base; config/policy.py merges and reads it, so every mistake in it has its own line.
    policy: Policy
