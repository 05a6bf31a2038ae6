"""How values stand in the tables: instants as whole microseconds since 1970, canonical values as JSON text.

Microseconds in a 64-bit integer sort, compare and index alike in SQLite and PostgreSQL, lose nothing and cost little in a
backfill. JSON has sorted keys, so that equal values are equal text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

from rules.records import CrmRef

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return an aware instant as microseconds since 1970; raise TypeError for a naive one."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def maybe_micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // _MICROSECOND


def maybe_instant(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)


def iso(moment: datetime) -> str:
    """Return the text form that entries use: UTC, "Z", microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"


def parse_iso(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def dump(value: Any) -> str:
    """Return canonical JSON text: keys sorted, no spaces."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        # JSON from a CRM may carry half a surrogate pair, which is no Unicode text and no database would store.
        return orjson.dumps(_without_surrogates(value), option=orjson.OPT_SORT_KEYS).decode()


load = orjson.loads


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_surrogates(each) for each in value]
    return value


def parse_ref(text: str) -> CrmRef:
    connection, object_name, record_id = text.split("/", 2)
    return CrmRef(connection, object_name, record_id)


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return maybe_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return maybe_instant(value)


class Json(TypeDecorator[Any]):
    """A JSON value, stored as canonical text. The same bytes in every database, unlike jsonb."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)
