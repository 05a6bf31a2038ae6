"""The `registrar` command: its subcommands and their options, and nothing heavy.

Each body imports its work when it runs, so that `--help` and completion stay fast (a test holds it to that). Exit codes are
in console/exit_codes.py. Results go to stdout, talk to stderr.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.cli_match import match
from console.cli_proofs import checkpoint, proofs
from console.cli_review import review
from console.cli_rules import rules
from console.options import HERE, LOOKS, Connections, Directory, Json, screen_of

EPILOG = (
    "Exit codes: 0 done; 1 findings, or a partial or failed pass; 2 wrong use or configuration, nothing started; "
    "3 braked; 4 another daemon works on this ledger; 5 wants a confirmation; 70 a mistake of our own."
)

app = typer.Typer(
    name="registrar",
    help="Keeps partner deal registrations right across Salesforce and HubSpot: pull, reconcile, decide, push, explain.",
    epilog=EPILOG,
    **LOOKS,
)
app.add_typer(match, name="match")
app.add_typer(review, name="review")
app.add_typer(rules, name="rules")
app.add_typer(checkpoint, name="checkpoint")
app.add_typer(proofs)


def _version(wanted: bool) -> None:
    if wanted:
        from rules.version import __version__

        typer.echo(f"registrar {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Hold the options that belong to no command."""


@app.command(short_help="Write a first, commented configuration.")
def init(
    directory: Annotated[Path, typer.Argument(help="Where to write it.")],
    recipe: Annotated[
        str | None, typer.Option("--recipe", "-r", help="Start from this programme; `registrar recipes` lists them.")
    ] = None,
) -> None:
    """Write a first, commented configuration; never over an existing file."""
    with screen_of() as screen:
        from console.commands import init as command

        raise typer.Exit(command.run(screen, directory, recipe))


@app.command(short_help="List the published programmes to start from.")
def recipes(
    name: Annotated[str | None, typer.Argument(help="Show this one; default: list all.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List programmes that vendors have published, as rules to start from, or show one with its cases."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import recipes as command

        raise typer.Exit(command.run(screen, name))


@app.command(short_help="Check everything that can be wrong, all at once.")
def doctor(connections: Connections = None, directory: Directory = HERE, as_json: Json = False) -> None:
    """Check configuration, ledger, logins, permissions, fields, picklists and clocks, all at once.

    Ends with 1 when there is an error. A warning stops no pass, so warnings alone end with 0.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import doctor as command

        raise typer.Exit(command.run(screen, directory, connections or ()))


@app.command(short_help="Run the daemon.")
def run(directory: Directory = HERE) -> None:
    """Run the daemon until it is told to stop (SIGTERM, Ctrl-C); it finishes the step in hand."""
    with screen_of() as screen:
        from console.commands import passes

        raise typer.Exit(passes.run(screen, directory))


@app.command(short_help="Run one pass over each connection.")
def sync(
    connections: Connections = None,
    until_quiet: Annotated[
        bool,
        typer.Option("--until-quiet/--once", help="Repeat until nothing is left to do, ten times at most; or once."),
    ] = False,
    approve: Annotated[
        bool, typer.Option("--approve", help="Let this pass through the brakes; look at `registrar plan` first.")
    ] = False,
    readopt: Annotated[
        bool,
        typer.Option(
            "--readopt", help="Take over what the CRMs show to be newer than a restored ledger; do nothing else."
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print nothing unless something went wrong: for cron.")
    ] = False,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Pull, decide and push once, then end: for cron and for a first look.

    What it did goes to stdout; of the log, only warnings and errors go to stderr.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import passes

        wanted = passes.Wanted(
            connections=tuple(connections or ()),
            rounds=passes.ROUNDS_MAX if until_quiet and not readopt else 1,
            is_approved=approve,
            is_readopting=readopt,
            is_quiet=quiet,
        )
        raise typer.Exit(passes.sync(screen, directory, wanted))


@app.command(short_help="Show what a pass would write; write nothing.")
def plan(connections: Connections = None, directory: Directory = HERE, as_json: Json = False) -> None:
    """Pull and decide as a pass does, then show what would be written, and write nothing."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import plan as command

        raise typer.Exit(command.run(screen, directory, connections or ()))


@app.command(short_help="Show freshness, results and what waits.")
def status(directory: Directory = HERE, as_json: Json = False) -> None:
    """Show connections, how fresh they are, registrations by status, and everything that waits for a person."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import status as command

        raise typer.Exit(command.run(screen, directory))


@app.command(short_help="Show the sync log.")
def log(
    registration: Annotated[str | None, typer.Option("--registration", "-r", help="REG-2026-00042.")] = None,
    ref: Annotated[str | None, typer.Option("--ref", help="A CRM record: connection/object/id, or its id.")] = None,
    connection: Annotated[str | None, typer.Option("--connection", "-c", help="One connection.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", help='An instant or a time back: 2026-03-01, "2 h", "3 days".')
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=100_000, help="At most so many lines.")] = 100,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Show the sync log: passes, what they received, decided and wrote, newest last."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import log as command

        wanted = command.Wanted(registration=registration, ref=ref, connection=connection, since=since, limit=limit)
        raise typer.Exit(command.run(screen, directory, wanted))


@app.command(short_help="Tell why a registration is as it is.")
def explain(
    registration: Annotated[
        str, typer.Argument(help="REG-2026-00042, the id of its CRM record, or part of the customer's name.")
    ],
    audience: Annotated[
        str,
        typer.Option(
            "--audience",
            "-a",
            metavar="[partner|support|auditor]",
            help="partner: what the partner may read; support: everything; auditor: with hashes and chain.",
        ),
    ] = "support",
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Tell why a registration is as it is: every rule with the facts, where they came from and when, and what would have
    changed it.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import explain as command

        raise typer.Exit(command.run(screen, directory, registration, audience))


@app.command(short_help="Check the ledger's chain and rows.")
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="A checkpoint that was exported; finds any later alteration.")
    ] = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Check the ledger: the chain, every entry's hash, and that replaying gives the same rows.

    Against an exported checkpoint it also finds what was changed, removed, inserted or put in another order by somebody
    who made all hashes fit again.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import verify as command

        raise typer.Exit(command.run(screen, directory, checkpoint))


@app.command(short_help="Show the whole job on two simulated CRMs.")
def demo(
    days: Annotated[int, typer.Option("--days", min=1, max=120, help="Simulated days.")] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    scale: Annotated[float, typer.Option("--scale", min=0.01, max=200, help="1: 7,000 deals, 500 submissions.")] = 1.0,
    ledger: Annotated[str | None, typer.Option("--ledger", help="A database URL; default: a file in DIR.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep configuration and ledger here.")] = None,
    stay: Annotated[
        bool | None, typer.Option("--stay/--no-stay", help="Stay up until Ctrl-C; default: on a terminal.")
    ] = None,
) -> None:
    """Show the whole job on two simulated CRMs: nothing to set up, nothing leaves this machine.

    Takes about a minute. On a terminal both CRMs then stay up for a look until Ctrl-C.
    """
    with screen_of() as screen:
        from console.demo.run import Wanted, run

        wanted = Wanted(days=days, seed=seed, scale=scale, ledger_url=ledger, keep=keep, stay=stay)
        raise typer.Exit(run(screen, wanted))


def main() -> None:
    """Run the command line; what the wheel's `registrar` script calls."""
    app()


if __name__ == "__main__":
    main()
