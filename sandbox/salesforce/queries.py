"""Run queries and keep their cursors: pages of 2,000 rows, locators that expire, rows that change in between.

A query that wants one stretch of the stamp order keeps only its place; every other one keeps the ids that it found when it
started. Source: REST guide, "Query", "Query Options Header"; Limits cheat sheet, "API Query Cursor Limits".
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.soql import plan
from sandbox.salesforce.soql.bind import Bound, sorted_rows
from sandbox.salesforce.soql.evaluate import Test
from sandbox.salesforce.store import Store
from sandbox.salesforce.table import Position, Row

PAGE_ROWS_MAX: Final = 2000
CURSOR_LIFE: Final = timedelta(days=2)
_CURSORS_MAX: Final = 500  # a memory bound of the sandbox: the oldest cursor goes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """total: rows of the whole query when it started. locator: of the next page; None: this is the last."""

    bound: Bound
    total: int
    rows: Sequence[Row]
    locator: str | None


@dataclass(slots=True, kw_only=True)
class Cursor:
    """A query under way. ids: what it found; None: `places` tells after which row the page at an offset begins."""

    bound: Bound
    include_deleted: bool
    total: int
    page_rows: int
    expires_at: datetime
    ids: list[str] | None
    places: dict[int, Position] = field(default_factory=dict)


class Queries:
    """Runs queries over one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cursors: OrderedDict[str, Cursor] = OrderedDict()
        self._made = 0

    def first_page(self, bound: Bound, *, include_deleted: bool, page_rows: int, is_stale: bool = False) -> Page:
        """Return the first page of a query that is not all aggregates. is_stale: point lookups show the version before."""
        cursor = self.open(bound, include_deleted=include_deleted, page_rows=page_rows)
        if cursor is not None:
            return self._page(cursor, None, 0)
        rows = self._rows(bound, include_deleted, is_stale)
        query = bound.query
        end = None if query.limit is None else query.offset + query.limit
        found = list(islice(rows, query.offset, end))
        if len(found) <= page_rows:
            return Page(bound=bound, total=len(found), rows=found, locator=None)
        kept = self._cursor(bound, include_deleted, len(found), page_rows, [row["Id"] for row in found])
        return self._page(kept, None, 0)

    def open(self, bound: Bound, *, include_deleted: bool, page_rows: int) -> Cursor | None:
        """Return a cursor that keeps only its place, for a query that allows it and may have more than a page."""
        query = bound.query
        stretch = plan.stretch(query.where)
        table = self._store.tables[bound.shape.name]
        is_open = not query.order or plan.is_stamp_order(query)
        is_short = query.limit is not None and query.limit <= page_rows
        if not stretch.is_exact or not is_open or is_short or query.offset:
            return None
        total = table.count(stretch.low, stretch.high, include_deleted=include_deleted)
        total = total if query.limit is None else min(total, query.limit)
        return None if total <= page_rows else self._cursor(bound, include_deleted, total, page_rows, None)

    def more(self, locator: str) -> Page:
        """Return the page that a locator names; the same one again for the same locator."""
        name, _, offset = locator.partition("-")
        cursor = self._cursors.get(name)
        if cursor is None or cursor.expires_at <= self._store.clock.now() or not offset.isdigit():
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        if cursor.ids is None and int(offset) not in cursor.places:
            raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(cursor, name, int(offset))

    def forget(self, locator: str) -> None:
        self._cursors.pop(locator.partition("-")[0], None)

    def count(self, bound: Bound, *, include_deleted: bool) -> int:
        """Return how many rows a query has."""
        stretch = plan.stretch(bound.query.where)
        if stretch.is_exact:
            table = self._store.tables[bound.shape.name]
            total = table.count(stretch.low, stretch.high, include_deleted=include_deleted)
        else:
            total = sum(1 for _ in self._rows(bound, include_deleted, False))
        limit = bound.query.limit
        return total if limit is None else min(total, limit)

    def matching(self, bound: Bound, *, include_deleted: bool) -> Iterator[Row]:
        """Return every row of a query, for aggregates."""
        return self._rows(bound, include_deleted, False)

    def slice(self, cursor: Cursor, offset: int, size: int) -> list[Row]:
        """Return rows of a cursor from an offset that the slices before have led to."""
        size = min(size, cursor.total - offset)
        table = self._store.tables[cursor.bound.shape.name]
        if cursor.ids is not None:
            found = (table.seen(record_id) for record_id in cursor.ids[offset : offset + size])
            return [row for row in found if row is not None and _is_wanted(row, cursor.include_deleted)]
        stretch = plan.stretch(cursor.bound.query.where)
        after = cursor.places.get(offset)
        rows: Iterator[Row] = table.ordered(after or stretch.low, stretch.high)
        if not cursor.include_deleted:
            rows = (row for row in rows if not row.get("IsDeleted"))
        if after is not None:
            rows = (row for row in rows if (row["SystemModstamp"], row["Id"]) != after)
        page = list(islice(rows, size))
        if page:
            cursor.places[offset + size] = (page[-1]["SystemModstamp"], page[-1]["Id"])
        return page

    def materialise(self, bound: Bound, *, include_deleted: bool) -> Cursor:
        """Return a cursor over everything a query finds now, however much that is."""
        cursor = self.open(bound, include_deleted=include_deleted, page_rows=0)
        if cursor is not None:
            return cursor
        limit = bound.query.limit
        ids = [row["Id"] for row in islice(self._rows(bound, include_deleted, False), limit)]
        return self._cursor(bound, include_deleted, len(ids), PAGE_ROWS_MAX, ids)

    def _cursor(self, bound: Bound, include_deleted: bool, total: int, page_rows: int, ids: list[str] | None) -> Cursor:
        return Cursor(
            bound=bound,
            include_deleted=include_deleted,
            total=total,
            page_rows=page_rows,
            expires_at=self._store.clock.now() + CURSOR_LIFE,
            ids=ids,
        )

    def _page(self, cursor: Cursor, name: str | None, offset: int) -> Page:
        rows = self.slice(cursor, offset, cursor.page_rows)
        following = offset + cursor.page_rows
        locator = None
        is_run_dry = cursor.ids is None and not rows
        if following < cursor.total and not is_run_dry:
            if name is None:
                self._made += 1
                name = make_id("0r8", self._made)
                self._cursors[name] = cursor
                if len(self._cursors) > _CURSORS_MAX:
                    self._cursors.popitem(last=False)
            locator = f"{name}-{following}"
        return Page(bound=cursor.bound, total=cursor.total, rows=rows, locator=locator)

    def _rows(self, bound: Bound, include_deleted: bool, is_stale: bool) -> Iterator[Row]:
        """Return the rows of a query in its order, without offset and limit."""
        query, table = bound.query, self._store.tables[bound.shape.name]
        looked_up = plan.candidates(table, bound.shape, query.where)
        if looked_up is not None:
            if is_stale:
                looked_up = [old for row in looked_up if (old := table.before(row["Id"])) is not None]
            # Without ORDER BY no order is promised, least of all that of the list in the query.
            return iter(sorted_rows(list(_filtered(reversed(looked_up), bound.test, include_deleted)), bound))
        order = [(each.path.lower(), each.is_descending) for each in query.order]
        if order == [("id", False)]:
            return _filtered(table.by_id(plan.id_floor(query.where)), bound.test, include_deleted)
        stretch = plan.stretch(query.where)
        rows = _filtered(table.ordered(stretch.low, stretch.high), bound.residue, include_deleted)
        if not query.order or plan.is_stamp_order(query):
            return rows
        return iter(sorted_rows(list(rows), bound))


def _filtered(rows: Iterable[Row], test: Test | None, include_deleted: bool) -> Iterator[Row]:
    if test is not None:
        rows = filter(test, rows)
    return iter(rows) if include_deleted else (row for row in rows if not row.get("IsDeleted"))


def _is_wanted(row: Row, include_deleted: bool) -> bool:
    return include_deleted or not row.get("IsDeleted")
