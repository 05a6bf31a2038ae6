"""sObject collections: up to 200 records in one call, a result for each, HTTP 200 whatever happens to them.

Source: REST guide, "Work with sObject Collections".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from sandbox.faults import FaultKind
from sandbox.salesforce.engine import Engine, not_allowed
from sandbox.salesforce.errors import ApiError, RowError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.http import Call, Reply
from sandbox.salesforce.ids import full_id
from sandbox.salesforce.incoming import find_by_key
from sandbox.salesforce.render import Projector
from sandbox.salesforce.rest import fields_asked, is_stale, key_field

RECORDS_MAX: Final = 200
RETRIEVE_MAX: Final = 2000
CHUNKS_MAX: Final = 10
_FAULTS: Final = frozenset({FaultKind.RESULTS_FEWER})

Result = dict[str, Any]


def write(engine: Engine, call: Call) -> Reply:
    """Answer POST, PATCH and DELETE composite/sobjects."""
    match call.method:
        case "POST":
            return _run(engine, call, lambda record: _create(engine, call, record))
        case "PATCH":
            seen: set[str] = set()
            return _run(engine, call, lambda record: _update(engine, call, record, seen))
        case "DELETE":
            return _delete(engine, call)
    raise not_allowed(call.method)


def by_object(engine: Engine, call: Call, name: str) -> Reply:
    """Answer GET and POST composite/sobjects/O: rows by id, null where there is none."""
    shape = engine.shape(name)
    if call.method == "GET":
        ids, names = call.query.get("ids", "").split(","), call.query.get("fields", "").split(",")
    elif call.method == "POST":
        body = call.json_object()
        ids, names = body.get("ids") or [], body.get("fields") or []
    else:
        raise not_allowed(call.method)
    if len(ids) > RETRIEVE_MAX:
        raise _too_many(RETRIEVE_MAX)
    if not names or not all(names):
        raise ApiError(400, "MISSING_ARGUMENT", "fields must be specified")
    columns = fields_asked(engine, shape, names)
    if any(column.parents for column in columns):
        raise ApiError(400, "INVALID_FIELD", "fields of parents cannot be retrieved")
    show = Projector(engine.store, shape.name, columns, call.version).show
    table = engine.store.tables[shape.name]
    look = table.before if is_stale(engine, call) else table.seen
    shown: list[Result | None] = []
    for given in ids:
        record_id = full_id(str(given))
        if record_id is None:
            raise ApiError(400, "MALFORMED_ID", f"bad id {given}")
        found = look(record_id)
        is_live = found is not None and not found.get("IsDeleted")
        shown.append({**show(found), "Id": found["Id"]} if found is not None and is_live else None)
    return Reply(body=shown)


def upsert(engine: Engine, call: Call, name: str, field_name: str) -> Reply:
    """Answer PATCH composite/sobjects/O/ExternalIdField."""
    if call.method != "PATCH":
        raise not_allowed(call.method)
    shape = engine.shape(name)
    field = key_field(engine, shape, field_name)
    seen: set[str] = set()
    return _run(engine, call, lambda record: _upsert(engine, call, shape, field, record, seen))


def _run(engine: Engine, call: Call, one: Callable[[Mapping[str, Any]], Result]) -> Reply:
    body = call.json_object()
    records = body.get("records")
    if not isinstance(records, list) or not records:
        raise ApiError(400, "JSON_PARSER_ERROR", "records must be a list of at least one record")
    if len(records) > RECORDS_MAX:
        raise _too_many(RECORDS_MAX)
    types = [_type_of(record) for record in records]
    if len(list(groupby(types))) > CHUNKS_MAX:
        raise ApiError(
            400, "INVALID_INPUT", f"Your call has more than {CHUNKS_MAX} chunks. Sort the records by their type."
        )
    results = _all(engine, [partial(one, record) for record in records], bool(body.get("allOrNone")))
    fault = engine.draw(call, _FAULTS)
    if fault is not None:
        results = results[: int(fault.options.get("rows", max(0, len(results) - 1)))]
    return Reply(body=results)


def _all(engine: Engine, actions: Sequence[Callable[[], Result]], all_or_none: bool) -> list[Result]:
    results: list[Result] = []
    with engine.store.unit() as failures:
        for action in actions:
            try:
                results.append(action())
            except RowError as error:
                results.append({"success": False, "errors": [error.as_result()]})
                if all_or_none:
                    failures.append(error)
    if failures:
        rolled_back = RowError(
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "Record rolled back because not all records were valid and the request was using AllOrNone header",
        )
        return [
            each if not each["success"] else {"success": False, "errors": [rolled_back.as_result()]} for each in results
        ]
    return results


def _create(engine: Engine, call: Call, record: Mapping[str, Any]) -> Result:
    shape = _shape(engine, record)
    record_id = engine.writer.create(shape, record, by=call.user_id, asked=call.asked)
    return {"id": record_id, "success": True, "errors": []}


def _update(engine: Engine, call: Call, record: Mapping[str, Any], seen: set[str]) -> Result:
    shape = _shape(engine, record)
    given = next((value for name, value in record.items() if name.lower() == "id"), None)
    if given is None:
        raise RowError("MISSING_ARGUMENT", "Id not specified in an update call")
    record_id = full_id(str(given))
    if record_id is None or record_id[:3] != shape.prefix:
        raise RowError("MALFORMED_ID", f"{shape.name} ID: id value of incorrect type: {given}", fields=["Id"])
    if record_id in seen:
        raise RowError("DUPLICATE_VALUE", f"duplicate id in list: {record_id}")
    seen.add(record_id)
    fields = {name: value for name, value in record.items() if name.lower() != "id"}
    engine.writer.update(shape, record_id, fields, by=call.user_id, asked=call.asked)
    return {"id": record_id, "success": True, "errors": []}


def _upsert(
    engine: Engine, call: Call, shape: ObjectDef, field: FieldDef, record: Mapping[str, Any], seen: set[str]
) -> Result:
    key = next((value for name, value in record.items() if name.lower() == field.name.lower()), None)
    if key is None or str(key).strip() == "":
        raise RowError("MISSING_ARGUMENT", f"{field.name} not specified")
    value = str(key).strip()
    if value.lower() in seen:
        raise RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", fields=[field.name])
    seen.add(value.lower())
    found = find_by_key(engine.store, shape, field, value)
    if len(found) > 1:
        raise RowError(
            "DUPLICATE_EXTERNAL_ID", f"{field.name}: more than one record found for external id field: {found}"
        )
    if not found:
        record_id = engine.writer.create(shape, {**record, field.name: value}, by=call.user_id, asked=call.asked)
        return {"id": record_id, "success": True, "errors": [], "created": True}
    fields = {name: each for name, each in record.items() if name.lower() != field.name.lower()}
    engine.writer.update(shape, found[0], fields, by=call.user_id, asked=call.asked)
    return {"id": found[0], "success": True, "errors": [], "created": False}


def _delete(engine: Engine, call: Call) -> Reply:
    ids = call.query.get("ids", "").split(",")
    if len(ids) > RECORDS_MAX:
        raise _too_many(RECORDS_MAX)

    def one(given: str) -> Result:
        record_id = full_id(given)
        table = engine.store.table_of(record_id) if record_id is not None else None
        if record_id is None or table is None:
            raise RowError("MALFORMED_ID", f"malformed id {given}")
        engine.writer.delete(table.shape, record_id, by=call.user_id, asked=call.asked)
        return {"id": record_id, "success": True, "errors": []}

    all_or_none = call.query.get("allOrNone", "").lower() == "true"
    return Reply(body=_all(engine, [partial(one, given) for given in ids], all_or_none))


def _type_of(record: Any) -> str:
    attributes = record.get("attributes") if isinstance(record, Mapping) else None
    name = attributes.get("type") if isinstance(attributes, Mapping) else None
    if not isinstance(name, str):
        raise ApiError(400, "INVALID_INPUT", "every record needs attributes with a type")
    return name


def _shape(engine: Engine, record: Mapping[str, Any]) -> ObjectDef:
    name = _type_of(record)
    shape = engine.store.shape(name)
    if shape is None:
        raise RowError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return shape


def _too_many(limit: int) -> ApiError:
    message = f"record limit reached. cannot submit more than {limit} records into this call"
    return ApiError(400, "EXCEEDED_ID_LIMIT", message)
