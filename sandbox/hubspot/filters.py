"""The filters of a search, compiled to a test of one row's properties.

How values compare depends on the property: numbers and ids as numbers, instants as milliseconds, text without regard to
case (but IN wants lower-case values), enumerations with regard to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import lru_cache
from re import compile as compile_pattern
from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.schema import ObjectType, Property
from sandbox.hubspot.shapes import is_id
from sandbox.hubspot.values import read_instant

Test = Callable[[Mapping[str, str | None]], bool]
Key = Callable[[str], Any]
_WORD: Final = compile_pattern(r"[\w*]+")
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "EQ": lambda held, told: bool(held == told),
    "LT": lambda held, told: bool(held < told),
    "LTE": lambda held, told: bool(held <= told),
    "GT": lambda held, told: bool(held > told),
    "GTE": lambda held, told: bool(held >= told),
}


def compile_filter(object_type: ObjectType, told: Mapping[str, Any]) -> Test:
    """Return the test of one filter; raise Refusal for an unknown property or operator, or a value that does not fit."""
    name, operator = str(told.get("propertyName")), str(told.get("operator"))
    prop = object_type.live_property(name)
    if prop is None:
        raise errors.invalid_request(f"There is no property named {name} on {object_type.singular}")
    if operator in ("HAS_PROPERTY", "NOT_HAS_PROPERTY"):
        return _presence(name, operator, told)
    if operator in ("IN", "NOT_IN"):
        return _membership(prop, operator, told)
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _tokens(name, operator, _value(told, "value"))
    if operator == "BETWEEN":
        return _between(prop, told)
    if operator == "NEQ":
        key = sort_key(prop)
        wanted = _read(prop, _value(told, "value"))
        return lambda row: (held := row.get(name)) is None or key(held) != wanted
    compare = _ORDER.get(operator)
    if compare is None:
        raise errors.invalid_request(f"operator {operator} is not supported")
    return _comparison(prop, compare, _read(prop, _value(told, "value")))


def sort_key(prop: Property) -> Key:
    """Return how stored values of a property are compared."""
    if prop.type == "number":
        return _number
    if prop.type in ("date", "datetime"):
        return _instant
    if prop.type == "string":
        return str.lower
    return str


def _comparison(prop: Property, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    name, key = prop.name, sort_key(prop)
    return lambda row: (held := row.get(name)) is not None and compare(key(held), wanted)


def _presence(name: str, operator: str, told: Mapping[str, Any]) -> Test:
    if told.get("value") is not None or told.get("values") is not None:
        raise errors.invalid_request(f"operator {operator} takes no value")
    wants = operator == "HAS_PROPERTY"
    return lambda row: (row.get(name) is not None) is wants


def _membership(prop: Property, operator: str, told: Mapping[str, Any]) -> Test:
    values = told.get("values")
    if not isinstance(values, list) or not values:
        raise errors.invalid_request(f"operator {operator} requires values")
    # Text is indexed in lower case, and the values of IN are taken as they come: "Acme" never matches.
    keys = [str(each) for each in values] if prop.type == "string" else [_read(prop, str(each)) for each in values]
    wanted, name, key = set(keys), prop.name, sort_key(prop)
    if operator == "IN":
        return lambda row: (held := row.get(name)) is not None and key(held) in wanted
    return lambda row: (held := row.get(name)) is None or key(held) not in wanted


def _between(prop: Property, told: Mapping[str, Any]) -> Test:
    low, high = _read(prop, _value(told, "value")), _read(prop, _value(told, "highValue"))
    name, key = prop.name, sort_key(prop)
    return lambda row: (held := row.get(name)) is not None and low <= key(held) <= high


def _tokens(name: str, operator: str, value: str) -> Test:
    pattern = value.lower()
    words = _WORD.findall(pattern)

    def contains(held: str) -> bool:
        text = held.lower()
        if "*" in pattern and any(fnmatchcase(each, pattern) for each in text.split()):
            return True
        tokens = _WORD.findall(text)
        return bool(words) and all(any(fnmatchcase(token, word) for token in tokens) for word in words)

    wants = operator == "CONTAINS_TOKEN"
    return lambda row: ((held := row.get(name)) is not None and contains(held)) is wants


def _value(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None or value == "" or isinstance(value, dict | list):
        raise errors.invalid_request(f"operator {told.get('operator')} requires a {name}")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(prop: Property, text: str) -> Any:
    try:
        return sort_key(prop)(text)
    except (ValueError, InvalidOperation):
        raise errors.invalid_request(f"{text} is not a valid value for {prop.name}") from None


def _number(text: str) -> Any:
    found = int(text) if is_id(text) else Decimal(text)
    if isinstance(found, Decimal) and not found.is_finite():
        raise InvalidOperation
    return found


@lru_cache(maxsize=4096)
def _instant(text: str) -> int:
    found = read_instant(text)
    if found is None:
        raise ValueError(text)
    return found
