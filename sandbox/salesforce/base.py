"""The generated rows below a table: made when asked for, left out once they were written.

They are live and hold nothing in unique fields. Their ids and stamps ascend with their number, so every place in either
order is found by halving.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sandbox.generated import Generated

Row = dict[str, Any]
Position = tuple[datetime, str]  # SystemModstamp and Id


class Base:
    """Generated rows without those that moved up. complete: makes a stored row of a generated one."""

    def __init__(self, source: Generated, complete: Callable[[Mapping[str, Any]], Row], written: Iterable[str]) -> None:
        self._source = source
        self._complete = complete
        self._moved: list[int] = sorted(n for n in map(source.number_of, written) if n is not None)

    def find(self, record_id: str) -> Row | None:
        """Return the row as it was generated, moved or not."""
        number = self._source.number_of(record_id)
        return None if number is None else self._complete(self._source.row(number))

    def move(self, record_id: str) -> None:
        """Leave a row out from now on, because its table holds it."""
        number = self._source.number_of(record_id)
        if number is not None:
            insort(self._moved, number)

    def between(self, low: Position | None, high: Position | None) -> range:
        """Return the numbers of the rows from `low` to `high`, both included."""
        source = self._source
        start = 0 if low is None else _first(source.count, lambda n: self._place(n) >= low)
        end = source.count if high is None else _first(source.count, lambda n: self._place(n) > high)
        return range(start, max(start, end))

    def from_id(self, low: str | None) -> range:
        """Return the numbers of the rows from an id on."""
        source = self._source
        start = 0 if low is None else _first(source.count, lambda n: source.record_id(n) >= low)
        return range(start, source.count)

    def rows(self, numbers: range) -> Iterator[Row]:
        make, complete = self._source.row, self._complete
        return (complete(make(number)) for number in self._unmoved(numbers))

    def ids(self) -> Iterator[str]:
        return map(self._source.record_id, self._unmoved(range(self._source.count)))

    def count(self, numbers: range) -> int:
        return len(numbers) - (bisect_left(self._moved, numbers.stop) - bisect_left(self._moved, numbers.start))

    def _unmoved(self, numbers: range) -> Iterator[int]:
        moved, at = self._moved, bisect_left(self._moved, numbers.start)
        for number in numbers:
            if at < len(moved) and moved[at] == number:
                at += 1
            else:
                yield number

    def _place(self, number: int) -> Position:
        return self._source.stamp(number), self._source.record_id(number)


def _first(count: int, holds: Callable[[int], bool]) -> int:
    """Return the first number for which `holds`, given that it holds for all after it; `count` if for none."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
