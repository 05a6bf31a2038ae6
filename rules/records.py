"""Canonical records: the typed values that rules decide on.

They are built from canonical values (rules/fields.py) when a case is assembled, never during a backfill. All instants are
aware UTC. Personal data (contacts' names and mail addresses) is deliberately absent: no rule needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

# Facts of the vendor's own, as typed values: Decimal, Money, text, bool, date, datetime, frozenset of text.
Facts = Mapping[str, Any]
_NONE: Final[Facts] = MappingProxyType({})


def _no_facts() -> Facts:
    return _NONE


@dataclass(frozen=True, slots=True, order=True)
class CrmRef:
    """Which row of which CRM. connection is the connection's name ("salesforce"), object_name the CRM's ("Opportunity")."""

    connection: str
    object_name: str
    record_id: str

    def __str__(self) -> str:
        return f"{self.connection}/{self.object_name}/{self.record_id}"

    @classmethod
    def parse(cls, text: str) -> CrmRef:
        """Return the reference written as connection/object/id; raise ValueError otherwise."""
        connection, object_name, record_id = text.split("/")
        return cls(connection, object_name, record_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    amount: Decimal
    currency: str  # ISO 4217

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A half-open span of time, [start, end)."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class Status(StrEnum):
    """The life of a registration (design §5)."""

    RECEIVED = "received"
    HOLDING = "holding"
    IN_REVIEW = "in_review"
    RETURNED = "returned"
    REGISTERED = "registered"
    SUSPENDED = "suspended"
    WON = "won"
    LOST = "lost"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    RECAPTURED = "recaptured"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


OPEN: Final = frozenset({Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW, Status.RETURNED})
PROTECTED: Final = frozenset({Status.REGISTERED, Status.SUSPENDED})  # holds the deal against others
FINAL: Final = frozenset(
    {
        Status.WON,
        Status.LOST,
        Status.EXPIRED,
        Status.WITHDRAWN,
        Status.RECAPTURED,
        Status.SUPERSEDED,
        Status.REFUSED,
    }
)


class Standing(StrEnum):
    GOOD = "good"
    PAST_DUE = "past_due"
    SUSPENDED = "suspended"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One partner across CRMs. partner_id is its crosswalk key, or the CrmRef text of its only known row."""

    partner_id: str
    name: str
    tier: str | None = None
    standing: Standing = Standing.UNKNOWN
    country: str | None = None
    refs: tuple[CrmRef, ...] = ()
    type: str | None = None
    certifications: frozenset[str] = frozenset()
    facts: Facts = field(default_factory=_no_facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """The end customer as one side describes it. domains: further ones, of mail addresses and former names."""

    name: str
    domain: str | None = None
    country: str | None = None
    parent: CrmRef | None = None
    ref: CrmRef | None = None
    segment: str | None = None
    last_activity_on: date | None = None  # the vendor's own last activity there
    domains: tuple[str, ...] = ()
    phone: str | None = None
    street: str | None = None
    city: str | None = None
    postal_code: str | None = None
    tax_id: str | None = None
    registry_no: str | None = None
    facts: Facts = field(default_factory=_no_facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a deal. part: licence, maintenance ...; order: which order it belongs to, where there are several."""

    product: str | None = None
    sku: str | None = None
    product_class: str | None = None
    part: str | None = None
    order: str | None = None
    units: Decimal | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A piece of evidence. on: when the work was done, as far as it is dated. confirmed_at: when someone vouched for it."""

    kind: str
    on: date | None = None
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a partner asks for on its registration.

    kind: extension, addendum, reprice, conversion, appeal, dispute, withdrawal. at: when it was asked.
    """

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A submission in canonical form.

    created_at: the CRM's own creation time, which orders claims by default. submitted_at: what the partner's form says.
    partner: None while the submitting company is not known as a partner. parties: further partners by role
    (distributor, influencer, fulfiller, co_seller). facts: everything else that is mapped, by name without "deal.".
    """

    ref: CrmRef
    created_at: datetime
    submitted_at: datetime | None
    modified_at: datetime
    partner: Partner | None
    partner_ref: CrmRef | None
    customer: Customer
    deal_name: str | None
    amount: Money | None
    expected_close_on: date | None
    products: tuple[str, ...]
    opportunity_ref: CrmRef | None
    crm_status: str | None  # the CRM's raw value of the mapped status field
    missing: frozenset[str] = frozenset()  # canonical fields that are empty
    kind: str | None = None
    origin: str | None = None
    channel: str | None = None
    is_tender: bool | None = None
    tender_published_at: datetime | None = None
    completed_at: datetime | None = None  # as a form tells it; else Registrar's own record of it counts
    priced_at: datetime | None = None
    programme: str | None = None  # the programme or code that the submission names
    units: Decimal | None = None
    lines: tuple[Line, ...] = ()
    evidence: tuple[Proof, ...] = ()
    parties: Mapping[str, Partner] = field(default_factory=_no_facts)
    request: Request | None = None
    facts: Facts = field(default_factory=_no_facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunity:
    """A deal in a vendor's CRM, whoever sourced it."""

    ref: CrmRef
    name: str
    created_at: datetime
    modified_at: datetime
    customer: Customer | None
    partner_id: str | None  # crosswalk key of the partner it names, if any
    partner_ref: CrmRef | None
    owner_user_id: str | None
    owner_role: str | None
    stage: str | None
    is_closed: bool
    is_won: bool
    amount: Money | None
    close_on: date | None
    product_line: str | None
    deal_type: str | None
    registration_id: str | None
    cross_ref: str | None = None
    last_activity_on: date | None = None
    facts: Facts = field(default_factory=_no_facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reward:
    """What one party is entitled to, apart from ownership. state: granted, pending (a need is not met yet) or lost.

    percent, amount, points, entitlement: as far as the rule gives them. reason: code while pending or lost. until: the
    last day on which a reward that lasts is paid.
    """

    rule: str
    kind: str
    role: str
    partner_id: str | None = None
    state: str = "granted"
    percent: Decimal | None = None
    amount: Money | None = None
    points: Decimal | None = None
    entitlement: str | None = None
    reason: str | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A ledger record: a claim and its life so far (projection of its entries).

    programme, kind, rank, rewards: its terms, beside owner and protection. memory: what primitives remember between
    decisions, by their own names (JSON values): when it was complete, the last progress, the phase it is in.

    submitted_at: when the partner sent it in, as the policy's priority counts it; what quotas of a period count by.
    window: protection, set once registered. ended_at: when it reached a final status. policy_hash: the policy its terms
    come from. version counts its entries. missing: canonical names of what a returned claim lacks.
    """

    registration_id: str  # REG-2026-00042
    claim_ref: CrmRef
    partner_id: str | None
    deal_key: str
    customer_name: str
    product: str
    status: Status
    reason: str
    exclusive: bool
    priority_at: datetime
    created_at: datetime
    window: Window | None = None
    amount: Money | None = None
    policy_hash: str = ""
    version: int = 0
    holding_ends_at: datetime | None = None
    status_since: datetime | None = None
    ended_at: datetime | None = None
    is_adopted: bool = False
    has_conflict: bool = False
    extension_count: int = 0
    missing: tuple[str, ...] = ()
    programme: str = ""
    kind: str | None = None
    rank: int = 1
    rewards: tuple[Reward, ...] = ()
    memory: Facts = field(default_factory=_no_facts)
    submitted_at: datetime | None = None
