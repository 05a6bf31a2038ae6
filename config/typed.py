"""Fill a settings dataclass from a mapping by the types of its fields.

The dataclass is the only list of what can be written: names, types and defaults stand there and nowhere else. Types known
here: text, truth values, numbers, closed lists (StrEnum), spans, working time, money, dates, times of day, tuples and sets
of those, `X | None` (null means none) and further dataclasses.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from config import values
from config.reading import Problems, choice, flag, known_keys, listing, number, shown, table, text, whole
from config.source import Node, Scalar, is_null
from rules.span import Span
from rules.records import Money

D = TypeVar("D")
Limits = Mapping[str, tuple[float, float]]

_FLOAT_LIMITS: Final = (0.0, 1e9)
_INT_LIMITS: Final = (0.0, 1e9)
_PHRASES: Final[Mapping[type, tuple[Callable[[str], Any], str]]] = {
    Span: (values.span, values.SPAN_EXPECTED),
    timedelta: (values.hours, values.HOURS_EXPECTED),
    Money: (values.money, values.MONEY_EXPECTED),
    date: (values.day, values.DATE_EXPECTED),
    time: (values.clock_time, values.TIME_EXPECTED),
}


def read_record(
    kind: type[D],
    node: Node,
    key: str,
    problems: Problems,
    *,
    limits: Limits | None = None,
    hidden: frozenset[str] = frozenset(),
    special: Mapping[str, Callable[[Node, str, Problems], Any]] | None = None,
) -> D:
    """Return a dataclass with what the mapping sets and its defaults for the rest; every problem is noted.

    limits: least and greatest number by key path ("matching.same"). hidden: fields that cannot be written. special:
    readers by key path, for what its type alone does not tell; they return None when they noted a problem.
    """
    reader = _Reader(problems, limits or {}, special or {})
    return cast(D, reader.record(kind, node, key, hidden))


class _Reader:
    def __init__(self, problems: Problems, limits: Limits, special: Mapping[str, Callable[..., Any]]) -> None:
        self._problems = problems
        self._limits = limits
        self._special = special

    def record(self, kind: type, node: Node, key: str, hidden: frozenset[str] = frozenset()) -> Any:
        part = table(node, key, self._problems)
        hints = get_type_hints(kind)
        names = [each.name for each in fields(kind) if each.name not in hidden]
        known_keys(part, names, key, self._problems)
        given = {}
        for name in names:
            if name in part.items:
                path = f"{key}.{name}" if key else name
                value, is_read = self._value(hints[name], part.items[name], path)
                if is_read:
                    given[name] = value
        return kind(**given)

    def _value(self, kind: Any, node: Node, key: str) -> tuple[Any, bool]:
        """Return the value and whether there is one; what could not be read keeps its default."""
        if get_origin(kind) in (Union, types.UnionType):
            if is_null(node):
                return None, True
            kind = next(each for each in get_args(kind) if each is not types.NoneType)
        if key in self._special:
            value = self._special[key](node, key, self._problems)
        elif get_origin(kind) in (tuple, frozenset):
            value = self._several(kind, node, key)
        elif is_dataclass(kind) and kind not in _PHRASES:
            value = self.record(cast(type, kind), node, key)
        else:
            value = self._scalar(kind, node, key)
        return value, value is not None

    def _several(self, kind: Any, node: Node, key: str) -> Any:
        inner = get_args(kind)[0]
        pairs = [self._value(inner, item, key) for item in listing(node, key, self._problems)]
        return get_origin(kind)(value for value, is_read in pairs if is_read)

    def _scalar(self, kind: Any, node: Node, key: str) -> Any:
        if kind in _PHRASES:
            return self._phrase(kind, node, key)
        if kind is bool:
            return flag(node, key, self._problems)
        if kind is int:
            low, high = self._limits.get(key, _INT_LIMITS)
            return whole(node, key, self._problems, low=int(low), high=int(high))
        if kind is float:
            low, high = self._limits.get(key, _FLOAT_LIMITS)
            return number(node, key, self._problems, low=low, high=high)
        if issubclass(kind, StrEnum):
            return choice(node, kind, key, self._problems)
        assert kind is str, kind
        return text(node, key, self._problems)

    def _phrase(self, kind: type, node: Node, key: str) -> Any:
        read, expected = _PHRASES[kind]
        value = read(node.text) if isinstance(node, Scalar) else None
        if value is None:
            self._problems.add(node.place, key, f"is {shown(node)}; expected {expected}.", _unit_hint(kind, node))
        return value


def _unit_hint(kind: type, node: Node) -> str:
    """Return what was probably meant by a bare number."""
    bare = node.text.replace(",", "") if isinstance(node, Scalar) else ""
    if not bare.replace(".", "", 1).isdigit():
        return ""
    if kind is Span and bare.isdigit():
        return f'Write "{bare} days", if you meant days.'
    if kind is timedelta:
        return f'Write "{bare} h", if you meant hours.'
    return f'Write "{bare} USD", if you meant dollars.' if kind is Money else ""
