"""Reads and writes the projected rows of registrations: registration, deadline, conflict.

Only ledger/record.py and ledger/verify.py write through here; everybody else reads.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, Table, bindparam, delete, select

from ledger.bulk import is_among, keys_of, upsert
from ledger.codec import dump, maybe_micros, parse_ref, to_micros
from ledger.engine import Tx
from ledger.projection import State
from ledger.rows import Conflict, Deadline
from ledger.tables import conflict, deadline, registration
from rules.record import reward_data, reward_from
from rules.records import PROTECTED, Money, Registration, Status, Window

COLUMNS: Final = tuple(registration.c.keys())
_CONFLICT: Final = tuple(conflict.c.keys())
_DEADLINE: Final = tuple(deadline.c.keys())


def load_states(tx: Tx, registration_ids: Collection[str]) -> dict[str, State]:
    """Return the stored states of these registrations; an unknown id is left out."""
    if not registration_ids:
        return {}
    keys = keys_of(tx, registration_ids)
    rows = tx.execute(_of(tx.dialect.name, registration), keys).all()
    if not rows:
        return {}  # a registration that is new has nothing else either
    deadlines: dict[str, set[Deadline]] = {}
    for row in tx.execute(_of(tx.dialect.name, deadline), keys):
        deadlines.setdefault(row.registration_id, set()).add(Deadline(**row._mapping))
    conflicts: dict[str, dict[str, Conflict]] = {}
    for row in tx.execute(_of(tx.dialect.name, conflict), keys):
        conflicts.setdefault(row.registration_id, {})[row.key] = Conflict(**row._mapping)
    return {
        row.registration_id: State(
            registration=registration_of(row),
            flag_count=row.flag_count,
            deadlines=frozenset(deadlines.get(row.registration_id, ())),
            conflicts=conflicts.get(row.registration_id, {}),
        )
        for row in rows
    }


@cache
def _of(dialect: str, table: Table) -> Select[Any]:
    """Return the rows of some registrations; built once."""
    return select(table).where(is_among(dialect, table.c.registration_id))


def save_states(tx: Tx, before: Mapping[str, State], after: Mapping[str, State]) -> None:
    """Write what differs between the stored states and the new ones.

    Registrations that give up their deal are written before those that take one, so that one decision may hand it over.
    """
    changed = [state for key, state in after.items() if before.get(key) != state]
    changed.sort(key=lambda state: state.registration.exclusive and state.registration.status in PROTECTED)
    for state in changed:
        upsert(tx, registration, COLUMNS, [_values(state)], key=COLUMNS[:1], update=COLUMNS[1:])
    stale, fresh = list[dict[str, Any]](), list[tuple[Any, ...]]()
    disputes = list[tuple[Any, ...]]()
    for state in changed:
        old = before.get(state.registration.registration_id)
        had = old.deadlines if old else frozenset()
        stale += [{"r": each.registration_id, "k": each.kind, "d": each.due_at} for each in had - state.deadlines]
        fresh += [(each.registration_id, each.kind, to_micros(each.due_at)) for each in state.deadlines - had]
        disputes += [
            _dispute(each) for each in state.conflicts.values() if not old or old.conflicts.get(each.key) != each
        ]
    _forget(tx, stale)
    upsert(tx, deadline, _DEADLINE, sorted(fresh), key=_DEADLINE)
    upsert(tx, conflict, _CONFLICT, disputes, key=_CONFLICT[:2], update=_CONFLICT[2:])


def registration_of(row: Any) -> Registration:
    """Return a row of the registration table as a value."""
    return Registration(
        registration_id=row.registration_id,
        claim_ref=parse_ref(row.claim_ref),
        partner_id=row.partner_id,
        deal_key=row.deal_key,
        customer_name=row.customer_name,
        product=row.product,
        status=Status(row.status),
        reason=row.reason,
        exclusive=row.exclusive,
        priority_at=row.priority_at,
        created_at=row.created_at,
        window=None if row.window_start is None else Window(start=row.window_start, end=row.window_end),
        amount=None if row.amount is None else Money(amount=Decimal(row.amount), currency=row.currency),
        policy_hash=row.policy_hash,
        version=row.version,
        holding_ends_at=row.holding_ends_at,
        status_since=row.status_since,
        ended_at=row.ended_at,
        is_adopted=row.is_adopted,
        has_conflict=row.has_conflict,
        extension_count=row.extension_count,
        missing=tuple(row.missing.split(",")) if row.missing else (),
        programme=row.programme,
        kind=row.kind,
        rank=row.rank,
        rewards=tuple(map(reward_from, row.rewards)),
        memory=row.memory,
        submitted_at=row.submitted_at,
    )


def _values(state: State) -> tuple[Any, ...]:
    each = state.registration
    window, amount = each.window, each.amount
    return (
        each.registration_id, str(each.claim_ref), each.partner_id, each.deal_key, each.customer_name, each.product,
        each.status.value, each.reason, each.exclusive, to_micros(each.priority_at), maybe_micros(each.submitted_at),
        to_micros(each.created_at),
        to_micros(window.start) if window else None, to_micros(window.end) if window else None,
        str(amount.amount) if amount else None, amount.currency if amount else None, each.policy_hash, each.version,
        maybe_micros(each.holding_ends_at), maybe_micros(each.status_since), maybe_micros(each.ended_at),
        each.is_adopted, state.flag_count,
        each.has_conflict, each.extension_count, ",".join(each.missing) or None, each.programme, each.kind, each.rank,
        dump([reward_data(reward) for reward in each.rewards]), dump(dict(each.memory)),
    )  # fmt: skip


def _dispute(each: Conflict) -> tuple[Any, ...]:
    opened, closed = to_micros(each.opened_at), maybe_micros(each.closed_at)
    return (each.registration_id, each.key, opened, closed, dump(each.data))


def _forget(tx: Tx, stale: list[dict[str, Any]]) -> None:
    if stale:
        same = (
            deadline.c.registration_id == bindparam("r"),
            deadline.c.kind == bindparam("k"),
            deadline.c.due_at == bindparam("d"),
        )
        tx.execute(delete(deadline).where(*same), stale)
