"""Rows as answers show them: nested parents, attributes, date-times as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sandbox.salesforce.soql.columns import Column, object_name, parent_of, reader
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row
from sandbox.salesforce.values import csv_text, instant_text

Shown = dict[str, Any]


class Projector:
    """Shows rows of one object by the columns of one query."""

    def __init__(self, store: Store, name: str, columns: Sequence[Column], version: str) -> None:
        self._store = store
        self._type = name
        self._version = version
        self._url = f"/services/data/v{version}/sobjects/{name}/"
        direct = [column.field for column in columns if not column.parents]
        self._names = [field.name for field in direct]
        self._instants = [field.name for field in direct if field.type == "datetime"]
        self._by_path = [column for column in columns if column.parents]

    def show(self, row: Row) -> Shown:
        """Return the row as JSON values."""
        shown: Shown = {"attributes": {"type": self._type, "url": self._url + row["Id"]}}
        for name in self._names:
            shown[name] = row[name]
        for name in self._instants:
            moment = shown[name]
            if moment is not None:
                shown[name] = instant_text(moment)
        for column in self._by_path:
            self._show_parent(shown, row, column)
        return shown

    def _show_parent(self, shown: Shown, row: Row, column: Column) -> None:
        here: Shown = shown
        source = row
        for lookup in column.parents:
            above = parent_of(self._store, source, lookup)
            relation = str(lookup.relationship)
            if above is None:
                here[relation] = None
                return
            source = above
            if here.get(relation) is None:
                here[relation] = {"attributes": self._attributes(source)}
            here = here[relation]
        here[column.field.name] = _json(column.read_last(self._store, source))

    def _attributes(self, row: Row) -> Shown:
        name = object_name(self._store, row)
        return {"type": name, "url": f"/services/data/v{self._version}/sobjects/{name}/{row['Id']}"}


class CsvProjector:
    """Shows rows as lines of CSV, every cell quoted, as Bulk API 2.0 does."""

    def __init__(self, store: Store, columns: Sequence[Column]) -> None:
        self._readers = [reader(store, column) for column in columns]
        self.header = ",".join(f'"{".".join(column.shown)}"' for column in columns)

    def line(self, row: Row) -> str:
        cells = (csv_text(read(row)).replace('"', '""') for read in self._readers)
        return '"' + '","'.join(cells) + '"'


def _json(value: Any) -> Any:
    return instant_text(value) if isinstance(value, datetime) else value
