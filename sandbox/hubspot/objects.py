"""Single records and the complete list: /crm/v3/objects/{type}[/{id}] and their dated twins."""

from __future__ import annotations

from itertools import islice
from typing import Any, Final

from sandbox.faults import FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.associating import associate_new, links_shown
from sandbox.hubspot.history import API
from sandbox.hubspot.records import Records
from sandbox.hubspot.render import show, show_history, show_written, shown_names
from sandbox.hubspot.request import Call, Reply, page, properties_of
from sandbox.hubspot.rows import Row
from sandbox.hubspot.shapes import is_id
from sandbox.hubspot.table import Table
from sandbox.hubspot.trouble import strike_read, strike_write

LIST_MAX: Final = 100
HISTORY_MAX: Final = 50


def list_page(records: Records, call: Call, table: Table) -> Reply:
    """Return one page in the order of ids. The cursor is the id of the next row; there is no filter and no other order."""
    history = table.type.known(call.names("propertiesWithHistory"))
    limit = call.number("limit", default=10, most=HISTORY_MAX if history else LIST_MAX)
    after = call.text("after") or "0"
    if not is_id(after) or (after != "0" and call.has_fault(FaultKind.CURSOR_EXPIRED)):
        raise errors.bad_cursor(after)
    names = shown_names(table.type, call.names("properties"))
    view = table.archived if call.flag("archived") else table.live
    rows = list(islice(view.rows(int(after)), limit + 1))
    following = rows.pop().key if len(rows) > limit else None
    results = [show(row, names, with_nulls=True) for row in rows]
    for row, data in zip(rows, results, strict=True) if history or "associations" in call.query else ():
        _add_extras(records, call, table, row, data, history)
    return Reply(status=200, data=page(results, following, call.url))


def get(records: Records, call: Call, table: Table, record_id: str) -> Reply:
    """Return one record; a merged-away id gives its survivor, whose id is another."""
    row = find(records, table, record_id, call.text("idProperty"), archived=call.flag("archived"))
    if row is not None and not row.is_archived:
        row = strike_read(call, records, table, row)
    if row is None:
        raise errors.not_found()
    history = table.type.known(call.names("propertiesWithHistory"))
    data = show(row, shown_names(table.type, call.names("properties")), with_nulls=False)
    _add_extras(records, call, table, row, data, history)
    return Reply(status=200, data=data)


def create(records: Records, call: Call, table: Table) -> Reply:
    body = call.json()
    properties = properties_of(body)
    strike_write(call, records, table, [(None, properties)])
    row = create_one(records, call, table, body)
    return Reply(status=201, data=show_written(table.type, row, properties))


def create_one(records: Records, call: Call, table: Table, body: dict[str, Any]) -> Row:
    """Create one record with its associations; nothing is created when an association cannot be made."""
    wanted = associate_new(records, table, body.get("associations"))
    row = records.create(table, properties_of(body), by=API, enforce=call.place.enforces_rules)
    for kind, to_id in wanted:
        records.link(kind, row.id, to_id, by=API)
    return row


def update(records: Records, call: Call, table: Table, record_id: str) -> Reply:
    """Write properties of one record; a merged-away id is followed. The answer holds what was written, not the record."""
    properties = properties_of(call.json())
    row = find(records, table, record_id, call.text("idProperty"), archived=False)
    if row is not None:
        strike_write(call, records, table, [(row, properties)])
        row = table.find(row.id)
    if row is None:
        raise errors.not_found()
    after = records.update(table, row, properties, by=API, enforce=call.place.enforces_rules)
    return Reply(status=200, data=show_written(table.type, after, properties))


def archive(records: Records, call: Call, table: Table, record_id: str) -> Reply:
    row = find(records, table, record_id, None, archived=False)
    if row is None:
        raise errors.not_found()
    strike_write(call, records, table, [(row, {})])
    if table.find(row.id) is not None:
        records.archive(table, row)
    return Reply(status=204)


def merge(records: Records, call: Call, table: Table) -> Reply:
    """Merge two records; the result has a new id."""
    body = call.json()
    rows = [find(records, table, str(body.get(name)), None, archived=False) for name in _MERGE]
    winner, loser = rows
    if winner is None or loser is None or winner.id == loser.id:
        raise errors.not_found([str(body.get(name)) for name in _MERGE])
    row = records.merge(table, winner, loser, by=API)
    return Reply(status=200, data=show(row, list(table.type.defaults), with_nulls=False))


_MERGE: Final = ("primaryObjectId", "objectIdToMerge")


def find(records: Records, table: Table, told: str, id_property: str | None, *, archived: bool) -> Row | None:
    """Return a record by id or by a unique property; raise Refusal for a property that is not unique."""
    if id_property is not None:
        require_unique(records, table, id_property, "read")
        holder = table.holder(id_property, told.lower() if id_property == "email" else told)
        return None if holder is None else table.find(holder)
    if not is_id(told):
        return None
    if archived:
        return table.archived.get(int(told))
    return table.find(table.resolve(int(told)))


def require_unique(records: Records, table: Table, name: str, verb: str) -> None:
    prop = table.type.live_property(name)
    if prop is None or not prop.is_unique:
        raise errors.not_unique(table.type.type_id, name, records.portal_id, verb)


def _add_extras(records: Records, call: Call, table: Table, row: Row, data: dict[str, Any], history: list[str]) -> None:
    if history:
        data["propertiesWithHistory"] = show_history(table.history, row, history)
    linked = {}
    for target in call.names("associations"):
        found = links_shown(records, table, row, target)
        if found:
            linked[records.type_of(target).name] = {"results": found}
    if linked:
        data["associations"] = linked
