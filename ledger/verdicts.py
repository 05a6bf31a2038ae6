"""What reviewers said of two records: the same customer, different ones, or related. It lasts until a person takes it back.

Each word is an entry, so who said what and when stays; the table holds the last word on each pair. What a word means for a
claim is worked out where its case is gathered (sync/pins.py).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from ledger.bulk import among
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.record import record
from ledger.rows import Entry, NewEntry
from ledger.tables import match_verdict as t
from rules.cases import Sameness
from rules.records import CrmRef

WORDS: Final = (Sameness.SAME, Sameness.DIFFERENT, Sameness.RELATED)
_STEPS_MAX: Final = 5  # "same" said of a and b, b and c, ...: as far as anybody follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The last word on two records. seq: its entry."""

    one: CrmRef
    other: CrmRef
    verdict: Sameness
    actor: str
    at: datetime
    seq: int

    def beside(self, ref: CrmRef) -> CrmRef:
        """Return the other one of the two."""
        return self.other if ref == self.one else self.one


def tell(
    tx: Tx, one: CrmRef, other: CrmRef, verdict: Sameness | None, *, actor: str, policy_hash: str, now: datetime
) -> Entry:
    """Enter a word on two records; None takes back what was said."""
    assert one != other and (verdict is None or verdict in WORDS), (one, other, verdict)
    first, second = sorted((one, other))
    told = NewEntry(
        registration_id=None,
        type=EntryType.MATCH_TOLD,
        at=now,
        actor=actor,
        policy_hash=policy_hash,
        data={"one": str(first), "other": str(second), "verdict": verdict.value if verdict is not None else None},
    )
    return record(tx, [told])[0]


def touching(tx: Tx, refs: Collection[CrmRef]) -> list[Told]:
    """Return what was said of these records, the oldest first."""
    keys = [str(ref) for ref in refs]
    found = {
        row.seq: _told(row)
        for column in (t.c.one, t.c.other)
        for row in (tx.execute(select(t).where(among(tx, column, keys))) if keys else ())
    }
    return [found[seq] for seq in sorted(found)]


def identity(tx: Tx, refs: Collection[CrmRef]) -> frozenset[CrmRef]:
    """Return these records with all that were said to be the same as one of them."""
    known, fresh = set(refs), set(refs)
    for _ in range(_STEPS_MAX):
        said = touching(tx, fresh)
        fresh = {ref for each in said if each.verdict is Sameness.SAME for ref in (each.one, each.other)} - known
        if not fresh:
            break
        known |= fresh
    return frozenset(known)


def _told(row: Any) -> Told:
    return Told(
        one=parse_ref(row.one),
        other=parse_ref(row.other),
        verdict=Sameness(row.verdict),
        actor=row.actor,
        at=row.at,
        seq=row.seq,
    )
