"""What partners send in, one plan per number: which story it belongs to, when it comes, and what must become of it.

Numbers repeat a cycle of scenarios, so that every outcome is there however few submissions there are. A story's customer is
nobody else's: a prospect with a number of its own above the customers on file, so that what is expected does not depend on
chance. What the two CRMs hold beforehand for a story (accounts, direct deals, purchases) is told by tell.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from sandbox.programme.customers import CustomerPlan, customer_at
from sandbox.programme.dice import Dice
from sandbox.programme.partners import PartnerPlan, PartnerStanding, partner_at
from sandbox.programme.words import FIRST_NAMES, LAST_NAMES, PRODUCTS


class Crm(StrEnum):
    """The two doors' names, as faults and connections are called by default."""

    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"

    @property
    def other(self) -> Crm:
        return Crm.HUBSPOT if self is Crm.SALESFORCE else Crm.SALESFORCE


class Scenario(StrEnum):
    CLEAN = "clean"
    LARGE = "large"  # above what is approved without a person
    INCOMPLETE = "incomplete"  # amount and closing date left out, and never told
    CORRECTED = "corrected"  # the same, and completed by the partner a day later
    BELOW_MINIMUM = "below_minimum"
    RESUBMITTED = "resubmitted"  # sent anew with a larger amount after BELOW_MINIMUM
    DUPLICATE = "duplicate"  # another partner was first, in the same CRM
    DUPLICATE_ACROSS = "duplicate_across"  # another partner was first, in the other CRM
    DIRECT = "direct"  # a direct deal is open in the same CRM
    DIRECT_ACROSS = "direct_across"
    DIRECT_LATER = "direct_later"  # clean; days later a seller opens a direct deal
    LATE = "late"  # dated before a rival's by the partner, received after it
    BAD_STANDING = "bad_standing"  # suspended
    PAST_DUE = "past_due"
    EXISTING_CUSTOMER = "existing_customer"  # bought lately
    UNKNOWN_PARTNER = "unknown_partner"  # a partner in the other CRM only
    OWN_OPPORTUNITY = "own_opportunity"  # names the opportunity that its channel manager keeps for it
    OPPORTUNITY_AFTER = "opportunity_after"  # clean; its channel manager opens the opportunity a day later
    WITHDRAWN = "withdrawn"  # clean, and taken back by the partner within hours
    ADOPTED = "adopted"  # approved by people before Registrar came


class Expected(StrEnum):
    """Where a story ends under the default rules, while nobody interferes."""

    REGISTERED = "registered"
    IN_REVIEW = "in_review"  # until a channel manager decides
    RETURNED = "returned"
    REFUSED = "refused"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


_ENDS: Final = {
    Scenario.CLEAN: Expected.REGISTERED,
    Scenario.LARGE: Expected.IN_REVIEW,
    Scenario.INCOMPLETE: Expected.RETURNED,
    Scenario.CORRECTED: Expected.REGISTERED,
    Scenario.BELOW_MINIMUM: Expected.REFUSED,
    Scenario.RESUBMITTED: Expected.REGISTERED,
    Scenario.DUPLICATE: Expected.REFUSED,
    Scenario.DUPLICATE_ACROSS: Expected.REFUSED,
    Scenario.DIRECT: Expected.REFUSED,
    Scenario.DIRECT_ACROSS: Expected.REFUSED,
    Scenario.DIRECT_LATER: Expected.REGISTERED,
    Scenario.LATE: Expected.REFUSED,
    Scenario.BAD_STANDING: Expected.REFUSED,
    Scenario.PAST_DUE: Expected.IN_REVIEW,
    Scenario.EXISTING_CUSTOMER: Expected.REFUSED,
    Scenario.UNKNOWN_PARTNER: Expected.WAITING,
    Scenario.OWN_OPPORTUNITY: Expected.REGISTERED,
    Scenario.OPPORTUNITY_AFTER: Expected.REGISTERED,
    Scenario.WITHDRAWN: Expected.WITHDRAWN,
    Scenario.ADOPTED: Expected.REGISTERED,
}
# A story counted back in the cycle by a follower: (scenario, CRM, places back to the first submission of the story).
_S, _H = Crm.SALESFORCE, Crm.HUBSPOT
_CYCLE: Final[Sequence[tuple[Scenario, Crm | None, int]]] = (
    (Scenario.CLEAN, _S, 0),
    (Scenario.CLEAN, _H, 0),
    (Scenario.ADOPTED, None, 0),
    (Scenario.DUPLICATE, _S, 3),
    (Scenario.INCOMPLETE, None, 0),
    (Scenario.DUPLICATE_ACROSS, _S, 4),
    (Scenario.DIRECT, None, 0),
    (Scenario.BELOW_MINIMUM, None, 0),
    (Scenario.LARGE, None, 0),
    (Scenario.BAD_STANDING, None, 0),
    (Scenario.EXISTING_CUSTOMER, None, 0),
    (Scenario.RESUBMITTED, None, 4),
    (Scenario.CLEAN, None, 0),
    (Scenario.DIRECT_ACROSS, None, 0),
    (Scenario.LATE, None, 2),
    (Scenario.UNKNOWN_PARTNER, None, 0),
    (Scenario.CORRECTED, None, 0),
    (Scenario.DUPLICATE_ACROSS, _H, 17),
    (Scenario.OWN_OPPORTUNITY, None, 0),
    (Scenario.WITHDRAWN, None, 0),
    (Scenario.DIRECT_LATER, None, 0),
    (Scenario.CLEAN, None, 0),
    (Scenario.OPPORTUNITY_AFTER, None, 0),
    (Scenario.DUPLICATE, _H, 22),
    (Scenario.PAST_DUE, None, 0),
)
CYCLE: Final = len(_CYCLE)
ACROSS_PLACE: Final = 17  # there a partner in HubSpot wants what the first place has registered in Salesforce
FOREIGN_PLACES: Final = frozenset({21})  # these are told in the customer's own currency
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


FOLLOWERS: Final = frozenset({Scenario.DUPLICATE, Scenario.DUPLICATE_ACROSS, Scenario.LATE})
_MATCHED: Final = FOLLOWERS | {Scenario.DIRECT, Scenario.DIRECT_ACROSS, Scenario.EXISTING_CUSTOMER}


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
        scenario, crm, back = _told(number)
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
        is_disguised = scenario in _MATCHED and name != customer.name and not customer.name.isascii()
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
            expected=None if is_foreign or is_disguised else _ENDS[scenario],
        )

    def at(self, number: int) -> datetime:
        """Return when a submission reaches its CRM: in the order of numbers, but for those adopted from long before."""
        if _told(number)[0] is Scenario.ADOPTED:
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
        first = self._next_partner(*_told(story)[:2], story)
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


def _told(number: int) -> tuple[Scenario, Crm, int]:
    lap, place = divmod(number, CYCLE)
    scenario, crm, back = _CYCLE[place]
    if crm is not None:
        return scenario, crm, back
    # A follower stays where its story began.
    origin = place - back
    return scenario, (Crm.SALESFORCE, Crm.HUBSPOT)[(lap + origin) % 2], back


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
