"""How a canonical write is made in a sandbox portal, row by row, as a batch of the API would make it.

A row is applied or refused with the real connector's own errors; one of a batch may be struck by a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from connectors.hubspot.errors import Call, row_error
from connectors.hubspot.faults import read_fault
from connectors.hubspot.portal import PropertyFact
from connectors.port import Delivery, Outcome, Write, WriteKind
from rules.errors import DealError, RecordError, RetryClass, TransientError
from sandbox.faults import Fault, FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.errors import Refusal
from sandbox.hubspot.history import API
from sandbox.hubspot.portal import Portal
from sandbox.view_hubspot import HubspotView

_LOCKED: Final = 423


class HubspotSaver:
    """Writes of one stream."""

    def __init__(self, portal: Portal, view: HubspotView) -> None:
        self._portal = portal
        self._view = view

    def save(self, write: Write, fault: Fault | None = None) -> Delivery:
        """Make one write as the API would: links before properties, unless the record must be made first.

        fault: what strikes this row.
        """
        ref = f"{self._view.connection}/{self._view.object_name}/{write.record_id or write.external_id}"
        try:
            fields = self._view.translator.to_properties(write, self._facts, ref=ref)
            links = {key: fields.pop(key) for key in list(fields) if key in self._view.target_of}
            with self._portal.lock:
                self._strike(write, fault)
                record_id, created = self._save(write, fields, links)
                self._portal.records.settle()
        except Refusal as refused:
            error: DealError = self._error(refused, ref)
        except RecordError as shapeless:
            error = shapeless
        else:
            return Delivery(key=write.key, outcome=Outcome.APPLIED, record_id=record_id, created=created)
        return Delivery(key=write.key, outcome=Outcome.REFUSED, record_id=write.record_id, error=error)

    def _strike(self, write: Write, fault: Fault | None) -> None:
        """Raise Refusal where a fault refuses the row; ROW_GONE archives it, as a person would in that moment."""
        match fault:
            case None:
                return
            case Fault(kind=FaultKind.ROW_LOCKED):
                raise errors.locked()
            case Fault(kind=FaultKind.DUPLICATE_VALUE):
                raise errors.conflict("Record already exists.", str(fault.options.get("existing_id", "1")))
            case Fault(kind=FaultKind.ROW_GONE) if write.record_id is not None:
                self._portal.archive(self._view.object_name, write.record_id)
            case _:
                message = str(fault.options.get("message", "A workflow of this account refuses the value"))
                name = str(fault.options.get("field") or self._view.map.external_id)
                problem = errors.Problem(name=name, code="INVALID_OPTION", message=message)
                raise errors.invalid_properties([problem], self._portal.portal_id)

    def _error(self, refused: Refusal, ref: str) -> DealError:
        if refused.status == _LOCKED:
            message = f"{ref}: the record is locked."
            return TransientError(message, crm=self._view.connection, code="HTTP 423", retry_class=RetryClass.LOCKED)
        call = Call(connection=self._view.connection, object_name=self._view.object_name, purpose="push", is_write=True)
        return row_error(read_fault(orjson.dumps(refused.body)), call=call, ref=ref, status=refused.status)

    def _save(self, write: Write, properties: Mapping[str, Any], links: Mapping[str, str | None]) -> tuple[str, bool]:
        """Return the id of the record written, and whether it is new."""
        table, row = self._view.table, None
        if write.kind is WriteKind.CREATE:
            assert self._view.map.external_id is not None and write.external_id is not None, write.key
            properties = {**properties, self._view.map.external_id: write.external_id}
            row_id = table.holder(self._view.map.external_id, write.external_id)
            row = table.find(row_id) if row_id is not None else None
            if row is None:
                row = self._portal.records.create(table, properties, by=API)
                self._move(row.key, links)
                return row.key, True
        else:
            row = table.find(int(write.record_id or 0))  # an id that was merged away is not followed by a batch
            if row is None:
                raise errors.not_found([str(write.record_id)])
        self._move(row.key, links)
        if properties:
            self._portal.records.update(table, row, properties, by=API)
        return row.key, False

    def _move(self, record_id: str, links: Mapping[str, str | None]) -> None:
        """Link the record under each label with the one given, and with nobody else."""
        for key, wanted in links.items():
            field = self._view.target_of[key]
            target = str(field.association)
            linked = self._portal.associations(self._view.object_name, record_id, target)
            if wanted is not None:
                self._portal.associate(self._view.object_name, record_id, target, wanted, label=field.label)
            for other, labels in linked:
                if field.label in labels and other != wanted:
                    self._portal.dissociate(self._view.object_name, record_id, target, other, label=field.label)

    @property
    def _facts(self) -> dict[str, PropertyFact]:
        """Return the definitions of the properties, as far as writing needs them."""
        return {
            each.name: PropertyFact(
                name=each.name,
                type=each.type,
                options=frozenset(each.option_values()),
                is_unique=each.is_unique,
                is_read_only=each.is_read_only,
            )
            for each in self._view.table.type.properties.values()
        }
