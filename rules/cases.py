"""The case: everything one decision may look at, gathered beforehand, and the decision that comes out.

sync/ assembles a Case from the ledger in one read; rules/decide.py turns it into a Decision; sync/ records that in one
transaction. A case carries its own evidence (which rows matched and why), so a decision replays from its entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rules.money import NO_RATES, Rates
from rules.records import Claim, CrmRef, Opportunity, Registration, Reward, Status, Window


class Sameness(StrEnum):
    """The matcher's answer about two customers or two deals."""

    SAME = "same"
    RELATED = "related"  # parent and subsidiary, sister in another country ...: never merged by itself
    REVIEW = "review"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One named term for or against two records being the same; the terms of a match add up to its score."""

    name: str  # "domain_equal", "name_similar", "country_differs"
    weight: float
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    sameness: Sameness
    score: float  # a probability, 0 to 1
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """Another claim that may be for the same deal, with what the ledger holds of it.

    registration is None while that claim has not been recorded yet. customer_match and deal_match say how sure it is.
    """

    claim: Claim
    registration: Registration | None
    customer_match: Match
    deal_match: Match


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOpportunity:
    """An opportunity for the same (or maybe the same) customer, in whichever CRM.

    is_linked: already tied to this registration. linked_registration_id: tied to another registration.
    is_named_by_submission: the submission's own lookup points at it, or a stored cross-reference from one that is.
    """

    opportunity: Opportunity
    customer_match: Match
    deal_match: Match
    is_linked: bool = False
    linked_registration_id: str | None = None
    is_named_by_submission: bool = False


class CommandKind(StrEnum):
    """What a person told Registrar by editing the status in a CRM, or at the command line."""

    APPROVE = "approve"
    REFUSE = "refuse"
    RETURN = "return"
    WITHDRAW = "withdraw"
    EXTEND = "extend"
    RESEARCH = "research"  # "we are looking into it": the answer takes longer, once
    OBJECT = "object"  # an objection, told at the command line
    APPEAL = "appeal"
    DISPUTE = "dispute"
    REOPEN = "reopen"
    DISMISS = "dismiss"  # what somebody proposed is not followed
    RESUBMIT = "resubmit"
    ADOPT = "adopt"  # first contact: a person decided this before Registrar came


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A person's command. actor is None where the CRM does not tell who; then it is only a proposal.

    is_allowed: the policy lets this actor command; false or unknown sends it to review. roles: what else the actor is known
    by (role, team, mail address), for what only a certain role may do. status: for ADOPT only, what is taken over.
    """

    kind: CommandKind
    actor: str | None
    at: datetime
    source: str  # "salesforce Status__c = Approved", "command line"
    is_allowed: bool = False
    roles: frozenset[str] = frozenset()
    window_end: datetime | None = None
    reason: str | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Somebody who already works the deal speaks up. by_partner: a partner's id; by_user: a seller, as a hash or user id.

    evidence: what they show, by kind. source: the CRM row and field, or "command line".
    """

    at: datetime
    source: str
    by_partner: str | None = None
    by_user: str | None = None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How far one connection has been read. covered_until None: never completely."""

    connection: str
    covered_until: datetime | None
    last_pull_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one claim touches. rivals and opportunities are sorted by creation time, then reference.

    claim_changed_at: when the claim's facts last changed, our own writes apart; None: not since it was received. It tells
    that a returned submission came back, and orders it.
    """

    claim: Claim
    registration: Registration | None
    rivals: tuple[Rival, ...] = ()
    opportunities: tuple[FoundOpportunity, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    command: Command | None = None
    claim_changed_at: datetime | None = None
    is_gone: bool = False  # the submission row was deleted, archived or merged away
    proposal: Command | None = None  # what the last decision kept for a reviewer's word
    rates: Rates = NO_RATES
    counts: Mapping[str, int] = field(
        default_factory=dict
    )  # what each of the policy's quotas counts, without this claim
    objections: tuple[Objection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One input of a decision with where and when it was read: the raw material of an explanation."""

    name: str  # "amount", "partner.standing", "rival.status"
    value: str
    source: str  # a CrmRef, a registration id, or "policy"
    at: datetime | None = None


class StepResult(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rule as it was tried, in order."""

    rule: str
    result: StepResult
    text: str  # "amount 8,000.00 USD < 10,000.00 USD"
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A change of status. at: when it takes effect (a window's end may lie before now). actor as in ledger entries."""

    status: Status
    reason: str  # reason code, rules/reasons.py
    at: datetime
    actor: str = "rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Why nothing final happens yet: "waiting for hubspot: last complete pull ..."."""

    reason: str  # reason code: waiting_for_connection, waiting_for_partner, holding
    detail: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChange:
    ref: CrmRef
    is_added: bool  # False: unlinked
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deadline to keep for this registration; kinds not named in a Decision are removed."""

    kind: str  # holding_over, answer_due, warning, window_end
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something a person should see, while the status stays: a direct deal appeared during protection ..."""

    code: str  # reason code
    ref: CrmRef | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a registration holds apart from its status: three results, never one owner field."""

    partner_id: str | None
    exclusive: bool
    window: Window | None
    rank: int = 1
    rewards: tuple[Reward, ...] = ()
    programme: str = ""
    kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the claim. transitions are in order and may be empty (nothing changes).

    terms and deal_key hold after the last transition. deadlines is the whole wanted set. steps explain it all; deciding
    is the rule or clause that settled it.
    """

    transitions: tuple[Transition, ...]
    terms: Terms
    deal_key: str
    priority_at: datetime
    steps: tuple[Step, ...] = ()
    deciding: str = ""
    waits: tuple[Wait, ...] = ()
    flags: tuple[Flag, ...] = ()
    links: tuple[LinkChange, ...] = ()
    deadlines: tuple[Due, ...] = ()
    proposal: Command | None = None  # a command that needs a reviewer's word
    extra: Mapping[str, Any] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)  # what the registration remembers from now on
