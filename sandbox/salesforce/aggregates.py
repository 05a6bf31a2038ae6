"""Answers of queries that count and add up, grouped or not. Source: SOQL reference, "Aggregate Functions", "GROUP BY"."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sandbox.salesforce.soql.bind import Bound
from sandbox.salesforce.soql.columns import find, reader
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row
from sandbox.salesforce.values import instant_text

_FUNCTIONS: Final[Mapping[str, Callable[[Sequence[Any]], Any]]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "SUM": lambda values: sum(values) if values else None,
    "AVG": lambda values: sum(values) / len(values) if values else None,
}


def aggregate(store: Store, bound: Bound, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the AggregateResult records of a query over its rows."""
    query = bound.query
    keys = [reader(store, find(store, bound.shape, path)) for path in query.group]
    groups: dict[tuple[Any, ...], list[Row]] = {} if query.group else {(): []}
    for row in rows:
        groups.setdefault(tuple(key(row) for key in keys), []).append(row)
    return [_result(store, bound, members) for members in groups.values()][: query.limit]


def _result(store: Store, bound: Bound, rows: Sequence[Row]) -> dict[str, Any]:
    result: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    unnamed = 0
    for selected in bound.query.selected:
        read = reader(store, find(store, bound.shape, selected.path)) if selected.path else _self
        if selected.function:
            values = [each for row in rows if (each := read(row)) is not None]
            value = _FUNCTIONS[selected.function](values)
            name = selected.alias or f"expr{unnamed}"
            unnamed += selected.alias is None
        else:
            value = read(rows[0])
            name = find(store, bound.shape, selected.path).field.name
        result[name] = instant_text(value) if isinstance(value, datetime) else value
    return result


def _self(row: Row) -> Any:
    return row
