"""Who gave a property which value when, from HubSpot's property history.

Each entry names the kind of its source and an id. Which id is ours is learnt from the write witness, a property that nobody
else writes; where no record tells yet, every integration counts as ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from connectors.hubspot.client import understood
from connectors.hubspot.records import Raw
from connectors.hubspot.source import Source
from connectors.mapping import parse_instant
from connectors.port import Change

_OURS: Final = frozenset({"INTEGRATION", "API"})  # a private app or service key shows as one of these
_PEOPLE: Final = "userId:"  # how a sourceId names a person in the user interface

Sources = set[tuple[str, str]]  # (sourceType, sourceId) known to be ours
FindOwner = Callable[[str], str | None]


def history(
    source: Source,
    record_ids: Sequence[str],
    fields: Sequence[str],
    *,
    ours: Sources,
    find_owner: FindOwner,
) -> list[Change]:
    """Return the values of these canonical fields, newest first per record and field; links have no history.

    ours: what was learnt before; added to. find_owner: gives the owner id of a user id, None where unknown.
    """
    source.prepare()
    mapped = source.stream_map.fields
    names = {name: mapped[name].crm_field for name in fields if name in mapped and mapped[name].crm_field is not None}
    witness = mapped["rev"].crm_field if "rev" in mapped else None
    asked = list(dict.fromkeys([*filter(None, names.values()), *([witness] if witness else [])]))
    if not names or not record_ids:
        return []
    raws = source.records.batch(record_ids, (), history=asked, purpose="history")
    with understood(source.records.call("history")):
        return _changes(source, record_ids, raws, names, witness, ours=ours, find_owner=find_owner)


def _changes(
    source: Source,
    record_ids: Sequence[str],
    raws: Sequence[Raw],
    names: Mapping[str, str | None],
    witness: str | None,
    *,
    ours: Sources,
    find_owner: FindOwner,
) -> list[Change]:
    by_id = {str(raw.get("id")): raw.get("propertiesWithHistory") or {} for raw in raws}
    if witness is not None:
        for told in by_id.values():
            ours |= {_origin(each) for each in _entries(told, witness) if each.get("sourceType") in _OURS}
    changes: list[Change] = []
    for record_id in dict.fromkeys(record_ids):
        for name, crm_field in names.items():
            entries = _entries(by_id.get(record_id, {}), str(crm_field))
            changes += [_change(source, record_id, name, each, ours=ours, find_owner=find_owner) for each in entries]
    return changes


def _entries(told: Mapping[str, Any], crm_field: str) -> list[Mapping[str, Any]]:
    """Return a property's entries with a readable time, newest first."""
    entries = [each for each in told.get(crm_field) or () if isinstance(each, Mapping) and each.get("timestamp")]
    return sorted(entries, key=lambda each: parse_instant(str(each["timestamp"])), reverse=True)


def _change(
    source: Source,
    record_id: str,
    name: str,
    entry: Mapping[str, Any],
    *,
    ours: Sources,
    find_owner: FindOwner,
) -> Change:
    is_ours = _origin(entry) in ours if ours else entry.get("sourceType") in _OURS
    value = entry.get("value")
    return Change(
        record_id=record_id,
        field=name,
        value=source.translator.canonical(name, None if value is None else str(value)),
        at=parse_instant(str(entry["timestamp"])),
        by=None if is_ours else _person(entry, find_owner),
        by_us=is_ours,
    )


def _person(entry: Mapping[str, Any], find_owner: FindOwner) -> str | None:
    """Return the owner id of whoever made a change in the user interface, else what HubSpot tells of the source."""
    user_id = entry.get("updatedByUserId")
    source_id = str(entry.get("sourceId") or "")
    if user_id is None and source_id.startswith(_PEOPLE):
        user_id = source_id.removeprefix(_PEOPLE)
    if user_id is not None:
        return find_owner(str(user_id)) or f"user:{user_id}"
    kind = str(entry.get("sourceType") or "")
    return f"{kind}:{source_id}" if kind and source_id else kind or None


def _origin(entry: Mapping[str, Any]) -> tuple[str, str]:
    return str(entry.get("sourceType") or ""), str(entry.get("sourceId") or "")
