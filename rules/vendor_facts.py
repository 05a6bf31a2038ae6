"""Facts of the vendor's own: which they are by a mapping, and their typed values out of a row's canonical ones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from rules.expression import Type
from rules.fields import Stream, Value, Values
from rules.mapping import FieldMap, StreamMap
from rules.records import Facts, Money

# Whose facts the own fields of a stream are: the part before the dot.
SUBJECTS: Final[Mapping[Stream, tuple[str, ...]]] = {
    Stream.SUBMISSIONS: ("deal",),
    Stream.OPPORTUNITIES: ("deal",),
    Stream.COMPANIES: ("customer", "partner"),
    Stream.PARTNERS: ("partner",),
}
NOTHING: Final[Facts] = MappingProxyType({})


def fact_names(stream_map: StreamMap) -> Iterator[tuple[str, FieldMap]]:
    """Return the names that conditions use for a stream's own fields, each with its field."""
    for field in stream_map.fields.values():
        if field.own is not None:
            for subject in SUBJECTS.get(stream_map.stream, ()):
                yield f"{subject}.{field.name}", field


def own_values(stream_map: StreamMap, values: Values) -> Facts:
    """Return a row's own facts as typed values by name, without those that are empty.

    Of a personal field only whether it is filled in; so it is there, true or false, in every row that tells of it.
    """
    own = [field for field in stream_map.fields.values() if field.own is not None and field.name in values]
    if not own:
        return NOTHING
    found = {field.name: _typed(field, values[field.name], values) for field in own}
    return {name: value for name, value in found.items() if value is not None}


def own_missing(stream_map: StreamMap, values: Values) -> frozenset[str]:
    """Return the names of own fields that the row leaves empty."""
    return frozenset(
        field.name
        for field in stream_map.fields.values()
        if field.own is not None and values.get(field.name) in (None, "", [])
    )


def _typed(field: FieldMap, value: Value, values: Values) -> Any:
    if field.hides:
        return value not in (None, "", [])
    if value is None:
        return None
    match field.own:
        case Type.NUMBER:
            return Decimal(str(value))
        case Type.MONEY:
            currency = field.currency or values.get("currency")
            return Money(amount=Decimal(str(value)), currency=currency) if isinstance(currency, str) else None
        case Type.DATE:
            return date.fromisoformat(str(value))
        case Type.INSTANT:
            return datetime.fromisoformat(str(value))
        case Type.TEXTS:
            return frozenset(value) if isinstance(value, list) else None
        case _:
            return value
