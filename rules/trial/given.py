"""What a case is about: partners, customers, opportunities, submissions and registrations as an admin writes them.

Whatever does not matter to a case is left out: one partner in good standing, one customer, a deal of 50,000 in the policy's
currency, both CRMs read up to the moment. Instants are aware UTC here; in the file they are those of the policy's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from rules.money import Rates
from rules.records import Facts, Money, Standing
from rules.setting import required, setting


class Closed(StrEnum):
    WON = "won"
    LOST = "lost"
    OPEN = "open"  # open again


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerGiven:
    """One partner."""

    name: str = required("What the case calls it.")
    tier: str | None = setting(None, "Its tier.")
    type: str | None = setting(None, "Its type: reseller, distributor ...")
    standing: Standing | None = setting(None, "good, past_due, suspended, unknown; good where nothing is said.")
    country: str | None = setting(None, "Two letters.")
    certifications: frozenset[str] | None = setting(None, "What it is certified for.")
    facts: Facts | None = setting(None, "Facts of your own, without the partner. in front.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerGiven:
    """One end customer as the CRM's company record has it."""

    name: str = required("What the case calls it.")
    legal_name: str | None = setting(None, "Its name in the CRM; nothing: the case's name for it.")
    domain: str | None = setting(None, "Web domain; nothing: made from the name.")
    country: str | None = setting(None, "Two letters.")
    parent: str | None = setting(None, "The customer that owns it.")
    segment: str | None = setting(None, "Its segment.")
    last_activity_on: date | None = setting(None, "The vendor's own last activity there.")
    facts: Facts | None = setting(None, "Facts of your own, without the customer. in front.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityGiven:
    """One opportunity in the vendor's CRM, or what changes of it."""

    name: str = required("What the case calls it.")
    crm: str | None = setting(None, "Connection it is in; salesforce where nothing is said.")
    customer: str | None = setting(None, "Whose deal it is.")
    partner: str | None = setting(None, "The partner it names.")
    product: str | None = setting(None, "Product line.")
    amount: Money | None = setting(None, "Its amount.")
    stage: str | None = setting(None, "Its stage.")
    closed: Closed | None = setting(None, "won, lost, or open (again).")
    closed_on: date | None = setting(None, "Closing date, of a past deal or expected; nothing: the day it is closed.")
    created: datetime | None = setting(
        None, "When it was created; nothing: when it appears, a year ago for a past one."
    )
    owner_role: str | None = setting(None, "Role or team of its owner.")
    deal_type: str | None = setting(None, "Its type.")
    last_activity_on: date | None = setting(None, "Last activity on it.")
    facts: Facts | None = setting(None, "Facts of your own.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineGiven:
    """One line of a deal."""

    product: str | None = setting(None, "Product or product line.")
    sku: str | None = setting(None, "Product number.")
    product_class: str | None = setting(None, "Product class.")
    part: str | None = setting(None, "Part of the price: licence, maintenance ...")
    order: str | None = setting(None, "The order it belongs to.")
    units: Decimal | None = setting(None, "Number of units.")
    amount: Money | None = setting(None, "Amount of the line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofGiven:
    """One piece of evidence."""

    kind: str = required("Its kind, as the CRM names it.")
    on: date | None = setting(None, "When the work was done.")
    confirmed: datetime | None = setting(None, "When somebody confirmed it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimGiven:
    """What a submission says, or what changes of it."""

    name: str = required("What the case calls it.")
    crm: str | None = setting(None, "Connection it comes through; salesforce where nothing is said.")
    partner: str | None = setting(None, "Who submits.")
    customer: str | None = setting(None, "The end customer, picked from the CRM's companies.")
    customer_name: str | None = setting(None, "The customer's name as typed; then no company is picked.")
    customer_domain: str | None = setting(None, "The customer's web domain as typed.")
    customer_country: str | None = setting(None, "The customer's country as typed.")
    deal_name: str | None = setting(None, "Name of the deal.")
    amount: Money | None = setting(None, "Amount of the deal.")
    product: str | None = setting(None, "The product, where it is one.")
    products: tuple[str, ...] = setting((), "The products.")
    expected_close_on: date | None = setting(None, "Expected closing date; nothing: 90 days after the submission.")
    opportunity: str | None = setting(None, "The opportunity it points at.")
    kind: str | None = setting(None, "Kind of registration.")
    origin: str | None = setting(None, "Who found the deal.")
    channel: str | None = setting(None, "The door it comes through.")
    programme: str | None = setting(None, "The programme or code it names.")
    region: str | None = setting(None, "Region.")
    segment: str | None = setting(None, "Segment.")
    division: str | None = setting(None, "Division of the customer.")
    project: str | None = setting(None, "Project.")
    units: Decimal | None = setting(None, "Number of units.")
    lines: tuple[LineGiven, ...] = setting((), "The deal's lines.")
    is_tender: bool | None = setting(None, "Whether it is a public tender.")
    tender_published_at: datetime | None = setting(None, "When the tender was published.")
    submitted_at: datetime | None = setting(None, "When the partner's form says that it was submitted.")
    completed_at: datetime | None = setting(None, "When the form says that it was complete.")
    priced_at: datetime | None = setting(None, "When its special price was set.")
    evidence: tuple[ProofGiven, ...] = setting((), "Proof of the partner's work.")
    distributor: str | None = setting(None, "The distributor.")
    influencer: str | None = setting(None, "The influencer.")
    fulfiller: str | None = setting(None, "The fulfiller.")
    co_seller: str | None = setting(None, "The co-seller.")
    customer_choice: str | None = setting(None, "The partner that the customer named.")
    reward_choice: str | None = setting(None, "The reward that the partner elected.")
    next_step: str | None = setting(None, "Next step.")
    request: str | None = setting(
        None, "What the partner asks for: extension, addendum, reprice, conversion, appeal ..."
    )
    facts: Facts | None = setting(None, "Facts of your own, without the deal. in front.")
    empty: frozenset[str] = setting(frozenset[str](), "Fields that are left empty, or emptied.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationGiven(ClaimGiven):
    """A registration that a person approved before the case begins."""

    since: datetime | None = setting(None, "When it was approved; nothing: 30 days before the first event.")
    until: date | None = setting(None, "Last protected day; nothing: as the policy says.")
    count: int = setting(1, "So many of them, each for a customer of its own.", between=(1, 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """How things stand before anything happens."""

    partners: tuple[PartnerGiven, ...] = setting((), "Partners by name; nothing: whoever is named, in good standing.")
    customers: tuple[CustomerGiven, ...] = setting((), "Customers by name; nothing: whoever is named.")
    opportunities: tuple[OpportunityGiven, ...] = setting((), "Opportunities by name, open or past.")
    registrations: tuple[RegistrationGiven, ...] = setting((), "Registrations that exist already, by name.")
    rates: Rates | None = setting(None, "Exchange rates: {EUR: 1.09}, or by day {2026-03-01: {EUR: 1.09}}.")
    crms: tuple[str, ...] = setting(("salesforce", "hubspot"), "Connections.")
    unread: frozenset[str] = setting(frozenset[str](), "Connections that have never been read.")


def each_of(said: RegistrationGiven) -> Iterator[RegistrationGiven]:
    """Yield so many registrations as are meant, each for a customer of its own."""
    if said.count == 1:
        yield said
        return
    for number in range(1, said.count + 1):
        word = _word(number)
        yield replace(said, name=f"{said.name} {number}", customer_name=word, customer_domain=f"{word.lower()}.com")


def _word(number: int) -> str:
    """Return a name that is like no other number's."""
    consonants, vowels, letters = "bdfgklmnprstvz", "aeiou", ""
    for _ in range(4):
        number, place = divmod(number * 37 + 11, len(consonants))
        letters += consonants[place] + vowels[(number + place) % len(vowels)]
        number += place * 3
    return letters.capitalize()
