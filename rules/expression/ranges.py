"""Sets of values of one thing: ranges of numbers and dates, texts in or not in a list, closed lists.

Each is closed under intersection, union and complement, and knows when it is empty. An end of a range belongs to it or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

S = TypeVar("S", bound="Values")

# An end of a range: the value, and -1 just below it, 0 at it, +1 just above it. None: without end.
End = tuple[Any, int] | None


class Values(Protocol):
    """A set of values."""

    def both(self: S, other: S, /) -> S: ...

    def either(self: S, other: S, /) -> S: ...

    def others(self: S) -> S: ...

    @property
    def is_empty(self) -> bool: ...

    @property
    def size(self) -> int:
        """Return how many parts it is made of: what working with it costs."""
        ...


@dataclass(frozen=True, slots=True)
class Ranges:
    """Ranges from a start to an end, in order and apart.

    A start is (value, 0), or (value, +1) where it begins just above; an end (value, 0), or (value, -1) just below.
    """

    parts: tuple[tuple[End, End], ...]

    @classmethod
    def of(cls, sign: str, value: Any) -> Ranges:
        """Return the values that stand in this relation to `value`."""
        return cls(_RELATIONS[sign](value))

    @classmethod
    def points(cls, values: Iterable[Any]) -> Ranges:
        """Return the set of just these values."""
        return cls(tuple(((value, 0), (value, 0)) for value in sorted(set(values))))

    def both(self, other: Ranges, /) -> Ranges:
        found = []
        for start, end in self.parts:
            for other_start, other_end in other.parts:
                low, high = _later_start(start, other_start), _earlier_end(end, other_end)
                if low is None or high is None or low <= high:
                    found.append((low, high))
        return Ranges(tuple(found))

    def either(self, other: Ranges, /) -> Ranges:
        return self.others().both(other.others()).others()

    def others(self) -> Ranges:
        found: list[tuple[End, End]] = []
        start: End = None
        is_open = True  # something may lie between `start` and the next part
        for low, high in self.parts:
            if low is not None:
                end = (low[0], low[1] - 1)
                if start is None or start <= end:
                    found.append((start, end))
            if high is None:
                is_open = False
                break
            start = (high[0], high[1] + 1)
        if is_open:
            found.append((start, None))
        return Ranges(tuple(found))

    @property
    def is_empty(self) -> bool:
        return not self.parts

    @property
    def size(self) -> int:
        return len(self.parts)


@dataclass(frozen=True, slots=True)
class Listed:
    """The values of a list, or all but those. everything: all there are, where that is known."""

    values: frozenset[Any]
    is_all_but: bool = False
    everything: frozenset[Any] | None = None

    def both(self, other: Listed, /) -> Listed:
        if self.is_all_but and other.is_all_but:
            return self._of(self.values | other.values, is_all_but=True)
        if self.is_all_but:
            return self._of(other.values - self.values)
        return self._of(self.values - other.values if other.is_all_but else self.values & other.values)

    def either(self, other: Listed, /) -> Listed:
        return self.others().both(other.others()).others()

    def others(self) -> Listed:
        return self._of(self.values, is_all_but=not self.is_all_but)

    @property
    def is_empty(self) -> bool:
        return self.everything is not None and self.values >= self.everything if self.is_all_but else not self.values

    @property
    def size(self) -> int:
        return len(self.values)

    def _of(self, values: frozenset[Any], *, is_all_but: bool = False) -> Listed:
        return Listed(values, is_all_but, self.everything)


def _later_start(left: End, right: End) -> End:
    if left is None or right is None:
        return right if left is None else left
    return max(left, right)


def _earlier_end(left: End, right: End) -> End:
    if left is None or right is None:
        return right if left is None else left
    return min(left, right)


_RELATIONS: Final[Mapping[str, Callable[[Any], tuple[tuple[End, End], ...]]]] = {
    "<": lambda value: ((None, (value, -1)),),
    "<=": lambda value: ((None, (value, 0)),),
    ">": lambda value: (((value, 1), None),),
    ">=": lambda value: (((value, 0), None),),
    "==": lambda value: (((value, 0), (value, 0)),),
    "!=": lambda value: ((None, (value, -1)), ((value, 1), None)),
}
