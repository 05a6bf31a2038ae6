"""`registrar review`: what waits for a person, and a person's word on it. Only the commands' options stand here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, LOOKS, Directory, Json, screen_of

review = typer.Typer(help="See what waits for a person, and decide it.", **LOOKS)

Registration = Annotated[str, typer.Argument(help="REG-2026-00042.")]
Actor = Annotated[
    str | None, typer.Option("--as", help="Who decides: a CRM user's id or mail address; default: your login name.")
]
Reason = Annotated[str | None, typer.Option("--reason", help="A reason code; docs/reasons.md and the rules list them.")]
Until = Annotated[
    str | None, typer.Option("--until", help="Last protected day: 2026-12-31; default: as the rules say.")
]


@review.command("list", short_help="Show what waits for a person.")
def list_(directory: Directory = HERE, as_json: Json = False) -> None:
    """Show every registration that waits for a person: why, since when, and what was proposed."""
    with screen_of(is_json=as_json) as screen:
        from console.commands import review as command

        raise typer.Exit(command.listing(screen, directory))


def _decide(registration: str, kind: str, *, directory: Path, actor: str | None, **more: str | None) -> None:
    """Give a person's command, and end with its exit code."""
    with screen_of() as screen:
        from console.commands import review as command

        wanted = command.Wanted(registration=registration, kind=kind, actor=actor, **more)
        raise typer.Exit(command.decide(screen, directory, wanted))


@review.command(short_help="Do what somebody proposed.")
def follow(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Do what somebody proposed who could not be followed as it was: `registrar review list` shows proposals."""
    _decide(registration, "follow", directory=directory, actor=actor)


@review.command(short_help="Do not do what somebody proposed.")
def dismiss(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Answer a proposal by not following it; the registration goes on by the rules."""
    _decide(registration, "dismiss", directory=directory, actor=actor)


@review.command(short_help="Register a deal.")
def approve(registration: Registration, until: Until = None, actor: Actor = None, directory: Directory = HERE) -> None:
    """Register the deal, as a channel manager does by editing the status in the CRM."""
    _decide(registration, "approve", directory=directory, actor=actor, until=until)


@review.command(short_help="Refuse a deal, or end a registration.")
def refuse(registration: Registration, reason: Reason = None, actor: Actor = None, directory: Directory = HERE) -> None:
    """Refuse the deal, or end its registration."""
    _decide(registration, "refuse", directory=directory, actor=actor, reason=reason)


@review.command("return", short_help="Send a submission back to the partner.")
def return_(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Send the submission back to the partner, to be completed."""
    _decide(registration, "return", directory=directory, actor=actor)


@review.command(short_help="Withdraw a registration.")
def withdraw(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Withdraw the registration, as the partner asked."""
    _decide(registration, "withdraw", directory=directory, actor=actor)


@review.command(short_help="Extend a protection.")
def extend(registration: Registration, until: Until = None, actor: Actor = None, directory: Directory = HERE) -> None:
    """Extend the protection, by what the rules say or until a day."""
    _decide(registration, "extend", directory=directory, actor=actor, until=until)


@review.command(short_help="Tell the partner that it takes longer.")
def research(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Answer 'we are looking into it', which moves the time to answer once."""
    _decide(registration, "research", directory=directory, actor=actor)


@review.command(short_help="Set a registration back to review.")
def reopen(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Set the registration back to review; only a person decides it then."""
    _decide(registration, "reopen", directory=directory, actor=actor)


@review.command(short_help="Enter a partner's appeal.")
def appeal(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Enter the partner's appeal against a refusal; in time, the case goes back to a person."""
    _decide(registration, "appeal", directory=directory, actor=actor)


@review.command(short_help="Enter a dispute about an outcome.")
def dispute(registration: Registration, actor: Actor = None, directory: Directory = HERE) -> None:
    """Enter a party's dispute; in time, the case goes back to a person."""
    _decide(registration, "dispute", directory=directory, actor=actor)


@review.command("object", short_help="Enter an objection.")
def object_(
    registration: Registration,
    by: Annotated[
        str, typer.Option("--by", help="Who objects: a partner's id, or with --seller a user's id or address.")
    ],
    seller: Annotated[bool, typer.Option("--seller", help="One of the vendor's own sellers objects.")] = False,
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", "-e", help="What they show, by kind; may be repeated.")
    ] = None,
    directory: Directory = HERE,
) -> None:
    """Enter an objection of somebody who already works the deal.

    In time, the case goes to a person with both sides' evidence. Neither side learns the other's name.
    """
    with screen_of() as screen:
        from console.commands import review as command

        objection = command.Objecting(
            registration=registration, by=by, is_seller=seller, evidence=tuple(evidence or ())
        )
        raise typer.Exit(command.object_to(screen, directory, objection))
