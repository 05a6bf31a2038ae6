"""The expression language of rule files: small, typed, bounded, and able to say why."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from rules.records import Money


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
    """What an expression is evaluated on. A fact that is unknown is None."""

    def __getitem__(self, name: str, /) -> Any: ...

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        """Return the amount in another currency by the rates of a day; None: the policy's rate day."""
        ...


class Condition:
    """A compiled expression that is true, false or unknown."""

    text: str

    def test(self, facts: Facts) -> bool | None:
        """Return whether it holds; None where that is unknown."""
        raise NotImplementedError


class Formula:
    """A compiled expression that gives a value."""

    text: str
    type: Type

    def value(self, facts: Facts) -> Any:
        """Return the value, None where it is unknown."""
        raise NotImplementedError
