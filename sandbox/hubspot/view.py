"""A set of rows in the order of their ids: generated ones, with the written ones laid over them.

The store has one view of what is live, one of what is archived, and the search index has a third, which may lag. A page
costs what the page holds, however many rows there are; generated rows are made when asked for and not kept.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import Final, TypeVar

from sandbox.generated import Generated
from sandbox.hubspot.rows import Row
from sandbox.hubspot.values import LAST_MS, from_ms

_LAST: Final = 1 << 62
_Key = TypeVar("_Key", int, tuple[int, int])


class Base:
    """Generated rows, found by number, id and modification time; all three ascend together."""

    def __init__(self, source: Generated, make: Callable[[int], Row]) -> None:
        self.count = source.count
        self.row = make
        self._source = source

    def id_at(self, number: int) -> int:
        return int(self._source.record_id(number))

    def number_of(self, row_id: int) -> int | None:
        return self._source.number_of(str(row_id))

    def first_from_id(self, row_id: int) -> int:
        """Return the number of the first row whose id is at least this."""
        return self._bisect(lambda number: self.id_at(number) < row_id)

    def first_from_stamp(self, stamp_ms: int) -> int:
        """Return the number of the first row modified at this time or later."""
        if stamp_ms > LAST_MS:
            return self.count
        if stamp_ms >= _LAST:
            return self.count
        moment = from_ms(max(stamp_ms, 0))
        return self._bisect(lambda number: self._source.stamp(number) < moment)

    def _bisect(self, is_before: Callable[[int], bool]) -> int:
        low, high = 0, self.count
        while low < high:
            middle = (low + high) // 2
            if is_before(middle):
                low = middle + 1
            else:
                high = middle
        return low


class View:
    """Rows by id. version: goes up with every change.

    entries: the written rows; None hides a generated row. has_times: keep an order by modification time besides.
    """

    def __init__(self, *, has_times: bool = False) -> None:
        self.base: Base | None = None
        self.version = 0
        self._has_times = has_times
        self._entries: dict[int, Row | None] = {}
        self._ids: list[int] = []
        self._covered: list[int] = []  # ids of generated rows that an entry replaces or hides
        self._times: list[tuple[int, int]] = []

    def get(self, row_id: int) -> Row | None:
        if row_id in self._entries:
            return self._entries[row_id]
        if self.base is None:
            return None
        number = self.base.number_of(row_id)
        return None if number is None else self.base.row(number)

    def has(self, row_id: int) -> bool:
        """Tell whether there is such a row, without making it."""
        if row_id in self._entries:
            return self._entries[row_id] is not None
        return self._is_generated(row_id)

    def fill(self, rows: Iterable[Row]) -> None:
        """Put many rows at once."""
        fresh: dict[int, Row] = {}
        for row in rows:
            if row.id in self._entries or self._is_generated(row.id):
                self.put(row)
            else:
                fresh[row.id] = row
        self._entries.update(fresh)
        self._ids.extend(fresh)
        self._ids.sort()
        if self._has_times:
            self._times.extend((row.updated_ms, row.id) for row in fresh.values())
        self._times.sort()
        self.version += 1

    def put(self, row: Row) -> None:
        before = self._uncover(row.id)
        self._entries[row.id] = row
        if before is None:
            insort(self._ids, row.id)
        if self._has_times:
            insort(self._times, (row.updated_ms, row.id))
        self.version += 1

    def drop(self, row_id: int) -> None:
        """Take a row away; nothing happens when there is none."""
        before = self._uncover(row_id)
        if before is not None:
            _remove(self._ids, row_id)
        if self._is_generated(row_id):
            self._entries[row_id] = None
        else:
            self._entries.pop(row_id, None)
        self.version += 1

    def _uncover(self, row_id: int) -> Row | None:
        """Prepare a place for a change: note a generated row as covered, forget the time of a written one."""
        before = self._entries.get(row_id)
        if row_id not in self._entries and self._is_generated(row_id):
            insort(self._covered, row_id)
        if before is not None and self._has_times:
            _remove(self._times, (before.updated_ms, row_id))
        return before

    def _is_generated(self, row_id: int) -> bool:
        return self.base is not None and self.base.number_of(row_id) is not None

    def __len__(self) -> int:
        return len(self._ids) + (self.base.count - len(self._covered) if self.base is not None else 0)

    def ids(self, low: int = 0, high: int = _LAST) -> Iterator[int]:
        """Yield the ids in [low, high), ascending."""
        written = _ascending(self._ids, low, high)
        if self.base is None:
            return written
        run = range(self.base.first_from_id(low), self.base.first_from_id(high))
        return merge(written, self._generated_ids(run)) if self._ids else self._generated_ids(run)

    def rows(self, low: int = 0) -> Iterator[Row]:
        """Yield the rows with ids from `low` on, ascending."""
        written = _ascending(self._ids, low, _LAST)
        waiting = next(written, _LAST)
        base = self.base
        for number in range(base.first_from_id(low), base.count) if base is not None else ():
            assert base is not None
            row_id = base.id_at(number)
            while waiting < row_id:
                yield self._written(waiting)
                waiting = next(written, _LAST)
            if row_id not in self._entries:
                yield base.row(number)
        while waiting < _LAST:
            yield self._written(waiting)
            waiting = next(written, _LAST)

    def written_in(self, start_ms: int, stop_ms: int) -> list[int]:
        """Return the ids of written rows modified in [start, stop), ascending."""
        assert self._has_times, "only the index keeps an order by time"
        first = bisect_left(self._times, (start_ms, 0))
        last = bisect_left(self._times, (stop_ms, 0))
        if last - first == len(self._ids):
            return self._ids
        return sorted(row_id for _, row_id in self._times[first:last])

    def generated_in(self, start_ms: int, stop_ms: int, low: int, high: int) -> tuple[Iterator[int], int]:
        """Return the uncovered generated ids in a time window and in [low, high), ascending, and how many there are."""
        base = self.base
        if base is None:
            return iter(()), 0
        first = max(base.first_from_stamp(start_ms), base.first_from_id(low))
        last = max(first, min(base.first_from_stamp(stop_ms), base.first_from_id(high)))
        if first == last:
            return iter(()), 0
        covered = _between(self._covered, base.id_at(first), base.id_at(last - 1) + 1)
        return self._generated_ids(range(first, last)), last - first - len(covered)

    def _generated_ids(self, run: range) -> Iterator[int]:
        assert self.base is not None
        return (row_id for row_id in map(self.base.id_at, run) if row_id not in self._entries)

    def _written(self, row_id: int) -> Row:
        row = self._entries[row_id]
        assert row is not None, row_id
        return row


def _between(ids: list[int], low: int, high: int) -> list[int]:
    return ids[bisect_left(ids, low) : bisect_left(ids, high)]


def _ascending(ids: list[int], low: int, high: int) -> Iterator[int]:
    """Yield the ids in [low, high) without copying the list."""
    for at in range(bisect_left(ids, low), bisect_left(ids, high)):
        yield ids[at]


def _remove(items: list[_Key], item: _Key) -> None:
    at = bisect_left(items, item)
    assert at < len(items) and items[at] == item, item
    del items[at]
