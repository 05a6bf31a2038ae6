"""What is new since a claim was last decided: the claim itself, and the answer.

Deciding again and again is cheap and proper; writing the same answer into the ledger again is not.

A decision that moves the status is always news. One that does not is news when what it holds differs from the last one
recorded: terms (window, rank, rewards, programme, kind among them), what the rules remember, deadlines, waits, flags,
links, a proposal. Wording and facts alone are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ledger import history, people, snapshots
from ledger.engine import Tx
from ledger.rows import Snapshot
from rules.cases import Command, Decision
from rules.record import decision_data, decision_from
from rules.records import Registration
from sync.observe import facts_hash


def is_news(tx: Tx, registration: Registration, decision: Decision) -> bool:
    """Tell whether a decision says anything that the ledger does not hold yet."""
    if decision.transitions:
        return True
    last = history.last_decision(tx, registration.registration_id)
    if last is None:
        return True
    recorded, found = _essence(last.data), _essence(decision_data(decision))
    return recorded != found and recorded != people.hidden(tx, found)


def unanswered(tx: Tx, registration: Registration) -> Command | None:
    """Return the command that the last decision kept for a reviewer's word. Each one is flagged, so most need no look."""
    last = history.last_decision(tx, registration.registration_id) if registration.has_conflict else None
    return decision_from(last.data).proposal if last is not None else None


def changed_at(tx: Tx, snapshot: Snapshot) -> datetime | None:
    """Return when a claim's facts last changed, our own writes apart; None: not in any version that is kept."""
    now = facts_hash(snapshot.stream, snapshot.values)
    at = snapshot.modified_at
    for version in reversed(snapshots.versions(tx, snapshot.ref)):
        if facts_hash(version.stream, version.values) != now:
            return at
        at = version.modified_at
    return None


def _essence(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what counts of a decision, in an order that does not."""
    return {
        "terms": data.get("terms"),
        "deal_key": data.get("deal_key"),
        "priority_at": data.get("priority_at"),
        "deadlines": sorted((each["kind"], each["at"]) for each in data.get("deadlines", ())),
        "waits": sorted((each["reason"], str(each.get("until"))) for each in data.get("waits", ())),
        "flags": sorted((each["code"], str(each.get("ref"))) for each in data.get("flags", ())),
        "proposal": _proposal(data.get("proposal")),
        "memory": data.get("memory"),
    }


def _proposal(data: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return None if data is None else (str(data.get("kind")), str(data.get("at")))
