"""Definitions of properties: /crm/v3/properties/{type}[/{name}] and their dated twins."""

from __future__ import annotations

from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.records import Records
from sandbox.hubspot.request import Call, Reply
from sandbox.hubspot.schema import Option, Property
from sandbox.hubspot.shapes import objects
from sandbox.hubspot.table import Table

UNIQUE_MAX: Final = 10  # unique properties of an account's own per object (HubSpot docs, properties)
_TYPES: Final = frozenset({"string", "number", "bool", "enumeration", "date", "datetime"})


def get_all(records: Records, call: Call, table: Table) -> Reply:
    archived = call.flag("archived")
    listed = [shown(each) for each in table.type.properties.values() if each.is_archived is archived]
    return Reply(status=200, data={"results": listed})


def get(records: Records, call: Call, table: Table, name: str) -> Reply:
    found = table.type.properties.get(name)
    if found is None or found.is_archived is not call.flag("archived"):
        raise errors.not_found()
    return Reply(status=200, data=shown(found))


def create(records: Records, call: Call, table: Table) -> Reply:
    """Define a property; hasUniqueValue cannot be changed afterwards."""
    body = call.json()
    missing = [each for each in ("name", "label", "type", "fieldType", "groupName") if not body.get(each)]
    if missing:
        raise errors.invalid_request(f"Some required fields were not set: [{', '.join(missing)}]")
    name = str(body["name"])
    held = table.type.properties.get(name)
    if held is not None and not held.is_archived:
        raise errors.refusal(409, f"A property named '{name}' already exists.", "OBJECT_ALREADY_EXISTS")
    if body["type"] not in _TYPES or name != name.lower():
        raise errors.invalid_request(f"{name} of type {body['type']} is not a valid property")
    made = _read(body)
    own_unique = [
        each for each in table.type.properties.values() if each.is_own and each.is_unique and not each.is_archived
    ]
    if made.is_unique and len(own_unique) >= UNIQUE_MAX:
        raise errors.invalid_request(f"At most {UNIQUE_MAX} properties of an object may hold unique values")
    define(table, made)
    return Reply(status=201, data=shown(made))


def update(records: Records, call: Call, table: Table, name: str) -> Reply:
    """Change label, group, description or options; the options given replace the old ones."""
    found = table.type.live_property(name)
    if found is None:
        raise errors.not_found()
    body = call.json()
    if not found.is_own and "options" in body:
        raise errors.invalid_request(f"The options of {name} are read only")
    found.label = str(body.get("label", found.label))
    found.group = str(body.get("groupName", found.group))
    found.description = str(body.get("description", found.description))
    if "options" in body:
        found.options = _options(body["options"])
    return Reply(status=200, data=shown(found))


def archive(records: Records, table: Table, name: str) -> Reply:
    found = table.type.live_property(name)
    if found is None:
        raise errors.not_found()
    if not found.is_own:
        raise errors.invalid_request(f"{name} is defined by HubSpot and cannot be archived")
    found.is_archived = True
    return Reply(status=204)


def define(table: Table, made: Property) -> None:
    """Add a property to an object type."""
    table.type.properties[made.name] = made
    if made.is_unique:
        table.make_unique(made.name)


def _read(body: dict[str, Any]) -> Property:
    return Property(
        name=str(body["name"]),
        label=str(body["label"]),
        type=str(body["type"]),
        field_type=str(body["fieldType"]),
        group=str(body["groupName"]),
        options=_options(body.get("options")),
        is_unique=body.get("hasUniqueValue") is True,
        is_own=True,
        description=str(body.get("description") or ""),
    )


def _options(told: Any) -> list[Option]:
    return [
        Option(value=str(each.get("value")), label=str(each.get("label")), hidden=each.get("hidden") is True)
        for each in objects(told)
    ]


def shown(prop: Property) -> dict[str, Any]:
    """Return a definition; options that live elsewhere (stages, owners) are not listed."""
    return {
        "name": prop.name,
        "label": prop.label,
        "type": prop.type,
        "fieldType": prop.field_type,
        "description": prop.description,
        "groupName": prop.group,
        "options": []
        if prop.is_external
        else [
            {"label": each.label, "value": each.value, "displayOrder": at, "hidden": each.hidden}
            for at, each in enumerate(prop.options)
        ],
        "externalOptions": prop.is_external,
        "hasUniqueValue": prop.is_unique,
        "calculated": prop.is_calculated,
        "hidden": False,
        "hubspotDefined": not prop.is_own,
        "formField": prop.is_own,
        "displayOrder": -1,
        "archived": prop.is_archived,
        "modificationMetadata": {
            "archivable": prop.is_own,
            "readOnlyDefinition": not prop.is_own,
            "readOnlyOptions": not prop.is_own,
            "readOnlyValue": prop.is_read_only,
        },
    }
