"""Where worlds are played: one directory and one opened ledger for each process, used again by the next world.

A new engine would compile every statement anew, and a new ledger would run every migration: both take longer than a short
world. Whoever starts processes makes the directory and removes it.
"""

from __future__ import annotations

import atexit
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ledger.engine import Ledger, open_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """directory: of this process alone. ledger: over the file there; closing it forgets the file, not the statements."""

    directory: Path
    ledger: Ledger

    @property
    def file(self) -> Path:
        return self.directory / "ledger.db"

    def clear(self) -> Ledger:
        """Return the ledger as new."""
        self.ledger.close()
        for each in self.directory.glob("ledger.db*"):
            each.unlink()
        shutil.copy(self.directory / "empty.db", self.file)
        return self.ledger


_open: list[Workplace] = []


def workplace() -> Workplace:
    """Return this process's workplace."""
    if not _open:
        made = TemporaryDirectory(prefix="sim-", dir=fast_directory())
        atexit.register(made.cleanup)
        work_in(made.name)
    return _open[0]


def work_in(parent: str) -> None:
    """Make this process's workplace inside a directory that somebody else removes."""
    directory = Path(parent) / str(os.getpid())
    directory.mkdir()
    open_ledger(f"sqlite:///{directory / 'empty.db'}").close()
    shutil.copy(directory / "empty.db", directory / "ledger.db")
    _open[:] = [Workplace(directory=directory, ledger=open_ledger(f"sqlite:///{directory / 'ledger.db'}"))]


def fast_directory() -> str | None:
    """Return a file system in memory, where there is one."""
    memory = Path("/dev/shm")  # noqa: S108 - not a temporary file: a directory for some
    return str(memory) if memory.is_dir() else None
