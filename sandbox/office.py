"""The vendor's office: who sits at which desk, what is on file, and a day's work there.

Daily work touches what was on file and the deals that grew out of it, never a submission's story, so that a story ends as
its plan expects while people are busy. What goes wrong is in mischief.py, when things happen in people.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zlib import crc32

from sandbox.desks import Desk, Kind
from sandbox.generated import Generated
from sandbox.programme.dice import Dice
from sandbox.programme.scenarios import Crm, Scenario
from sandbox.programme.submissions import Campaign, SubmissionPlan
from sandbox.programme.vendor import ACTIVE_SELLERS, CHANNEL_MANAGERS, OPERATIONS
from sandbox.programme.words import PRODUCTS

_RECENT: Final = 400  # people work on the deals that changed last
_TRIES: Final = 5
_OPEN_STAGES: Final = ("prospecting", "qualification", "proposal", "negotiation")
_APPROVED_OF_100: Final = 85


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How often things are done, per hour of simulated time and CRM. decides: channel managers decide what waits."""

    edits: float = 3.0
    stage_moves: float = 2.0
    closings: float = 0.5
    direct_deals: float = 0.25
    renames: float = 0.1
    workflow_edits: float = 1.0
    decides: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """What one CRM had on file from the start."""

    deals: Generated
    companies: Generated


@dataclass(slots=True, kw_only=True)
class Office:
    """What everybody in the office shares. submissions: record ids by plan number, by CRM."""

    desks: Mapping[Crm, Desk]
    on_file: Mapping[Crm, OnFile]
    campaign: Campaign
    rng: random.Random
    submissions: dict[Crm, dict[int, str]] = field(default_factory=lambda: {Crm.SALESFORCE: {}, Crm.HUBSPOT: {}})
    opened: dict[Crm, list[str]] = field(default_factory=lambda: {Crm.SALESFORCE: [], Crm.HUBSPOT: []})

    def submit(self, plan: SubmissionPlan) -> str:
        record_id = self.desks[plan.crm].submit(plan, who=plan.partner.manager)
        self.submissions[plan.crm][plan.number] = record_id
        return record_id

    def open_deal(self, desk: Desk) -> tuple[str, dict[str, Any]] | None:
        """Return some deal that is open and on nobody's story, None when none is met."""
        deals, opened = self.on_file[desk.door].deals, self.opened[desk.door]
        for _ in range(_TRIES):
            choice = self.rng.randrange(min(deals.count, _RECENT) + len(opened))
            record_id = (
                opened[choice] if choice < len(opened) else deals.record_id(deals.count - 1 - choice + len(opened))
            )
            deal = desk.get(Kind.DEAL, record_id)
            if deal is not None and not deal["is_closed"]:
                return record_id, deal
        return None

    def company(self, desk: Desk) -> str:
        """Return some company on file."""
        companies = self.on_file[desk.door].companies
        return companies.record_id(self.rng.randrange(companies.count))


def work(office: Office, desk: Desk, habits: Habits, hours: float, now: datetime) -> None:
    """Do what is done in so many hours at one CRM."""
    for rate, do in (
        (habits.edits, _edit),
        (habits.stage_moves, _move),
        (habits.closings, _close),
        (habits.direct_deals, _open_direct),
        (habits.renames, _rename),
        (habits.workflow_edits, _run_workflow),
    ):
        wanted = rate * hours
        times = int(wanted) + (office.rng.random() < wanted % 1)
        for _ in range(times):
            do(office, desk, now)


def decide(office: Office, desk: Desk, now: datetime) -> None:
    """Let channel managers decide what has waited for them long enough; what lacks its amount goes on waiting."""
    for record_id in list(desk.screens.submission_ids()):
        row = desk.get(Kind.SUBMISSION, record_id)
        if row is None or row["status"] != desk.screens.in_review or not row["registration_id"]:
            continue
        chance = crc32(record_id.encode())
        # In HubSpot a holding registration is in review too: nobody decides before the holding period may be over.
        patience = timedelta(hours=(26 if desk.door is Crm.HUBSPOT else 4) + chance % 6)
        if row["amount"] is None or now - row["modified_at"] < patience:
            continue
        manager = CHANNEL_MANAGERS[chance % len(CHANNEL_MANAGERS)]
        if chance // 7 % 100 < _APPROVED_OF_100:
            desk.edit(Kind.SUBMISSION, record_id, {"status": "approved"}, who=manager, what="approved")
        else:
            values = {"status": "rejected", "reason": "Not Qualified"}
            desk.edit(Kind.SUBMISSION, record_id, values, who=manager, what="rejected")


Later = tuple[timedelta, Callable[[datetime], None]]


def follow_up(office: Office, plan: SubmissionPlan, record_id: str) -> Later | None:
    """Return what happens to a submission later, and how long after its arrival; None for most."""
    desk = office.desks[plan.crm]
    manager = plan.partner.manager

    def complete(_now: datetime) -> None:
        amount = 24_000 + plan.number % 10 * 1_000
        close_on = (plan.at + timedelta(days=90)).date()
        values = {"amount": amount, "close_on": close_on}
        desk.edit(Kind.SUBMISSION, record_id, values, who=manager, what="completed")

    def withdraw(_now: datetime) -> None:
        desk.edit(Kind.SUBMISSION, record_id, {"status": "withdrawn"}, who=manager, what="withdrawn")

    def open_direct(now: datetime) -> None:
        seller = Dice(office.campaign.seed, "direct later", plan.number).pick(ACTIVE_SELLERS)
        open_story_deal(office, plan, seller, now)

    def open_own(now: datetime) -> None:
        open_story_deal(office, plan, manager, now)

    return {
        Scenario.CORRECTED: (timedelta(hours=24), complete),
        Scenario.WITHDRAWN: (timedelta(hours=9), withdraw),
        Scenario.DIRECT_LATER: (timedelta(days=3), open_direct),
        Scenario.OPPORTUNITY_AFTER: (timedelta(hours=30), open_own),
    }.get(plan.scenario)


def open_story_deal(office: Office, plan: SubmissionPlan, who: int, now: datetime) -> str:
    """Open a deal for a story's customer, with the company where the CRM does not hold it yet; return the deal's id."""
    desk = office.desks[plan.crm]
    if plan.has_account:
        company = desk.screens.company_of_story(plan.story)
    else:
        values = {"name": plan.customer.name, "domain": plan.customer.domain, "website": plan.customer.website}
        company = desk.create(Kind.COMPANY, values, who=who, what="company_created")
    return desk.create(
        Kind.DEAL,
        {
            "name": plan.deal_name,
            "stage": "qualification",
            "amount": plan.amount or 25_000,
            "currency": plan.currency,
            "close_on": plan.close_on or now.date() + timedelta(days=90),
            "product": plan.products[0],
        },
        who=who,
        what="deal_opened",
        company_id=company,
    )


def same_second(office: Office, count: int) -> tuple[SubmissionPlan, SubmissionPlan]:
    """Return two submissions of one deal by two partners in the two CRMs. count: how many such pairs there were before."""
    base = office.campaign.pair_number(count)
    first, second = (office.campaign.plan(number) for number in base)
    return replace(first, has_account=False), replace(second, has_account=False)


def _edit(office: Office, desk: Desk, now: datetime) -> None:
    found = office.open_deal(desk)
    if found is not None:
        amount = max(1_000, round(float(found[1]["amount"] or 10_000) * office.rng.uniform(0.8, 1.3) / 500) * 500)
        close_on = now.date() + timedelta(days=office.rng.randrange(10, 150))
        values = {"amount": amount} if office.rng.random() < 0.5 else {"close_on": close_on}
        desk.edit(Kind.DEAL, found[0], values, who=office.rng.choice(ACTIVE_SELLERS), what="deal_edited")


def _move(office: Office, desk: Desk, now: datetime) -> None:
    found = office.open_deal(desk)
    if found is not None:
        values = {"stage": office.rng.choice(_OPEN_STAGES)}
        desk.edit(Kind.DEAL, found[0], values, who=office.rng.choice(ACTIVE_SELLERS), what="stage_moved")


def _close(office: Office, desk: Desk, now: datetime) -> None:
    found = office.open_deal(desk)
    if found is not None:
        values = {"stage": office.rng.choice(("won", "lost")), "close_on": now.date()}
        desk.edit(Kind.DEAL, found[0], values, who=office.rng.choice(ACTIVE_SELLERS), what="deal_closed")


def _open_direct(office: Office, desk: Desk, now: datetime) -> None:
    rng, company_id = office.rng, office.company(desk)
    company = desk.get(Kind.COMPANY, company_id)
    if company is None:
        return
    product = rng.choice(PRODUCTS)
    values = {
        "name": f"{str(company['name'])[:80]} - {product}",
        "stage": "prospecting",
        "amount": rng.randrange(10, 200) * 500,
        "close_on": now.date() + timedelta(days=rng.randrange(30, 180)),
        "product": product,
    }
    who = rng.choice(ACTIVE_SELLERS)
    deal = desk.create(Kind.DEAL, values, who=who, what="deal_opened", company_id=company_id)
    office.opened[desk.door].append(deal)


def _rename(office: Office, desk: Desk, now: datetime) -> None:
    company_id = office.company(desk)
    company = desk.get(Kind.COMPANY, company_id)
    if company is not None:
        name = f"{str(company['name'])[:200]} {office.rng.choice(('Group', 'International', '(new)'))}"
        desk.edit(Kind.COMPANY, company_id, {"name": name}, who=OPERATIONS, what="renamed")


def _run_workflow(office: Office, desk: Desk, now: datetime) -> None:
    found = office.open_deal(desk)
    if found is not None:
        values = {"description": f"Scored {office.rng.randrange(100)} on {now.date()}"}
        desk.edit(Kind.DEAL, found[0], values, who=None, what="workflow_ran")
