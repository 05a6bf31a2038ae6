"""How the facts of a deal are worked out, where a record does not simply tell them (rules/facts.py lists them all).

Several opportunities may be the deal's own; the one it is linked to speaks first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rules import events
from rules.cases import FoundOpportunity, Sameness
from rules.primitives.priority import evidence_time
from rules.records import Line, Money, Opportunity, Status
from rules.windows import end_of_day, local_date

if TYPE_CHECKING:
    from rules.situation import Situation

T = TypeVar("T")
_DAY: Final = timedelta(days=1)


def text_of(situation: Situation, name: str) -> str | None:
    """Return a text that the form has, None where it is empty."""
    value = situation.claim.facts.get(name)
    return value if isinstance(value, str) else None


def customer_text(situation: Situation, name: str) -> str | None:
    value = situation.claim.customer.facts.get(name)
    return value if isinstance(value, str) else None


def units(situation: Situation) -> Decimal | None:
    if situation.claim.units is not None:
        return situation.claim.units
    return _total(line.units for line in situation.claim.lines)


def products(situation: Situation) -> frozenset[str] | None:
    """Return the products of form and lines; None where neither names one."""
    lines = [line.product for line in situation.claim.lines if line.product is not None]
    return frozenset([*situation.claim.products, *lines]) or None


def product(situation: Situation) -> str | None:
    if situation.claim.products:
        return situation.claim.products[0]
    return next((line.product for line in situation.claim.lines if line.product is not None), None)


def line_texts(situation: Situation, name: str) -> frozenset[str] | None:
    """Return what the lines say in one of their parts; None where the deal has no lines."""
    if not situation.claim.lines:
        return None
    found = [getattr(line, name) for line in situation.claim.lines]
    return frozenset([each for each in found if each is not None])


def largest_order_amount(situation: Situation) -> Money | None:
    currency, convert = situation.policy.currency, situation.facts.convert

    def amount(line: Line) -> Decimal | None:
        found = None if line.amount is None else convert(line.amount, currency, None)
        return None if found is None else found.amount

    largest = _largest_order(situation, amount)
    return None if largest is None else Money(amount=largest, currency=currency)


def largest_order_units(situation: Situation) -> Decimal | None:
    return _largest_order(situation, lambda line: line.units)


def completed_at(situation: Situation) -> datetime | None:
    return events.completed_at(situation)


def evidence_at(situation: Situation) -> datetime | None:
    return evidence_time(situation.claim)


def status(situation: Situation) -> str:
    return str(situation.status)


def rank(situation: Situation) -> Decimal:
    return Decimal(situation.rank)


def extension_count(situation: Situation) -> Decimal:
    return Decimal(situation.extension_count)


def closed_on(situation: Situation) -> date | None:
    return _of_opportunities(situation, lambda each: each.close_on if each.is_closed else None)


def is_won(situation: Situation) -> bool | None:
    if situation.status in (Status.WON, Status.LOST):
        return situation.status is Status.WON
    return _of_opportunities(situation, lambda each: each.is_closed and each.is_won)


def stage(situation: Situation) -> str | None:
    return _of_opportunities(situation, lambda each: each.stage)


def next_step(situation: Situation) -> str | None:
    return text_of(situation, "next_step") or _of_opportunities(situation, lambda each: each.facts.get("next_step"))


def last_activity_at(situation: Situation) -> datetime | None:
    """Return the last activity; one of which only the date is known counts from the beginning of that day."""
    told = situation.claim.facts.get("last_activity_at")
    if isinstance(told, datetime):
        return told
    days = [each.opportunity.last_activity_on for each in _ours(situation)]
    known = [day for day in days if day is not None]
    return end_of_day(max(known) - _DAY, situation.policy.zone) if known and max(known) > date.min else None


def has_direct_deal(situation: Situation) -> bool:
    from rules.stakes import stakes_of  # which looks at situations, as this does

    return bool(stakes_of(situation).direct)


def last_purchase_on(situation: Situation) -> date | None:
    """Return when the customer last bought before the claim, the deal's own opportunities apart."""
    ours = {each.opportunity.ref for each in _ours(situation)}
    bought = [
        each.opportunity.close_on or local_date(each.opportunity.modified_at, situation.policy.zone)
        for each in situation.case.opportunities
        if each.opportunity.is_won
        and each.customer_match.sameness is Sameness.SAME
        and each.opportunity.ref not in ours
        and each.opportunity.created_at < situation.priority_at
    ]
    return max(bought, default=None)


def opportunity_fact(situation: Situation, name: str) -> Any:
    """Return a fact of the vendor's own that the deal's opportunity tells."""
    return _of_opportunities(situation, lambda each: each.facts.get(name))


def _ours(situation: Situation) -> tuple[FoundOpportunity, ...]:
    from rules.stakes import stakes_of  # which looks at situations, as this does

    return stakes_of(situation).ours


def _of_opportunities(situation: Situation, tell: Callable[[Opportunity], T | None]) -> T | None:
    """Return what the deal's own opportunities tell: the first that knows, linked ones asked first."""
    ours = sorted(_ours(situation), key=lambda each: not each.is_linked)
    return next((value for each in ours if (value := tell(each.opportunity)) is not None), None)


def _largest_order(situation: Situation, tell: Callable[[Line], Decimal | None]) -> Decimal | None:
    """Return the greatest sum over the lines of one order; None where there are no lines or one does not tell."""
    orders: dict[str | None, list[Decimal | None]] = {}
    for line in situation.claim.lines:
        orders.setdefault(line.order, []).append(tell(line))
    totals = [_total(each) for each in orders.values()]
    known = [each for each in totals if each is not None]
    return max(known) if known and len(known) == len(totals) else None


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum; None where there is nothing to sum up, or one is unknown."""
    found = list(values)
    known = [each for each in found if each is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(found) else None
