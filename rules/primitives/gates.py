"""Conditions on partner, customer or deal, on submission and while registered (primitive 4)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action, Unknown
from rules.expression import Condition
from rules.records import Standing
from rules.setting import required, setting


class Lapse(StrEnum):
    """What happens to a registration whose gate no longer holds."""

    SUSPEND = "suspend"  # until it holds again
    RECAPTURE = "recapture"  # ended for good; the vendor may give the deal out again
    FLAG = "flag"  # shown to a person
    KEEP = "keep"  # asked on submission only


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition that must hold."""

    name: str = required("Short name, shown in decisions.")
    require: Condition = required("Must hold.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    otherwise: Action = setting(Action.REFUSE, "refuse, return, review, wait, off.")
    unknown: Unknown = setting(Unknown.REVIEW, "What an unknown fact leads to: refuse, return, review, pass.")
    reason: str = setting("gate_not_met", "Reason code where it does not hold.")
    while_registered: Lapse = setting(Lapse.KEEP, "When it stops to hold later: suspend, recapture, flag, keep.")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingRules:
    """Which partners may register. A standing in neither set passes."""

    refuse_when: frozenset[Standing] = setting(
        frozenset({Standing.SUSPENDED}), "Standings that may not register: good, past_due, suspended, unknown."
    )
    review_when: frozenset[Standing] = setting(frozenset({Standing.PAST_DUE}), "Standings that a person looks at.")
    tiers: frozenset[str] = setting(frozenset[str](), "Only these tiers; empty: every tier.")
    is_continuous: bool = setting(
        True, "Ask again while registered; one that falls into refuse_when is suspended until it returns."
    )
    suspend_when: frozenset[Standing] | None = setting(
        None, "Standings that suspend a registration; null: those of refuse_when."
    )
