"""What a portal's records may hold: properties, object types, pipelines and kinds of association.

Only shapes and small look-ups; the reference portal itself is in reference.py, the rules for values in values.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

HUBSPOT_DEFINED: Final = "HUBSPOT_DEFINED"
USER_DEFINED: Final = "USER_DEFINED"
PRIMARY: Final = "Primary"


@dataclass(slots=True, kw_only=True)
class Option:
    value: str
    label: str
    hidden: bool = False


@dataclass(slots=True, kw_only=True)
class Property:
    """One property's definition.

    type: string, number, bool, enumeration, date, datetime. is_external: its options live elsewhere (stages, owners), so
    the definition lists none.
    """

    name: str
    label: str
    type: str = "string"
    field_type: str = "text"
    group: str = ""
    options: list[Option] = field(default_factory=list)
    is_unique: bool = False
    is_read_only: bool = False
    is_calculated: bool = False
    is_external: bool = False
    is_own: bool = False  # made by the account's admins, not by HubSpot
    is_archived: bool = False
    description: str = ""

    @property
    def is_multiple(self) -> bool:
        return self.field_type == "checkbox"

    def option_values(self) -> list[str]:
        return [each.value for each in self.options]


@dataclass(slots=True, kw_only=True)
class Stage:
    """metadata: strings, as HubSpot sends them: {"isClosed": "true", "probability": "1.0"} for deals."""

    id: str
    label: str
    metadata: Mapping[str, str]
    is_archived: bool = False
    write_permissions: str = "CRM_PERMISSIONS_ENFORCEMENT"


@dataclass(slots=True, kw_only=True)
class Pipeline:
    id: str
    label: str
    stages: list[Stage]
    is_archived: bool = False

    def stage(self, stage_id: str | None) -> Stage | None:
        return next((each for each in self.stages if each.id == stage_id and not each.is_archived), None)


@dataclass(slots=True, kw_only=True)
class ObjectType:
    """One kind of record.

    type_id: "0-3", "2-1234567". names: everything it answers to in a path. defaults: the properties of an answer when none
    are asked for. required: what the API demands at creation. calculated: what HubSpot fills in by itself.
    """

    type_id: str
    name: str
    names: tuple[str, ...]
    singular: str
    plural: str
    read_scope: str
    write_scope: str
    properties: dict[str, Property]
    defaults: tuple[str, ...]
    required: tuple[str, ...] = ()
    created_property: str = "createdate"
    modified_property: str = "hs_lastmodifieddate"
    pipeline_property: str | None = None
    stage_property: str | None = None
    fully_qualified_name: str | None = None
    primary_display: str = ""
    searchable: tuple[str, ...] = ()
    calculated: tuple[str, ...] = ()

    @property
    def is_custom(self) -> bool:
        return self.fully_qualified_name is not None

    def live_property(self, name: str) -> Property | None:
        found = self.properties.get(name)
        return None if found is None or found.is_archived else found

    def known(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are properties; the API leaves the others out without a word."""
        return [each for each in names if self.live_property(each) is not None]

    def is_unique(self, name: str) -> bool:
        found = self.properties.get(name)
        return found is not None and found.is_unique and not found.is_archived

    def unique_properties(self) -> list[str]:
        return [each.name for each in self.properties.values() if each.is_unique and not each.is_archived]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkType:
    """One kind of association in one direction; every kind has a twin in the other direction.

    label: None for the plain kind that only says that two records belong together.
    """

    type_id: int
    category: str
    from_type: str
    to_type: str
    label: str | None = None
    inverse_id: int = 0
    name: str = ""

    @property
    def is_plain(self) -> bool:
        return self.label is None

    @property
    def is_primary(self) -> bool:
        return self.category == HUBSPOT_DEFINED and self.label == PRIMARY

    @property
    def key(self) -> tuple[str, int]:
        return (self.category, self.type_id)


@dataclass(slots=True, kw_only=True)
class Owner:
    """A user as an owner of records. id: for `hubspot_owner_id`; user_id: another number, for history only."""

    id: str
    user_id: int
    email: str
    first_name: str = ""
    last_name: str = ""
    teams: tuple[str, ...] = ()
    is_archived: bool = False
    type: str = "PERSON"
