"""What is declared and never used: facts, reason codes, milestones, kinds of registration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt, Steps

# Settings whose value is the name of a fact, or several.
_NAMING: Final = frozenset({"fact", "anchor_fact", "chosen_by", "meaningful", "parts", "required_fields", "fields"})


def check_declared(looked: LookedAt, programmes: Sequence[LookedAt]) -> Iterator[Finding]:
    """Find the vendor's own facts and reason codes that nothing names, in the base and in every programme."""
    everywhere = (looked, *programmes)
    facts = set().union(*(facts_used(each) for each in everywhere))
    for fact in looked.policy.facts:
        party = fact.name.replace("partner.", "party.", 1)
        if fact.name not in facts and party not in facts:
            message = f"is declared ({fact.type}) and never asked for."
            yield looked.note("unused", ("facts", fact.name), message, "Use it in a condition, or take it out.")
    reasons = set().union(*(_reasons_used(each) for each in everywhere))
    for reason in looked.policy.reasons:
        if reason.code not in reasons:
            message = "is named by no rule; people may still give it as a reason."
            yield looked.note("unused", ("reasons", reason.code), message)


def check_milestones(looked: LookedAt) -> Iterator[Finding]:
    """Find milestones that no phase waits for or that no deal reaches, and phases that never begin."""
    protection = looked.policy.protection
    awaited = [each.until for each in protection.phases]
    for each in protection.milestones:
        steps: Steps = ("protection", "milestones", each.name)
        if not each.stages and each.fact is None and each.when is None:
            message = "is never reached: it has neither stages nor fact nor when."
            yield looked.warning(
                "never_reached", steps, message, "Write stages: of the deal's opportunity, or fact: a date."
            )
        if each.name not in awaited:
            yield looked.warning("unused", steps, "is no phase's milestone.", "Name it as until: of a phase.")
    for place, until in enumerate(awaited):
        steps = ("protection", "phases", place)
        if until is None and place < len(awaited) - 1:
            message = "goes on until the deal's closing, so the phases after it never begin."
            yield looked.warning("never_reached", steps, message, "Name the milestone that ends it: until: NAME.")
        elif until is not None and until in awaited[:place]:
            message = f"waits for {until}, as a phase before it does; it ends the day it begins."
            yield looked.warning("never_reached", steps, message)


def check_changes(looked: LookedAt) -> Iterator[Finding]:
    """Find changes of kind that are none, or that another hides."""
    changes = looked.policy.conversions.changes
    for place, change in enumerate(changes):
        steps: Steps = ("conversions", "changes", place)
        if change.source == change.target:
            yield looked.warning("no_effect", steps, f"changes {change.source} into itself.")
        same = [each for each in changes[:place] if (each.source, each.target) == (change.source, change.target)]
        if any(each.when is None for each in same):
            message = f"is never reached: the same change, {change.source} to {change.target}, stands before it."
            yield looked.warning("shadowed", steps, message)


def facts_used(looked: LookedAt) -> set[str]:
    """Return the facts that conditions, formulas and settings of a policy name."""
    found = {name for _, expression in looked.expressions() for name in expression.facts}
    for part in looked.parts:
        if part.name in _NAMING:
            values = (part.value,) if isinstance(part.value, str) else part.value or ()
            found |= {each if "." in each else f"deal.{each}" for each in values if isinstance(each, str)}
    return found


def _reasons_used(looked: LookedAt) -> set[str]:
    return {part.value for part in looked.parts if part.name == "reason" and isinstance(part.value, str)}
