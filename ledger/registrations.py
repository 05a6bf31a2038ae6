"""Reads registrations, by everything they are asked for by, and hands out their ids."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, Final
from unicodedata import normalize

from sqlalchemy import Column, ColumnElement, Select, Text, bindparam, func, or_, select, type_coerce

from ledger import counters
from ledger.bulk import is_among, keys_of
from ledger.counters import advance
from ledger.engine import Tx
from ledger.states import registration_of
from ledger.tables import link
from ledger.tables import registration as t
from rules.primitives.quotas import COUNTED_AT
from rules.records import PROTECTED, CrmRef, Registration, Status

_PROTECTED: Final = sorted(status.value for status in PROTECTED)
_FOUND_MAX: Final = 50


# Asked in every decision, so built once.
_LIVE_BY_KEY: Final = (
    select(t)
    .where(t.c.deal_key == bindparam("deal"), t.c.exclusive, t.c.status.in_(_PROTECTED))
    .order_by(t.c.registration_id)
)


@cache
def _among(dialect: str, column: Column[Any]) -> Select[Any]:
    return select(t).where(is_among(dialect, column)).order_by(t.c.registration_id)


def next_id(tx: Tx, *, year: int) -> str:
    """Return the next registration id of a year, such as REG-2026-00042; never the same one twice."""
    return f"REG-{year}-{advance(tx, f'registration:{year}'):05d}"


def last_number(tx: Tx, *, year: int) -> int:
    """Return the number of the last registration id that was given out for a year, 0 for none."""
    return counters.get(tx, f"registration:{year}") or 0


def skip_to(tx: Tx, *, year: int, number: int) -> None:
    """Give out no number up to this one any more: another state of this ledger has."""
    missing = number - last_number(tx, year=year)
    if missing > 0:
        advance(tx, f"registration:{year}", missing)


def get(tx: Tx, registration_id: str) -> Registration | None:
    return get_many(tx, [registration_id]).get(registration_id)


def get_many(tx: Tx, registration_ids: Collection[str]) -> dict[str, Registration]:
    if not registration_ids:
        return {}
    rows = tx.execute(_among(tx.dialect.name, t.c.registration_id), keys_of(tx, registration_ids))
    return {row.registration_id: registration_of(row) for row in rows}


def by_claim(tx: Tx, ref: CrmRef) -> Registration | None:
    return by_claims(tx, [ref]).get(ref)


def by_claims(tx: Tx, refs: Collection[CrmRef]) -> dict[CrmRef, Registration]:
    """Return the registrations of these submissions, by submission."""
    rows = tx.execute(_among(tx.dialect.name, t.c.claim_ref), keys_of(tx, map(str, refs)))
    return {each.claim_ref: each for each in map(registration_of, rows)}


def live_by_key(tx: Tx, deal_key: str) -> Registration | None:
    """Return the registration that holds this deal exclusively, if any."""
    found = [registration_of(row) for row in tx.execute(_LIVE_BY_KEY, {"deal": deal_key})]
    assert len(found) <= 1, deal_key
    return found[0] if found else None


def by_key(tx: Tx, deal_key: str) -> list[Registration]:
    """Return every registration of a deal, whatever its status."""
    return _select(tx, t.c.deal_key == deal_key)


def countable(tx: Tx, partner_id: str, *, is_live: bool, since: datetime | None) -> list[Registration]:
    """Return a partner's registrations that a quota may have to count.

    is_live: those that hold a deal now. since: else those submitted from then on (None: ever), and those that count by a
    later time than they were submitted.
    """
    statement = select(t).where(t.c.partner_id == partner_id).order_by(t.c.registration_id)
    if is_live:
        statement = statement.where(t.c.status.in_(_PROTECTED))
    elif since is not None:
        statement = statement.where(
            or_(t.c.submitted_at >= since, type_coerce(t.c.memory, Text).contains(f'"{COUNTED_AT}"'))
        )
    return [registration_of(row) for row in tx.execute(statement)]


def find(tx: Tx, wanted: str) -> list[Registration]:
    """Return what a person may mean: a registration id, a CRM record id or reference, or part of a customer's name.

    Names are compared here and not by the database, whose idea of upper and lower case differs with its kind and locale.
    """
    wanted = wanted.strip()
    by_id = _select(tx, or_(t.c.registration_id == wanted.upper(), t.c.claim_ref == wanted))
    if by_id:
        return by_id
    suffix = f"%/{_escaped(wanted)}"
    linked = select(link.c.registration_id).where(
        or_(link.c.ref == wanted, link.c.ref.like(suffix, escape="\\"), link.c.ref.like(f"{suffix}___", escape="\\"))
    )
    claimed = t.c.claim_ref.like(suffix, escape="\\")
    named = t.c.registration_id.in_(_named(tx, wanted))
    return _select(tx, or_(t.c.registration_id.in_(linked), claimed, named), limit=_FOUND_MAX)


def counts_by_status(tx: Tx) -> dict[Status, int]:
    rows = tx.execute(select(t.c.status, func.count()).group_by(t.c.status).order_by(t.c.status))
    return {Status(status): count for status, count in rows}


def listing(tx: Tx, *, status: Status | None = None, limit: int = 100, offset: int = 0) -> list[Registration]:
    """Return registrations by id, newest first."""
    statement = select(t).order_by(t.c.registration_id.desc()).limit(limit).offset(offset)
    if status is not None:
        statement = statement.where(t.c.status == status.value)
    return [registration_of(row) for row in tx.execute(statement)]


def flagged(tx: Tx, *, limit: int) -> list[Registration]:
    """Return registrations that show something to a person, oldest first."""
    return _select(tx, t.c.has_conflict, limit=limit)


def count_flagged(tx: Tx) -> int:
    return tx.execute(select(func.count()).select_from(t).where(t.c.has_conflict)).scalar_one()


def _select(tx: Tx, *conditions: ColumnElement[bool], limit: int | None = None) -> list[Registration]:
    statement = select(t).where(*conditions).order_by(t.c.registration_id).limit(limit)
    return [registration_of(row) for row in tx.execute(statement)]


def _named(tx: Tx, wanted: str) -> list[str]:
    """Return the registrations whose customer's name holds this text, whatever the case of letters; the first few."""
    folded = _folded(wanted)
    rows = tx.execute(select(t.c.registration_id, t.c.customer_name).order_by(t.c.registration_id))
    return list(islice((id_ for id_, name in rows if folded and folded in _folded(name)), _FOUND_MAX))


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
