"""Read rows by what they are, not by when they changed: by id, by our external id, and all keys for the sweep.

Queries and retrieves answer from the store itself, never from an index. What a read does not show may be deleted, merged
away or hidden: a second look with queryAll tells which, before anything is called gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from connectors.port import Row, Stamp
from connectors.salesforce import soql
from connectors.salesforce.fetch import Wanted, check_spelling, fetch, place_of
from connectors.salesforce.ids import id18, known_id18
from connectors.salesforce.source import NEVER_DELETED, Record, Source
from rules.errors import InvariantError, PermanentError, RetryClass

RETRIEVE_MAX: Final = 2000
IDS_MAX: Final = 300  # in one IN list; more would not fit the address beside the columns
KEYS_MAX: Final = 150
MERGES_MAX: Final = 5  # a survivor may have been merged again
SWEEP_ROWS: Final = 2000
_NO_ID: Final = frozenset({"INVALID_QUERY_FILTER_OPERATOR", "MALFORMED_ID"})  # what a query says to an id that is none


def read_by_id(source: Source, record_ids: Sequence[str]) -> dict[str, Row | None]:
    """Return the rows by the id asked for; None: neither there nor in the bin, or not visible.

    A row in the bin comes with is_deleted. A merged one comes as its survivor. A field that cannot be read is left out of
    its row's values: the pull reports it, and whoever asks here wants the rest.
    """
    wanted = {record_id: known_id18(record_id) for record_id in record_ids}
    found = _look(source, list(dict.fromkeys(filter(None, wanted.values()))))
    for _ in range(MERGES_MAX):
        losers = {key: row for key, row in found.items() if row.merged_into is not None}
        if not losers:
            break
        survivors = _look(source, list({id18(row.merged_into) for row in losers.values() if row.merged_into}))
        for key, row in losers.items():
            assert row.merged_into is not None
            survivor = survivors.get(id18(row.merged_into))
            if survivor is None:
                del found[key]
            else:
                found[key] = survivor
    return {asked: found.get(key) if key is not None else None for asked, key in wanted.items()}


def read_by_external_id(source: Source, keys: Sequence[str]) -> dict[str, Row | None]:
    """Return the live rows that hold these external ids, by the key asked for; the oldest where several do.

    Salesforce compares text without regard to case, so does this.
    """
    field = source.stream_map.external_id
    if field is None:
        raise PermanentError(
            f"{source.client.connection}: {source.stream_map.stream} has no external_id in the mapping. Name the unique "
            "field that holds the registration id.",
            crm=source.client.connection,
            object_name=source.object_name,
        )
    held: dict[str, Row] = {}
    for some in _chunks(dict.fromkeys(keys), KEYS_MAX):
        for record in _query(source, field, some, include_deleted=False):
            row = source.partial_row(record)
            key = str(record.get(field) or "").lower()
            held[key] = min(held.get(key, row), row, key=_age)
    return {key: held.get(key.lower()) for key in keys}


def stamps(source: Source, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
    """Return one page of all ids of the stream, bin included, in the order of ids, and the cursor of the next page.

    Ordered by id and not by stamp, because a row that changes meanwhile must not slip from an unread page to a read one.
    """
    columns = ["Id", "SystemModstamp"] + ([] if source.object_name in NEVER_DELETED else ["IsDeleted"])
    conditions = [*source.filters, *([f"Id > {soql.text_literal(id18(cursor))}"] if cursor is not None else [])]
    query = soql.select(columns, source.object_name, conditions, order="Id", limit=SWEEP_ROWS)
    answer = source.client.query(
        query, purpose="sweep", what=f"sweep {source.object_name}", object_name=source.object_name
    )
    records: Sequence[Record] = answer["records"]
    page = []
    for record in records:
        modified_at, record_id = place_of(source, record)
        page.append(Stamp(record_id=record_id, modified_at=modified_at, is_deleted=record.get("IsDeleted") is True))
    is_more = len(records) >= SWEEP_ROWS or not answer.get("done", True)
    return page, page[-1].record_id if page and is_more else None


def _look(source: Source, ids: Sequence[str]) -> dict[str, Row]:
    """Return the rows with these ids as they are, bin and merged ones included."""
    found: dict[str, Row] = {}
    if not any("." in column for column in source.columns):  # a retrieve takes fields of the object itself only
        for some in _chunks(ids, RETRIEVE_MAX):
            found.update(_by_id(source, _retrieve(source, some)))
    for some in _chunks([each for each in ids if each not in found], IDS_MAX):
        found.update(_by_id(source, _query(source, "Id", some, include_deleted=True)))
    return found


def _retrieve(source: Source, ids: Sequence[str]) -> list[Record]:
    """Return the live rows among up to 2,000 ids in one call; hidden and deleted ones are missing.

    Whatever stands in the way of this call, the query that follows for what is missing finds out what it is.
    """
    columns = source.columns
    what = f"retrieve {source.object_name}"
    try:
        answer = source.client.read(
            f"composite/sobjects/{soql.name(source.object_name)}",
            method="POST",
            body={"ids": list(ids), "fields": list(columns)},
            purpose="read",
            what=what,
            object_name=source.object_name,
        )
    except (PermanentError, InvariantError) as error:
        if error.retry_class is RetryClass.AUTH:
            raise
        return []
    if not isinstance(answer, list | None):  # the library gives None for an empty list
        raise source.client.misshapen(what)
    records = [record for record in answer or () if isinstance(record, Mapping)]
    if records:
        check_spelling(source, columns, records[0])
    source.client.wire.calls.amend(rows=len(records))
    return records


def _query(source: Source, field: str, values: Sequence[str], *, include_deleted: bool) -> list[Record]:
    """Return the rows whose field is one of the values.

    Asked again in halves when one answer does not hold them all, or when one of the ids, typed by a person, is none.
    """
    condition = soql.one_of(field, values)
    try:
        fetched = fetch(
            source, Wanted(conditions=(condition,), purpose="read", order="", include_deleted=include_deleted)
        )
    except (PermanentError, InvariantError) as error:
        if field != "Id" or error.code not in _NO_ID:
            raise
        if len(values) == 1:
            return []
    else:
        if not fetched.is_more or len(values) == 1:
            return list(fetched.records)
    half = len(values) // 2
    parts = (values[:half], values[half:])
    return [record for part in parts for record in _query(source, field, part, include_deleted=include_deleted)]


def _by_id(source: Source, records: Iterable[Record]) -> dict[str, Row]:
    rows = map(source.partial_row, records)
    return {row.ref.record_id: row for row in rows}


def _age(row: Row) -> tuple[datetime, str]:
    return row.created_at or row.modified_at, row.ref.record_id


def _chunks(values: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(values)
    while some := list(islice(iterator, size)):
        yield some
