"""Records as lines of JSON: read them, one object a line, and say where a line is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from rules.errors import ConfigError, Problem


def lines_of(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file that are not blank."""
    with path.open("rb") as file:
        for line in file:
            if not line.isspace():
                yield line


def rows_of(path: Path, lines: Iterable[bytes] | None = None) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, or of some of its lines; raise for a line that is none."""
    for line in lines_of(path) if lines is None else lines:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise ConfigError([faulty(path, f"{_start(line)} is not JSON: {error}.")]) from None
        if not isinstance(row, dict):
            raise ConfigError([faulty(path, f"{_start(line)} is not a JSON object.")])
        yield row


def faulty(path: Path, message: str) -> Problem:
    """Return what is wrong with a file."""
    return Problem(file=str(path), line=0, column=0, key="", message=message)


def _start(line: bytes) -> str:
    return line[:60].decode(errors="replace").strip()
