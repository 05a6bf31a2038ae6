"""Kinds of association: /crm/v4/associations/{from}/{to}/labels and its dated twin."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot import errors
from sandbox.hubspot.records import Records
from sandbox.hubspot.reference_links import both_ways
from sandbox.hubspot.request import Call, Reply
from sandbox.hubspot.schema import USER_DEFINED, LinkType
from sandbox.hubspot.shapes import is_id
from sandbox.hubspot.table import Table

_FIRST_OWN_ID = 1_001


def get_all(records: Records, source: Table, target: Table) -> Reply:
    kinds = records.links.kinds(source.type.name, target.type.name)
    return Reply(status=200, data={"results": [_shown(each) for each in kinds]})


def create(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Add a label, both ways, and return its ids."""
    label = str(call.json().get("label") or "")
    if not label:
        raise errors.invalid_request("Some required fields were not set: [label]")
    if records.links.kind(source.type.name, target.type.name, label) is not None:
        raise errors.refusal(409, f"A label {label} already exists.", "OBJECT_ALREADY_EXISTS")
    first = _FIRST_OWN_ID + 2 * records.next_turn()
    made = both_ways(source.type.name, target.type.name, label, USER_DEFINED, first, first + 1)
    for each in made:
        records.links.define(each)
    return Reply(status=200, data={"results": [_shown(each) for each in made]})


def delete(records: Records, source: Table, target: Table, type_id: str) -> Reply:
    kind = records.links.kind(source.type.name, target.type.name, int(type_id)) if is_id(type_id) else None
    if kind is None or kind.category != USER_DEFINED:
        raise errors.not_found()
    records.links.undefine(kind)
    return Reply(status=204)


def _shown(kind: LinkType) -> dict[str, Any]:
    return {"category": kind.category, "typeId": kind.type_id, "label": kind.label}
