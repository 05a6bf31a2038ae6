"""`registrar match`: compare two files of customers, tell why two records match, and measure the matcher on labelled ones.

Only the commands' options stand here; each body imports its work when it runs. Only a reviewer's word needs a ledger, none
needs a network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, LOOKS, Directory, Json, screen_of

match = typer.Typer(help="Which submissions mean which customers and deals, without a ledger.", **LOOKS)

Left = Annotated[Path, typer.Option("--left", help="Submissions, one JSON object a line.")]
Right = Annotated[Path, typer.Option("--right", help="What is on file, one JSON object a line.")]
One = Annotated[str, typer.Argument(help="connection/object/id, a record's id, or a registration's id.")]
Other = Annotated[str, typer.Argument(help="The other one.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; default: your login name.")]
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


def _say(one: str, other: str, word: str | None, by: str | None, directory: Path) -> None:
    """Enter a reviewer's word, and end with its exit code."""
    with screen_of() as screen:
        from console.commands import sayings as command

        raise typer.Exit(command.say(screen, directory, command.Word(one=one, other=other, verdict=word, by=by)))


@match.command(short_help="Say that two records are one customer.")
def same(one: One, other: Other, by: By = None, directory: Directory = HERE) -> None:
    """Say that two records are one customer, or one partner. It beats every score until `registrar match forget`."""
    _say(one, other, "same", by, directory)


@match.command(short_help="Say that two records are different customers.")
def different(one: One, other: Other, by: By = None, directory: Directory = HERE) -> None:
    """Say that two records are different customers, however alike they look."""
    _say(one, other, "different", by, directory)


@match.command(short_help="Say that two customers are related.")
def related(one: One, other: Other, by: By = None, directory: Directory = HERE) -> None:
    """Say that two customers are related: parent and subsidiary, or sisters. They are never merged."""
    _say(one, other, "related", by, directory)


@match.command(short_help="Take back what was said of two records.")
def forget(one: One, other: Other, by: By = None, directory: Directory = HERE) -> None:
    """Take back what was said of two records; the score counts again."""
    _say(one, other, None, by, directory)
