"""How large a deal is, or a part of it: amounts and units, of the whole or of chosen lines.

An amount is converted into the currency that is asked for by the policy's rates; where a rate, a line's amount or a line's
units are missing, the size is None, never a guess. A deal without lines is one line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.cases import Fact
from rules.matching.deals import families_of
from rules.records import Claim, Line, Money
from rules.setting import setting

if TYPE_CHECKING:
    from rules.situation import Situation


class Per(StrEnum):
    """Over what a size is measured."""

    DEAL = "deal"
    ORDER = "order"  # the greatest single order counts
    SKU = "sku"  # the greatest single product number counts
    SKU_IN_ORDER = "sku_in_order"  # the greatest single product number of one order counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Which lines of the deal count; an empty filter takes them all. Case does not matter."""

    products: frozenset[str] = setting(frozenset[str](), "Only these products or product lines.")
    classes: frozenset[str] = setting(frozenset[str](), "Only these product classes.")
    skus: frozenset[str] = setting(frozenset[str](), "Only these product numbers.")
    parts: frozenset[str] = setting(frozenset[str](), "Only these parts of the price: licence, maintenance ...")


_KEYS: Final[Mapping[Per, Callable[[Line], Hashable]]] = {
    Per.DEAL: lambda line: None,
    Per.ORDER: lambda line: line.order,
    Per.SKU: lambda line: line.sku or line.product,
    Per.SKU_IN_ORDER: lambda line: (line.order, line.sku or line.product),
}


def amount_of(situation: Situation, currency: str) -> Money | None:
    """Return the whole deal's amount in a currency; the sum of its lines where it names none itself."""
    if currency == situation.policy.currency:
        amount = situation.amount()
    else:
        stated = situation.stated_amount()
        amount = None if stated is None else _converted(stated, currency, situation)
    if amount is None and situation.claim.amount is None and situation.claim.lines:
        return sum_of(situation.claim.lines, situation, currency)
    return amount


def units_of(situation: Situation) -> Decimal | None:
    """Return the whole deal's units; the sum of its lines where it names none itself."""
    claim = situation.claim
    if claim.units is not None or not claim.lines:
        return claim.units
    return _sum(line.units for line in claim.lines)


def selected(situation: Situation, wanted: Lines | None) -> tuple[Line, ...] | None:
    """Return the lines that count; None where the deal does not tell which part of it they are."""
    claim = situation.claim
    if claim.lines:
        return claim.lines if wanted is None else tuple([each for each in claim.lines if _is_wanted(each, wanted)])
    whole = Line(
        product=claim.products[0] if len(claim.products) == 1 else None, units=claim.units, amount=claim.amount
    )
    if wanted is None:
        return (whole,)
    return _whole_or_nothing(claim, whole, wanted)


def sum_of(lines: Iterable[Line], situation: Situation, currency: str) -> Money | None:
    """Return what the lines amount to; None where one of them has no amount or no rate."""
    total = Decimal(0)
    for line in lines:
        amount = None if line.amount is None else _converted(line.amount, currency, situation)
        if amount is None:
            return None
        total += amount.amount
    return Money(amount=total, currency=currency)


def greatest_amount(lines: Sequence[Line], per: Per, situation: Situation, currency: str) -> Money | None:
    """Return the amount of the greatest order or product number among the lines; nothing of them is zero."""
    sums = [sum_of(group, situation, currency) for group in _groups(lines, per)]
    known = [each for each in sums if each is not None]
    if len(known) < len(sums):
        return None
    return max(known, key=lambda each: each.amount, default=Money(amount=Decimal(0), currency=currency))


def greatest_units(lines: Sequence[Line], per: Per) -> Decimal | None:
    """Return the units of the greatest order or product number among the lines; nothing of them is zero."""
    sums = [_sum(line.units for line in group) for group in _groups(lines, per)]
    known = [each for each in sums if each is not None]
    return None if len(known) < len(sums) else max(known, default=Decimal(0))


def amount_fact(situation: Situation, amount: Money) -> Fact:
    """Return the deal's amount as a fact, with the rate where it was converted."""
    stated = situation.stated_amount()
    if stated is None:
        return situation.claim_fact("amount", str(amount))
    if stated.currency == amount.currency:
        fact: Fact = situation.shared("amount_fact", lambda _: situation.claim_fact("amount", str(amount)))
        return fact
    rates, day = situation.case.rates, situation.rate_day()
    rate = rates.rate(stated.currency, day) if amount.currency == rates.base else None
    by = f"at {rate}" if rate is not None else f"by the rates of {day}"
    return situation.claim_fact("amount", f"{stated} {by} = {amount}")


def told(size: Money | Decimal) -> str:
    """Return a size as explanations write it."""
    return str(size) if isinstance(size, Money) else f"{size:,f}"


def _is_wanted(line: Line, wanted: Lines) -> bool:
    return (
        _is_sold(line.product, wanted.products)
        and _is_named(line.product_class, wanted.classes)
        and _is_named(line.sku, wanted.skus)
        and _is_named(line.part, wanted.parts)
    )


def _is_sold(product: str | None, wanted: frozenset[str]) -> bool:
    return not wanted or (product is not None and bool(families_of((product,)) & families_of(wanted)))


def _is_named(value: str | None, wanted: frozenset[str]) -> bool:
    return not wanted or (value is not None and value.casefold() in {each.casefold() for each in wanted})


def _whole_or_nothing(claim: Claim, whole: Line, wanted: Lines) -> tuple[Line, ...] | None:
    """Return what counts of a deal without lines: all of it or nothing, as far as its products tell."""
    if wanted.classes or wanted.skus or wanted.parts or not claim.products:
        return None
    inside = [_is_sold(product, wanted.products) for product in claim.products]
    if all(inside):
        return (whole,)
    return None if any(inside) else ()


def _groups(lines: Sequence[Line], per: Per) -> list[list[Line]]:
    groups: dict[Hashable, list[Line]] = {}
    for line in lines:
        groups.setdefault(_KEYS[per](line), []).append(line)
    return list(groups.values())


def _sum(numbers: Iterable[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for number in numbers:
        if number is None:
            return None
        total += number
    return total


def _converted(money: Money, currency: str, situation: Situation) -> Money | None:
    stated = money if money.currency else Money(amount=money.amount, currency=situation.policy.currency)
    return situation.case.rates.convert(stated, currency, situation.rate_day())
