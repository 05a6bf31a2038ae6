"""One record as it stood at one moment: an immutable version, shared by whoever still sees that moment.

A write makes a new version; the search index, a stale read and a test may go on holding an old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.values import from_ms, iso, to_ms

Properties = dict[str, str | None]
Calculate = Callable[[ObjectType, Properties], None]


class Row:
    """One version of a record; never changed once made.

    id: the number that ids are compared by; key: the same as text. Times in epoch milliseconds, and as HubSpot writes them.
    """

    __slots__ = ("archived_at", "created_at", "created_ms", "id", "key", "properties", "updated_at", "updated_ms")

    def __init__(
        self, object_type: ObjectType, key: str, properties: Properties, created_ms: int, updated_ms: int
    ) -> None:
        self.id = int(key)
        self.key = key
        self.created_ms = created_ms
        self.updated_ms = updated_ms
        self.created_at = iso(created_ms)
        self.updated_at = self.created_at if updated_ms == created_ms else iso(updated_ms)
        self.archived_at: str | None = None
        # A creation time may be written where HubSpot allows it, so that properties and envelope can differ.
        properties.setdefault(object_type.created_property, self.created_at)
        properties[object_type.modified_property] = self.updated_at
        properties["hs_object_id"] = key
        self.properties = properties

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


def read_row(object_type: ObjectType, raw: Mapping[str, Any], calculate: Calculate) -> Row:
    """Return the version of a seeded row: {"id", "properties", "createdAt", "updatedAt", "archived"}."""
    properties: Properties = dict(raw["properties"])
    if "" in properties.values():
        properties = {name: value or None for name, value in properties.items()}
    calculate(object_type, properties)
    row = Row(object_type, str(raw["id"]), properties, to_ms(raw["createdAt"]), to_ms(raw["updatedAt"]))
    if raw.get("archived"):
        row.archived_at = row.updated_at
    return row


def raw_row(row: Row) -> dict[str, Any]:
    """Return a version in the shape in which rows are seeded."""
    moments: dict[str, datetime] = {"createdAt": from_ms(row.created_ms), "updatedAt": from_ms(row.updated_ms)}
    return {"id": row.key, "properties": dict(row.properties), **moments, "archived": row.is_archived}
