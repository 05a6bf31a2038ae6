"""What can go wrong with the ledger itself, in words that tell what to do.

    LedgerError      the database cannot be used: full, locked, read-only, newer, not a ledger, unreachable
    LeaseLostError   another daemon holds the lease by now; this one's work must not be stored
    KeyTakenError    a second exclusive live registration of one deal key was refused

Engine errors of SQLite and PostgreSQL are translated by their codes, and never carry the statement's values or the
password of the URL. One exception: while it connects, libpq hands on no code, so what a server says against a login is
told by its words, and as "refused" where it speaks another language.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from rules.errors import DealError, RetryClass


class LedgerError(DealError):
    """The ledger's database cannot do what is asked; nothing of the transaction was stored.

    retry_class TRANSIENT: the next pass may succeed by itself; PERMISSION: a person must act.
    """


class LeaseLostError(DealError):
    """The lease was taken by another holder or ran out: stop at once and store nothing more."""


class KeyTakenError(DealError):
    """An exclusive live registration of this deal key exists already."""

    def __init__(self, deal_key: str, holder: str) -> None:
        super().__init__(f"The deal is already held by {holder}; a second exclusive registration is refused.")
        self.deal_key = deal_key
        self.holder = holder


# SQLite's primary result codes (https://www.sqlite.org/rescode.html); extended codes end with these in the low byte.
_SQLITE: Final = {
    sqlite3.SQLITE_FULL: ("disk_full", "The disk is full. Free space; the next pass goes on by itself."),
    sqlite3.SQLITE_BUSY: (
        "locked",
        "Another process holds the ledger locked. Stop it, or wait: the next pass tries again.",
    ),
    sqlite3.SQLITE_LOCKED: ("locked", "Another connection holds the ledger locked. The next pass tries again."),
    sqlite3.SQLITE_READONLY: (
        "read_only",
        "The ledger may not be written. Check the owner and rights of file and folder.",
    ),
    sqlite3.SQLITE_NOTADB: (
        "not_a_ledger",
        "The file is not a SQLite database. Name another file, or restore a backup.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "corrupt",
        "The file is damaged. Restore the last backup; the CRMs are read anew from there.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot_open",
        "The file cannot be opened. Check that its folder exists and may be written.",
    ),
    sqlite3.SQLITE_IOERR: ("disk_error", "The disk reports an error. Check it before going on."),
    sqlite3.SQLITE_PERM: ("read_only", "Access to the file is denied. Check the owner and rights of file and folder."),
}

# SQLSTATE classes and codes (PostgreSQL documentation, appendix A); the longest match counts.
_POSTGRESQL: Final = {
    "53100": ("disk_full", "The database server's disk is full. Free space; the next pass goes on by itself."),
    "53": ("server_full", "The database server is out of connections or memory. Raise its limits."),
    "25006": ("read_only", "The server is read-only (a standby?). Point the ledger at the primary."),
    "42501": ("read_only", "The database user lacks rights. Grant it CREATE and USAGE on its schema."),
    "55P03": ("locked", "Another session holds a lock on the ledger. The next pass tries again."),
    "40": ("locked", "Two transactions met. The next pass tries again."),
    "08": ("unreachable", "The connection to the database was lost. The next pass tries again."),
    "57": ("unreachable", "The database server is stopping or starting. The next pass tries again."),
    "28": ("refused", "The database refuses the login. Check user and password."),
    "3D": ("no_database", "The database does not exist. Create it first."),
}

_CONNECT_ERRORS: Final = frozenset({"OperationalError", "ConnectionTimeout"})
_TRANSIENT: Final = frozenset({"disk_full", "locked", "unreachable", "server_full"})


def translate(error: Exception, *, place: str) -> LedgerError | None:
    """Return what the engine's error means for the user; None for one that is our own mistake.

    error: as SQLAlchemy wraps it, or the driver's own, which bulk loading raises.
    place: the ledger's URL without password.
    """
    code, advice = _not_connected(error, place) or _classify(error)
    if code is None:
        return None
    retry_class = RetryClass.TRANSIENT if code in _TRANSIENT else RetryClass.PERMISSION
    return LedgerError(f"ledger {place}: {advice}", code=code, retry_class=retry_class)


def _not_connected(error: Exception, place: str) -> tuple[str, str] | None:
    """Return why PostgreSQL gave no connection, None for an error of another time or of SQLite."""
    if not isinstance(error, DBAPIError) or error.statement is not None or isinstance(error.orig, sqlite3.Error):
        return None
    if type(error.orig).__name__ not in _CONNECT_ERRORS or getattr(error.orig, "sqlstate", None) is not None:
        return None
    url = make_url(place)
    asked = url.query.get("host", url.host) or "localhost"
    host = asked if isinstance(asked, str) else ", ".join(asked)
    where = host if host.startswith("/") else f"{host}:{url.port or 5432}"
    said = str(error.orig)
    if re.search(r'database ".*" does not exist', said):
        return "no_database", f"The server at {where} has no database {url.database!r}. Create it, or correct its name."
    if "FATAL" not in said and "no password supplied" not in said:
        advice = "Is the server running, and are host and port right? Check DNS and firewall."
        return "unreachable", f"Cannot connect to {where}. {advice}"
    if "starting up" in said or "shutting down" in said or "recovery mode" in said:
        return _POSTGRESQL["57"]
    if "too many" in said or "connection slots" in said:
        return _POSTGRESQL["53"]
    if "pg_hba.conf" in said:
        return "refused", f"The server at {where} admits no such login from here. Check user, host and its pg_hba.conf."
    who = url.username or "(none given)"
    return "refused", f"The server at {where} refuses the login of user {who}. Check user and password."


def _classify(error: Exception) -> tuple[str | None, str]:
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        number = getattr(origin, "sqlite_errorcode", None)
        return _SQLITE.get(number & 0xFF, (None, "")) if number is not None else (None, "")
    state = getattr(origin, "sqlstate", None)
    if state is None:  # psycopg raises without a state when there is no server to give one
        is_gone = type(origin).__name__ in _CONNECT_ERRORS
        return _POSTGRESQL["08"] if is_gone else (None, "")
    for length in (5, 2):
        found = _POSTGRESQL.get(state[:length])
        if found is not None:
            return found
    return None, ""
