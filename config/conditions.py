"""Read conditions and formulas: an expression as text, or conditions joined by all, any and not.

What is wrong inside an expression is told at its own column. Which facts there are is the language's to know: the built-in
ones (rules/facts.py) and those that the policy declares under `facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.reading import Problems, one_of, shown
from config.source import Listing, Node, Scalar, Table, is_null
from rules.expression import Condition, ExpressionError, Formula, Type
from rules.mapping import Place

EXPECTED: Final = "a condition such as \"partner.tier == 'gold'\""
_WORDS: Final = {"all": " and ", "any": " or ", "not": "not "}


class Language:
    """Compiles the expressions of one policy. types: the facts that they may use."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        self.types = types
        self._conditions: dict[str, Condition] = {}

    def condition(self, text: str) -> Condition:
        """Return a compiled condition; the same text gives the same one. Raises ExpressionError."""
        found = self._conditions.get(text)
        if found is None:
            found = self._conditions[text] = Condition(text, self.types)
        return found

    def formula(self, text: str, wanted: frozenset[Type] | None = None) -> Formula:
        """Return a compiled formula. wanted: the types that its value may have. Raises ExpressionError."""
        return Formula(text, self.types, wanted=wanted)


def read_condition(node: Node, key: str, language: Language, problems: Problems) -> Condition | None:
    """Return the condition, None when a problem was noted."""
    if isinstance(node, Table):
        return _joined(node, key, language, problems)
    if isinstance(node, Scalar) and not is_null(node) and node.text.strip():
        try:
            return language.condition(node.text.strip())
        except ExpressionError as error:
            _tell(error, node, key, problems)
            return None
    hint = "Join several by all: or any:." if isinstance(node, Listing) else ""
    problems.add(node.place, key, f"is {shown(node)}; expected {EXPECTED}, or all, any or not.", hint)
    return None


def read_formula(
    node: Node, key: str, language: Language, problems: Problems, wanted: frozenset[Type] | None = None
) -> Formula | None:
    """Return the formula, None when a problem was noted. wanted: the types that its value may have."""
    if isinstance(node, Scalar) and not is_null(node) and node.text.strip():
        try:
            return language.formula(node.text.strip(), wanted)
        except ExpressionError as error:
            _tell(error, node, key, problems)
            return None
    problems.add(node.place, key, f'is {shown(node)}; expected an expression such as "deal.amount * 0.8".')
    return None


def _joined(node: Table, key: str, language: Language, problems: Problems) -> Condition | None:
    """Return {all: [...]}, {any: [...]} or {not: ...} as one expression."""
    for name, place in node.key_places.items():
        if name not in _WORDS:
            problems.add(place, f"{key}.{name}", "is not known here.", one_of(tuple(_WORDS), name))
            return None
    if len(node.items) != 1:
        problems.add(node.place, key, "needs exactly one of all, any and not.")
        return None
    ((word, inner),) = node.items.items()
    path = f"{key}.{word}"
    if word == "not":
        found = read_condition(inner, path, language, problems)
        return language.condition(f"not ({found.text})") if found is not None else None
    if not isinstance(inner, Listing) or not inner.items:
        problems.add(inner.place, path, f"is {shown(inner)}; expected a list of conditions.")
        return None
    parts = [
        read_condition(item, f"{path}[{number}]", language, problems) for number, item in enumerate(inner.items, 1)
    ]
    texts = [f"({part.text})" for part in parts if part is not None]
    if len(texts) < len(parts):
        return None
    try:
        return language.condition(_WORDS[word].join(texts))
    except ExpressionError as error:  # each is sound, all together are too much
        for fault in error.faults:
            problems.add(node.place, key, fault.message, fault.hint)
        return None


def _tell(error: ExpressionError, node: Scalar, key: str, problems: Problems) -> None:
    for fault in error.faults:
        problems.add(_inside(node, fault.offset), key, fault.message, fault.hint)


def _inside(node: Scalar, offset: int) -> Place:
    """Return the place of a character of a value; its beginning, where it was written over several lines."""
    if not node.is_one_line:
        return node.place
    before = len(node.text) - len(node.text.lstrip()) + (not node.is_plain)
    return Place(file=node.place.file, line=node.place.line, column=node.place.column + before + offset)
