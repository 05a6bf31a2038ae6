"""Every store test runs on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.engine import Ledger, open_ledger
from tests.postgresql import Server

BOTH = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def template(postgresql: Server) -> str:
    """A migrated PostgreSQL database to copy from, which is quicker than migrating for each test."""
    name = postgresql.create_database()
    open_ledger(postgresql.url(name)).close()
    return name


@pytest.fixture(params=BOTH)
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a ledger of the test's own, tables in place."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        open_ledger(url).close()
        yield url
        return
    server: Server = request.getfixturevalue("postgresql")
    name = server.create_database(template=request.getfixturevalue("template"))
    yield server.url(name)
    server.drop_database(name)


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
