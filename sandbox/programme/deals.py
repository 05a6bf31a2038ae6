"""The vendor's existing business, one plan per number: opportunities in Salesforce and deals in HubSpot.

Every fourth HubSpot deal is a Salesforce opportunity told a second time, and half of these carry the Salesforce id. All of
it is direct business without a registration: what partners brought is told by the submissions' stories.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sandbox.programme.customers import customer_at
from sandbox.programme.dice import roll
from sandbox.programme.vendor import SELLERS
from sandbox.programme.words import PRODUCTS

HISTORY: Final = timedelta(days=540)  # the oldest change on file
QUIET: Final = timedelta(hours=2)  # the newest change on file lies this far before the start
_TWIN_EVERY: Final = 4
_SF_TWIN_PLACE: Final = 3  # of ten opportunities in a row, the one that may have a twin
_NIGHTLY: Final = (30, 36)  # per cent of the rows that a nightly job stamped in one instant

STAGES: Final = ("prospecting", "qualification", "proposal", "negotiation", "won", "lost")
_STAGE_OF: Final = (0, 0, 1, 1, 1, 2, 2, 3, 4, 4, 4, 5, 5, 5)
_CLOSED: Final = ("won", "lost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """How many rows there are of a kind and over which time they were last changed."""

    count: int
    start: datetime

    def stamp(self, number: int) -> datetime:
        """Return the modification time of a row: it ascends with the number, but for the nightly job's equal ones."""
        count = self.count
        low, high = count * _NIGHTLY[0] // 100, count * _NIGHTLY[1] // 100
        if low <= number < high:
            number = low
        return self.start - HISTORY + timedelta(seconds=int(_SPREAD_S * number // max(1, count)))


_SPREAD_S: Final = (HISTORY - QUIET).total_seconds()


class DealPlan(NamedTuple):  # a tuple is made in a third of a frozen dataclass's time
    """One deal on file. twin: number of the same deal in the other CRM. is_cross_referenced: HubSpot stores its id."""

    customer: int
    name: str
    stage: str
    amount: int
    currency: str
    close_on: date
    created_at: datetime
    modified_at: datetime
    seller: int
    product: str
    is_existing_business: bool
    is_cross_referenced: bool = False
    twin: int | None = None

    @property
    def is_won(self) -> bool:
        return self.stage == "won"

    @property
    def is_closed(self) -> bool:
        return self.stage in _CLOSED


def opportunity_at(seed: int, number: int, span: Span, customers: int) -> DealPlan:
    """Return the Salesforce opportunity of that number. customers: how many there are to choose from."""
    return _deal(
        seed,
        "opportunity",
        number,
        modified_at=span.stamp(number),
        customer=opportunity_customer(seed, number, span, customers),
        twin=twin_of_opportunity(number),
    )


def opportunity_customer(seed: int, number: int, span: Span, customers: int) -> int:
    """Return whose opportunity it is, without making it."""
    digits = _IN_BOTH if number % 10 == _SF_TWIN_PLACE else _IN_SALESFORCE
    return _near(seed, number, span, customers, digits)


def deal_at(seed: int, number: int, span: Span, opportunities: Span, customers: int) -> DealPlan:
    """Return the HubSpot deal of that number: a deal of its own, or the twin of a Salesforce opportunity."""
    twin = twin_of_deal(number)
    if twin is not None and twin < opportunities.count:
        return _retold(seed, number, span.stamp(number), twin, opportunity_at(seed, twin, opportunities, customers))
    return _deal(
        seed,
        "deal",
        number,
        modified_at=span.stamp(number),
        customer=deal_customer(seed, number, span, opportunities, customers),
        twin=None,
    )


def deal_customer(seed: int, number: int, span: Span, opportunities: Span, customers: int) -> int:
    """Return whose deal it is, without making it."""
    twin = twin_of_deal(number)
    if twin is not None and twin < opportunities.count:
        return opportunity_customer(seed, twin, opportunities, customers)
    return _near(seed, number, span, customers, _IN_HUBSPOT)


def twin_of_opportunity(number: int) -> int | None:
    """Return the HubSpot deal that tells the same opportunity, as far as that many deals exist."""
    return number // 10 * _TWIN_EVERY if number % 10 == _SF_TWIN_PLACE else None


def twin_of_deal(number: int) -> int | None:
    return number // _TWIN_EVERY * 10 + _SF_TWIN_PLACE if number % _TWIN_EVERY == 0 else None


# Which customer stands for a number's last digit, by the CRM that must know it (customers.py tells who is known where).
_IN_BOTH: Final = (0, 1, 2, 3, 4, 0, 1, 2, 3, 4)
_IN_SALESFORCE: Final = (0, 1, 2, 3, 4, 5, 6, 7, 0, 5)
_IN_HUBSPOT: Final = (0, 1, 2, 3, 4, 8, 9, 0, 8, 9)


def _near(seed: int, number: int, span: Span, customers: int, digits: tuple[int, ...]) -> int:
    """Return a customer with one of the last digits. Customers follow the numbers loosely, so that rows read in order meet
    the same few again."""
    near = number * customers // max(1, span.count)
    tens = max(1, customers // 10)
    return (near // 10 + (number * 7 + seed) % 5) % tens * 10 + digits[(near + number) % 10]


def _retold(seed: int, number: int, modified_at: datetime, twin: int, first: DealPlan) -> DealPlan:
    """Return a Salesforce opportunity as HubSpot's people tell it."""
    left, is_renamed = divmod(roll(seed, "twin", number), 2)
    left, amount = divmod(left, 10)
    left, closes_later = divmod(left, 3)
    return first._replace(
        name=f"{first.name} (HS)" if is_renamed else first.name,
        amount=first.amount + max(0, amount - 5) * 100,
        close_on=first.close_on + timedelta(days=closes_later),
        created_at=modified_at - timedelta(days=1 + left % 60),
        modified_at=modified_at,
        is_cross_referenced=number % (2 * _TWIN_EVERY) == 0,
        twin=twin,
    )


def _deal(seed: int, kind: str, number: int, *, modified_at: datetime, customer: int, twin: int | None) -> DealPlan:
    company = customer_at(seed, customer)
    # One roll taken apart by hand: a benchmark reads these by the hundred thousand.
    left, stage = divmod(roll(seed, kind, number), len(_STAGE_OF))
    left, product = divmod(left, len(PRODUCTS))
    left, days = divmod(left, 190)
    left, amount = divmod(left, 393)
    left, seller = divmod(left, len(SELLERS))
    left, is_existing = divmod(left, 100)
    name = STAGES[_STAGE_OF[stage]]
    is_closed = name in _CLOSED
    return DealPlan(
        customer=customer,
        name=f"{company.name[:80]} - {PRODUCTS[product]}",
        stage=name,
        amount=(8 + amount) * 500,
        currency=company.currency,
        close_on=date.fromordinal(modified_at.toordinal() + (-(days % 5) if is_closed else 10 + days)),
        created_at=modified_at - timedelta(seconds=3_600 + left % 8_000_000),
        modified_at=modified_at,
        seller=SELLERS[seller],
        product=PRODUCTS[product],
        is_existing_business=is_existing < 30,
        twin=twin,
    )
