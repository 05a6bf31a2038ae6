"""Group writes into the calls that HubSpot takes, shape their bodies, and read what became of each row; pure.

In one call: one object, one way of writing, no record twice (HubSpot refuses the whole batch for a repeated id). Results
come in an order of their own: they are matched by record id, by trace id or by the unique property, never by place. What
cannot be matched is unknown, never "done".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Final

from connectors.hubspot.client import Answer, row_errors
from connectors.hubspot.errors import Call, row_error
from connectors.hubspot.source import Source
from connectors.hubspot.translate import is_record_id
from connectors.port import Outcome, Write, WriteKind
from rules.errors import DealError, InvariantError, RecordError, TransientError
from rules.fields import Stream
from rules.records import CrmRef

BATCH_ROWS: Final = 100

SourceOf = Callable[[Stream], Source | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One write, shaped. place: its number in the caller's list. properties: by name, all text. links: by field key."""

    place: int
    write: Write
    record_id: str | None
    ref: str
    properties: Mapping[str, str]
    links: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One call."""

    kind: WriteKind
    source: Source
    items: tuple[Item, ...]

    def with_items(self, items: Sequence[Item]) -> Batch:
        """Return the same kind of call for other items."""
        return replace(self, items=tuple(items))

    def cut(self, size: int) -> list[Batch]:
        """Return the batch in pieces of at most `size` items."""
        return [self.with_items(self.items[at : at + size]) for at in range(0, len(self.items), size)]

    def body(self) -> dict[str, Any]:
        """Return the call's JSON body."""
        if self.kind is WriteKind.UPDATE:
            return {"inputs": [{"id": item.record_id, "properties": dict(item.properties)} for item in self.items]}
        key = self.source.stream_map.external_id
        return {
            "inputs": [
                {
                    "id": item.write.external_id,
                    "idProperty": key,
                    "objectWriteTraceId": item.write.key,
                    "properties": {str(key): str(item.write.external_id), **item.properties},
                }
                for item in self.items
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one item. record_id: where the answer tells one."""

    outcome: Outcome
    record_id: str | None = None
    created: bool = False
    error: DealError | None = None


def plan(connection: str, source_of: SourceOf, writes: Sequence[Write]) -> tuple[list[Batch], dict[int, RecordError]]:
    """Return the calls to make in order, and an error for each write that cannot be shaped, by its place."""
    shaped: list[tuple[tuple[int, str, str], Source, Item]] = []
    refused: dict[int, RecordError] = {}
    turns: dict[str, int] = {}
    for place, write in enumerate(writes):
        source = source_of(write.stream)
        if source is None:
            raise InvariantError(f"{connection}: write {write.key} is for {write.stream}, which is not mapped.")
        source.prepare()
        try:
            item = _shape(connection, source, place, write)
        except RecordError as error:
            refused[place] = error
            continue
        # A record's second write goes in a later call than its first, so that the later one stands.
        turn = turns.get(item.ref, 0)
        turns[item.ref] = turn + 1
        shaped.append(((turn, write.kind.value, write.stream.value), source, item))
    shaped.sort(key=lambda each: (each[0], each[2].place))
    batches: list[Batch] = []
    for (_, kind, _), same in groupby(shaped, key=lambda each: each[0]):
        rows = list(same)
        whole = Batch(kind=WriteKind(kind), source=rows[0][1], items=tuple(row[2] for row in rows))
        batches += whole.cut(BATCH_ROWS)
    return batches, refused


def results(call: Call, batch: Batch, answer: Answer) -> list[Result]:
    """Return one Result per item of a batch that was taken, with 200, 201 or 207."""
    done = _done(batch, answer)
    faults = {key: fault for fault in row_errors(answer) for key in _keys_of(fault.context)}
    found: list[Result] = []
    for item in batch.items:
        row = done.get(item.place)
        fault = next(
            (faults[each] for each in (item.record_id, item.write.key, item.write.external_id) if each in faults), None
        )
        if row is not None:
            found.append(Result(outcome=Outcome.APPLIED, record_id=str(row["id"]), created=row.get("new") is True))
        elif fault is not None:
            found.append(Result(outcome=Outcome.REFUSED, error=row_error(fault, call=call, ref=item.ref)))
        else:
            found.append(Result(outcome=Outcome.UNKNOWN, error=untold(call.connection, item)))
    return found


def untold(connection: str, item: Item) -> TransientError:
    """Return the error of a row that the answer passes over."""
    return TransientError(
        f"{item.ref}: HubSpot did not tell whether this write was applied. The record is read before anything is sent "
        "again.",
        crm=connection,
        outcome_unknown=True,
        code="no result",
    )


def _done(batch: Batch, answer: Answer) -> dict[int, Mapping[str, Any]]:
    """Return the result rows by the place of their item."""
    listed = answer.data.get("results")
    rows = [each for each in listed if isinstance(each, dict) and each.get("id")] if isinstance(listed, list) else []
    if batch.kind is WriteKind.UPDATE:
        by_id = {str(row["id"]): row for row in rows}
        return {item.place: by_id[item.record_id] for item in batch.items if item.record_id in by_id}
    key = str(batch.source.stream_map.external_id)
    by_trace = {str(row["objectWriteTraceId"]): row for row in rows if row.get("objectWriteTraceId")}
    by_value = {str((row.get("properties") or {}).get(key)): row for row in rows}
    found: dict[int, Mapping[str, Any]] = {}
    if len(batch.items) == len(rows) == 1 and not row_errors(answer):  # whose it is needs no telling
        return {batch.items[0].place: rows[0]}
    for item in batch.items:
        row = by_trace.get(item.write.key) or by_value.get(str(item.write.external_id))
        if row is not None:
            found[item.place] = row
    return found


def _keys_of(context: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what an error names its rows by: record ids (update), trace ids or unique values (upsert)."""
    return [each for name in ("ids", "id", "objectWriteTraceId") for each in context.get(name, ())]


def _shape(connection: str, source: Source, place: int, write: Write) -> Item:
    """Return the write as properties and links; raise RecordError when it names no record, or no such value."""
    is_create = write.kind is WriteKind.CREATE
    record_id = None if is_create else write.record_id
    ref = str(CrmRef(connection, source.object_name, record_id or write.external_id or "?"))
    if is_create and (source.stream_map.external_id is None or not write.external_id):
        raise _shapeless(connection, ref, "has no unique external id to be created by")
    if not is_create and not is_record_id(record_id or ""):
        raise _shapeless(connection, ref, "names no HubSpot record")
    fields = source.writer.to_properties(write, source.facts, ref=ref)
    links = {key: value for key, value in fields.items() if source.links.is_written(key)}
    return Item(
        place=place,
        write=write,
        record_id=record_id,
        ref=ref,
        properties={key: value for key, value in fields.items() if key not in links},
        links=links,
    )


def _shapeless(connection: str, ref: str, what: str) -> RecordError:
    return RecordError(f"{ref}: the write {what}; nothing was sent.", crm=connection, ref=ref)
