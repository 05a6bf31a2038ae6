"""What partners send in, one plan per number: which story it belongs to, when it comes, and what must become of it.

Numbers repeat a cycle of scenarios, so that every outcome is there however few submissions there are. A story's customer is
nobody else's: a prospect with a number of its own above the customers on file, so that what is expected does not depend on
chance. What the two CRMs hold beforehand for a story (accounts, direct deals, purchases) is told by tell.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sandbox.programme.customers import CustomerPlan, customer_at
from sandbox.programme.dice import Dice
from sandbox.programme.partners import PartnerPlan, PartnerStanding, partner_at
from sandbox.programme.scenarios import (
    ACROSS_PLACE,
    CYCLE,
    ENDS,
    FOLLOWERS,
    FOREIGN_PLACES,
    MATCHED,
    Crm,
    Expected,
    Scenario,
    told_at,
)
from sandbox.programme.words import FIRST_NAMES, LAST_NAMES, PRODUCTS

_SKIPPED: Final = 7  # so many partners at most lie between two rivals by plan
_HISTORY_SHARE: Final = 5  # one submission in so many was there before the start
_HISTORY: Final = timedelta(days=3)
_FORM_AHEAD: Final = timedelta(days=9)  # how far a LATE one is dated back
_UNKNOWN_TO: Final = {Crm.SALESFORCE: (8, 9), Crm.HUBSPOT: (10, 11)}  # partners.py: known in the other CRM only


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPlan:
    """One submission as the partner fills it in.

    story: number of the submission that the story began with, its own for a first one. at: when it reaches the CRM.
    dated_at: what the partner's form says. amount None, close_on None: left out. has_account: the CRM holds the customer,
    and the submission names that record.
    """

    number: int
    scenario: Scenario
    crm: Crm
    story: int
    partner: PartnerPlan
    customer: CustomerPlan
    customer_name: str
    customer_domain: str | None
    contact_name: str
    contact_email: str
    deal_name: str
    amount: int | None
    currency: str
    close_on: date | None
    products: tuple[str, ...]
    at: datetime
    dated_at: datetime
    is_history: bool
    has_account: bool
    expected: Expected | None

    @property
    def rival(self) -> int | None:
        """Return the number of the submission that was first, for a follower of another partner."""
        return self.story if self.scenario in FOLLOWERS else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """All submissions of a world. customers: how many are on file; the stories' own are numbered after them."""

    seed: int
    count: int
    partners: int
    customers: int
    start: datetime
    lasts: timedelta

    @property
    def history(self) -> int:
        """Return how many submissions there are before the start."""
        return self.count // _HISTORY_SHARE

    def plan(self, number: int) -> SubmissionPlan:
        """Return the submission of that number."""
        scenario, crm, back = told_at(number)
        story = number - back
        dice = Dice(self.seed, "submission", number)
        first = Dice(self.seed, "story", story)
        customer = customer_at(self.seed, self._prospect(story))
        if scenario in FOLLOWERS:
            partner = self._rival(scenario, crm, number, story)
        else:
            partner = self._next_partner(scenario, crm, story)
        product = first.pick(PRODUCTS)
        is_foreign = number % CYCLE in FOREIGN_PLACES
        is_gappy = scenario in (Scenario.INCOMPLETE, Scenario.CORRECTED)
        at = self.at(number)
        close_on = at.date() + timedelta(days=60 + first.below(60))
        name = customer.name if scenario is Scenario.RESUBMITTED or dice.chance(60) else customer.respelled
        # Another script or spelling may need a person to see that it is the same customer.
        is_disguised = scenario in MATCHED and not customer.name.isascii() and customer.respelled != customer.name
        contact = f"{dice.pick(FIRST_NAMES)} {dice.pick(LAST_NAMES)}"
        return SubmissionPlan(
            number=number,
            scenario=scenario,
            crm=crm,
            story=story,
            partner=partner,
            customer=customer,
            customer_name=name,
            customer_domain=customer.domain,
            contact_name=contact,
            contact_email=f"contact{number}@{customer.domain or 'mail.example'}",
            deal_name=f"{customer.respelled[:80]} - {product}",
            amount=None if is_gappy else _amount(scenario, first, is_foreign=is_foreign),
            currency=customer.currency if is_foreign else "USD",
            close_on=None if is_gappy else close_on,
            products=(product,),
            at=at,
            dated_at=at - (_FORM_AHEAD if scenario is Scenario.LATE else timedelta(minutes=5)),
            is_history=scenario is Scenario.ADOPTED or number < self.history,
            has_account=has_account(scenario, story, crm),
            expected=None if is_foreign or is_disguised else ENDS[scenario],
        )

    def at(self, number: int) -> datetime:
        """Return when a submission reaches its CRM: in the order of numbers, but for those adopted from long before."""
        if told_at(number)[0] is Scenario.ADOPTED:
            return self.start - timedelta(days=20 + number % 40, minutes=number)
        if number < self.history:
            return self.start - _HISTORY + _HISTORY * number / max(1, self.history) - timedelta(minutes=30)
        later = self.count - self.history
        return self.start + self.lasts * (number - self.history + 0.5) / max(1, later)

    def pair_number(self, count: int) -> tuple[int, int]:
        """Return the numbers of two submissions beyond the campaign: one deal, two partners, Salesforce and HubSpot."""
        first = (self.count // CYCLE + 1 + count) * CYCLE
        return first, first + ACROSS_PLACE

    def _prospect(self, story: int) -> int:
        # Of twelve numbers two are neither parents nor subsidiaries (customers.py); stories take those with a plain web
        # address, so that nothing but the scenario decides.
        number = self.customers + 12 * (2 * story) + 9
        while not _is_plain(customer_at(self.seed, number)):
            number += 1 if number % 12 != 11 else 2
        return number

    def _rival(self, scenario: Scenario, crm: Crm, number: int, story: int) -> PartnerPlan:
        """Return who follows: looked for behind the story's first partner, and not so far that it comes round to it."""
        first = self._next_partner(*told_at(story)[:2], story)
        skipped = number % _SKIPPED
        return self._next_partner(scenario, crm, first.number + 1 + skipped, among=self.partners - 1 - skipped)

    def _next_partner(self, scenario: Scenario, crm: Crm, start: int, *, among: int | None = None) -> PartnerPlan:
        """Return the first partner from a number on whom the scenario suits."""
        for each in range(self.partners if among is None else among):
            partner = partner_at(self.seed, (start + each) % self.partners)
            if _fits(scenario, crm, partner):
                return partner
        raise ValueError(f"none of {self.partners} partners fits {scenario}; take at least 20")


def has_account(scenario: Scenario, story: int, crm: Crm) -> bool:
    """Tell whether this CRM holds the story's customer beforehand."""
    if scenario in (Scenario.DIRECT, Scenario.EXISTING_CUSTOMER, Scenario.OWN_OPPORTUNITY, Scenario.ADOPTED):
        return True
    return (story + (crm is Crm.HUBSPOT)) % 3 == 0


def _fits(scenario: Scenario, crm: Crm, partner: PartnerPlan) -> bool:
    is_known = partner.in_salesforce if crm is Crm.SALESFORCE else partner.in_hubspot
    if scenario is Scenario.UNKNOWN_PARTNER:
        return partner.is_good and not is_known
    if scenario is Scenario.BAD_STANDING:
        return partner.standing is PartnerStanding.SUSPENDED and is_known
    if scenario is Scenario.PAST_DUE:
        return partner.standing is PartnerStanding.PAST_DUE and is_known
    return partner.is_good and is_known


def _is_plain(customer: CustomerPlan) -> bool:
    return (
        customer.parent is None
        and customer.number % 12 != 0
        and customer.website is not None
        and customer.domain is not None
        and customer.domain in customer.website
    )


def _amount(scenario: Scenario, dice: Dice, *, is_foreign: bool) -> int:
    if scenario is Scenario.BELOW_MINIMUM:
        return 400 + dice.below(5) * 50
    if scenario is Scenario.LARGE:
        return 900_000 + dice.below(20) * 10_000
    return (20_000 + dice.below(40) * 500) * (100 if is_foreign else 1)
