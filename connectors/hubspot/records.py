"""Rows of one CRM object as HubSpot gives them: list, search, batch read and single read, as raw JSON.

This module knows bodies, limits and the several ways to say "not there"; what the rows mean is left to translate.py. The
store's endpoints (list, batch read, get) are fresh, the search runs on an index that lags: nothing is ever decided from a
search that found nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from connectors.hubspot.client import Answer, Client, next_after, results_of, row_errors
from connectors.hubspot.cursor import to_ms
from connectors.hubspot.errors import Call, bad_body
from connectors.hubspot.meter import Lane
from rules.errors import InvariantError, RecordError, RetryClass, TransientError

LIST_ROWS: Final = 100
SEARCH_ROWS: Final = 200
BATCH_ROWS: Final = 100
PLACE_LOST: Final = "PLACE_LOST"  # code of the error for a list whose cursor is refused
HISTORY_ROWS: Final = 50  # reading history halves the batch (HubSpot docs, properties with history)
_URL_CHARS_MAX: Final = 12_000  # 414 was seen on long property lists
_SEARCH_CHARS_MAX: Final = 2_000  # of the 3,000 that the search docs allow a body

_NOTHING: Final[dict[str, Any]] = {}

Raw = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page of raw rows. after: the list's cursor; total: the search's count of matches."""

    rows: list[Raw]
    after: str | None = None
    total: int | None = None


class Records:
    """The reading calls on rows of one object type."""

    def __init__(self, client: Client, object_name: str) -> None:
        self._client = client
        self.object_name = object_name

    def page(
        self,
        properties: Sequence[str],
        *,
        after: str | None,
        archived: bool,
        purpose: str,
        limit: int = LIST_ROWS,
    ) -> Found:
        """Return one page of the complete list, in the order of ids; it can neither be filtered nor sorted by time."""
        call = self.call(purpose)
        is_short = _fits(properties, _URL_CHARS_MAX, each="&properties=")
        try:
            answer = self._client.read(
                self._client.apis.objects.get_page,
                self.object_name,
                limit=limit,
                archived=archived,
                after=after,
                properties=list(properties) if is_short else [],
                call=call,
            )
        except InvariantError as error:
            if after is None:
                raise
            raise TransientError(  # the same request without a place is in order, so the place is what is refused
                f"{call}: HubSpot no longer knows where the list went on; it is listed from the beginning again.",
                crm=call.connection,
                code=PLACE_LOST,
            ) from error
        rows = self._counted(answer, call)
        if not is_short:
            rows = self._filled(rows, properties, archived=archived, purpose=purpose)
        if archived:  # which list they stand in says so surely
            rows = [{**row, "archived": True} for row in rows]
        return Found(rows=rows, after=next_after(answer))

    def window(
        self,
        properties: Sequence[str],
        *,
        stamp: str,
        start: datetime,
        after_id: str,
        filters: Sequence[Mapping[str, Any]] = (),
        purpose: str,
    ) -> Found:
        """Return the next rows modified from `start` on, in the order of ids and above `after_id`.

        The search's own paging ends at 10,000 rows, and its sort by time is not to be trusted: the id alone carries on.
        There is no upper bound: a row that is changed meanwhile may come now, and comes again in the next window.
        """
        condition = [
            {"propertyName": stamp, "operator": "GTE", "value": str(to_ms(start))},
            {"propertyName": "hs_object_id", "operator": "GT", "value": after_id},
            *filters,
        ]
        is_short = _fits(properties, _SEARCH_CHARS_MAX, each='"", ')
        found = self._search(
            condition, properties=list(properties) if is_short else [stamp], limit=SEARCH_ROWS, purpose=purpose
        )
        if is_short:
            return found
        return Found(
            rows=self._filled(found.rows, properties, archived=False, purpose=purpose),
            after=found.after,
            total=found.total,
        )

    def total(self, filters: Sequence[Mapping[str, Any]], *, purpose: str) -> int | None:
        """Return how many live rows match, as far as the index knows."""
        condition = [{"propertyName": "hs_object_id", "operator": "GT", "value": "0"}, *filters]
        return self._search(condition, properties=[], limit=1, purpose=purpose).total

    def batch(
        self,
        ids: Iterable[str],
        properties: Sequence[str],
        *,
        archived: bool = False,
        id_property: str | None = None,
        history: Sequence[str] = (),
        purpose: str = "read",
    ) -> list[Raw]:
        """Return the rows that exist among these ids, in no order; the others are left out.

        `hs_object_id` is refused as idProperty, so reads by record id leave it out.
        """
        call = self.call(purpose)
        rows: list[Raw] = []
        for chunk in chunks(list(dict.fromkeys(ids)), HISTORY_ROWS if history else BATCH_ROWS):
            body: dict[str, Any] = {
                "inputs": [{"id": each} for each in chunk],
                "properties": list(properties),
            }
            if history:
                body["propertiesWithHistory"] = list(history)
            if id_property is not None:
                body["idProperty"] = id_property
            answer = self._client.read(
                self._client.apis.batch.read, self.object_name, body, archived=archived, call=call
            )
            rows += self._counted(answer, call)
        return rows

    def single(self, record_id: str, properties: Sequence[str], *, purpose: str = "read") -> Raw | None:
        """Return one live row, None when there is none. A merged-away id answers with its survivor, whose id differs."""
        call = self.call(purpose)
        is_short = _fits(properties, _URL_CHARS_MAX, each="&properties=")
        try:
            answer = self._client.read(
                self._client.apis.objects.get_by_id,
                self.object_name,
                record_id,
                properties=list(properties) if is_short else [],
                archived=False,
                call=call,
            )
        except RecordError as error:
            if error.retry_class is RetryClass.GONE:
                return None
            raise
        if not answer.data.get("id") or not isinstance(answer.data.get("properties", _NOTHING), dict):
            raise bad_body("a record without id or properties", call=call, status=answer.status)
        if is_short:
            return answer.data
        return next(iter(self._filled([answer.data], properties, archived=False, purpose=purpose)), None)

    def call(self, purpose: str, *, is_write: bool = False) -> Call:
        return Call(
            connection=self._client.connection, object_name=self.object_name, purpose=purpose, is_write=is_write
        )

    def _search(
        self, condition: Sequence[Mapping[str, Any]], *, properties: list[str], limit: int, purpose: str
    ) -> Found:
        call = self.call(purpose)
        body = {
            "filterGroups": [{"filters": list(condition)}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": properties,
            "limit": limit,
        }
        answer = self._client.read(
            self._client.apis.search.do_search, self.object_name, body, call=call, lane=Lane.SEARCH
        )
        rows = self._counted(answer, call)
        total = answer.data.get("total")
        return Found(rows=rows, after=next_after(answer), total=total if isinstance(total, int) else None)

    def _filled(self, rows: list[Raw], properties: Sequence[str], *, archived: bool, purpose: str) -> list[Raw]:
        """Read the properties of rows by POST, where the list of their names is too long to be sent along."""
        return self.batch([str(row["id"]) for row in rows], properties, archived=archived, purpose=purpose)

    def _counted(self, answer: Answer, call: Call) -> list[Raw]:
        rows = results_of(answer, call=call)
        if not all(isinstance(row.get("properties", _NOTHING), dict) for row in rows):
            raise bad_body("rows without properties", call=call, status=answer.status)
        self._client.log.amend(rows=len(rows), code="207" if row_errors(answer) else None)
        return rows


def _fits(properties: Sequence[str], most: int, *, each: str) -> bool:
    """Tell whether the names of properties leave room for the rest. each: what stands around every one of them."""
    return sum(len(name) + len(each) for name in properties) <= most


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in runs of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
