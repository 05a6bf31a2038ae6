"""The org's memory: a table per object, what the integration user may see and write, and the way back of a transaction.

It keeps rows and rights and knows no rules: those are writes.py's. Time comes from the clock, cut to whole seconds as
Salesforce's audit stamps are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from connectors.port import Clock
from sandbox.salesforce.errors import RowError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.table import Row, Table

_FIRST_NUMBER: Final = 62**6  # far above what a world numbers its own rows with


class Store:
    """Tables by object name. Not locked here: the org's one lock is held by whoever comes in."""

    def __init__(self, objects: Mapping[str, ObjectDef], clock: Clock) -> None:
        self.clock = clock
        self.objects: dict[str, ObjectDef] = dict(objects)
        self.tables: dict[str, Table] = {
            name: Table(shape, self._completer(name)) for name, shape in self.objects.items()
        }
        self.stages: dict[str, Row] = {}
        self._lower = {name.lower(): name for name in self.objects}
        self._by_prefix = {shape.prefix: name for name, shape in self.objects.items()}
        self._numbers: dict[str, int] = {}
        self._auto_number = 0
        self.hidden_objects: set[str] = set()
        self._hidden: set[tuple[str, str]] = set()
        self._read_only: set[tuple[str, str]] = set()
        self._journal: list[tuple[Table, str, Row | None]] | None = None

    def now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    def settle(self) -> None:
        """Let late rows appear, in every table, as of now."""
        now = self.clock.now()
        for table in self.tables.values():
            table.settle(now)

    def shape(self, name: str) -> ObjectDef | None:
        """Return an object by its name in any spelling, None when there is none or the integration user sees none."""
        known = self._lower.get(name.lower())
        return None if known is None or known in self.hidden_objects else self.objects[known]

    def table_of(self, record_id: str) -> Table | None:
        """Return the table that an id belongs to by its prefix."""
        name = self._by_prefix.get(record_id[:3])
        return None if name is None else self.tables[name]

    def field(self, shape: ObjectDef, name: str) -> FieldDef | None:
        """Return a field by its name in any spelling, None when the integration user does not see it."""
        field = shape.by_lower.get(name.lower())
        return None if field is None or (shape.name, field.name) in self._hidden else field

    def relation(self, shape: ObjectDef, name: str) -> FieldDef | None:
        """Return the lookup that a relationship name stands for."""
        field = shape.relations.get(name.lower())
        return None if field is None or (shape.name, field.name) in self._hidden else field

    def visible(self, shape: ObjectDef) -> Iterator[FieldDef]:
        return (field for field in shape.fields.values() if (shape.name, field.name) not in self._hidden)

    def is_read_only(self, shape: ObjectDef, field: FieldDef) -> bool:
        return (shape.name, field.name) in self._read_only

    def restrict(self, object_name: str, field_name: str, *, hidden: bool, read_only: bool) -> None:
        """Set field-level security of one field for the integration user."""
        name = self.objects[object_name].fields[field_name].name
        for wanted, kept in ((hidden, self._hidden), (read_only, self._read_only)):
            if wanted:
                kept.add((object_name, name))
            else:
                kept.discard((object_name, name))

    def change_field(self, object_name: str, field_name: str, **changes: Any) -> None:
        """Change a field's declaration as an administrator does; a name that is not there yet makes a new field."""
        shape = self.objects[object_name]
        known = shape.fields.get(field_name)
        field = FieldDef(name=field_name, **changes) if known is None else replace(known, **changes)
        fields = {**shape.fields, field_name: field}
        self._reshape(ObjectDef(shape.name, shape.prefix, fields.values()))

    def remove_field(self, object_name: str, field_name: str) -> None:
        shape = self.objects[object_name]
        kept = [field for name, field in shape.fields.items() if name != field_name]
        self._reshape(ObjectDef(shape.name, shape.prefix, kept))

    def mint(self, shape: ObjectDef) -> str:
        """Return a new id, greater than those given before."""
        number = self._numbers.get(shape.name, _FIRST_NUMBER)
        self._numbers[shape.name] = number + 1
        return make_id(shape.prefix, number)

    def auto_number(self) -> str:
        self._auto_number += 1
        return f"DR-{self._auto_number:06d}"

    def put(self, table: Table, row: Row, visible_at: datetime | None = None) -> None:
        """Save a row, remembering the way back."""
        if self._journal is not None:
            self._journal.append((table, row["Id"], table.newest(row["Id"])))
        table.put(row, visible_at)

    @contextmanager
    def unit(self) -> Iterator[list[Any]]:
        """Make everything done inside one unit: an element put into the given list takes it all back at the end."""
        outer, self._journal = self._journal, []
        failures: list[Any] = []
        try:
            yield failures
        finally:
            journal, self._journal = self._journal, outer
            if failures:
                for table, record_id, row in reversed(journal):
                    if row is None:
                        table.remove(record_id)
                    else:
                        table.put(row)
            elif outer is not None:
                outer.extend(journal)

    def is_there(self, record_id: str, targets: tuple[str, ...]) -> bool:
        """Tell whether a lookup may point to a record.

        Raises RowError when the id belongs to another object.
        """
        name = self._by_prefix.get(record_id[:3])
        if name not in targets:
            raise RowError("FIELD_INTEGRITY_EXCEPTION", f"id value of incorrect type: {record_id}")
        row = self.tables[name].newest(record_id)
        return row is not None and not row.get("IsDeleted")

    def _reshape(self, shape: ObjectDef) -> None:
        self.objects[shape.name] = shape
        self.tables[shape.name].reshape(shape)

    def _completer(self, name: str) -> Any:
        def complete(row: Mapping[str, Any]) -> Row:
            full = {**self.objects[name].blank, **row}
            if full["SystemModstamp"].tzinfo is not UTC:
                full |= {key: each.astimezone(UTC) for key, each in full.items() if isinstance(each, datetime)}
            if name == "Opportunity" and "IsClosed" not in row:
                stage = self.stages.get(full["StageName"])
                if stage is not None:
                    full["IsClosed"], full["IsWon"] = stage["IsClosed"], stage["IsWon"]
            return full

        return complete
