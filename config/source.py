"""Read one YAML file into nodes that know where they stand, before anything is made of them.

Only the parser of ruamel.yaml is used, not its construction of values: every scalar stays the text that was written, so that
NO is a country and 1.10 keeps its nought, until the reader of a key says what type it wants. Refused here, with position:
aliases (which can grow a small file without bound), keys given twice, tags, several documents, files too large or too deep,
and what is no YAML at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from rules.errors import ConfigError, Problem
from rules.mapping import Place

BYTES_MAX: Final = 1_000_000
DEPTH_MAX: Final = 20
NODES_MAX: Final = 100_000
NAMING: Final = ("name", "code")  # what an item of a list is called by

_HINTS: Final = {
    "mapping values": "Put the value in quotes.",
    "parsing a flow": "Between {} or [], put a value that itself holds a bracket, a comma or a colon in quotes.",
    "cannot start any token": "Indent with spaces, not tabs; put a value that begins with such a character in quotes.",
}
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_NUMBER: Final = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalar:
    """One value as text. is_plain: written without quotes. is_one_line: it ends on the line on which it begins."""

    place: Place
    text: str
    is_plain: bool
    is_one_line: bool = True

    @property
    def is_null(self) -> bool:
        return self.is_plain and self.text in _NULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    place: Place
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A mapping in the order written. key_places: where each key stands, which is what messages point at."""

    place: Place
    items: dict[str, Node] = field(default_factory=dict)
    key_places: dict[str, Place] = field(default_factory=dict)


Node = Scalar | Listing | Table


def read_yaml(path: Path, *, name: str | None = None) -> Table:
    """Return the file's top mapping; an empty file is an empty one.

    name: how messages call the file, by default its own name. Raises ConfigError with everything found.
    """
    return parse_yaml(read_text(path, name=name), name=name or path.name)


def read_text(path: Path, *, name: str | None = None) -> str:
    """Return a file's text; raise ConfigError for one that cannot be read, is too large or no UTF-8."""
    shown = name or path.name
    try:
        with path.open("rb") as stream:
            data = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise _refused(shown, 0, 0, f"cannot be read ({error.strerror or 'input/output error'}).") from None
    if len(data) > BYTES_MAX:
        raise _refused(
            shown, 0, 0, f"is larger than {BYTES_MAX:,} bytes.", "Split it, or check that it is the right file."
        )
    return _decoded(data, shown)


def parse_yaml(data: bytes | str, *, name: str) -> Table:
    """Return the top mapping of YAML text; see read_yaml."""
    if isinstance(data, bytes):
        data = _decoded(data, name)
    builder = _Builder(name)
    root = builder.build(data)
    if builder.problems:
        raise ConfigError(builder.problems)
    if isinstance(root, Scalar) and root.is_null:
        return Table(place=root.place)
    if not isinstance(root, Table):
        raise _refused(name, root.place.line, root.place.column, "expected a mapping (key: value lines) at the top.")
    return root


def is_null(node: Node) -> bool:
    """Tell whether nothing was written, or null."""
    return isinstance(node, Scalar) and node.is_null


def plain(node: Node) -> Any:
    """Return ordinary Python values for a part that nobody typed: text, numbers, truth values, None, lists, dicts.

    Only what YAML 1.2 calls so is a number or a truth value; NO and 12:30 stay text.
    """
    if isinstance(node, Table):
        return {key: plain(value) for key, value in node.items.items()}
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    if not node.is_plain:
        return node.text
    if node.text in _NULL:
        return None
    if node.text in _TRUE or node.text in _FALSE:
        return node.text in _TRUE
    if _INTEGER.fullmatch(node.text) and len(node.text) < 20:
        return int(node.text)
    return float(node.text) if _NUMBER.fullmatch(node.text) else node.text


def words(node: Node) -> Any:
    """Return the node with every scalar as the text written (None for null): what typed readers start from."""
    if isinstance(node, Table):
        return {key: words(value) for key, value in node.items.items()}
    if isinstance(node, Listing):
        return [words(item) for item in node.items]
    return None if node.is_null else node.text


def find(root: Table, path: tuple[str | int, ...]) -> Place:
    """Return the place of the key at a path, or of the nearest key above it.

    An item of a list is found by its number or by its name, see `name_of`.
    """
    node: Node = root
    place = root.place
    for step in path:
        if isinstance(node, Table) and step in node.items:
            place, node = node.key_places[str(step)], node.items[str(step)]
        elif isinstance(node, Listing) and (item := _item(node, step)) is not None:
            node = item
            place = node.place
        else:
            break
    return place


def name_of(node: Node) -> str | None:
    """Return what an item of a list is called: its name, or its code."""
    for key in NAMING:
        named = node.items.get(key) if isinstance(node, Table) else None
        if isinstance(named, Scalar) and named.text:
            return named.text
    return None


def _item(node: Listing, step: str | int) -> Node | None:
    if isinstance(step, int):
        return node.items[step] if step < len(node.items) else None
    return next((item for item in node.items if name_of(item) == step), None)


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise _refused(name, line, column, "is not UTF-8 text.", "Save the file as UTF-8.") from None


def _refused(name: str, line: int, column: int, message: str, hint: str = "") -> ConfigError:
    return ConfigError([Problem(file=name, line=line, column=column, key="", message=message, hint=hint)])


class _TooMuchError(Exception):
    """The file is deeper or larger than any configuration; reading on would only cost memory."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


class _Builder:
    """Builds the tree from the parser's events, one file each."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._count = 0

    def build(self, text: str) -> Node:
        root: Node | None = None
        try:
            events = YAML(typ="safe", pure=True).parse(text)
            for event in events:
                if not isinstance(event, DocumentStartEvent):
                    continue  # the start and end of the stream and of the document
                if root is not None:
                    self._problem(event, "a second document begins here; one file holds one document.")
                    break
                root = self._node(next(events), events, depth=1)
        except _TooMuchError as error:
            self._add(error.place, error.message)
        except YAMLError as error:
            self._broken(error, text)
        return root or Table(place=Place(file=self._name, line=1, column=1))

    def _node(self, event: Any, events: Iterator[Any], *, depth: int) -> Node:
        self._count += 1
        if depth > DEPTH_MAX:
            raise _TooMuchError(self._at(event), f"is nested more than {DEPTH_MAX} levels deep.")
        if self._count > NODES_MAX:
            raise _TooMuchError(self._at(event), f"holds more than {NODES_MAX:,} values.")
        if isinstance(event, AliasEvent):
            self._problem(event, f"an alias (*{event.anchor}) is not allowed here.", "Write the value out.")
            return Scalar(place=self._at(event), text="", is_plain=True)
        if event.tag is not None and event.tag != "!":  # "!" alone only says that text is text
            self._problem(event, f"a tag ({event.tag}) is not allowed here.", "Leave it out.")
        if isinstance(event, MappingStartEvent):
            return self._table(event, events, depth=depth)
        if isinstance(event, SequenceStartEvent):
            return self._listing(event, events, depth=depth)
        return Scalar(
            place=self._at(event),
            text=event.value,
            is_plain=event.implicit[0] and event.style is None,
            is_one_line=event.start_mark.line == event.end_mark.line,
        )

    def _table(self, start: Any, events: Iterator[Any], *, depth: int) -> Table:
        table = Table(place=self._at(start))
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._node(event, events, depth=depth + 1)
            value = self._node(next(events), events, depth=depth + 1)
            if not isinstance(key, Scalar):
                self._problem(event, "a key must be plain text.")
            elif key.text in table.items:
                first = table.key_places[key.text].line
                self._problem(event, f"{key.text!r} is given twice; first on line {first}.", "Keep one of them.")
            else:
                table.items[key.text] = value
                table.key_places[key.text] = key.place
        return table

    def _listing(self, start: Any, events: Iterator[Any], *, depth: int) -> Listing:
        listing = Listing(place=self._at(start))
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            listing.items.append(self._node(event, events, depth=depth + 1))
        return listing

    def _broken(self, error: YAMLError, text: str) -> None:
        """Note where the text stops being YAML, in the parser's words, which never quote the text."""
        place = Place(file=self._name)
        message = str(getattr(error, "reason", "")) or "no YAML"
        if isinstance(error, MarkedYAMLError):
            mark = error.problem_mark or error.context_mark
            message = ", ".join(part for part in (error.context, error.problem) if part)
            if mark is not None:
                place = Place(file=self._name, line=mark.line + 1, column=mark.column + 1)
        elif isinstance(error, ReaderError):  # a character that no YAML may hold
            before = text[: error.position]
            place = Place(
                file=self._name, line=before.count("\n") + 1, column=len(before) - (before.rfind("\n") + 1) + 1
            )
        hint = next(
            (hint for words, hint in _HINTS.items() if words in message), "Check indentation, quotes and colons."
        )
        self._add(place, f"cannot be read as YAML: {message}.", hint)

    def _at(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(file=self._name, line=mark.line + 1, column=mark.column + 1)

    def _problem(self, event: Any, message: str, hint: str = "") -> None:
        self._add(self._at(event), message, hint)

    def _add(self, place: Place, message: str, hint: str = "") -> None:
        self.problems.append(
            Problem(file=self._name, line=place.line, column=place.column, key="", message=message, hint=hint)
        )
