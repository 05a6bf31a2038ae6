"""What an admin probably meant by an expression whose types do not fit."""

from __future__ import annotations

from datetime import date

from rules.expression.nodes import Constant, Fact, Node, SetOf
from rules.expression.types import Type


def comparison_hint(left: Node, sign: str, right: Node) -> str:
    """Return the hint for a comparison of two types."""
    kinds = {left.type, right.type}
    constant = next((each for each in (right, left) if isinstance(each, Constant)), None)
    if isinstance(left, SetOf) or isinstance(right, SetOf):
        return "Write x in {...}."
    if kinds == {Type.NUMBER, Type.MONEY}:
        if constant is not None and constant.type is Type.NUMBER:
            return f"Write {constant.text} USD, in the currency you mean."
        return "A number has no currency."
    if kinds == {Type.TEXT, Type.TEXTS}:
        one, many = (left, right) if left.type is Type.TEXT else (right, left)
        return f"Write {one.text} {'not in' if sign == '!=' else 'in'} {many.text}."
    if constant is not None and constant.type is Type.TEXT:
        return _unquoted(constant, kinds)
    if constant is not None and Type.TEXT in kinds:
        return f'Write "{constant.text}" in quotes.'
    return ""


def _unquoted(constant: Constant, kinds: set[Type]) -> str:
    if Type.BOOL in kinds and constant.value.lower() in ("true", "false", "yes", "no"):
        return f"Write {'true' if constant.value.lower() in ('true', 'yes') else 'false'}, without quotes."
    if kinds & {Type.DATE, Type.INSTANT}:
        return (
            f"Write {constant.value} without quotes." if _is_date(constant.value) else "Dates are written 2026-03-01."
        )
    return f"Write {constant.value} without quotes." if kinds & {Type.NUMBER, Type.MONEY, Type.SPAN} else ""


def member_hint(item: Node, group: Node) -> str:
    """Return the hint for `in` with what cannot be in, or hold, the other."""
    if item.type is Type.TEXTS:
        return f"Write any_of({item.text}, {group.text}), all_of, none_of or only_of."
    if group.type is Type.TEXT and item.type is Type.TEXT:
        braces = f"{item.text} in {{{group.text}}}"
        return f"Write {braces}, or contains({group.text}, {item.text})."
    if isinstance(group, SetOf) and item.type is Type.MONEY:
        return "Give the amounts a currency: {500 USD, 900 USD}."
    return "Write a set in braces." if not isinstance(group, SetOf) else ""


def condition_hint(node: Node) -> str:
    """Return the hint for a value where true or false is expected."""
    if node.type is Type.TEXTS and isinstance(node, Fact):
        return f'Write "x" in {node.text}, or count({node.text}) > 0.'
    if isinstance(node, Fact):
        return f"Compare it with a value, or write {node.text} is known."
    return "Compare it with a value."


def arithmetic_hint(left: Node, right: Node) -> str:
    """Return the hint for arithmetic of two types."""
    kinds = {left.type, right.type}
    if kinds == {Type.NUMBER, Type.MONEY}:
        return "Give the number a currency: 500 USD."
    if Type.NUMBER in kinds and kinds & {Type.DATE, Type.INSTANT, Type.SPAN}:
        return "Give the number a unit: 90 days."
    return ""


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
