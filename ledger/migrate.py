"""Brings a database to the schema of this release, or refuses it in words.

Everything happens in the caller's one transaction: a migration that fails leaves the database as it was. The script
location is this package's own folder, so an installed wheel migrates without any file beside it. Alembic is imported only
when there is something to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from ledger.errors import LedgerError
from rules.errors import RetryClass

HEAD: Final = "0001"  # the newest file in migrations/versions
VERSION_TABLE: Final = "ledger_schema"
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x5265676973  # "Regis"; two replicas that start at once migrate one after the other


def is_current(tx: Connection, *, place: str) -> bool:
    """Return whether the schema is this release's; raise LedgerError for one that is newer or not ours."""
    tables = set(inspect(tx).get_table_names())
    if VERSION_TABLE not in tables:
        if tables:
            raise _refusal(place, "not_a_ledger", _NOT_OURS)
        return False
    version = tx.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 (a constant)
    if version == HEAD:
        return True
    if version is None or not str(version).isdigit():
        raise _refusal(place, "not_a_ledger", _NOT_OURS)
    if int(version) > int(HEAD):
        raise _refusal(place, "newer_schema", _NEWER.format(version=version, head=HEAD))
    return False


def upgrade(tx: Connection, *, place: str) -> None:
    """Create or migrate the tables up to HEAD."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if is_current(tx, place=place):  # another process may have done it while this one waited
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": tx, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, HEAD)


def _refusal(place: str, code: str, advice: str) -> LedgerError:
    return LedgerError(f"ledger {place}: {advice}", code=code, retry_class=RetryClass.PERMISSION)


_NOT_OURS: Final = (
    "The database holds tables of something else and is not a Registrar ledger. Give Registrar a file, "
    "database or schema of its own."
)
_NEWER: Final = (
    "The schema is {version}, newer than this release knows ({head}). Install the release that wrote it; "
    "nothing was changed."
)
