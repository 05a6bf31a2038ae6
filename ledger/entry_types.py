"""The closed list of entry types, and which of them change the projections (ledger/projection.py)."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class EntryType(StrEnum):
    CLAIM_RECEIVED = "claim_received"  # a submission got its registration id; status received
    DECIDED = "decided"  # rules/record.py: transitions, terms, deal key, deadlines, steps ...
    ADOPTED = "adopted"  # like decided: taken over as people had it before Registrar came
    LINKED = "linked"
    UNLINKED = "unlinked"
    COMMAND_RECEIVED = "command_received"
    DRIFT_FOUND = "drift_found"
    DRIFT_FROZEN = "drift_frozen"
    WRITE_CONFIRMED = "write_confirmed"
    CONFLICT_OPENED = "conflict_opened"
    CONFLICT_CLOSED = "conflict_closed"
    RECORD_GONE = "record_gone"
    OBJECTED = "objected"  # somebody who already works the deal spoke up at the command line
    POLICY_ACTIVATED = "policy_activated"  # belongs to no registration
    MATCH_TOLD = "match_told"  # what a reviewer said of two records; belongs to no registration
    NOTE = "note"


DECISIONS: Final = frozenset({EntryType.DECIDED, EntryType.ADOPTED})
