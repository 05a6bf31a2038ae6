"""The part of JSON Schema 2020-12 that the exported schemas use, enough to try documents against them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_WORDS = frozenset({
    "$schema", "$defs", "$ref", "title", "description", "default", "examples", "type", "enum", "pattern", "minimum",
    "maximum", "minItems", "items", "properties", "patternProperties", "additionalProperties", "required", "anyOf",
})  # fmt: skip


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> Iterator[str]:
    """Yield what a value breaks, with its path."""
    assert schema.keys() <= _WORDS, schema.keys() - _WORDS
    if schema.get("$ref", "").startswith("#"):  # another file's schema is tried by itself
        yield from faults(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, path)
    if "anyOf" in schema and all(any(True for _ in faults(value, each, root)) for each in schema["anyOf"]):
        yield f"{path}: fits no form"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[each](value) for each in types):
        yield f"{path}: no {types}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path}: not listed"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{path}: no {schema['pattern']}"
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{path}: out of bounds"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{path}: too short"
        for place, each in enumerate(value):
            yield from faults(each, schema.get("items", {}), root, f"{path}[{place}]")
    if isinstance(value, dict):
        yield from _in_mapping(value, schema, root, path)


def _in_mapping(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], path: str) -> Iterator[str]:
    yield from (f"{path}: lacks {name}" for name in schema.get("required", []) if name not in value)
    for name, each in value.items():
        here = f"{path}.{name}"
        patterns = [one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        if name in schema.get("properties", {}):
            yield from faults(each, schema["properties"][name], root, here)
        elif patterns:
            for one in patterns:
                yield from faults(each, one, root, here)
        elif schema.get("additionalProperties") is False:
            yield f"{here}: unknown"
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from faults(each, schema["additionalProperties"], root, here)
