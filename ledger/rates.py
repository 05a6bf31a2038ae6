"""Exchange rates as they were told, with when: a later correction of a day stands beside the first word, never in its place.

So a decision can go on counting by what was known when it was made. `source` is a connection, or the file that was read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select

from ledger import counters
from ledger.bulk import upsert
from ledger.codec import to_micros
from ledger.engine import Tx
from ledger.rows import RateRow
from ledger.tables import rate as t

_COLUMNS: Final = ("source", "base", "currency", "day", "told_at", "value")
_VERSION: Final = "rates"


def store(tx: Tx, source: str, base: str, told: Mapping[str, Sequence[tuple[date, Decimal]]], *, now: datetime) -> int:
    """Keep what is new or another rate than was told last for its day; return how many that were.

    told: for each currency (day, units of base for one unit).
    """
    known = {(each.currency, each.day): each.value for each in of_source(tx, source) if each.base == base}
    fresh = [
        (source, base, currency, day.isoformat(), to_micros(now), format(value, "f"))
        for currency, days in told.items()
        for day, value in days
        if known.get((currency, day)) != value
    ]
    if fresh:
        upsert(tx, t, _COLUMNS, fresh, key=_COLUMNS[:5], update=_COLUMNS[5:])
        counters.advance(tx, _VERSION)
    return len(fresh)


def version(tx: Tx) -> int:
    """Return a number that changes whenever a rate is added."""
    return counters.get(tx, _VERSION) or 0


def all_(tx: Tx) -> list[RateRow]:
    """Return every rate of every source, in the order in which they were told."""
    return [_row(row) for row in tx.execute(select(t).order_by(*_ORDER))]


def of_source(tx: Tx, source: str) -> list[RateRow]:
    """Return the rates of one source, in the order in which they were told."""
    return [_row(row) for row in tx.execute(select(t).where(t.c.source == source).order_by(*_ORDER))]


_ORDER: Final = (t.c.source, t.c.base, t.c.currency, t.c.day, t.c.told_at)


def _row(row: Any) -> RateRow:
    source, base, currency, day, told_at, value = row
    return RateRow(
        source=source, base=base, currency=currency, day=date.fromisoformat(day), told_at=told_at, value=Decimal(value)
    )
