"""One mapped stream of a sandbox org: which rows there are, as Rows.

Queries see what everybody sees: rows whose transaction is still open are missing, as they are for a real query. Rows are
made with the mapping's own reader, after their instants are written as the API would write them. Writing is left to
save_salesforce.py.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final

from connectors.mapping import OPTIONAL, Reader, compile_reader, instant_text
from connectors.port import Row
from connectors.salesforce import soql
from connectors.salesforce.ids import id18
from rules.errors import PermanentError, RecordError, RetryClass
from rules.fields import FieldType
from rules.mapping import Compare, Condition, StreamMap
from rules.records import CrmRef
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.org import Org
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Table
from sandbox.salesforce.writes import Writer

Raw = dict[str, Any]
Place = tuple[datetime, str]  # SystemModstamp and id

_MERGES_MAX: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """What the org's own API resources work with: this door is a part of the sandbox and stands where they do."""

    store: Store
    writer: Writer
    limits: Limits
    lock: threading.RLock
    user_id: str

    @classmethod
    def of(cls, org: Org) -> Inside:
        return cls(store=org._store, writer=org._writer, limits=org._limits, lock=org._lock, user_id=org.user_id)


class SalesforceView:
    """One stream. The org is entered under its own lock."""

    def __init__(self, org: Org, stream_map: StreamMap, connection: str) -> None:
        self.inside = Inside.of(org)
        self._store, self._lock = self.inside.store, self.inside.lock
        self._org = org
        self.map = stream_map
        self.object_name = stream_map.object_name
        self.connection = connection
        self._hidden: frozenset[str] = frozenset()
        self._read = self._compile()

    @cached_property
    def fingerprint(self) -> str:
        """Return a short hash of what is read: when the mapping changes, the stream is read anew."""
        fields = sorted(field.crm_field or "" for field in self.map.fields.values())
        return hashlib.sha256("\n".join([self.object_name, *soql.filters(self.map), *fields]).encode()).hexdigest()[:12]

    def window(self, low: Place | None, *, is_after: bool, limit: int, is_stale: bool) -> list[Raw]:
        """Return up to `limit` rows from `low` (or behind it) on, by stamp and id, the bin included."""
        with self._lock:
            self._adapt()
            self._store.settle()
            rows = self.table.ordered(low, None)
            wanted = (row for row in rows if self._is_wanted(row))
            if is_after:
                wanted = (row for row in wanted if (row["SystemModstamp"], row["Id"]) != low)
            found = list(islice(wanted, limit))
            return [self.table.before(row["Id"]) or row for row in found] if is_stale else found

    def by_id(self, after: str | None, *, limit: int) -> list[Raw]:
        """Return up to `limit` rows behind an id, by id, the bin included."""
        with self._lock:
            self._store.settle()
            rows = (row for row in self.table.by_id(after) if row["Id"] != after and self._is_wanted(row))
            return list(islice(rows, limit))

    def find(self, record_id: str, *, is_stale: bool = False) -> Raw | None:
        """Return a row as a query shows it, deleted ones too; a merged one as its survivor."""
        with self._lock:
            self._adapt()
            self._store.settle()
            row = self.table.before(record_id) if is_stale else self.table.seen(record_id)
            for _ in range(_MERGES_MAX):
                if row is None or not row.get("MasterRecordId"):
                    break
                row = self.table.seen(row["MasterRecordId"])
            return row

    def holder(self, key: str) -> Raw | None:
        """Return the live row that holds an external id, as a query shows it."""
        assert self.map.external_id is not None, self.object_name
        with self._lock:
            self._store.settle()
            record_id = self.table.holder(self.map.external_id, key)
            row = self.table.seen(record_id) if record_id is not None else None
            return row if row is not None and row[self.map.external_id] is not None else None

    def count(self, *, with_deleted: bool) -> int:
        with self._lock:
            self._store.settle()
            if not self.map.where:
                return self.table.count(None, None, include_deleted=with_deleted)
            rows = (row for row in self.table.by_id() if self._is_wanted(row))
            return sum(with_deleted or not row.get("IsDeleted") for row in rows)

    def row(self, raw: Raw) -> Row:
        """Return a stored row as a Row; raise RecordError where a value cannot be read."""
        told = {**raw, **{name: instant_text(raw[name]) for name in self._instants if raw.get(name) is not None}}
        values = self._read(told, raw["Id"])
        if self._single_currency is not None and values.get("amount") is not None:
            values["currency"] = self._single_currency
        rev = values.get("rev")
        return Row(
            ref=CrmRef(self.connection, self.object_name, raw["Id"]),
            stream=self.map.stream,
            created_at=raw["CreatedDate"],
            modified_at=raw["SystemModstamp"],
            values=values,
            modified_by=raw["LastModifiedById"],
            rev=rev if isinstance(rev, int) else None,
            is_deleted=bool(raw.get("IsDeleted")),
            merged_into=raw.get("MasterRecordId"),
        )

    def rows(self, raws: Sequence[Raw]) -> tuple[list[Row], list[RecordError]]:
        """Return the rows that can be read and an error for each that cannot."""
        rows: list[Row] = []
        unreadable: list[RecordError] = []
        for raw in raws:
            try:
                rows.append(self.row(raw))
            except RecordError as error:
                unreadable.append(error)
        return rows, unreadable

    def partial_row(self, raw: Raw) -> Row:
        """Return a row without the values that cannot be read."""
        rest = dict(raw)
        while True:
            try:
                return self.row(rest)
            except RecordError as error:
                del rest[str(error.field)]

    @property
    def table(self) -> Table:
        """Return the org's rows of this object."""
        return self._store.tables[self.object_name]

    @cached_property
    def _instants(self) -> tuple[str, ...]:
        fields = (each.crm_field for each in self.map.fields.values() if each.type is FieldType.INSTANT)
        return tuple(each for each in fields if each is not None)

    @property
    def _single_currency(self) -> str | None:
        """Return the org's currency where rows carry none."""
        if "currency" not in self._hidden:
            return None
        return str(next(self._org.rows("Organization"))["DefaultCurrencyIsoCode"])

    def _adapt(self) -> None:
        """Leave out optional fields that the org does not show; raise PermanentError for the others."""
        shape = self._store.objects[self.object_name]
        hidden = {
            name
            for name, field in self.map.fields.items()
            if field.crm_field and self._store.field(shape, field.crm_field) is None
        }
        essential = sorted(
            str(self.map.fields[name].crm_field) for name in hidden - OPTIONAL.get(self.map.stream, set())
        )
        if essential:
            raise PermanentError(
                f"{self.connection}: {self.object_name} no longer shows {', '.join(essential)}.",
                crm=self.connection,
                object_name=self.object_name,
                fields=essential,
                code="INVALID_FIELD",
                retry_class=RetryClass.PERMISSION,
            )
        if hidden != self._hidden:
            self._hidden = frozenset(hidden)
            self._read = self._compile()

    def _compile(self) -> Reader:
        fields = {name: field for name, field in self.map.fields.items() if name not in self._hidden}
        return compile_reader(replace(self.map, fields=fields), connection=self.connection, normalise_ref=id18)

    def _is_wanted(self, row: Raw) -> bool:
        return all(_holds(each, row) for each in self.map.where)


def _holds(condition: Condition, row: Raw) -> bool:
    """Tell whether a row meets a filter, compared as SOQL does: text without regard to case."""
    value = row.get(condition.field)
    if condition.compare is Compare.IS_SET:
        return value is not None
    if condition.compare is Compare.IS_EMPTY:
        return value is None
    text = None if value is None else str(value).lower()
    is_in = text in {each.lower() for each in condition.values}
    return is_in if condition.compare in (Compare.EQUALS, Compare.IN) else not is_in
