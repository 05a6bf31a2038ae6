"""What the remote record's own state forbids: a write that must wait, or a move that the remote machine does not know.

A write is held whole: what a state allows of it is not sent ahead, because half of a decision is none. One that waits is
planned anew when the record leaves its state; one that is refused when the record, the registration or the mapping changes.
Pure; the link keeps the sentence.
"""

from __future__ import annotations

from typing import Final

from rules.fields import Value, Values
from rules.mapping import StreamMap

STATUS: Final = "status"
_WAITS: Final = "waits: "
_REFUSED: Final = "refused: "
_OTHER: Final = "*"
_WITNESS: Final = "rev"  # Registrar's own number, which goes with every write


def held_by(stream_map: StreamMap, row: Values, writes: Values) -> str | None:
    """Return why these writes to a row are held, None where they may be sent.

    row: what the record holds now, by canonical name.
    """
    locks = stream_map.locks
    if locks is None or not writes:
        return None
    state = _word(row.get(locks.name))
    allowed = locks.states.get(state, locks.states.get(_OTHER))
    if allowed is not None and writes.keys() - allowed:
        field = stream_map.fields[locks.name].crm_field
        return f"{_WAITS}the remote record is {_shown(state)} ({field}), where {_limits(stream_map, allowed)}."
    if STATUS in writes:
        source, target = _word(row.get(STATUS)), _word(writes[STATUS])
        if source != target and source in locks.moves and target not in locks.moves[source]:
            known = ", ".join(sorted(locks.moves[source])) or "nothing"
            return f"{_REFUSED}the remote record may not go from {_shown(source)} to {_shown(target)}, only to {known}."
    return None


def is_refusal(held: str) -> bool:
    """Tell whether a person must act; else time does it."""
    return held.startswith(_REFUSED)


def _limits(stream_map: StreamMap, allowed: frozenset[str]) -> str:
    """Return what a state allows in words, the shorter way round; the same for every write that it holds up."""
    closed = sorted(stream_map.writable().keys() - allowed - {_WITNESS})
    if len(closed) < len(allowed):
        return f"{', '.join(closed)} may not be written"
    return f"{'only ' + ', '.join(sorted(allowed)) if allowed else 'nothing'} may be written"


def _word(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _shown(word: str) -> str:
    return repr(word) if word else "empty"
