"""The records of one object type: live, archived and merged ones, their history, unique values and search index.

Only storage: values come in their stored form. Every change makes a new version of the row, and tells the index when it is
to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sandbox.generated import Generated
from sandbox.hubspot.history import History, Source
from sandbox.hubspot.index import Index
from sandbox.hubspot.rows import Calculate, Properties, Row, read_row
from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.values import iso
from sandbox.hubspot.view import Base, View

Finder = Callable[[str], str | None]
_FIRST_ID = 21_000_000_000  # ids are longer than 32 bits, as HubSpot's are
_ID_STEP = 7


class Table:
    """delay_ms: how long the index takes to show the write that is being made, by record id."""

    def __init__(self, object_type: ObjectType, calculate: Calculate, delay_ms: Callable[[str], int]) -> None:
        self.type = object_type
        self.live = View()
        self.archived = View()
        self.index = Index()
        self.history = History()
        self.merged: dict[int, int] = {}
        self._calculate = calculate
        self._delay_ms = delay_ms
        self._last_id = _FIRST_ID
        self._previous: dict[int, Row] = {}
        self._unique: dict[str, dict[str, int]] = {name: {} for name in object_type.unique_properties()}
        self._finders: dict[str, Finder] = {}

    def seed(self, rows: Iterable[Mapping[str, Any]]) -> None:
        made = [read_row(self.type, raw, self._calculate) for raw in rows]
        live = [row for row in made if not row.is_archived]
        self.archived.fill(row for row in made if row.is_archived)
        self.live.fill(live)
        self.index.view.fill(live)
        self._last_id = max([self._last_id, *(row.id for row in made)])
        for row in live:
            self._claim(row)

    def seed_generated(self, source: Generated, finders: Mapping[str, Finder]) -> None:
        def make(number: int) -> Row:
            return read_row(self.type, source.row(number), self._calculate)

        base = Base(source, make)
        self.live.base = self.index.view.base = base
        self._finders = dict(finders)
        if base.count:
            self._last_id = max(self._last_id, base.id_at(base.count - 1))
        # Unique values of generated rows are found by a finder, else looked through when first needed.
        self._unique = {name: held for name, held in self._unique.items() if name in self._finders}

    def find(self, row_id: int) -> Row | None:
        """Return a live row; merged ids are not followed."""
        return self.live.get(row_id)

    def resolve(self, row_id: int) -> int:
        """Return the id that a merged-away id stands for by now."""
        while row_id in self.merged:
            row_id = self.merged[row_id]
        return row_id

    def previous(self, row: Row) -> Row:
        """Return the version before this one, or the row itself where it was never written."""
        return self._previous.get(row.id, row)

    def holder(self, name: str, value: str) -> int | None:
        """Return the id of the live row that holds a unique value."""
        found = self._held(name).get(value)
        if found is not None or name not in self._finders:
            return found
        key = self._finders[name](value)
        row = self.live.get(int(key)) if key is not None else None
        return row.id if row is not None and row.properties.get(name) == value else None

    def _held(self, name: str) -> dict[str, int]:
        held = self._unique.get(name)
        if held is None:
            # Generated rows without a finder, or a property that became unique later: looked through once.
            held = self._unique[name] = {
                value: row.id for row in self.live.rows() if (value := row.properties.get(name)) is not None
            }
        return held

    def make_unique(self, name: str) -> None:
        """Note a property that was created as unique."""
        self._unique[name] = {}

    def new_id(self) -> int:
        self._last_id += _ID_STEP
        return self._last_id

    def insert(
        self,
        properties: Properties,
        *,
        now_ms: int,
        source: Source,
        row_id: int | None = None,
        created_ms: int | None = None,
    ) -> Row:
        """Add a record and return it; id and creation time are new unless given."""
        key = str(self.new_id() if row_id is None else row_id)
        written = dict(properties)
        self._calculate(self.type, properties)
        row = Row(self.type, key, properties, now_ms if created_ms is None else created_ms, now_ms)
        self.live.put(row)
        self._claim(row)
        self.history.note(None, row, written, source)
        self._show(row.id, row, now_ms)
        return row

    def change(self, row: Row, changes: Properties, *, now_ms: int, source: Source) -> Row:
        """Write properties of a live record and return its new version; its modification time moves in any case."""
        properties = {**row.properties, **changes}
        self._calculate(self.type, properties)
        after = Row(self.type, row.key, properties, row.created_ms, max(now_ms, row.updated_ms))
        self._release(row)
        self.live.put(after)
        self._claim(after)
        self._previous[row.id] = row
        self.history.note(row, after, changes, source)
        self._show(row.id, after, now_ms)
        return after

    def archive(self, row: Row, *, now_ms: int) -> None:
        self._take_away(row, now_ms)
        gone = self._copy(row)
        gone.archived_at = iso(now_ms)
        self.archived.put(gone)

    def restore(self, row: Row, *, now_ms: int) -> Row:
        """Bring an archived record back; it shows as just modified."""
        self.archived.drop(row.id)
        back = Row(self.type, row.key, dict(row.properties), row.created_ms, now_ms)
        self.live.put(back)
        self._claim(back)
        self._show(back.id, back, now_ms)
        return back

    def purge(self, row: Row) -> None:
        """Remove an archived record for good."""
        self.archived.drop(row.id)

    def merge_away(self, row: Row, survivor_id: int, *, now_ms: int) -> None:
        """Take a record away because another one continues it; it is not among the archived ones."""
        self._take_away(row, now_ms)
        self.merged[row.id] = survivor_id

    def rows(self, *, archived: bool) -> Iterator[Row]:
        return (self.archived if archived else self.live).rows()

    def _take_away(self, row: Row, now_ms: int) -> None:
        self._release(row)
        self.live.drop(row.id)
        self._show(row.id, None, now_ms)

    def _copy(self, row: Row) -> Row:
        return Row(self.type, row.key, dict(row.properties), row.created_ms, row.updated_ms)

    def _show(self, row_id: int, row: Row | None, now_ms: int) -> None:
        self.index.catch_up(now_ms)
        self.index.note(row_id, row, due_ms=now_ms + self._delay_ms(str(row_id)), now_ms=now_ms)

    def _claim(self, row: Row) -> None:
        for name, held in self._unique.items():
            value = row.properties.get(name)
            if value is not None:
                held[value] = row.id

    def _release(self, row: Row) -> None:
        for name, held in self._unique.items():
            value = row.properties.get(name)
            if value is not None and held.get(value) == row.id:
                del held[value]
