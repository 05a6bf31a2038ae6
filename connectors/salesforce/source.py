"""One mapped stream as the org shows it: which columns to ask for, and how a record becomes a Row.

Knows what to do when a field disappears: an optional one is left out with a notice, an essential one stops the stream by
name. Asking for rows is fetch.py's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from connectors.mapping import OPTIONAL, compile_reader, parse_instant
from connectors.port import Finding, Row, Severity
from connectors.salesforce import soql
from connectors.salesforce.client import Client
from connectors.salesforce.ids import id18
from connectors.salesforce.schema import ObjectSchema, Schema
from rules.errors import PermanentError, RecordError, RetryClass
from rules.mapping import StreamMap
from rules.records import CrmRef

Record = Mapping[str, Any]

ENVELOPE: Final = ("Id", "CreatedDate", "SystemModstamp", "LastModifiedById")
NEVER_DELETED: Final = frozenset({"User"})  # users are only deactivated; the object has no IsDeleted
MERGEABLE: Final = frozenset({"Account", "Contact", "Lead"})  # these have MasterRecordId


class Source:
    """One stream of one connection. Holds what was learnt of the org while it runs: dropped fields, parts of a query."""

    def __init__(
        self,
        client: Client,
        schema: Schema,
        stream_map: StreamMap,
        *,
        notify: Callable[[Finding], None],
        org_currency: Callable[[], str | None],
    ) -> None:
        self.client = client
        self.schema = schema
        self.stream_map = stream_map
        self.object_name = stream_map.object_name
        self.notify = notify
        self._org_currency = org_currency
        self._currency: str | None = None  # of all amounts, in an org that has a single one
        self._read = compile_reader(stream_map, connection=client.connection, normalise_ref=id18)
        self._dropped: frozenset[str] = frozenset()
        self.query_parts = 1  # into how many queries the columns must be spread

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the CRM fields to ask for, the envelope first, each once."""
        envelope = list(ENVELOPE)
        if self.object_name not in NEVER_DELETED:
            envelope.append("IsDeleted")
        if self.object_name in MERGEABLE:
            envelope.append("MasterRecordId")
        mapped = [field.crm_field for name, field in self.stream_map.fields.items() if name not in self._dropped]
        wanted = [*envelope, *mapped, self.stream_map.external_id]
        return tuple(dict.fromkeys(column for column in wanted if column))

    @property
    def has_currency(self) -> bool | None:
        """Tell whether rows carry a currency each, None where none is mapped: an org with a single one has no such field."""
        return "currency" not in self._dropped if "currency" in self.stream_map.fields else None

    @property
    def filters(self) -> list[str]:
        """Return the stream's own filter as SOQL conditions."""
        return soql.filters(self.stream_map)

    @property
    def fingerprint(self) -> str:
        """Return a short hash of what is read: when the mapping changes, the stream is read anew."""
        fields = sorted(field.crm_field or "" for field in self.stream_map.fields.values())
        text = "\n".join([self.object_name, *self.filters, *fields])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def row(self, record: Record) -> Row:
        """Return a record as a Row; raise RecordError when something in it cannot be read."""
        try:
            record_id = id18(record["Id"])
            modified_at = parse_instant(record["SystemModstamp"])
            created = record.get("CreatedDate")
            created_at = parse_instant(created) if created else None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._no_envelope(record) from error
        values = self._read(record, record_id)
        if self._currency is not None and values.get("amount") is not None:
            values["currency"] = self._currency
        rev = values.get("rev")
        return Row(
            ref=CrmRef(self.client.connection, self.object_name, record_id),
            stream=self.stream_map.stream,
            created_at=created_at,
            modified_at=modified_at,
            values=values,
            modified_by=record.get("LastModifiedById"),
            rev=rev if isinstance(rev, int) else None,
            is_deleted=record.get("IsDeleted") in (True, "true"),
            merged_into=record.get("MasterRecordId") or None,
        )

    def partial_row(self, record: Record) -> Row:
        """Return a record as a Row without the values that cannot be read; raise TransientError for no record at all."""
        rest = dict(record)
        while True:
            try:
                return self.row(rest)
            except RecordError as error:
                key = (error.field or "").partition(".")[0]
                if key in ENVELOPE or rest.pop(key, None) is None:
                    raise self.client.misshapen(f"read {self.object_name}") from error

    def rows(self, records: Sequence[Record]) -> tuple[list[Row], list[RecordError]]:
        """Return the rows that can be read and an error for each that cannot."""
        rows: list[Row] = []
        unreadable: list[RecordError] = []
        for record in records:
            try:
                rows.append(self.row(record))
            except RecordError as error:
                unreadable.append(error)
        return rows, unreadable

    def adapt(self, schema: ObjectSchema) -> bool:
        """Leave out optional fields that the org no longer shows; tell whether there were any.

        Raises PermanentError naming the essential fields that are hidden.
        """
        hidden = {
            name: field.crm_field
            for name, field in self.stream_map.fields.items()
            if field.crm_field and name not in self._dropped and schema.find(field.crm_field) is None
        }
        optional = OPTIONAL.get(self.stream_map.stream, frozenset())
        essential = [column for name, column in hidden.items() if name not in optional]
        if essential:
            raise PermanentError(
                f"{self.client.connection}: {self.object_name} no longer shows {', '.join(essential)}. Make the field "
                "visible for the integration user, or correct the mapping; the stream waits until then.",
                crm=self.client.connection,
                object_name=self.object_name,
                fields=essential,
                code="INVALID_FIELD",
                retry_class=RetryClass.PERMISSION,
            )
        self._dropped |= hidden.keys()
        if "currency" in hidden:
            self._currency = self._org_currency()
        for name, column in hidden.items():
            self.notify(self._dropped_notice(name, column))
        return bool(hidden)

    def _dropped_notice(self, name: str, column: str) -> Finding:
        return Finding(
            connection=self.client.connection,
            severity=Severity.WARNING,
            code="field_hidden",
            message=f"{self.object_name}.{column} is not visible to the integration user; {name} is left out.",
            advice="Make the field visible for the integration user, or remove it from the mapping.",
            place=str(self.stream_map.fields[name].place),
        )

    def _no_envelope(self, record: Record) -> RecordError:
        shown = str(record.get("Id") or "without id")[:18]
        return RecordError(
            f"{self.client.connection} {self.object_name} {shown}: Id, SystemModstamp or CreatedDate cannot be read.",
            crm=self.client.connection,
            ref=f"{self.client.connection}/{self.object_name}/{shown.replace('/', '')}",
            field="SystemModstamp",
        )
