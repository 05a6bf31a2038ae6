"""What a policy asks of each fact: the values that its rules compare facts with.

A counterfactual (rules/counterfactual.py) tries these values instead of guessing. They are read off the policy as a whole:
every condition in it, wherever it stands, and the settings that compare without one (least sizes, tiers, channels). A
new primitive is covered as far as it uses conditions and choices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any, Final

from rules.choice import Choice
from rules.expression import Condition, Formula, Type
from rules.expression.nodes import All, Any_, Constant, Fact, Known, Node, Not, children, facts_of
from rules.policy import Policy
from rules.primitives.thresholds import Measure
from rules.records import Money
from rules.span import Span

Hints = dict[str, list[Any]]

_OF_ITS_KIND: Final = {Type.INSTANT: (Type.INSTANT, Type.DATE, Type.SPAN), Type.DATE: (Type.DATE, Type.SPAN)}
_TEXTUAL: Final = (Type.TEXT, Type.TEXTS)


def hints_of(policy: Policy) -> Hints:
    """Return for each fact the values that the policy compares it with, without repeats. A truth value has both."""
    found: Hints = {}
    for name, value in _all(policy):
        known = found.setdefault(name, [])
        if value not in known:
            known.append(value)
    return found


def _all(policy: Policy) -> Iterator[tuple[str, Any]]:
    for condition in conditions_of(policy):
        yield from _of_clause(condition.root)
    yield from _of_settings(policy)


def conditions_of(part: Any) -> Iterator[Condition | Formula]:
    """Yield every condition and formula that stands anywhere in a part of the policy, programmes included."""
    if isinstance(part, Condition | Formula):
        yield part
    elif is_dataclass(part):
        for each in fields(part):
            yield from conditions_of(getattr(part, each.name))
    elif isinstance(part, tuple | frozenset):
        for each in part:
            yield from conditions_of(each)


def _of_clause(node: Node) -> Iterator[tuple[str, Any]]:
    """Yield each fact of a clause with every constant of the same clause that it could be compared with."""
    if isinstance(node, All | Any_ | Not):
        for child in children(node):
            yield from _of_clause(child)
        return
    constants = list(_constants(node))
    for fact in facts_of(node):
        if fact.type is Type.BOOL:
            yield fact.name, True
            yield fact.name, False
        elif isinstance(node, Known):
            continue  # whether it is known is no value of it
        for constant in constants:
            if _fits(fact, constant):
                yield fact.name, constant.value


def _constants(node: Node) -> Iterator[Constant]:
    if isinstance(node, Constant):
        yield node
    for child in children(node):
        yield from _constants(child)


def _fits(fact: Fact, constant: Constant) -> bool:
    if fact.type in _TEXTUAL:
        return constant.type in _TEXTUAL
    return constant.type in _OF_ITS_KIND.get(fact.type, (fact.type,))


def _of_settings(policy: Policy) -> Iterator[tuple[str, Any]]:
    """Yield what sections compare without a condition."""
    for threshold in policy.thresholds:
        name = "deal.amount" if threshold.measure is Measure.AMOUNT else "deal.units"
        for choice in (threshold.at_least, threshold.more_than):
            yield from ((name, value) for value in _values(choice))
    yield from (("deal.amount", value) for value in _values(policy.approval.auto_below))
    yield from (("partner.tier", tier) for tier in sorted(policy.standing.tiers))
    yield from (("deal.channel", channel) for channel in sorted(policy.intake.channels))
    yield from (("deal.kind", kind.name) for kind in policy.conversions.kinds)
    yield from (("deal.origin", origin) for origin in policy.precedence.origins)
    for rule in policy.evidence:
        yield from (("deal.evidence", kind) for kind in rule.kinds)
    for programme in policy.programmes:
        yield "deal.programme", programme.name
        yield from _of_settings(programme.policy)


def _values(choice: Choice[Any] | None) -> Iterator[Money | Decimal | Span]:
    for row in choice.rows if choice is not None else ():
        if row.value is not None:
            yield row.value
