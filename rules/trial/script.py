"""A case as an admin writes it: what happens when, and what is then to be the case; given.py holds what it is about.

These records are the only list of what can be written in a file of cases; config/cases.py reads it into them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from rules.mapping import Place
from rules.policy import Policy
from rules.primitives.unregistered import Found
from rules.records import Money, Status
from rules.setting import required, setting
from rules.trial.given import ClaimGiven, CustomerGiven, Given, OpportunityGiven, PartnerGiven

NOWHERE: Final = Place()
MANAGER: Final = "manager"


class Verb(StrEnum):
    """What can happen. Of several of these words in one event, the one listed first here says what it is."""

    SUBMIT = "submit"  # a partner submits a registration
    CHANGE = "change"  # a submission is corrected, completed, given evidence, or asks for something
    APPROVE = "approve"  # a person registers it, in the CRM or at the command line
    REFUSE = "refuse"  # a person refuses it
    RETURN = "return"  # a person gives it back to the partner
    WITHDRAW = "withdraw"  # it is withdrawn
    EXTEND = "extend"  # a person extends the protection
    RESEARCH = "research"  # a person answers that it is being looked into
    APPEAL = "appeal"  # the partner appeals against a refusal
    DISPUTE = "dispute"  # a party disputes a payout
    REOPEN = "reopen"  # a person takes it up again
    RESUBMIT = "resubmit"  # the partner submits it again as it is
    OBJECT = "object"  # somebody objects to a submission
    DELETE = "delete"  # a submission is deleted in the CRM
    RESTORE = "restore"  # a submission that was deleted is back
    UNREAD = "unread"  # a connection is not read from now on
    READ = "read"  # a connection is read again, up to the moment
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
    """What somebody else changes in a submission's row. A mapping must stand beside the rules."""

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
