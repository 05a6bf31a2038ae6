"""`registrar rules`: check, test, compare, activate the rules, and look back at their versions.

Only the commands' options stand here; each body imports its work when it runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, LOOKS, Directory, Json, screen_of

rules = typer.Typer(help="Check, test, compare and activate the rules.", **LOOKS)

Where = Annotated[
    Path, typer.Argument(help="A directory with rules, or one file.", envvar="REGISTRAR_DIR", show_default=True)
]


@rules.command(short_help="Find what is wrong with the rules.")
def check(path: Where = HERE, as_json: Json = False) -> None:
    """Find everything that is wrong with the rules, in one run, with file, line, column and advice.

    Beyond single values: rules that can never fire, gaps and overlaps, ties, unknown reasons, unreachable states. Needs
    neither ledger nor credentials. Ends with 1 for findings, 2 for rules that cannot be used.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import rules_check as command

        raise typer.Exit(command.run(screen, path))


@rules.command(short_help="Run the cases beside the rules.")
def test(
    path: Where = HERE,
    only: Annotated[str | None, typer.Option("--only", "-k", help="Only cases whose name holds this.")] = None,
    as_json: Json = False,
) -> None:
    """Run the cases that stand beside the rules: given, when, then, on a clock of their own.

    Needs neither ledger nor credentials. Ends with 1 when a case fails.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import rules_test as command

        raise typer.Exit(command.run(screen, path, only))


@rules.command(short_help="Replay the ledger under other rules.")
def diff(
    old: Annotated[str, typer.Argument(help="A file, a version or hash from `rules history`, or: active.")] = "active",
    new: Annotated[str | None, typer.Argument(help="The same; default: the rules file.", show_default=False)] = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Replay the whole ledger under two versions of the rules and show which decisions, owners, ends and rewards differ.

    What a version decides earlier feeds what it decides later. Nothing is written. Ends with 1 when something differs.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import rules_diff as command

        raise typer.Exit(command.run(screen, directory, old, new))


@rules.command(short_help="Put the rules file in force.")
def activate(
    effective: Annotated[
        str | None,
        typer.Option("--effective", help="From this day on, in the policy's zone: 2026-07-01; default: now."),
    ] = None,
    changes_max: Annotated[
        int | None,
        typer.Option("--max-changes", min=0, help="Stop when more live registrations would change; default: settings."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Activate whatever would change.")] = False,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Put the rules file in force, after showing what it would change for live registrations.

    Stops with 5 when more than --max-changes would change, unless --yes is given or a person confirms. Rules that cannot be
    used never replace those in force.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import rules_activate as command

        wanted = command.Wanted(effective=effective, changes_max=changes_max, is_confirmed=yes)
        raise typer.Exit(command.run(screen, directory, wanted))


@rules.command(short_help="Show every version that was activated.")
def history(directory: Directory = HERE, as_json: Json = False) -> None:
    """Show every version of the rules that was activated: since when, by whom, and how much it decided."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import rules_history as command

        raise typer.Exit(command.run(screen, directory))
