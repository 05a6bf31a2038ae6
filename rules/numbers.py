"""Numbers as people write them in tables: decimal point or comma, thousands set apart, and never a guess.

"1,234" is one thousand to some and little more than one to others; where nothing else in the table tells, it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

_LENGTH_MAX: Final = 40
_SPACES: Final = str.maketrans("", "", " \u00a0\u202f'\u2019_")
_POINT: Final = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?")
_COMMA: Final = re.compile(r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d+)?")


class Mark(StrEnum):
    """What stands before the fraction."""

    POINT = "."
    COMMA = ","


def marks(text: str) -> frozenset[Mark]:
    """Return the decimal marks with which the text is a number; both where it has no fraction and no groups."""
    plain = text.strip().translate(_SPACES) if len(text) <= _LENGTH_MAX else ""
    found = {Mark.POINT} if _POINT.fullmatch(plain) else set()
    return frozenset(found | ({Mark.COMMA} if _COMMA.fullmatch(plain) else set()))


def mark_of(texts: Iterable[str]) -> Mark | None:
    """Return the one decimal mark that all these numbers allow and some demand; None where they leave it open."""
    demanded = {mark for text in texts if len(possible := marks(text)) == 1 for mark in possible}
    return demanded.pop() if len(demanded) == 1 else None


def number(text: str, mark: Mark | None = None) -> Decimal | None:
    """Return the number, None for what is none or could be two.

    mark: the decimal mark of the table, where it is known. Without one, "1.234" is read as a decimal point is, because
    that is how programs write; "1,234" is not read.
    """
    possible = marks(text)
    if mark is None:
        mark = next(iter(possible)) if len(possible) == 1 else Mark.POINT
        if len(possible) == 2 and "," in text:
            return None
    if mark not in possible:
        return None
    plain = text.strip().translate(_SPACES)
    other = Mark.COMMA if mark is Mark.POINT else Mark.POINT
    return Decimal(plain.replace(other, "").replace(mark, "."))
