"""Opening and using the database: what goes wrong is said in words, and nothing is half-written."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from ledger import connections, history, inbox
from ledger.engine import Ledger, open_ledger, shown
from ledger.errors import LedgerError, translate
from ledger.migrate import VERSION_TABLE
from ledger.verify import verify
from rules.errors import RetryClass
from rules.fields import Stream
from tests.ledger.build import NOW, observed, opportunity_ref, register


def refusal(url: str, *, create: bool = True) -> LedgerError:
    with pytest.raises(LedgerError) as refused:
        open_ledger(url, create=create)
    return refused.value


def test_opening_twice_finds_what_was_stored(ledger_url: str) -> None:
    for expected in (0, 2):
        ledger = open_ledger(ledger_url)
        with ledger.begin() as tx:
            assert history.head(tx)[0] == expected
            if not expected:
                register(tx, 1)
        ledger.close()


def test_a_newer_schema_is_left_alone(ledger_url: str, ledger: Ledger) -> None:
    with ledger.begin() as tx:
        tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    refused = refusal(ledger_url)
    with ledger.begin() as tx:
        tx.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0001'"))  # noqa: S608

    assert refused.code == "newer_schema"
    assert "9999" in refused.message
    assert "Install the release" in refused.message


def test_a_database_of_something_else_is_left_alone(empty_url: str, tmp_path: Path) -> None:
    if empty_url.startswith("sqlite"):
        with sqlite3.connect(tmp_path / "ledger.db") as other:
            other.execute("CREATE TABLE invoice (id)")
        other.close()
    else:
        import psycopg

        with psycopg.connect(empty_url) as connection:
            connection.execute("CREATE TABLE invoice (id bigint)")
    assert refusal(empty_url).code == "not_a_ledger"


@pytest.mark.parametrize("is_written_to", [False, True])
def test_a_ledger_that_may_not_be_written_is_still_read(folder: Path, *, is_written_to: bool) -> None:
    """A backup on a read-only disk, or another user's file; also while its owner's daemon works on it."""
    folder.chmod(0o755)
    folder = folder / "a b"
    folder.mkdir()
    writer = open_ledger(f"sqlite:///{folder}/ledger.db")
    with writer.begin() as tx:
        register(tx, 1)
    if not is_written_to:
        writer.close()
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)

    told = read_as_another_user(f"sqlite:///{folder}/ledger.db")

    writer.close()
    folder.chmod(0o755)
    assert told == f"2 True sqlite:///{folder}/ledger.db"


def read_as_another_user(url: str) -> str:
    """Return what a user without any right to write reads; root may write everything, so it becomes nobody."""
    script = f"""
    import os
    from ledger import history
    from ledger.engine import open_ledger
    from ledger.verify import verify
    import ledger.migrate, sqlalchemy.dialects.sqlite.pysqlite
    if os.geteuid() == 0:
        os.setgroups([])
        os.setuid(65534)
    opened = open_ledger({url!r}, create=False)
    with opened.read() as tx:
        print(history.head(tx)[0], verify(opened).is_intact, opened.url)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"Dear diary, " * 500)
    refused = refusal(f"sqlite:///{path}")

    assert (refused.code, refused.retry_class) == ("not_a_ledger", RetryClass.PERMISSION)
    assert path.read_bytes() == b"Dear diary, " * 500


def test_reading_commands_do_not_create_a_ledger(empty_url: str, tmp_path: Path) -> None:
    assert refusal(empty_url, create=False).code == "no_ledger"
    assert not (tmp_path / "ledger.db").exists()
    open_ledger(empty_url).close()
    open_ledger(empty_url, create=False).close()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    refused = refusal(f"sqlite:///{tmp_path}/missing/ledger.db")

    assert refused.code == "cannot_open"
    assert f"{tmp_path}/missing/ledger.db" in refused.message


def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    open_ledger(f"sqlite:///{tmp_path}/ledger.db").close()

    assert (tmp_path / "ledger.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://registrar:s3cret@127.0.0.1:1/ledger",
        "mysql://registrar:s3cret@db/ledger",
        "postgresql//registrar:s3cret@db",
        "oracle+cx://registrar:s3cret@db",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    refused = refusal(url)

    assert "s3cret" not in f"{refused} {refused!r}"
    assert refused.code in ("unreachable", "bad_url")


def test_a_server_that_is_not_there_is_named() -> None:
    refused = refusal("postgresql://registrar:s3cret@127.0.0.1:1/ledger")

    assert refused.code == "unreachable"
    assert "ledger postgresql://registrar:***@127.0.0.1:1/ledger: Cannot connect to 127.0.0.1:1." in refused.message


def test_a_missing_database_is_told_from_a_missing_server(postgresql_url: str) -> None:
    refused = refusal(re.sub(r"@/\w+", "@/no_such_ledger", postgresql_url))

    assert (refused.code, refused.retry_class) == ("no_database", RetryClass.PERMISSION)
    assert "has no database 'no_such_ledger'. Create it" in refused.message


def test_a_login_that_the_server_does_not_know_is_told_as_refused(postgresql_url: str) -> None:
    refused = refusal(postgresql_url.replace("registrar@", "nobody:s3cret@"))

    assert (refused.code, refused.retry_class) == ("refused", RetryClass.PERMISSION)
    assert "refuses the login of user nobody" in refused.message


def test_an_address_is_shown_as_it_was_written_and_no_password_anywhere_in_it() -> None:
    url = make_url("postgresql+psycopg://registrar:s3cret@db/ledger?password=s3cret2")

    assert shown(url) == "postgresql://registrar:***@db/ledger?password=%2A%2A%2A"


def test_the_shown_address_has_no_password(postgresql_url: str) -> None:
    ledger = open_ledger(postgresql_url.replace("registrar@", "registrar:s3cret@"))
    ledger.close()

    assert "s3cret" not in ledger.url
    assert "registrar" in ledger.url


def test_a_ledger_of_its_own_schema_in_a_shared_database(postgresql_url: str) -> None:
    """PostgreSQL: another application's tables do not matter when the search path leads elsewhere."""
    import psycopg

    with psycopg.connect(postgresql_url) as connection:
        connection.execute("CREATE TABLE invoice (id bigint)")
        connection.execute("CREATE SCHEMA registrar")
    ledger = open_ledger(f"{postgresql_url}&options=-csearch_path%3Dregistrar")
    with ledger.begin() as tx:
        register(tx, 1)
    assert verify(ledger).is_intact
    ledger.close()


def test_a_full_disk_stores_nothing_and_says_so(tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    rows = [observed(opportunity_ref(each), Stream.OPPORTUNITIES, {"name": "x" * 500}) for each in range(3_000)]
    with pytest.raises(LedgerError) as refused, ledger.begin() as tx:
        tx.execute(text("PRAGMA max_page_count = 100"))
        register(tx, 1)
        inbox.intake(tx, rows, run_id=1, now=NOW)

    assert (refused.value.code, refused.value.retry_class) == ("disk_full", RetryClass.TRANSIENT)
    with ledger.begin() as tx:
        assert history.head(tx)[0] == 0
        tx.execute(text("PRAGMA max_page_count = 1000000"))
        assert inbox.intake(tx, rows, run_id=1, now=NOW).counts.new == 3_000
    ledger.close()


def test_a_locked_ledger_says_so_and_goes_on_afterwards(ledger: Ledger, ledger_url: str) -> None:
    other = open_ledger(ledger_url)
    with other.begin() as held:
        connections.ensure(held, "salesforce", "salesforce", now=NOW)
        if ledger.dialect == "sqlite":
            with ledger.read() as tx:
                tx.execute(text("PRAGMA busy_timeout = 10"))
        with pytest.raises(LedgerError) as refused, ledger.begin() as tx:
            if ledger.dialect == "postgresql":
                tx.execute(text("SET LOCAL lock_timeout = 10"))
            connections.ensure(tx, "salesforce", "salesforce", now=NOW)
    other.close()

    assert (refused.value.code, refused.value.retry_class) == ("locked", RetryClass.TRANSIENT)
    with ledger.begin() as tx:
        connections.ensure(tx, "hubspot", "hubspot", now=NOW)


def test_a_read_only_ledger_says_so(ledger: Ledger, ledger_url: str) -> None:
    if ledger.dialect == "sqlite":
        path = ledger_url.removeprefix("sqlite:///")
        locked = open_ledger(f"sqlite:///file:{path}?mode=ro&uri=true")
    else:
        locked = open_ledger(f"{ledger_url}&options=-cdefault_transaction_read_only%3Don")
    with pytest.raises(LedgerError) as refused, locked.begin() as tx:
        connections.ensure(tx, "salesforce", "salesforce", now=NOW)
    with locked.read() as tx:
        assert connections.all_(tx) == []
    locked.close()

    assert (refused.value.code, refused.value.retry_class) == ("read_only", RetryClass.PERMISSION)


def test_a_read_sees_one_moment(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1, key="a")
    with ledger.read() as before:
        assert history.head(before)[0] == 2
        with ledger.begin() as tx:
            register(tx, 2, key="b")
        assert history.head(before)[0] == 2
    with ledger.read() as after:
        assert history.head(after)[0] == 4


def test_a_lost_server_connection_is_told_apart_and_healed(postgresql_url: str) -> None:
    ledger = open_ledger(postgresql_url)
    with pytest.raises(LedgerError) as refused, ledger.begin() as tx:
        register(tx, 1)
        pid = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with ledger.begin() as killer:
            killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        history.head(tx)

    assert (refused.value.code, refused.value.retry_class) == ("unreachable", RetryClass.TRANSIENT)
    with ledger.begin() as tx:
        assert history.head(tx)[0] == 0
    ledger.close()


KILLED = """
    import os, signal
    from ledger.engine import open_ledger
    from tests.ledger.build import register
    ledger = open_ledger({url!r})
    with ledger.begin() as tx:
        register(tx, 1, key="a")
    with ledger.begin() as tx:
        register(tx, 2, key="b")
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_in_a_transaction_keeps_what_was_committed_and_nothing_else(ledger_url: str) -> None:
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(KILLED.format(url=ledger_url))], check=False)
    assert killed.returncode == -signal.SIGKILL

    ledger = open_ledger(ledger_url)
    report = verify(ledger)
    assert (report.entries, report.problems) == (2, ())
    with ledger.begin() as tx:
        register(tx, 2, key="b")
    ledger.close()


def test_a_copy_taken_between_commits_is_a_sound_ledger(tmp_path: Path) -> None:
    """Power loss: the files as they are on disk after a commit, without a proper close, hold all of it."""
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with ledger.begin() as tx:
        register(tx, 1)
    (tmp_path / "copy").mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copy(tmp_path / name, tmp_path / "copy" / name)
    ledger.close()

    copy = open_ledger(f"sqlite:///{tmp_path}/copy/ledger.db")
    assert (verify(copy).entries, verify(copy).is_intact) == (2, True)
    copy.close()


def test_two_daemons_that_start_at_once_share_one_fresh_ledger(empty_url: str) -> None:
    code = f"from ledger.engine import open_ledger; open_ledger({empty_url!r}).close()"
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    starts = [subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.PIPE) for _ in range(3)]
    for start in starts:
        said = start.communicate(timeout=60)[1]
        assert start.returncode == 0, said.decode()
    ledger = open_ledger(empty_url)
    assert verify(ledger).is_intact
    ledger.close()


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ('FATAL:  password authentication failed for user "ann"', "refused", "refuses the login of user ann"),
        ("fe_sendauth: no password supplied", "refused", "Check user and password."),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "ann"', "refused", "admits no such login from here"),
        ('FATAL:  database "ledger" does not exist', "no_database", "db:6543 has no database 'ledger'"),
        ("FATAL:  the database system is starting up", "unreachable", "stopping or starting"),
        ("FATAL:  sorry, too many clients already", "server_full", "out of connections"),
        (
            "failed to resolve host 'db': [Errno -2] Name or service not known",
            "unreachable",
            "Cannot connect to db:6543.",
        ),
    ],
)
def test_what_a_server_says_while_connecting_is_told_apart(said: str, code: str, told: str) -> None:
    """libpq hands on no code then, only the server's words."""
    import psycopg

    wrapped = OperationalError(None, None, psycopg.OperationalError(said))
    error = translate(wrapped, place="postgresql://ann:***@db:6543/ledger")

    assert error is not None
    assert error.code == code
    assert told in error.message
