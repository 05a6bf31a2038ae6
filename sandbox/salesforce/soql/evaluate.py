"""Turn a condition into a predicate over rows, its literals checked against the types of their fields.

Text compares without regard to case, ids with it. A null row passes != and NOT IN, and no other comparison. Source: SOQL
reference, "Comparison Operators", "fieldExpression Syntax".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.ids import full_id
from sandbox.salesforce.soql.columns import find, reader
from sandbox.salesforce.soql.dates import span, span_test
from sandbox.salesforce.soql.parser import Comparison, Condition, Junction, Negation
from sandbox.salesforce.soql.tokens import Kind, Token, malformed, unescape
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row

Test = Callable[[Row], bool]

STRING_LENGTH_MAX: Final = 4000
TEXT: Final = frozenset({"string", "picklist", "multipicklist", "textarea", "email", "url", "phone", "combobox"})
IDS: Final = frozenset({"id", "reference"})
NUMBERS: Final = frozenset({"double", "currency", "percent", "int"})
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compile_condition(store: Store, shape: ObjectDef, condition: Condition) -> Test:
    """Return the predicate of a condition; raise ApiError for unknown fields and unfit literals or operators."""
    if isinstance(condition, Negation):
        test = compile_condition(store, shape, condition.part)
        return lambda row: not test(row)
    if isinstance(condition, Junction):
        tests = [compile_condition(store, shape, part) for part in condition.parts]
        return _all(tests) if condition.word == "AND" else _any(tests)
    return _comparison(store, shape, condition)


def literal(field: FieldDef, token: Token, *, op: str = "=") -> Any:
    """Return what a literal means for a field, text in lower case; raise ApiError when its type is another one."""
    if token.word == "NULL":
        return None
    kind = field.type
    if kind in TEXT or kind in IDS:
        if token.kind is not Kind.STRING:
            raise _wrong_type(field, "string", "should be enclosed in quotes")
        text = unescape(token.value, is_pattern=op == "LIKE")
        if len(text) > STRING_LENGTH_MAX:
            raise malformed("maximum SOQL string literal length exceeded")
        return _id(text) if kind in IDS else text.lower()
    if kind == "boolean":
        if token.word not in ("TRUE", "FALSE"):
            raise _wrong_type(field, "boolean", "should not be enclosed in quotes")
        return token.word == "TRUE"
    wanted = {"date": Kind.DATE, "datetime": Kind.INSTANT}.get(kind, Kind.NUMBER)
    if token.kind is wanted:
        return token.value
    shown = {"datetime": "dateTime"}.get(kind, kind)
    raise _wrong_type(field, shown, "should not be enclosed in quotes")


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) and second(row)
    return lambda row: all(test(row) for test in tests)


def _any(tests: list[Test]) -> Test:
    if len(tests) == 2:
        first, second = tests
        return lambda row: first(row) or second(row)
    return lambda row: any(test(row) for test in tests)


def _comparison(store: Store, shape: ObjectDef, comparison: Comparison) -> Test:
    column = find(store, shape, comparison.path)
    field, op = column.field, comparison.op
    if not field.is_filterable:
        raise ApiError(400, "INVALID_FIELD", f"field '{field.name}' can not be filtered in a query call")
    if op in ("INCLUDES", "EXCLUDES") and field.type != "multipicklist":
        raise _wrong_operator(op)
    read = reader(store, column)
    if field.type in ("date", "datetime") and comparison.values[0].word not in ("", "NULL"):
        return _in_span(store, field, read, comparison)
    values = [literal(field, token, op=op) for token in comparison.values]
    if op in ("INCLUDES", "EXCLUDES"):
        return _includes(read, values, is_wanted=op == "INCLUDES")
    if field.type in TEXT:
        read = _lowered(read)
    if op == "LIKE":
        if field.type not in TEXT or field.type == "multipicklist":
            raise _wrong_operator("LIKE")
        return _like(read, values[0])
    if op in ("IN", "NOT IN"):
        listed = frozenset(values)
        return (lambda row: read(row) in listed) if op == "IN" else (lambda row: read(row) not in listed)
    value = values[0]
    if op == "=":
        return lambda row: read(row) == value
    if op == "!=":
        return lambda row: read(row) != value
    return _ordered(field, read, op, value)


def _in_span(store: Store, field: FieldDef, read: Callable[[Row], Any], comparison: Comparison) -> Test:
    token = comparison.values[0]
    found = span(token.word, store.clock.now(), field.type)
    test = span_test(read, comparison.op, *found) if found is not None else None
    if test is None:
        raise malformed(f"unexpected token: '{token.text}'")
    return test


def _ordered(field: FieldDef, read: Callable[[Row], Any], op: str, value: Any) -> Test:
    if field.type in ("boolean", "multipicklist"):
        raise _wrong_operator(op)
    if value is None:
        raise _wrong_operator(op)
    compare = _ORDERED[op]

    def test(row: Row) -> bool:
        stored = read(row)
        return stored is not None and compare(stored, value)

    return test


def _lowered(read: Callable[[Row], Any]) -> Callable[[Row], Any]:
    def lowered(row: Row) -> Any:
        text = read(row)
        return None if text is None else text.lower()

    return lowered


def _like(read: Callable[[Row], Any], pattern: str | None) -> Test:
    if pattern is None:
        raise _wrong_operator("LIKE")
    parts = re.split(r"(\\.|%|_)", pattern, flags=re.S)
    wild = {"%": ".*", "_": "."}
    regex = re.compile(
        "".join(
            wild.get(part) or re.escape(part[1:] if len(part) == 2 and part[0] == "\\" else part) for part in parts
        ),
        re.S,
    )

    def test(row: Row) -> bool:
        text = read(row)
        return text is not None and regex.fullmatch(text) is not None

    return test


def _includes(read: Callable[[Row], Any], values: list[Any], *, is_wanted: bool) -> Test:
    wanted = [frozenset(str(value).split(";")) for value in values if value is not None]

    def test(row: Row) -> bool:
        text = read(row)
        held = frozenset((text or "").lower().split(";"))
        return any(each <= held for each in wanted) is is_wanted

    return test


def _id(text: str) -> str:
    if not text:
        return ""
    record_id = full_id(text)
    if record_id is None:
        raise ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
    return record_id


def _wrong_type(field: FieldDef, kind: str, how: str) -> ApiError:
    return ApiError(
        400, "INVALID_FIELD", f"value of filter criterion for field '{field.name}' must be of type {kind} and {how}"
    )


def _wrong_operator(op: str) -> ApiError:
    return ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator: {op}")
