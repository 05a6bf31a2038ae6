"""What every command starts from: the settings of a directory, the ledger, and errors told as sentences.

A user's mistake never shows a stack trace. Our own does only with REGISTRAR_DEBUG=1, because a trace may quote values.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

from console.exit_codes import Exit
from console.screen import Screen

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Ledger
    from rules.errors import Problem
    from rules.mapping import Place

DEBUG_VARIABLE: Final = "REGISTRAR_DEBUG"
_ADDRESS_CODES: Final = frozenset({"unreachable", "no_database", "refused", "bad_url", "cannot_open"})
_OPTION_PARENTS: Final = ("", "options.", "login.")


@contextmanager
def told(screen: Screen) -> Iterator[None]:
    """Turn whatever goes wrong inside into words on stderr and an exit code."""
    from rules.errors import ConfigError, DealError, InvariantError, RetryClass

    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except ConfigError as error:
        for problem in error.problems:
            screen.talk(str(problem))
        count = len(error.problems)
        screen.talk(f"{count} problem{'' if count == 1 else 's'}; nothing was started.")
        raise typer.Exit(Exit.MISUSE) from None
    except KeyboardInterrupt:
        raise typer.Exit(Exit.INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains once more while it shuts down
        raise typer.Exit(Exit.DONE) from None
    except InvariantError as error:
        raise _bug(screen, error) from error
    except DealError as error:
        screen.talk(error.message)
        # What only a person can change (no ledger, a newer one, no rights) is wrong use; a locked one is not.
        is_misuse = error.retry_class is RetryClass.PERMISSION
        raise typer.Exit(Exit.MISUSE if is_misuse else Exit.FINDINGS) from None
    except Exception as error:
        raise _bug(screen, error) from error


def settings_of(directory: Path, environ: Mapping[str, str] | None = None, *, is_lenient: bool = False) -> Settings:
    """Return the settings of a directory; raise ConfigError with every problem.

    is_lenient: problems of the rules files alone are left to who uses the settings: the ledger's own policy goes on.
    """
    from config.load import load_settings
    from connectors.registry import fields_path

    return load_settings(
        directory,
        environ=os.environ if environ is None else environ,
        fields_path=fields_path,
        is_lenient=is_lenient,
    )


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """Open the ledger for reading; it is not created by looking at it."""
    from ledger.engine import open_ledger

    with _ledger_named(settings):
        ledger = open_ledger(settings.ledger_url, create=False)
    try:
        yield ledger
    finally:
        ledger.close()


@contextmanager
def located(settings: Settings) -> Iterator[None]:
    """Give what is found wrong while the daemon is built the place in registrar.yaml where it stands."""
    from rules.errors import ConfigError

    try:
        with _ledger_named(settings):
            yield
    except ConfigError as error:
        raise ConfigError([_placed(problem, settings.places) for problem in error.problems]) from None


@contextmanager
def _ledger_named(settings: Settings) -> Iterator[None]:
    """Say of a ledger that cannot be opened where its address is set; at the start, that is for a person to mend."""
    from config.ledger_url import PASSWORD_VARIABLE
    from ledger.errors import LedgerError
    from rules.errors import RetryClass

    try:
        yield
    except LedgerError as error:
        if error.code not in _ADDRESS_CODES:
            raise
        told = f"{error.message} The address comes from {_ledger_source(settings)}."
        if error.code == "refused":
            told += f" The password comes from {PASSWORD_VARIABLE}, unless the address holds one."
        raise LedgerError(told, code=error.code, retry_class=RetryClass.PERMISSION) from None


def _ledger_source(settings: Settings) -> str:
    from config.ledger_url import URL_VARIABLE

    if os.environ.get(URL_VARIABLE, "").strip():
        return URL_VARIABLE
    place = settings.places.get("ledger")
    return f"the ledger line, {place.file}:{place.line}" if place is not None else "the default; no line names one"


def _placed(problem: Problem, places: Mapping[str, Place]) -> Problem:
    from config.secrets import FLOW, environment_name

    connection = problem.file.removeprefix("connection ")
    if problem.line or connection == problem.file:
        return problem
    base = f"connections.{connection}"
    keys = [f"{base}.{parent}{problem.key}" for parent in _OPTION_PARENTS] + [f"{base}.login", base]
    found = next((key for key in keys if key in places), None)
    if found is None:
        return problem
    place, key = places[found], found if found in keys[:-2] else f"{base}.{problem.key}"
    hint = problem.hint
    if problem.key.startswith("login.") and problem.key != f"login.{FLOW}":
        variable = environment_name(connection, problem.key.removeprefix("login."))
        hint = f"Set {variable} in the environment. {hint}".rstrip()
    return replace(problem, file=place.file, line=place.line, column=place.column, key=key, hint=hint)


def _bug(screen: Screen, error: BaseException) -> typer.Exit:
    if os.environ.get(DEBUG_VARIABLE):
        import traceback

        screen.talk("".join(traceback.format_exception(error)))
    screen.talk(
        f"registrar made a mistake of its own ({type(error).__name__}); the ledger is as the last step left it."
    )
    screen.talk(f"Run the command again with {DEBUG_VARIABLE}=1 and report what it prints.")
    return typer.Exit(Exit.BUG)
