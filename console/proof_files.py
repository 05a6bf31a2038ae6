"""Files of proof as the commands read and write them, and the key that the environment holds for them.

REGISTRAR_CHECKPOINT_KEY signs and checks; who only checks may hold the public half alone.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.screen import Screen

if TYPE_CHECKING:
    from ledger.checkpoint import Checkpoint
    from ledger.signing import Key

KEY_VARIABLE: Final = "REGISTRAR_CHECKPOINT_KEY"


def key_of(environ: Mapping[str, str] | None = None) -> Key | None:
    """Return the key of the environment, None where it holds none."""
    from ledger.errors import LedgerError
    from ledger.signing import read_key

    text = (os.environ if environ is None else environ).get(KEY_VARIABLE, "").strip()
    if not text:
        return None
    try:
        return read_key(text)
    except LedgerError as error:
        raise LedgerError(f"{KEY_VARIABLE}: {error.message}", code=error.code, retry_class=error.retry_class) from None


def read_bytes(path: Path) -> bytes:
    """Return what a file holds; raise LedgerError in words where it cannot be read."""
    from ledger.signing import refused

    try:
        return path.read_bytes()
    except OSError as error:
        raise refused("cannot_open", f"{path} cannot be read ({error.strerror}).") from None


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint of a file."""
    from ledger import checkpoint

    return checkpoint.read(read_bytes(path), what=str(path))


def write(screen: Screen, data: Mapping[str, Any], path: Path | None, *, told: str) -> None:
    """Write a document to a file, never over another one, or to stdout. told: what to say of the file."""
    import orjson

    from ledger.signing import refused

    if path is None:
        screen.json(data)
        return
    try:
        with path.open("xb") as file:
            file.write(orjson.dumps(data, option=orjson.OPT_INDENT_2) + b"\n")
    except FileExistsError:
        raise refused(
            "file_exists", f"{path} exists already; evidence is never written over. Name another file."
        ) from None
    except OSError as error:
        raise refused("cannot_open", f"{path} cannot be written ({error.strerror}).") from None
    screen.talk(f"{path}: {told}")
