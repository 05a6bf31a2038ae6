"""Batches of records: /crm/v3/objects/{type}/batch/{read,create,update,upsert,archive} and their dated twins.

Where a batch fails as a whole and where row by row differs from one to the next, and that is what this module is about:
reads and updates answer 207 for unknown ids; one invalid value refuses a whole update; a creation is all or nothing unless
every input carries a trace id; one conflict refuses a whole upsert.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.errors import Refusal
from sandbox.hubspot.history import API
from sandbox.hubspot.objects import HISTORY_MAX, create_one, find, require_unique
from sandbox.hubspot.records import Records
from sandbox.hubspot.render import show, show_history, show_written, shown_names
from sandbox.hubspot.request import Call, Reply, properties_of
from sandbox.hubspot.rows import Properties, Row
from sandbox.hubspot.shapes import is_id, text, texts
from sandbox.hubspot.table import Table
from sandbox.hubspot.trouble import disorder, strike_read, strike_write
from sandbox.hubspot.values import iso

BATCH_MAX: Final = 100
Entry = dict[str, Any]


def read(records: Records, call: Call, table: Table) -> Reply:
    body = call.json()
    history = table.type.known(texts(body.get("propertiesWithHistory")))
    inputs = call.inputs(HISTORY_MAX if history else BATCH_MAX)
    id_property = text(body.get("idProperty"))
    archived = call.flag("archived")
    if id_property is not None:
        require_unique(records, table, id_property, "read")
    elif not all(is_id(str(each.get("id"))) for each in inputs):
        raise errors.bad_cursor(next(str(each.get("id")) for each in inputs if not is_id(str(each.get("id")))))
    names = shown_names(table.type, texts(body.get("properties")))
    results, missing = [], []
    for told in dict.fromkeys(str(each.get("id")) for each in inputs):
        row = _find_unmerged(records, table, told, id_property, archived=archived)
        if row is not None and not archived:
            row = strike_read(call, records, table, row)
        if row is None:
            missing.append(told)
            continue
        data = show(row, names, with_nulls=False)
        if history:
            data["propertiesWithHistory"] = show_history(table.history, row, history)
        results.append(data)
    failed = [errors.not_found(missing).entry({})] if missing else []
    return complete(records, call, results, failed)


def create(records: Records, call: Call, table: Table) -> Reply:
    """Create all or none; where every input carries objectWriteTraceId, each on its own."""
    inputs = call.inputs(BATCH_MAX)
    strike_write(call, records, table, [(None, properties_of(each)) for each in inputs])
    if inputs and all(each.get("objectWriteTraceId") for each in inputs):
        return _create_each(records, call, table, inputs)
    _check_all(records, call, table, inputs)
    results = [show_written(table.type, create_one(records, call, table, each), each["properties"]) for each in inputs]
    return complete(records, call, results, [], status=201)


def update(records: Records, call: Call, table: Table) -> Reply:
    """Write all that are there; unknown and merged-away ids are told in a 207, one invalid value refuses them all."""
    inputs = call.inputs(BATCH_MAX)
    id_property = _shared_id_property(inputs)
    if id_property is not None:
        require_unique(records, table, id_property, "update")
    _refuse_repeated(inputs)
    found = [(each, _find_unmerged(records, table, str(each.get("id")), id_property)) for each in inputs]
    strike_write(call, records, table, [(row, properties_of(each)) for each, row in found if row is not None])
    checked: list[tuple[Row, Properties, Entry]] = []
    missing: list[str] = []
    clash = _Clash(records, table)
    for each, row in found:
        if row is None or table.find(row.id) is None:
            missing.append(str(each.get("id")))
            records.checked(table, properties_of(each), before=None, by=API)
            continue
        written = records.check_update(table, row, properties_of(each), enforce=call.place.enforces_rules)
        clash.check(written, row.key)
        checked.append((row, written, each))
    results = []
    for row, written, each in checked:
        after = records.write(table, row, written, by=API)
        results.append(_traced(show_written(table.type, after, written), each))
    failed = [errors.not_found(missing).entry({})] if missing else []
    return complete(records, call, results, failed)


def upsert(records: Records, call: Call, table: Table) -> Reply:
    """Create or update by a unique property; a conflict on another unique property refuses the whole batch."""
    inputs = call.inputs(BATCH_MAX)
    id_property = _shared_id_property(inputs)
    if id_property is None:
        raise errors.invalid_request("idProperty must be the same unique property for all inputs")
    require_unique(records, table, id_property, "upsert")
    _refuse_repeated(inputs)
    wholes = [{**each, "properties": {**properties_of(each), id_property: str(each.get("id"))}} for each in inputs]
    found = [find(records, table, str(each["id"]), id_property, archived=False) for each in wholes]
    strike_write(call, records, table, [(row, each["properties"]) for row, each in zip(found, wholes, strict=True)])
    try:
        for row, each in zip(found, wholes, strict=True):
            if row is not None:
                records.check_update(table, row, each["properties"], enforce=call.place.enforces_rules)
        _check_all(records, call, table, [each for row, each in zip(found, wholes, strict=True) if row is None])
    except Refusal as refused:
        raise _as_conflict(refused) from None
    results = []
    for row, each in zip(found, wholes, strict=True):
        is_new = row is None or table.find(row.id) is None
        if row is None or is_new:
            after = create_one(records, call, table, each)
        else:
            after = records.update(table, row, each["properties"], by=API, enforce=call.place.enforces_rules)
        data = show_written(table.type, after, each["properties"]) | {"new": is_new}
        results.append(_traced(data, each))
    return complete(records, call, results, [])


def archive(records: Records, call: Call, table: Table) -> Reply:
    """Archive what is there; the answer is the same whatever the ids."""
    inputs = call.inputs(BATCH_MAX)
    found = [_find_unmerged(records, table, str(each.get("id")), None) for each in inputs]
    strike_write(call, records, table, [(row, {}) for row in found if row is not None])
    for row in found:
        if row is not None and table.find(row.id) is not None:
            records.archive(table, row)
    return Reply(status=204)


def complete(
    records: Records, call: Call, results: list[Entry], failed: Sequence[Entry], *, status: int = 200
) -> Reply:
    """Return a batch's answer: 207 with errors, but the dated paths put the errors into an ordinary answer."""
    now = iso(records.now_ms())
    data: Entry = {
        "status": "COMPLETE",
        "results": disorder(call, results, records.next_turn()),
        "startedAt": now,
        "completedAt": now,
    }
    if failed:
        data |= {"numErrors": len(failed), "errors": list(failed)}
        status = status if call.place.is_dated else 207
    return Reply(status=status, data=data)


def _create_each(records: Records, call: Call, table: Table, inputs: Sequence[Entry]) -> Reply:
    results, failed = [], []
    for each in inputs:
        trace = str(each["objectWriteTraceId"])
        try:
            row = create_one(records, call, table, each)
        except Refusal as refused:
            failed.append(refused.entry({"objectWriteTraceId": [trace]}))
            continue
        results.append(_traced(show_written(table.type, row, each["properties"]), each))
    return complete(records, call, results, failed, status=201)


def _check_all(records: Records, call: Call, table: Table, inputs: Sequence[Entry]) -> None:
    """Raise the Refusal of the first input that could not be created, before any is."""
    clash = _Clash(records, table)
    for each in inputs:
        clash.check(records.check_create(table, properties_of(each), enforce=call.place.enforces_rules), "new")


class _Clash:
    """Finds inputs of one batch that claim the same unique value."""

    def __init__(self, records: Records, table: Table) -> None:
        self._portal_id = records.portal_id
        self._type = table.type
        self._taken: dict[tuple[str, str], str] = {}

    def check(self, written: Properties, key: str) -> None:
        """Raise Refusal when an earlier input claims one of the values."""
        for name, value in written.items():
            if value is None or not self._type.is_unique(name):
                continue
            if (name, value) in self._taken:
                earlier = self._taken[name, value]
                raise errors.conflicting_unique(name, value, self._type.type_id, key, earlier, self._portal_id)
            self._taken[name, value] = key


def _as_conflict(refused: Refusal) -> Refusal:
    """Return the 409 that an upsert answers with when a record holds another of the unique values."""
    if refused.existing_id is None or refused.status == 409:
        return refused
    return errors.conflict("A record with this unique value already exists.", refused.existing_id)


def _find_unmerged(
    records: Records, table: Table, told: str, id_property: str | None, *, archived: bool = False
) -> Row | None:
    """Return a record by its present id: batches do not follow merged-away ones."""
    if id_property is None and is_id(told) and int(told) in table.merged:
        return None
    return find(records, table, told, id_property, archived=archived)


def _shared_id_property(inputs: Sequence[Entry]) -> str | None:
    names = {text(each.get("idProperty")) for each in inputs}
    if len(names) > 1:
        raise errors.invalid_request("idProperty must be the same for all inputs")
    return names.pop() if names else None


def _refuse_repeated(inputs: Sequence[Entry]) -> None:
    repeated = [told for told, count in Counter(str(each.get("id")) for each in inputs).items() if count > 1]
    if repeated:
        raise errors.same_ids(repeated)


def _traced(data: Entry, given: Entry) -> Entry:
    trace = given.get("objectWriteTraceId")
    return data if trace is None else data | {"objectWriteTraceId": trace}
