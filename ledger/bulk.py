"""Many rows in one statement, in each database's own fast way.

SQLite takes a list of keys as one JSON parameter and rows through executemany. PostgreSQL takes keys as an array, rows that
are certainly new through COPY, and others as one JSON parameter, which costs a fraction of psycopg's arrays (measured: 0.6
against 16 microseconds a row). None builds SQL text that grows with the number of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Boolean, Column, Connection, Table, Text, bindparam, func, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeDecorator

_CHUNK: Final = 5_000


def is_among(dialect: str, column: Column[Any]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of the keys of the parameter `keys`, for statements that are built once.

    To build a statement and its cache key costs several times what SQLite takes to run it.
    """
    if dialect == "postgresql":
        kind = BigInteger() if _is_number(column) else Text()
        return column == func.any(bindparam("keys", type_=postgresql.ARRAY(kind)))
    listed = func.json_each(bindparam("keys", type_=Text())).table_valued("value")
    return column.in_(select(listed.c.value))


def keys_of(tx: Connection, keys: Iterable[str] | Iterable[int]) -> dict[str, Any]:
    """Return the parameter that `is_among` asks for."""
    return {"keys": list(keys) if tx.dialect.name == "postgresql" else orjson.dumps(list(keys)).decode()}


def among(tx: Connection, column: Column[Any], keys: Collection[str] | Collection[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of these keys, with one parameter for all of them."""
    if tx.dialect.name == "postgresql":
        kind = BigInteger() if _is_number(column) else Text()
        return column == func.any(bindparam(None, list(keys), type_=postgresql.ARRAY(kind)))
    listed = func.json_each(bindparam(None, orjson.dumps(list(keys)).decode(), type_=Text())).table_valued("value")
    return column.in_(select(listed.c.value))


def upsert(
    tx: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    key: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert rows; where `key` is there already, set the `update` columns, or leave the row alone when none is named.

    rows: raw values in the order of `columns`: instants as microseconds, JSON as text. No two rows with one key.
    key: empty when nothing can be there already; the fastest way.
    """
    for first in range(0, len(rows), _CHUNK):
        chunk = rows[first : first + _CHUNK]
        if tx.dialect.name == "sqlite":
            names, kept = _without_empty(columns, chunk) if not key else (columns, list(chunk))
            tx.exec_driver_sql(_sqlite(table, names, key, update), kept)
        elif key:
            tx.exec_driver_sql(_postgresql(table, columns, key, update), (orjson.dumps(chunk).decode(),))
        else:
            _copy(tx, table, columns, chunk)


def _without_empty(
    columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> tuple[Sequence[str], list[tuple[Any, ...]]]:
    """Leave out the columns that are None in every row: SQLite's driver takes 0.6 microseconds over each None."""
    places = [place for place in range(len(columns)) if any(row[place] is not None for row in rows)]
    if len(places) == len(columns) or len(places) < 2:
        return columns, list(rows)
    return [columns[place] for place in places], list(map(itemgetter(*places), rows))


def _copy(tx: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = tx.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({_names(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _postgresql(table: Table, columns: Sequence[str], key: Sequence[str], update: Sequence[str]) -> str:
    # Every value travels as the text of JSON and is cast by its place in the row.
    values = ", ".join(f"(item->>{place})::{_cast(table.c[name])}" for place, name in enumerate(columns))
    source = f"SELECT {values} FROM json_array_elements(%s::text::json) AS item"  # noqa: S608 (names of our own tables)
    return f"INSERT INTO {table.name} ({_names(columns)}) {source} {_on_conflict(key, update)}"


def _sqlite(table: Table, columns: Sequence[str], key: Sequence[str], update: Sequence[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table.name} ({_names(columns)}) VALUES ({marks}) {_on_conflict(key, update)}"  # noqa: S608


def _on_conflict(key: Sequence[str], update: Sequence[str]) -> str:
    if not key:
        return ""
    if not update:
        return f"ON CONFLICT ({_names(key)}) DO NOTHING"
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in update)
    return f"ON CONFLICT ({_names(key)}) DO UPDATE SET {sets}"


def _names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


def _cast(column: Column[Any]) -> str:
    if isinstance(column.type, Boolean):
        return "boolean"
    return "bigint" if _is_number(column) else "text"


def _is_number(column: Column[Any]) -> bool:
    kind = column.type
    if isinstance(kind, TypeDecorator):
        kind = kind.impl_instance
    return isinstance(kind, BigInteger)
