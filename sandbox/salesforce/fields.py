"""What a field is: type, length, who may write it, as describe tells it; and short forms to declare them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

FILTERED_LENGTH_MAX: Final = 255  # longer text areas can be neither filtered nor sorted on


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDef:
    """One field. relationship: the name of the parent in paths, for lookups. default: taken when a create leaves it out."""

    name: str
    type: str
    length: int = 0
    precision: int = 0
    scale: int = 0
    is_nillable: bool = True
    is_createable: bool = True
    is_updateable: bool = True
    is_external_id: bool = False
    is_unique: bool = False
    is_restricted: bool = False
    is_calculated: bool = False
    is_auto_number: bool = False
    picklist: tuple[str, ...] = ()
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    default: Any = None

    @property
    def is_filterable(self) -> bool:
        return not (self.type == "textarea" and self.length > FILTERED_LENGTH_MAX)

    @property
    def is_sortable(self) -> bool:
        return self.is_filterable and self.type != "multipicklist"

    @property
    def is_required(self) -> bool:
        """Tell whether a create must give it."""
        return not self.is_nillable and self.is_createable and self.default is None and self.type != "boolean"

    @property
    def label(self) -> str:
        return self.name.removesuffix("__c").replace("_", " ")


class ObjectDef:
    """One object: its fields by canonical name, and by any spelling."""

    def __init__(self, name: str, prefix: str, fields: Iterable[FieldDef]) -> None:
        self.name = name
        self.prefix = prefix
        self.fields: dict[str, FieldDef] = {field.name: field for field in fields}
        self.by_lower: dict[str, FieldDef] = {field.name.lower(): field for field in self.fields.values()}
        self.relations: dict[str, FieldDef] = {
            field.relationship.lower(): field for field in self.fields.values() if field.relationship
        }
        self.unique: tuple[FieldDef, ...] = tuple(each for each in self.fields.values() if each.is_unique)
        self.references: tuple[FieldDef, ...] = tuple(each for each in self.fields.values() if each.reference_to)
        self.required: tuple[FieldDef, ...] = tuple(each for each in self.fields.values() if each.is_required)
        self.blank: Mapping[str, Any] = {
            name: False if field.type == "boolean" else None for name, field in self.fields.items()
        }

    @property
    def is_deletable(self) -> bool:
        return "IsDeleted" in self.fields

    @property
    def is_custom(self) -> bool:
        return self.name.endswith("__c")


def text(name: str, length: int, **more: Any) -> FieldDef:
    return FieldDef(name=name, type=more.pop("type", "string"), length=length, **more)


def required(name: str, length: int, **more: Any) -> FieldDef:
    return text(name, length, is_nillable=False, **more)


def key(name: str, length: int) -> FieldDef:
    """Return a text field marked External ID and Unique."""
    return text(name, length, is_external_id=True, is_unique=True)


def area(name: str, length: int) -> FieldDef:
    return FieldDef(name=name, type="textarea", length=length)


def picklist(name: str, values: str, **more: Any) -> FieldDef:
    """Return a picklist; values: separated by '|'."""
    kind = more.pop("type", "picklist")
    return FieldDef(name=name, type=kind, length=255, picklist=tuple(filter(None, values.split("|"))), **more)


def number(name: str, precision: int, scale: int, **more: Any) -> FieldDef:
    return FieldDef(name=name, type=more.pop("type", "double"), precision=precision, scale=scale, **more)


def money(name: str, **more: Any) -> FieldDef:
    return number(name, 18, 2, type="currency", **more)


def flag(name: str, **more: Any) -> FieldDef:
    return FieldDef(name=name, type="boolean", is_nillable=False, **more)


def date(name: str, **more: Any) -> FieldDef:
    return FieldDef(name=name, type="date", **more)


def instant(name: str, **more: Any) -> FieldDef:
    return FieldDef(name=name, type="datetime", **more)


def lookup(name: str, to: str, **more: Any) -> FieldDef:
    """Return a lookup; to: object names separated by '|'. The relationship is named as Salesforce does."""
    if name.endswith("__c"):
        relationship = name.removesuffix("__c") + "__r"
    else:
        relationship = name.removesuffix("Id")
    relationship = more.pop("relationship", relationship)
    targets = tuple(to.split("|"))
    return FieldDef(name=name, type="reference", length=18, reference_to=targets, relationship=relationship, **more)


def read_only(field: FieldDef, *, is_calculated: bool = False) -> FieldDef:
    """Return the field as one that Salesforce itself keeps."""
    changes: dict[str, Any] = {"is_createable": False, "is_updateable": False, "is_calculated": is_calculated}
    return replace(field, **changes)
