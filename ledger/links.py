"""Links: the tie between a registration and a CRM row, with what both last agreed on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import fields
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Column, Select, bindparam, exists, func, insert, or_, select, text, update

from ledger.bulk import among, is_among, keys_of
from ledger.codec import parse_ref
from ledger.engine import Tx
from ledger.rows import Link, LinkRole
from ledger.tables import OPEN_INTENT, intent
from ledger.tables import link as t
from rules.fields import Stream
from rules.records import CrmRef

_SAVED: Final = tuple(
    each.name for each in fields(Link) if each.name not in ("link_id", "registration_id", "ref", "stream", "role")
)
# Asked or written in every decision, so built once.
_OF_REGISTRATION: Final = select(t).where(t.c.registration_id == bindparam("registration")).order_by(t.c.link_id)
_ONE: Final = select(t).where(t.c.registration_id == bindparam("registration"), t.c.ref == bindparam("row"))
_ADD: Final = insert(t)
_MARK_OF_REGISTRATION: Final = update(t).where(t.c.registration_id == bindparam("registration")).values(is_due=True)
_SAVE: Final = (
    update(t)
    .where(t.c.link_id == bindparam("of"))
    .values({name: bindparam(name) for name in (*_SAVED, "ref", "connection")})
)


@cache
def _among(dialect: str, column: Column[Any]) -> Select[Any]:
    return select(t).where(is_among(dialect, column)).order_by(t.c.link_id)


def add(tx: Tx, registration_id: str, ref: CrmRef, stream: Stream, role: LinkRole, *, now: datetime) -> Link:
    """Tie a row to a registration and mark the tie due; a tie that is there already is returned, brought back if gone."""
    found = _one(tx, registration_id, ref)
    if found is not None:
        if found.is_gone:
            tx.execute(update(t).where(t.c.link_id == found.link_id).values(is_gone=False, is_due=True))
            found = _one(tx, registration_id, ref)
            assert found is not None
        return found
    values = {
        "registration_id": registration_id, "connection": ref.connection, "ref": str(ref), "stream": stream, "role": role,
        "base": {}, "rev": 0, "acked_rev": 0, "is_gone": False, "is_frozen": False, "is_due": True, "drift_rounds": 0,
        "linked_at": now,
    }  # fmt: skip
    tx.execute(_ADD, values)
    added = _one(tx, registration_id, ref)
    assert added is not None
    return added


def get(tx: Tx, link_id: int) -> Link | None:
    return get_many(tx, [link_id]).get(link_id)


def get_many(tx: Tx, link_ids: Collection[int]) -> dict[int, Link]:
    rows = tx.execute(_among(tx.dialect.name, t.c.link_id), keys_of(tx, link_ids))
    return {row.link_id: _link(row) for row in rows}


def of_registration(tx: Tx, registration_id: str) -> list[Link]:
    return [_link(row) for row in tx.execute(_OF_REGISTRATION, {"registration": registration_id})]


def of_registrations(tx: Tx, registration_ids: Collection[str]) -> dict[str, list[Link]]:
    found: dict[str, list[Link]] = {}
    for row in tx.execute(_among(tx.dialect.name, t.c.registration_id), keys_of(tx, registration_ids)):
        found.setdefault(row.registration_id, []).append(_link(row))
    return found


def by_ref(tx: Tx, refs: Collection[CrmRef]) -> dict[CrmRef, list[Link]]:
    """Return the links of these rows; rows without any are left out."""
    found: dict[CrmRef, list[Link]] = {}
    if not refs:
        return found
    for row in tx.execute(_among(tx.dialect.name, t.c.ref), keys_of(tx, map(str, refs))):
        link = _link(row)
        found.setdefault(link.ref, []).append(link)
    return found


def due(tx: Tx, connection: str, *, now: datetime, limit: int) -> list[Link]:
    """Return the links to plan: due, not gone, past their back-off, without an open intent."""
    has_open = exists().where(intent.c.link_id == t.c.link_id, text(f"intent.{OPEN_INTENT}"))
    statement = (
        select(t)
        .where(t.c.connection == connection, t.c.is_due, ~t.c.is_gone, or_(t.c.retry_at.is_(None), t.c.retry_at <= now))
        .where(~has_open)
        .order_by(t.c.link_id)
        .limit(limit)
    )
    return [_link(row) for row in tx.execute(statement)]


def count(tx: Tx, connection: str) -> int:
    """Return how many rows of a connection are linked and there."""
    return tx.execute(select(func.count()).where(t.c.connection == connection, ~t.c.is_gone)).scalar_one()


def frozen(tx: Tx, *, limit: int) -> list[Link]:
    """Return the ties that are no longer written because others kept changing the row back."""
    rows = tx.execute(select(t).where(t.c.is_frozen, ~t.c.is_gone).order_by(t.c.link_id).limit(limit))
    return [_link(row) for row in rows]


def held(tx: Tx, connection: str | None = None, *, limit: int) -> list[Link]:
    """Return the ties whose row differs from the ledger and is not written for what the remote record's state allows."""
    statement = select(t).where(t.c.held.is_not(None), ~t.c.is_gone).order_by(t.c.link_id).limit(limit)
    if connection is not None:
        statement = statement.where(t.c.connection == connection)
    return [_link(row) for row in tx.execute(statement)]


def mark_due(tx: Tx, link_ids: Collection[int] | None = None, *, registration_id: str | None = None) -> None:
    """Mark links to be planned: these, or all of one registration."""
    if link_ids is None:
        tx.execute(_MARK_OF_REGISTRATION, {"registration": registration_id})
    else:
        tx.execute(update(t).where(among(tx, t.c.link_id, link_ids)).values(is_due=True))


def mark_all_due(tx: Tx, connection: str) -> None:
    """Have every live link of a connection compared again."""
    tx.execute(update(t).where(t.c.connection == connection, ~t.c.is_gone).values(is_due=True))


def save(tx: Tx, link: Link) -> None:
    """Store what may change of a link: base, witness, flags, back-off, and the row it points to."""
    save_many(tx, [link])


def save_many(tx: Tx, links: Iterable[Link]) -> None:
    rows = [_row(link) for link in links]
    if rows:
        tx.execute(_SAVE, rows)


def _row(link: Link) -> dict[str, Any]:
    values = {name: getattr(link, name) for name in _SAVED}
    return values | {"ref": str(link.ref), "connection": link.ref.connection, "of": link.link_id}


def _one(tx: Tx, registration_id: str, ref: CrmRef) -> Link | None:
    row = tx.execute(_ONE, {"registration": registration_id, "row": str(ref)}).one_or_none()
    return None if row is None else _link(row)


def _link(row: Any) -> Link:
    values = {name: value for name, value in row._mapping.items() if name not in ("connection", "linked_at")}
    return Link(**values | {"ref": parse_ref(row.ref), "stream": Stream(row.stream), "role": LinkRole(row.role)})
