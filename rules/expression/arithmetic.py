"""What operators do with values: exact numbers, money in several currencies, dates and lengths of time.

Nothing here raises: a division by zero, a missing exchange rate and a date outside the calendar are unknown (None). Numbers
are decimal to 60 digits. An instant stands for its date in the policy's zone wherever a date is asked for.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import wraps
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.expression.types import POLICY_CALENDAR, POLICY_ZONE, Facts, Type
from rules.records import Money
from rules.span import Span
from rules.windows import end_of, local_date, months_on, working_end

Binary = Callable[[Any, Any, Facts], Any]

EXACT: Final = Context(prec=60, rounding=ROUND_HALF_UP, traps=[DivisionByZero, InvalidOperation, Overflow])
ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
MIRRORED: Final[Mapping[str, str]] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


def in_currency(money: Money, currency: str, facts: Facts) -> Decimal | None:
    """Return the amount in that currency, None where a rate is missing."""
    if money.currency == currency:
        return money.amount
    found = facts.convert(money, currency, None)
    return found.amount if found is not None else None


def day_of(value: date, facts: Facts) -> date:
    """Return the date itself, or the date of an instant in the policy's zone."""
    return local_date(value, facts[POLICY_ZONE]) if isinstance(value, datetime) else value


def moved(value: date, span: Span, facts: Facts, *, sign: int = 1) -> date | None:
    """Return the date or instant so much later, or earlier with sign -1; None outside the calendar.

    Days and months move an instant by the calendar of the policy's zone, at the same time of day; hours move it exactly.
    Working time counts forward only, and a date has no hours.
    """
    if isinstance(value, datetime):
        if span.exact is not None:
            return value + sign * span.exact
        if span.is_working:
            return _moved_working(value, span, facts) if sign > 0 else None
        zone = ZoneInfo(facts[POLICY_ZONE])
        local = value.astimezone(zone)
        return datetime.combine(_calendar_day(local.date(), span, sign), local.time(), zone).astimezone(UTC)
    return None if span.exact is not None or span.is_working else _calendar_day(value, span, sign)


def span_key(span: Span) -> tuple[str, timedelta | int]:
    """Return what makes two spans comparable: months with months, days with hours, working time with its like."""
    if span.months is not None:
        return ("months", span.months)
    if span.working_days is not None:
        return ("working days", span.working_days)
    if span.working is not None:
        return ("working", span.working)
    return ("time", span.exact if span.exact is not None else timedelta(days=span.days or 0))


def comparison(sign: str, kind: Type) -> Binary:
    """Return what compares two values of one type."""
    compare = ORDER[sign]

    def money(left: Money, right: Money, facts: Facts) -> bool | None:
        amount = in_currency(left, right.currency, facts)
        return None if amount is None else compare(amount, right.amount)

    def texts(left: str, right: str, _: Facts) -> bool:
        return compare(left.casefold(), right.casefold())

    def sets(left: frozenset[str], right: frozenset[str], _: Facts) -> bool:
        return compare(folded(left), folded(right))

    def days(left: date, right: date, facts: Facts) -> bool:
        return compare(day_of(left, facts), day_of(right, facts))

    def spans(left: Span, right: Span, _: Facts) -> bool | None:
        (unit, length), (other_unit, other) = span_key(left), span_key(right)
        return compare(length, other) if unit == other_unit else None

    special: dict[Type, Binary] = {
        Type.MONEY: money,
        Type.TEXT: texts,
        Type.TEXTS: sets,
        Type.DATE: days,
        Type.SPAN: spans,
    }
    return _safe(special.get(kind, lambda left, right, _: compare(left, right)))


def folded(texts: frozenset[str]) -> frozenset[str]:
    """Return the texts without regard to upper and lower case."""
    return frozenset([each.casefold() for each in texts])


def _safe(work: Binary) -> Binary:
    """Return the same operation, unknown where it has no result."""

    @wraps(work)
    def safe(left: Any, right: Any, facts: Facts) -> Any:
        try:
            return work(left, right, facts)
        except (ArithmeticError, ValueError):  # decimal and date overflows are both
            return None

    return safe


def _calendar_day(day: date, span: Span, sign: int) -> date:
    if span.months is not None:
        return months_on(day, sign * span.months)
    assert span.days is not None, span
    return day + timedelta(days=sign * span.days)


def _moved_working(value: datetime, span: Span, facts: Facts) -> datetime:
    calendar, zone = facts[POLICY_CALENDAR], facts[POLICY_ZONE]
    if span.working is not None:
        return working_end(value, span.working, calendar, zone)
    return end_of(span, value, zone, calendar)


def _money_sum(work: Callable[[Decimal, Decimal], Decimal]) -> Binary:
    def total(left: Money, right: Money, facts: Facts) -> Money | None:
        other = in_currency(right, left.currency, facts)
        return None if other is None else Money(amount=work(left.amount, other), currency=left.currency)

    return total


def _money_ratio(left: Money, right: Money, facts: Facts) -> Decimal | None:
    amount = in_currency(left, right.currency, facts)
    return None if amount is None else EXACT.divide(amount, right.amount)


def _scaled(work: Callable[[Decimal, Decimal], Decimal]) -> Binary:
    return lambda money, number, _: Money(amount=work(money.amount, number), currency=money.currency)


def _days_apart(left: date, right: date, facts: Facts) -> Span:
    return Span(days=(day_of(left, facts) - day_of(right, facts)).days)


def _number(work: Callable[[Decimal, Decimal], Decimal]) -> Binary:
    return lambda left, right, _: work(left, right)


_N, _M, _D, _I, _S = Type.NUMBER, Type.MONEY, Type.DATE, Type.INSTANT, Type.SPAN

# What an operator makes of two types: the type of the result, and the work.
_OPERATIONS: Final[Mapping[tuple[str, Type, Type], tuple[Type, Binary]]] = {
    ("+", _N, _N): (_N, _number(EXACT.add)),
    ("-", _N, _N): (_N, _number(EXACT.subtract)),
    ("*", _N, _N): (_N, _number(EXACT.multiply)),
    ("/", _N, _N): (_N, _number(EXACT.divide)),
    ("+", _M, _M): (_M, _money_sum(EXACT.add)),
    ("-", _M, _M): (_M, _money_sum(EXACT.subtract)),
    ("*", _M, _N): (_M, _scaled(EXACT.multiply)),
    ("*", _N, _M): (_M, lambda number, money, facts: _scaled(EXACT.multiply)(money, number, facts)),
    ("/", _M, _N): (_M, _scaled(EXACT.divide)),
    ("/", _M, _M): (_N, _money_ratio),
    ("+", _D, _S): (_D, moved),
    ("+", _I, _S): (_I, moved),
    ("+", _S, _D): (_D, lambda span, day, facts: moved(day, span, facts)),
    ("+", _S, _I): (_I, lambda span, moment, facts: moved(moment, span, facts)),
    ("-", _D, _S): (_D, lambda day, span, facts: moved(day, span, facts, sign=-1)),
    ("-", _I, _S): (_I, lambda moment, span, facts: moved(moment, span, facts, sign=-1)),
    ("-", _D, _D): (_S, _days_apart),
    ("-", _D, _I): (_S, _days_apart),
    ("-", _I, _D): (_S, _days_apart),
    ("-", _I, _I): (_S, lambda left, right, _: Span(exact=left - right)),
}
OPERATIONS: Final[Mapping[tuple[str, Type, Type], tuple[Type, Binary]]] = {
    key: (kind, _safe(work)) for key, (kind, work) in _OPERATIONS.items()
}
