"""Read what a stream's remote state machine allows: which fields may be written in which state, and which moves there are.

locks:
  field: Review_Status__c            # left out: the mapped status field
  states:
    In review: none                  # nothing may be written; what is due waits
    Action required: [note, protected_until]
    Approved: {frozen: [partner]}    # everything but these
  moves:
    Active: [Active, Closed]         # any other change of the status is refused here, without a call
"""

from __future__ import annotations

from typing import Final

from config.reading import Problems, known_keys, listing, one_of, shown, table, text
from config.source import Listing, Node, Scalar, Table
from rules.fields import FieldType, Stream
from rules.mapping import LOCK_STATE, Access, FieldMap, Locks, Place

Fields = dict[str, FieldMap]

_KEYS: Final = ("field", "states", "moves")
_STATE_KEYS: Final = ("writes", "frozen")
_STATUS: Final = "status"


def read_locks(
    stream: Stream, node: Node, key: str, place: Place, fields: Fields, problems: Problems
) -> tuple[Locks | None, Fields]:
    """Return the locks, and the fields with the one that tells the state; notes every problem."""
    part = table(node, key, problems)
    known_keys(part, _KEYS, key, problems)
    writable = frozenset(name for name, field in fields.items() if field.access is not Access.READ)
    if not writable:
        problems.add(place, key, f"have no use here: Registrar writes nothing to {stream}.", "Remove them.")
        return None, fields
    if not part.items.keys() & {"states", "moves"}:
        problems.add(place, key, "name neither states nor moves.", "Write states: with what may be written in each.")
    name, fields = _state_field(part, key, place, fields, problems)
    states, state_places = _states(part, key, fields, writable, problems)
    moves, move_places = _moves(part, key, fields, problems)
    locks = Locks(
        name=name, states=states, moves=moves, place=place, state_places=state_places, move_places=move_places
    )
    return locks, fields


def _state_field(part: Table, key: str, place: Place, fields: Fields, problems: Problems) -> tuple[str, Fields]:
    """Return under which name a row tells its state; a field that is not the status is added to the fields read."""
    status = fields.get(_STATUS)
    if "field" not in part.items:
        if status is None:
            problems.add(place, key, "name no field, and status is not mapped.", "Write field: NAME.")
        return _STATUS, fields
    crm_field = text(part.items["field"], f"{key}.field", problems)
    if crm_field is None or (status is not None and status.crm_field == crm_field):
        return _STATUS, fields
    at = part.key_places["field"]
    field = FieldMap(name=LOCK_STATE, crm_field=crm_field, type=FieldType.CHOICE, place=at)
    return LOCK_STATE, {**fields, LOCK_STATE: field}


def _states(
    part: Table, key: str, fields: Fields, writable: frozenset[str], problems: Problems
) -> tuple[dict[str, frozenset[str]], dict[str, Place]]:
    if "states" not in part.items:
        return {}, {}
    lines = table(part.items["states"], f"{key}.states", problems)
    found = {}
    for word, node in lines.items.items():
        allowed = _allowed(node, f"{key}.states.{word}", fields, writable, problems)
        if allowed is not None:
            found[word] = allowed
    return found, dict(lines.key_places)


def _allowed(
    node: Node, key: str, fields: Fields, writable: frozenset[str], problems: Problems
) -> frozenset[str] | None:
    """Return the names that may be written in one state."""
    if isinstance(node, Listing):
        return _names(node, key, fields, problems) & writable
    if isinstance(node, Scalar):
        if node.text == "none":
            return frozenset()
        if node.text == "all":
            return writable
        hint = "Write none, all, a list of fields, or {frozen: [fields]}."
        problems.add(node.place, key, f"is {shown(node)}.", hint)
        return None
    known_keys(node, _STATE_KEYS, key, problems)
    if len(node.items) != 1:
        problems.add(node.place, key, f"holds {len(node.items)} settings; expected one.", one_of(_STATE_KEYS))
        return None
    if "frozen" in node.items:
        return writable - _names(node.items["frozen"], f"{key}.frozen", fields, problems)
    return (
        _allowed(node.items["writes"], f"{key}.writes", fields, writable, problems) if "writes" in node.items else None
    )


def _names(node: Node, key: str, fields: Fields, problems: Problems) -> frozenset[str]:
    names = set()
    for item in listing(node, key, problems):
        name = text(item, key, problems)
        if name is not None and name not in fields:
            known = sorted(each for each in fields if each != LOCK_STATE)
            problems.add(item.place, key, f"names {name!r}, which this stream does not map.", one_of(known, name))
        elif name is not None:
            names.add(name)
    return frozenset(names)


def _moves(
    part: Table, key: str, fields: Fields, problems: Problems
) -> tuple[dict[str, frozenset[str]], dict[str, Place]]:
    if "moves" not in part.items:
        return {}, {}
    status = fields.get(_STATUS)
    if status is None or status.access is Access.READ:
        hint = "Map status with access: both, or remove moves."
        problems.add(part.key_places["moves"], f"{key}.moves", "have no use: Registrar writes no status here.", hint)
    lines = table(part.items["moves"], f"{key}.moves", problems)
    found = {}
    for word, node in lines.items.items():
        path = f"{key}.moves.{word}"
        targets = [text(item, path, problems) for item in listing(node, path, problems)]
        found[word] = frozenset(target for target in targets if target is not None)
    return found, dict(lines.key_places)
