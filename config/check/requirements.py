"""What every claim must meet, taken together: demands that exclude each other, and rules that say the same twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt, Steps
from config.shape import is_record, naming_field
from rules.action import Action
from rules.choice import Choice
from rules.expression import Condition
from rules.expression.reasoning import can_hold
from rules.measures import Per
from rules.primitives.tender import TenderRule
from rules.primitives.thresholds import Measure, Shortfall, Threshold
from rules.records import Money

_DEMANDS_MAX: Final = 80  # each is held against each
_REFUSING: Final = frozenset({Action.REFUSE, Action.RETURN})
_FACTS: Final = {Measure.AMOUNT: "deal.amount", Measure.UNITS: "deal.units"}


@dataclass(frozen=True, slots=True)
class _Demand:
    """One thing that a claim must meet, or it is not taken. when: of which claims it is asked; None: of all."""

    name: str
    steps: Steps
    require: Condition
    when: Condition | None = None


def check_together(looked: LookedAt) -> Iterator[Finding]:
    """Find pairs of demands that no claim can meet at once."""
    demands = [each for each in _demands(looked) if can_hold(each.require)]
    for one, other in combinations(demands[:_DEMANDS_MAX], 2):
        whens = [each.when for each in (one, other) if each.when is not None]
        if whens and not can_hold(*whens):
            continue
        # A demand that fails wherever it is asked is told by itself.
        if any(each.when is not None and not can_hold(each.when, each.require) for each in (one, other)):
            continue
        if not can_hold(one.require, other.require, *whens):
            message = f"cannot hold together with {one.name}: no claim of which both are asked is ever taken."
            yield looked.warning("demands_exclude", other.steps, message, f"{one.name}: {one.require.text}")


def check_twins(looked: LookedAt) -> Iterator[Finding]:
    """Find rules of one list that differ in nothing but their names."""
    for part in looked.parts:
        if not isinstance(part.value, tuple) or not part.value or not is_record(type(part.value[0])):
            continue
        naming = naming_field(type(part.value[0]))
        if naming is None or part.name in ("facts", "reasons", "milestones", "kinds", "programmes"):
            continue
        seen: dict[Any, str] = {}
        for each in part.value:
            name = getattr(each, naming)
            first = seen.setdefault(_nameless(each, naming), name)
            if first != name:
                message = f"says the same as {first}."
                yield looked.warning("twin", (*part.steps, name), message, "Leave one of them out.")


def _nameless(record: Any, naming: str) -> Any:
    return replace(record, **{naming: ""})


def _demands(looked: LookedAt) -> Iterator[_Demand]:
    policy = looked.policy
    for gate in policy.gates:
        if gate.otherwise in _REFUSING:
            yield _Demand(f"gate {gate.name}", ("gates", gate.name, "require"), gate.require, gate.when)
    for threshold in policy.thresholds:
        least = _least(threshold)
        if least is not None:
            steps = ("thresholds", threshold.name)
            yield _Demand(f"threshold {threshold.name}", steps, least, threshold.when)
    if (
        policy.tender.rule is TenderRule.NEVER
        and policy.tender.unless is None
        and policy.tender.action is Action.REFUSE
    ):
        no_tender = Condition("deal.is_tender is unknown or not deal.is_tender")
        yield _Demand("tender never", ("tender", "rule"), no_tender, policy.tender.when)
    for kind in policy.conversions.kinds:
        if kind.require is not None:
            of_kind = Condition(f"deal.kind == {_quoted(kind.name)}") if _quoted(kind.name) else None
            if of_kind is not None:
                at = ("conversions", "kinds", kind.name, "require")
                yield _Demand(f"kind {kind.name}", at, kind.require, of_kind)


def _least(threshold: Threshold) -> Condition | None:
    """Return a threshold as a condition, where it is one number for the whole deal without exception."""
    if threshold.unless is not None or threshold.lines is not None or threshold.per is not Per.DEAL:
        return None
    if threshold.below not in (Shortfall.REFUSE, Shortfall.RETURN):
        return None
    sign, choice = (">=", threshold.at_least) if threshold.at_least is not None else (">", threshold.more_than)
    if not isinstance(choice, Choice) or not choice.is_constant:
        return None
    value = choice.rows[0].value
    shown = f"{value.amount:f} {value.currency}" if isinstance(value, Money) else f"{value:f}"
    return Condition(f"{_FACTS[threshold.measure]} {sign} {shown}")


def _quoted(name: str) -> str:
    quote = next((each for each in "'\"" if each not in name), "")
    return f"{quote}{name}{quote}" if quote and name.isprintable() and "\\" not in name else ""
