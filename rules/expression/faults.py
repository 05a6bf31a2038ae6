"""What is wrong with the text of an expression: where, what was expected, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from rules.errors import DealError, sentence

FAULTS_MAX: Final = 20  # told of one expression; more help nobody
_SHOWN_MAX: Final = 40
_NAMES_MAX: Final = 64  # a longer name is no slip of the pen, and comparing it would take long


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong. offset and length: the place in the text, in characters; hint: what to write instead."""

    offset: int
    length: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{sentence(self.message)} {self.hint}" if self.hint else self.message


class ExpressionError(DealError):
    """An expression that cannot be used. faults: everything that is wrong with it, in the order of the text."""

    def __init__(self, text: str, faults: Sequence[Fault]) -> None:
        self.text = text
        self.faults = tuple(sorted(faults, key=lambda each: each.offset))
        super().__init__("\n".join(f"at character {each.offset + 1}: {each}" for each in self.faults))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "Did you mean ...?" with the known name most like this one, empty where none is."""
    if len(name) > _NAMES_MAX:
        return ""
    names = {each.casefold(): each for each in known}
    last = {each.rpartition(".")[2]: each for each in names}  # "amount" is taken for deal.amount
    folded = name.casefold()
    found = get_close_matches(folded, names, n=1, cutoff=0.7)
    if not found and folded.rpartition(".")[2] in last:
        found = [last[folded.rpartition(".")[2]]]
    return f'Did you mean "{names[found[0]]}"?' if found else ""


def shown(text: str) -> str:
    """Return a piece of the text as messages quote it."""
    piece = " ".join(text.split())
    return f'"{piece}"' if len(piece) <= _SHOWN_MAX else f'"{piece[:_SHOWN_MAX]}..."'
