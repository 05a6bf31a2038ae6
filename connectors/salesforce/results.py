"""Read what became of each row from the answer to a batch; pure.

An answer with status 200 says little: each row has its own result. Rows are taken by their id or reference where the
answer tells them, by their place only where the answer is complete and in order. What cannot be told apart is unknown,
never "done".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connectors.port import Outcome
from connectors.salesforce.batches import Batch, Item, Method
from connectors.salesforce.errors import read_fault, row_error
from connectors.salesforce.ids import id18
from rules.errors import DealError, TransientError

_NO_RESULT: Final = "no result"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one item. record_id: where the answer tells one."""

    outcome: Outcome
    record_id: str | None = None
    created: bool = False
    error: DealError | None = None


def row_results(connection: str, batch: Batch, answer: Any) -> list[Result]:
    """Return one Result per item from the answer to a collection."""
    rows = answer if isinstance(answer, list) and all(isinstance(row, Mapping) for row in answer) else []
    if batch.method is Method.UPSERT:
        # A new record's id tells nothing, so only a complete answer can be told apart, by order.
        rows = rows if len(rows) == len(batch.items) else []
        return [_row_result(connection, item, rows[place] if rows else None) for place, item in enumerate(batch.items)]
    by_id = {_id(row): row for row in rows if _id(row) is not None}
    is_in_order = len(rows) == len(batch.items) and all(
        _id(row) in (None, item.record_id) for row, item in zip(rows, batch.items, strict=True)
    )
    results = []
    for place, item in enumerate(batch.items):
        row = rows[place] if is_in_order else by_id.get(item.record_id)
        results.append(_row_result(connection, item, row))
    return results


def composite_results(connection: str, batch: Batch, answer: Any) -> list[Result]:
    """Return one Result per item from the answer to a composite, by reference."""
    told = answer.get("compositeResponse") if isinstance(answer, Mapping) else None
    parts: Sequence[Any] = told if isinstance(told, list) else ()
    by_reference = {str(part.get("referenceId")): part for part in parts if isinstance(part, Mapping)}
    return [_part_result(connection, item, by_reference.get(f"w{number}")) for number, item in enumerate(batch.items)]


def _row_result(connection: str, item: Item, row: Mapping[str, Any] | None) -> Result:
    if row is None or not isinstance(row.get("success"), bool):
        return _unknown(connection, item)
    record_id = _id(row)
    if row["success"]:
        if item.record_id is None and record_id is None:
            return _unknown(connection, item)
        return Result(outcome=Outcome.APPLIED, record_id=record_id, created=row.get("created") is True)
    fault = read_fault(row.get("errors") or [])
    return Result(
        outcome=Outcome.REFUSED, record_id=record_id, error=row_error(fault, connection=connection, ref=item.ref)
    )


def _part_result(connection: str, item: Item, part: Mapping[str, Any] | None) -> Result:
    status = part.get("httpStatusCode") if part is not None else None
    if part is None or not isinstance(status, int):
        return _unknown(connection, item)
    if 200 <= status < 300:
        return Result(outcome=Outcome.APPLIED, record_id=item.record_id)
    fault = read_fault(part.get("body"), status=status)
    if status >= 500:
        return _unknown(connection, item, code=fault.code)
    return Result(
        outcome=Outcome.REFUSED, record_id=item.record_id, error=row_error(fault, connection=connection, ref=item.ref)
    )


def _unknown(connection: str, item: Item, *, code: str = _NO_RESULT) -> Result:
    error = TransientError(
        f"{item.ref}: Salesforce did not tell whether this write was applied. The record is read before anything is sent "
        "again.",
        crm=connection,
        outcome_unknown=True,
        code=code,
    )
    return Result(outcome=Outcome.UNKNOWN, record_id=item.record_id, error=error)


def _id(row: Mapping[str, Any]) -> str | None:
    try:
        return id18(str(row.get("id") or ""))
    except ValueError:
        return None
