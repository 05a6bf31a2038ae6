"""The same operations on SQLite and PostgreSQL leave the same entries, byte for byte, and the same projections."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from ledger.engine import open_ledger
from ledger.tables import conflict, deadline, entry, policy, registration
from tests.ledger.test_verify import fill


def content(url: str, seed: int) -> dict[str, list[tuple[Any, ...]]]:
    ledger = open_ledger(url)
    fill(ledger, seed=seed, cases=25)
    tables = (entry, registration, deadline, conflict, policy)
    with ledger.read() as tx:
        found = {
            table.name: [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key))]
            for table in tables
        }
    ledger.close()
    return found


def test_both_databases_hold_the_same_ledger(postgresql_url: str) -> None:
    on_sqlite, on_postgresql = content("sqlite://", 7), content(postgresql_url, 7)

    assert on_sqlite == on_postgresql
    assert len(on_sqlite["entry"]) > 50
