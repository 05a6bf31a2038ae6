"""Ask for the rows of one stream by query, whatever stands in the way.

A query too wide for one address is asked in parts, a query too slow is asked for fewer rows, a field that has disappeared
is left out where the stream can do without. Which rows are wanted is the callers' business (pull.py, lookup.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connectors.mapping import parse_instant
from connectors.salesforce import soql
from connectors.salesforce.ids import id18
from connectors.salesforce.source import Record, Source
from rules.errors import InvariantError, PermanentError, RetryClass, TransientError

BY_STAMP: Final = "SystemModstamp,Id"
ROWS_MIN: Final = 50  # a query that is too slow for this few rows is not helped by asking for fewer

Position = tuple[datetime, str]  # SystemModstamp and id of a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The records of one query. last: position of the last one it saw. is_more: there may be further ones after it."""

    records: Sequence[Record]
    last: Position | None
    is_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows. conditions: all of them, the stream's own filter too where it is wanted. order: "" for none."""

    conditions: tuple[str, ...]
    purpose: str
    order: str = BY_STAMP
    limit: int | None = None
    include_deleted: bool = True


def fetch(source: Source, wanted: Wanted) -> Fetched:
    """Return the rows wanted, up to the limit or to what the org gives in one answer.

    Raises PermanentError naming essential fields that have become hidden, and TransientError when even few rows take too
    long.
    """
    is_adapted = False
    limit = wanted.limit
    while True:
        try:
            return _in_parts(source, wanted, limit)
        except PermanentError as error:
            if is_adapted or error.code not in ("INVALID_FIELD", "INVALID_TYPE"):
                raise
            is_adapted = True
            if not source.adapt(source.schema.of(source.object_name, is_fresh=True)):
                raise
        except TransientError as error:
            if error.code != "QUERY_TIMEOUT" or limit is None or limit <= ROWS_MIN:
                raise
            limit = max(ROWS_MIN, limit // 4)
        except InvariantError as error:
            if error.code != "QUERY_TOO_COMPLICATED" or source.query_parts >= len(source.columns):
                raise
            source.query_parts *= 2


def count(source: Source, *, purpose: str, include_deleted: bool) -> int | None:
    """Return how many rows the stream has, None when counting takes the org too long."""
    query = soql.select(["COUNT()"], source.object_name, source.filters)
    what = f"count {source.object_name}"
    try:
        answer = source.client.query(
            query, purpose=purpose, what=what, object_name=source.object_name, include_deleted=include_deleted
        )
    except TransientError as error:
        if error.code != "QUERY_TIMEOUT":
            raise
        return None
    total = answer.get("totalSize")
    if not isinstance(total, int):
        raise source.client.misshapen(what)
    return total


def check_spelling(source: Source, columns: Sequence[str], record: Record) -> None:
    """Raise PermanentError for columns that answers come back without: names return in Salesforce's own spelling."""
    missing = [column for column in columns if "." not in column and column not in record]
    if missing:
        raise PermanentError(
            f"{source.client.connection}: {source.object_name} answers {', '.join(missing)} under another spelling. Write "
            "the API name in the mapping exactly as Salesforce does, capitals included.",
            crm=source.client.connection,
            object_name=source.object_name,
            fields=missing,
            retry_class=RetryClass.PERMISSION,
        )


def _in_parts(source: Source, wanted: Wanted, limit: int | None) -> Fetched:
    """Return the rows, asked in as many queries as the columns need."""
    first, *others = _split(source, wanted, limit)
    answer = _ask(source, wanted, first, (), limit)
    records: Sequence[Record] = answer["records"]
    if not records:
        return Fetched(records=(), last=None, is_more=not answer.get("done", True))
    check_spelling(source, first, records[0])
    last = place_of(source, records[-1])
    is_more = not answer.get("done", True) or (limit is not None and len(records) >= limit)
    bound = (soql.up_to(last),) if wanted.order == BY_STAMP else ()
    for columns in others:
        records = _joined(records, _ask(source, wanted, columns, bound, limit)["records"])
    return Fetched(records=records, last=last, is_more=is_more)


def place_of(source: Source, record: Record) -> Position:
    """Return a record's stamp and id; raise TransientError where it does not tell them."""
    try:
        return parse_instant(record["SystemModstamp"]), id18(record["Id"])
    except (KeyError, TypeError, ValueError) as error:
        raise source.client.misshapen(f"query {source.object_name}") from error


def _ask(source: Source, wanted: Wanted, columns: Sequence[str], bound: tuple[str, ...], limit: int | None) -> Any:
    query = soql.select(columns, source.object_name, (*wanted.conditions, *bound), order=wanted.order, limit=limit)
    return source.client.query(
        query,
        purpose=wanted.purpose,
        what=f"query {source.object_name}",
        object_name=source.object_name,
        include_deleted=wanted.include_deleted,
    )


def _split(source: Source, wanted: Wanted, limit: int | None) -> list[tuple[str, ...]]:
    """Return the columns in as many parts as it takes for each query to fit; each part has id and stamp."""
    columns = source.columns
    while True:
        size = -(-len(columns) // source.query_parts)
        pieces = [columns[at : at + size] for at in range(0, len(columns), size)]
        parts = [tuple(dict.fromkeys(("Id", "SystemModstamp", *piece))) for piece in pieces]
        # Every part but the first carries one condition more (up to the last row), shorter than this.
        spare = ("x" * 150,) if len(parts) > 1 else ()
        queries = (
            soql.select(part, source.object_name, (*wanted.conditions, *spare), order=wanted.order, limit=limit)
            for part in parts
        )
        if all(map(soql.fits, queries)):
            return parts
        if source.query_parts >= len(columns):
            raise PermanentError(
                f"{source.client.connection}: the filter on {source.object_name} is too long for Salesforce. Shorten "
                "`where` in the mapping, for example by a formula field that holds the condition.",
                crm=source.client.connection,
                object_name=source.object_name,
                retry_class=RetryClass.BUG,
            )
        source.query_parts *= 2


def _joined(records: Sequence[Record], others: Sequence[Record]) -> list[Mapping[str, Any]]:
    """Return the rows that both parts show in one version; a row that changed in between comes again by its new stamp."""
    by_version = {_version(other): other for other in others}
    pairs = ((record, by_version.get(_version(record))) for record in records)
    return [{**record, **other} for record, other in pairs if other is not None]


def _version(record: Record) -> tuple[str, str]:
    return str(record.get("Id")), str(record.get("SystemModstamp"))
