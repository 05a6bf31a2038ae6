"""The commands by which the ledger is kept and proves itself: checkpoints, backups, and their place in `registrar`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.options import HERE, LOOKS, Directory, Json, screen_of

checkpoint = typer.Typer(name="checkpoint", help="What the ledger held at a moment, to be kept elsewhere.", **LOOKS)

proofs = typer.Typer(**LOOKS)  # its commands stand beside the others

Out = Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file; default: stdout.")]


@checkpoint.command(short_help="Write a checkpoint of the ledger.")
def export(
    out: Out = None,
    since: Annotated[
        Path | None, typer.Option("--since", help="Also prove that the ledger grew from this earlier checkpoint.")
    ] = None,
    directory: Directory = HERE,
) -> None:
    """Write a checkpoint: size, Merkle root and last hash. Keep it where who can change the ledger cannot.

    REGISTRAR_CHECKPOINT_KEY signs it: the PEM of an Ed25519 key, or `hmac:` and a shared secret.
    """
    with screen_of() as screen:
        from console.commands import checkpoint as command

        raise typer.Exit(command.export(screen, directory, out, since))


@checkpoint.command(short_help="Check a checkpoint without the ledger.")
def check(
    file: Annotated[Path, typer.Argument(help="The checkpoint.")],
    since: Annotated[
        Path | None, typer.Option("--since", help="An earlier checkpoint that it must have grown from.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a checkpoint by itself, and its signature; with --since, that nothing was changed since an earlier one.

    `registrar verify --checkpoint FILE` holds the ledger against it.
    """
    with screen_of(is_json=as_json) as screen:
        from console.commands import checkpoint as command

        raise typer.Exit(command.check(screen, file, since))


@proofs.command(short_help="Back the ledger up while it is in use.")
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; never over an existing one.")],
    directory: Directory = HERE,
) -> None:
    """Write the whole ledger, as it is at one moment, into one file, and a checkpoint of it beside.

    The daemon goes on meanwhile. The file is a SQLite ledger, also where the ledger lives in PostgreSQL.
    """
    with screen_of() as screen:
        from console.commands import backup as command

        raise typer.Exit(command.run(screen, directory, file))


@proofs.command(short_help="Bring a backup back.")
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `registrar backup` wrote.")],
    directory: Directory = HERE,
) -> None:
    """Fill the ledger's place, a missing file or an empty database, from a backup that verifies.

    The passes that follow read all CRMs first. Where one shows later writes than the restored ledger made, they stop with
    exit code 3 and say what to do: nothing is decided or written before `registrar sync --readopt`.
    """
    with screen_of() as screen:
        from console.commands import backup as command

        raise typer.Exit(command.restore(screen, directory, file))


@proofs.command(short_help="Prove to a partner that a submission was recorded.")
def receipt(
    registration: Annotated[
        str | None, typer.Argument(help="REG-2026-00042, or what else it is called.", show_default=False)
    ] = None,
    out: Out = None,
    check: Annotated[Path | None, typer.Option("--check", help="Check this receipt instead; needs no ledger.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="The checkpoint to prove it by, or to check it against.")
    ] = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Write a receipt: the entry by which a submission was recorded, and the proof that it stands in the ledger.

    It holds nothing of anybody else. Whoever has it can check it with --check, without the ledger.
    """
    _one_of(registration, check)
    with screen_of(is_json=as_json) as screen:
        from console.commands import receipt as command

        if check is not None:
            raise typer.Exit(command.check(screen, check, checkpoint))
        raise typer.Exit(command.run(screen, directory, registration or "", out, checkpoint))


@proofs.command(short_help="Export a dispute's evidence.")
def casefile(
    registration: Annotated[
        str | None, typer.Argument(help="REG-2026-00042, or what else it is called.", show_default=False)
    ] = None,
    out: Out = None,
    check: Annotated[
        Path | None, typer.Option("--check", help="Check this case file instead; needs no ledger.")
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", help="With --check: a checkpoint it must agree with.")
    ] = None,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Write all entries of a registration and its rivals, each with its proof, the explanations and the policies.

    It names all parties: it is for those who settle the dispute, not for one of them.
    """
    _one_of(registration, check)
    with screen_of(is_json=as_json) as screen:
        from console.commands import casefile as command

        if check is not None:
            raise typer.Exit(command.check(screen, check, checkpoint))
        raise typer.Exit(command.run(screen, directory, registration or "", out))


@proofs.command(short_help="Erase a person's data; the chain stays valid.")
def erase(
    email: Annotated[str | None, typer.Option("--email", help="The person's mail address.")] = None,
    record: Annotated[
        str | None, typer.Option("--record", help="Or their CRM record: connection/object/id, or its id.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only tell what would be erased.")] = False,
    directory: Directory = HERE,
    as_json: Json = False,
) -> None:
    """Take a person's address and personal values out of everything the ledger holds; entries hold pseudonyms only.

    Erase the person in the CRMs first: a newer version of a row read from there brings back what it holds.
    """
    if (email is None) == (record is None):
        raise typer.BadParameter("Give --email or --record.")
    with screen_of(is_json=as_json) as screen:
        from console.commands import erase as command

        raise typer.Exit(command.run(screen, directory, email, record, is_confirmed=yes))


def _one_of(registration: str | None, check: Path | None) -> None:
    if (registration is None) == (check is None):
        raise typer.BadParameter("Name a registration, or a file to --check.")
