"""An explanation clause by clause: what was compared with what, how it came out, and which clauses decided.

Also the constants that facts are compared with: what the smallest change of a fact that would turn the result is sought
among.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

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

Teller = Callable[[Facts], str]


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


class Explainer:
    """A condition prepared for explanations: its clauses compiled once, as the condition itself is."""

    def __init__(self, root: Node) -> None:
        self._root = _part(root)

    def explain(self, facts: Facts) -> tuple[Clause, ...]:
        """Return the clauses in the order of the text."""
        found: list[Clause] = []
        self._root.explain(self._root.weigh(facts), facts, True, found)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """The result of a part and of its own parts."""

    result: bool | None
    parts: tuple[_Weighed, ...] = ()


class _Leaf:
    """One comparison."""

    __slots__ = ("_names", "_tell", "_test")

    def __init__(self, node: Node) -> None:
        self._test = closure(node)
        self._tell = _clause_teller(node)
        self._names = tuple(dict.fromkeys(fact.name for fact in facts_of(node)))

    def weigh(self, facts: Facts) -> _Weighed:
        return _WEIGHED[self._test(facts)]

    def explain(self, weighed: _Weighed, facts: Facts, decides: bool, found: list[Clause]) -> None:
        used = tuple([(name, facts[name]) for name in self._names])
        found.append(Clause(text=self._tell(facts), result=weighed.result, decides=decides, facts=used))


class _Group:
    """Parts joined by and, or by or. A part decides where its result is that of the whole."""

    __slots__ = ("_ends_on", "_parts")

    def __init__(self, node: All | Any_) -> None:
        self._ends_on = isinstance(node, Any_)
        self._parts = tuple([_part(each) for each in node.items])

    def weigh(self, facts: Facts) -> _Weighed:
        parts = tuple([each.weigh(facts) for each in self._parts])
        results = [each.result for each in parts]
        if self._ends_on in results:
            return _Weighed(self._ends_on, parts)
        return _Weighed(None if None in results else not self._ends_on, parts)

    def explain(self, weighed: _Weighed, facts: Facts, decides: bool, found: list[Clause]) -> None:
        for part, each in zip(self._parts, weighed.parts, strict=True):
            part.explain(each, facts, decides and each.result is weighed.result, found)


class _Opposite:
    """not before brackets: the clauses inside are told as they stand."""

    __slots__ = ("_inner",)

    def __init__(self, inner: _Part) -> None:
        self._inner = inner

    def weigh(self, facts: Facts) -> _Weighed:
        inner = self._inner.weigh(facts)
        return _Weighed(None if inner.result is None else not inner.result, (inner,))

    def explain(self, weighed: _Weighed, facts: Facts, decides: bool, found: list[Clause]) -> None:
        self._inner.explain(weighed.parts[0], facts, decides, found)


_Part = _Leaf | _Group | _Opposite
_WEIGHED: Final = {True: _Weighed(True), False: _Weighed(False), None: _Weighed(None)}


def _part(node: Node) -> _Part:
    if isinstance(node, All | Any_):
        return _Group(node)
    if isinstance(node, Not) and isinstance(node.item, All | Any_ | Not):
        return _Opposite(_part(node.item))
    return _Leaf(node)


def _clause_teller(node: Node) -> Teller:
    """Return what writes a clause with the values it was asked on."""
    match node:
        case Compare(operator=sign, left=left, right=right):
            return _between(_teller(left), f" {sign} ", _teller(right))
        case Member(item=item, group=group, is_in=is_in):
            return _between(_teller(item), " in " if is_in else " not in ", _teller(group))
        case Not(item=item):
            inner = _clause_teller(item)
            return lambda facts: f"not {inner(facts)}"
        case Known(item=item, is_known=is_known):
            told_item, state = _teller(item), "known" if is_known else "unknown"
            return lambda facts: f"{told_item(facts)} is {state}"
        case Call():
            return _call_teller(node)
    return _teller(node)


def _between(left: Teller, sign: str, right: Teller) -> Teller:
    return lambda facts: f"{left(facts)}{sign}{right(facts)}"


def _call_teller(node: Call) -> Teller:
    text, names = node.text, tuple(dict.fromkeys(fact.name for fact in facts_of(node)))
    if not names:
        return lambda facts: text
    return lambda facts: f"{text} with {', '.join([f'{name} {told(facts[name])}' for name in names])}"


def _teller(node: Node) -> Teller:
    """Return what writes an operand: a constant as it is, a fact with its value, all else with its result."""
    match node:
        case Constant(value=value):
            words = told(value)
            return lambda facts: words
        case Fact(name=name):
            return lambda facts: f"{name} {told(facts[name])}"
        case SetOf(items=items):
            tellers = [_teller(each) for each in items]
            return lambda facts: f"{{{', '.join([tell(facts) for tell in tellers])}}}"
    text, work = node.text, closure(node)
    return lambda facts: f"{text} ({told(work(facts))})"


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
