"""Write rows: every rule a save passes, whoever asks, the API, a person or a workflow.

The order is Salesforce's: fields and rights, values, references, validation rules, uniqueness, the save, automation. Every
save moves SystemModstamp, even one that changes nothing. One row is refused by RowError and leaves no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sandbox.faults import FaultKind, Faults
from sandbox.salesforce.asked import Asked
from sandbox.salesforce.duplicates import DuplicateRule, check_duplicates
from sandbox.salesforce.errors import RowError, deleted, duplicate_value, no_cross_reference
from sandbox.salesforce.fields import ObjectDef
from sandbox.salesforce.incoming import given_fields
from sandbox.salesforce.row_faults import raise_row_fault
from sandbox.salesforce.rules import Automation, AutomationError, ValidationRule, broken, derive
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Row, Table

_LATE: Final = frozenset({FaultKind.LATE_COMMIT})
_LATE_MAX_S: Final = 240.0  # where a fault does not say how long


class Writer:
    """Saves into one org's store.

    rules, duplicate_rules, automations: the administrator's. A fault of one row is drawn as "METHOD /path Object/Id".
    """

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store = store
        self.faults = faults
        self.rules: list[ValidationRule] = []
        self.duplicate_rules: list[DuplicateRule] = []
        self.automations: list[Automation] = []

    def create(self, shape: ObjectDef, fields: Mapping[str, Any], *, by: str, asked: Asked | None = None) -> str:
        """Save a new row and return its id. asked: how the API asks; None: a person or a workflow."""
        if asked is not None:
            raise_row_fault(self.faults, shape, "new", fields, asked)
        given = given_fields(self.store, shape, fields, is_create=True, as_api=asked is not None)
        missing = [field.name for field in shape.required if given.get(field.name) is None]
        if missing:
            raise RowError(
                "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", fields=missing
            )
        now = self.store.now()
        row = {**shape.blank, **self._defaults(shape, by), **given}
        row |= {"Id": self.store.mint(shape), "CreatedDate": now, "CreatedById": by}
        row |= {field.name: self.store.auto_number() for field in shape.fields.values() if field.is_auto_number}
        self._save(shape, None, row, given, by=by, asked=asked)
        return str(row["Id"])

    def update(
        self, shape: ObjectDef, record_id: str, fields: Mapping[str, Any], *, by: str, asked: Asked | None = None
    ) -> None:
        """Save changed fields of a live row."""
        table = self.store.tables[shape.name]
        if asked is not None:
            raise_row_fault(self.faults, shape, record_id, fields, asked)
        old = self._live(table, record_id)
        given = given_fields(self.store, shape, fields, is_create=False, as_api=asked is not None)
        empty = [
            each
            for each, value in given.items()
            if value is None and not shape.fields[each].is_nillable and shape.fields[each].type != "boolean"
        ]
        if empty:
            raise RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(empty)}]", fields=empty)
        if shape.name == "Lead" and old["IsConverted"]:
            raise RowError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
        self._save(shape, old, {**old, **given}, given, by=by, asked=asked)

    def automate(self, shape: ObjectDef, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change a row as a recalculation does: SystemModstamp moves, LastModifiedDate stays, no automation fires."""
        old = self._live(self.store.tables[shape.name], record_id)
        given = given_fields(self.store, shape, fields, is_create=False, as_api=False)
        row = {**old, **given}
        derive(shape.name, row, given, self.store.stages, self.store.now())
        row["SystemModstamp"] = self.store.now()
        self.store.put(self.store.tables[shape.name], row)

    def delete(self, shape: ObjectDef, record_id: str, *, by: str, asked: Asked | None = None) -> None:
        """Move a live row to the bin."""
        table = self.store.tables[shape.name]
        if asked is not None:
            raise_row_fault(self.faults, shape, record_id, {}, asked)
        if not shape.is_deletable:
            raise RowError("INSUFFICIENT_ACCESS_OR_READONLY", "entity type is not deletable")
        self._put(shape, {**self._live(table, record_id), "IsDeleted": True}, by=by, asked=asked)

    def undelete(self, shape: ObjectDef, record_id: str, *, by: str) -> None:
        """Take a row out of the bin; merged ones too stay merged no longer."""
        row = self.store.tables[shape.name].newest(record_id)
        if row is None or not row["IsDeleted"]:
            raise RowError("UNDELETE_FAILED", "entity is not in the recycle bin")
        self._check_unique(shape, row)
        live = {**row, "IsDeleted": False}
        if "MasterRecordId" in live:
            live["MasterRecordId"] = None
        self._put(shape, live, by=by, asked=None)

    def merge(self, shape: ObjectDef, winner_id: str, loser_id: str, *, by: str) -> None:
        """Merge two rows: the loser goes to the bin and names its master, its children move without automation."""
        if "MasterRecordId" not in shape.fields:
            raise RowError("INVALID_TYPE_FOR_OPERATION", f"entity type cannot be merged: {shape.name}")
        table = self.store.tables[shape.name]
        winner, loser = self._live(table, winner_id), self._live(table, loser_id)
        self._put(shape, {**loser, "IsDeleted": True, "MasterRecordId": winner["Id"]}, by=by, asked=None)
        self._put(shape, dict(winner), by=by, asked=None)
        for child in list(self.store.tables.values()):
            columns = [each.name for each in child.shape.references if shape.name in each.reference_to]
            self._move_children(child, columns, loser["Id"], winner["Id"], by)

    def _move_children(self, table: Table, columns: list[str], old: str, new: str, by: str) -> None:
        moved = [row for row in table.by_id() if any(row[column] == old for column in columns)] if columns else []
        for row in moved:
            if row["Id"] == old or row.get("MasterRecordId") == new:
                continue
            self._put(table.shape, {**row, **{each: new for each in columns if row[each] == old}}, by=by, asked=None)

    def _live(self, table: Table, record_id: str) -> Row:
        row = table.newest(record_id)
        if row is None:
            raise no_cross_reference()
        if row.get("IsDeleted"):
            raise deleted(record_id)
        return row

    def _defaults(self, shape: ObjectDef, by: str) -> dict[str, Any]:
        values = {field.name: field.default for field in shape.fields.values() if field.default is not None}
        if "OwnerId" in shape.fields:
            values["OwnerId"] = by
        return values

    def _save(
        self, shape: ObjectDef, old: Row | None, row: Row, given: Mapping[str, Any], *, by: str, asked: Asked | None
    ) -> None:
        derive(shape.name, row, given, self.store.stages, self.store.now())
        rule = broken(self.rules, shape.name, row)
        if rule is not None:
            fields = [rule.field] if rule.field is not None else []
            raise RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, fields=fields)
        if asked is not None and self.duplicate_rules:
            table = self.store.tables[shape.name]
            check_duplicates(self.duplicate_rules, table, row, may_save=asked.saves_duplicates)
        self._check_unique(shape, row)
        self._put(shape, self._automated(shape, old, row), by=by, asked=asked)

    def _automated(self, shape: ObjectDef, old: Row | None, row: Row) -> Row:
        for automation in self.automations:
            try:
                changes = automation(shape.name, old, row)
            except AutomationError as failure:
                raise RowError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", str(failure)) from failure
            if changes:
                given = given_fields(self.store, shape, changes, is_create=False, as_api=False)
                row = {**row, **given}
                derive(shape.name, row, given, self.store.stages, self.store.now())
        return row

    def _check_unique(self, shape: ObjectDef, row: Row) -> None:
        table = self.store.tables[shape.name]
        for field in shape.unique:
            value = row[field.name]
            holder = table.holder(field.name, value) if value is not None else None
            if holder is not None and holder != row["Id"]:
                raise duplicate_value(field.name, holder)

    def _put(self, shape: ObjectDef, row: Row, *, by: str, asked: Asked | None) -> None:
        now = self.store.now()
        row["LastModifiedDate"] = row["SystemModstamp"] = now
        row["LastModifiedById"] = by
        self.store.put(self.store.tables[shape.name], row, self._visible_at(shape, row["Id"], asked))
        if shape.name == "OpportunityStage":
            self.store.stages[row["ApiName"]] = row

    def _visible_at(self, shape: ObjectDef, record_id: str, asked: Asked | None) -> datetime | None:
        if self.faults.is_quiet:
            return None
        method, path = (asked.text if asked is not None else "SAVE ").split(" ", 1)
        fault = self.faults.draw("salesforce", method, f"{path} {shape.name}/{record_id}".strip(), _LATE)
        if fault is None:
            return None
        delay_s = float(fault.options.get("delay_s", 1.0 + fault.roll * _LATE_MAX_S))
        return self.store.clock.now() + timedelta(seconds=delay_s)
