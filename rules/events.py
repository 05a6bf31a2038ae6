"""When a claim was made and when it was complete: what clocks, windows and programmes count from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from rules.primitives.priority import Priority
from rules.records import Status

if TYPE_CHECKING:
    from rules.situation import Situation

BY_PERSON: Final = "refused_by_person"  # in a registration's memory: a person refused it, no rule
COMPLETE_AT: Final = "complete_at"  # in a registration's memory: when it came back completed


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
