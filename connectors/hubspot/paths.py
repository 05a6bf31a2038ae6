"""Which resource paths HubSpot is spoken to on: the numbered v3/v4 family or a dated one.

The client library knows the numbered paths only, and HubSpot ends their support in 2027. The dated families (`2026-03`,
`2026-09`) take the same bodies and give the same answers under other paths, so every call goes through the library's own
method and only the resource path is exchanged on its way to the library's pooled transport. This module is the only one
that knows a path.
"""

from __future__ import annotations

import re
from typing import Any, Final

NUMBERED: Final = "v3"
_DATED: Final = re.compile(r"20\d\d-(03|09)")  # versions ship in March and September (HubSpot docs, API versioning)

ACCOUNT_DETAILS: Final = "/account-info/v3/details"  # not in the client library

# Longest first where one begins like another. {date} is the version.
_DATED_PATHS: Final = (
    ("/crm/v3/objects", "/crm/objects/{date}"),
    ("/crm/v4/associations", "/crm/associations/{date}"),
    ("/crm/v3/properties", "/crm/properties/{date}"),
    ("/crm/v3/pipelines", "/crm/pipelines/{date}"),
    ("/crm/v3/owners/", "/crm/owners/{date}"),
    ("/crm-object-schemas/v3/schemas", "/crm-object-schemas/{date}/schemas"),
    ("/account-info/v3", "/account-info/{date}"),
    ("/oauth/v1", "/oauth/{date}"),
)


def is_family(family: str) -> bool:
    """Tell whether a configured `api` value names a path family: "v3", or a dated version such as "2026-09"."""
    return family == NUMBERED or _DATED.fullmatch(family) is not None


def resource_path(path: str, family: str) -> str:
    """Return the path of the family for one of the library's numbered paths; placeholders stay as they are."""
    if family == NUMBERED:
        return path
    for numbered, dated in _DATED_PATHS:
        if path.startswith(numbered):
            return dated.format(date=family) + path[len(numbered) :]
    raise AssertionError(f"no dated path is known for {path}")


class FamilyClient:
    """The library's ApiClient with the resource paths of one family; all else is the library's own."""

    def __init__(self, api_client: Any, family: str) -> None:
        self._api_client = api_client
        self._family = family

    def call_api(self, resource: str, *args: Any, **kwargs: Any) -> Any:
        """Call as the library's ApiClient does, on this family's path."""
        return self._api_client.call_api(resource_path(resource, self._family), *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._api_client, name)
