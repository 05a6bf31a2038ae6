"""Pull one page of a stream: an incremental window, or a backfill by paging or by bulk job.

Pages follow one another by keyset on (SystemModstamp, Id), never by offset or by a locator that may expire, so a pull goes
on after any interruption where its last stored page ended. queryAll shows deleted and merged rows in the same query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connectors.port import Page, Row
from connectors.salesforce import bulk, soql
from connectors.salesforce.cursor import Cursor, decode, following
from connectors.salesforce.fetch import Position, Wanted, count, fetch
from connectors.salesforce.source import Source
from rules.errors import InvariantError, RecordError


def pull_page(source: Source, text: str | None) -> Page:
    """Return the next page after a cursor. None, or a cursor of another mapping, starts a backfill."""
    cursor = decode(text) if text is not None else None
    if cursor is None or cursor.mapping != source.fingerprint:
        cursor = _begin(source)
    if cursor.job is not None:
        return _bulk_page(source, cursor)
    return _rest_page(source, cursor)


def _begin(source: Source) -> Cursor:
    """Return the cursor at the start of a backfill, with a bulk job under way when many rows are to come."""
    expected = count(source, purpose="pull", include_deleted=True)
    cursor = Cursor(mapping=source.fingerprint, high=source.client.wire.time_before_call(), expected=expected)
    if expected is None or expected <= source.client.options.bulk_threshold_rows:
        return cursor
    source.adapt(source.schema.of(source.object_name))  # a job that names a hidden field would only fail later
    return replace(cursor, job=bulk.start(source))


def _rest_page(source: Source, cursor: Cursor) -> Page:
    wire, options = source.client.wire, source.client.options
    conditions = (*source.filters, *soql.window(cursor.low, cursor.after))
    fetched = fetch(source, Wanted(conditions=conditions, purpose="pull", limit=options.page_rows))
    rows, unreadable = source.rows(fetched.records)
    # No query has an upper bound, so that the newest rows come at once; the page that reaches the time at which the pass
    # began is its last, whatever has been added since.
    high = cursor.high or wire.time_before_call()
    cursor = replace(cursor, high=high, seen=_newest(cursor.seen, fetched.last), pages=cursor.pages + 1)
    is_last = not fetched.is_more or (high is not None and fetched.last is not None and fetched.last[0] >= high)
    if is_last:
        return _last_page(source, cursor, rows, unreadable)
    if fetched.last is None or fetched.last == cursor.after:
        raise InvariantError(
            f"{source.client.connection}: {source.object_name} was paged without getting any further; the pass stops rather "
            "than turn in a circle."
        )
    cursor = replace(cursor, after=fetched.last)
    return Page(rows=rows, unreadable=unreadable, next=cursor.encode(), is_last=False, expected_rows=cursor.expected)


def _bulk_page(source: Source, cursor: Cursor) -> Page:
    """Return the next page of a bulk job, an empty one while it works, or the first by paging when it has failed."""
    assert cursor.job is not None
    got = bulk.step(source, cursor.job)
    if got is None:
        return _rest_page(source, replace(cursor, job=None))
    rows, unreadable = source.rows(got.records)
    newest = max((row.modified_at for row in rows), default=None)
    cursor = replace(cursor, job=got.job, seen=max(filter(None, (cursor.seen, newest)), default=None))
    if got.job is None:
        return _last_page(source, replace(cursor, pages=cursor.pages + 1), rows, unreadable)
    return Page(rows=rows, unreadable=unreadable, next=cursor.encode(), is_last=False, expected_rows=cursor.expected)


def _last_page(source: Source, cursor: Cursor, rows: Sequence[Row], unreadable: Sequence[RecordError]) -> Page:
    lookback = source.client.options.lookback
    end = cursor.high or cursor.seen  # without any Date header only what was seen is sure
    return Page(
        rows=rows,
        unreadable=unreadable,
        next=following(cursor, lookback=lookback).encode(),
        is_last=True,
        covered_until=end - lookback if end is not None else None,
        expected_rows=cursor.expected,
    )


def _newest(seen: datetime | None, last: Position | None) -> datetime | None:
    if last is None:
        return seen
    return last[0] if seen is None else max(seen, last[0])
