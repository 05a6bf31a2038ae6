"""What expressions are made of: the types of values, and where facts come from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, Protocol

from rules.records import Money
from rules.span import Span


class Type(StrEnum):
    """Types of facts and expressions, by the names that rule files use."""

    BOOL = "bool"
    NUMBER = "number"
    MONEY = "money"
    TEXT = "text"
    DATE = "date"
    INSTANT = "instant"
    SPAN = "span"
    TEXTS = "texts"  # a set of text


class Facts(Protocol):
    """What an expression is evaluated on. A fact that is unknown is None.

    Besides the declared facts, functions ask for POLICY_ZONE, POLICY_CURRENCY, POLICY_CALENDAR and DEAL_LINES.
    """

    def __getitem__(self, name: str, /) -> Any: ...

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        """Return the amount in another currency by the rates of a day; None: the policy's rate day."""
        ...


POLICY_ZONE: Final = "policy.zone"  # IANA time zone
POLICY_CURRENCY: Final = "policy.currency"
POLICY_CALENDAR: Final = "policy.calendar"  # working time, a rules.span.Calendar
DEAL_LINES: Final = "deal.lines"  # tuple of rules.records.Line
NOW: Final = "now"
TODAY: Final = "today"

# How messages call a value of each type.
WORDS: Final[Mapping[Type, str]] = {
    Type.BOOL: "true or false",
    Type.NUMBER: "a number",
    Type.MONEY: "an amount of money",
    Type.TEXT: "a text",
    Type.DATE: "a date",
    Type.INSTANT: "an instant",
    Type.SPAN: "a length of time",
    Type.TEXTS: "a set of texts",
}

# What a value of each type is in Python.
CLASSES: Final[Mapping[Type, type]] = {
    Type.BOOL: bool,
    Type.NUMBER: Decimal,
    Type.MONEY: Money,
    Type.TEXT: str,
    Type.DATE: date,
    Type.INSTANT: datetime,
    Type.SPAN: Span,
    Type.TEXTS: frozenset,
}


def is_of(value: Any, kind: Type) -> bool:
    """Tell whether a value is one of that type. A datetime, which Python calls a date as well, is an instant only."""
    if kind is Type.DATE and isinstance(value, datetime):
        return False
    return isinstance(value, CLASSES[kind])
