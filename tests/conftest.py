"""Fixtures that every suite may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgresql import Server, shared_server


@pytest.fixture(scope="session")
def postgresql() -> Server:
    """The run's PostgreSQL server."""
    return shared_server()


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """The address of an empty PostgreSQL database of the test's own."""
    name = postgresql.create_database()
    yield postgresql.url(name)
    postgresql.drop_database(name)
