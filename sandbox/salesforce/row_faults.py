"""Faults that hit one row of a write, in the words Salesforce has for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.faults import Fault, FaultKind, Faults
from sandbox.salesforce.asked import Asked
from sandbox.salesforce.errors import RowError, deleted, duplicate_value
from sandbox.salesforce.fields import ObjectDef

ROW_FAULTS: Final = frozenset(
    {
        FaultKind.FIELD_FORBIDDEN,
        FaultKind.ROW_INVALID,
        FaultKind.ROW_LOCKED,
        FaultKind.DUPLICATE_VALUE,
        FaultKind.ROW_GONE,
    }
)


def raise_row_fault(faults: Faults, shape: ObjectDef, record_id: str, fields: Mapping[str, Any], asked: Asked) -> None:
    """Raise what a drawn fault says about this row."""
    if faults.is_quiet:
        return
    method, path = asked.text.split(" ", 1)
    fault = faults.draw("salesforce", method, f"{path} {shape.name}/{record_id}", ROW_FAULTS)
    if fault is not None:
        raise _FAULTS[fault.kind](fault, fields)


def _forbidden(fault: Fault, fields: Mapping[str, Any]) -> RowError:
    field = str(fault.options.get("field") or next((name for name in fields if name != "attributes"), "Name"))
    return RowError(
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {field}. Please check the security settings of this field and verify that it is "
        "read/write for your profile or permission set.",
        fields=[field],
    )


def _invalid(fault: Fault, fields: Mapping[str, Any]) -> RowError:
    field = fault.options.get("field")
    message = str(fault.options.get("message", "This record may not be saved now."))
    return RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message, fields=[field] if field else [])


def _locked(fault: Fault, fields: Mapping[str, Any]) -> RowError:
    if fault.options.get("by_approval"):
        return RowError("ENTITY_IS_LOCKED", "the entity is locked for editing")
    return RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")


def _taken(fault: Fault, fields: Mapping[str, Any]) -> RowError:
    return duplicate_value(
        str(fault.options.get("field", "Registration_Id__c")), str(fault.options.get("record_id", ""))
    )


def _gone(fault: Fault, fields: Mapping[str, Any]) -> RowError:
    return deleted("")


_FAULTS: Final[Mapping[FaultKind, Callable[[Fault, Mapping[str, Any]], RowError]]] = {
    FaultKind.FIELD_FORBIDDEN: _forbidden,
    FaultKind.ROW_INVALID: _invalid,
    FaultKind.ROW_LOCKED: _locked,
    FaultKind.DUPLICATE_VALUE: _taken,
    FaultKind.ROW_GONE: _gone,
}
