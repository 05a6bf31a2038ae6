"""How a canonical write is saved in a sandbox org, row by row, as a collection of the API would save it.

A row is applied or refused with the real connector's own errors; the org itself draws the faults that strike one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from connectors.mapping import to_crm
from connectors.port import Delivery, Outcome, Write, WriteKind
from connectors.salesforce.errors import read_fault, row_error
from connectors.salesforce.ids import id18
from connectors.salesforce.translate import encode
from rules.errors import DealError, RecordError
from rules.fields import FieldType, Value
from rules.mapping import FieldMap
from sandbox.salesforce.asked import Asked
from sandbox.salesforce.errors import RowError
from sandbox.view_salesforce import SalesforceView

_ASKED: Final = Asked(text="PATCH /composite/sobjects")
_SECOND: Final = timedelta(seconds=1)


class SalesforceSaver:
    """Writes of one stream."""

    def __init__(self, view: SalesforceView) -> None:
        self._view = view
        self._inside = view.inside

    def save(self, write: Write) -> Delivery:
        """Save one write as the API would, with this row's own faults."""
        shown = write.record_id if write.record_id is not None else f"external id {write.external_id}"
        ref = f"{self._view.connection}/{self._view.object_name}/{shown}"
        try:
            fields = to_crm(self._view.map, write.values, encode=_encode, ref=ref)
            record_id, created = self._save(write, fields)
        except RowError as refused:
            fault = read_fault([refused.as_result()])
            error: DealError = row_error(fault, connection=self._view.connection, ref=ref)
        except (RecordError, _StaleError) as refused:
            stale = row_error(read_fault([], status=412), connection=self._view.connection, ref=ref)
            error = refused if isinstance(refused, RecordError) else stale
        else:
            return Delivery(key=write.key, outcome=Outcome.APPLIED, record_id=record_id, created=created)
        return Delivery(key=write.key, outcome=Outcome.REFUSED, record_id=write.record_id, error=error)

    def _save(self, write: Write, fields: Mapping[str, Any]) -> tuple[str, bool]:
        """Return the id of the row written, and whether it is new."""
        with self._inside.lock:
            self._inside.store.settle()
            shape, by = self._inside.store.objects[self._view.object_name], self._inside.user_id
            record_id = write.record_id
            if write.kind is WriteKind.CREATE:
                assert self._view.map.external_id is not None and write.external_id is not None, write.key
                record_id = self._view.table.holder(self._view.map.external_id, write.external_id)
                fields = {**fields, self._view.map.external_id: write.external_id}
            if record_id is None:
                return self._inside.writer.create(shape, fields, by=by, asked=_ASKED), True
            record_id = id18(record_id)
            self._check_condition(write, record_id)
            self._inside.writer.update(shape, record_id, fields, by=by, asked=_ASKED)
            return record_id, False

    def _check_condition(self, write: Write, record_id: str) -> None:
        row = self._view.table.newest(record_id)
        if write.unmodified_since is None or row is None:
            return
        whole = write.unmodified_since.replace(microsecond=0)
        until = whole if whole == write.unmodified_since else whole + _SECOND
        if row["LastModifiedDate"] > until:
            raise _StaleError


class _StaleError(Exception):
    """The record was modified after the moment that a write names."""


def _encode(field: FieldMap, value: Value) -> Any:
    if field.type is FieldType.DECIMAL and value is not None:
        return float(str(value))
    return encode(field, value)
