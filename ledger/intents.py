"""The outbox: planned writes and what became of them.

An intent is committed as sent before its call is made; what its outcome was is resolved by reading, never by sending again.
At most one intent of a link is open (planned, sent, or waiting to be seen), by a partial unique index.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select, text, update

from ledger.bulk import among
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import Intent, IntentState, NewIntent
from ledger.tables import OPEN_INTENT
from ledger.tables import intent as t
from ledger.tables import link as link_table
from rules.fields import Stream
from rules.records import CrmRef

OPEN_STATES: Final = (IntentState.PLANNED, IntentState.SENT, IntentState.VERIFY)
_OPEN: Final = text(OPEN_INTENT)
_NOT_DONE: Final = text("state <> 'done'")  # said in the words of the partial index, so that it is used


def plan(tx: Tx, intents: Sequence[NewIntent], *, now: datetime) -> list[Intent]:
    """Store planned writes and return them with their ids, in order. A second open one of a link is an IntegrityError."""
    planned = list[Intent]()
    for new in intents:
        values = {
            "link_id": new.link_id, "registration_id": new.registration_id, "connection": new.ref.connection,
            "ref": str(new.ref), "stream": new.stream.value, "rev": new.rev, "values": dict(new.values),
            "prior": dict(new.prior), "state": IntentState.PLANNED.value, "attempts": new.attempts, "planned_at": now,
        }  # fmt: skip
        planned.append(_intent(tx.execute(insert(t).values(values).returning(*t.c)).one()))
    return planned


def mark_sent(tx: Tx, intent_ids: Collection[int], *, now: datetime, deadline_at: datetime) -> None:
    """Note that the call is about to be made. Commit before making it."""
    changes = {
        "state": IntentState.SENT.value,
        "sent_at": now,
        "deadline_at": deadline_at,
        "attempts": t.c.attempts + 1,
    }
    tx.execute(update(t).where(among(tx, t.c.intent_id, intent_ids)).values(changes))


def settle(
    tx: Tx,
    intent_id: int,
    state: IntentState,
    *,
    error_code: str | None = None,
    error_message: str | None = None,
    now: datetime,
    deadline_at: datetime | None = None,
) -> None:
    """Move an intent on: to VERIFY, DONE, FAILED or DEAD. deadline_at: until when a VERIFY must have been seen."""
    changes: dict[str, Any] = {
        "state": state.value, "settled_at": now, "error_code": error_code, "error_message": error_message,
    }  # fmt: skip
    if deadline_at is not None:
        changes["deadline_at"] = deadline_at
    tx.execute(update(t).where(t.c.intent_id == intent_id).values(changes))


def get_many(tx: Tx, intent_ids: Collection[int]) -> dict[int, Intent]:
    return {each.intent_id: each for each in _select(tx, among(tx, t.c.intent_id, intent_ids))}


def open_(tx: Tx, connection: str, states: Collection[IntentState] = OPEN_STATES) -> list[Intent]:
    """Return a connection's intents in these states, oldest first."""
    return _select(tx, t.c.connection == connection, t.c.state.in_([state.value for state in states]), _NOT_DONE)


def open_of_refs(tx: Tx, refs: Collection[CrmRef]) -> dict[CrmRef, list[Intent]]:
    """Return the open intents of these rows, by row."""
    found: dict[CrmRef, list[Intent]] = {}
    linked = select(link_table.c.link_id).where(among(tx, link_table.c.ref, [str(ref) for ref in refs]))
    for each in _select(tx, t.c.link_id.in_(linked), _OPEN):
        found.setdefault(each.ref, []).append(each)
    return found


def dead(tx: Tx, connection: str | None = None) -> list[Intent]:
    """Return the writes that were given up and wait for a person."""
    conditions = [t.c.state == IntentState.DEAD.value, _NOT_DONE]
    if connection is not None:
        conditions.append(t.c.connection == connection)
    return _select(tx, *conditions)


def of_registration(tx: Tx, registration_id: str) -> list[Intent]:
    return _select(tx, t.c.registration_id == registration_id)


def _select(tx: Tx, *conditions: Any) -> list[Intent]:
    return [_intent(row) for row in tx.execute(select(t).where(*conditions).order_by(t.c.intent_id))]


def _intent(row: Any) -> Intent:
    values = {name: value for name, value in row._mapping.items() if name not in ("connection", "settled_at")}
    return Intent(**values | {"ref": parse_ref(row.ref), "stream": Stream(row.stream), "state": IntentState(row.state)})
