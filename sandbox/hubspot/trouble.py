"""What a drawn fault does to the records of one call.

Faults of the connection are the transport's, those of the token and the limits the application's; here are the ones that
strike a record: it is locked, refused, taken, gone, or read as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from sandbox.faults import FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.errors import Problem
from sandbox.hubspot.records import Records
from sandbox.hubspot.request import Call
from sandbox.hubspot.rows import Row
from sandbox.hubspot.table import Table

ALWAYS: Final = frozenset({FaultKind.RATE_LIMITED, FaultKind.DAILY_LIMIT, FaultKind.TOKEN_EXPIRED})
READ: Final = frozenset({FaultKind.STALE_READ, FaultKind.ROW_GONE})
WRITE: Final = frozenset({FaultKind.FIELD_FORBIDDEN, FaultKind.ROW_INVALID, FaultKind.ROW_LOCKED, FaultKind.ROW_GONE})
CREATE: Final = frozenset({FaultKind.FIELD_FORBIDDEN, FaultKind.ROW_INVALID, FaultKind.DUPLICATE_VALUE})
BATCH: Final = frozenset({FaultKind.RESULTS_REORDERED, FaultKind.RESULTS_FEWER})
LIST: Final = frozenset({FaultKind.CURSOR_EXPIRED})
SEARCH: Final = frozenset({FaultKind.OUT_OF_ORDER, FaultKind.STALE_READ})
LINK: Final = frozenset({FaultKind.ROW_LOCKED}) | BATCH
_Item = TypeVar("_Item")


def strike_write(
    call: Call, records: Records, table: Table, writes: Sequence[tuple[Row | None, Mapping[str, Any]]]
) -> None:
    """Apply the call's fault to one of the records it writes; raise Refusal where the call ends with it.

    ROW_GONE really archives the record, as a person would in that moment.
    """
    fault = call.fault
    if fault is None or not writes:
        return
    row, properties = writes[int(fault.roll * len(writes))]
    name = str(fault.options.get("field") or next(iter(properties), "hs_object_id"))
    match fault.kind:
        case FaultKind.ROW_LOCKED:
            raise errors.locked()
        case FaultKind.FIELD_FORBIDDEN if name in properties:
            raise errors.invalid_properties([errors.read_only(name)], records.portal_id)
        case FaultKind.ROW_INVALID:
            message = str(fault.options.get("message", "A workflow of this account refuses the value"))
            problem = Problem(name=name, code="INVALID_OPTION", message=message)
            raise errors.invalid_properties([problem], records.portal_id)
        case FaultKind.DUPLICATE_VALUE:
            existing = str(fault.options.get("existing_id", table.new_id()))
            raise errors.conflict(f"{table.type.singular.capitalize()} already exists.", existing)
        case FaultKind.ROW_GONE if row is not None:
            records.archive(table, row)


def strike_read(call: Call, records: Records, table: Table, row: Row) -> Row | None:
    """Return the row as this call gets to see it; None when it has just gone."""
    if call.has_fault(FaultKind.STALE_READ):
        return table.previous(row)
    if call.has_fault(FaultKind.ROW_GONE):
        records.archive(table, row)
        return None
    return row


def disorder(call: Call, results: list[_Item], turn: int) -> list[_Item]:
    """Return the results of a batch in the order in which they come: never the one of the request; perhaps not all.

    turn: a number that differs from call to call.
    """
    if call.has_fault(FaultKind.RESULTS_FEWER) and results:
        results = results[:-1]
    if call.has_fault(FaultKind.RESULTS_REORDERED) or turn % 2:
        results = results[::-1]
    at = turn % len(results) if results else 0
    return results[at:] + results[:at]
