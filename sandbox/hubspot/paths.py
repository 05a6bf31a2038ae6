"""Which resource a request path means, in the numbered and in the dated families.

Numbered: /crm/v3/objects/deals, /crm/v4/associations/deals/companies/batch/read. Dated: /crm/objects/2026-09/deals and so
on, with the version in the third place. Both lead to the same handlers; a handler asks the family where they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_DATED: Final = frozenset({"2026-03", "2026-09"})
_CRM_NUMBERED: Final = {
    "objects": ("v3", "v4"),
    "associations": ("v4",),
    "properties": ("v3",),
    "pipelines": ("v3",),
    "owners": ("v3",),
    "schemas": ("v3",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A resource ("objects", "associations", "owners" ...), what follows it, and the family: "v3", "v4", "2026-03" ..."""

    resource: str
    family: str
    rest: tuple[str, ...]

    @property
    def is_dated(self) -> bool:
        return self.family in _DATED

    @property
    def enforces_rules(self) -> bool:
        """Admins' validation rules hold for every write since 2026-09; the older families pass them by."""
        return self.is_dated and self.family >= "2026-09"


def locate(segments: Sequence[str]) -> Place | None:
    """Return what a path means, None for a path that HubSpot does not have. segments: decoded, without empty ends."""
    match segments:
        case ["crm", version, resource, *rest] if version in _CRM_NUMBERED.get(resource, ()):
            return _numbered(resource, version, rest)
        case ["crm", resource, date, *rest] if date in _DATED and resource in _CRM_NUMBERED and resource != "schemas":
            return Place(resource=resource, family=date, rest=tuple(rest))
        case ["crm-object-schemas", version, "schemas", *rest] if version in _DATED | {"v3"}:
            return Place(resource="schemas", family=version, rest=tuple(rest))
        case ["account-info", version, "details"] if version in _DATED | {"v3"}:
            return Place(resource="account", family=version, rest=())
        case ["oauth", version, "token"] if version in _DATED | {"v1"}:
            return Place(resource="token", family=version, rest=())
    return None


def _numbered(resource: str, version: str, rest: Sequence[str]) -> Place | None:
    # v4 knows objects only as the ends of associations, v3 knows them only as records.
    is_link = resource == "objects" and len(rest) > 2 and rest[2] == "associations"
    if resource == "objects" and (version == "v4") != is_link:
        return None
    return Place(resource=resource, family=version, rest=tuple(rest))
