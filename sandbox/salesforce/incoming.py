"""Read the fields of a write as they will be stored: names in any spelling, rights, values, what lookups point to.

Salesforce refuses all fields that may not be written at once, and any other problem at the first field that has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.salesforce.errors import RowError, no_cross_reference
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.store import Store
from sandbox.salesforce.values import stored


def given_fields(
    store: Store, shape: ObjectDef, fields: Mapping[str, Any], *, is_create: bool, as_api: bool
) -> dict[str, Any]:
    """Return the fields of a write by canonical name, as they will be stored."""
    given: dict[str, Any] = {}
    refused: list[str] = []
    for name, value in fields.items():
        if name == "attributes":
            continue
        field = store.field(shape, name) if as_api else shape.by_lower.get(name.lower())
        if field is None:
            field, value = _by_parent_key(store, shape, name, value)
        elif field.type == "id":
            raise RowError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
        allowed = field.is_createable if is_create else field.is_updateable
        if as_api and (not allowed or store.is_read_only(shape, field)):
            refused.append(field.name)
            continue
        given[field.name] = stored(field, value)
        if field.type == "reference" and given[field.name] is not None:
            _check_reference(store, shape, field, given[field.name])
    if refused:
        raise RowError(
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"Unable to create/update fields: {', '.join(refused)}. Please check the security settings of this field "
            "and verify that it is read/write for your profile or permission set.",
            fields=refused,
        )
    return given


def _by_parent_key(store: Store, shape: ObjectDef, name: str, value: Any) -> tuple[FieldDef, str | None]:
    """Return a lookup and the id it gets, when a write names the parent by its external id."""
    lookup = store.relation(shape, name)
    if lookup is None or not isinstance(value, Mapping):
        raise RowError("INVALID_FIELD", f"No such column '{name}' on sobject of type {shape.name}")
    parent = store.objects[lookup.reference_to[0]]
    keys = [(key, each) for key, each in value.items() if key != "attributes"]
    field = parent.by_lower.get(keys[0][0].lower()) if len(keys) == 1 else None
    if field is None or not field.is_external_id:
        raise RowError("INVALID_FIELD", f"{name} needs exactly one external id field of {parent.name}")
    found = find_by_key(store, parent, field, str(keys[0][1]))
    if not found:
        raise RowError(
            "INVALID_FIELD",
            f"Foreign key external ID: {keys[0][1]} not found for field {field.name} in entity {parent.name}",
        )
    return lookup, found[0]


def _check_reference(store: Store, shape: ObjectDef, field: FieldDef, record_id: str) -> None:
    try:
        is_there = store.is_there(record_id, field.reference_to)
    except RowError as error:
        raise RowError(error.code, f"{field.label}: {error.message}", fields=[field.name]) from None
    if not is_there:
        raise no_cross_reference(field.name)
    if field.name == "OwnerId" and record_id.startswith("005"):
        user = store.tables["User"].newest(record_id)
        if user is not None and not user["IsActive"]:
            raise RowError(
                "INACTIVE_OWNER_OR_USER",
                f"operation performed with inactive user [{record_id[:15]}] as owner of {shape.name.lower()}",
            )


def find_by_key(store: Store, shape: ObjectDef, field: FieldDef, value: str) -> list[str]:
    """Return the live records whose external id field holds a value, compared without regard to case."""
    table = store.tables[shape.name]
    if field.is_unique:
        holder = table.holder(field.name, value)
        return [] if holder is None else [holder]
    wanted = value.lower()
    return [
        row["Id"]
        for row in table.by_id()
        if row[field.name] is not None and str(row[field.name]).lower() == wanted and not row.get("IsDeleted")
    ]
