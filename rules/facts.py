"""What conditions may ask of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from rules.records import Money

if TYPE_CHECKING:
    from rules.situation import Situation

FACTS: Final[Mapping[str, Callable[[Situation], Any]]] = {}


class FactView:
    """The facts of one decision, worked out when they are asked for."""

    __slots__ = ("_situation",)

    def __init__(self, situation: Situation) -> None:
        self._situation = situation

    def __getitem__(self, name: str) -> Any:
        return FACTS[name](self._situation)

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        """Return the amount in another currency by the rates of a day; None: the policy's rate day."""
        day = on if on is not None else self._situation.rate_day()
        return self._situation.case.rates.convert(money, currency, day)
