"""Erases a person: what is known of them goes, the chain stays as it is and still verifies.

Entries hold pseudonyms only (ledger/people.py), so nothing in them needs to change: with the person's row gone, the
pseudonym is nobody's. Everywhere else the address, and in rows that are about the person all personal values, are taken
out, hashes over them too. Reading the row from the CRM again brings back what the CRM still holds, which is why the CRM
comes first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Column, Table, Text, delete, func, or_, select, type_coerce, update

from ledger.bulk import among
from ledger.codec import dump, load, parse_ref
from ledger.engine import Tx
from ledger.people import folded
from ledger.tables import call, entry, event, intent, link, observation, person, quarantine, run, snapshot
from rules.fields import PERSONAL, Stream
from rules.records import CrmRef

ERASED: Final = "(erased)"
_OF_PERSON: Final = {"email", "name", *PERSONAL}  # in rows that are about one person
# The name that goes with an address in one row.
_BESIDE: Final = {"customer_contact_email": "customer_contact_name"}
_TEXTS: Final[tuple[tuple[Table, tuple[str, ...]], ...]] = (
    (event, ("data",)),
    (run, ("counts", "error")),
    (call, ("correlation_id",)),
    (quarantine, ("message",)),
    (intent, ("values", "prior", "error_message")),
    (link, ("base",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased. rows: how many of each table. pseudonyms: those that are nobody's now.

    policies: entries of policies whose text names the address. They are the configuration, word for word, and stay.
    """

    addresses: tuple[str, ...]
    pseudonyms: tuple[str, ...]
    rows: Mapping[str, int]
    policies: tuple[int, ...]


def refs_called(tx: Tx, record: str) -> list[CrmRef]:
    """Return the rows that a CRM record is known by: connection/object/id, or its id alone."""
    escaped = record.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    called = or_(snapshot.c.ref == record, snapshot.c.ref.like(f"%/{escaped}", escape="\\"))
    return [
        parse_ref(ref) for ref in tx.execute(select(snapshot.c.ref).where(called).order_by(snapshot.c.ref)).scalars()
    ]


def addresses_of(tx: Tx, ref: CrmRef) -> tuple[str, ...]:
    """Return the mail addresses that a person's CRM record holds, in any version that is kept."""
    found: set[str] = set()
    for table in (snapshot, observation):
        for values in tx.execute(select(table.c["values"]).where(table.c.ref == str(ref))).scalars():
            found |= {folded(each) for each in (load(values).get("email"),) if each}
    return tuple(sorted(found))


def erase(tx: Tx, addresses: tuple[str, ...], ref: CrmRef | None = None) -> Erased:
    """Take these addresses, and the person of this CRM record, out of everything but the chain.

    addresses: in any case of letters.
    """
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete = ON")  # else the old bytes stay in the file's free pages
    wanted = tuple(sorted({folded(each) for each in addresses}))
    pseudonyms, policies = list[str](), set[int]()
    rows = dict.fromkeys(["snapshot", "observation"], 0)
    for table in (snapshot, observation):
        rows[table.name] = _versions(tx, table, wanted, ref)
    for address in wanted:
        for table, names in _TEXTS:
            rows[table.name] = rows.get(table.name, 0) + _texts(tx, table, names, address)
        known = tx.execute(delete(person).where(person.c.address == address).returning(person.c.pseudonym)).scalars()
        pseudonyms += known.all()
        told = select(entry.c.seq).where(entry.c.type == "policy_activated", _holds(entry.c.data, address))
        policies |= set(tx.execute(told).scalars())
    rows["person"] = len(pseudonyms)
    return Erased(
        addresses=wanted,
        pseudonyms=tuple(pseudonyms),
        rows={name: count for name, count in rows.items() if count},
        policies=tuple(sorted(policies)),
    )


def _versions(tx: Tx, table: Table, addresses: tuple[str, ...], ref: CrmRef | None) -> int:
    """Take a person out of the versions of CRM rows."""
    values = table.c["values"]
    where = [_holds(values, each) for each in addresses]
    where += [table.c.ref == str(ref)] if ref is not None else []
    found = tx.execute(select(*table.primary_key.columns, table.c.ref, values).where(or_(*where))).all()
    streams = _streams(tx, [row.ref for row in found])
    for row in found:
        is_about = row.ref == str(ref) or streams.get(row.ref) in (Stream.CONTACTS.value, Stream.USERS.value)
        after = _without(load(row.values), addresses, is_about=is_about)
        changes: dict[str, Any] = {"values": dump(after)}
        if table is observation:
            changes["content_hash"] = f"{ERASED}{row[0]}"
        else:
            changes["facts_hash"] = ERASED
            changes["lookup"] = _lookup(tx, row.ref, addresses, is_about=is_about)
        tx.execute(update(table).where(next(iter(table.primary_key.columns)) == row[0]).values(changes))
    return len(found)


def _without(values: Mapping[str, Any], addresses: tuple[str, ...], *, is_about: bool) -> dict[str, Any]:
    """Return values without the person: of a row about them nothing personal stays, of another what names them goes."""
    after = dict(values)
    for name, value in values.items():
        if is_about and name in _OF_PERSON:
            after[name] = None
        elif isinstance(value, str) and any(each in value.casefold() for each in addresses):
            bare = folded(value) in addresses
            after[name] = None if bare else _replaced(value, addresses)
            if name in _BESIDE and _BESIDE[name] in after:
                after[_BESIDE[name]] = None
    return after


def _lookup(tx: Tx, ref: str, addresses: tuple[str, ...], *, is_about: bool) -> str | None:
    held: str | None = tx.execute(select(snapshot.c.lookup).where(snapshot.c.ref == ref)).scalar()
    if held is None or is_about or any(each in held.casefold() for each in addresses):
        return None
    return held


def _streams(tx: Tx, refs: list[str]) -> dict[str, str]:
    rows = tx.execute(select(snapshot.c.ref, snapshot.c.stream).where(among(tx, snapshot.c.ref, sorted(set(refs)))))
    return {row.ref: row.stream for row in rows}


def _texts(tx: Tx, table: Table, names: tuple[str, ...], address: str) -> int:
    """Replace an address in the texts of a table; return in how many rows."""
    key = next(iter(table.primary_key.columns))
    columns = [type_coerce(table.c[name], Text).label(name) for name in names]
    found = tx.execute(select(key, *columns).where(or_(*[_holds(table.c[name], address) for name in names]))).all()
    for row in found:
        changes = {
            table.c[name]: _replaced(text, (address,)) for name, text in zip(names, row[1:], strict=True) if text
        }
        raw = {column: type_coerce(text, Text) for column, text in changes.items()}
        tx.execute(update(table).where(key == row[0]).values(raw))
    return len(found)


def _replaced(text: str, addresses: tuple[str, ...]) -> str:
    for address in addresses:
        text = re.sub(re.escape(address), ERASED, text, flags=re.IGNORECASE)
    return text


def _holds(column: Column[Any], address: str) -> Any:
    """Return the condition that a text holds the address, whatever the case of ASCII letters."""
    escaped = address.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return func.lower(type_coerce(column, Text)).like(f"%{escaped}%", escape="\\")
