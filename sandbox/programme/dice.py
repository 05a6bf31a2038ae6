"""Chance that depends on what is asked about, not on how often something was asked before.

A row made on demand must come out the same each time, in any order. So each plan throws its own dice, seeded by world,
kind and number. The mixing is that of SplitMix64 (Steele, Lea, Flood 2014), which is cheap and spreads neighbours well.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar
from zlib import crc32

T = TypeVar("T")

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_SPENT: Final = 1 << 24  # below this too little chance is left in the number to take more out of it


def mix(number: int) -> int:
    """Return 64 bits that look random, always the same for one number."""
    number = (number + _GOLDEN) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


def roll(seed: int, kind: str, number: int) -> int:
    """Return 64 bits of chance for one thing, to be taken apart by divmod where throws would cost too much."""
    return mix(_salt(seed, kind) ^ number)


@lru_cache(maxsize=1024)
def _salt(seed: int, kind: str) -> int:
    return mix(seed ^ (crc32(kind.encode()) << 32))


class Dice:
    """The throws for one thing: `Dice(seed, "customer", 17)` always throws the same sequence."""

    __slots__ = ("_left", "_next")

    def __init__(self, seed: int, kind: str, number: int) -> None:
        self._next = self._left = roll(seed, kind, number)

    def below(self, count: int) -> int:
        """Return a whole number in 0 .. count - 1."""
        if self._left < _SPENT:
            self._next = self._left = mix(self._next)
        self._left, number = divmod(self._left, count)
        return number

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.below(len(choices))]

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def between(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + self.below(high - low + 1)
