"""Conditions that never or always hold: alone, beside the other conditions of their rule, and inside their programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt, Part
from rules.expression import Condition
from rules.expression.reasoning import can_hold, constant, is_covered

_WHEN: Final = "when"
# What a condition leads to that never holds, by the name of its setting.
_NEVER: Final[Mapping[str, str]] = {
    _WHEN: "never holds, so this is never asked.",
    "require": "can never hold; whoever is asked fails.",
    "unless": "never holds, so it excepts nothing.",
    "ends_when": "never holds, so it ends nothing.",
    "automatic_when": "never holds; every claim goes to a person.",
    "needs": "never holds, so no claim takes a place in the order.",
}
_ALWAYS: Final[Mapping[str, str]] = {
    _WHEN: "always holds where its facts are known; it limits nothing.",
    "require": "always holds where its facts are known; nobody fails.",
    "unless": "always holds where its facts are known, so this never stands against a claim.",
    "ends_when": "always holds where its facts are known; nothing is ever locked.",
    "automatic_when": "always holds where its facts are known; it limits nothing.",
    "needs": "always holds where its facts are known; it limits nothing.",
}


def check_conditions(looked: LookedAt) -> Iterator[Finding]:
    """Find conditions that are constant, whatever the facts."""
    for part, condition in looked.of(Condition):
        if condition.text in ("true", "false"):
            continue  # a rule switched on or off by hand
        held = constant(condition)
        if held is None:
            continue
        words = (_ALWAYS if held else _NEVER).get(part.name)
        message = words or f"{'always' if held else 'never'} holds."
        yield looked.warning("always_holds" if held else "never_holds", part.steps, message, _about(condition))


def check_together(looked: LookedAt) -> Iterator[Finding]:
    """Find conditions of one rule that exclude or contain each other."""
    for part, when in looked.of(Condition):
        if part.name == _WHEN and constant(when) is None:
            yield from _beside(looked, part, when)


def check_inside_programme(looked: LookedAt) -> Iterator[Finding]:
    """Find rules that a programme writes itself for cases to which it does not apply."""
    if looked.when is None or not can_hold(looked.when):
        return
    for part, when in looked.of(Condition):
        if part.name == _WHEN and looked.is_own(part.steps) and can_hold(when) and not can_hold(when, looked.when):
            message = f"never holds in this programme, which applies where {looked.when.text}."
            yield looked.warning("never_holds", part.steps, message)


def _beside(looked: LookedAt, part: Part, when: Condition) -> Iterator[Finding]:
    require, unless = getattr(part.record, "require", None), getattr(part.record, "unless", None)
    base = part.steps[:-1]
    if isinstance(require, Condition) and constant(require) is None:
        if not can_hold(when, require):
            message = f"can never hold where {when.text}; every claim that is asked fails."
            yield looked.warning("never_holds", (*base, "require"), message)
        elif is_covered(when, [require]):
            yield looked.warning("always_holds", (*base, "require"), f"always holds where {when.text}; nobody fails.")
    if isinstance(unless, Condition) and constant(unless) is None:
        if not can_hold(when, unless):
            message = f"never holds where {when.text}; it excepts nothing."
            yield looked.warning("never_holds", (*base, "unless"), message)
        elif is_covered(when, [unless]):
            message = f"always holds where {when.text}, so this never stands against a claim."
            yield looked.warning("always_holds", (*base, "unless"), message)


def _about(condition: Condition) -> str:
    text = condition.text if len(condition.text) <= 100 else f"{condition.text[:100]} ..."
    return f"It says: {text}"
