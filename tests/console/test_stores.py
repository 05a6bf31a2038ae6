"""The reading commands say the same over SQLite and over PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.engine import open_ledger
from tests.console.conftest import CLAIM, SECRETS, fill

COMMANDS = (
    "status --json",
    "log --json",
    "log --json --registration REG-2026-00001",
    f"log --json --ref {CLAIM.record_id[:15]}",
    "log --json --connection hubspot",
    "explain REG-2026-00001 --json",
    "explain REG-2026-00001 --json --audience partner",
    "verify --json",
)
VARYING = ("ledger", "at")  # the address, and the moment of asking


@pytest.fixture
def environ(postgresql_url: str) -> Iterator[dict[str, str]]:
    """A ledger in PostgreSQL with the same history, named by the environment."""
    opened = open_ledger(postgresql_url)
    fill(opened)
    opened.close()
    yield {**SECRETS, "REGISTRAR_LEDGER_URL": postgresql_url}


@pytest.mark.postgresql
def test_both_stores_tell_the_same(registrar: Any, history: Any, environ: dict[str, str]) -> None:
    for command in COMMANDS:
        on_sqlite = registrar(*command.split())
        on_postgresql = registrar(*command.split(), environ=environ)
        assert on_postgresql.exit_code == on_sqlite.exit_code, (command, on_postgresql.stderr)
        assert told(on_postgresql) == told(on_sqlite), command


def told(done: Any) -> Any:
    value = json.loads(done.stdout)
    return {name: each for name, each in value.items() if name not in VARYING} if isinstance(value, dict) else value
