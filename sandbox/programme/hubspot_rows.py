"""The programme in HubSpot's words: raw rows as a portal stores them, for what is on file before anything happens.

Companies and deals are made on demand (sandbox/generated.py), the links of a deal on file with them. Everything in a row's
properties is text. Ids of what is on file lie below any id the portal gives later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.programme import salesforce_rows
from sandbox.programme.customers import CustomerPlan, customer_at
from sandbox.programme.deals import HISTORY, DealPlan, Span, deal_at, deal_customer, twin_of_opportunity
from sandbox.programme.partners import PartnerPlan, partner_at
from sandbox.programme.vendor import USERS

Row = dict[str, Any]

COMPANIES_FROM: Final = 8_000_000_000
_PARTNERS_FROM: Final = 9_000_000_000
_PROSPECTS_FROM: Final = 10_000_000_000
DEALS_FROM: Final = 12_000_000_000
_STORIES_FROM: Final = 14_000_000_000
_SUBMISSIONS_FROM: Final = 15_000_000_000
_OWNERS_FROM: Final = 700_000

STAGES: Final = {
    "prospecting": "appointmentscheduled",
    "qualification": "qualifiedtobuy",
    "proposal": "decisionmakerboughtin",
    "negotiation": "contractsent",
    "won": "closedwon",
    "lost": "closedlost",
}
_DIGITS: Final = (0, 1, 2, 3, 4, 8, 9)  # last digits of the customers that HubSpot knows
_PLACE_OF: Final = {digit: place for place, digit in enumerate(_DIGITS)}


def owner_id(number: int) -> str:
    return str(_OWNERS_FROM + number)


def partner_id(number: int) -> str:
    return str(_PARTNERS_FROM + number)


def prospect_id(story: int) -> str:
    return str(_PROSPECTS_FROM + story)


def story_deal_id(story: int) -> str:
    return str(_STORIES_FROM + story)


def submission_id(number: int) -> str:
    return str(_SUBMISSIONS_FROM + number)


class Companies:
    """The customers that HubSpot knows: seven of ten, in the order of their numbers."""

    def __init__(self, seed: int, customers: int, start: datetime) -> None:
        self.seed = seed
        self._span = Span(count=customers // 10 * 7, start=start)

    @property
    def count(self) -> int:
        return self._span.count

    def row(self, number: int) -> Row:
        customer = customer_at(self.seed, number // 7 * 10 + _DIGITS[number % 7])
        return company_row(self.record_id(number), customer, at=self._span.stamp(number), owner=owner_id(number % 14))

    def record_id(self, number: int) -> str:
        return str(COMPANIES_FROM + number)

    def number_of(self, text: str) -> int | None:
        return _number(text, COMPANIES_FROM, self.count)

    def stamp(self, number: int) -> datetime:
        return self._span.stamp(number)

    @staticmethod
    def id_of(customer: int) -> str:
        """Return the company of a customer on file; only those whose last digit HubSpot knows have one."""
        return str(COMPANIES_FROM + customer // 10 * 7 + _PLACE_OF[customer % 10])


class Deals:
    """Direct business on file, some of it told in Salesforce too."""

    def __init__(self, seed: int, count: int, opportunities: Span, customers: int, start: datetime) -> None:
        self.seed = seed
        self.span = Span(count=count, start=start)
        self._opportunities = opportunities
        self._customers = customers

    @property
    def count(self) -> int:
        return self.span.count

    def plan(self, number: int) -> DealPlan:
        return deal_at(self.seed, number, self.span, self._opportunities, self._customers)

    def row(self, number: int) -> Row:
        return deal_row(self.record_id(number), self.plan(number))

    def record_id(self, number: int) -> str:
        return str(DEALS_FROM + number)

    def number_of(self, text: str) -> int | None:
        return _number(text, DEALS_FROM, self.span.count)

    def stamp(self, number: int) -> datetime:
        return self.span.stamp(number)

    def holders(self) -> dict[str, Callable[[str], str | None]]:
        """Return, per unique property, the id of the deal on file that may hold a value."""

        def cross_referring(value: str) -> str | None:
            opportunity = salesforce_rows.number_of("006", value)
            number = None if opportunity is None else twin_of_opportunity(opportunity)
            return self.record_id(number) if number is not None and number < self.span.count else None

        return {"salesforce_opportunity_id": cross_referring, "registration_id": lambda _value: None}

    def links(self, deal_id: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the company that a deal on file hangs on, and as what."""
        number = self.number_of(deal_id)
        if number is None:
            return []
        customer = deal_customer(self.seed, number, self.span, self._opportunities, self._customers)
        return [(Companies.id_of(customer), ("Primary",))]


def owner_rows() -> Iterator[Row]:
    """Yield the vendor's users as HubSpot lists owners; those who left are archived."""
    for user in USERS:
        yield {
            "id": owner_id(user.number),
            "userId": 9_000 + user.number,
            "email": user.email,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "teams": [user.team],
            "archived": not user.is_active,
        }


def partner_rows(seed: int, count: int, start: datetime) -> Iterator[Row]:
    """Yield the partners' companies. Partners of the other CRM only are mere companies here: without code and tier."""
    for number in range(count):
        partner = partner_at(seed, number)
        at = start - HISTORY + timedelta(days=number % 100, minutes=number)
        yield _row(
            partner_id(number),
            {
                "name": partner.name,
                "domain": partner.domain,
                "website": f"https://www.{partner.domain}",
                "country": partner.country_name,
                "hubspot_owner_id": owner_id(partner.manager),
                **(_partner_fields(partner) if partner.in_hubspot else {}),
            },
            at,
            at,
        )


def _partner_fields(partner: PartnerPlan) -> dict[str, str]:
    return {
        "is_partner": "true",
        "partner_code": partner.code,
        "partner_tier": partner.tier.lower(),
        "partner_standing": partner.standing.value,
    }


def company_row(company_id: str, customer: CustomerPlan, *, at: datetime, owner: str) -> Row:
    """Return a customer's company, spelled as HubSpot's people spell it."""
    return _row(
        company_id,
        {
            "name": customer.respelled,
            "domain": customer.domain,
            "website": customer.website,
            "country": customer.country_name,
            "hubspot_owner_id": owner,
        },
        at,
        at,
    )


def deal_row(deal_id: str, plan: DealPlan) -> Row:
    """Return a deal."""
    properties: dict[str, str | None] = {
        "dealname": plan.name,
        "pipeline": "default",
        "dealstage": STAGES[plan.stage],
        "amount": str(plan.amount),
        "deal_currency_code": plan.currency,
        "closedate": f"{plan.close_on.isoformat()}T12:00:00Z",
        "dealtype": "existingbusiness" if plan.is_existing_business else "newbusiness",
        "hubspot_owner_id": owner_id(plan.seller),
        "product_line": plan.product,
    }
    if plan.is_cross_referenced and plan.twin is not None:
        properties["salesforce_opportunity_id"] = salesforce_rows.record_id("006", plan.twin)
    return _row(deal_id, properties, plan.created_at, plan.modified_at)


def _row(row_id: str, properties: dict[str, Any], created_at: datetime, updated_at: datetime) -> Row:
    return {
        "id": row_id,
        "properties": properties,
        "createdAt": created_at,
        "updatedAt": updated_at,
        "archived": False,
    }


def _number(text: str, base: int, count: int) -> int | None:
    if not text.isdigit():
        return None
    number = int(text) - base
    return number if 0 <= number < count else None
