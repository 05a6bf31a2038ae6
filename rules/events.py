"""The events of a claim's life and their times: what clocks, windows, programmes and exchange rates count from."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.primitives.priority import Priority
from rules.records import Status
from rules.windows import local_date

if TYPE_CHECKING:
    from rules.situation import Situation

BY_PERSON: Final = "refused_by_person"  # in a registration's memory: a person refused it, no rule
COMPLETE_AT: Final = "complete_at"  # in a registration's memory: when it came back completed


class Event(StrEnum):
    """An event in a registration's life, at whose time something is looked up."""

    SUBMISSION = "submission"
    COMPLETENESS = "completeness"
    APPROVAL = "approval"
    PRICING = "pricing"  # the fact deal.priced_at
    CLOSE = "close"  # the deal's closing: won or lost, until then its expected closing date
    DECISION = "decision"  # now


def submitted_at(situation: Situation) -> datetime:
    """Return when the claim was made: the CRM's creation time; what its form says where the policy orders claims by that."""
    claim = situation.claim
    if situation.policy.priority is Priority.SUBMITTED_AT and claim.submitted_at is not None:
        return claim.submitted_at
    return claim.created_at


def completed_at(situation: Situation) -> datetime | None:
    """Return when the claim had all that is required; None: it has not yet.

    A claim that was never sent back was complete when it was made.
    """
    if situation.claim.completed_at is not None:
        return situation.claim.completed_at
    known = situation.memory.get(COMPLETE_AT)
    if known is not None:
        return datetime.fromisoformat(known)
    return None if situation.status is Status.RETURNED else submitted_at(situation)


def event_at(event: Event, situation: Situation) -> datetime | date | None:
    """Return when an event of this case happened or is expected, None where that is unknown."""
    claim = situation.claim
    if event is Event.SUBMISSION:
        return submitted_at(situation)
    if event is Event.COMPLETENESS:
        return completed_at(situation)
    if event is Event.APPROVAL:
        return situation.registered_at() or situation.now
    if event is Event.PRICING:
        return claim.priced_at
    if event is Event.CLOSE:
        closed = situation.facts["deal.closed_on"]
        return closed if closed is not None else claim.expected_close_on
    return situation.now


def event_day(event: Event, situation: Situation) -> date:
    """Return the day of an event in the policy's zone; today's where it has not happened and nothing tells when."""
    at = event_at(event, situation)
    if at is None:
        at = situation.now
    return local_date(at, situation.policy.zone) if isinstance(at, datetime) else at
