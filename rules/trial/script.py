"""A trial as an admin writes it: what is given, what happens when, what is then to be the case.

These records are the only list of what can be written in a file of cases; config/cases.py reads it into them. Whatever does
not matter to a case is left out: one partner in good standing, one customer, a deal of 50,000 in the policy's currency, both
CRMs read up to the moment. All instants are aware UTC here; in the file they are written in the policy's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.mapping import Place
from rules.money import Rates
from rules.policy import Policy
from rules.primitives.unregistered import Found
from rules.records import Facts, Money, Standing, Status
from rules.setting import required, setting

NOWHERE: Final = Place()
MANAGER: Final = "manager"


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


class Verb(StrEnum):
    """What can happen. Of several of these words in one event, the one listed first here says what it is."""

    SUBMIT = "submit"  # a partner submits a registration
    CHANGE = "change"  # a submission is corrected, completed, given evidence, or asks for something
    APPROVE = "approve"  # a person decides, in the CRM or at the command line
    REFUSE = "refuse"
    RETURN = "return"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    RESEARCH = "research"
    APPEAL = "appeal"
    DISPUTE = "dispute"
    REOPEN = "reopen"
    RESUBMIT = "resubmit"
    OBJECT = "object"  # somebody objects to a submission
    DELETE = "delete"  # a submission is deleted in the CRM
    RESTORE = "restore"  # ... and is back
    UNREAD = "unread"  # a connection is not read from now on
    READ = "read"  # ... and is read again
    REMOTE = "remote"  # somebody edits the submission's row in the CRM: its review state, say
    OPPORTUNITY = "opportunity"  # an opportunity appears or changes
    CUSTOMER = "customer"  # a customer's record changes
    PARTNER = "partner"  # a partner's record changes
    THEN = "then"  # what is to be the case now


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How a person decides."""

    name: str = required("The submission.")
    by: str = setting(MANAGER, "The person's role.")
    allowed: bool = setting(True, "Whether the policy lets that person command.")
    reason: str | None = setting(None, "Reason code.")
    until: date | None = setting(None, "Last protected day, for approve and extend.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objecting:
    """Who objects, and why."""

    name: str = required("The submission.")
    partner: str | None = setting(None, "The partner that objects.")
    seller: str | None = setting(None, "The vendor's seller that objects.")
    evidence: tuple[str, ...] = setting((), "What they show.")


class Write(StrEnum):
    """How what Registrar has to write to a submission's row stands."""

    DONE = "done"
    WAITS = "waits"  # the row's state locks it; it goes as soon as that changes
    REFUSED = "refused"  # the row may not become so; no call is made


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteGiven:
    """What somebody else changes in a submission's row. Needs mapping.yaml beside the rules."""

    name: str = required("The submission.")
    fields: tuple[tuple[str, str], ...] = setting((), "Values by the CRM's own field names.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A submission or a connection, and nothing more to say about it."""

    name: str = required("Its name.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardExpected:
    """One reward."""

    rule: str
    given: bool = True  # False: nobody gets it
    partner: str | None = None
    percent: Decimal | None = None
    amount: Money | None = None
    points: Decimal | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How a submission stands. Only what is written is asked; `null` for owner and until means that there is none."""

    name: str = required("The submission.")
    status: Status | None = setting(None, "received, holding, in_review, returned, registered, refused, expired ...")
    reason: str | None = setting(None, "Reason code.")
    owner: str | None = setting(None, "The partner of record.")
    until: datetime | None = setting(None, "Last protected day, or the exact end of the protection.")
    exclusive: bool | None = setting(None, "Whether nobody else may register the deal.")
    rank: int | None = setting(None, "Place: 1, 2 ...", between=(1, 1000))
    programme: str | None = setting(None, "The programme it was decided by.")
    kind: str | None = setting(None, "Kind of registration.")
    extensions: int | None = setting(None, "How often it was extended.", between=(0, 1000))
    rewards: tuple[RewardExpected, ...] | None = setting(
        None, "By rule: 10 %, 500 USD, 25 points, pending, lost or none. none alone: no reward at all."
    )
    waits: tuple[str, ...] | None = setting(None, "Reason codes of what is waited for, all of them.")
    flags: frozenset[str] | None = setting(None, "Reason codes of what a person should see; these among others.")
    unflagged: frozenset[str] = setting(frozenset[str](), "Reason codes that are not flagged.")
    due: tuple[tuple[str, datetime], ...] = setting((), "Deadlines by kind: {answer_due: 2026-03-10 17:00}.")
    missing: tuple[str, ...] | None = setting(None, "Fields that the partner is asked for.")
    opportunities: tuple[str, ...] | None = setting(None, "The opportunities tied to it.")
    told: tuple[str, ...] = setting((), "Words that the partner reads.")
    never_told: tuple[str, ...] = setting((), "Words that the partner must not read.")
    explained: tuple[str, ...] = setting((), "Words of the explanation for support.")
    found: Found | None = setting(None, "What becomes of an opportunity that names a partner and has no registration.")
    write: Write | None = setting(None, "Writing the outcome to the CRM: done, waits or refused.")
    remote: tuple[tuple[str, str], ...] = setting((), "What the CRM's row holds, by the CRM's own field names.")
    write_told: tuple[str, ...] = setting((), "Words that say why a write waits or is refused.")
    said: frozenset[str] = frozenset()  # which of these were written
    place: Place = NOWHERE


Detail = (
    ClaimGiven
    | OpportunityGiven
    | PartnerGiven
    | CustomerGiven
    | Act
    | Objecting
    | RemoteGiven
    | Named
    | tuple[Expected, ...]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happens at a time. detail: None where only the clock goes on."""

    at: datetime
    verb: Verb | None = None
    detail: Detail | None = None
    place: Place = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialCase:
    """One case."""

    name: str = required("What it shows, in a few words.")
    given: Given = setting(Given(), "How things stand before.")
    when: tuple[Event, ...] = setting((), "What happens, in order; checks (then) may stand between.")
    then: tuple[Expected, ...] = setting((), "What is the case at the end, by submission.")
    policy: Policy | None = (
        None  # with the settings that the case lays over the rules (set:); None: the rules as they are
    )
    place: Place = NOWHERE
