"""Resources of queries: the first page by SOQL, further ones by locator.

Source: REST guide, "Query", "Query Options Header".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.faults import FaultKind
from sandbox.salesforce.aggregates import aggregate
from sandbox.salesforce.engine import Engine, not_allowed
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.http import Call, Reply
from sandbox.salesforce.queries import PAGE_ROWS_MAX, Page
from sandbox.salesforce.render import Projector
from sandbox.salesforce.soql.bind import bind

_QUERY_FAULTS: Final = frozenset({FaultKind.RESULTS_FEWER, FaultKind.STALE_READ, FaultKind.FIELD_FORBIDDEN})
_MORE_FAULTS: Final = frozenset({FaultKind.CURSOR_EXPIRED})
_BATCH_MIN: Final = 200


def query(engine: Engine, call: Call, *, include_deleted: bool) -> Reply:
    """Answer GET query?q= and queryAll?q=."""
    if call.method != "GET":
        raise not_allowed(call.method)
    soql = call.query.get("q")
    if not soql:
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    page_rows, is_stale = _page_rows(call), False
    bound = bind(engine.store, soql)
    fault = engine.draw(call, _QUERY_FAULTS)
    if fault is not None and fault.kind is FaultKind.FIELD_FORBIDDEN:
        name = str(fault.options.get("field") or (bound.columns[-1].shown[-1] if bound.columns else "Name"))
        raise ApiError(400, "INVALID_FIELD", f"No such column '{name}' on entity '{bound.shape.name}'.", fields=[])
    if fault is not None and fault.kind is FaultKind.RESULTS_FEWER:
        page_rows = max(1, int(fault.options.get("rows", page_rows * fault.roll)))
    if fault is not None and fault.kind is FaultKind.STALE_READ:
        is_stale = True
    if bound.is_count:
        total = engine.queries.count(bound, include_deleted=include_deleted)
        return Reply(body={"totalSize": total, "done": True, "records": []})
    if (bound.is_aggregate and not bound.columns) or bound.query.group:
        rows = list(engine.queries.matching(bound, include_deleted=include_deleted))
        records = aggregate(engine.store, bound, rows)
        return Reply(body={"totalSize": len(records), "done": True, "records": records})
    page = engine.queries.first_page(bound, include_deleted=include_deleted, page_rows=page_rows, is_stale=is_stale)
    return Reply(body=_shown(engine, call, page))


def more(engine: Engine, call: Call, locator: str) -> Reply:
    """Answer GET query/LOCATOR."""
    fault = engine.draw(call, _MORE_FAULTS)
    if fault is not None:
        engine.queries.forget(locator)
    return Reply(body=_shown(engine, call, engine.queries.more(locator)))


def _page_rows(call: Call) -> int:
    options: Mapping[str, str] = {
        name.strip().lower(): value.strip()
        for name, _, value in (each.partition("=") for each in call.headers.get("sforce-query-options", "").split(","))
    }
    asked = options.get("batchsize", "")
    return min(PAGE_ROWS_MAX, max(_BATCH_MIN, int(asked))) if asked.isdigit() else PAGE_ROWS_MAX


def _shown(engine: Engine, call: Call, page: Page) -> dict[str, Any]:
    show = Projector(engine.store, page.bound.shape.name, page.bound.columns, call.version).show
    body: dict[str, Any] = {"totalSize": page.total, "done": page.locator is None}
    if page.locator is not None:
        body["nextRecordsUrl"] = f"/services/data/v{call.version}/query/{page.locator}"
    body["records"] = [show(row) for row in page.rows]
    return body
