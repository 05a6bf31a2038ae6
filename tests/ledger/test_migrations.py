"""One migration history: it gives exactly the tables the code expects, in both databases."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import ledger
from ledger.engine import Ledger, open_ledger
from ledger.migrate import HEAD, VERSION_TABLE
from ledger.tables import metadata


def test_the_migrated_database_is_what_the_code_expects(ledger: Ledger) -> None:
    with ledger.read() as tx:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        assert compare_metadata(MigrationContext.configure(tx, opts=options), metadata) == []


def test_the_release_knows_its_newest_migration() -> None:
    folder = Path(ledger.__path__[0]) / "migrations"

    assert ScriptDirectory(str(folder)).get_heads() == [HEAD]


def test_migrating_needs_no_file_beside_the_package(tmp_path: Path) -> None:
    """As from an installed wheel: another folder, no alembic.ini."""
    code = "from ledger.engine import open_ledger; open_ledger('sqlite:///fresh.db').close()"
    root = Path(ledger.__path__[0]).parent
    environ = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environ, check=True)

    assert (tmp_path / "fresh.db").exists()


def test_a_current_ledger_opens_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    open_ledger(url).close()
    code = (
        f"import sys; from ledger.engine import open_ledger; open_ledger({url!r}); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """The tables appear all together or not at all: a view in the way of the last ones stops it half-way."""
    path = tmp_path / "ledger.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW snapshot AS SELECT 1")
    try:
        open_ledger(f"sqlite:///{path}")
    except Exception as error:
        assert "snapshot" in str(error)
    with engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all()
    engine.dispose()
    assert names == ["snapshot"]
