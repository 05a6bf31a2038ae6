"""Put the arguments of a call in the order of the function's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from rules.expression.faults import nearest, shown
from rules.expression.functions import Function, Parameter
from rules.expression.nodes import Node, SetOf
from rules.expression.types import WORDS, Type

Bound = tuple[tuple[Node | None, ...], str, str]  # arguments, and what is wrong with a hint

_NOTHING: Final[tuple[Node | None, ...]] = ()


def bind(function: Function, given: Sequence[Node], named: Mapping[str, Node]) -> Bound:
    """Return one argument per parameter, None where an optional one is left out; or the message of what is wrong."""
    places = [each for each in function.parameters if not each.is_named]
    known = [each.name for each in function.parameters if each.is_named]
    unknown = next((each for each in named if each not in known), None)
    write = f"Write {function.signature}."
    if unknown is not None:
        return _NOTHING, f"{function.name} has no argument {shown(unknown)}", nearest(unknown, known) or write
    least = sum(not each.is_optional for each in places)
    if len(given) < least or (len(given) > len(places) and not function.repeats):
        return _NOTHING, f"{function.name} is given {_counted(len(given))}", write
    extra = places[-1:] * (len(given) - len(places))
    for parameter, node in (*zip([*places, *extra], given, strict=False), *_named(function, named)):
        if not _fits(node, parameter):
            wanted = " or ".join(WORDS[each] for each in parameter.types)
            message = f"{parameter.name} of {function.name} is {wanted}; {shown(node.text)} is {_told(node)}"
            return _NOTHING, message, write
    if function.repeats and len({each.type for each in given}) > 1:
        return _NOTHING, f"{function.name} takes values of one type", write
    left_out = [None] * (len(places) - len(given))
    rest = [named.get(each) for each in known]
    return (*given, *left_out, *rest), "", ""


def _named(function: Function, named: Mapping[str, Node]) -> list[tuple[Parameter, Node]]:
    return [(each, named[each.name]) for each in function.parameters if each.name in named]


def _fits(node: Node, parameter: Parameter) -> bool:
    if isinstance(node, SetOf) and node.type is not Type.TEXTS:
        return False
    return node.type in parameter.types


def _told(node: Node) -> str:
    return (
        f"a set of {WORDS[node.type]}" if isinstance(node, SetOf) and node.type is not Type.TEXTS else WORDS[node.type]
    )


def _counted(number: int) -> str:
    return "no argument" if number == 0 else f"{number} argument{'s' if number > 1 else ''}"
