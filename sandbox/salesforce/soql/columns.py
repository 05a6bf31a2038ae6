"""Find the field that a path names, for whoever asks, and read it from a row.

A field that is not there and one that the integration user may not see are the same to a query: no such column.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row

_PARENTS_MAX: Final = 5
# Of a parent that may be one of several objects, only the fields that the Name object has can be read.
_OF_NAME: Final = frozenset({"id", "name", "firstname", "lastname", "email", "username", "isactive", "title", "phone"})
_TYPE: Final = FieldDef(name="Type", type="string", length=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A field, reached through lookups. shown: the path in Salesforce's own spelling."""

    field: FieldDef
    parents: tuple[FieldDef, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        return (*(str(each.relationship) for each in self.parents), self.field.name)

    def read_last(self, store: Store, row: Row) -> Any:
        """Return the field's value from the row that the lookups have led to."""
        return object_name(store, row) if self.field is _TYPE else row.get(self.field.name)


def find(store: Store, shape: ObjectDef, path: str) -> Column:
    """Return the column of a dotted path; raise ApiError INVALID_FIELD when there is none to be seen."""
    *relations, name = path.split(".")
    if len(relations) > _PARENTS_MAX:
        raise ApiError(400, "INVALID_FIELD", f"The relationship path {path} is deeper than {_PARENTS_MAX} levels")
    if relations and relations[0].lower() == shape.name.lower():
        relations = relations[1:]  # SELECT Opportunity.Name FROM Opportunity
    parents: list[FieldDef] = []
    here = shape
    for at, relation in enumerate(relations):
        lookup = store.relation(here, relation)
        if lookup is None:
            raise _no_relationship(relation)
        parents.append(lookup)
        if len(lookup.reference_to) > 1:
            if at < len(relations) - 1 or not (name.lower() in _OF_NAME or name.lower() == "type"):
                raise _no_column(name, "Name")
            field = _TYPE if name.lower() == "type" else store.objects["User"].by_lower[name.lower()]
            return Column(field=field, parents=tuple(parents))
        parent = store.shape(lookup.reference_to[0])
        if parent is None:
            raise _no_relationship(relation)
        here = parent
    field_found = store.field(here, name)
    if field_found is None:
        raise _no_column(name, here.name)
    return Column(field=field_found, parents=tuple(parents))


def reader(store: Store, column: Column) -> Callable[[Row], Any]:
    """Return a function that reads the column from a row; null where a lookup on the way is empty."""
    name = column.field.name
    if not column.parents:
        return lambda row: row[name]

    def read(row: Row) -> Any:
        parent = row
        for lookup in column.parents:
            above = parent_of(store, parent, lookup)
            if above is None:
                return None
            parent = above
        return column.read_last(store, parent)

    return read


def parent_of(store: Store, row: Row, lookup: FieldDef) -> Row | None:
    """Return the row a lookup points to."""
    parent_id = row.get(lookup.name)
    if parent_id is None:
        return None
    table = store.table_of(parent_id)
    return None if table is None else table.seen(parent_id)


def object_name(store: Store, row: Row) -> str:
    table = store.table_of(row["Id"])
    assert table is not None, "a stored row's id has a known prefix"
    return table.shape.name


def no_such_object(name: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_TYPE",
        f"\nSELECT Id FROM {name}\n               ^\nERROR at Row:1:Column:16\nsObject type '{name}' is not supported. If "
        "you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference "
        "your WSDL or the describe call for the appropriate names.",
    )


def _no_column(name: str, entity: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_FIELD",
        f"\nSELECT {name} FROM {entity}\n       ^\nERROR at Row:1:Column:8\nNo such column '{name}' on entity '{entity}'. "
        "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please "
        "reference your WSDL or the describe call for the appropriate names.",
    )


def _no_relationship(name: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_FIELD",
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be "
        "sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for "
        "the appropriate names.",
    )
