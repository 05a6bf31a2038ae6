"""Conditions and formulas: expressions that have been read, typed and compiled once and are asked many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from rules.expression.checker import Names, checked
from rules.expression.clauses import Clause, Explainer, Threshold, thresholds_of
from rules.expression.closures import Closure, closure
from rules.expression.grammar import read
from rules.expression.nodes import Node, facts_of
from rules.expression.types import Facts, Type

Types = Mapping[str, Type]

_BOOL: Final = frozenset({Type.BOOL})


class Expression:
    """What conditions and formulas have in common. Two are equal when they say the same in the same words.

    text: as the admin wrote it. types: the facts that it may ask for; None: those of rules/facts.py.
    """

    def __init__(self, text: str, types: Types | None = None, *, wanted: frozenset[Type] | None = None) -> None:
        """Read the text. Raises ExpressionError with everything that is wrong with it."""
        self.text: str = text
        self.types: Types | None = types
        self._wanted = wanted
        self.root: Node = checked(read(text), _names(types), wanted)
        self._work: Closure = closure(self.root)

    @cached_property
    def facts(self) -> frozenset[str]:
        """Return the names of the facts that it asks for."""
        return frozenset(fact.name for fact in facts_of(self.root))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Expression) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (type(self), self.text, self.types, self._wanted))


class Condition(Expression):
    """An expression that is true, false or unknown."""

    def __init__(self, text: str, types: Types | None = None) -> None:
        super().__init__(text, types, wanted=_BOOL)
        # Asked for every claim: the compiled function itself, without a call in between.
        self.test: Callable[[Facts], bool | None] = self._work

    @classmethod
    def every(cls, conditions: Sequence[Condition]) -> Condition:
        """Return the condition that holds where all of these do. They are of one policy."""
        return cls._joined(conditions, "and")

    @classmethod
    def some(cls, conditions: Sequence[Condition]) -> Condition:
        """Return the condition that holds where at least one of these does."""
        return cls._joined(conditions, "or")

    @classmethod
    def negation(cls, condition: Condition) -> Condition:
        """Return the condition that holds where this one does not."""
        return cls(f"not ({condition.text})", condition.types)

    @classmethod
    def _joined(cls, conditions: Sequence[Condition], word: str) -> Condition:
        if len(conditions) == 1:
            return conditions[0]
        return cls(f" {word} ".join(f"({each.text})" for each in conditions), conditions[0].types)

    def explain(self, facts: Facts) -> tuple[Clause, ...]:
        """Return its clauses in order, each with its result, and whether it decided."""
        return self._explainer.explain(facts)

    @cached_property
    def _explainer(self) -> Explainer:
        return Explainer(self.root)

    @cached_property
    def thresholds(self) -> tuple[Threshold, ...]:
        """Return the constants that facts are compared with, in the order of the text."""
        return tuple(thresholds_of(self.root))


class Formula(Expression):
    """An expression that gives a value."""

    def __init__(self, text: str, types: Types | None = None, *, wanted: frozenset[Type] | None = None) -> None:
        """Read the text. wanted: the types its value may have."""
        super().__init__(text, types, wanted=wanted)
        self.type: Type = self.root.type
        self.value: Closure = self._work


def _again(kind: type[Expression], text: str, types: Types | None, wanted: frozenset[Type] | None) -> Expression:
    return Condition(text, types) if kind is Condition else Formula(text, types, wanted=wanted)


def _names(types: Types | None) -> Names:
    from rules.facts import CLOSED, TYPES  # the catalogue itself is written with the types of this package

    return Names(types=TYPES if types is None else types, closed=CLOSED)
