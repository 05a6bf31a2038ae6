"""One object's rows: what everybody sees, what is saved but not visible yet, and the indexes that keep a page cheap.

Two orders are kept, by (SystemModstamp, Id) and by Id, and unique values point to their record. Rows are never changed in
place: a write puts a new one. Below the rows that were written may lie generated ones (base.py); one that is written moves
up.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from heapq import merge
from itertools import chain
from typing import Any, Final

from sandbox.generated import Generated
from sandbox.salesforce.base import Base, Position, Row
from sandbox.salesforce.fields import ObjectDef

__all__ = ["Position", "Row", "Table"]

_REMEMBERED: Final = 1000  # rows whose version before the last write is kept, for stale reads


class Table:
    """The rows of one object. complete: makes a stored row of a seeded one."""

    def __init__(self, shape: ObjectDef, complete: Callable[[Mapping[str, Any]], Row]) -> None:
        self.shape = shape
        self._complete = complete
        self._rows: dict[str, Row] = {}
        self._by_stamp: list[Position] = []
        self._by_id: list[str] = []
        self._bin: set[str] = set()
        self._holders: dict[str, dict[str, str]] = {field.name: {} for field in shape.unique}
        self._pending: dict[str, tuple[datetime, Row]] = {}
        self._before: OrderedDict[str, Row | None] = OrderedDict()
        self._base: Base | None = None

    def reshape(self, shape: ObjectDef) -> None:
        """Take over a changed declaration: new fields are blank in every row, unique values are indexed anew."""
        self.shape = shape
        self._holders = {field.name: {} for field in shape.unique}
        self._rows = {key: {**shape.blank, **row} for key, row in self._rows.items()}
        self._pending = {key: (due, {**shape.blank, **row}) for key, (due, row) in self._pending.items()}
        for row in (*self._rows.values(), *(row for _, row in self._pending.values())):
            self._hold(row)

    def seed(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put many rows at once, as if they had always been there."""
        for given in rows:
            row = self._complete(given)
            old = self._rows.get(row["Id"])
            if old is not None:
                self._unhold(old)
            elif self._base is not None:
                self._base.move(row["Id"])
            self._rows[row["Id"]] = row
            self._hold(row)
            self._bin_or_not(row)
        self._by_stamp = sorted((row["SystemModstamp"], key) for key, row in self._rows.items())
        self._by_id = sorted(self._rows)

    def seed_generated(self, source: Generated) -> None:
        assert self._base is None, "an object has one generated base"
        self._base = Base(source, self._complete, self._rows)

    def seen(self, record_id: str) -> Row | None:
        """Return the row as everybody sees it, deleted ones included."""
        row = self._rows.get(record_id)
        return self._base.find(record_id) if row is None and self._base is not None else row

    def newest(self, record_id: str) -> Row | None:
        """Return the row with all that was saved, visible or not."""
        pending = self._pending.get(record_id)
        return pending[1] if pending is not None else self.seen(record_id)

    def before(self, record_id: str) -> Row | None:
        """Return the version before the last write, where it is remembered; else the row as it is seen."""
        return self._before[record_id] if record_id in self._before else self.seen(record_id)

    def holder(self, field: str, value: str) -> str | None:
        """Return the live record that holds a value in a unique field."""
        return self._holders[field].get(value.lower())

    def put(self, row: Row, visible_at: datetime | None = None) -> None:
        """Save a row. visible_at: nobody sees it before; until then the version before stays as it was."""
        record_id = row["Id"]
        self._commit(record_id)
        old = self.seen(record_id)
        if old is not None:
            self._unhold(old)
        self._hold(row)
        if visible_at is None:
            self._show(row, old)
        else:
            self._pending[record_id] = (visible_at, row)

    def remove(self, record_id: str) -> None:
        """Take a row away without trace: a hard delete, or a create rolled back."""
        self._commit(record_id)
        row = self._rows.pop(record_id, None)
        if row is not None:
            self._unhold(row)
            self._unlist(row)
            self._bin.discard(record_id)
            del self._by_id[bisect_left(self._by_id, record_id)]
        self._before.pop(record_id, None)

    def settle(self, now: datetime) -> None:
        """Let rows appear whose time has come."""
        if self._pending:
            for record_id in [key for key, (due, _) in self._pending.items() if due <= now]:
                self._commit(record_id)

    def pending(self) -> list[str]:
        """Return the records that have a version which nobody sees yet."""
        return list(self._pending)

    def unindexed(self) -> Iterator[str]:
        """Return the records that holder() may not lead to although everybody sees a value in them."""
        return chain(self._pending, self._bin)

    def ordered(self, low: Position | None = None, high: Position | None = None) -> Iterator[Row]:
        """Return the rows from position `low` to `high`, both included, in the order of (SystemModstamp, Id)."""
        start = bisect_left(self._by_stamp, low) if low is not None else 0
        end = len(self._by_stamp) if high is None else _after(self._by_stamp, high)
        rows = self._rows
        written = (rows[record_id] for _, record_id in self._by_stamp[start:end])
        if self._base is None:
            return written
        made = self._base.rows(self._base.between(low, high))
        return _by_position(made, written) if end > start else made

    def by_id(self, low: str | None = None) -> Iterator[Row]:
        """Return the rows from an id on, in the order of ids."""
        start = bisect_left(self._by_id, low) if low is not None else 0
        rows = self._rows
        written = (rows[record_id] for record_id in self._by_id[start:])
        if self._base is None:
            return written
        return merge(written, self._base.rows(self._base.from_id(low)), key=lambda row: row["Id"])

    def ids(self) -> Iterator[str]:
        """Return the ids of all rows that are seen, in order, without making rows."""
        written = tuple(self._by_id)
        return iter(written) if self._base is None else merge(written, self._base.ids())

    def count(self, low: Position | None, high: Position | None, *, include_deleted: bool) -> int:
        """Return how many rows lie from `low` to `high`, both included, without making them."""
        start = bisect_left(self._by_stamp, low) if low is not None else 0
        end = len(self._by_stamp) if high is None else _after(self._by_stamp, high)
        total = end - start
        if self._base is not None:
            total += self._base.count(self._base.between(low, high))
        if not include_deleted:
            for record_id in self._bin:
                place = (self._rows[record_id]["SystemModstamp"], record_id)
                total -= (low is None or place >= low) and (high is None or place <= high)
        return total

    def _commit(self, record_id: str) -> None:
        # Whoever writes a row next waits for its lock: by then the earlier transaction is visible.
        pending = self._pending.pop(record_id, None)
        if pending is not None:
            self._show(pending[1], self.seen(record_id))

    def _show(self, row: Row, old: Row | None) -> None:
        record_id = row["Id"]
        if record_id in self._rows:
            self._unlist(self._rows[record_id])
        else:
            insort(self._by_id, record_id)
            if self._base is not None:
                self._base.move(record_id)
        self._rows[record_id] = row
        insort(self._by_stamp, (row["SystemModstamp"], record_id))
        self._bin_or_not(row)
        self._before.pop(record_id, None)
        self._before[record_id] = old
        if len(self._before) > _REMEMBERED:
            self._before.popitem(last=False)

    def _bin_or_not(self, row: Row) -> None:
        if row.get("IsDeleted"):
            self._bin.add(row["Id"])
        else:
            self._bin.discard(row["Id"])

    def _unlist(self, row: Row) -> None:
        place = bisect_left(self._by_stamp, (row["SystemModstamp"], row["Id"]))
        del self._by_stamp[place]

    def _hold(self, row: Row) -> None:
        if not row.get("IsDeleted"):
            for field, holders in self._holders.items():
                value = row[field]
                if value is not None:
                    holders[value.lower()] = row["Id"]

    def _unhold(self, row: Row) -> None:
        for field, holders in self._holders.items():
            value = row[field]
            if value is not None and holders.get(value.lower()) == row["Id"]:
                del holders[value.lower()]


def _after(positions: list[Position], position: Position) -> int:
    place = bisect_left(positions, position)
    return place + (place < len(positions) and positions[place] == position)


def _by_position(*sources: Iterator[Row]) -> Iterator[Row]:
    return merge(*sources, key=lambda row: (row["SystemModstamp"], row["Id"]))
