"""Resources of bulk query jobs: start, state, results by page, abort, delete."""

from __future__ import annotations

from typing import Final

from sandbox.faults import FaultKind
from sandbox.salesforce.engine import Engine, not_allowed
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.http import Call, Reply
from sandbox.salesforce.render import CsvProjector

_PAGE_ROWS: Final = 50_000
_FAULTS: Final = frozenset({FaultKind.CURSOR_EXPIRED})
_OPERATIONS: Final = ("query", "queryAll")


def jobs(engine: Engine, call: Call) -> Reply:
    """Answer POST jobs/query."""
    if call.method != "POST":
        raise not_allowed(call.method)
    body = call.json_object()
    if body.get("operation") not in _OPERATIONS or not isinstance(body.get("query"), str):
        raise ApiError(400, "API_ERROR", "operation must be query or queryAll, and query must be given")
    job = engine.bulk.start(body["query"], include_deleted=body["operation"] == "queryAll", by=call.user_id)
    engine.limits.bulk_jobs += 1
    return Reply(body=job.shown(call.version))


def job(engine: Engine, call: Call, job_id: str) -> Reply:
    """Answer GET, PATCH (abort) and DELETE jobs/query/ID."""
    match call.method:
        case "GET":
            return Reply(body=engine.bulk.poll(job_id).shown(call.version))
        case "PATCH":
            if call.json_object().get("state") != "Aborted":
                raise ApiError(400, "API_ERROR", "a query job's state can only be set to Aborted")
            return Reply(body=engine.bulk.abort(job_id).shown(call.version))
        case "DELETE":
            engine.bulk.delete(job_id)
            return Reply(status=204)
    raise not_allowed(call.method)


def results(engine: Engine, call: Call, job_id: str) -> Reply:
    """Answer GET jobs/query/ID/results: one page of CSV, and where the next one begins."""
    if call.method != "GET":
        raise not_allowed(call.method)
    locator = call.query.get("locator") or None
    size = call.query.get("maxRecords", "")
    if locator is not None and engine.draw(call, _FAULTS) is not None:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    rows_max = int(size) if size.isdigit() and int(size) else _PAGE_ROWS
    found, rows, following = engine.bulk.results(job_id, locator, rows_max)
    show = CsvProjector(engine.store, found.bound.columns)
    text = "\n".join([show.header, *map(show.line, rows), ""])
    return Reply(
        body=text.encode(),
        headers={"Sforce-Locator": following or "null", "Sforce-NumberOfRecords": str(len(rows))},
        content_type="text/csv",
    )
