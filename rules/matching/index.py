"""The records on file, held in memory by their blocking keys: for two files, and the model of the ledger's own index.

A candidate shares at least one key. Keys that many records carry bring none of their own, but for exact ones; where a
record still meets too many, those that share the rarest keys are kept. The outcome does not depend on the order of
records: ties are broken by their ids.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Final

from rules.matching.keys import EXACT, profile_keys
from rules.matching.profile import Profile
from rules.matching.statistics import OnFile
from rules.matching.words import ACTIVITIES, GROUP, REGIONS

COMMON: Final = 60  # a key that more records carry brings no candidates
EXACT_COMMON: Final = 400
CANDIDATES_MAX: Final = 80
_GENERAL: Final = ACTIVITIES | GROUP | REGIONS
_SUBMITTED_MIN: Final = 4  # unrelated submissions that make a mail domain a provider's or a partner's
_MARK: Final = 4  # first letters of a word by which names count as related


class Counter:
    """Counts what is on file, record by record; counts of several parts add up."""

    def __init__(self) -> None:
        self.records = 0
        self.keys: dict[str, int] = defaultdict(int)
        self.words: dict[str, int] = defaultdict(int)
        self.names: dict[str, set[str]] = defaultdict(set)

    def add(self, profile: Profile) -> None:
        self.records += 1
        for key in profile_keys(profile):
            self.keys[key] += 1
        form = profile.name.forms[0] if profile.name.forms else None
        if form is None:
            return
        for word in set(form.words):
            self.words[word] += 1
        told = " ".join((*form.words, form.unread))
        for domain in profile.domains:
            self.names[domain].add(told)
        if profile.phone is not None:
            self.names[profile.phone[0]].add(told)

    def merge(self, other: Counter) -> None:
        """Take in the counts of another part."""
        self.records += other.records
        for key, count in other.keys.items():
            self.keys[key] += count
        for word, count in other.words.items():
            self.words[word] += count
        for holder, names in other.names.items():
            self.names[holder] |= names

    def on_file(self, also: Counter | None = None) -> OnFile:
        """Return the counts as evidence weighs by them. also: what is submitted, where a domain may show many strangers."""
        shared = {holder: names for holder, names in self.names.items() if len(names) > 1}
        unrelated = {holder: strangers(names) for holder, names in shared.items()}
        if also is not None:
            for holder, names in also.names.items():
                if len(names) >= _SUBMITTED_MIN and (count := strangers(names)) >= _SUBMITTED_MIN:
                    unrelated[holder] = max(count, unrelated.get(holder, 1))
        return OnFile(
            records=self.records,
            words={word: count for word, count in self.words.items() if count > 1},
            holders={holder: len(names) for holder, names in shared.items()},
            strangers=unrelated,
        )


def strangers(names: Iterable[str]) -> int:
    """Return how many unrelated groups the names fall into; a telling word in common, or its beginning, relates two."""
    groups: list[set[str]] = []
    for name in sorted(names):
        words = name.split()
        marks = {word[:_MARK] for word in words if word not in _GENERAL and len(word) > 2} or {
            name.replace(" ", "")[:_MARK]
        }
        related = [group for group in groups if group & marks]
        groups = [group for group in groups if not group & marks]
        groups.append(marks.union(*related))
    return len(groups)


class Index:
    """Profiles by their blocking keys. counts: over all that is on file, of which this may hold a part."""

    def __init__(self, records: Sequence[tuple[str, Profile]], counts: Mapping[str, int], total: int) -> None:
        self._records = records
        self._weights: dict[str, float] = {}
        self._found: dict[str, list[int]] = defaultdict(list)
        for place, (_, profile) in enumerate(records):
            for key in profile_keys(profile):
                count = counts.get(key, 1)
                if count <= (EXACT_COMMON if key.startswith(EXACT) else COMMON):
                    self._found[key].append(place)
                    self._weights[key] = log((total + 1) / count)

    def candidates(self, profile: Profile) -> list[int]:
        """Return the places of the records that may be the same customer, in the order of their ids."""
        weights: dict[int, float] = defaultdict(float)
        for key in profile_keys(profile):
            weight = self._weights.get(key)
            if weight is not None:
                for place in self._found[key]:
                    weights[place] += weight
        places: Iterable[int] = weights
        if len(weights) > CANDIDATES_MAX:
            places = sorted(weights, key=lambda each: (-round(weights[each], 6), self._records[each][0]))[
                :CANDIDATES_MAX
            ]
        return sorted(places, key=lambda each: self._records[each][0])
