"""Words the conformance tests share: writes, instants, the sweep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.port import Connector, Row, Write, WriteKind
from rules.fields import Stream, Values
from tests.connectors.bench import START

LONG_AGO = START - timedelta(days=30)
SETTLED_S = 3600.0  # after so long nothing is late any more


def update(record_id: str, values: Values, *, key: str = "w1", stream: Stream = Stream.SUBMISSIONS) -> Write:
    return Write(
        key=key, kind=WriteKind.UPDATE, stream=stream, record_id=record_id, external_id=None, values=dict(values)
    )


def create(external_id: str, values: Values, *, key: str = "c1") -> Write:
    return Write(
        key=key,
        kind=WriteKind.CREATE,
        stream=Stream.SUBMISSIONS,
        record_id=None,
        external_id=external_id,
        values={"registration_id": external_id, **values},
    )


def sweep(connector: Connector, stream: Stream) -> dict[str, bool]:
    """Return every id of the complete enumeration, and whether it is deleted."""
    found: dict[str, bool] = {}
    cursor: str | None = None
    for _ in range(100):
        page, cursor = connector.stamps(stream, cursor)
        for stamp in page:
            assert stamp.record_id not in found, "an id is enumerated once"
            found[stamp.record_id] = stamp.is_deleted
        if cursor is None:
            return found
    raise AssertionError(f"{stream} was not swept to its end in 100 pages")


def is_live(row: Row | None) -> bool:
    return row is not None and not row.is_deleted


def number(held: Any, name: str) -> int | None:
    """Return a number as the CRM holds it."""
    value = held[name]
    return None if value in (None, "") else int(float(value))
