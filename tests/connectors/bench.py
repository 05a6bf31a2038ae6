"""What a connector's tests hand to the conformance class: a CRM to work in, people who work in it, and the connector.

One bench per kind of CRM (and per API family); each names its records in canonical words, so that the same tests hold for
every connector.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.port import Connector, Page, Row
from rules.fields import Stream
from rules.mapping import Access, ConnectionMap
from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAGE_ROWS = 100


class Bench(ABC):
    """One simulated CRM and the way to connectors for it.

    door: the name under which faults are planned. approved, refused: status words as the CRM spells them. secrets: what no
    text may show. late_fault: the fault that keeps a write from being visible for a while.
    """

    door: str
    approved: str
    pending: str
    late_fault: FaultKind
    has_conditional_write = False

    def __init__(self) -> None:
        self.clock = SimClock(START)
        self.faults = Faults()

    @property
    @abstractmethod
    def calls(self) -> int:
        """Return how many calls the CRM itself has counted, logins apart."""

    @property
    @abstractmethod
    def secrets(self) -> Collection[str]: ...

    @abstractmethod
    def connect(self) -> Connector:
        """Return a connector as a newly started process would build it."""

    @abstractmethod
    def company(self, name: str, **values: str) -> str:
        """Let a person add a company and return its id."""

    @abstractmethod
    def opportunity(self, name: str, *, customer: str | None = None, amount: str = "1000") -> str: ...

    @abstractmethod
    def submission(self, customer_name: str, *, partner: str) -> str: ...

    @abstractmethod
    def seed_opportunities(self, count: int, *, stamp: datetime) -> list[str]:
        """Put opportunities that were last modified at one and the same instant."""

    @abstractmethod
    def seed_unreadable_opportunity(self) -> str:
        """Put an opportunity with a value that no client can read as what it should be."""

    @abstractmethod
    def edit(self, stream: Stream, record_id: str, **values: str | None) -> None:
        """Let a person change fields, named canonically, to values in the CRM's own words."""

    @abstractmethod
    def delete(self, stream: Stream, record_id: str) -> None: ...

    @abstractmethod
    def undelete(self, stream: Stream, record_id: str) -> None: ...

    @abstractmethod
    def merge_companies(self, winner: str, loser: str) -> str:
        """Let a person merge two companies and return the survivor's id."""

    @abstractmethod
    def held(self, stream: Stream, record_id: str) -> Mapping[str, Any] | None:
        """Return what the CRM holds of a record, by canonical name; None when it is not live."""

    @abstractmethod
    def count(self, stream: Stream) -> int:
        """Return how many live records the CRM has."""

    @abstractmethod
    def revoke(self) -> None:
        """Make every login and token worthless."""

    @abstractmethod
    def spoil(self) -> Sequence[str]:
        """Take several things away that the mapping needs, and return words that the findings must name."""

    def pass_time(self, seconds: float = 1.0) -> None:
        self.clock.advance(seconds)


def pull_all(connector: Connector, stream: Stream, cursor: str | None = None) -> tuple[list[Row], str, Page]:
    """Return the rows of one whole pass, the cursor of the next, and the last page."""
    rows: list[Row] = []
    for page in pages(connector, stream, cursor):
        rows += page.rows
    return rows, page.next, page


def pages(connector: Connector, stream: Stream, cursor: str | None = None) -> Iterator[Page]:
    """Yield the pages of one pass; fail rather than turn in a circle."""
    for _ in range(500):
        page = connector.pull(stream, cursor)
        yield page
        if page.is_last:
            return
        cursor = page.next
    raise AssertionError(f"{stream} was not read to its end in 500 pages")


def ids(rows: Sequence[Row]) -> list[str]:
    """Return the ids of the live rows."""
    return [row.ref.record_id for row in rows if not row.is_deleted]


def writable(mapping: ConnectionMap, stream: Stream, *names: str) -> ConnectionMap:
    """Return the mapping with these fields of a stream opened for writing."""
    stream_map = mapping.streams[stream]
    opened = {name: replace(stream_map.fields[name], access=Access.BOTH) for name in names}
    changed = replace(stream_map, fields={**stream_map.fields, **opened})
    return replace(mapping, streams={**mapping.streams, stream: changed})
