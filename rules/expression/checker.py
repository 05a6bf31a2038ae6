"""Turn the tree of an expression into typed nodes, or say everything that is wrong with it.

A part that is wrong is noted once: what contains it is not blamed for it. Constant arithmetic is done here, once.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rules.expression.arithmetic import OPERATIONS
from rules.expression.calls import bind
from rules.expression.faults import FAULTS_MAX, ExpressionError, Fault, nearest, shown
from rules.expression.functions import ALIASES, FUNCTIONS
from rules.expression.grammar import Source
from rules.expression.hints import arithmetic_hint, comparison_hint, condition_hint, member_hint
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
from rules.expression.tokens import Sort
from rules.expression.types import WORDS, Type
from rules.records import Money

_COMPARISONS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_ARITHMETIC: Final[Mapping[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_ORDERED: Final = frozenset({Type.NUMBER, Type.MONEY, Type.DATE, Type.INSTANT, Type.SPAN})
_DAYS: Final = frozenset({Type.DATE, Type.INSTANT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The facts there are, by name. closed: all texts that some of them can be."""

    types: Mapping[str, Type]
    closed: Mapping[str, frozenset[str]] = field(default_factory=dict)


def checked(source: Source, names: Names, wanted: frozenset[Type] | None = None) -> Node:
    """Return the typed tree. wanted: types that the whole may have; None: any.

    Raises ExpressionError with all faults.
    """
    checker = _Checker(source, names)
    node = checker.node(source.tree)
    if node is not None and wanted is not None and node.type not in wanted:
        told = " or ".join(WORDS[each] for each in Type if each in wanted)
        hint = condition_hint(node) if wanted == {Type.BOOL} else ""
        checker.fault(source.tree, f"{shown(node.text)} is {WORDS[node.type]}; {told} is expected", hint)
    if checker.faults or node is None:
        raise ExpressionError(source.text, checker.faults)
    return node


class _Checker:
    def __init__(self, source: Source, names: Names) -> None:
        self._source = source
        self._names = names.types
        self._closed = names.closed
        self.faults: list[Fault] = []

    def fault(self, tree: ast.expr | ast.keyword, message: str, hint: str = "") -> None:
        start, end = self._source.place(tree)
        self.faults.append(Fault(offset=start, length=end - start, message=message, hint=hint))
        if len(self.faults) == FAULTS_MAX:
            raise ExpressionError(self._source.text, self.faults)

    def node(self, tree: ast.expr) -> Node | None:
        """Return the typed node, None where a fault was noted."""
        match tree:
            case ast.Name():
                return self._name(tree)
            case ast.BoolOp():
                return self._bool(tree)
            case ast.Compare():
                return self._comparisons(tree)
            case ast.UnaryOp():
                return self._unary(tree)
            case ast.BinOp():
                return self._arithmetic(tree)
            case ast.IfExp():
                return self._choose(tree)
            case ast.Call():
                return self._call(tree)
            case ast.Set(elts=items) | ast.List(elts=items) | ast.Tuple(elts=items):
                return self._set(tree, items)
        self.fault(tree, f"{shown(self._text(tree))} is no part of the language")
        return None

    def _text(self, tree: ast.expr) -> str:
        start, end = self._source.place(tree)
        return " ".join(self._source.text[start:end].split())

    def _name(self, tree: ast.Name) -> Node | None:
        token = self._source.token(tree.id)
        if token.sort is Sort.VALUE:
            assert token.type is not None
            return Constant(type=token.type, text=token.text, value=token.value)
        kind = self._names.get(token.text)
        if kind is not None:
            return Fact(type=kind, text=token.text, name=token.text)
        if token.text in FUNCTIONS or token.text in ALIASES:
            self.fault(
                tree,
                f'"{token.text}" is a function',
                f"Write {(FUNCTIONS.get(token.text) or ALIASES[token.text]).signature}.",
            )
        else:
            hint = nearest(token.text, self._names) or _quotes_hint(token.text)
            self.fault(tree, f"There is no fact {shown(token.text)}", hint)
        return None

    def _condition(self, tree: ast.expr) -> Node | None:
        node = self.node(tree)
        if node is not None and node.type is not Type.BOOL:
            self.fault(tree, f"{shown(node.text)} is {WORDS[node.type]}; a condition is expected", condition_hint(node))
            return None
        return node

    def _bool(self, tree: ast.BoolOp) -> Node | None:
        items = [self._condition(each) for each in tree.values]  # all of them, for all faults
        sound = tuple([each for each in items if each is not None])
        if len(sound) < len(items):
            return None
        kind = All if isinstance(tree.op, ast.And) else Any_
        return kind(type=Type.BOOL, text=self._text(tree), items=sound)

    def _unary(self, tree: ast.UnaryOp) -> Node | None:
        if isinstance(tree.op, ast.Not):
            item = self._condition(tree.operand)
            return None if item is None else Not(type=Type.BOOL, text=self._text(tree), item=item)
        item = self.node(tree.operand)
        if item is None:
            return None
        if item.type not in (Type.NUMBER, Type.MONEY):
            self.fault(tree, f"{shown(item.text)} is {WORDS[item.type]}; only numbers and amounts have a sign")
            return None
        if isinstance(tree.op, ast.UAdd):
            return item
        if isinstance(item, Constant):
            return Constant(type=item.type, text=self._text(tree), value=_negated(item.value))
        return Negative(type=item.type, text=self._text(tree), item=item)

    def _arithmetic(self, tree: ast.BinOp) -> Node | None:
        left, right, sign = self.node(tree.left), self.node(tree.right), _ARITHMETIC[type(tree.op)]
        if left is None or right is None:
            return None
        found = OPERATIONS.get((sign, left.type, right.type))
        if found is None:
            message = f'"{sign}" cannot be used with {WORDS[left.type]} and {WORDS[right.type]}'
            self.fault(tree, message, arithmetic_hint(left, right))
            return None
        if sign == "/" and isinstance(right, Constant) and _is_zero(right.value):
            self.fault(tree, f"{shown(self._text(tree))} divides by zero")
            return None
        if not self._can_move(tree, left, sign, right):
            return None
        node = Arithmetic(type=found[0], text=self._text(tree), operator=sign, left=left, right=right)
        return self._folded(tree, node)

    def _can_move(self, tree: ast.expr, left: Node, sign: str, right: Node) -> bool:
        """Note a fault where hours are added to a date, which has no time of day, or working time is subtracted."""
        span = next(
            (each.value for each in (left, right) if isinstance(each, Constant) and each.type is Type.SPAN), None
        )
        if span is None:
            return True
        if span.is_working and sign == "-":
            self.fault(tree, "Working time cannot be subtracted", "Add it to the earlier instant.")
            return False
        if Type.DATE not in (left.type, right.type) or not (span.exact is not None or span.is_working):
            return True
        self.fault(tree, "A date has no time of day to which hours could be added", "Write days, or take an instant.")
        return False

    def _folded(self, tree: ast.expr, node: Arithmetic) -> Node | None:
        left, right = node.left, node.right
        if not isinstance(left, Constant) or not isinstance(right, Constant) or Type.INSTANT in (left.type, right.type):
            return node
        if (
            isinstance(left.value, Money)
            and isinstance(right.value, Money)
            and left.value.currency != right.value.currency
        ):
            return node
        value = OPERATIONS[node.operator, left.type, right.type][1](left.value, right.value, _NO_FACTS)
        if value is None:
            self.fault(tree, f"{shown(node.text)} has no value", "It is too large, or outside the calendar.")
            return None
        return Constant(type=node.type, text=node.text, value=value)

    def _choose(self, tree: ast.IfExp) -> Node | None:
        condition, yes, no = self._condition(tree.test), self.node(tree.body), self.node(tree.orelse)
        if condition is None or yes is None or no is None:
            return None
        if yes.type is not no.type or isinstance(yes, SetOf) or isinstance(no, SetOf):
            self.fault(tree, f"if gives {WORDS[yes.type]}, else gives {WORDS[no.type]}", "Both must be of one type.")
            return None
        return Choose(type=yes.type, text=self._text(tree), condition=condition, yes=yes, no=no)

    def _call(self, tree: ast.Call) -> Node | None:
        token = self._source.token(tree.func.id) if isinstance(tree.func, ast.Name) else None
        named = {self._source.token(each.arg).text: each.value for each in tree.keywords if each.arg is not None}
        given = [self.node(each) for each in (*tree.args, *named.values())]
        name = token.text if token is not None else ""
        function = FUNCTIONS.get(name) or ALIASES.get(name)
        if function is None:
            self.fault(tree.func, f"There is no function {shown(self._text(tree.func))}", nearest(name, FUNCTIONS))
            return None
        nodes = [each for each in given if each is not None]
        if len(nodes) < len(given):
            return None
        if len(named) < len(tree.keywords):
            self.fault(tree, f"An argument of {function.name} is given twice")
            return None
        count = len(tree.args)
        arguments, message, hint = bind(function, nodes[:count], dict(zip(named, nodes[count:], strict=True)))
        if message:
            self.fault(tree, message, hint)
            return None
        text, kind = self._text(tree), function.result or nodes[0].type
        if function.name == "known":
            return Known(type=Type.BOOL, text=text, item=nodes[0], is_known=True)
        return Call(type=kind, text=text, function=function, arguments=arguments)

    def _set(self, tree: ast.expr, items: Sequence[ast.expr]) -> Node | None:
        nodes = [self.node(each) for each in items]
        sound = tuple([each for each in nodes if each is not None])
        if len(sound) < len(nodes):
            return None
        kinds = {each.type for each in sound}
        if len(kinds) != 1 or any(isinstance(each, SetOf) for each in sound):
            told = " and ".join(sorted(WORDS[each] for each in kinds))
            self.fault(tree, f"A set holds values of one type, not {told}" if kinds else "The set is empty")
            return None
        (kind,) = kinds
        if kind in (Type.BOOL, Type.TEXTS, Type.SPAN):
            self.fault(tree, f"A set holds texts, numbers, amounts or dates, not {WORDS[kind]}")
            return None
        whole = Type.TEXTS if kind is Type.TEXT else kind
        return SetOf(type=whole, text=self._text(tree), items=sound, item_type=kind)

    def _comparisons(self, tree: ast.Compare) -> Node | None:
        if any(isinstance(each, ast.Is | ast.IsNot) for each in tree.ops):
            return self._known(tree)
        sides = [self.node(each) for each in (tree.left, *tree.comparators)]
        if any(each is None for each in sides):
            return None
        trees = (tree.left, *tree.comparators)
        parts = []
        for place, sign in enumerate(tree.ops):
            left, right = sides[place], sides[place + 1]
            assert left is not None and right is not None
            whole = tree if len(tree.ops) == 1 else trees[place + 1]
            if isinstance(sign, ast.In | ast.NotIn):
                parts.append(self._member(whole, left, right, is_in=isinstance(sign, ast.In)))
            else:
                parts.append(self._comparison(whole, left, _COMPARISONS[type(sign)], right))
        sound = tuple([each for each in parts if each is not None])
        if len(sound) < len(parts):
            return None
        return sound[0] if len(sound) == 1 else All(type=Type.BOOL, text=self._text(tree), items=sound)

    def _known(self, tree: ast.Compare) -> Node | None:
        item = self.node(tree.left)
        if item is None:
            return None
        if len(tree.ops) > 1:
            self.fault(tree, '"is known" stands by itself', "Use brackets and and.")
            return None
        asked = tree.comparators[0]
        assert isinstance(asked, ast.Name)
        is_known = (self._source.token(asked.id).text == "known") is isinstance(tree.ops[0], ast.Is)
        return Known(type=Type.BOOL, text=self._text(tree), item=item, is_known=is_known)

    def _member(self, tree: ast.expr, item: Node, group: Node, *, is_in: bool) -> Node | None:
        wanted = group.item_type if isinstance(group, SetOf) else Type.TEXT if group.type is Type.TEXTS else None
        is_day = wanted is Type.DATE and item.type is Type.INSTANT
        if wanted is None or isinstance(item, SetOf) or not (item.type is wanted or is_day):
            told = f"a set of such values, not {WORDS[group.type]}" if wanted is None else WORDS[wanted]
            what = "After in" if wanted is None else "Before in"
            self.fault(tree, f"{what} {told} is expected", member_hint(item, group))
            return None
        if isinstance(group, SetOf) and not self._can_be(tree, item, group.items):
            return None
        if is_day:
            item = Call(type=Type.DATE, text=item.text, function=FUNCTIONS["date"], arguments=(item,))
        text = f"{item.text} {'in' if is_in else 'not in'} {group.text}"
        return Member(type=Type.BOOL, text=text, item=item, group=group, is_in=is_in)

    def _comparison(self, tree: ast.expr, left: Node, sign: str, right: Node) -> Node | None:
        text = f"{left.text} {sign} {right.text}"
        is_set = any(isinstance(each, SetOf) and each.type is not Type.TEXTS for each in (left, right))
        if is_set or not (left.type is right.type or {left.type, right.type} == _DAYS):
            message = f"{shown(left.text)} is {WORDS[left.type]}, {shown(right.text)} is {WORDS[right.type]}"
            self.fault(tree, message, comparison_hint(left, sign, right))
            return None
        if sign not in ("==", "!=") and left.type not in _ORDERED:
            self.fault(
                tree,
                f'"{sign}" cannot compare {WORDS[left.type]}',
                "Only numbers, amounts, dates and times have an order.",
            )
            return None
        if not (self._can_be(tree, left, (right,)) and self._can_be(tree, right, (left,))):
            return None
        node = Compare(type=Type.BOOL, text=text, operator=sign, left=left, right=right)
        return self._without_difference(tree, node) if left.type is Type.SPAN else node

    def _can_be(self, tree: ast.expr, node: Node, others: Sequence[Node]) -> bool:
        """Note a fault where a node is compared with a text that it never is."""
        possible: Collection[str] = ()
        if isinstance(node, Fact):
            possible = self._closed.get(node.name, ())
        elif isinstance(node, Call):
            possible = node.function.values
        texts = [each.value for each in others if isinstance(each, Constant) and isinstance(each.value, str)]
        wrong = next((each for each in texts if possible and each.casefold() not in possible), None)
        if wrong is None:
            return True
        hint = nearest(wrong, possible) or f"It is one of: {', '.join(sorted(possible))}."
        self.fault(tree, f"{node.text} is never {shown(wrong)}", hint)
        return False

    def _without_difference(self, tree: ast.expr, node: Compare) -> Node | None:
        """Write "a - b > 6 months" as "a > b + 6 months": only so do months have a length."""
        for span, other, is_left in ((node.right, node.left, True), (node.left, node.right, False)):
            if not isinstance(other, Arithmetic) or other.left.type not in _DAYS or _is_difference(span):
                continue
            text = f"{other.right.text} + {span.text}"
            if not self._can_move(tree, other.right, "+", span):
                return None
            later = Arithmetic(type=other.right.type, text=text, operator="+", left=other.right, right=span)
            sides = (other.left, later) if is_left else (later, other.left)
            return Compare(type=Type.BOOL, text=node.text, operator=node.operator, left=sides[0], right=sides[1])
        return node


def _is_difference(node: Node) -> bool:
    return isinstance(node, Arithmetic) and node.left.type in _DAYS


class _NoFacts:
    """What constant arithmetic is done on: there is nothing to ask."""

    def __getitem__(self, name: str) -> None:
        raise AssertionError(name)

    def convert(self, money: Money, currency: str, on: object) -> None:
        raise AssertionError(money, currency, on)


_NO_FACTS: Final = _NoFacts()


def _negated(value: object) -> object:
    if isinstance(value, Money):
        return Money(amount=value.amount.copy_negate(), currency=value.currency)
    return value.copy_negate()  # type: ignore[attr-defined]


def _is_zero(value: object) -> bool:
    return (value.amount if isinstance(value, Money) else value) == 0


def _quotes_hint(name: str) -> str:
    return "" if "." in name else f'Texts are written in quotes: "{name}".'
