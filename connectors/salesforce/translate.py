"""Canonical values to the JSON that Salesforce's REST API wants; pure."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from rules.fields import FieldType, Value
from rules.mapping import FieldMap

_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


def encode(field: FieldMap, value: Value) -> Any:
    """Return a canonical value for orjson; None clears. Raise ValueError or TypeError for a value of another type.

    Decimals go out digit for digit as JSON numbers: through a float the last cents of a large amount would change.
    """
    if value is None:
        return None
    match field.type:
        case FieldType.DECIMAL:
            if not isinstance(value, str) or not _NUMBER.fullmatch(value):
                raise ValueError("no plain decimal number")
            return orjson.Fragment(value)
        case FieldType.INTEGER:
            if isinstance(value, bool) or not isinstance(value, int):
                raise TypeError("no whole number")
            return value
        case FieldType.BOOL:
            if not isinstance(value, bool):
                raise TypeError("no truth value")
            return value
        case FieldType.CHOICES:
            if not isinstance(value, list):
                raise TypeError("no list of choices")
            return ";".join(value) or None
        case _:
            if not isinstance(value, str):
                raise TypeError("no text")
            return value or None
