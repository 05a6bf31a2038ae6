"""The connector port straight over a sandbox portal: no HTTP, no JSON, and the same rows as the real connector.

Cursors, windows, translation and the meaning of errors are the real connector's own modules; only the asking is replaced.
What the index does not show yet is missing from a pull here too, and what is stale there is stale here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from connectors.hubspot import cursor as cursors
from connectors.hubspot.connector import PULL_ORDER
from connectors.hubspot.cursor import Lookback, Phase, Position
from connectors.hubspot.owners import OBJECT as OWNERS
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
from rules.errors import InvariantError, PermanentError, TransientError
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.money import Rates
from sandbox.faults import FaultKind
from sandbox.hubspot.portal import Portal
from sandbox.line import Line
from sandbox.save_hubspot import HubspotSaver
from sandbox.view_hubspot import HubspotView
from sandbox.view_owners import OwnersView

Rows = TypeVar("Rows", bound=Sized)

PAGE_ROWS: Final = 1000
LIST_ROWS: Final = 100
BATCH_ROWS: Final = 100
_STALE: Final = frozenset({FaultKind.STALE_READ})
_ROW: Final = frozenset({FaultKind.ROW_LOCKED, FaultKind.ROW_INVALID, FaultKind.DUPLICATE_VALUE, FaultKind.ROW_GONE})
_FEWER: Final = frozenset({FaultKind.RESULTS_FEWER})
_BATCH: Final = "/crm/v3/objects/batch"


class HubspotPort:
    """One portal at the connector port. lookback, page_rows: as in the real connector's options."""

    kind = "hubspot"

    def __init__(
        self,
        portal: Portal,
        mapping: ConnectionMap,
        line: Line,
        *,
        clock: Clock,
        lookback: Lookback | None = None,
        page_rows: int = PAGE_ROWS,
    ) -> None:
        self.name = line.name
        self._portal = portal
        self._line = line
        self._clock = clock
        self._lookback = lookback if lookback is not None else Lookback()
        self._page_rows = page_rows
        self._owners: OwnersView | None = None
        self._views: dict[Stream, HubspotView] = {}
        for stream, stream_map in mapping.streams.items():
            if stream is Stream.USERS and stream_map.object_name == OWNERS:
                self._owners = OwnersView(portal, stream_map, line.name)
            else:
                self._views[stream] = HubspotView(portal, stream_map, line.name)
        self._has_called = False

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            has_conditional_write=False,
            has_history=True,
            tells_who_modified=False,
            write_batch=BATCH_ROWS,
            read_batch=BATCH_ROWS,
            page_rows=self._page_rows,
        )

    @property
    def streams(self) -> Sequence[Stream]:
        known = {*self._views, *([Stream.USERS] if self._owners is not None else [])}
        return tuple(stream for stream in PULL_ORDER if stream in known)

    def identify(self) -> Identity:
        self._ask("/account-info", "login", lambda: (self._portal.portal_id,))
        records = self._portal.records
        return Identity(
            account_id=str(self._portal.portal_id),
            user_id=None,
            time_zone=records.zone.key,
            is_sandbox=self._portal.app.account_type != "STANDARD",
            currency=records.currency,
        )

    def check(self) -> Sequence[Finding]:
        """Return nothing: what `doctor` finds is told by the CRM's API, at the other doors."""
        return ()

    def pull(self, stream: Stream, cursor: str | None) -> Page:
        if self._is_owners(stream):
            return self._pull_owners()
        view, now = self._view(stream), self._now()
        place = cursors.decode(cursor) if cursor is not None else None
        if place is None or place.mapping != view.fingerprint:
            place = cursors.first_read(now, mapping=view.fingerprint)
        elif place.phase is Phase.REST:
            place = cursors.open_window(place, now, self._lookback)
        raws, place = self._window(view, place) if place.phase is Phase.DRAIN else self._list(view, place)
        rows, unreadable = view.rows(raws)
        is_last = place.phase is Phase.REST
        return Page(
            rows=rows,
            unreadable=unreadable,
            next=cursors.encode(place),
            is_last=is_last,
            covered_until=place.low - self._lookback.settle if is_last else None,
        )

    def read(self, stream: Stream, record_ids: Sequence[str], *, owned_only: bool = False) -> Mapping[str, Row | None]:
        if self._owners is not None and stream is Stream.USERS:
            owners = {row.ref.record_id: row for row in self._ask("/owners", "read", self._owners.rows)}
            return {each: owners.get(each) for each in record_ids}
        view = self._view(stream)
        found = self._ask(
            f"/{view.object_name}/batch/read",
            "read",
            lambda: {each: view.find(each, is_stale=self._is_stale(view)) for each in record_ids},
        )
        return {each: None if raw is None else view.partial_row(raw) for each, raw in found.items()}

    def read_by_external_id(self, stream: Stream, keys: Sequence[str]) -> Mapping[str, Row | None]:
        view = self._view(stream)
        if view.map.external_id is None:
            raise PermanentError(f"{self.name}: {stream} has no external_id in the mapping.", crm=self.name)
        found = self._ask(f"/{view.object_name}/batch/read", "read", lambda: {key: view.holder(key) for key in keys})
        return {key: None if raw is None else view.partial_row(raw) for key, raw in found.items()}

    def push(self, writes: Sequence[Write]) -> Sequence[Delivery]:
        deliveries: list[Delivery] = []
        for at in range(0, len(writes), BATCH_ROWS):
            batch = writes[at : at + BATCH_ROWS]
            try:
                deliveries += self._line.write("POST", _BATCH, lambda batch=batch: self._apply(batch))  # type: ignore[misc]
            except TransientError as error:
                if not error.outcome_unknown:
                    raise
                deliveries += [
                    Delivery(key=each.key, outcome=Outcome.UNKNOWN, record_id=each.record_id, error=error)
                    for each in batch
                ]
        return deliveries

    def history(self, stream: Stream, record_ids: Sequence[str], fields: Sequence[str]) -> Sequence[Change]:
        if self._is_owners(stream):
            return ()
        view = self._view(stream)
        return self._ask(
            f"/{view.object_name}/batch/read",
            "history",
            lambda: [
                change
                for record_id in dict.fromkeys(record_ids)
                for name in fields
                for change in view.history(record_id, name, self._owner_of_user)
            ],
        )

    def stamps(self, stream: Stream, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
        if self._owners is not None and stream is Stream.USERS:
            owners = self._ask("/owners", "sweep", self._owners.rows)
            return [Stamp(record_id=each.ref.record_id, modified_at=each.modified_at) for each in owners], None
        view = self._view(stream)
        listed, _, after = (cursor or "live:").partition(":")
        is_archived = listed == "archived"
        raws = self._ask(
            f"/{view.object_name}",
            "sweep",
            lambda: view.page(after or None, archived=is_archived, limit=LIST_ROWS),
        )
        page = [
            Stamp(record_id=raw["id"], modified_at=view.translator.modified_at(raw), is_deleted=is_archived)
            for raw in raws
            if view.translator.matches(raw)
        ]
        if len(raws) == LIST_ROWS:
            return page, f"{listed}:{raws[-1]['id']}"
        return page, None if is_archived else "archived:"

    def count(self, stream: Stream) -> int | None:
        if self._is_owners(stream):
            return None
        view = self._view(stream)
        counted = view.count()
        if counted is not None:
            self._ask(f"/{view.object_name}/search", "sweep", lambda: (counted,))
        return counted

    def rates(self, since: date | None) -> Rates | None:
        """Return nothing: a portal's rates are not read; amounts convert by those of the configuration."""
        return None

    def server_time(self) -> datetime | None:
        return self._now() if self._has_called else None

    def limits(self) -> Limits:
        """Return nothing: the portal's allowance is counted for calls over HTTP only."""
        return Limits(used=None, total=None)

    def take_calls(self) -> Sequence[CallRecord]:
        return self._line.take_calls()

    def take_findings(self) -> Sequence[Finding]:
        return ()

    def _pull_owners(self) -> Page:
        assert self._owners is not None
        now = self._now()
        rows = self._ask("/owners", "pull", self._owners.rows)
        return Page(rows=rows, next="", is_last=True, covered_until=now)

    def _list(self, view: HubspotView, place: Position) -> tuple[list[dict[str, Any]], Position]:
        is_archived = place.phase is Phase.ARCHIVED
        raws = self._ask(
            f"/{view.object_name}",
            "pull",
            lambda: view.page(place.after, archived=is_archived, limit=self._page_rows),
        )
        if len(raws) == self._page_rows:
            return raws, replace(place, after=raws[-1]["id"])
        return raws, cursors.close_window(place) if is_archived else replace(place, phase=Phase.ARCHIVED, after=None)

    def _window(self, view: HubspotView, place: Position) -> tuple[list[dict[str, Any]], Position]:
        start, high = place.start, place.high
        assert start is not None and high is not None, place
        raws = self._ask(
            f"/{view.object_name}/search",
            "pull",
            lambda: view.window(start, high, place.after, limit=self._page_rows, is_stale=self._is_stale(view)),
        )
        if len(raws) == self._page_rows:
            return raws, replace(place, after=raws[-1]["id"])
        return raws, cursors.close_window(place)

    def _apply(self, writes: Sequence[Write]) -> list[Delivery]:
        """Make a batch row by row, with a planned fault striking one of them."""
        fault = self._line.draw("POST", _BATCH, _ROW)
        struck = int(fault.roll * len(writes)) if fault is not None else -1
        done: list[Delivery] = []
        for place, write in enumerate(writes):
            saver = HubspotSaver(self._portal, self._view(write.stream))
            done.append(saver.save(write, fault if place == struck else None))
        if self._line.draw("POST", _BATCH, _FEWER) is not None:
            error = TransientError(f"{self.name}: no result came for this row.", crm=self.name, outcome_unknown=True)
            lost = writes[-1]
            done[-1] = Delivery(key=lost.key, outcome=Outcome.UNKNOWN, record_id=lost.record_id, error=error)
        return done

    def _owner_of_user(self, user_id: int) -> str | None:
        owners = self._portal.records.owners.values()
        return next((each.id for each in owners if each.user_id == user_id), None)

    def _ask(self, path: str, purpose: str, ask: Callable[[], Rows]) -> Rows:
        self._has_called = True
        return self._line.read(path, purpose, ask)

    def _is_stale(self, view: HubspotView) -> bool:
        return self._line.draw("GET", f"/{view.object_name}", _STALE) is not None

    def _is_owners(self, stream: Stream) -> bool:
        return stream is Stream.USERS and self._owners is not None

    def _view(self, stream: Stream) -> HubspotView:
        view = self._views.get(stream)
        if view is None:
            raise InvariantError(f"{self.name}: {stream} is not mapped.")
        return view

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)
