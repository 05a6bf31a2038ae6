"""Cut SOQL text into tokens: words, literals, operators; each knows where it stands, for Salesforce's messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sandbox.salesforce.errors import ApiError


class Kind(StrEnum):
    NAME = "name"
    STRING = "string"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """text: as written; value: what a literal means (a string still has its escapes: LIKE reads them differently)."""

    kind: Kind
    text: str
    value: Any
    at: int

    @property
    def word(self) -> str:
        """Return a keyword or name in capitals, "" for anything else."""
        return self.text.upper() if self.kind is Kind.NAME else ""


_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<string>'(?:\\.|[^'\\])*')
    | (?P<instant>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*(?::\d+)?)
    | (?P<sign><=|>=|!=|<>|[=<>(),])
    )""",
    re.X | re.S,
)
_ESCAPES: Final = {"'": "'", '"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def malformed(message: str) -> ApiError:
    return ApiError(400, "MALFORMED_QUERY", message)


def tokens(soql: str) -> list[Token]:
    """Return the tokens of a query, an END at last.

    Raises ApiError MALFORMED_QUERY for what is no token, a date-time without zone or an unknown escape.
    """
    found: list[Token] = []
    at, end = 0, len(soql.rstrip())
    while at < end:
        match = _TOKEN.match(soql, at)
        if match is None:
            raise _unexpected(soql, at)
        kind = str(match.lastgroup)
        text = match[kind]
        found.append(Token(Kind(kind), text, _value(kind, text), match.start(kind)))
        at = match.end()
    found.append(Token(Kind.END, "<EOF>", None, end))
    return found


def unescape(text: str, *, is_pattern: bool = False) -> str:
    """Return what a quoted literal means. is_pattern: for LIKE, where an escaped % or _ keeps its backslash."""

    def one(match: re.Match[str]) -> str:
        escaped = match[1]
        if is_pattern and escaped in "%_\\":
            return match[0]
        if escaped not in _ESCAPES:
            raise malformed(
                f"Illegal escape sequence '{match[0]}'. Valid sequences are \\b \\f \\n \\r \\t \\\" \\' \\\\"
            )
        return _ESCAPES[escaped]

    return re.sub(r"\\(.)", one, text, flags=re.S)


def _value(kind: str, text: str) -> Any:
    if kind == "string":
        return text[1:-1]
    if kind == "number":
        return float(text)
    if kind == "instant":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise malformed(f"line 1:0 unexpected token: '{text}'") from None
        if moment.tzinfo is None:
            raise malformed(f"line 1:0 no viable alternative at character '{text[-1]}' (a dateTime needs its zone)")
        return moment.astimezone(UTC)
    return text


def _unexpected(soql: str, at: int) -> ApiError:
    rest = soql[at:].lstrip()
    if rest.startswith("'"):
        return malformed("unexpected token: '<EOF>' (a string is not closed)")
    return malformed(f"line 1:{at} unexpected char: '{rest[:1]}'")
