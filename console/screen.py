"""Show results: tables on a terminal, plain lines elsewhere, JSON where a script asks. Data to stdout, talk to stderr.

Text from a CRM is data: control characters are taken out, so that a record's name cannot drive the terminal, and nothing
in it is read as markup.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TextIO

from rules.records import CrmRef

Cell = str | int | float | None
_DIRECTIONS: Final = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))  # they reorder what is shown
_CONTROLS: Final = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029), " "),
    **dict.fromkeys(_DIRECTIONS, ""),
}


class Screen:
    """Where a command speaks. is_json: data goes out as one JSON document and nothing else does."""

    def __init__(self, *, is_json: bool = False, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.is_json = is_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    @property
    def is_terminal(self) -> bool:
        """Tell whether a person looks at the data."""
        return not self.is_json and self._out.isatty()

    def json(self, value: Any) -> None:
        """Print one JSON document."""
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS
        self._out.write(orjson.dumps(value, default=_jsonable, option=options).decode() + "\n")

    def line(self, text: str = "") -> None:
        """Print one line of data."""
        self._out.write(clean(text) + "\n")

    def talk(self, text: str) -> None:
        """Say something to the person, beside the data."""
        self._err.write("\n".join(clean(line) for line in text.split("\n")) + "\n")

    def heading(self, text: str) -> None:
        if self.is_terminal:
            self._console().print(_text(text, "bold"))
        else:
            self.line(text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, title: str | None = None) -> None:
        """Print rows under column names; nothing at all where there are no rows."""
        if not rows:
            return
        cells = [[clean(_shown(cell)) for cell in row] for row in rows]
        if self.is_terminal:
            self._rich_table(columns, cells, title)
            return
        if title:
            self.line(title)
        widths = [max(len(line[index]) for line in [list(columns), *cells]) for index in range(len(columns))]
        for line in [list(columns), *cells]:
            padded = "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
            self._out.write(padded.rstrip() + "\n")

    def _rich_table(self, columns: Sequence[str], cells: Sequence[Sequence[str]], title: str | None) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        drawn = Table(*columns, box=SIMPLE_HEAD, title=_text(title, "bold") if title else None, title_justify="left")
        for line in cells:
            drawn.add_row(*(_text(word, _STYLES.get(word, "")) for word in line))
        self._console().print(drawn)

    def _console(self) -> Any:
        from rich.console import Console

        return Console(file=self._out, highlight=False)


_STYLES: Final = {
    "complete": "green",
    "partial": "yellow",
    "failed": "red",
    "braked": "red",
    "error": "red",
    "warning": "yellow",
    "active": "green",
    "blocked": "red",
    "registered": "green",
    "refused": "red",
}


def clean(text: str) -> str:
    """Return one line of text without control characters or direction overrides."""
    return text.translate(_CONTROLS)


def moment(at: datetime | None) -> str:
    """Return an instant as people read it, in UTC to the second; "never" for None."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ") if at is not None else "never"


def ago(at: datetime | None, now: datetime) -> str:
    """Return how long ago an instant was, in its two largest units."""
    if at is None:
        return "never"
    seconds = max(0, int((now - at).total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((index for index, (count, _) in enumerate(parts) if count), None)
    if first is None:
        return "now"
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) + " ago"


def shallow(record: Any) -> dict[str, Any]:
    """Return a dataclass's fields by name, as they are (dataclasses.asdict would take references apart)."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _shown(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def _text(text: str, style: str = "") -> Any:
    from rich.text import Text

    return Text(text, style=style)


def _jsonable(value: Any) -> Any:
    if isinstance(value, CrmRef):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return shallow(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | date):
        return str(value)
    if isinstance(value, frozenset | set):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
