"""A reviewer's word on two records, told at the command line: it goes into the ledger, and the next pass decides with it."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.exit_codes import Exit
from console.screen import Screen, counted
from console.session import ledger_of, settings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What somebody says of two records. verdict None: what was said is taken back."""

    one: str
    other: str
    verdict: str | None
    by: str | None


def say(screen: Screen, directory: Path, word: Word) -> Exit:
    """Enter the word. Exit MISUSE when a record is not known or both are one, FINDINGS when nothing can be taken back."""
    from ledger import verdicts
    from rules.cases import Sameness
    from sync.sayings import UnknownRecordError, record_called
    from sync.sayings import say as enter

    settings = settings_of(directory, is_lenient=True)
    configs = {each.name: each for each in settings.connections}
    with ledger_of(settings) as ledger, ledger.begin() as tx:
        try:
            one, other = (record_called(tx, each, configs) for each in (word.one, word.other))
        except UnknownRecordError as error:
            screen.talk(str(error))
            return Exit.MISUSE
        if one == other:
            screen.talk(f"{word.one} and {word.other} are one record, {one}.")
            return Exit.MISUSE
        if word.verdict is None and not any(each.beside(one) == other for each in verdicts.touching(tx, (one,))):
            screen.talk(f"Nothing was said of {one} and {other}.")
            return Exit.FINDINGS
        verdict = Sameness(word.verdict) if word.verdict is not None else None
        actor = f"person:{word.by or getpass.getuser()}"
        count = enter(tx, one, other, verdict, actor=actor, now=datetime.now(UTC))
    said = f"are {word.verdict}" if word.verdict == "different" or word.verdict == "related" else "are the same"
    screen.line(f"{one} and {other}: " + (said if word.verdict is not None else "nothing is said any more"))
    screen.talk(f"{counted(count, 'claim')} will be decided anew by the next pass.")
    return Exit.DONE
