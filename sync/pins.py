"""What reviewers said, as it bears on one claim: which records are its customer, are another's, or a related one's.

A word beats every score, and the last of several counts. "Same" goes on from record to record; whatever was said of one of
them holds for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import exp
from typing import Final

from ledger import verdicts
from ledger.engine import Tx
from ledger.verdicts import Told
from rules.cases import Evidence, Match, Sameness
from rules.records import CrmRef

_WEIGHT: Final = 12.0  # beyond any sum of evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """same: records said to be the claim's customer. told: the last word on each record, with where it came from."""

    same: frozenset[CrmRef] = frozenset()
    told: dict[CrmRef, Told] = field(default_factory=dict)

    def match(self, refs: Iterable[CrmRef | None]) -> Match | None:
        """Return what was said of a customer that these records stand for; None where nothing was."""
        found = [self.told[ref] for ref in refs if ref is not None and ref in self.told]
        return match_of(max(found, key=lambda each: each.seq)) if found else None


def pins_of(tx: Tx, refs: Collection[CrmRef]) -> Pins:
    """Return what was said of a claim's customer. refs: the records that stand for it."""
    mine = verdicts.identity(tx, refs)
    told: dict[CrmRef, Told] = {}
    for each in verdicts.touching(tx, mine):  # the oldest first
        ends = {each.one, each.other}
        if each.verdict is Sameness.SAME:
            told |= dict.fromkeys(ends - set(refs), each)
        elif not ends <= mine:  # said of one of these records and a stranger
            told |= dict.fromkeys(verdicts.identity(tx, ends - mine), each)
    return Pins(same=mine - set(refs), told=told)


def match_of(told: Told) -> Match:
    """Return a reviewer's word as a match: its only evidence, as certain as can be."""
    weight = _WEIGHT if told.verdict is Sameness.SAME else -_WEIGHT
    detail = f"{told.verdict}, said {told.actor} on {told.at:%Y-%m-%d}"
    evidence = (Evidence(name="reviewer", weight=weight, detail=detail),)
    return Match(sameness=told.verdict, score=1.0 / (1.0 + exp(-weight)), evidence=evidence)
