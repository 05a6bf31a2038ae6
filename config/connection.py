"""Read one connection of registrar.yaml: its address, login, mapping, pace and what it may do.

The options of a kind stay as they are; its connector checks them when it is built.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from config.mapping import load_mapping
from config.reading import Problems, flag, nearest, number, table, text
from config.secrets import FLOW, from_environment, from_login
from config.settings import ConnectionConfig
from config.source import Node, Table, plain, read_yaml
from rules.errors import ConfigError
from rules.mapping import ConnectionMap, Place

_KEYS: Final = (
    "kind",
    "url",
    "login",
    "mapping",
    "language",
    "options",
    "interval_s",
    "idle_interval_s",
    "daily_share",
    "paused",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the connections of one directory share. shown: how messages call a file of the directory."""

    directory: Path
    environ: Mapping[str, str]
    fields_path: Callable[[str], Path]
    names: Collection[str]
    shown: Callable[[str], str]


def read_connection(
    name: str, node: Node, place: Place, around: Surroundings, problems: Problems
) -> ConnectionConfig | None:
    """Return one connection, or None when it cannot be had; every problem is noted.

    place: of the connection's name, for what is missing.
    """
    key = f"connections.{name}"
    part = table(node, key, problems)
    _check_keys(part, key, problems)
    kind = text(part.items["kind"], f"{key}.kind", problems) if "kind" in part.items else name
    url = _url(part, key, place, problems)
    login = table(part.items["login"], f"{key}.login", problems) if "login" in part.items else Table(place=place)
    secrets = from_environment(name, around.names, around.environ) | from_login(
        login, f"{key}.login", directory=around.directory, environ=around.environ, problems=problems
    )
    mapping = _mapping(name, kind, part, place, around, problems) if kind is not None else None
    pace = _pace(part, key, problems)
    language = text(part.items["language"], f"{key}.language", problems) if "language" in part.items else None
    if mapping is None or url is None or kind is None:
        return None
    return ConnectionConfig(
        name=name,
        kind=kind,
        url=url,
        mapping=mapping,
        options=_options(part, login, key, problems),
        secrets=secrets,
        language=language,
        **pace,
    )


def read_mapping(name: str, node: Node, place: Place, around: Surroundings, problems: Problems) -> ConnectionMap | None:
    """Return only the mapping of a connection: what can be checked without address and login."""
    part = table(node, f"connections.{name}", problems)
    kind = text(part.items["kind"], f"connections.{name}.kind", problems) if "kind" in part.items else name
    return _mapping(name, kind, part, place, around, problems) if kind is not None else None


def _check_keys(part: Table, key: str, problems: Problems) -> None:
    for name, place in part.key_places.items():
        if name not in _KEYS:
            near = nearest(name, _KEYS)
            meant = f"Did you mean {near}? " if near else ""
            hint = f"{meant}The kind's own settings stand under options:."
            problems.add(place, f"{key}.{name}", "is not known here.", hint)


def _options(part: Table, login: Table, key: str, problems: Problems) -> dict[str, Any]:
    options = table(part.items["options"], f"{key}.options", problems) if "options" in part.items else None
    given: dict[str, Any] = plain(options) if options is not None else {}
    if FLOW in login.items:
        flow = text(login.items[FLOW], f"{key}.login.{FLOW}", problems)
        given |= {"login": {FLOW: flow}}
    return given


def _pace(part: Table, key: str, problems: Problems) -> dict[str, Any]:
    """Return the settings that have defaults, only those that are given and sound."""
    found: dict[str, Any] = {}
    for name, low, high in (("interval_s", 1, 86_400), ("idle_interval_s", 1, 86_400), ("daily_share", 0.001, 1)):
        if name in part.items:
            found[name] = number(part.items[name], f"{key}.{name}", problems, low=low, high=high)
    if "paused" in part.items:
        found["is_paused"] = flag(part.items["paused"], f"{key}.paused", problems)
    found = {name: value for name, value in found.items() if value is not None}
    busy, idle = found.get("interval_s"), found.get("idle_interval_s")
    if busy is not None and idle is not None and idle < busy:
        place = part.items["idle_interval_s"].place
        problems.add(place, f"{key}.idle_interval_s", f"is {idle:g}, shorter than interval_s ({busy:g}).")
    if busy is not None and idle is None:
        found["idle_interval_s"] = max(busy, 300.0)
    return found


def _url(part: Table, key: str, place: Place, problems: Problems) -> str | None:
    if "url" not in part.items:
        problems.add(place, key, "names no url.", "Write url: https:// and the CRM's host.")
        return None
    url = text(part.items["url"], f"{key}.url", problems)
    if url is None:
        return None
    at = part.items["url"].place
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https"):
        problems.add(at, f"{key}.url", "is no web address.", "Write https:// and the CRM's host.")
        return None
    if parts.username or parts.password:
        problems.add(at, f"{key}.url", "carries a user or a password.", "Take them out and use login:.")
        return None
    if parts.scheme == "http" and not _is_loopback(host):
        hint = "Write https; http is for a sandbox on this machine only."
        problems.add(at, f"{key}.url", f"is not encrypted ({parts.scheme}://{host}).", hint)
        return None
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _mapping(
    name: str, kind: str, part: Table, place: Place, around: Surroundings, problems: Problems
) -> ConnectionMap | None:
    at = part.items["kind"].place if "kind" in part.items else place
    try:
        reference = around.fields_path(kind)
    except ConfigError as error:
        for each in error.problems:
            problems.add(at, f"connections.{name}.kind", each.message, each.hint)
        return None
    file = f"{name}.yaml"
    if "mapping" in part.items:
        named = text(part.items["mapping"], f"connections.{name}.mapping", problems)
        if named is None:
            return None
        file = named
        if not (around.directory / file).exists():
            hint = "Correct the name, or take the line out to use the reference mapping as it is."
            at = part.items["mapping"].place
            problems.add(at, f"connections.{name}.mapping", f"names {file}, which is not there.", hint)
            return None
    try:
        overrides = None
        if "mapping" in part.items or (around.directory / file).exists():
            overrides = read_yaml(around.directory / file, name=around.shown(file))
        return load_mapping(name, kind, defaults=reference, overrides=overrides)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
