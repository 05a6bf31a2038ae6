"""Read a setting that may differ from case to case (rules/choice.py), in any of the ways in which it can be written.

    length: 90 days                                                                    one value
    length: {by: partner.tier, gold: 120 days, "silver, bronze": 90 days, else: 60 days}      a table by one fact
    percent: {band: deal.units, "100..499": 5 %, "500..": 8 %}                         bands; both ends belong to one
    length: [{when: deal.is_tender, then: 180 days}, {else: 90 days}]                  conditions in order

Each line becomes a row with a condition, compiled like any other, so that explanations tell the same about all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from config.bands import EXPECTED as BAND_EXPECTED
from config.bands import band
from config.conditions import Language, read_condition
from config.reading import Problems, nearest, shown
from config.source import Listing, Node, Scalar, Table
from rules.choice import Choice, Row
from rules.expression import Condition, ExpressionError, Type
from rules.mapping import Place

BY: Final = "by"
BAND: Final = "band"
ELSE: Final = "else"
WHEN: Final = "when"
THEN: Final = "then"
EXPECTED: Final = "one value, a table (by: a fact), bands (band: a number), or a list of when, then and else"

_NUMBER: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?", re.ASCII)
_TRUTH: Final = ("true", "false")

Read = Callable[[Node, str], tuple[Any, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Turns nodes into rows. read: reads one value and tells whether it could. currency: of bands without one."""

    language: Language
    problems: Problems
    read: Read
    currency: str

    def choice(self, node: Node, key: str) -> Choice[Any] | None:
        """Return the choice, None when a problem was noted."""
        if isinstance(node, Listing):
            rows = self._in_order(node, key)
        elif isinstance(node, Table) and BY in node.items:
            rows = self._table(node, key)
        elif isinstance(node, Table) and BAND in node.items:
            rows = self._bands(node, key)
        elif isinstance(node, Table):
            self.problems.add(node.place, key, f"is a mapping without by or band; expected {EXPECTED}.")
            return None
        else:
            value, is_read = self.read(node, key)
            return Choice.always(value) if is_read else None
        return Choice(tuple(rows)) if rows else None

    def _table(self, node: Table, key: str) -> list[Row[Any]]:
        fact, kind = self._fact(node.items[BY], f"{key}.{BY}")
        seen: set[str] = set()

        def condition(name: str, place: Place, path: str) -> Condition | None:
            words = [word.strip() for word in name.split(",")]
            for word in words:
                if word.casefold() in seen or not word:
                    message = f"names {word!r} twice." if word else "has nothing between two commas."
                    self.problems.add(place, path, message)
                    return None
                seen.add(word.casefold())
            literals = [literal for word in words if kind and (literal := _literal(word, kind)) is not None]
            if kind is None or len(literals) < len(words):
                self.problems.add(place, path, f"is no value of {fact}, whose type is {kind}.")
                return None
            return self._compiled(_one_of(fact, kind, literals), place, path)

        return self._lines(node, key, BY, condition) if kind is not None else []

    def _bands(self, node: Table, key: str) -> list[Row[Any]]:
        fact, kind = self._fact(node.items[BAND], f"{key}.{BAND}")
        if kind is not None and kind not in (Type.NUMBER, Type.MONEY):
            hint = "Write by: for anything else."
            self.problems.add(
                node.items[BAND].place, key, f"has bands of {fact}, which is no number and no money.", hint
            )
            return []

        def condition(name: str, place: Place, path: str) -> Condition | None:
            found = band(name)
            if found is None or (found.currency is not None and kind is Type.NUMBER):
                self.problems.add(place, path, f"is no band of {fact}; expected {BAND_EXPECTED}.")
                return None
            if found.is_empty:
                self.problems.add(place, path, "begins above its end.")
                return None
            unit = "" if kind is Type.NUMBER else f" {found.currency or self.currency}"
            parts = [
                f"{fact} {sign} {each}{unit}"
                for sign, each in ((">=", found.low), ("<=", found.high))
                if each is not None
            ]
            return self._compiled(" and ".join(parts), place, path)

        return self._lines(node, key, BAND, condition) if kind is not None else []

    def _fact(self, node: Node, key: str) -> tuple[str, Type | None]:
        name = node.text.strip() if isinstance(node, Scalar) else ""
        kind = self.language.types.get(name)
        if kind is None:
            near = nearest(name, self.language.types) if name else None
            hint = f"Did you mean {near}?" if near else "Write the name of a fact, such as partner.tier."
            self.problems.add(node.place, key, f"is {shown(node)}, no fact.", hint)
        return name, kind

    def _lines(
        self, node: Table, key: str, how: str, condition: Callable[[str, Place, str], Condition | None]
    ) -> list[Row[Any]]:
        """Return the lines of a table or of bands; else comes last, wherever it stands."""
        rows, last = [], []
        if len(node.items) == 1:
            self.problems.add(node.place, key, "names a fact to choose by, but no values.")
        for name, inner in node.items.items():
            if name == how:
                continue
            path = f"{key}.{name}"
            when = None if name == ELSE else condition(name, node.key_places[name], path)
            value, is_read = self.read(inner, path)
            if is_read and name == ELSE:
                last = [Row(value)]
            elif is_read and when is not None:
                rows.append(Row(value, when, name))
        return rows + last

    def _in_order(self, node: Listing, key: str) -> list[Row[Any]]:
        rows = []
        if not node.items:
            self.problems.add(node.place, key, f"is an empty list; expected {EXPECTED}.")
        for number, item in enumerate(node.items, 1):
            row = self._line(item, f"{key}[{number}]")
            if row is None:
                continue
            if row.when is None and number < len(node.items):
                self.problems.add(item.place, f"{key}[{number}]", "holds always, so nothing after it is asked.")
            rows.append(row)
        return rows

    def _line(self, item: Node, key: str) -> Row[Any] | None:
        """Return {when: ..., then: ...} or {else: ...} as a row."""
        names = set(item.items) if isinstance(item, Table) else set()
        if not isinstance(item, Table) or names not in ({WHEN, THEN}, {ELSE}):
            message = (
                f"is {shown(item)}; expected {{when: a condition, then: a value}}, or {{else: a value}} at the end."
            )
            self.problems.add(item.place, key, message)
            return None
        if ELSE in names:
            value, is_read = self.read(item.items[ELSE], f"{key}.{ELSE}")
            return Row(value) if is_read else None
        condition = read_condition(item.items[WHEN], f"{key}.{WHEN}", self.language, self.problems)
        value, is_read = self.read(item.items[THEN], f"{key}.{THEN}")
        return Row(value, condition, condition.text) if condition is not None and is_read else None

    def _compiled(self, text: str, place: Place, path: str) -> Condition | None:
        try:
            return self.language.condition(text)
        except ExpressionError as error:
            for fault in error.faults:
                self.problems.add(place, path, fault.message, fault.hint)
            return None


def _one_of(fact: str, kind: Type, literals: list[str]) -> str:
    if kind is Type.TEXTS:
        return " or ".join(f"{literal} in {fact}" for literal in literals)
    if len(literals) == 1:
        return f"{fact} == {literals[0]}"
    return f"{fact} in {{{', '.join(literals)}}}"


def _literal(word: str, kind: Type) -> str | None:
    """Return a value as expressions write it; None where a table cannot hold values of that type."""
    if kind in (Type.TEXT, Type.TEXTS):
        quote = next((each for each in "'\"" if each not in word), None)
        return f"{quote}{word}{quote}" if quote is not None and word.isprintable() else None
    if kind is Type.BOOL:
        return word if word in _TRUTH else None
    return str(Decimal(word)) if kind is Type.NUMBER and _NUMBER.fullmatch(word) else None
