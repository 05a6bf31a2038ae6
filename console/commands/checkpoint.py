"""Export a checkpoint of the ledger, and check exported ones without a ledger."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from console.exit_codes import Exit
from console.proof_files import KEY_VARIABLE, key_of, read_checkpoint, write
from console.screen import Screen, counted, moment
from console.session import ledger_of, settings_of


def export(screen: Screen, directory: Path, out: Path | None, since: Path | None) -> Exit:
    """Write a checkpoint of the ledger as it is, signed where the environment holds a key."""
    from ledger import history, tree
    from ledger.checkpoint import make
    from ledger.errors import LedgerError

    key = key_of()
    earlier = read_checkpoint(since) if since is not None else None
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger:
        with suppress(LedgerError), ledger.begin() as tx:  # a copy that may only be read is read as a whole
            tree.keep(tx, history.head(tx)[0])
        with ledger.read() as tx:
            made = make(tx, now=datetime.now(UTC), since=earlier, key=key)
    signed = f"signed with {key.name}" if key is not None else f"not signed; {KEY_VARIABLE} would"
    write(screen, made.data(), out, told=f"{counted(made.size, 'entry', 'entries')}, root {made.root}, {signed}")
    return Exit.DONE


def check(screen: Screen, path: Path, since: Path | None) -> Exit:
    """Check a checkpoint by itself, and that it grew from an earlier one. Exit FINDINGS when something does not hold."""
    from ledger.checkpoint import flaws, unlike

    key = key_of()
    found = read_checkpoint(path)
    problems = flaws(found, key)
    if since is not None:
        earlier = read_checkpoint(since)
        problems += [f"{since}: {each}" for each in flaws(earlier, key)]
        wrong = unlike(found, earlier)
        problems += [f"it did not grow from {since}: {wrong}"] if wrong is not None else []
    if screen.is_json:
        screen.json({"file": str(path), "size": found.size, "root": found.root, "problems": problems})
        return Exit.FINDINGS if problems else Exit.DONE
    for problem in problems:
        screen.line(problem)
    if problems:
        return Exit.FINDINGS
    grown = f"; it grew from {since}" if since is not None else ""
    screen.line(
        f"holds: {counted(found.size, 'entry', 'entries')} at {moment(found.made_at)}, root {found.root}{grown}"
    )
    if found.signature is None:
        screen.talk("It is not signed: it proves something only to who fetched it at that time.")
    elif key is None:
        screen.talk(f"Signed with {found.signature.get('key')}. Compare that with the signer's published key.")
    return Exit.DONE
