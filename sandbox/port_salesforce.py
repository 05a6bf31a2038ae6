"""The connector port straight over a sandbox org: no HTTP, no SOQL, no JSON, and the same rows as the real connector.

Cursors, look-back, field mapping and the meaning of errors are the real connector's own modules; only the asking is
replaced. What is not seen by a query (late commits) is not seen here, what is stale there is stale here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Final, TypeVar

from connectors.port import (
    CallRecord,
    Capabilities,
    Change,
    Clock,
    Delivery,
    Finding,
    Identity,
    Limits,
    Outcome,
    Page,
    Row,
    Stamp,
    Write,
)
from connectors.salesforce.connector import PULL_ORDER
from connectors.salesforce.cursor import Cursor, decode, following
from connectors.salesforce.ids import known_id18
from rules.errors import InvariantError, PermanentError, TransientError
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.money import Rates
from sandbox.faults import FaultKind
from sandbox.line import Line
from sandbox.salesforce.org import Org
from sandbox.save_salesforce import SalesforceSaver
from sandbox.view_salesforce import SalesforceView

Rows = TypeVar("Rows", bound=Sized)

PAGE_ROWS: Final = 2000
BATCH_ROWS: Final = 200
_STALE: Final = frozenset({FaultKind.STALE_READ})
_FEWER: Final = frozenset({FaultKind.RESULTS_FEWER})
_SLACK: Final = timedelta(seconds=1)  # an answer's Date header tells the time no finer


class SalesforcePort:
    """One org at the connector port. usage: calls used and allowed a day. lookback, page_rows: the real one's options."""

    kind = "salesforce"

    def __init__(
        self,
        org: Org,
        mapping: ConnectionMap,
        line: Line,
        *,
        clock: Clock,
        usage: Callable[[], tuple[int, int]],
        lookback: timedelta = timedelta(minutes=12),
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self.name = line.name
        self._org = org
        self._line = line
        self._clock = clock
        self._usage = usage
        self._lookback = lookback
        self._page_rows = page_rows
        self._views = {
            stream: SalesforceView(org, stream_map, line.name) for stream, stream_map in mapping.streams.items()
        }
        self._has_called = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            has_conditional_write=True,
            has_history=False,
            tells_who_modified=True,
            write_batch=BATCH_ROWS,
            read_batch=PAGE_ROWS,
            page_rows=self._page_rows,
            has_rates=True,
        )

    @property
    def streams(self) -> Sequence[Stream]:
        return tuple(stream for stream in PULL_ORDER if stream in self._views)

    def identify(self) -> Identity:
        self._has_called = True
        rows = self._line.read("/query Organization", "login", lambda: list(self._org.rows("Organization")))
        return Identity(
            account_id=self._org.org_id[:15],
            user_id=self._org.user_id,
            time_zone=rows[0]["TimeZoneSidKey"],
            is_sandbox=rows[0]["IsSandbox"],
            currency=rows[0]["DefaultCurrencyIsoCode"],
        )

    def check(self) -> Sequence[Finding]:
        """Return nothing: what `doctor` finds is told by the CRM's API, at the other doors."""
        return ()

    def pull(self, stream: Stream, cursor: str | None) -> Page:
        view = self._view(stream)
        place = self._begin(view, decode(cursor) if cursor is not None else None)
        low, high = place.low, place.high
        start = place.after or ((low, "") if low is not None else None)
        raws = self._ask(
            view,
            "query",
            "pull",
            lambda: view.window(
                start, is_after=place.after is not None, limit=self._page_rows, is_stale=self._is_stale(view)
            ),
        )
        last = (raws[-1]["SystemModstamp"], raws[-1]["Id"]) if raws else None
        high = high or self._now() - _SLACK
        seen = max(filter(None, (place.seen, last[0] if last is not None else None)), default=None)
        place = replace(place, high=high, seen=seen, pages=place.pages + 1)
        is_last = len(raws) < self._page_rows or (last is not None and last[0] >= high)
        place = following(place, lookback=self._lookback) if is_last else replace(place, after=last)
        rows, unreadable = view.rows(raws)
        return Page(
            rows=rows,
            unreadable=unreadable,
            next=place.encode(),
            is_last=is_last,
            covered_until=high - self._lookback if is_last else None,
            expected_rows=place.expected,
        )

    def _begin(self, view: SalesforceView, place: Cursor | None) -> Cursor:
        """Return the place as it is, or that of a new backfill where there is none for this mapping."""
        if place is not None and place.mapping == view.fingerprint:
            return place
        expected = len(self._ask(view, "count", "pull", lambda: range(view.count(with_deleted=True))))
        return Cursor(mapping=view.fingerprint, high=self._now() - _SLACK, expected=expected)

    def read(self, stream: Stream, record_ids: Sequence[str], *, owned_only: bool = False) -> Mapping[str, Row | None]:
        view = self._view(stream)
        found = self._ask(
            view,
            "retrieve",
            "read",
            lambda: {
                each: view.find(known, is_stale=self._is_stale(view)) if (known := known_id18(each)) else None
                for each in record_ids
            },
        )
        return {each: None if raw is None else view.partial_row(raw) for each, raw in found.items()}

    def read_by_external_id(self, stream: Stream, keys: Sequence[str]) -> Mapping[str, Row | None]:
        view = self._view(stream)
        if view.map.external_id is None:
            raise PermanentError(f"{self.name}: {stream} has no external_id in the mapping.", crm=self.name)
        found = self._ask(view, "query", "read", lambda: {key: view.holder(key) for key in keys})
        return {key: None if raw is None else view.partial_row(raw) for key, raw in found.items()}

    def push(self, writes: Sequence[Write]) -> Sequence[Delivery]:
        deliveries: list[Delivery] = []
        for at in range(0, len(writes), BATCH_ROWS):
            batch = writes[at : at + BATCH_ROWS]
            try:
                deliveries += self._line.write("PATCH", "/composite/sobjects", lambda batch=batch: self._apply(batch))  # type: ignore[misc]
            except TransientError as error:
                if not error.outcome_unknown:
                    raise
                deliveries += [
                    Delivery(key=each.key, outcome=Outcome.UNKNOWN, record_id=each.record_id, error=error)
                    for each in batch
                ]
        return deliveries

    def history(self, stream: Stream, record_ids: Sequence[str], fields: Sequence[str]) -> Sequence[Change]:
        """Return nothing, as the real connector does: field history is not counted on."""
        return ()

    def stamps(self, stream: Stream, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
        view = self._view(stream)
        raws = self._ask(view, "sweep", "sweep", lambda: view.by_id(cursor, limit=PAGE_ROWS))
        page = [
            Stamp(record_id=raw["Id"], modified_at=raw["SystemModstamp"], is_deleted=bool(raw.get("IsDeleted")))
            for raw in raws
        ]
        return page, page[-1].record_id if len(page) == PAGE_ROWS else None

    def count(self, stream: Stream) -> int | None:
        view = self._view(stream)
        return len(self._ask(view, "count", "sweep", lambda: range(view.count(with_deleted=False))))

    def rates(self, since: date | None) -> Rates | None:
        rows = self._line.read("/query CurrencyType", "rates", self._org.conversion_rates)
        base = next((row["IsoCode"] for row in rows if row["IsCorporate"]), None)
        if base is None:
            return None
        found: dict[str, list[tuple[date, Decimal]]] = {}
        for row in rows:
            day = date.fromisoformat(row["StartDate"]) if row["StartDate"] is not None else date.min
            if row["IsoCode"] != base and (since is None or day == date.min or day >= since):
                with localcontext(prec=18):
                    found.setdefault(row["IsoCode"], []).append((day, 1 / Decimal(repr(row["ConversionRate"]))))
        return Rates(base=base, by_currency={name: tuple(sorted(days)) for name, days in found.items()})

    def server_time(self) -> datetime | None:
        return self._now() if self._has_called else None

    def limits(self) -> Limits:
        used, total = self._usage() if self._has_called else (None, None)
        return Limits(used=used, total=total)

    def take_calls(self) -> Sequence[CallRecord]:
        return self._line.take_calls()

    def take_findings(self) -> Sequence[Finding]:
        return ()

    def _apply(self, writes: Sequence[Write]) -> list[Delivery]:
        """Save a batch row by row; a planned shortage takes the results of the last rows away, not the rows."""
        done = [SalesforceSaver(self._view(each.stream)).save(each) for each in writes]
        if self._line.draw("PATCH", "/composite/sobjects", _FEWER) is not None:
            error = TransientError(f"{self.name}: no result came for this row.", crm=self.name, outcome_unknown=True)
            last = done[-1]
            done[-1] = Delivery(key=last.key, outcome=Outcome.UNKNOWN, record_id=writes[-1].record_id, error=error)
        return done

    def _ask(self, view: SalesforceView, what: str, purpose: str, ask: Callable[[], Rows]) -> Rows:
        self._has_called = True
        return self._line.read(f"/{what} {view.object_name}", purpose, ask)

    def _is_stale(self, view: SalesforceView) -> bool:
        return self._line.draw("GET", f"/{view.object_name}", _STALE) is not None

    def _view(self, stream: Stream) -> SalesforceView:
        view = self._views.get(stream)
        if view is None:
            raise InvariantError(f"{self.name}: {stream} is not mapped.")
        return view

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)
