"""Opens the ledger's database and hands out transactions.

A write transaction takes its lock at BEGIN (SQLite: BEGIN IMMEDIATE), so that it never fails half-way for having read
first; only that first step is tried again when the ledger is locked, never the work inside. A read transaction sees one
consistent state from its first statement to its last. Engine errors leave here as LedgerError.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, StaticPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from ledger import migrate
from ledger.errors import LedgerError, translate
from rules.errors import RetryClass

Tx = Connection
Salt = Callable[[int], bytes]

BUSY_TIMEOUT_MS: Final = 10_000  # how long SQLite waits for another writer at BEGIN, and PostgreSQL for a lock
NO_LEDGER: Final = "There is no ledger yet. The first `registrar plan`, `registrar sync` or `registrar run` makes it."
_BEGIN_ATTEMPTS: Final = 3
_SQLITE_MIN: Final = (3, 35, 0)  # RETURNING
SALT: Final = "ledger_salt"
_MODE: Final = "ledger_mode"
_DRIVERS: Final = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # an intent that was committed before its call must survive a power cut
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA cache_size = -65536",  # 64 MB: the indexes of a million rows are written at random places
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 16000",  # pages, 64 MB: a backfill writes the same index pages again and again
)


class Ledger:
    """An opened ledger. dialect: "sqlite" or "postgresql". url: as it may be shown, without password."""

    def __init__(self, engine: Engine, *, place: str | None = None) -> None:
        self._engine = engine
        driver: Any = engine.dialect.loaded_dbapi
        self._driver_error: type[Exception] = driver.Error
        self.dialect = engine.dialect.name
        self.url = place or shown(engine.url)

    @contextmanager
    def begin(self) -> Iterator[Tx]:
        """Run a read-write transaction: commits at the end, rolls back when anything is raised."""
        with self._transaction("write") as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """Run a read-only transaction over one consistent state."""
        with self._transaction("read") as tx:
            yield tx

    def tidy(self) -> None:
        """Have SQLite write its journal into the file and empty it, so that what was erased is in neither."""
        if self.dialect == "sqlite":
            with self._engine.connect() as connection:
                # The connection has begun a transaction by itself, and no checkpoint runs inside one.
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _transaction(self, mode: str) -> Iterator[Tx]:
        try:
            with self._connect(mode) as connection:
                transaction = self._start(connection)
                with transaction:
                    yield connection
        except (DBAPIError, self._driver_error) as error:
            known = translate(error, place=self.url)
            if known is None:
                raise
            raise known from error

    def _connect(self, mode: str) -> Connection:
        return self._engine.connect().execution_options(**{_MODE: mode})

    def _start(self, connection: Connection) -> Any:
        for attempt in range(_BEGIN_ATTEMPTS):
            try:
                return connection.begin()
            except DBAPIError as error:
                known = translate(error, place=self.url)
                is_last = attempt == _BEGIN_ATTEMPTS - 1
                if is_last or known is None or known.code != "locked":
                    raise
        raise AssertionError("unreachable")


def open_ledger(url: str, *, create: bool = True, salt: Salt = secrets.token_bytes) -> Ledger:
    """Open the ledger, creating or migrating its tables; raise LedgerError in words where that cannot be.

    url: `sqlite:///path/to/ledger.db`, `sqlite://` (in memory, for tests) or `postgresql://user:password@host/database`.
    create: False refuses a database that holds no ledger yet. salt: gives the random bytes behind pseudonyms.
    """
    target = _parse(url)
    place = shown(target)
    if target.drivername.startswith("sqlite"):
        _prepare_file(target, place=place, create=create)
        if not create:
            target = _for_reading(target)
    ledger = Ledger(_engine(target).execution_options(**{SALT: salt}), place=place)
    try:
        with ledger.read() as tx:
            is_current = migrate.is_current(tx, place=place)
            is_empty = not is_current and not tx.dialect.has_table(tx, migrate.VERSION_TABLE)
        if is_empty and not create:
            raise _error(place, "no_ledger", NO_LEDGER)
        if not is_current:
            with ledger.begin() as tx:
                migrate.upgrade(tx, place=place)
    except BaseException:
        ledger.close()
        raise
    return ledger


def shown(url: URL) -> str:
    """Return an address as a person writes it: without the driver's name, and no password legible."""
    hidden = {name: "***" for name in url.query if "password" in name}
    plain = url.set(drivername=url.drivername.partition("+")[0]).update_query_dict(hidden)
    return plain.render_as_string(hide_password=True)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text may hold a password, so it is not repeated.
        raise _error(
            "(url)", "bad_url", "The ledger's address is not a database URL such as sqlite:///ledger.db."
        ) from None
    name = parsed.drivername.split("+")[0]
    if name not in _DRIVERS:
        raise _error("(url)", "bad_url", f"The ledger cannot live in {name}; use sqlite:/// or postgresql://.")
    return parsed.set(drivername=_DRIVERS[name])


def _prepare_file(url: URL, *, place: str, create: bool) -> None:
    """Make the file, readable by its owner alone: it holds names and mail addresses."""
    if sqlite3.sqlite_version_info < _SQLITE_MIN:
        found = sqlite3.sqlite_version
        raise _error(place, "old_sqlite", f"SQLite {found} is too old; 3.35 or newer is needed.")
    if not url.database or url.database.startswith(
        (":memory:", "file:")
    ):  # a SQLite URI says itself how it wants to be opened
        return
    path = Path(url.database)
    if path.exists():
        return
    if not create:
        raise _error(place, "no_ledger", NO_LEDGER)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        advice = f"The file cannot be created ({error.strerror}). Check that its folder exists and may be written."
        raise _error(place, "cannot_open", advice) from None


def _for_reading(url: URL) -> URL:
    """Return the address as a reader may open it: as it is, or read-only where file or folder may not be written.

    Readers of a WAL database write too, in the shared-memory file beside it. Where that cannot be and no writer has left a
    WAL, SQLite is told that the file does not change (https://www.sqlite.org/wal.html#read_only_databases).
    """
    path = Path(url.database or "")
    if _is_memory(url) or str(path).startswith("file:"):
        return url
    if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
        return url
    wal = Path(f"{path}-wal")
    is_still = not wal.exists() or wal.stat().st_size == 0
    query = {"mode": "ro", "uri": "true"} | ({"immutable": "1"} if is_still else {})
    return url.set(database=f"file:{quote(str(path))}", query=query)


def _is_memory(url: URL) -> bool:
    return not url.database or url.database == ":memory:"


def _engine(url: URL) -> Engine:
    if url.drivername.startswith("sqlite"):
        options: dict[str, Any] = {"poolclass": StaticPool} if _is_memory(url) else {}
        engine = create_engine(url, connect_args={"check_same_thread": False, "isolation_level": None}, **options)
        event.listen(engine, "connect", _set_reading_pragmas if url.query.get("mode") == "ro" else _set_pragmas)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    given = url.query.get("options", ())
    options_text = " ".join(
        [f"-c lock_timeout={BUSY_TIMEOUT_MS}", "-c timezone=UTC", *((given,) if isinstance(given, str) else given)]
    )
    engine = create_engine(url, pool_pre_ping=True, connect_args={"options": options_text, "connect_timeout": 10})
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _set_pragmas(raw: Any, _record: object) -> None:
    cursor = raw.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _set_reading_pragmas(raw: Any, _record: object) -> None:
    raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}").close()


def _begin_sqlite(connection: Connection) -> None:
    # The driver's own transaction control is off (isolation_level None): it would begin too late, at the first write.
    is_write = connection.get_execution_options().get(_MODE) == "write"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if connection.get_execution_options().get(_MODE) == "read":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _error(place: str, code: str, advice: str) -> LedgerError:
    return LedgerError(f"ledger {place}: {advice}", code=code, retry_class=RetryClass.PERMISSION)
