"""Searches: /crm/v3/objects/{type}/search and its dated twin.

A search sees the index, not the store. It matches on the copies the index holds; for some of those that lag the answer then
shows the store's values, so that a result may lie outside the filter that found it. It stops at 10,000 results, and its
order by time can be disturbed.

A page costs what the page holds: the ids that match are found once and kept until the index changes, or, where only time and
id are bounded, are taken from the index's own order.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Any, Final
from zlib import crc32

from sandbox.faults import FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.filters import Test, sort_key
from sandbox.hubspot.query import Group, Query, read_query
from sandbox.hubspot.records import Records
from sandbox.hubspot.render import show, shown_names
from sandbox.hubspot.request import Call, Reply
from sandbox.hubspot.rows import Row
from sandbox.hubspot.table import Table
from sandbox.hubspot.view import View

BODY_MAX: Final = 3_000  # characters (HubSpot docs, search)
_KEPT: Final = 16


class Searches:
    """What searches keep between pages. fresh_share: how many of the lagging matches are shown with the store's values."""

    def __init__(self) -> None:
        self.body_max: int | None = BODY_MAX
        self.fresh_share = 0.5
        self._kept: OrderedDict[tuple[Any, ...], tuple[int, Sequence[int]]] = OrderedDict()

    def run(self, records: Records, call: Call, table: Table) -> Reply:
        if self.body_max is not None and len(call.body) > self.body_max:
            raise errors.invalid_request(f"The request body is longer than {self.body_max} characters")
        query = read_query(table.type, call.json(), _link_test(records, table))
        table.index.catch_up(records.now_ms())
        total, ids = self._matches(table, query)
        page = list(islice(ids, query.offset, query.offset + query.limit))
        rows = [self._shown(call, table, row_id) for row_id in page]
        if call.has_fault(FaultKind.OUT_OF_ORDER) and query.sort is not None:
            rows = _out_of_order(rows)
        names = shown_names(table.type, query.properties)
        data: dict[str, Any] = {"total": total, "results": [show(row, names, with_nulls=True) for row in rows]}
        following = query.offset + len(page)
        if following < total and page:
            data["paging"] = {"next": {"after": str(following), "link": f"{call.url}?after={following}"}}
        return Reply(status=200, data=data)

    def _shown(self, call: Call, table: Table, row_id: int) -> Row:
        """Return the version that the answer shows of a match: the index's copy, the store's, or an older one."""
        row = table.index.view.get(row_id)
        assert row is not None, row_id
        if call.has_fault(FaultKind.STALE_READ):
            return table.previous(row)
        if table.index.lags_for(row_id):
            newer = table.find(row_id)
            if newer is not None and crc32(row.key.encode()) % 1000 < self.fresh_share * 1000:
                return newer
        return row

    def _matches(self, table: Table, query: Query) -> tuple[int, Iterator[int]]:
        """Return how many rows match, and their ids in order."""
        view = table.index.view
        if len(query.groups) == 1 and query.sort is None and not query.descending:
            return self._by_id(view, table, query.groups[0])
        found: set[int] = set()
        for group in query.groups:
            found.update(self._by_id(view, table, group)[1])
        key = ("sorted", table.type.name, query.sort, query.descending, *map(_words, query.groups))
        ordered = self._keep(view, key, lambda: _ordered(view, table, query, found))
        return len(ordered), iter(ordered)

    def _by_id(self, view: View, table: Table, group: Group) -> tuple[int, Iterator[int]]:
        if group.low >= group.high:
            return 0, iter(())
        key = (table.type.name, group.window, group.tested)
        if group.tests:
            # The bounds on the id are left out of what is kept, so that a walk by id finds it again at each step.
            every = self._keep(view, key, lambda: array("q", _tested(view, group)))
            return _slice(every, group)
        written = self._keep(view, key, lambda: view.written_in(*group.window))
        count, ids = _slice(written, group)
        made, made_count = view.generated_in(*group.window, group.low, group.high)
        if not made_count:
            return count, ids
        return count + made_count, merge(ids, made) if count else made

    def _keep(self, view: View, key: tuple[Any, ...], find: Callable[[], Sequence[int]]) -> Sequence[int]:
        kept = self._kept.get(key)
        if kept is not None and kept[0] == view.version:
            self._kept.move_to_end(key)
            return kept[1]
        found = find()
        self._kept[key] = (view.version, found)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found


def _words(group: Group) -> tuple[Any, ...]:
    return (group.window, group.low, group.high, group.tested)


def _slice(ids: Sequence[int], group: Group) -> tuple[int, Iterator[int]]:
    first, last = bisect_left(ids, group.low), bisect_left(ids, group.high)
    return last - first, (ids[at] for at in range(first, last))


def _tested(view: View, group: Group) -> Iterator[int]:
    """Yield the ids of the rows in the group's time window that pass its tests, ascending."""
    made, _ = view.generated_in(*group.window, 0, 1 << 62)
    for row_id in merge(view.written_in(*group.window), made):
        row = view.get(row_id)
        assert row is not None, row_id
        if all(test(row.properties) for test in group.tests):
            yield row_id


def _ordered(view: View, table: Table, query: Query, found: set[int]) -> Sequence[int]:
    """Return ids by the property to sort by, rows without it last; ids ascending among equals."""
    if query.sort is None:
        return array("q", sorted(found, reverse=query.descending))
    prop = table.type.properties[query.sort]
    key = sort_key(prop)
    keyed: list[tuple[Any, int]] = []
    empty: list[int] = []
    for row_id in sorted(found):
        row = view.get(row_id)
        value = row.properties.get(query.sort) if row is not None else None
        if value is None:
            empty.append(row_id)
        else:
            keyed.append((key(value), row_id))
    keyed.sort(key=itemgetter(0), reverse=query.descending)
    return array("q", [*(row_id for _, row_id in keyed), *empty])


def _out_of_order(rows: list[Row]) -> list[Row]:
    """Return the rows with a few of them out of place: every seventh changes place with the one three before it."""
    for at in range(3, len(rows), 7):
        rows[at - 3], rows[at] = rows[at], rows[at - 3]
    return rows


def _link_test(records: Records, table: Table) -> Any:
    def link_test(target: str, value: str) -> Test:
        if table.type.is_custom or records.type_of(target).is_custom:
            raise errors.invalid_request(f"associations.{target} cannot be searched")
        other = records.type_of(target).name

        def test(properties: Mapping[str, str | None]) -> bool:
            row_id = int(properties["hs_object_id"] or 0)
            return int(value) in records.links.of(table.type.name, row_id, other)

        return test

    return link_test
