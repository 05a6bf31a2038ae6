"""Who gave a property which value, and when: what `propertiesWithHistory` tells.

An actor is named by plain text: "api" for calls with a token, "workflow:NAME", "salesforce", "form", "import", or a user by
owner id or e-mail address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.hubspot.rows import Row
from sandbox.hubspot.schema import Owner

API: Final = "api"
APP_ID: Final = "24587213"
_SOURCES: Final = {
    "api": "INTEGRATION",
    "integration": "INTEGRATION",
    "workflow": "AUTOMATION_PLATFORM",
    "salesforce": "SALESFORCE",
    "form": "FORM",
    "import": "IMPORT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value came from, as the API words it."""

    type: str
    id: str
    user_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    value: str | None
    at: str
    source: Source

    def shown(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "value": self.value or "",
            "timestamp": self.at,
            "sourceType": self.source.type,
            "sourceId": self.source.id,
        }
        if self.source.user_id is not None:
            data["updatedByUserId"] = self.source.user_id
        return data


def source_of(by: str, owners: Mapping[str, Owner]) -> Source:
    """Return the source that an actor's name stands for."""
    kind, _, detail = by.partition(":")
    if kind in _SOURCES:
        return Source(type=_SOURCES[kind], id=detail or (APP_ID if _SOURCES[kind] == "INTEGRATION" else kind))
    owner = owners.get(by) or next((each for each in owners.values() if each.email == by.lower()), None)
    if owner is None:
        return Source(type="CRM_UI", id=by)
    return Source(type="CRM_UI", id=f"userId:{owner.user_id}", user_id=owner.user_id)


class History:
    """The past values of one object type's records; a seeded record's history begins with its seeded values."""

    def __init__(self) -> None:
        self._entries: dict[int, dict[str, list[Entry]]] = {}

    def note(self, before: Row | None, after: Row, names: Mapping[str, str | None], source: Source) -> None:
        """Take in a write of these properties; a value that stays the same leaves no trace."""
        kept = self._entries.setdefault(after.id, {})
        for name, value in names.items():
            old = before.properties.get(name) if before is not None else None
            if value == old:
                continue
            if name not in kept:
                kept[name] = [_seeded(before, old)] if before is not None and old is not None else []
            kept[name].insert(0, Entry(value=value, at=after.updated_at, source=source))

    def of(self, row: Row, name: str) -> list[Entry]:
        """Return the values of a property, newest first."""
        found = self._entries.get(row.id, {}).get(name)
        if found is not None:
            return found
        value = row.properties.get(name)
        return [] if value is None else [_seeded(row, value)]

    def merge(self, survivor: Row, row: Row) -> None:
        """Hand a record's past over to the one that it was merged into."""
        kept = self._entries.setdefault(survivor.id, {})
        for name, entries in self._entries.get(row.id, {}).items():
            kept[name] = [*kept.get(name, []), *entries]


def _seeded(row: Row, value: str) -> Entry:
    return Entry(value=value, at=row.created_at, source=Source(type="CRM_UI", id="userId:seed"))
