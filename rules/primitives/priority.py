"""Which instant orders the claims for one deal (primitive 8)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from rules.records import Claim

LACKED_AT: Final = "lacked_at"  # in a registration's memory: when it was first seen to lack what a place needs
QUALIFIED_AT: Final = "qualified_at"  # in a registration's memory: when it had that after all
EVIDENCED_AT: Final = "evidenced_at"  # in a registration's memory: its place, where confirmed evidence gives it


class Priority(StrEnum):
    """Which instant orders the claims for one deal."""

    CREATED_AT = "created_at"  # the CRM's own creation time of the submission: nobody can back-date it
    SUBMITTED_AT = "submitted_at"  # what the partner's form says, the creation time where it says nothing
    COMPLETED_AT = "completed_at"  # when it had all that is required
    EVIDENCE_AT = "evidence_at"  # when its evidence was confirmed; until then it has no place


def priority_of(claim: Claim, priority: Priority) -> datetime:
    """Return the instant that orders a new claim among others, as far as its row tells."""
    if priority is Priority.SUBMITTED_AT:
        return claim.submitted_at or claim.created_at
    if priority is Priority.COMPLETED_AT:
        return claim.completed_at or claim.created_at
    if priority is Priority.EVIDENCE_AT:
        return evidence_time(claim) or claim.created_at
    return claim.created_at


def evidence_time(claim: Claim) -> datetime | None:
    """Return when the claim's evidence was confirmed: when the last piece of it was."""
    confirmed = [each.confirmed_at for each in claim.evidence]
    known = [each for each in confirmed if each is not None]
    return max(known) if known and len(known) == len(confirmed) else None
