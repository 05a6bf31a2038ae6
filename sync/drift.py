"""Drift: a ledger-owned value that somebody else changed. Recorded, written back, and after some rounds a day left alone.

Works on one link and its row's newest version. The person's value is consumed by becoming the base, so that each of their
edits is recorded once and the difference to what is wanted is then written. A field fought over too often freezes the link:
two programs correcting each other would otherwise go on for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ledger.rows import Link, NewEntry, Snapshot
from rules.fields import Value
from rules.merge import Comparison, Edit

FREE_TEXT: Final = frozenset({"note", "partner_name"})


def after_compare(
    link: Link, snapshot: Snapshot, comparison: Comparison, *, rounds_max: int, now: datetime, policy_hash: str
) -> tuple[Link, list[NewEntry]]:
    """Return the link with agreed and edited values as its base, and the entries that tell of it."""
    base = {**link.base, **comparison.agreed, **{edit.name: edit.observed for edit in comparison.edits}}
    if not comparison.edits:
        thawed = link.is_frozen and not comparison.writes
        return replace(link, base=base, is_frozen=link.is_frozen and not thawed), []
    if link.is_frozen:
        return replace(link, base=base), []
    after = count_round(replace(link, base=base), rounds_max=rounds_max, now=now)
    entries = [_entry("drift_found", link, snapshot, comparison.edits, now=now, policy_hash=policy_hash)]
    if after.is_frozen:
        entries.append(_entry("drift_frozen", link, snapshot, comparison.edits, now=now, policy_hash=policy_hash))
    return after, entries


def count_round(link: Link, *, rounds_max: int, now: datetime) -> Link:
    """Return the link after one more value that was changed against the ledger; frozen when it was one too many today."""
    day = now.date().isoformat()
    rounds = link.drift_rounds + 1 if link.drift_day == day else 1
    return replace(link, drift_rounds=rounds, drift_day=day, is_frozen=link.is_frozen or rounds > rounds_max)


def shown(name: str, value: Value) -> Value:
    """Return a value as the chain may hold it: free text stays in the row's kept versions, which can be erased."""
    return f"({len(value)} characters)" if name in FREE_TEXT and isinstance(value, str) else value


def _entry(
    kind: str, link: Link, snapshot: Snapshot, edits: Sequence[Edit], *, now: datetime, policy_hash: str
) -> NewEntry:
    return NewEntry(
        registration_id=link.registration_id,
        type=kind,
        at=now,
        actor=f"crm:{link.ref.connection}",
        policy_hash=policy_hash,
        data={
            "ref": str(link.ref),
            "fields": {
                edit.name: {
                    "base": shown(edit.name, edit.base),
                    "observed": shown(edit.name, edit.observed),
                    "ours": shown(edit.name, edit.wanted),
                }
                for edit in edits
            },
            "modified_by": snapshot.modified_by,
            "modified_at": snapshot.modified_at.isoformat(),
        },
    )
