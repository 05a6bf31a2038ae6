"""Every store test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger.engine import Ledger, open_ledger
from ledger.tables import metadata
from tests.postgresql import Server

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def migrated_url(postgresql: Server) -> str:
    """A PostgreSQL ledger that the tests of this process share, emptied after each."""
    url = postgresql.url(postgresql.create_database())
    open_ledger(url).close()
    return url


@pytest.fixture
def folder() -> Iterator[Path]:
    """A throw-away folder, in memory where there is such a place: a commit there waits for no disk."""
    memory = Path("/dev/shm")  # noqa: S108 (only a faster place for tests)
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        yield Path(path)


@pytest.fixture(params=BOTH)
def ledger_url(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of an empty ledger, tables in place."""
    if request.param == "sqlite":
        url = f"sqlite:///{folder / 'ledger.db'}"
        open_ledger(url).close()
        yield url
        return
    url = request.getfixturevalue("migrated_url")
    yield url
    names = ", ".join(metadata.tables)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE entry DISABLE TRIGGER ALL")
        connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(sql.SQL(names)))
        connection.execute("ALTER TABLE entry ENABLE TRIGGER ALL")


@pytest.fixture(params=BOTH)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'ledger.db'}"
    else:
        yield request.getfixturevalue("postgresql_url")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    opened = open_ledger(ledger_url)
    yield opened
    opened.close()


@pytest.fixture
def memory() -> Iterator[Ledger]:
    """A SQLite ledger in memory, for what does not differ between databases."""
    opened = open_ledger("sqlite://")
    yield opened
    opened.close()
