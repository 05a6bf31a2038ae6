"""An explanation clause by clause: what was compared with what, how it came out, and which clauses decided.

Also the constants that facts are compared with: what the smallest change of a fact that would turn the result is sought
among.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rules.expression.arithmetic import MIRRORED
from rules.expression.closures import closure
from rules.expression.nodes import (
    All,
    Any_,
    Call,
    Compare,
    Constant,
    Fact,
    Known,
    Member,
    Node,
    Not,
    SetOf,
    children,
    facts_of,
)
from rules.expression.types import Facts, Type
from rules.expression.wording import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One comparison with its result. text: "deal.amount 8,000.00 USD < 10,000.00 USD".

    decides: had it come out otherwise, the whole might have, too. facts: names and values it rests on.
    """

    text: str
    result: bool | None
    decides: bool
    facts: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A constant that a fact is compared with.

    operator: < <= > >= == != in, "not in", has, is, any_of ..., as if the fact stood left.
    """

    fact: str
    type: Type
    operator: str
    value: Any


def clauses_of(node: Node, facts: Facts) -> tuple[Clause, ...]:
    """Return the clauses in the order of the text."""
    return tuple(_clauses(node, facts, decides=True))


def _clauses(node: Node, facts: Facts, *, decides: bool) -> Iterator[Clause]:
    if isinstance(node, Not) and isinstance(node.item, All | Any_ | Not):
        yield from _clauses(node.item, facts, decides=decides)
        return
    if not isinstance(node, All | Any_):
        yield _clause(node, facts, decides)
        return
    results = [closure(each)(facts) for each in node.items]
    whole = _joined(results, ends_on=isinstance(node, Any_))
    for item, result in zip(node.items, results, strict=True):
        yield from _clauses(item, facts, decides=decides and result is whole)


def _joined(results: Sequence[bool | None], *, ends_on: bool) -> bool | None:
    if ends_on in results:
        return ends_on
    return None if None in results else not ends_on


def _clause(node: Node, facts: Facts, decides: bool) -> Clause:
    used = {fact.name: facts[fact.name] for fact in facts_of(node)}
    return Clause(
        text=_told_clause(node, facts), result=closure(node)(facts), decides=decides, facts=tuple(used.items())
    )


def _told_clause(node: Node, facts: Facts) -> str:
    match node:
        case Compare(operator=sign, left=left, right=right):
            return f"{_operand(left, facts)} {sign} {_operand(right, facts)}"
        case Member(item=item, group=group, is_in=is_in):
            return f"{_operand(item, facts)} {'in' if is_in else 'not in'} {_operand(group, facts)}"
        case Not(item=item):
            return f"not {_told_clause(item, facts)}"
        case Known(item=item, is_known=is_known):
            return f"{_operand(item, facts)} is {'known' if is_known else 'unknown'}"
        case Call():
            values = ", ".join(dict.fromkeys(_operand(each, facts) for each in facts_of(node)))
            return f"{node.text} with {values}" if values else node.text
    return _operand(node, facts)


def _operand(node: Node, facts: Facts) -> str:
    match node:
        case Constant(value=value):
            return told(value)
        case Fact(name=name):
            return f"{name} {told(facts[name])}"
        case SetOf(items=items):
            return f"{{{', '.join(_operand(each, facts) for each in items)}}}"
    return f"{node.text} ({told(closure(node)(facts))})"


def thresholds_of(node: Node) -> Iterator[Threshold]:
    """Yield the constants that facts are compared with, in the order of the text."""
    match node:
        case Compare(operator=sign, left=Fact() as fact, right=Constant(value=value)):
            yield Threshold(fact=fact.name, type=fact.type, operator=sign, value=value)
        case Compare(operator=sign, left=Constant(value=value), right=Fact() as fact):
            yield Threshold(fact=fact.name, type=fact.type, operator=MIRRORED[sign], value=value)
        case Member(item=Fact() as fact, group=SetOf(items=items), is_in=is_in):
            values = frozenset([each.value for each in items if isinstance(each, Constant)])
            yield Threshold(fact=fact.name, type=fact.type, operator="in" if is_in else "not in", value=values)
        case Member(item=Constant(value=value), group=Fact() as fact, is_in=is_in):
            yield Threshold(fact=fact.name, type=fact.type, operator="has" if is_in else "has not", value=value)
        case Known(item=Fact() as fact, is_known=is_known):
            yield Threshold(fact=fact.name, type=fact.type, operator="is", value="known" if is_known else "unknown")
        case Call(function=function, arguments=(Fact() as fact, SetOf(items=items))):
            values = frozenset([each.value for each in items if isinstance(each, Constant)])
            yield Threshold(fact=fact.name, type=fact.type, operator=function.name, value=values)
        case Call(function=function, arguments=(Fact() as fact, Constant(value=value))):
            yield Threshold(fact=fact.name, type=fact.type, operator=function.name, value=value)
        case Fact(type=Type.BOOL, name=name):
            yield Threshold(fact=name, type=Type.BOOL, operator="==", value=True)
        case _:
            for child in children(node):
                yield from thresholds_of(child)
