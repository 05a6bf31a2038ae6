"""Turn typed nodes into functions of the facts, once, so that asking them is quick.

What rules ask most often (a fact against a constant) has a closure of its own; everything else is put together from its
parts. An unknown operand makes a part unknown, but for `and`, `or` and what asks whether something is known:
`false and unknown` is false, `true or unknown` is true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rules.expression.arithmetic import MIRRORED, OPERATIONS, ORDER, comparison, folded
from rules.expression.functions import LEFT_OUT
from rules.expression.nodes import (
    All,
    Any_,
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Fact,
    Known,
    Member,
    Negative,
    Node,
    Not,
    SetOf,
)
from rules.expression.types import Facts, Type
from rules.records import Money

Closure = Callable[[Facts], Any]


def closure(node: Node) -> Closure:
    """Return the function that works the node out."""
    match node:
        case Constant(value=value):
            return lambda facts: value
        case Fact(name=name):
            return lambda facts: facts[name]
        case All(items=items):
            return _all([closure(each) for each in items])
        case Any_(items=items):
            return _any([closure(each) for each in items])
        case Not(item=item):
            return _not(closure(item))
        case Compare():
            return _compare(node)
        case Member():
            return _member(node)
        case Known(item=item, is_known=is_known):
            return _known(item, is_known)
        case SetOf():
            return _set(node)
        case Negative(item=item):
            return _negative(closure(item), item.type)
        case Arithmetic():
            return _arithmetic(node)
        case Choose(condition=condition, yes=yes, no=no):
            return _choose(closure(condition), closure(yes), closure(no))
        case Call():
            return _call(node)
    raise AssertionError(node)


def _all(tests: Sequence[Closure]) -> Closure:
    if len(tests) == 2:
        return _both(*tests)

    def test(facts: Facts) -> bool | None:
        result: bool | None = True
        for each in tests:
            found = each(facts)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return test


def _both(first: Closure, second: Closure) -> Closure:
    def test(facts: Facts) -> bool | None:
        left = first(facts)
        if left is False:
            return False
        right = second(facts)
        return right if left is True or right is False else None

    return test


def _any(tests: Sequence[Closure]) -> Closure:
    def test(facts: Facts) -> bool | None:
        result: bool | None = False
        for each in tests:
            found = each(facts)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return test


def _not(inner: Closure) -> Closure:
    def test(facts: Facts) -> bool | None:
        found = inner(facts)
        return None if found is None else not found

    return test


def _known(item: Node, is_known: bool) -> Closure:
    inner = closure(item)
    return (lambda facts: inner(facts) is not None) if is_known else (lambda facts: inner(facts) is None)


def _compare(node: Compare) -> Closure:
    sign, left, right = node.operator, node.left, node.right
    if isinstance(left, Constant):
        sign, left, right = MIRRORED[sign], right, left
    kind = left.type if left.type is right.type else Type.DATE
    if isinstance(right, Constant) and kind is left.type:
        special = _SPECIAL.get(kind)
        if special is not None:
            return special(closure(left), sign, right.value)
    return _binary(closure(left), closure(right), comparison(sign, kind))


def _against_number(left: Closure, sign: str, value: Any) -> Closure:
    compare = ORDER[sign]

    def test(facts: Facts) -> bool | None:
        found = left(facts)
        if found is None:
            return None
        try:
            return compare(found, value)
        except ArithmeticError:  # a number that is none (NaN)
            return None

    return test


def _against_money(left: Closure, sign: str, value: Money) -> Closure:
    compare, amount, currency = ORDER[sign], value.amount, value.currency
    in_any_currency = comparison(sign, Type.MONEY)

    def test(facts: Facts) -> bool | None:
        found = left(facts)
        if found is None:
            return None
        if found.currency != currency or not found.amount.is_finite():
            return in_any_currency(found, value, facts)  # type: ignore[no-any-return]
        return compare(found.amount, amount)

    return test


def _against_text(left: Closure, sign: str, value: str) -> Closure:
    wanted, is_equal = value.casefold(), sign == "=="

    def test(facts: Facts) -> bool | None:
        found = left(facts)
        return None if found is None else (found == value or found.casefold() == wanted) is is_equal

    return test


def _against_moment(left: Closure, sign: str, value: Any) -> Closure:
    compare = ORDER[sign]

    def test(facts: Facts) -> bool | None:
        found = left(facts)
        return None if found is None else compare(found, value)

    return test


_SPECIAL: dict[Type, Callable[[Closure, str, Any], Closure]] = {
    Type.NUMBER: _against_number,
    Type.MONEY: _against_money,
    Type.TEXT: _against_text,
    Type.DATE: _against_moment,
    Type.INSTANT: _against_moment,
    Type.BOOL: _against_moment,
}


def _binary(left: Closure, right: Closure, work: Callable[[Any, Any, Facts], Any]) -> Closure:
    def result(facts: Facts) -> Any:
        first = left(facts)
        if first is None:
            return None
        second = right(facts)
        return None if second is None else work(first, second, facts)

    return result


def _arithmetic(node: Arithmetic) -> Closure:
    work = OPERATIONS[node.operator, node.left.type, node.right.type][1]
    return _binary(closure(node.left), closure(node.right), work)


def _negative(inner: Closure, kind: Type) -> Closure:
    def result(facts: Facts) -> Any:
        found = inner(facts)
        if found is None:
            return None
        if kind is Type.MONEY:
            return Money(amount=found.amount.copy_negate(), currency=found.currency)
        return found.copy_negate()

    return result


def _choose(condition: Closure, yes: Closure, no: Closure) -> Closure:
    def result(facts: Facts) -> Any:
        found = condition(facts)
        return None if found is None else yes(facts) if found else no(facts)

    return result


def _member(node: Member) -> Closure:
    item, group, is_in = closure(node.item), node.group, node.is_in
    if isinstance(group, SetOf):
        if group.item_type is Type.MONEY or not all(isinstance(each, Constant) for each in group.items):
            return _among(item, group, is_in)
        if group.item_type is Type.TEXT:
            return _in_texts(item, [each.value for each in group.items if isinstance(each, Constant)], is_in)
        values = frozenset([each.value for each in group.items if isinstance(each, Constant)])
        return _in_values(item, values, is_in)
    held = closure(group)

    def test(facts: Facts) -> bool | None:
        found, among = item(facts), held(facts)
        if found is None or among is None:
            return None
        return (found.casefold() in folded(among)) is is_in

    return test


def _in_texts(item: Closure, texts: Sequence[str], is_in: bool) -> Closure:
    wanted = folded(frozenset(texts))
    as_written = wanted.union(texts)

    def test(facts: Facts) -> bool | None:
        found = item(facts)
        return None if found is None else (found in as_written or found.casefold() in wanted) is is_in

    return test


def _in_values(item: Closure, values: frozenset[Any], is_in: bool) -> Closure:
    def test(facts: Facts) -> bool | None:
        found = item(facts)
        return None if found is None else (found in values) is is_in

    return test


def _among(item: Closure, group: SetOf, is_in: bool) -> Closure:
    """Return the test against items that are worked out: in, if one is equal; unknown, if one might be."""
    equal = comparison("==", group.item_type)
    tests = _any([_binary(item, closure(each), equal) for each in group.items])
    return tests if is_in else _not(tests)


def _set(node: SetOf) -> Closure:
    """Return the set of texts; unknown if one of them is."""
    if all(isinstance(each, Constant) for each in node.items):
        whole = frozenset([each.value for each in node.items if isinstance(each, Constant)])
        return lambda facts: whole
    items = [closure(each) for each in node.items]

    def result(facts: Facts) -> frozenset[Any] | None:
        values = [each(facts) for each in items]
        return None if any(each is None for each in values) else frozenset(values)

    return result


def _call(node: Call) -> Closure:
    work, is_strict = node.function.work, node.function.is_strict
    arguments = [_left_out if each is None else closure(each) for each in node.arguments]

    def result(facts: Facts) -> Any:
        values = [each(facts) for each in arguments]
        if is_strict and None in values:
            return None
        try:
            return work(facts, *values)
        except (ArithmeticError, ValueError):  # no such number, no such date
            return None

    return result


def _left_out(_: Facts) -> Any:
    return LEFT_OUT
