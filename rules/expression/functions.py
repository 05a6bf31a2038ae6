"""The closed list of functions that expressions may call, with what the admin's reference says of each.

A function of texts ignores upper and lower case, as comparisons do. A function with an unknown argument is unknown, but for
those that ask what is known. Where a date is asked for, an instant counts as its date in the policy's zone.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from rules.expression.arithmetic import EXACT, day_of, folded, in_currency, moved
from rules.expression.types import DEAL_LINES, NOW, POLICY_CURRENCY, POLICY_ZONE, Facts, Type
from rules.records import Line, Money
from rules.span import Span

LEFT_OUT: Final = ...  # an optional argument that is not written
_PLACES_MAX: Final = 12
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument. types: what it may be. is_named: written name=value, as in units_of(skus={"A1"})."""

    name: str
    types: tuple[Type, ...]
    is_optional: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function. result None: of its first argument's type. work: takes the facts, then the arguments.

    repeats: the last parameter may be given any number of times, always of one type. is_strict: an unknown argument makes
    the result unknown without a call. example, gives: an expression and, where no fact decides it, its value.
    """

    name: str
    doc: str
    example: str
    gives: str = ""
    parameters: tuple[Parameter, ...]
    result: Type | None
    work: Callable[..., Any]
    repeats: bool = False
    is_strict: bool = True
    alias: str = ""
    values: tuple[str, ...] = ()  # all texts it can give

    @property
    def signature(self) -> str:
        """Return the function as the reference writes it: convert(amount, currency, [day])."""
        words = [f"{each.name}=" if each.is_named else each.name for each in self.parameters]
        told = [f"[{word}]" if each.is_optional else word for word, each in zip(words, self.parameters, strict=True)]
        return f"{self.name}({', '.join(told)}{', ...' if self.repeats else ''})"


def _first_known(_: Facts, *values: Any) -> Any:
    return next((each for each in values if each is not None), None)


def _least(facts: Facts, *values: Any) -> Any:
    return _extreme(facts, values, is_less=True)


def _greatest(facts: Facts, *values: Any) -> Any:
    return _extreme(facts, values, is_less=False)


def _extreme(facts: Facts, values: Sequence[Any], *, is_less: bool) -> Any:
    best = values[0]
    for each in values[1:]:
        left, right = (each, best) if is_less else (best, each)
        if isinstance(each, Money):
            left, right = in_currency(left, right.currency, facts), right.amount
            if left is None:
                return None
        if left < right:
            best = each
    return best


def _on_amount(work: Callable[[Decimal], Decimal]) -> Callable[[Facts, Any], Any]:
    def apply(_: Facts, value: Any) -> Any:
        if isinstance(value, Money):
            return Money(amount=work(value.amount), currency=value.currency)
        return work(value)

    return apply


def _round(facts: Facts, value: Any, places: Any) -> Any:
    digits = Decimal(0) if places is LEFT_OUT else places
    if digits != int(digits) or not 0 <= digits <= _PLACES_MAX:
        return None
    step = Decimal(1).scaleb(-int(digits))
    return _on_amount(lambda amount: amount.quantize(step, ROUND_HALF_UP, context=EXACT))(facts, value)


def _as_set(value: Any) -> frozenset[str]:
    return folded(value if isinstance(value, frozenset) else frozenset({value}))


def _count(_: Facts, group: frozenset[str], wanted: Any) -> Decimal:
    found = _as_set(group)
    return Decimal(len(found if wanted is LEFT_OUT else found & _as_set(wanted)))


def _contains(_: Facts, whole: Any, part: str) -> bool:
    if isinstance(whole, frozenset):
        return part.casefold() in folded(whole)
    return part.casefold() in whole.casefold()


def _convert(facts: Facts, money: Money, currency: str, on: Any) -> Money | None:
    return facts.convert(money, currency.upper(), None if on is LEFT_OUT else day_of(on, facts))


def _of_day(work: Callable[[date], Any]) -> Callable[[Facts, date], Any]:
    return lambda facts, value: work(day_of(value, facts))


def _first_month(month: Any) -> int | None:
    if month is LEFT_OUT:
        return 1
    return int(month) if month == int(month) and 1 <= month <= 12 else None


def _quarter(facts: Facts, value: date, month: Any) -> Decimal | None:
    first = _first_month(month)
    return None if first is None else Decimal((day_of(value, facts).month - first) % 12 // 3 + 1)


def _quarter_start(facts: Facts, value: date, month: Any) -> date | None:
    first = _first_month(month)
    if first is None:
        return None
    day = day_of(value, facts)
    back = (day.month - first) % 3
    year, index = divmod(day.year * 12 + day.month - 1 - back, 12)
    return date(year, index + 1, 1)


def _quarter_end(facts: Facts, value: date, month: Any) -> date | None:
    start = _quarter_start(facts, value, month)
    if start is None:
        return None
    year, index = divmod(start.year * 12 + start.month + 1, 12)
    return _month_end(date(year, index + 1, 1))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _days_between(facts: Facts, start: date, end: date) -> Decimal:
    return Decimal((day_of(end, facts) - day_of(start, facts)).days)


def _months_between(facts: Facts, start: date, end: date) -> Decimal:
    first, last = sorted((day_of(start, facts), day_of(end, facts)))
    months = (last.year - first.year) * 12 + last.month - first.month
    is_full = last.day >= first.day or last == _month_end(last)
    months -= not is_full
    return Decimal(months if day_of(start, facts) == first else -months)


def _within(facts: Facts, when: date, span: Span, moment: Any) -> bool | None:
    """Tell whether `when` is at most `moment` and less than the span before it, as a look-back counts."""
    until = facts[NOW] if moment is LEFT_OUT else moment
    if until is None:
        return None
    if not (isinstance(when, datetime) and isinstance(until, datetime) and span.exact is not None):
        when, until = day_of(when, facts), day_of(until, facts)
    reached = moved(when, span, facts)
    return None if reached is None else when <= until < reached


def lines_of(facts: Facts, filters: Sequence[Any]) -> list[Line] | None:
    """Return the deal's lines that pass; None where it has none.

    filters: products, classes, skus and parts, each one text, a set, or LEFT_OUT.
    """
    lines: Sequence[Line] | None = facts[DEAL_LINES]
    if not lines:
        return None
    wanted = [None if each is LEFT_OUT else _as_set(each) for each in filters]
    return [line for line in lines if _passes(line, wanted)]


def _passes(line: Line, wanted: Iterable[frozenset[str] | None]) -> bool:
    held = (line.product, line.product_class, line.sku, line.part)
    return all(
        allowed is None or (value is not None and value.casefold() in allowed)
        for value, allowed in zip(held, wanted, strict=True)
    )


def _amount_of(facts: Facts, *filters: Any) -> Money | None:
    lines, currency = lines_of(facts, filters), facts[POLICY_CURRENCY]
    if lines is None:
        return None
    total = Decimal(0)
    for line in lines:
        amount = None if line.amount is None else in_currency(line.amount, currency, facts)
        if amount is None:
            return None
        total = EXACT.add(total, amount)
    return Money(amount=total, currency=currency)


def _units_of(facts: Facts, *filters: Any) -> Decimal | None:
    lines = lines_of(facts, filters)
    if lines is None or any(line.units is None for line in lines):
        return None
    total = Decimal(0)
    for line in lines:
        total = EXACT.add(total, line.units or Decimal(0))
    return total


def _lines_count(facts: Facts, *filters: Any) -> Decimal | None:
    lines = lines_of(facts, filters)
    return None if lines is None else Decimal(len(lines))


def _one(name: str, *types: Type) -> Parameter:
    return Parameter(name=name, types=types)


def _maybe(name: str, *types: Type) -> Parameter:
    return Parameter(name=name, types=types, is_optional=True)


_ANY: Final = tuple(Type)
_SIZES: Final = (Type.NUMBER, Type.MONEY)
_ORDERED: Final = (Type.NUMBER, Type.MONEY, Type.DATE, Type.INSTANT)
_DAY: Final = (Type.DATE, Type.INSTANT)
_SOME: Final = (Type.TEXTS, Type.TEXT)
_LINES: Final = tuple(
    Parameter(name=name, types=_SOME, is_optional=True, is_named=True)
    for name in ("products", "classes", "skus", "parts")
)
_LINES_DOC: Final = (
    " Filters: products, classes, skus, parts; each one text or a set. Unknown where the deal has no lines."
)
_SET: Final = (_one("group", Type.TEXTS), _one("wanted", *_SOME))
_DATE: Final = (_one("day", *_DAY),)
_FISCAL: Final = (*_DATE, _maybe("first_month", Type.NUMBER))
_FISCAL_DOC: Final = " first_month: the month in which the fiscal year begins, 1 by default."
_B, _N, _M, _T, _D = Type.BOOL, Type.NUMBER, Type.MONEY, Type.TEXT, Type.DATE

_TABLE: Final = (
    Function(name="known", doc="Whether the value is known; the same as `x is known`.", example="known(deal.amount)",
             parameters=(_one("value", *_ANY),), result=_B, is_strict=False, work=lambda _, value: value is not None),
    Function(name="first_known", alias="coalesce", doc="The first of the values that is known.",
             example='first_known(deal.region, "EMEA")', parameters=(_one("value", *_ANY),), repeats=True, result=None,
             is_strict=False, work=_first_known),
    Function(name="min", doc="The least of numbers, amounts or dates.", example="min(3, 2)", gives="2",
             parameters=(_one("value", *_ORDERED),), repeats=True, result=None, work=_least),
    Function(name="max", doc="The greatest of numbers, amounts or dates.", example="max(3, 2)", gives="3",
             parameters=(_one("value", *_ORDERED),), repeats=True, result=None, work=_greatest),
    Function(name="abs", doc="The number or amount without its sign.", example="abs(-5)", gives="5",
             parameters=(_one("value", *_SIZES),), result=None, work=_on_amount(abs)),
    Function(name="round", doc="Rounded to so many places (0 to 12; none by default), halves away from zero.",
             example="round(2.345, 2)", gives="2.35", parameters=(_one("value", *_SIZES), _maybe("places", _N)),
             result=None, work=_round),
    Function(name="floor", doc="Rounded down to a whole number: floor(deal.amount / 1000 USD) counts the full thousands.",
             example="floor(2.9)", gives="2", parameters=(_one("value", *_SIZES),), result=None,
             work=_on_amount(lambda amount: amount.to_integral_value(ROUND_FLOOR))),
    Function(name="ceil", doc="Rounded up to a whole number.", example="ceil(2.1)", gives="3",
             parameters=(_one("value", *_SIZES),), result=None,
             work=_on_amount(lambda amount: amount.to_integral_value(ROUND_CEILING))),
    Function(name="money", doc="An amount from a number and a currency; written out it is 5,000 USD.",
             example='money(deal.units * 12, "USD")', parameters=(_one("number", _N), _one("currency", _T)), result=_M,
             work=lambda _, number, currency: Money(amount=number, currency=currency.upper())),
    Function(name="convert", doc="The amount in another currency, by the rates of a day; without one, of the day that the "
             "policy names (rates.at). Unknown without a rate.", example='convert(deal.amount, "EUR", deal.created_at)',
             parameters=(_one("amount", _M), _one("currency", _T), _maybe("day", *_DAY)), result=_M, work=_convert),
    Function(name="currency", doc="The currency of an amount.", example="currency(5000 EUR)", gives="EUR",
             parameters=(_one("amount", _M),), result=_T, work=lambda _, amount: amount.currency),
    Function(name="count", doc="How many texts a set has; with `wanted`, how many of those it has.",
             example='count(deal.evidence, {"demo", "quote", "visit"}) >= 2',
             parameters=(_one("group", Type.TEXTS), _maybe("wanted", *_SOME)), result=_N, work=_count),
    Function(name="any_of", doc="The set has at least one of the wanted texts.",
             example='any_of(deal.products, {"Firewall", "Endpoint"})', parameters=_SET, result=_B,
             work=lambda _, group, wanted: not folded(group).isdisjoint(_as_set(wanted))),
    Function(name="all_of", doc="The set has all of the wanted texts.", example='all_of(deal.evidence, {"demo", "quote"})',
             parameters=_SET, result=_B, work=lambda _, group, wanted: _as_set(wanted) <= folded(group)),
    Function(name="none_of", doc="The set has none of the texts.", example='none_of(deal.products, "Legacy")',
             parameters=_SET, result=_B, work=lambda _, group, wanted: folded(group).isdisjoint(_as_set(wanted))),
    Function(name="only_of", doc="The set has no text but these.", example='only_of(deal.parts, {"licence"})',
             parameters=_SET, result=_B, work=lambda _, group, wanted: folded(group) <= _as_set(wanted)),
    Function(name="contains", doc="A text has the other in it; a set has it among its texts.",
             example='contains(deal.name, "renewal")', parameters=(_one("whole", *_SOME), _one("part", _T)), result=_B,
             work=_contains),
    Function(name="starts_with", doc="A text begins with the other.", example='starts_with("SKU-100", "sku")', gives="true",
             parameters=(_one("whole", _T), _one("part", _T)), result=_B,
             work=lambda _, whole, part: whole.casefold().startswith(part.casefold())),
    Function(name="ends_with", doc="A text ends with the other.", example='ends_with(customer.domain, ".gov")',
             parameters=(_one("whole", _T), _one("part", _T)), result=_B,
             work=lambda _, whole, part: whole.casefold().endswith(part.casefold())),
    Function(name="lower", doc="The text in lower case. Comparisons ignore case anyway.", example='lower("Gold")',
             gives="gold", parameters=(_one("value", _T),), result=_T, work=lambda _, value: value.lower()),
    Function(name="length", doc="How many characters a text has.", example='length("Gold")', gives="4",
             parameters=(_one("value", _T),), result=_N, work=lambda _, value: Decimal(len(value))),
    Function(name="days_between", doc="Days from the first date to the second; below zero when that is earlier.",
             example="days_between(2026-03-01, 2026-03-31)", gives="30",
             parameters=(_one("start", *_DAY), _one("end", *_DAY)), result=_N, work=_days_between),
    Function(name="months_between", doc="Full months from the first date to the second.",
             example="months_between(2026-01-31, 2026-02-28)", gives="1",
             parameters=(_one("start", *_DAY), _one("end", *_DAY)), result=_N, work=_months_between),
    Function(name="within", doc="A date lies before `moment` (now by default), by less than a length of time: as a "
             "look-back counts, exactly six months ago is outside, and so is what lies after `moment`.",
             example="within(customer.last_purchase_on, 3 years, deal.created_at)",
             parameters=(_one("when", *_DAY), _one("span", Type.SPAN), _maybe("moment", *_DAY)), result=_B, work=_within),
    Function(name="date", doc="The date of an instant in the policy's zone.", example="date(2026-03-01T09:00Z)",
             gives="2026-03-01", parameters=_DATE, result=_D, work=_of_day(lambda day: day)),
    Function(name="year", doc="The year.", example="year(2026-03-01)", gives="2026", parameters=_DATE, result=_N,
             work=_of_day(lambda day: Decimal(day.year))),
    Function(name="month", doc="The month, 1 to 12.", example="month(2026-03-01)", gives="3", parameters=_DATE, result=_N,
             work=_of_day(lambda day: Decimal(day.month))),
    Function(name="day", doc="The day of the month.", example="day(2026-03-01)", gives="1", parameters=_DATE, result=_N,
             work=_of_day(lambda day: Decimal(day.day))),
    Function(name="hour", doc="The hour of an instant in the policy's zone, 0 to 23.", example="hour(2026-03-01T09:30Z)",
             gives="9", parameters=(_one("moment", Type.INSTANT),), result=_N,
             work=lambda facts, moment: Decimal(moment.astimezone(ZoneInfo(facts[POLICY_ZONE])).hour)),
    Function(name="weekday", doc="The day of the week: mon, tue, wed, thu, fri, sat, sun.",
             example="weekday(2026-03-02)", gives="mon", parameters=_DATE, result=_T,
             values=_WEEKDAYS,
            work=_of_day(lambda day: _WEEKDAYS[day.weekday()])),
    Function(name="quarter", doc="The quarter, 1 to 4." + _FISCAL_DOC, example="quarter(2026-03-01, 2)", gives="1",
             parameters=_FISCAL, result=_N, work=_quarter),
    Function(name="quarter_start", doc="The first day of the quarter." + _FISCAL_DOC, example="quarter_start(2026-03-15)",
             gives="2026-01-01", parameters=_FISCAL, result=_D, work=_quarter_start),
    Function(name="quarter_end", doc="The last day of the quarter." + _FISCAL_DOC, example="quarter_end(2026-03-15, 2)",
             gives="2026-04-30", parameters=_FISCAL, result=_D, work=_quarter_end),
    Function(name="month_start", doc="The first day of the month.", example="month_start(2026-03-15)", gives="2026-03-01",
             parameters=_DATE, result=_D, work=_of_day(lambda day: day.replace(day=1))),
    Function(name="month_end", doc="The last day of the month.", example="month_end(2026-02-15)", gives="2026-02-28",
             parameters=_DATE, result=_D, work=_of_day(_month_end)),
    Function(name="year_end", doc="The last day of the calendar year.", example="year_end(2026-02-15)", gives="2026-12-31",
             parameters=_DATE, result=_D, work=_of_day(lambda day: day.replace(month=12, day=31))),
    Function(name="amount_of", doc="The sum of the deal's lines that pass, in the policy's currency." + _LINES_DOC,
             example='amount_of(classes={"emerging"}, parts="licence") > 20,000 USD', parameters=_LINES, result=_M,
             work=_amount_of),
    Function(name="units_of", doc="The units of the deal's lines that pass." + _LINES_DOC,
             example='units_of(skus={"A-100"}) >= 100', parameters=_LINES, result=_N, work=_units_of),
    Function(name="lines_of", doc="How many of the deal's lines pass." + _LINES_DOC,
             example='lines_of(products="Firewall") > 0', parameters=_LINES, result=_N, work=_lines_count),
)  # fmt: skip

FUNCTIONS: Final[Mapping[str, Function]] = {each.name: each for each in _TABLE}
ALIASES: Final[Mapping[str, Function]] = {each.alias: each for each in _TABLE if each.alias}
