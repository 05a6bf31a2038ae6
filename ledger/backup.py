"""Copies a whole ledger into one file while it is in use, and brings such a file back.

A backup is a SQLite ledger, whatever database it was taken of: SQLite copies itself by its own backup call, PostgreSQL is
read table by table in one transaction that sees one moment. So a backup can be looked at with any command, and a ledger can
move from one database to the other. Bringing one back never writes over a ledger and never changes the backup.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Table, func, select, text, type_coerce, update
from sqlalchemy.types import TypeDecorator

from ledger import counters
from ledger.bulk import upsert
from ledger.checkpoint import Checkpoint
from ledger.codec import to_micros
from ledger.engine import Ledger, Tx, open_ledger
from ledger.restored import RESTORED_AT
from ledger.signing import refused
from ledger.tables import entry, lease, metadata
from ledger.verify import verify

_PAGE: Final = 5_000


def backup(ledger: Ledger, path: Path) -> None:
    """Write the ledger as it is at one moment to a new file, which only its owner may read."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        raise refused(
            "file_exists", f"{path} exists already; a backup is never written over. Name another file."
        ) from None
    except OSError as error:
        raise refused("cannot_open", f"{path} cannot be written ({error.strerror}).") from None
    try:
        if ledger.dialect == "sqlite":
            _copy_sqlite(ledger, path)
        else:
            with _opened(path) as target:
                _pour(ledger, target)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def restore(path: Path, url: str, *, now: datetime, exported: Checkpoint | None = None) -> int:
    """Fill the empty or missing ledger of an address from a backup and return how many entries it has.

    exported: a checkpoint that the backup must hold against. Raises LedgerError, with nothing changed, where the backup does
    not verify or the address holds a ledger already. The first passes then look whether the CRMs are ahead of it.
    """
    with tempfile.TemporaryDirectory(dir=_beside(url)) as folder:
        copy = Path(folder) / "restored.db"
        _take(path, copy)
        with _opened(copy) as source:
            report = verify(source, exported=exported)
            if not report.is_intact:
                told = "; ".join(report.problems[:3])
                raise refused("not_intact", f"{path} does not verify and was not restored: {told}.")
            with source.begin() as tx:
                counters.put(tx, RESTORED_AT, to_micros(now))
                tx.execute(update(lease).values(expires_at=now))  # whoever held them works on another ledger
            target = sqlite_file(url)
            if target is None:
                _fill(source, url)
        if target is not None:
            _put(copy, target)
    return report.entries


def sqlite_file(url: str) -> Path | None:
    """Return the file of a SQLite ledger's address, None for another database."""
    from sqlalchemy import make_url

    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.drivername.startswith("sqlite") else None


def _copy_sqlite(ledger: Ledger, path: Path) -> None:
    with ledger.read() as tx, closing(sqlite3.connect(path)) as target:
        driver: Any = tx.connection.driver_connection
        driver.backup(target, pages=1_000)


def _take(path: Path, copy: Path) -> None:
    """Copy a backup to where it may be changed; one that was taken as a plain copy may have a WAL beside it."""
    if not path.exists():
        raise refused("cannot_open", f"{path} does not exist.")
    try:
        shutil.copyfile(path, copy)
        wal = Path(f"{path}-wal")
        if wal.exists():
            shutil.copyfile(wal, f"{copy}-wal")
    except OSError as error:
        raise refused("cannot_open", f"{path} cannot be read ({error.strerror}).") from None


def _put(copy: Path, target: Path) -> None:
    if target.exists():
        raise refused("file_exists", _TAKEN.format(place=target))
    copy.chmod(0o600)
    copy.replace(target)


def _fill(source: Ledger, url: str) -> None:
    with closing(open_ledger(url)) as target:
        with target.read() as tx:
            if tx.execute(select(entry.c.seq).limit(1)).first() is not None:
                raise refused("file_exists", _TAKEN.format(place=target.url))
        _pour(source, target)


def _pour(source: Ledger, target: Ledger) -> None:
    """Copy every row of every table in one transaction on each side."""
    with source.read() as there, target.begin() as here:
        for table in metadata.sorted_tables:
            here.execute(table.delete()) if table is not entry else None
            for page in _pages(there, table):
                upsert(here, table, [column.name for column in table.c], page, key=())
            _set_sequence(here, table)


def _pages(tx: Tx, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    columns = [type_coerce(column, _raw(column)).label(column.name) for column in table.c]
    options = {"stream_results": True, "yield_per": _PAGE}
    for page in tx.execute(select(*columns), execution_options=options).partitions(_PAGE):
        yield [tuple(row) for row in page]


def _raw(column: Column[Any]) -> Any:
    kind = column.type
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind


def _set_sequence(tx: Tx, table: Table) -> None:
    """Let PostgreSQL number new rows above the copied ones; SQLite does so by itself."""
    numbered = table.autoincrement_column
    if tx.dialect.name != "postgresql" or numbered is None:
        return
    last = tx.execute(select(func.max(numbered))).scalar()
    if last is not None:
        moved = text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)")
        tx.execute(moved, {"table": table.name, "column": numbered.name, "last": last})


def _beside(url: str) -> Path | None:
    """Return the folder of a SQLite ledger, so that the last step is a rename within one file system."""
    target = sqlite_file(url)
    if target is None:
        return None
    if not target.parent.is_dir():
        raise refused("cannot_open", f"{target.parent} does not exist; make the ledger's folder first.")
    return target.parent


@contextmanager
def _opened(path: Path) -> Iterator[Ledger]:
    with closing(open_ledger(f"sqlite:///{path}")) as ledger:
        yield ledger


_TAKEN: Final = (
    "{place} holds a ledger already; a restore never writes over one. Stop the daemon, move it away (keep it: it may be "
    "newer), and restore again."
)
