"""Take typed values out of nodes and note every problem on the way, so that one run tells them all.

Readers return None (or a default) for what is wrong and carry on; whoever started calls `Problems.stop_if_any()` at the end.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from config.source import Listing, Node, Scalar, Table, is_null
from rules.errors import ConfigError, Problem
from rules.mapping import Place

E = TypeVar("E", bound=StrEnum)

_YAML_1_1: Final[Mapping[str, str]] = {"yes": "true", "on": "true", "no": "false", "off": "false"}
_SHOWN_MAX: Final = 60
_NAMES_MAX: Final = 64  # a longer word is no slip of the pen, and comparing it would take long
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,20}\.?[0-9]{0,20}|\.[0-9]{1,20})(?:[eE][-+]?[0-9]{1,3})?", re.ASCII)
_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,18}", re.ASCII)


class Problems:
    """The problems found so far, in any number of files."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._told: set[tuple[Place, str, str]] = set()
        self._keys: set[str] = set()

    def add(self, place: Place, key: str, message: str, hint: str = "") -> None:
        """Note one problem, once, however often its place is read. message: a sentence that goes on after the key."""
        self._keys.add(key)
        told = (place, key.rpartition(".")[2], message)
        if told not in self._told:
            self._told.add(told)
            self._found.append(
                Problem(file=place.file, line=place.line, column=place.column, key=key, message=message, hint=hint)
            )

    def has(self, key: str) -> bool:
        """Tell whether there is a problem at a key path, or inside what stands there."""
        return any(each == key or each.startswith((f"{key}.", f"{key}[")) for each in self._keys)

    def extend(self, problems: Iterable[Problem]) -> None:
        self._found.extend(problems)

    def stop_if_any(self, beside: Iterable[Problem] = ()) -> None:
        """Raise ConfigError with all problems, in the order of the files.

        beside: problems that stop nothing by themselves and are told with the others.
        """
        if self._found:
            found = [*self._found, *beside]
            files = list(dict.fromkeys(each.file for each in found))
            raise ConfigError(sorted(found, key=lambda each: (files.index(each.file), each.line, each.column)))


def nearest(word: str, names: Collection[str]) -> str | None:
    """Return the known name that was probably meant, or None."""
    if len(word) > _NAMES_MAX:
        return None
    by_fold = {name.casefold(): name for name in names}
    found = get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else None


def one_of(names: Collection[str], word: str | None = None) -> str:
    """Return advice about a closed list: the nearest name if there is one, else all of them."""
    near = nearest(word, names) if word is not None else None
    if near:
        return f"Did you mean {near}?"
    return f"Write one of: {', '.join(names)}." if names else ""


def shown(node: Node) -> str:
    """Return a node as messages quote it: cut short, never a whole structure."""
    if isinstance(node, Table):
        return "a mapping"
    if isinstance(node, Listing):
        return "a list"
    if node.is_null:
        return "empty"
    text = node.text if len(node.text) <= _SHOWN_MAX else node.text[:_SHOWN_MAX] + "..."
    return repr(text)


def table(node: Node, key: str, problems: Problems) -> Table:
    """Return the mapping; an empty value is an empty one."""
    if isinstance(node, Table):
        return node
    if not is_null(node):
        problems.add(node.place, key, f"is {shown(node)}; expected a mapping (key: value lines).")
    return Table(place=node.place)


def listing(node: Node, key: str, problems: Problems) -> list[Node]:
    if isinstance(node, Listing):
        return node.items
    if not is_null(node):
        problems.add(node.place, key, f"is {shown(node)}; expected a list (- lines, or [a, b]).")
    return []


def known_keys(node: Table, names: Collection[str], key: str, problems: Problems) -> None:
    """Note every key of a mapping that is not among the names."""
    for name, place in node.key_places.items():
        if name not in names:
            problems.add(place, f"{key}.{name}" if key else name, "is not known here.", one_of(names, name))


def text(node: Node, key: str, problems: Problems) -> str | None:
    """Return the text of a value that must not be empty."""
    if isinstance(node, Scalar) and node.text.strip() and not node.is_null:
        return node.text.strip()
    problems.add(node.place, key, f"is {shown(node)}; expected text.")
    return None


def flag(node: Node, key: str, problems: Problems) -> bool | None:
    """Return true or false, spelt so; the yes and no of older YAML are refused with the word to write."""
    if isinstance(node, Scalar):
        word = node.text.lower()
        if word in ("true", "false"):
            return word == "true"
        if word in _YAML_1_1:
            problems.add(node.place, key, f"is {shown(node)}; expected true or false.", f"Write {_YAML_1_1[word]}.")
            return None
    problems.add(node.place, key, f"is {shown(node)}; expected true or false.")
    return None


def number(node: Node, key: str, problems: Problems, *, low: float, high: float) -> float | None:
    """Return a number within [low, high]."""
    expected = f"expected a number from {low:g} to {high:g}."
    if isinstance(node, Scalar):
        value = float(node.text) if _NUMBER.fullmatch(node.text) else float("nan")
        if low <= value <= high:
            return value
    problems.add(node.place, key, f"is {shown(node)}; {expected}", _digits_hint(node))
    return None


def whole(node: Node, key: str, problems: Problems, *, low: int, high: int) -> int | None:
    """Return a whole number within [low, high]."""
    if isinstance(node, Scalar):
        value = int(node.text) if _WHOLE.fullmatch(node.text) else None
        if value is not None and low <= value <= high:
            return value
    expected = f"expected a whole number from {low:,} to {high:,}."
    problems.add(node.place, key, f"is {shown(node)}; {expected}", _digits_hint(node))
    return None


def choice(
    node: Node, kind: type[E], key: str, problems: Problems, *, only: Collection[StrEnum] | None = None
) -> E | None:
    """Return a member of a closed list. only: those of its members that make sense here."""
    names = [str(member) for member in only or kind]
    if isinstance(node, Scalar) and node.text in names:
        return kind(node.text)
    word = node.text if isinstance(node, Scalar) else None
    problems.add(node.place, key, f"is {shown(node)}.", one_of(names, word))
    return None


def _digits_hint(node: Node) -> str:
    """Return "Write 90." for "90d" and "1,000", "Write 0.5." for "50%"."""
    if isinstance(node, Scalar) and node.text.isascii() and len(node.text) <= _NAMES_MAX:
        if node.text.endswith("%") and node.text[:-1].isdigit():
            return f"Write {int(node.text[:-1]) / 100:g}."
        digits = node.text.replace(",", "").replace("_", "").strip().rstrip("abcdefghijklmnopqrstuvwxyz% ")
        if digits.isdigit() and digits != node.text:
            return f"Write {digits}."
    return ""
