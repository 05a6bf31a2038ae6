"""Find connectors: the folders beside this file, and installed packages that offer one by entry point.

A connector is a module with `build(settings, mapping, *, clock, transport)` and `FIELDS`, the path of its reference
mapping. Nothing is imported before a kind is asked for, so that commands which need no CRM start fast. A folder here
wins over an entry point of the same name.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

from connectors.port import Clock, ConnectionSettings, Connector
from rules.errors import ConfigError, Problem
from rules.mapping import ConnectionMap

GROUP: Final = "deal_registrar.connectors"
_HERE: Final = Path(__file__).parent


def kinds() -> tuple[str, ...]:
    """Return the names of all connectors that can be built, sorted."""
    return tuple(sorted({*_folders(), *_offered()}))


def fields_path(kind: str) -> Path:
    """Return the path of a connector's reference mapping (fields.yaml); raise ConfigError for an unknown kind."""
    if kind in _folders():
        return _HERE / kind / "fields.yaml"
    return cast(Path, _module(kind).FIELDS)


def build(
    settings: ConnectionSettings, mapping: ConnectionMap, *, clock: Clock, transport: Any | None = None
) -> Connector:
    """Return a connector for one CRM account; it makes no call before it is asked to.

    transport: a stand-in for the network (a requests.Session for Salesforce, a urllib3-like pool for HubSpot); None:
    the real one. Raises ConfigError for an unknown kind and for settings the connector refuses.
    """
    return cast(Connector, _module(settings.kind).build(settings, mapping, clock=clock, transport=transport))


def _module(kind: str) -> ModuleType:
    if kind in _folders():
        return import_module(f"connectors.{kind}")
    offered = _offered()
    if kind not in offered:
        raise ConfigError([_unknown(kind)])
    return cast(ModuleType, offered[kind].load())


def _folders() -> frozenset[str]:
    return frozenset(path.parent.name for path in _HERE.glob("*/fields.yaml"))


def _offered() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _unknown(kind: str) -> Problem:
    near = get_close_matches(kind, kinds(), n=1)
    return Problem(
        file="",
        line=0,
        column=0,
        key="kind",
        message=f"no connector is called {kind!r}; there are: {', '.join(kinds())}.",
        hint=f"Write {near[0]}." if near else "Write one of them, or install the package that brings it.",
    )
