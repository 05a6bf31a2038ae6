"""Rows as the ledger wants them: the hash of their facts, the keys they are matched by, what they refer to. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import orjson

from connectors.port import Row
from ledger.rows import ObservedRow
from rules.fields import LEDGER_OWNED, Stream, Value, Values
from rules.mapping import ConnectionMap
from rules.matching.keys import customer_keys
from rules.matching.profile import profile_of
from rules.records import CrmRef, Customer

NOTHING_OWNED: Final[frozenset[str]] = frozenset()
COMPANIES: Final = frozenset({Stream.COMPANIES, Stream.PARTNERS})
_NAMES: Final[Mapping[Stream, str]] = {Stream.SUBMISSIONS: "customer_name"}
_HANGS_ON: Final[Mapping[Stream, str]] = {
    Stream.SUBMISSIONS: "customer",
    Stream.OPPORTUNITIES: "customer",
    Stream.CONTACTS: "company",
    Stream.OBJECTIONS: "submission",
    Stream.COMPANIES: "parent",
    Stream.PARTNERS: "parent",
}


def observe(row: Row) -> ObservedRow:
    """Return a pulled row as the gate wants it: with a hash of its facts and the keys it is matched by."""
    values = row.values
    company = values.get(_HANGS_ON.get(row.stream, ""))
    keys = keys_of(row.stream, values)
    return ObservedRow(
        ref=row.ref,
        stream=row.stream,
        created_at=row.created_at,
        modified_at=row.modified_at,
        modified_by=row.modified_by,
        rev=row.rev,
        is_deleted=row.is_deleted,
        merged_into=row.merged_into,
        values=values,
        facts_hash=facts_hash(row.stream, values),
        company_id=company if isinstance(company, str) else None,
        match_keys=keys,
        holder=_holder(row.stream, values) if keys else None,
    )


def facts_hash(stream: Stream, values: Values) -> str:
    """Return a hash over the values the ledger does not own."""
    owned = LEDGER_OWNED.get(stream, NOTHING_OWNED)
    facts = {name: value for name, value in values.items() if name not in owned} if owned else values
    return hashlib.blake2b(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS), digest_size=12).hexdigest()


def owned_values(stream: Stream, values: Values) -> dict[str, Value]:
    """Return the ledger-owned values of a row, the witness apart."""
    owned = LEDGER_OWNED.get(stream, NOTHING_OWNED)
    return {name: value for name, value in values.items() if name in owned and name != "rev"}


def customer_of(stream: Stream, values: Values) -> Customer | None:
    """Return the customer that a submission's own fields or a company row describe; None when they name nobody."""
    prefix = "customer_" if stream is Stream.SUBMISSIONS else ""
    name, domain = values.get(f"{prefix}name"), values.get(f"{prefix}domain")
    if domain is None and not prefix:
        domain = values.get("website")
    if not name and not domain:
        return None
    country = values.get(f"{prefix}country")
    return Customer(
        name=str(name or domain), domain=str(domain) if domain else None, country=str(country) if country else None
    )


def target_ref(mapping: ConnectionMap, stream: Stream, name: str, values: Values) -> CrmRef | None:
    """Return the row that a reference field points at, None when it is empty or its stream is not mapped."""
    record_id = values.get(name)
    field = mapping.streams[stream].fields.get(name) if stream in mapping.streams else None
    if not isinstance(record_id, str) or field is None:
        return None
    target = mapping.streams.get(field.target or Stream.COMPANIES)
    return CrmRef(mapping.connection, target.object_name, record_id) if target is not None else None


def keys_of(stream: Stream, values: Values) -> tuple[str, ...]:
    """Return the match keys of a submission or company row; other rows have none."""
    if stream is not Stream.SUBMISSIONS and stream not in COMPANIES:
        return ()
    customer = customer_of(stream, values)
    return customer_keys(customer) if customer is not None else ()


def _holder(stream: Stream, values: Values) -> str | None:
    """Return the name that a row tells, in comparable form: by it the names at a domain are counted."""
    customer = customer_of(stream, values)
    forms = profile_of(customer).name.forms if customer is not None and values.get(_NAMES.get(stream, "name")) else ()
    return " ".join((*forms[0].words, forms[0].unread)).strip() or None if forms else None
