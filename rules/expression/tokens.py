"""Cut the text of an expression into words, marks and literal values.

Literals are written as people write them: 5,000 USD, 90 days, 3 business days, 10 %, 2026-03-01, "Gold". The work is linear
in the length of the text. What is no part of the language is named with what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from rules.expression.faults import FAULTS_MAX, ExpressionError, Fault, shown
from rules.expression.types import Type
from rules.records import Money
from rules.span import Span

TEXT_MAX: Final = 250_000  # characters
TOKENS_MAX: Final = 60_000
_DIGITS_MAX: Final = 30
_DAYS_MAX: Final = 36_600  # a century; more is a slip of the pen and would overflow dates

WORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "known", "unknown"})


class Sort(StrEnum):
    NAME = "name"
    WORD = "word"
    MARK = "mark"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text. value and type: for literals only."""

    sort: Sort
    text: str
    start: int
    end: int
    value: Any = None
    type: Type | None = None


_WHOLE: Final = r"[0-9]+(?:\.[0-9]+)?"
_GROUPED: Final = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])"
_NUMBER: Final = rf"(?:{_GROUPED}|{_WHOLE})"
_UNITS: Final = r"(?:minutes?|mins?|hours?|h|days?|d|weeks?|w|months?|quarters?|years?|y|bd|bh|seconds?|s)"
_PATTERNS: Final = {
    "space": r"\s+",
    "string": r'"[^"\n]*"|\'[^\'\n]*\'',
    "instant": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})?",
    "date": r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])",
    "money": rf"{_NUMBER}[ ]*[A-Z]{{3}}(?!\w)",
    "money_first": rf"(?<!\w)[A-Z]{{3}}[ ]*{_NUMBER}(?!\w)",
    "span": rf"{_WHOLE}[ ]*(?:(?:business|working)[ ]+)?{_UNITS}(?!\w)",
    "percent": rf"{_WHOLE}[ ]*%",
    "grouped": _GROUPED,
    "number": _WHOLE,
    "name": r"[^\W\d]\w*(?:\.[^\W\d]\w*)*",
    "foreign": r"\*\*|//|&&|\|\||<>|:=",
    "mark": r"<=|>=|==|!=|[-+*/<>(){}\[\],]",
    "assign": r"=",
    "wrong": r".",
}
_TOKEN: Final = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()), re.DOTALL)
_MONEY: Final = re.compile(rf"(?P<amount>{_NUMBER})[ ]*(?P<currency>[A-Z]{{3}})")
_MONEY_FIRST: Final = re.compile(rf"(?P<currency>[A-Z]{{3}})[ ]*(?P<amount>{_NUMBER})")
_SPAN: Final = re.compile(rf"(?P<number>{_WHOLE})[ ]*(?P<working>(?:business|working)[ ]+)?(?P<unit>{_UNITS})")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_MONTHS: Final = {"month": 1, "months": 1, "quarter": 3, "quarters": 3, "year": 12, "years": 12, "y": 12}
_SECONDS: Final = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
}

_INSTEAD: Final = {
    "&": "Write and.",
    "&&": "Write and.",
    "|": "Write or.",
    "||": "Write or.",
    "!": "Write not.",
    "<>": "Write != for unequal.",
    "**": "There are no powers; write a * a.",
    "//": "Write floor(a / b).",
    "%": "Percent follow a number: 10 %.",
    "“": 'Write straight quotes: "Gold".',
    "”": 'Write straight quotes: "Gold".',
    "‘": 'Write straight quotes: "Gold".',
    "’": 'Write straight quotes: "Gold".',
    '"': "The text has no closing quote on this line.",
    "'": "The text has no closing quote on this line.",
    "$": "Write the currency's code: 5000 USD.",
    "€": "Write the currency's code: 5000 EUR.",
    "£": "Write the currency's code: 5000 GBP.",
    ".": "Numbers are written 0.5, facts deal.amount.",
    "#": "An expression has no room for comments; write them in the YAML beside it.",
    "≥": "Write >=.",
    "≤": "Write <=.",
    "≠": "Write !=.",
}
_NOTHING: Final = frozenset({"null", "none", "nil", "empty", "undefined"})


def tokens_of(text: str) -> list[Token]:
    """Return the pieces of the text; raise ExpressionError with what is no part of the language."""
    if len(text) > TEXT_MAX:
        raise ExpressionError(text[:TEXT_MAX], [_too_long(f"{len(text):,} characters", f"{TEXT_MAX:,}")])
    found = _Scanner(text)
    found.scan()
    if found.faults:
        raise ExpressionError(text, found.faults)
    return found.tokens


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.faults: list[Fault] = []
        self._open = 0  # brackets
        self._read: dict[str, Callable[[str, int], None]] = {
            "string": self._string,
            "instant": self._instant,
            "date": self._date,
            "money": self._money,
            "money_first": self._money,
            "span": self._span,
            "percent": self._percent,
            "grouped": self._number,
            "number": self._number,
            "name": self._name,
            "mark": self._mark,
            "assign": self._mark,
            "foreign": self._wrong,
            "wrong": self._wrong,
        }

    def scan(self) -> None:
        place = 0
        while place < len(self.text) and len(self.faults) < FAULTS_MAX:
            found = _TOKEN.match(self.text, place)
            assert found is not None and found.lastgroup is not None
            kind, piece = found.lastgroup, found.group()
            if kind == "grouped" and self._open:  # {1,200} are two numbers, and so are the arguments of a function
                piece = piece.split(",")[0]
            if kind != "space":
                self._read[kind](piece, place)
            place += len(piece)
            if len(self.tokens) > TOKENS_MAX:
                self.faults.append(_too_long("so many words and marks", f"{TOKENS_MAX:,}"))
                return

    def _add(self, sort: Sort, piece: str, start: int, value: Any = None, kind: Type | None = None) -> None:
        self.tokens.append(Token(sort, piece, start, start + len(piece), value, kind))

    def _fault(self, piece: str, start: int, message: str, hint: str = "") -> None:
        self.faults.append(Fault(offset=start, length=len(piece), message=message, hint=hint))

    def _string(self, piece: str, start: int) -> None:
        self._add(Sort.VALUE, piece, start, piece[1:-1], Type.TEXT)

    def _instant(self, piece: str, start: int) -> None:
        try:
            value = datetime.fromisoformat(piece)
            value = value.astimezone(UTC) if value.tzinfo is not None else value
        except (ValueError, OverflowError):
            self._fault(piece, start, f"{shown(piece)} is no instant", "Instants are written 2026-03-01T09:00Z.")
            return
        if value.tzinfo is None:
            self._fault(piece, start, f"{shown(piece)} has no time zone", f"Write {piece}Z or {piece}+01:00.")
            return
        self._add(Sort.VALUE, piece, start, value, Type.INSTANT)

    def _date(self, piece: str, start: int) -> None:
        try:
            value = date.fromisoformat(piece if _DAY.fullmatch(piece) else "")
        except ValueError:
            self._fault(piece, start, f"{shown(piece)} is no date of the calendar", "Dates are written 2026-03-01.")
            return
        self._add(Sort.VALUE, piece, start, value, Type.DATE)

    def _money(self, piece: str, start: int) -> None:
        found = _MONEY.fullmatch(piece) or _MONEY_FIRST.fullmatch(piece)
        assert found is not None, piece
        amount = self._decimal(found["amount"], start)
        self._add(Sort.VALUE, piece, start, Money(amount=amount, currency=found["currency"]), Type.MONEY)

    def _span(self, piece: str, start: int) -> None:
        found = _SPAN.fullmatch(piece)
        assert found is not None, piece
        unit, is_working = found["unit"], found["working"] is not None
        if unit in ("bd", "bh"):
            unit, is_working = unit[1], True
        span = span_of(self._decimal(found["number"], start), unit, is_working=is_working)
        if span is None:
            self._fault(
                piece, start, f"{shown(piece)} is no length of time", "Write 90 days, 6 months or 48 business hours."
            )
            return
        self._add(Sort.VALUE, piece, start, span, Type.SPAN)

    def _percent(self, piece: str, start: int) -> None:
        self._add(Sort.VALUE, piece, start, self._decimal(piece.rstrip("% "), start).scaleb(-2), Type.NUMBER)

    def _number(self, piece: str, start: int) -> None:
        end = start + len(piece)
        if end < len(self.text) and (self.text[end].isalnum() or self.text[end] == "_"):
            self._fault(
                piece, start, f"The number {piece} runs into letters", "Units are written 90 days, money 5000 USD."
            )
        self._add(Sort.VALUE, piece, start, self._decimal(piece, start), Type.NUMBER)

    def _decimal(self, digits: str, start: int) -> Decimal:
        if len(digits) > _DIGITS_MAX:
            self._fault(digits, start, f"A number has at most {_DIGITS_MAX} digits")
            return Decimal(0)
        return Decimal(digits.replace(",", ""))

    def _name(self, piece: str, start: int) -> None:
        word = piece.lower()
        if word in WORDS and not self._is_function(word, start + len(piece)):
            truth = word == "true" if word in ("true", "false") else None
            if truth is None:
                self._add(Sort.WORD, word, start)
            else:
                self._add(Sort.VALUE, piece, start, truth, Type.BOOL)
        elif word in _NOTHING:
            self._fault(piece, start, f"{shown(piece)} is no value", "Write x is unknown, or x is known.")
        else:
            self._add(Sort.NAME, piece, start)

    def _is_function(self, word: str, end: int) -> bool:
        """Tell whether this is known(x), not "x is known"."""
        before = [each.text for each in self.tokens[-2:]]
        is_after_is = before[-1:] == ["is"] or before == ["is", "not"]
        return word == "known" and not is_after_is and self.text[end : end + 2].lstrip().startswith("(")

    def _mark(self, piece: str, start: int) -> None:
        self._open += (piece in "([{") - (piece in ")]}")
        self._add(Sort.MARK, piece, start)

    def _wrong(self, piece: str, start: int) -> None:
        self._fault(piece, start, f"{shown(piece)} is no part of the language", _INSTEAD.get(piece, ""))


def span_of(number: Decimal, unit: str, *, is_working: bool = False) -> Span | None:
    """Return the length of time, None where there is none such: half a month, no time at all, more than a century."""
    if number <= 0:
        return None
    if unit in _SECONDS:
        if number * _SECONDS[unit] > _DAYS_MAX * 86_400:
            return None
        exact = timedelta(microseconds=int(number * _SECONDS[unit] * 1_000_000))
        return Span(working=exact) if is_working else Span(exact=exact)
    whole = int(number)
    if whole != number:
        return None
    if is_working:
        is_day = _DAYS.get(unit) == 1 and whole <= _DAYS_MAX
        return Span(working_days=whole) if is_day else None
    if unit in _DAYS and whole * _DAYS[unit] <= _DAYS_MAX:
        return Span(days=whole * _DAYS[unit])
    if unit in _MONTHS and whole * _MONTHS[unit] <= _DAYS_MAX // 30:
        return Span(months=whole * _MONTHS[unit])
    return None


def _too_long(much: str, most: str) -> Fault:
    return Fault(
        offset=0, length=1, message=f"The expression has {much}; at most {most} are read", hint="Split it in two."
    )
