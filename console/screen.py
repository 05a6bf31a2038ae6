"""Show results: tables on a terminal, plain lines elsewhere, JSON where a script asks. Data to stdout, talk to stderr.

Text from a CRM is data: control characters are taken out, so that a record's name cannot drive the terminal, and nothing
in it is read as markup.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Collection, Mapping, Sequence
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
        self._out = _lenient(out or sys.stdout)
        self._err = _lenient(err or sys.stderr)

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

    def progress(self, text: str) -> None:
        """Show how far something is, in one line that the next word replaces; only where a person looks on."""
        if self._err.isatty():
            self._err.write(f"\r\x1b[K{clean(text)}")
            self._err.flush()

    def progress_ended(self) -> None:
        """Take the line of progress away."""
        if self._err.isatty():
            self._err.write("\r\x1b[K")
            self._err.flush()

    def heading(self, text: str) -> None:
        if self.is_terminal:
            self._console().print(_text(text, "bold"))
        else:
            self.line(text)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[Cell]],
        *,
        title: str | None = None,
        prose: Collection[str] = (),
    ) -> None:
        """Print rows under column names; nothing at all where there are no rows.

        prose: the columns of sentences. Only they are wrapped on a terminal; codes, ids and numbers are never cut.
        """
        if not rows:
            return
        cells = [[clean(_shown(cell)) for cell in row] for row in rows]
        if self.is_terminal:
            self._rich_table(columns, cells, title, prose)
            return
        if title:
            self.line(title)
        for line in _aligned([list(columns), *cells]):
            self._out.write(line + "\n")

    def _rich_table(
        self, columns: Sequence[str], cells: Sequence[Sequence[str]], title: str | None, prose: Collection[str]
    ) -> None:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        console = self._console()
        fixed = [index for index, name in enumerate(columns) if name not in prose]
        widths = _widths([list(columns), *cells])
        needed = sum(widths[index] + _PADDING for index in fixed) + (len(columns) - len(fixed)) * _PROSE_WIDTH_MIN
        if needed > console.width:
            self._stacked(console, columns, cells, title, fixed)
            return
        drawn = Table(box=SIMPLE_HEAD, title=_text(title, "bold") if title else None, title_justify="left")
        for index, name in enumerate(columns):
            drawn.add_column(name, no_wrap=index in fixed)
        for line in cells:
            drawn.add_row(*(_text(word, _STYLES.get(word, "")) for word in line))
        console.print(drawn)

    def _stacked(
        self,
        console: Any,
        columns: Sequence[str],
        cells: Sequence[Sequence[str]],
        title: str | None,
        fixed: Sequence[int],
    ) -> None:
        """Print each row on a line of its own with its sentences below, where the columns do not fit side by side."""
        from rich.padding import Padding

        if title:
            console.print(_text(title, "bold"))
        lines = [list(columns), *cells]
        heads = _aligned([[line[index] for index in fixed] for line in lines])
        for number, (head, line) in enumerate(zip(heads, lines, strict=True)):
            console.print(_text(head, "bold" if number == 0 else ""), soft_wrap=True)
            for index, word in enumerate(line):
                if number > 0 and index not in fixed and word not in ("", "-"):
                    console.print(Padding(_text(word, "dim"), (0, 0, 0, 4)))
        console.print()

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


_PADDING: Final = 2  # of one column of a drawn table
_PROSE_WIDTH_MIN: Final = 24  # a sentence in a narrower column is no longer read


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


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Return a number with its noun: counted(1, "pass", "passes") is "1 pass"."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def shortened(text: str, length: int) -> str:
    """Return the text, with its end replaced by "..." where it is longer."""
    return text if len(text) <= length else text[: length - 3].rstrip() + "..."


def shallow(record: Any) -> dict[str, Any]:
    """Return a dataclass's fields by name, as they are (dataclasses.asdict would take references apart)."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


def _lenient(stream: TextIO) -> TextIO:
    """Have a stream write "?" for what its encoding has no sign for, instead of failing half-way through a table."""
    if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="replace")
    return stream


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    """Return how many cells of a terminal each column takes: a Chinese character takes two."""
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(*lines, strict=True)]


def _aligned(lines: Sequence[Sequence[str]]) -> list[str]:
    from rich.cells import cell_len

    widths = _widths(lines)
    return [
        "  ".join(word + " " * (width - cell_len(word)) for word, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


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
