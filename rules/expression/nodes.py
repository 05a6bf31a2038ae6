"""The typed tree of an expression: what the checker makes, and what is compiled, explained and reasoned about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.expression.types import Type

if TYPE_CHECKING:
    from rules.expression.functions import Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One part of an expression. text: as the admin wrote it."""

    type: Type
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Node):
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(Node):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOf(Node):
    """A set written out. type: of its items' set where they are texts, else of one item."""

    items: tuple[Node, ...]
    item_type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    item: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class All(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any_(Node):  # noqa: N801  (Any is typing's)
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """operator: one of < <= > >= == !=."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Node):
    """item in group, or not in it."""

    item: Node
    group: Node
    is_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Node):
    item: Node
    is_known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Negative(Node):
    item: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Arithmetic(Node):
    """operator: one of + - * /."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(Node):
    """yes if condition else no."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """arguments: in the order of the function's parameters; None where an optional one is left out."""

    function: Function
    arguments: tuple[Node | None, ...]


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts a node is made of."""
    match node:
        case All(items=items) | Any_(items=items) | SetOf(items=items):
            return items
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            return (left, right)
        case Member(item=item, group=group):
            return (item, group)
        case Not(item=item) | Known(item=item) | Negative(item=item):
            return (item,)
        case Choose(condition=condition, yes=yes, no=no):
            return (condition, yes, no)
        case Call(arguments=arguments):
            return tuple(each for each in arguments if each is not None)
    return ()


def facts_of(node: Node) -> Iterator[Fact]:
    """Yield the facts that a node asks for, in the order of the text, repeats included."""
    if isinstance(node, Fact):
        yield node
    for child in children(node):
        yield from facts_of(child)
