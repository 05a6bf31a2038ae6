"""Where the ledger lives: a file in the directory by default, or a PostgreSQL address; the password from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from config.reading import Problems, text
from config.source import Node
from rules.mapping import Place

URL_VARIABLE: Final = "REGISTRAR_LEDGER_URL"
PASSWORD_VARIABLE: Final = "REGISTRAR_LEDGER_PASSWORD"  # noqa: S105 - the name of a variable
DEFAULT_FILE: Final = "ledger.db"

_SQLITE: Final = "sqlite:///"
_DRIVER: Final = "postgresql+psycopg"
_POSTGRESQL: Final = frozenset({"postgresql", "postgres", _DRIVER})


def read_ledger_url(node: Node | None, *, directory: Path, environ: Mapping[str, str], problems: Problems) -> str:
    """Return the ledger's SQLAlchemy URL, from the environment if it is there, else from the file, else the default."""
    default = f"{_SQLITE}{directory.resolve() / DEFAULT_FILE}"
    place = node.place if node is not None else Place()
    given = environ.get(URL_VARIABLE, "").strip() or None
    if given is not None:
        place = Place(file=f"environment variable {URL_VARIABLE}")
    elif node is not None:
        given = text(node, "ledger", problems)
    if given is None:
        return default
    url = ledger_url(given, directory=directory, password=environ.get(PASSWORD_VARIABLE))
    if url is None:
        hint = 'Write "sqlite:///ledger.db" or "postgresql://USER@HOST/DATABASE".'
        problems.add(place, "ledger", "is no address of a ledger.", hint)
        return default
    return url


def ledger_url(text: str, *, directory: Path, password: str | None = None) -> str | None:
    """Return the complete URL of a ledger as a person wrote it, or None when it is none.

    A relative SQLite path counts from the directory. password: put in where the address has none.
    """
    if text.startswith(_SQLITE):
        path = text.removeprefix(_SQLITE)
        return f"{_SQLITE}{(directory / path).resolve()}" if path else None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in _POSTGRESQL or not parts.path.strip("/"):
        return None
    netloc = parts.netloc
    if password and parts.username and not parts.password:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user}:{quote(password, safe='')}@{host}"
    return urlunsplit((_DRIVER, netloc, parts.path, parts.query, ""))
