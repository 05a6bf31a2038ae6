"""Prove the ledger: chain, hashes, and that a replay of the entries gives the rows in use."""

from __future__ import annotations

from pathlib import Path

from console.exit_codes import Exit
from console.proof_files import key_of, read_checkpoint
from console.screen import Screen, counted
from console.session import ledger_of, settings_of


def run(screen: Screen, directory: Path, checkpoint: Path | None = None) -> Exit:
    """Check everything and tell what was found. Exit FINDINGS when something does not hold.

    checkpoint: a file that was exported earlier, which the ledger must have grown from.
    """
    from dataclasses import replace

    from ledger.checkpoint import flaws
    from ledger.verify import verify

    exported = read_checkpoint(checkpoint) if checkpoint is not None else None
    flawed = flaws(exported, key_of()) if exported is not None else []
    settings = settings_of(directory, is_lenient=True)
    with ledger_of(settings) as ledger:
        report = verify(ledger, exported=exported)
        report = replace(report, problems=(*(f"{checkpoint}: {each}" for each in flawed), *report.problems))
        url = ledger.url
    if screen.is_json:
        screen.json(
            {
                "ledger": url,
                "is_intact": report.is_intact,
                "entries": report.entries,
                "head_hash": report.head_hash,
                "problems": list(report.problems),
            }
        )
        return Exit.DONE if report.is_intact else Exit.FINDINGS
    for problem in report.problems:
        screen.line(problem)
    if report.is_intact:
        screen.line(f"intact: {report.entries:,} entries, each hashed and chained; a replay gives the same rows")
        screen.line(f"head {report.head_hash}")
        if exported is not None:
            screen.line(f"the first {exported.size:,} are those of the checkpoint, root {exported.root}")
        return Exit.DONE
    screen.talk(
        f"{counted(len(report.problems), 'problem')}. Stop the daemon, keep a copy of the ledger, and compare it with the "
        "last backup before anything else."
    )
    return Exit.FINDINGS
