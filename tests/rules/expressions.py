"""Facts for tests of the expression language, and short ways to ask."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from rules.expression import Condition, ExpressionError, Formula, Type
from rules.expression.types import DEAL_LINES, POLICY_CALENDAR, POLICY_CURRENCY, POLICY_ZONE
from rules.money import Rates, fixed_rates
from rules.records import Line, Money
from rules.span import Calendar

TYPES: Final = {
    "n": Type.NUMBER,
    "k": Type.NUMBER,
    "amount": Type.MONEY,
    "price": Type.MONEY,
    "tier": Type.TEXT,
    "country": Type.TEXT,
    "products": Type.TEXTS,
    "parts": Type.TEXTS,
    "day": Type.DATE,
    "closed_on": Type.DATE,
    "at": Type.INSTANT,
    "until": Type.INSTANT,
    "now": Type.INSTANT,
    "today": Type.DATE,
    "ok": Type.BOOL,
    "bad": Type.BOOL,
    "maybe": Type.BOOL,
    "unknown_n": Type.NUMBER,
    "unknown_tier": Type.TEXT,
    "unknown_amount": Type.MONEY,
    "unknown_day": Type.DATE,
    "unknown_products": Type.TEXTS,
}


def eur(amount: int | str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def usd(amount: int | str) -> Money:
    return Money(amount=Decimal(amount), currency="USD")


class Known(dict[str, Any]):
    """Facts by name; those left out are unknown. One euro is 1.09 dollars, yen have no rate."""

    rates: Rates = fixed_rates({"EUR": Decimal("1.09")})

    def __missing__(self, name: str) -> None:
        return None

    def convert(self, money: Money, currency: str, on: date | None) -> Money | None:
        return self.rates.convert(money, currency, on or date(2026, 3, 1))


FACTS: Final = Known(
    {
        "n": Decimal(7),
        "k": Decimal("2.5"),
        "amount": usd(20_000),
        "price": eur(18_600),
        "tier": "Gold",
        "country": "DE",
        "products": frozenset({"Firewall", "Endpoint"}),
        "parts": frozenset({"licence"}),
        "day": date(2026, 3, 1),
        "closed_on": date(2026, 6, 30),
        "at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC),
        "until": datetime(2026, 5, 30, 22, 0, tzinfo=UTC),
        "now": datetime(2026, 5, 1, 12, 0, tzinfo=UTC),
        "today": date(2026, 5, 1),
        "ok": True,
        "bad": False,
        POLICY_ZONE: "Europe/Berlin",
        POLICY_CURRENCY: "USD",
        POLICY_CALENDAR: Calendar(),
        DEAL_LINES: (
            Line(
                product="Firewall",
                sku="F-1",
                product_class="Core",
                part="licence",
                units=Decimal(60),
                amount=usd(9_000),
            ),
            Line(
                product="Firewall",
                sku="F-2",
                product_class="Core",
                part="support",
                units=Decimal(40),
                amount=eur(1_000),
            ),
            Line(
                product="Radar",
                sku="R-1",
                product_class="Emerging",
                part="licence",
                units=Decimal(5),
                amount=usd(5_000),
            ),
        ),
    }
)


def holds(text: str, **changes: Any) -> bool | None:
    """Return what a condition is on these facts."""
    return Condition(text, TYPES).test(Known({**FACTS, **changes}))


def value(text: str, **changes: Any) -> Any:
    """Return what a formula gives on these facts."""
    return Formula(text, TYPES).value(Known({**FACTS, **changes}))


def wrong(text: str) -> str:
    """Return what is said of a text that is no condition."""
    try:
        Condition(text, TYPES)
    except ExpressionError as error:
        return str(error)
    return ""
