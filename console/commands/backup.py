"""Back the ledger up into one file while it is in use, and restore such a file where no ledger is."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.exit_codes import Exit
from console.proof_files import key_of, read_checkpoint, write
from console.screen import Screen, counted
from console.session import ledger_of, located, settings_of

CHECKPOINT_ENDING: Final = ".checkpoint.json"


def run(screen: Screen, directory: Path, file: Path) -> Exit:
    """Write a backup, and beside it a checkpoint of exactly what it holds."""
    from ledger import backup, history
    from ledger.checkpoint import make
    from ledger.engine import open_ledger

    key = key_of()
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger:
        backup.backup(ledger, file)
    with closing(open_ledger(f"sqlite:///{file}")) as taken, taken.read() as tx:
        count, _ = history.head(tx)
        made = make(tx, now=datetime.now(UTC), key=key) if count else None
    screen.talk(
        f"{file}: {counted(count, 'entry', 'entries')} and all rows. It holds personal data and is yours alone to read."
    )
    if made is not None:
        write(
            screen,
            made.data(),
            Path(f"{file}{CHECKPOINT_ENDING}"),
            told="keep it elsewhere; `restore` checks the backup by it",
        )
    return Exit.DONE


def restore(screen: Screen, directory: Path, file: Path) -> Exit:
    """Fill the ledger's place from a backup; its checkpoint, where it lies beside, must hold."""
    from ledger import backup
    from ledger.checkpoint import flaws
    from ledger.signing import refused

    beside = Path(f"{file}{CHECKPOINT_ENDING}")
    exported = read_checkpoint(beside) if beside.exists() else None
    flawed = flaws(exported, key_of()) if exported is not None else []
    if flawed:
        raise refused("not_intact", f"{beside} does not hold: {'; '.join(flawed)}. Nothing was restored.")
    settings = settings_of(directory, is_lenient=True)
    with located(settings):
        count = backup.restore(file, settings.ledger_url, now=datetime.now(UTC), exported=exported)
    proven = "by its checkpoint, too" if exported is not None else "without a checkpoint beside it"
    screen.talk(f"Restored: {counted(count, 'entry', 'entries')}, verified {proven}.")
    screen.talk(
        "The next passes first read all CRMs. Where one shows later writes than this ledger made, they stop with what to "
        "do; nothing is decided or written before."
    )
    return Exit.DONE
