"""Resolve the secrets of a connection: from the environment, from files, never from the configuration itself.

`REGISTRAR_<CONNECTION>_<NAME>` gives the secret <name>; `login:` may name another variable ({env: NAME}) or a file
({file: PATH}), and may hold outright only what is no secret (client_id, username). No message here ever quotes a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from config.reading import Problems, known_keys, table, text
from config.source import Node, Scalar, Table

PREFIX: Final = "REGISTRAR_"
FLOW: Final = "flow"  # the one key of `login:` that names a way of logging in
_BYTES_MAX: Final = 65_536
_SECRETIVE: Final = re.compile(r"secret|token|key|password")


def environment_name(connection: str, secret: str) -> str:
    """Return the variable that holds a connection's secret: ("acme-eu", "client_id") -> REGISTRAR_ACME_EU_CLIENT_ID."""
    return f"{PREFIX}{connection}_{secret}".upper().replace("-", "_")


def from_environment(connection: str, connections: Collection[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that the environment holds for one connection, by name in lower case.

    connections: all of them, because REGISTRAR_CRM_EU_TOKEN belongs to crm-eu, where there is one, and not to crm.
    """
    longer = tuple(
        environment_name(other, "")
        for other in connections
        if other != connection and environment_name(other, "").startswith(environment_name(connection, ""))
    )
    prefix = environment_name(connection, "")
    return {
        name[len(prefix) :].lower(): value.strip()
        for name, value in environ.items()
        if name.startswith(prefix) and not name.startswith(longer) and value.strip()
    }


def from_login(
    login: Table, key: str, *, directory: Path, environ: Mapping[str, str], problems: Problems
) -> dict[str, str]:
    """Return what `login:` resolves to, without its flow; every problem is noted.

    directory: where relative paths of files start.
    """
    found: dict[str, str] = {}
    for name, node in login.items.items():
        if name == FLOW:
            continue
        value = _resolved(name, node, f"{key}.{name}", directory=directory, environ=environ, problems=problems)
        if value:
            found[name] = value
    return found


def _resolved(
    name: str, node: Node, key: str, *, directory: Path, environ: Mapping[str, str], problems: Problems
) -> str | None:
    if isinstance(node, Scalar):
        if _SECRETIVE.search(name.lower()):
            hint = "Take it out, replace it in the CRM, and write {env: NAME} or {file: PATH}."
            problems.add(node.place, key, "must not stand in this file.", hint)
            return None
        return text(node, key, problems)
    part = table(node, key, problems)
    known_keys(part, ("env", "file"), key, problems)
    if len(part.items.keys() & {"env", "file"}) != 1:
        problems.add(node.place, key, "names no place to take it from.", "Write {env: NAME} or {file: PATH}.")
        return None
    if "env" in part.items:
        return _from_variable(part.items["env"], f"{key}.env", environ, problems)
    return _from_file(part.items["file"], f"{key}.file", directory, problems)


def _from_variable(node: Node, key: str, environ: Mapping[str, str], problems: Problems) -> str | None:
    variable = text(node, key, problems)
    if variable is None:
        return None
    value = environ.get(variable, "").strip()
    if not value:
        problems.add(node.place, key, f"names {variable}, which is not set.", "Set it in the daemon's environment.")
        return None
    return value


def _from_file(node: Node, key: str, directory: Path, problems: Problems) -> str | None:
    name = text(node, key, problems)
    if name is None:
        return None
    path = directory / Path(name).expanduser()
    try:
        with path.open("rb") as stream:
            data = stream.read(_BYTES_MAX + 1)
        value = data.decode("utf-8-sig").strip()
    except OSError as error:
        why = error.strerror or "input/output error"
        problems.add(node.place, key, f"names {path}, which cannot be read ({why}).", "Check path and permissions.")
        return None
    except UnicodeDecodeError:
        problems.add(node.place, key, f"names {path}, which is not text.")
        return None
    if not value or len(data) > _BYTES_MAX:
        problems.add(node.place, key, f"names {path}, which is {'empty' if not value else 'too large for a secret'}.")
        return None
    return value
