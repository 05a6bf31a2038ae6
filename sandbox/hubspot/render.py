"""A record as an answer shows it: which properties, and how empties look.

A requested property that is empty comes as null from lists and searches, and is left out by reads of single records and
batches: HubSpot's answers do both, and a client has to take them for the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.hubspot.history import History
from sandbox.hubspot.rows import Row
from sandbox.hubspot.schema import ObjectType


def shown_names(object_type: ObjectType, asked: Iterable[str]) -> list[str]:
    """Return the properties of an answer: the default ones unless some are asked for; unknown names are dropped."""
    known = object_type.known(asked)
    if not known:
        return list(object_type.defaults)
    always = (object_type.created_property, object_type.modified_property, "hs_object_id")
    return list(dict.fromkeys([*known, *always]))


def show(row: Row, names: Sequence[str], *, with_nulls: bool) -> dict[str, Any]:
    """Return a record with these properties."""
    held = row.properties.get
    if with_nulls:
        properties = {name: held(name) for name in names}
    else:
        properties = {name: value for name in names if (value := held(name)) is not None}
    data = {
        "id": row.key,
        "properties": properties,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "archived": row.archived_at is not None,
    }
    if row.archived_at is not None:
        data["archivedAt"] = row.archived_at
    return data


def show_written(object_type: ObjectType, row: Row, written: Iterable[str]) -> dict[str, Any]:
    """Return what a write answers with: the properties written and some calculated ones, not the record."""
    always = (object_type.created_property, object_type.modified_property, "hs_object_id")
    data = show(row, list(dict.fromkeys([*always, *object_type.calculated])), with_nulls=False)
    data["properties"] |= {name: row.properties.get(name) for name in written}
    return data


def show_history(history: History, row: Row, names: Iterable[str]) -> dict[str, Any]:
    """Return the past values of some properties, newest first."""
    return {name: [each.shown() for each in history.of(row, name)] for name in names}
