"""Group writes into the calls that Salesforce takes, and shape their bodies; pure.

In one call: one object, one way of writing, no record twice (Salesforce refuses the second), rows of one parent side by
side, because parallel batches that touch the same account lock each other out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

from connectors.mapping import to_crm
from connectors.port import Write, WriteKind
from connectors.salesforce.ids import id18
from connectors.salesforce.translate import encode
from rules.errors import DealError, InvariantError, RecordError
from rules.fields import Stream
from rules.mapping import StreamMap
from rules.records import CrmRef


class Method(StrEnum):
    UPDATE = "update"
    CONDITIONAL = "conditional"
    UPSERT = "upsert"


SIZES: Final[Mapping[Method, int]] = {Method.UPDATE: 200, Method.CONDITIONAL: 25, Method.UPSERT: 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One write, shaped. place: its number in the caller's list. ref: for messages. fields: CRM field to JSON value."""

    place: int
    write: Write
    record_id: str | None
    ref: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One call. external_id: the unique field, for upserts."""

    method: Method
    object_name: str
    external_id: str | None
    items: tuple[Item, ...]

    @property
    def http_method(self) -> str:
        return "POST" if self.method is Method.CONDITIONAL else "PATCH"

    @property
    def path(self) -> str:
        """Return the address below /services/data/vXX.0/."""
        match self.method:
            case Method.CONDITIONAL:
                return "composite"
            case Method.UPSERT:
                return f"composite/sobjects/{self.object_name}/{self.external_id}"
            case Method.UPDATE:
                return "composite/sobjects"

    def body(self, api_version: str) -> dict[str, Any]:
        """Return the call's JSON body."""
        if self.method is Method.CONDITIONAL:
            requests = [self._subrequest(item, number, api_version) for number, item in enumerate(self.items)]
            return {"allOrNone": False, "compositeRequest": requests}
        records: list[dict[str, Any]] = []
        for item in self.items:
            key = (
                {"id": item.record_id}
                if self.method is Method.UPDATE
                else {str(self.external_id): item.write.external_id}
            )
            records.append({"attributes": {"type": self.object_name}, **item.fields, **key})
        return {"allOrNone": False, "records": records}

    def with_items(self, items: Sequence[Item]) -> Batch:
        """Return the same kind of call for other items."""
        return replace(self, items=tuple(items))

    def cut(self, size: int) -> list[Batch]:
        """Return the batch in pieces of at most `size` items."""
        return [self.with_items(self.items[at : at + size]) for at in range(0, len(self.items), size)]

    def _subrequest(self, item: Item, number: int, api_version: str) -> dict[str, Any]:
        assert item.write.unmodified_since is not None
        return {
            "method": "PATCH",
            "url": f"/services/data/v{api_version}/sobjects/{self.object_name}/{item.record_id}",
            "referenceId": f"w{number}",
            "httpHeaders": {
                "If-Unmodified-Since": condition_date(item.write.unmodified_since),
                "Sforce-Auto-Assign": "FALSE",
            },
            "body": dict(item.fields),
        }


def condition_date(moment: datetime) -> str:
    """Return the HTTP-date for If-Unmodified-Since, which Salesforce compares with LastModifiedDate by whole seconds.

    Rounded up: a record last modified within the second of `moment` is the version the caller has seen.
    """
    whole = datetime.fromtimestamp(math.ceil(moment.timestamp()), UTC)
    return format_datetime(whole, usegmt=True)


def plan(
    connection: str, streams: Mapping[Stream, StreamMap], writes: Sequence[Write]
) -> tuple[list[Batch], dict[int, DealError]]:
    """Return the calls to make in order, and an error for each write that cannot be shaped, by its place."""
    items: list[tuple[tuple[Any, ...], Method, StreamMap, Item]] = []
    refused: dict[int, DealError] = {}
    turns: dict[str, int] = {}
    for place, write in enumerate(writes):
        stream_map = streams.get(write.stream)
        try:
            item = _shape(connection, stream_map, place, write)
        except RecordError as error:
            refused[place] = error
            continue
        assert stream_map is not None
        method = _method(write)
        # A record's second write goes in a later call than its first, so that the later one stands.
        turn = turns.get(item.ref, 0)
        turns[item.ref] = turn + 1
        rank = (turn, method, write.stream, write.group or "", item.ref, place)
        items.append((rank, method, stream_map, item))
    items.sort(key=lambda each: each[0])
    batches: list[Batch] = []
    for (_, method, _), same in groupby(items, key=lambda each: each[0][:3]):
        rows = list(same)
        stream_map = rows[0][2]
        whole = Batch(
            method=Method(method),
            object_name=stream_map.object_name,
            external_id=stream_map.external_id,
            items=tuple(row[3] for row in rows),
        )
        batches += whole.cut(SIZES[whole.method])
    return batches, refused


def _method(write: Write) -> Method:
    if write.kind is WriteKind.CREATE:
        return Method.UPSERT
    return Method.CONDITIONAL if write.unmodified_since is not None else Method.UPDATE


def _shape(connection: str, stream_map: StreamMap | None, place: int, write: Write) -> Item:
    """Return the write as CRM fields; raise RecordError when it names no mapped stream, no record, or no such value."""
    if stream_map is None:
        raise InvariantError(f"{connection}: write {write.key} is for {write.stream}, which is not mapped.")
    is_create = write.kind is WriteKind.CREATE
    object_name, external_id = stream_map.object_name, stream_map.external_id
    record_id = None if is_create else _record_id(connection, object_name, write)
    ref = str(CrmRef(connection, object_name, record_id or write.external_id or "?"))
    if is_create and (external_id is None or not write.external_id):
        raise _shapeless(connection, ref, "has no unique external id to be created by")
    fields = to_crm(stream_map, write.values, encode=encode, ref=ref)
    if is_create:
        fields.pop(str(external_id), None)  # stands in the record as its key
    return Item(place=place, write=write, record_id=record_id, ref=ref, fields=fields)


def _record_id(connection: str, object_name: str, write: Write) -> str:
    try:
        return id18(write.record_id or "")
    except ValueError:
        raise _shapeless(connection, str(CrmRef(connection, object_name, "?")), "names no Salesforce record") from None


def _shapeless(connection: str, ref: str, what: str) -> RecordError:
    return RecordError(f"{ref}: the write {what}; nothing was sent.", crm=connection, ref=ref)
