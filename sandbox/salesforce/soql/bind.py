"""Check a query against the schema: its object, its columns, its predicate, its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.soql import plan
from sandbox.salesforce.soql.columns import Column, find, no_such_object, reader
from sandbox.salesforce.soql.evaluate import TEXT, Test, compile_condition
from sandbox.salesforce.soql.parser import Order, Query, Selected, parse
from sandbox.salesforce.soql.tokens import malformed
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row

QUERY_LENGTH_MAX: Final = 100_000
OFFSET_MAX: Final = 2000
FIELDS_LIMIT_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A query that can be run.

    columns: what is asked for, in order; empty when it is all aggregates. test: for any row; residue: what of it is left to
    test in a row of the query's stretch (plan.py).
    """

    query: Query
    shape: ObjectDef
    columns: tuple[Column, ...]
    test: Test | None
    residue: Test | None
    sorts: tuple[tuple[Callable[[Row], Any], Order], ...]

    @property
    def is_count(self) -> bool:
        """Tell whether it is COUNT() alone, which answers with a number and no rows."""
        selected = self.query.selected
        return len(selected) == 1 and selected[0].function == "COUNT" and not selected[0].path

    @property
    def is_aggregate(self) -> bool:
        return bool(self.query.group) or any(each.function for each in self.query.selected)


def bind(store: Store, soql: str) -> Bound:
    """Return the query ready to run; raise ApiError in Salesforce's words when it cannot be."""
    if len(soql) > QUERY_LENGTH_MAX:
        raise malformed("SOQL statements cannot be longer than 100000 characters.")
    query = parse(soql)
    shape = store.shape(query.object_name)
    if shape is None:
        raise no_such_object(query.object_name)
    if query.offset > OFFSET_MAX:
        raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {OFFSET_MAX}")
    test = compile_condition(store, shape, query.where) if query.where is not None else None
    left = plan.residue(query.where)
    residue = compile_condition(store, shape, left) if left is not None else None
    sorts = tuple((_sort_key(store, shape, order), order) for order in query.order)
    return Bound(
        query=query, shape=shape, columns=_columns(store, shape, query), test=test, residue=residue, sorts=sorts
    )


def sorted_rows(rows: list[Row], bound: Bound) -> list[Row]:
    """Return the rows in the order asked for, by the last criterion first; each sort keeps what the others made."""
    for key, order in reversed(bound.sorts):
        empty = [row for row in rows if key(row) is None]
        filled = [row for row in rows if key(row) is not None]
        filled.sort(key=key, reverse=order.is_descending)
        rows = [*empty, *filled] if order.is_nulls_first else [*filled, *empty]
    return rows


def _columns(store: Store, shape: ObjectDef, query: Query) -> tuple[Column, ...]:
    found: dict[tuple[str, ...], Column] = {}
    for selected in query.selected:
        for column in _selected(store, shape, query, selected):
            if column.shown in found and not query.group:
                raise ApiError(400, "INVALID_FIELD", f"duplicate field selected: {selected.path}")
            found[column.shown] = column
    return tuple(found.values())


def _selected(store: Store, shape: ObjectDef, query: Query, selected: Selected) -> list[Column]:
    if selected.function == "FIELDS":
        if query.limit is None or query.limit > FIELDS_LIMIT_MAX:
            raise malformed("The SOQL FIELDS function must have a LIMIT of at most 200")
        return [Column(field=field) for field in _fields_of(store, shape, selected.path.upper())]
    if selected.function:
        if selected.path:
            find(store, shape, selected.path)
        return []
    column = find(store, shape, selected.path)
    if query.group and selected.path.lower() not in [path.lower() for path in query.group]:
        raise malformed(f"Field must be grouped or aggregated: {selected.path}")
    if not query.group and any(each.function and each.function != "FIELDS" for each in query.selected):
        raise malformed(f"Field must be grouped or aggregated: {selected.path}")
    return [column]


def _fields_of(store: Store, shape: ObjectDef, which: str) -> list[FieldDef]:
    wanted = {"ALL": (False, True), "STANDARD": (False,), "CUSTOM": (True,)}.get(which)
    if wanted is None:
        raise malformed(f"unexpected token: '{which}'")
    return [field for field in store.visible(shape) if field.name.endswith("__c") in wanted]


def _sort_key(store: Store, shape: ObjectDef, order: Order) -> Callable[[Row], Any]:
    column = find(store, shape, order.path)
    if not column.field.is_sortable:
        raise malformed(f"field '{column.field.name}' can not be sorted in a query call")
    read = reader(store, column)
    if column.field.type not in TEXT:
        return read

    def lowered(row: Row) -> Any:
        text = read(row)
        return None if text is None else text.lower()

    return lowered
