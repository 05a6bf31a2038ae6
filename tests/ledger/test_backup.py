"""A backup is the whole ledger at one moment, goes back into either database, and is never written over anything."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from ledger import backup, checkpoint, connections, counters, intents, leases, registrations, snapshots
from ledger.checkpoint import Checkpoint
from ledger.codec import to_micros
from ledger.engine import Ledger, open_ledger
from ledger.errors import LedgerError
from ledger.inbox import intake
from ledger.restored import RESTORED_AT
from ledger.tables import counter, metadata
from ledger.verify import verify
from rules.fields import Stream
from tests.ledger.build import NOW, company_ref, linked, observed, register, submission_ref, write
from tests.ledger.test_verify import fill


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """A ledger with something in most tables."""
    fill(ledger, cases=30)
    with ledger.begin() as tx:
        id_ = register(tx, 500, key="other|deal")
        rows = [observed(company_ref(n), Stream.COMPANIES, {"name": f"Größer {n}"}, keys=[f"k{n}"]) for n in range(20)]
        intake(tx, rows, run_id=1, now=NOW)
        intents.plan(tx, [write(linked(tx, id_, submission_ref(500)))], now=NOW)
        connections.ensure(tx, "salesforce", "salesforce", now=NOW)
        leases.acquire(tx, "salesforce", holder="one", ttl_s=60, now=NOW)
    return ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address where no ledger is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
    else:
        yield request.getfixturevalue("postgresql_url")


def rows(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    with ledger.read() as tx:
        found = {table.name: sorted(map(repr, tx.execute(select(table)))) for table in metadata.sorted_tables}
    return {name: [(each,) for each in some] for name, some in found.items() if name not in ("lease", "counter")}


def exported(ledger: Ledger) -> Checkpoint:
    with ledger.read() as tx:
        return checkpoint.make(tx, now=NOW)


def test_a_backup_goes_back_into_either_database(filled: Ledger, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    backup.backup(filled, file)
    before = rows(filled)
    assert all(before[name] for name in ("entry", "snapshot", "match_key", "intent", "link", "policy", "connection"))

    count = backup.restore(file, elsewhere, now=NOW, exported=exported(filled))

    with closing(open_ledger(elsewhere)) as restored:
        assert rows(restored) == before
        assert verify(restored).is_intact
        assert verify(restored).entries == count
        with restored.read() as tx:
            assert counters.get(tx, RESTORED_AT) == to_micros(NOW)
        goes_on(restored)


def goes_on(ledger: Ledger) -> None:
    """New rows get numbers and ids of their own, as if nothing had happened."""
    with ledger.begin() as tx:
        last = tx.execute(select(counter.c.value).where(counter.c.name == "registration:2026")).scalar_one()
        id_ = register(tx, 900, key="new|deal")
        assert id_ == f"REG-2026-{last + 1:05d}"
        intake(tx, [observed(company_ref(99), Stream.COMPANIES, {"name": "New"})], run_id=1, now=NOW)
        linked(tx, id_, submission_ref(900))
        assert snapshots.get_many(tx, [company_ref(99)])
        assert registrations.get(tx, id_) is not None
    assert verify(ledger).is_intact


def test_a_backup_is_of_one_moment_and_for_its_owner(filled: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    backup.backup(filled, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = verify(filled).entries
    with filled.begin() as tx:
        register(tx, 901, key="later|deal")

    with closing(open_ledger(f"sqlite:///{file}", create=False)) as kept:
        assert verify(kept).is_intact
        assert verify(kept).entries == before


def test_nothing_is_written_over(filled: Ledger, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    backup.backup(filled, file)
    with pytest.raises(LedgerError, match="exists already"):
        backup.backup(filled, file)
    backup.restore(file, elsewhere, now=NOW)
    with pytest.raises(LedgerError, match="holds a ledger already"):
        backup.restore(file, elsewhere, now=NOW)


def test_a_backup_that_does_not_verify_is_not_restored(filled: Ledger, elsewhere: str, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    backup.backup(filled, file)
    with filled.begin() as tx:
        register(tx, 901, key="later|deal")
    with pytest.raises(LedgerError, match=r"does not verify.*entry \d+ is not the one"):
        backup.restore(file, elsewhere, now=NOW, exported=exported(filled))

    with closing(open_ledger(f"sqlite:///{file}")) as kept, kept.begin() as tx:
        tx.execute(text("UPDATE registration SET status = 'won'"))
    with pytest.raises(LedgerError, match="does not verify"):
        backup.restore(file, elsewhere, now=NOW)
    backup.backup(filled, tmp_path / "sound.db")
    backup.restore(tmp_path / "sound.db", elsewhere, now=NOW)  # the refusals left nothing in the way


def test_what_is_no_backup_is_told(elsewhere: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="does not exist"):
        backup.restore(tmp_path / "none.db", elsewhere, now=NOW)
    (tmp_path / "text").write_text("no database at all, and long enough to be read as the header of one" * 20)
    with pytest.raises(LedgerError, match="not a SQLite database"):
        backup.restore(tmp_path / "text", elsewhere, now=NOW)
