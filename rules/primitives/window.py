"""The protection window: where it starts, how long it lasts, its phases and extensions (primitives 15 and 16)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action
from rules.choice import Choice
from rules.expression import Condition, Formula
from rules.setting import required, setting
from rules.span import Span


class Anchor(StrEnum):
    """Where the protection window starts."""

    APPROVAL = "approval"
    SUBMISSION = "submission"
    COMPLETENESS = "completeness"
    FACT = "fact"  # the date that `anchor_fact` gives; until it is known, approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A point that a deal reaches: by its opportunity's stage, or by a date fact. With both, the fact's date counts."""

    name: str = required("Short name, used by phases.")
    stages: frozenset[str] = setting(frozenset[str](), "Stages of the deal's opportunity that mean it is reached.")
    fact: str | None = setting(None, "A date or instant fact that tells when it was reached.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of the protection. The next begins on the day its milestone is reached."""

    until: str | None = setting(None, "The milestone that must be reached in this phase; null: the deal's closing.")
    within: Choice[Span] = required("How long the phase lasts at most.")
    reason: str = setting("milestone_not_reached", "Reason code when it ends without the milestone.")


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
    asked: Asked = setting(Asked.ANY_TIME, "before_end, after_end, any_time.")
    late_by: Span | None = setting(None, "After the end it may be asked for so long; null: for ever.")
    when: Condition | None = setting(None, "Granted only where this holds: shown progress, for example.")
    by: frozenset[str] = setting(frozenset[str](), "Roles that may grant it; empty: whoever may command.")
    is_automatic: bool = setting(False, "A partner's request that meets all this is granted without a person.")
    otherwise: Action = setting(Action.REVIEW, "A request that does not meet it: refuse or review.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How long nobody else may register the deal."""

    length: Choice[Span] = setting(Choice.always(Span(days=90)), "Length of the window.")
    anchor: Anchor = setting(Anchor.APPROVAL, "Counted from: approval, submission, completeness, fact.")
    anchor_fact: str | None = setting(None, "For `anchor: fact`: a date or instant fact.")
    ends_with: Formula | None = setting(
        None, "A date or instant fact that ends the protection instead of `length`: the end of a special bid, say."
    )
    milestones: tuple[Milestone, ...] = setting((), "Points that phases name.")
    phases: tuple[Phase, ...] = setting((), "Parts of the protection instead of `length`, in order.")
    warnings_before: tuple[Span, ...] = setting((Span(days=14), Span(days=3)), "When to warn, before the end.")
    exclusive: Choice[bool] = setting(Choice.always(True), "false: others may register the deal, too.")
    close_in_window: bool = setting(True, "A win counts only when it was closed inside the window.")
