"""Pull one page of a stream: the first read by the list, later passes by windows on the modification time.

A page handed out is gathered from several calls, because lists give 100 rows and searches 200, and the links of 1,000 rows
cost a single call. When a call fails after others have brought rows, those are handed out first: progress is never lost to
a limit. Where a pull stands and where windows begin and end is decided in cursor.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from connectors.hubspot import cursor
from connectors.hubspot.cursor import Lookback, Phase, Position
from connectors.hubspot.records import PLACE_LOST, Found, Raw
from connectors.hubspot.source import Source
from connectors.hubspot.translate import pushed_down
from connectors.port import Page
from rules.errors import InvariantError, TransientError

PURPOSE = "pull"


def pull_page(source: Source, text: str | None, *, lookback: Lookback, page_rows: int) -> Page:
    """Return the next page after a cursor. None, or a cursor of another mapping, starts a first read."""
    position = cursor.decode(text) if text is not None else None
    now = _crm_now(source)
    if position is None or position.mapping != source.fingerprint:
        source.prepare(fresh=True)
        position = cursor.first_read(now, mapping=source.fingerprint, expected=source.count(purpose=PURPOSE))
    elif position.phase is Phase.REST:
        source.prepare(fresh=cursor.is_wide_due(position, now, lookback))
        position = cursor.open_window(position, now, lookback)
    else:
        source.prepare()
    if position.phase is Phase.DRAIN:
        raws, position, total = _window(source, position, page_rows=page_rows)
    else:
        total = position.expected
        raws, position = _list(source, position, page_rows=page_rows)
    rows, unreadable = source.rows(raws, purpose=PURPOSE)
    is_last = position.phase is Phase.REST
    return Page(
        rows=rows,
        unreadable=unreadable,
        next=cursor.encode(position),
        is_last=is_last,
        covered_until=position.low - lookback.settle if is_last else None,
        expected_rows=total,
    )


def _crm_now(source: Source) -> datetime:
    """Return the CRM's time of this moment; before any answer has told it, the account is asked for."""
    source.portal.account()
    return source.client.meter.now()


def _list(source: Source, position: Position, *, page_rows: int) -> tuple[list[Raw], Position]:
    """Return rows of the complete list, live ones first and then archived ones, and where it goes on."""
    raws: list[Raw] = []
    while len(raws) < page_rows:
        try:
            found = source.records.page(
                source.properties, after=position.after, archived=position.phase is Phase.ARCHIVED, purpose=PURPOSE
            )
        except TransientError as error:
            if raws:
                break
            if error.code != PLACE_LOST:
                raise
            position = replace(position, after=None)
            continue
        raws += found.rows
        if found.after is None:
            return raws, _next_phase(position)
        if found.after == position.after:
            raise _circle(source)
        position = replace(position, after=found.after)
    return raws, position


def _next_phase(position: Position) -> Position:
    if position.phase is Phase.LIST:
        return replace(position, phase=Phase.ARCHIVED, after=None)
    return cursor.close_window(position)


def _window(source: Source, position: Position, *, page_rows: int) -> tuple[list[Raw], Position, int | None]:
    """Return rows modified within the open window, in the order of ids, where it goes on, and how many there are."""
    assert position.start is not None, position
    raws: list[Raw] = []
    total: int | None = None
    while len(raws) < page_rows:
        try:
            found = source.records.window(
                source.properties,
                stamp=source.translator.stamp,
                start=position.start,
                after_id=position.after or "0",
                filters=pushed_down(source.stream_map.where),
                purpose=PURPOSE,
            )
        except TransientError:
            if not raws:
                raise
            break
        total = found.total if total is None else total
        raws += found.rows
        if found.rows:
            position = replace(position, after=_highest(source, found.rows, above=int(position.after or "0")))
        if _is_drained(found):
            return raws, cursor.close_window(position), total
    return raws, position, total


def _is_drained(found: Found) -> bool:
    """Tell whether nothing is left: an empty page always says so, a full count saves the call that would fetch one."""
    if not found.rows:
        return True
    return found.after is None and found.total is not None and found.total <= len(found.rows)


def _highest(source: Source, raws: Sequence[Raw], *, above: int) -> str:
    """Return the highest id of a page, as a number; raise InvariantError when paging got no further."""
    highest = max((int(raw["id"]) for raw in raws if str(raw.get("id") or "").isdigit()), default=above)
    if highest <= above:
        raise _circle(source)
    return str(highest)


def _circle(source: Source) -> InvariantError:
    return InvariantError(
        f"{source.client.connection}: {source.object_name} was paged without getting any further; the pass stops rather "
        "than turn in a circle."
    )
