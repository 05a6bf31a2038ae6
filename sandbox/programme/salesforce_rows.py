"""The programme in Salesforce's words: raw rows as an org stores them, for what is on file before anything happens.

Accounts and opportunities are made on demand (sandbox/generated.py); users, partners and the stories' own accounts are few
and made at once. Ids of what is on file sort before any id the org gives later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.programme.customers import CustomerPlan, customer_at
from sandbox.programme.deals import HISTORY, DealPlan, Span, opportunity_at
from sandbox.programme.partners import PartnerPlan, PartnerStanding, partner_at
from sandbox.programme.vendor import USERS, Role

Row = dict[str, Any]

STAGES: Final = {
    # our word: (stage, probability, forecast category, its name)
    "prospecting": ("Prospecting", 10.0, "Pipeline", "Pipeline"),
    "qualification": ("Qualification", 10.0, "Pipeline", "Pipeline"),
    "proposal": ("Proposal/Price Quote", 75.0, "BestCase", "Best Case"),
    "negotiation": ("Negotiation/Review", 90.0, "Forecast", "Commit"),
    "won": ("Closed Won", 100.0, "Closed", "Closed"),
    "lost": ("Closed Lost", 0.0, "Omitted", "Omitted"),
}
STANDINGS: Final = {
    PartnerStanding.GOOD: "Good",
    PartnerStanding.PAST_DUE: "Past Due",
    PartnerStanding.SUSPENDED: "Suspended",
}
_PARTNERS_FROM: Final = 800_000_000
_PROSPECTS_FROM: Final = 810_000_000
_STORIES_FROM: Final = 820_000_000


def record_id(prefix: str, number: int) -> str:
    """Return the id of a row on file. Digits only, so that the check characters follow from the prefix alone."""
    return f"{prefix}5g0{number:09d}{'EAA' if prefix == 'a0B' else 'AAA'}"


def number_of(prefix: str, text: str) -> int | None:
    """Return the number in an id that `record_id` made for this prefix, else None."""
    if len(text) != 18 or not text.startswith(f"{prefix}5g0"):
        return None
    digits = text[6:15]
    return int(digits) if digits.isdigit() else None


def user_id(number: int) -> str:
    return record_id("005", number)


def partner_id(number: int) -> str:
    return record_id("001", _PARTNERS_FROM + number)


def prospect_id(story: int) -> str:
    """Return the account of a story's own customer."""
    return record_id("001", _PROSPECTS_FROM + story)


def story_opportunity_id(story: int) -> str:
    return record_id("006", _STORIES_FROM + story)


def submission_id(number: int) -> str:
    return record_id("a0B", number)


class Accounts:
    """The customers that Salesforce knows: eight of ten, in the order of their numbers."""

    def __init__(self, seed: int, customers: int, start: datetime) -> None:
        self.seed = seed
        self._span = Span(count=customers // 10 * 8, start=start)

    @property
    def count(self) -> int:
        return self._span.count

    def row(self, number: int) -> Row:
        customer = customer_at(self.seed, number // 8 * 10 + number % 8)
        parent = customer.parent
        return account_row(
            self.record_id(number),
            customer,
            at=self._span.stamp(number),
            owner=user_id(number % 14),
            parent_id=None if parent is None or parent % 10 > 7 else self.id_of(parent),
        )

    def record_id(self, number: int) -> str:
        return record_id("001", number)

    def number_of(self, text: str) -> int | None:
        number = number_of("001", text)
        return number if number is not None and number < self.count else None

    def stamp(self, number: int) -> datetime:
        return self._span.stamp(number)

    @staticmethod
    def id_of(customer: int) -> str:
        """Return the account of a customer on file; only those whose last digit is below 8 have one."""
        return record_id("001", customer // 10 * 8 + customer % 10)


class Opportunities:
    """Direct business on file."""

    def __init__(self, seed: int, count: int, customers: int, start: datetime) -> None:
        self.seed = seed
        self.span = Span(count=count, start=start)
        self._customers = customers

    @property
    def count(self) -> int:
        return self.span.count

    def row(self, number: int) -> Row:
        plan = opportunity_at(self.seed, number, self.span, self._customers)
        return opportunity_row(self.record_id(number), plan, account_id=Accounts.id_of(plan.customer))

    def record_id(self, number: int) -> str:
        return f"0065g0{number:09d}AAA"

    def number_of(self, text: str) -> int | None:
        number = number_of("006", text)
        return number if number is not None and number < self.span.count else None

    def stamp(self, number: int) -> datetime:
        return self.span.stamp(number)


def user_rows(start: datetime) -> Iterator[Row]:
    """Yield the vendor's users."""
    at = start - HISTORY - timedelta(days=30)
    for user in USERS:
        yield {
            **_audit(user_id(user.number), at, at, user_id(0)),
            "Username": user.email,
            "FirstName": user.first_name,
            "LastName": user.last_name,
            "Name": user.name,
            "Email": user.email,
            "IsActive": user.is_active,
            "Title": user.role.value,
            "Department": user.team,
            "UserType": "AutomatedProcess" if user.role is Role.WORKFLOW else "Standard",
        }


def partner_rows(seed: int, count: int, start: datetime) -> Iterator[Row]:
    """Yield the partners' accounts. Partners of the other CRM only are mere accounts here: without code and tier."""
    for number in range(count):
        partner = partner_at(seed, number)
        at = start - HISTORY + timedelta(days=number % 100, minutes=number)
        yield {
            **_audit(partner_id(number), at, at, user_id(partner.manager)),
            "OwnerId": user_id(partner.manager),
            "Name": partner.name,
            "Type": "Channel Partner / Reseller",
            "Website": f"https://www.{partner.domain}",
            "Domain__c": partner.domain,
            "BillingCountry": partner.country_name,
            "CurrencyIsoCode": "USD",
            **(_partner_fields(partner) if partner.in_salesforce else {}),
        }


def _partner_fields(partner: PartnerPlan) -> Row:
    return {
        "Partner_Code__c": partner.code,
        "Partner_Tier__c": partner.tier,
        "Partner_Standing__c": STANDINGS[partner.standing],
    }


def account_row(account_id: str, customer: CustomerPlan, *, at: datetime, owner: str, parent_id: str | None) -> Row:
    """Return a customer's account."""
    return {
        "Id": account_id,
        "IsDeleted": False,
        "CreatedDate": at,
        "CreatedById": owner,
        "LastModifiedDate": at,
        "LastModifiedById": owner,
        "SystemModstamp": at,
        "OwnerId": owner,
        "Name": customer.name,
        "Type": "Prospect",
        "ParentId": parent_id,
        "Website": customer.website,
        "Domain__c": customer.domain,
        "BillingCountry": customer.country_name,
        "CurrencyIsoCode": customer.currency,
    }


def opportunity_row(opportunity_id: str, plan: DealPlan, *, account_id: str) -> Row:
    """Return an opportunity."""
    stage, probability, category, category_name = STAGES[plan.stage]
    owner = user_id(plan.seller)
    amount = float(plan.amount)
    return {
        "Id": opportunity_id,
        "IsDeleted": False,
        "CreatedDate": plan.created_at,
        "CreatedById": owner,
        "LastModifiedDate": plan.modified_at,
        "LastModifiedById": owner,
        "SystemModstamp": plan.modified_at,
        "OwnerId": owner,
        "AccountId": account_id,
        "Name": plan.name,
        "StageName": stage,
        "Probability": probability,
        "IsClosed": plan.is_closed,
        "IsWon": plan.is_won,
        "ForecastCategory": category,
        "ForecastCategoryName": category_name,
        "Amount": amount,
        "ExpectedRevenue": amount * probability / 100,
        "CurrencyIsoCode": plan.currency,
        "CloseDate": plan.close_on.isoformat(),
        "Type": "Existing Business" if plan.is_existing_business else "New Business",
        "Product_Line__c": plan.product,
        "LastStageChangeDate": plan.modified_at,
    }


def _audit(row_id: str, created_at: datetime, modified_at: datetime, by: str) -> Row:
    return {
        "Id": row_id,
        "CreatedDate": created_at,
        "CreatedById": by,
        "LastModifiedDate": modified_at,
        "LastModifiedById": by,
        "SystemModstamp": modified_at,
    }
