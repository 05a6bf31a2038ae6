"""One simulated world: a Salesforce org and a HubSpot portal of the same vendor, its people, its partners, one clock.

build_world() puts a seeded programme (sandbox/programme) on file in both CRMs and hands over the rest to the people. The
same seed gives the same world, whichever door it is entered by.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from wsgiref.types import WSGIApplication

import requests

from connectors.port import Clock
from sandbox.clock import SimClock, SkewedClock
from sandbox.desks import Act, Desk
from sandbox.faults import Faults
from sandbox.faulty import FaultyApp
from sandbox.hubspot.portal import Portal
from sandbox.office import Habits, Office, OnFile
from sandbox.people import People
from sandbox.programme import hubspot_forms, hubspot_rows, salesforce_forms, salesforce_rows
from sandbox.programme.scenarios import Crm
from sandbox.programme.submissions import Campaign
from sandbox.salesforce.org import Org
from sandbox.screens_hubspot import HubspotScreens
from sandbox.screens_salesforce import SalesforceScreens
from sandbox.transport import WsgiAdapter, WsgiPool

START: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
LASTS: Final = timedelta(days=10)  # how long submissions go on coming

# At scale 1. Customers, opportunities and deals grow with the scale, partners and submissions far slower.
CUSTOMERS: Final = 3_000
OPPORTUNITIES: Final = 5_000
DEALS: Final = 2_000
PARTNERS: Final = 60
SUBMISSIONS: Final = 500
_PARTNERS_MIN: Final = 20  # one of every kind (programme/partners.py)
_CUSTOMERS_MIN: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Both CRMs and everybody in them.

    clocks: each CRM's own, which may be ahead or behind. salesforce_app, hubspot_app: their APIs, with transport faults in
    front.
    """

    clock: Clock
    clocks: Mapping[Crm, SkewedClock]
    faults: Faults
    campaign: Campaign
    salesforce: Org
    hubspot: Portal
    people: People
    salesforce_app: WSGIApplication
    hubspot_app: WSGIApplication

    def logins(self) -> dict[str, dict[str, str]]:
        """Return what a client needs to log in, by CRM."""
        return {"salesforce": dict(self.salesforce.login), "hubspot": dict(self.hubspot.login)}

    def salesforce_session(self) -> requests.Session:
        """Return a session that ends in this world's Salesforce, whatever the host."""
        session = requests.Session()
        adapter = WsgiAdapter(self.salesforce_app, clock=self.clocks[Crm.SALESFORCE])
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def hubspot_pool(self) -> WsgiPool:
        """Return a urllib3 pool that ends in this world's HubSpot, whatever the host."""
        return WsgiPool(self.hubspot_app, clock=self.clocks[Crm.HUBSPOT])

    def transports(self) -> dict[str, Any]:
        """Return both in-process transports by CRM."""
        return {"salesforce": self.salesforce_session(), "hubspot": self.hubspot_pool()}


def build_world(
    *,
    seed: int = 1,
    scale: float = 1.0,
    start: datetime = START,
    clock: Clock | None = None,
    faults: Faults | None = None,
    submissions: int | None = None,
    lasts: timedelta = LASTS,
    habits: Habits | None = None,
) -> World:
    """Return a new world.

    scale: multiplies what is on file. clock: starts at `start`; a SimClock of its own by default. submissions: how many in
    all, one in five of them before the start. lasts: the time over which the others come. habits: how busy people are.
    """
    clock = clock if clock is not None else SimClock(start)
    faults = faults if faults is not None else Faults()
    campaign = Campaign(
        seed=seed,
        count=_slowly(SUBMISSIONS, scale) if submissions is None else submissions,
        partners=max(_PARTNERS_MIN, _slowly(PARTNERS, scale)),
        customers=max(_CUSTOMERS_MIN, round(CUSTOMERS * scale / 10) * 10),
        start=start,
        lasts=lasts,
    )
    clocks = {crm: SkewedClock(clock, timedelta()) for crm in Crm}
    org = Org(clock=clocks[Crm.SALESFORCE], faults=faults, seed=seed)
    portal = Portal(clock=clocks[Crm.HUBSPOT], faults=faults, seed=seed)
    in_salesforce = _fill_salesforce(org, campaign, max(1, round(OPPORTUNITIES * scale)))
    in_hubspot = _fill_hubspot(portal, campaign, max(1, round(DEALS * scale)), in_salesforce.deals)
    acts: list[Act] = []
    office = Office(
        desks={
            Crm.SALESFORCE: Desk(SalesforceScreens(org), clocks[Crm.SALESFORCE], acts.append),
            Crm.HUBSPOT: Desk(HubspotScreens(portal), clocks[Crm.HUBSPOT], acts.append),
        },
        on_file={Crm.SALESFORCE: in_salesforce, Crm.HUBSPOT: in_hubspot},
        campaign=campaign,
        rng=random.Random(f"people {seed}"),
    )
    _know_history(office)
    people = People(
        office, clock=clock, faults=faults, acts=acts, habits=habits if habits is not None else Habits(), start=start
    )
    return World(
        clock=clock,
        clocks=clocks,
        faults=faults,
        campaign=campaign,
        salesforce=org,
        hubspot=portal,
        people=people,
        salesforce_app=FaultyApp(org.app, faults, Crm.SALESFORCE.value),
        hubspot_app=FaultyApp(portal.app, faults, Crm.HUBSPOT.value),
    )


def _slowly(count: int, scale: float) -> int:
    power = 0.5 if scale < 1 else 1 / 3
    return round(count * float(scale**power))


def _fill_salesforce(org: Org, campaign: Campaign, opportunities: int) -> OnFile:
    seed, start = campaign.seed, campaign.start
    accounts = salesforce_rows.Accounts(seed, campaign.customers, start)
    deals = salesforce_rows.Opportunities(seed, opportunities, campaign.customers, start)
    org.seed_generated("Account", accounts)
    org.seed_generated("Opportunity", deals)
    org.seed("User", salesforce_rows.user_rows(start))
    org.seed("Account", salesforce_rows.partner_rows(seed, campaign.partners, start))
    org.seed("Account", salesforce_forms.prospect_rows(campaign))
    org.seed("Opportunity", salesforce_forms.opportunity_rows(campaign))
    org.seed(salesforce_forms.OBJECT, salesforce_forms.history_rows(campaign))
    return OnFile(deals=deals, companies=accounts)


def _fill_hubspot(portal: Portal, campaign: Campaign, count: int, opportunities: Any) -> OnFile:
    seed, start = campaign.seed, campaign.start
    companies = hubspot_rows.Companies(seed, campaign.customers, start)
    deals = hubspot_rows.Deals(seed, count, opportunities.span, campaign.customers, start)
    portal.seed_generated("companies", companies, finders={"partner_code": lambda _value: None})
    portal.seed_generated("deals", deals, finders=deals.holders())
    portal.seed_associations("deals", "companies", deals.links)
    portal.seed_owners(hubspot_rows.owner_rows())
    portal.seed("companies", hubspot_rows.partner_rows(seed, campaign.partners, start))
    portal.seed("companies", hubspot_forms.prospect_rows(campaign))
    told = list(hubspot_forms.deal_rows(campaign))
    portal.seed("deals", [row for row, _ in told])
    past = list(hubspot_forms.history_rows(campaign))
    portal.seed(hubspot_forms.OBJECT, [row for _, row in past])
    for row, links in told:
        for company, label in links:
            portal.associate("deals", row["id"], "companies", company, label=label)
    for plan, row in past:
        for company, label in hubspot_forms.links(plan):
            portal.associate(hubspot_forms.OBJECT, row["id"], "companies", company, label=label)
    return OnFile(deals=deals, companies=companies)


def _know_history(office: Office) -> None:
    """Tell the office the records of the submissions that were there before the start."""
    for number in range(office.campaign.count):
        plan = office.campaign.plan(number)
        if plan.is_history:
            made = salesforce_rows if plan.crm is Crm.SALESFORCE else hubspot_rows
            office.submissions[plan.crm][number] = made.submission_id(number)
