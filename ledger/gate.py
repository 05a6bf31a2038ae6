"""The gate: is a pulled row news, and in what? Pure.

Pulls overlap on purpose, indexes lag and our own writes come back, so most of what is read is known already. A row is let
in when it is not older than what is known and differs from it in something that we did not write ourselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from ledger.rows import ObservedRow
from rules.fields import LEDGER_OWNED, Stream, Value, Values

_WITNESS = "rev"


class Passage(Enum):
    NEW = auto()
    CHANGED = auto()
    UNCHANGED = auto()  # nothing to store
    TOUCHED = auto()  # the same content under a later stamp: the stamp is stored, nothing else
    ECHO = auto()  # our own write coming back: stored, not decided
    STALE = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """The stored version as the table holds it: instants as microseconds, values as JSON text."""

    ref: str
    stream: str
    created_at: int | None
    modified_at: int
    modified_by: str | None
    rev: int | None
    is_gone: bool
    merged_into: str | None
    match_keys: str | None
    aliases: str | None
    facts_hash: str
    values: str
    run_id: int
    first_seen_at: int
    seen_at: int


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a link last agreed on with its row."""

    base: Values
    acked_rev: int


def judge(row: ObservedRow, modified_at: int, content: str, known: Known, agreed: Sequence[Agreed]) -> Passage:
    """Compare a pulled row with the stored version and with what its links agreed on.

    modified_at, content: the row's stamp and values in the form that `known` has them.
    """
    if modified_at < known.modified_at:
        return Passage.STALE
    is_same_life = row.is_deleted == known.is_gone and row.merged_into == known.merged_into
    if not is_same_life or row.facts_hash != known.facts_hash:
        return Passage.CHANGED
    if content == known.values:
        return Passage.UNCHANGED if modified_at == known.modified_at else Passage.TOUCHED
    return Passage.ECHO if is_echo(row.values, row.rev, agreed) else Passage.CHANGED


def is_echo(values: Values, rev: int | None, agreed: Sequence[Agreed]) -> bool:
    """Return whether a row whose facts have not changed shows exactly what it and we have agreed on.

    The witness must be the last one acknowledged: a higher one is a write of unknown outcome that has arrived, a lower
    one a write of ours that was overwritten, and both are news. Without a witness field the values alone decide.
    """
    return bool(agreed) and all(
        (not _has_witness(values, rev) or (rev or 0) == each.acked_rev)
        and all(values.get(name) == value for name, value in each.base.items() if name != _WITNESS)
        for each in agreed
    )


def has_regressed(values: Values, rev: int | None, agreed: Sequence[Agreed]) -> bool:
    """Return whether the row shows an older witness than a write of ours that was applied."""
    return _has_witness(values, rev) and any((rev or 0) < each.acked_rev for each in agreed)


def owned_differ(stream: Stream, before: Mapping[str, Value], after: Values) -> bool:
    """Return whether any ledger-owned value differs between two versions."""
    return any(before.get(name) != after.get(name) for name in LEDGER_OWNED.get(stream, ()))


def _has_witness(values: Values, rev: int | None) -> bool:
    return rev is not None or _WITNESS in values
