"""What is on file, counted: how many customers use a domain or a number, and how common a word is.

Evidence weighs by it: a domain with one holder says much, one with many unrelated holders is a provider's. The counts are
plain mappings, so that a ledger may hand in its own; none at all is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType
from typing import Final

from rules.matching.words import ACTIVITIES, GROUP, REGIONS

_NOTHING: Final[Mapping[str, int]] = MappingProxyType({})
_RARE: Final = 8.0
_COMMON: Final = 4.5
_VERY_COMMON: Final = 3.5
_GENERAL: Final = GROUP | REGIONS
_SHORT: Final = 3


def _nothing() -> Mapping[str, int]:
    return _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """Counts over the records on file.

    holders: differently named customers per own domain and per telephone number. strangers: in how many unrelated groups
    those of a domain fall. words: records per word of a name.
    """

    records: int = 0
    holders: Mapping[str, int] = field(default_factory=_nothing)
    strangers: Mapping[str, int] = field(default_factory=_nothing)
    words: Mapping[str, int] = field(default_factory=_nothing)

    def rarity(self, word: str) -> float:
        """Return how much a word says, 0 to 8: by what is on file, and by the kind of word while little is."""
        usual = _COMMON if word in ACTIVITIES else _VERY_COMMON if word in _GENERAL else _RARE
        if len(word) < _SHORT:
            usual = _VERY_COMMON
        count = self.words.get(word, 0)
        if count <= 1 or self.records < 2:
            return usual
        return min(usual, max(0.5, log(self.records / count)))


NOTHING_ON_FILE: Final = OnFile()
