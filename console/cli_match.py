"""`registrar match`: compare two files of customers, tell why two records match, and measure the matcher on labelled ones.

Only the commands' options stand here; each body imports its work when it runs. None of them needs a ledger or a network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import LOOKS, Json, screen_of

match = typer.Typer(help="Which submissions mean which customers and deals, without a ledger.", **LOOKS)

Left = Annotated[Path, typer.Option("--left", help="Submissions, one JSON object a line.")]
Right = Annotated[Path, typer.Option("--right", help="What is on file, one JSON object a line.")]
Rules = Annotated[
    Path | None, typer.Option("--rules", help="A rules file whose `matching` counts; default: as shipped.")
]
Workers = Annotated[int | None, typer.Option("--workers", min=1, max=64, help="Processes; default: one per core.")]


@match.command(short_help="Match two files of records.")
def pairs(
    left: Left,
    right: Right,
    out: Annotated[Path, typer.Option("--out", help="Where the pairs go, one JSON object a line.")],
    rules: Rules = None,
    workers: Workers = None,
) -> None:
    """Match submissions with the records on file and write every pair worth a mention.

    A pair has score, relation, decision (auto, review or none), deal_score, and reasons that add up to the score's log-odds.
    The result does not depend on the order of the lines or on the number of processes.
    """
    with screen_of() as screen:
        from console.commands import match as command

        raise typer.Exit(command.pairs(screen, left, right, out, rules=rules, workers=workers))


@match.command(short_help="Measure the matcher on labelled pairs.")
def evaluate(
    left: Left,
    right: Right,
    truth: Annotated[
        Path, typer.Option("--truth", help="Labels, one JSON object a line: left, right, customer, deal.")
    ],
    pairs: Annotated[
        Path | None, typer.Option("--pairs", help="Pairs that were written before; default: match now.")
    ] = None,
    rules: Rules = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Print precision, recall and calibration on labelled pairs. A pair without a label counts as different."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import match as command

        found = command.Files(left=left, right=right, truth=truth, pairs=pairs)
        raise typer.Exit(command.evaluate(screen, found, rules=rules, workers=workers))


@match.command(short_help="Show why two records match, or do not.")
def why(
    one: Annotated[str, typer.Argument(help="A record as a JSON object, or its id in the file.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    file: Annotated[
        list[Path] | None, typer.Option("--file", "-f", help="Where ids are looked up; may be repeated.")
    ] = None,
    rules: Rules = None,
    as_json: Json = False,
) -> None:
    """Show the evidence for and against two records being one customer, and one deal. The terms add up to the score."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import match as command

        raise typer.Exit(command.why(screen, one, other, tuple(file or ()), rules=rules))
