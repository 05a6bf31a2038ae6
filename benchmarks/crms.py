"""The CRMs that the benchmarks read: the sandbox's own, filled with generated rows, every limit of pace switched off.

Rows are made on demand, so a million of them cost the server no memory, and its work per row is the same for whoever asks.
The yardstick and Registrar read the same server.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from connectors.port import Clock
from sandbox.faults import Faults
from sandbox.hubspot.portal import Portal
from sandbox.programme import hubspot_rows, salesforce_rows
from sandbox.programme.customers import customer_at
from sandbox.programme.deals import Span
from sandbox.programme.vendor import CHANNEL_MANAGERS
from sandbox.salesforce.org import Org

SEED: Final = 1
PARTNERS: Final = 20
_KNOWN_IN_BOTH: Final = (
    5  # of ten customers in a row, the first five stand in both CRMs (sandbox/programme/customers.py)
)


def customers_for(rows: int) -> int:
    """Return how many customers that many opportunities are spread over; never so many that they would be the work."""
    return min(60_000, max(100, rows * 3 // 50 * 10))


def build_salesforce(rows: int, *, clock: Clock) -> Org:
    """Return an org with that many opportunities, their accounts, the vendor's users and some partners."""
    start, customers = clock.now().replace(microsecond=0), customers_for(rows)
    org = Org(clock=clock, faults=Faults(), seed=SEED)
    org.seed_generated("Account", salesforce_rows.Accounts(SEED, customers, start))
    org.seed_generated("Opportunity", salesforce_rows.Opportunities(SEED, rows, customers, start))
    org.seed("User", salesforce_rows.user_rows(start))
    org.seed("Account", salesforce_rows.partner_rows(SEED, PARTNERS, start))
    return org


def build_hubspot(rows: int, *, clock: Clock) -> Portal:
    """Return a portal with that many deals, their companies, the vendor's owners and some partners; no limiter."""
    start, customers = clock.now().replace(microsecond=0), customers_for(rows)
    portal = Portal(clock=clock, faults=Faults(), seed=SEED)
    portal.limits.switch_off()
    deals = hubspot_rows.Deals(SEED, rows, Span(count=rows, start=start), customers, start)
    companies = hubspot_rows.Companies(SEED, customers, start)
    portal.seed_generated("companies", companies, finders={"partner_code": lambda _value: None})
    portal.seed_generated("deals", deals, finders=deals.holders())
    portal.seed_associations("deals", "companies", deals.links)
    portal.seed_owners(hubspot_rows.owner_rows())
    portal.seed("companies", hubspot_rows.partner_rows(SEED, PARTNERS, start))
    return portal


def submit_to_salesforce(org: Org, count: int, *, first: int = 0, today: date) -> Sequence[str]:
    """Let partners submit registrations for customers on file, one each; return their ids."""
    return [
        org.create("Deal_Registration__c", _salesforce_form(number, today), by=_manager())
        for number in range(first, first + count)
    ]


def submit_to_hubspot(portal: Portal, count: int, *, first: int = 0, today: date) -> Sequence[str]:
    """Let partners submit registrations for customers on file, one each; return their ids."""
    return [
        portal.create(
            "p_partner_submission",
            _hubspot_form(number, today),
            by="form:partner",
            associations=[("companies", hubspot_rows.partner_id(_partner(number)), "Submitting partner")],
        )
        for number in range(first, first + count)
    ]


def edit_opportunities(org: Org, numbers: Sequence[int]) -> None:
    """Let a seller change the amount of these generated opportunities."""
    for number in numbers:
        org.update("Opportunity", f"0065g0{number:09d}AAA", {"Amount": 5_000.0 + number % 977}, by=_manager())


def edit_deals(portal: Portal, numbers: Sequence[int]) -> None:
    """Let a seller change the amount of these generated deals."""
    for number in numbers:
        record_id = str(hubspot_rows.DEALS_FROM + number)
        portal.update("deals", record_id, {"amount": str(5_000 + number % 977)}, by=hubspot_rows.owner_id(0))


def accounts_of(org: Org, opportunities: Sequence[int]) -> Sequence[dict[str, Any]]:
    """Return the accounts of these generated opportunities, each once, in their order."""
    found: dict[str, dict[str, Any]] = {}
    for number in opportunities:
        deal = org.get("Opportunity", f"0065g0{number:09d}AAA")
        assert deal is not None, number
        account = org.get("Account", deal["AccountId"])
        assert account is not None, deal["AccountId"]
        found.setdefault(account["Id"], account)
    return list(found.values())


def submit_for_accounts(org: Org, accounts: Sequence[dict[str, Any]], *, today: date) -> None:
    """Let partners submit a registration for each of these accounts."""
    for number, account in enumerate(accounts):
        form = _salesforce_form(number, today)
        form |= {"Customer_Name__c": account["Name"], "Customer_Domain__c": account["Domain__c"]}
        org.create("Deal_Registration__c", form, by=_manager())


def _salesforce_form(number: int, today: date) -> dict[str, Any]:
    customer = customer_at(SEED, _customer(number))
    return {
        "Customer_Name__c": customer.name,
        "Customer_Domain__c": customer.domain,
        "Customer_Country__c": "DE",
        "Deal_Name__c": f"{customer.name[:60]} {number}",
        "Amount__c": 20_000.0,
        "CurrencyIsoCode": "USD",
        "Expected_Close_Date__c": (today + timedelta(days=90)).isoformat(),
        "Products__c": "Analytics",
        "Status__c": "Submitted",
        "Partner_Account__c": salesforce_rows.partner_id(_partner(number)),
    }


def _hubspot_form(number: int, today: date) -> dict[str, Any]:
    customer = customer_at(SEED, _customer(number))
    return {
        "customer_name": customer.name,
        "customer_domain": customer.domain or "",
        "customer_country": "DE",
        "deal_name": f"{customer.name[:60]} {number}",
        "amount": "20000",
        "currency": "USD",
        "expected_close_date": (today + timedelta(days=90)).isoformat(),
        "products": "Analytics",
        "submission_status": "new",
    }


def _customer(number: int) -> int:
    return number // _KNOWN_IN_BOTH * 10 + number % _KNOWN_IN_BOTH


def _partner(number: int) -> int:
    return number % PARTNERS


def _manager() -> str:
    return salesforce_rows.user_id(CHANNEL_MANAGERS[0])
