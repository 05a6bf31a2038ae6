"""What can be said of conditions without any facts: that one never holds, always holds, or is covered by others.

Used by `rules check`. Every answer is on the safe side: "never", "always" and "covered" are certain, the opposite only means
that nothing was found. A condition is spread into alternatives, each a set of values for every thing it compares; a thing is
a fact, or any expression that two conditions write alike. Large conditions are given up on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from rules.expression.arithmetic import MIRRORED
from rules.expression.condition import Condition
from rules.expression.nodes import All, Any_, Call, Compare, Constant, Known, Member, Node, Not, SetOf
from rules.expression.ranges import Listed, Ranges
from rules.expression.types import Type
from rules.records import Money

_ALTERNATIVES_MAX: Final = 512
_WORK_MAX: Final = 100_000

Set = Ranges | Listed
# For each thing, each way of looking at it (a currency, its day ...) the values it may have, and whether it may be unknown.
Alternative = dict[str, dict[str, tuple[Set, bool]]]


class _Want(Enum):
    """Which results are wanted of a part."""

    TRUE = "true"
    FALSE = "false"
    NOT_TRUE = "false or unknown"
    NOT_FALSE = "true or unknown"


_OPPOSITE: Final = {
    _Want.TRUE: _Want.FALSE,
    _Want.FALSE: _Want.TRUE,
    _Want.NOT_TRUE: _Want.NOT_FALSE,
    _Want.NOT_FALSE: _Want.NOT_TRUE,
}
_BOOLS: Final = frozenset({True, False})
_SIGNS: Final = {
    "<": frozenset("<"),
    "<=": frozenset("<="),
    ">": frozenset(">"),
    ">=": frozenset(">="),
    "==": frozenset("="),
    "!=": frozenset("<>"),
}
_ANY_SIGN: Final = frozenset("<=>")


class _TooMuchError(Exception):
    """The conditions are too large to be reasoned about."""


def can_hold(*conditions: Condition) -> bool:
    """Tell whether all of these can be true at once; False is certain."""
    return _may(*((each.root, _Want.TRUE) for each in conditions))


def always_holds(condition: Condition) -> bool:
    """Tell whether a condition can never be false; True is certain. It may still be unknown."""
    return not _may((condition.root, _Want.FALSE))


def is_covered(condition: Condition, by: Iterable[Condition]) -> bool:
    """Tell whether wherever the condition is true, one of the others is true as well; True is certain."""
    return not _may((condition.root, _Want.TRUE), *((each.root, _Want.NOT_TRUE) for each in by))


def constant(condition: Condition) -> bool | None:
    """Return what a condition always is as far as its facts are known, None where it depends on them."""
    if not can_hold(condition):
        return False
    return True if always_holds(condition) else None


def _may(*wanted: tuple[Node, _Want]) -> bool:
    """Tell whether all parts can have the wanted results at once."""
    try:
        return bool(_Spreader().all_of(wanted))
    except _TooMuchError:
        return True


class _Spreader:
    """Spreads conditions into alternatives, within bounds."""

    def __init__(self) -> None:
        self._work = 0

    def all_of(self, wanted: Iterable[tuple[Node, _Want]]) -> list[Alternative]:
        found: list[Alternative] = [{}]
        for node, want in wanted:
            parts = self.spread(node, want)
            found = [joined for left in found for right in parts if (joined := self._join(left, right)) is not None]
            if len(found) > _ALTERNATIVES_MAX:
                raise _TooMuchError
        return found

    def spread(self, node: Node, want: _Want) -> list[Alternative]:
        """Return the alternatives in which the node has a wanted result; each can be."""
        match node:
            case Not(item=item):
                return self.spread(item, _OPPOSITE[want])
            case All(items=items) | Any_(items=items):
                is_all = isinstance(node, All) is (want in (_Want.TRUE, _Want.NOT_FALSE))
                pairs = [(each, want) for each in items]
                return self.all_of(pairs) if is_all else self._any_of(pairs)
            case Constant(value=value):
                return [{}] if value is (want in (_Want.TRUE, _Want.NOT_FALSE)) else []
            case Call(function=function, arguments=arguments) if function.name in _OF_SETS:
                return self._of_set(function.name, arguments, node, want)
        return [each] if (each := _atom(node, want)) is not None else []

    def _of_set(self, name: str, arguments: Sequence[Node | None], node: Node, want: _Want) -> list[Alternative]:
        """Return any_of, all_of and none_of as one question for each text."""
        group, texts = arguments
        if group is None or not isinstance(texts, SetOf) or not all(isinstance(each, Constant) for each in texts.items):
            return [each] if (each := _atom(node, want)) is not None else []
        items = tuple(_member(each, group) for each in texts.items)
        kind = All if name == "all_of" else Any_
        whole: Node = kind(type=Type.BOOL, text=node.text, items=items)
        return self.spread(Not(type=Type.BOOL, text=node.text, item=whole) if name == "none_of" else whole, want)

    def _any_of(self, wanted: Iterable[tuple[Node, _Want]]) -> list[Alternative]:
        """Return the alternatives of all; those about one and the same thing are made one."""
        found: list[Alternative] = []
        single: dict[tuple[str, str], tuple[Set, bool]] = {}
        for node, want in wanted:
            for each in self.spread(node, want):
                key = _only_key(each)
                if key is None:
                    self._count()
                    found.append(each)
                    continue
                thing, way = key
                held = single.get(key)
                self._count(1 if held is None else held[0].size)
                single[key] = each[thing][way] if held is None else _either(held, each[thing][way])
            if len(found) > _ALTERNATIVES_MAX:
                raise _TooMuchError
        return [*found, *({thing: {way: values}} for (thing, way), values in single.items())]

    def _join(self, left: Alternative, right: Alternative) -> Alternative | None:
        """Return where both hold; None where they cannot."""
        self._count()
        joined = dict(left)
        for thing, ways in right.items():
            held = dict(joined.get(thing, {}))
            for way, values in ways.items():
                if way in held:
                    self._count(held[way][0].size)
                    values = _both(held[way], values)
                held[way] = values
            if not _is_possible(held):
                return None
            joined[thing] = held
        return joined

    def _count(self, work: int = 1) -> None:
        self._work += work
        if self._work > _WORK_MAX:
            raise _TooMuchError


def _is_possible(ways: dict[str, tuple[Set, bool]]) -> bool:
    """Tell whether a thing can be: unknown in all ways, or with a value in all."""
    return all(may_be_unknown for _, may_be_unknown in ways.values()) or not any(
        values.is_empty for values, _ in ways.values()
    )


def _both(left: tuple[Any, bool], right: tuple[Any, bool]) -> tuple[Set, bool]:
    return left[0].both(right[0]), left[1] and right[1]


def _either(left: tuple[Any, bool], right: tuple[Any, bool]) -> tuple[Set, bool]:
    return left[0].either(right[0]), left[1] or right[1]


def _only_key(alternative: Alternative) -> tuple[str, str] | None:
    if len(alternative) != 1:
        return None
    ((thing, ways),) = alternative.items()
    return (thing, next(iter(ways))) if len(ways) == 1 else None


def _atom(node: Node, want: _Want) -> Alternative | None:
    """Return the one alternative in which a comparison has a wanted result; None where it cannot have it."""
    values: Set
    match node:
        case Known(item=item, is_known=is_known):
            is_wanted = (want in (_Want.TRUE, _Want.NOT_FALSE)) is is_known
            return {item.text: {"known": (Listed(frozenset(), is_all_but=is_wanted), not is_wanted)}}
        case Compare():
            thing, way, values = _of_comparison(node)
        case Member():
            thing, way, values = _of_member(node)
        case _:  # a fact that is true or false, or a question that is taken as a whole
            thing, way, values = node.text, "", Listed(frozenset({True}), everything=_BOOLS)
    if want in (_Want.FALSE, _Want.NOT_TRUE):
        values = values.others()
    may_be_unknown = want in (_Want.NOT_TRUE, _Want.NOT_FALSE)
    return None if values.is_empty and not may_be_unknown else {thing: {way: (values, may_be_unknown)}}


def _of_comparison(node: Compare) -> tuple[str, str, Set]:
    left, sign, right = node.left, node.operator, node.right
    if isinstance(left, Constant):
        left, sign, right = right, MIRRORED[sign], left
    if isinstance(right, Constant) and right.type is not Type.SPAN:
        way, value = _looked_at(right.value)
        if isinstance(value, (bool, str, frozenset)):
            everything = _BOOLS if isinstance(value, bool) else None
            held = Listed(frozenset({value}), everything=everything)
            return left.text, way, held if sign == "==" else held.others()
        return left.text, way, Ranges.of(sign, value)
    if left.text > right.text:  # a < b and b > a are one question
        left, sign, right = right, MIRRORED[sign], left
    return f"{left.text} <> {right.text}", "", Listed(_SIGNS[sign], everything=_ANY_SIGN)


def _of_member(node: Member) -> tuple[str, str, Set]:
    item, group = node.item, node.group
    values: Set
    if isinstance(group, SetOf) and all(isinstance(each, Constant) for each in group.items):
        pairs = [_looked_at(each.value) for each in group.items if isinstance(each, Constant)]
        if len({way for way, _ in pairs}) == 1:
            found = [value for _, value in pairs]
            values = Listed(frozenset(found)) if group.item_type is Type.TEXT else Ranges.points(found)
            return item.text, pairs[0][0], values if node.is_in else values.others()
    told = item.value.casefold() if isinstance(item, Constant) else item.text
    held = Listed(frozenset({True}), everything=_BOOLS)
    return f"{told} in {group.text}", "", held if node.is_in else held.others()


def _looked_at(value: Any) -> tuple[str, Any]:
    """Return how a constant looks at a thing, and the constant so that it can be ordered."""
    if isinstance(value, Money):
        return value.currency, value.amount
    if isinstance(value, datetime):
        return "instant", value
    if isinstance(value, date):
        return "day", value
    return "", value.casefold() if isinstance(value, str) else value


def _member(item: Node, group: Node) -> Member:
    return Member(type=Type.BOOL, text=f"{item.text} in {group.text}", item=item, group=group, is_in=True)


_OF_SETS: Final = frozenset({"any_of", "all_of", "none_of"})
