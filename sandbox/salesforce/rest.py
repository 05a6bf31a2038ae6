"""Resources of rows and of their objects: create, read, update, delete, upsert by external id, describe.

Source: REST guide, "sObject Rows", "sObject Rows by External ID", "Conditional Request Headers".
"""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from sandbox.faults import FaultKind
from sandbox.salesforce.describe import brief, describe
from sandbox.salesforce.engine import Engine, not_allowed, not_there
from sandbox.salesforce.errors import ApiError, RowError
from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.http import Call, Reply
from sandbox.salesforce.ids import full_id
from sandbox.salesforce.incoming import find_by_key
from sandbox.salesforce.render import Projector
from sandbox.salesforce.soql.columns import Column, find
from sandbox.salesforce.table import Row

_READ_FAULTS: Final = frozenset({FaultKind.STALE_READ})
_NO_ROW: Final = "INVALID_CROSS_REFERENCE_KEY"


def objects(engine: Engine, call: Call) -> Reply:
    """Answer GET sobjects: what there is."""
    shapes = [each for each in engine.store.objects.values() if each.name not in engine.store.hidden_objects]
    return Reply(
        body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [brief(each, call.version) for each in shapes]}
    )


def described(engine: Engine, call: Call, name: str) -> Reply:
    """Answer GET sobjects/O/describe."""
    return Reply(body=describe(engine.store, engine.shape(name), call.version))


def collection_of(engine: Engine, call: Call, name: str) -> Reply:
    """Answer POST sobjects/O, which creates a row, and GET, which tells of the object."""
    shape = engine.shape(name)
    if call.method == "GET":
        return Reply(body={"objectDescribe": brief(shape, call.version), "recentItems": []})
    if call.method != "POST":
        raise not_allowed(call.method)
    record_id = _refusing(lambda: engine.writer.create(shape, call.json_object(), by=call.user_id, asked=call.asked))
    return _created(call, shape, record_id)


def row(engine: Engine, call: Call, name: str, key: str) -> Reply:
    """Answer GET, PATCH and DELETE sobjects/O/ID."""
    shape = engine.shape(name)
    record_id = full_id(key)
    if record_id is None or record_id[:3] != shape.prefix:
        raise ApiError(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {key}")
    match call.method:
        case "GET":
            return _read(engine, call, shape, record_id)
        case "PATCH":
            found = engine.store.tables[shape.name].newest(record_id)
            if found is not None and not found.get("IsDeleted"):
                _check_unmodified(call, found)
            _refusing(
                lambda: engine.writer.update(shape, record_id, call.json_object(), by=call.user_id, asked=call.asked)
            )
        case "DELETE":
            _refusing(lambda: engine.writer.delete(shape, record_id, by=call.user_id, asked=call.asked))
        case _:
            raise not_allowed(call.method)
    return Reply(status=204)


def row_by_key(engine: Engine, call: Call, name: str, field_name: str, value: str) -> Reply:
    """Answer GET, PATCH (an upsert) and DELETE sobjects/O/ExternalIdField/VALUE."""
    shape = engine.shape(name)
    field = key_field(engine, shape, field_name)
    if field.type == "id":
        return row(engine, call, name, value)
    found = find_by_key(engine.store, shape, field, value)
    if len(found) > 1:
        base = f"/services/data/v{call.version}/sobjects/{shape.name}/"
        raise ApiError(300, "DUPLICATE_EXTERNAL_ID", "", body=[base + each for each in found])
    if call.method == "GET":
        if not found:
            raise not_there()
        return _read(engine, call, shape, found[0])
    if call.method == "DELETE":
        if not found:
            raise not_there()
        _refusing(lambda: engine.writer.delete(shape, found[0], by=call.user_id, asked=call.asked))
        return Reply(status=204)
    if call.method != "PATCH":
        raise not_allowed(call.method)
    return _upsert(engine, call, shape, field, value, found)


def key_field(engine: Engine, shape: ObjectDef, name: str) -> FieldDef:
    """Return an external id field by its name in a path; raise ApiError when it is none."""
    field = engine.store.field(shape, name)
    if field is None or not (field.is_external_id or field.type == "id"):
        raise ApiError(404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {name}")
    return field


def fields_asked(engine: Engine, shape: ObjectDef, names: str | list[str] | None) -> list[Column]:
    """Return the columns of a `fields` list, every one the user sees where there is no list."""
    if not names:
        return [Column(field=field) for field in engine.store.visible(shape)]
    listed = names.split(",") if isinstance(names, str) else names
    return [find(engine.store, shape, name.strip()) for name in listed]


def is_stale(engine: Engine, call: Call) -> bool:
    """Tell whether this read is to show what was there before the last write."""
    return engine.draw(call, _READ_FAULTS) is not None


def _upsert(engine: Engine, call: Call, shape: ObjectDef, field: FieldDef, value: str, found: list[str]) -> Reply:
    fields = call.json_object()
    if any(name.lower() == field.name.lower() for name in fields):
        raise ApiError(
            400, "INVALID_FIELD", f"The {field.name} field should not be specified in the sobject data.", fields=[]
        )
    if found:
        _refusing(lambda: engine.writer.update(shape, found[0], fields, by=call.user_id, asked=call.asked))
        if float(call.version) < 46:
            return Reply(status=204)
        return Reply(body={"id": found[0], "success": True, "errors": [], "created": False})
    if call.query.get("updateOnly", "").lower() == "true":
        raise not_there()
    given = {**fields, field.name: value}
    record_id = _refusing(lambda: engine.writer.create(shape, given, by=call.user_id, asked=call.asked))
    return _created(call, shape, record_id, created=True)


def _created(call: Call, shape: ObjectDef, record_id: str, **more: Any) -> Reply:
    body = {"id": record_id, "success": True, "errors": [], **more}
    location = f"/services/data/v{call.version}/sobjects/{shape.name}/{record_id}"
    return Reply(status=201, body=body, headers={"Location": location})


def _read(engine: Engine, call: Call, shape: ObjectDef, record_id: str) -> Reply:
    table = engine.store.tables[shape.name]
    columns = fields_asked(engine, shape, call.query.get("fields"))
    found = table.before(record_id) if is_stale(engine, call) else table.seen(record_id)
    if found is None:
        raise not_there()
    if found.get("IsDeleted"):
        raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted")
    _check_unmodified(call, found)
    since = _header_date(call, "if-modified-since")
    if since is not None and found["LastModifiedDate"] <= since:
        return Reply(status=304)
    return Reply(body=_with_id(Projector(engine.store, shape.name, columns, call.version).show(found), found))


def _with_id(shown: dict[str, Any], found: Row) -> dict[str, Any]:
    return shown if "Id" in shown else {**shown, "Id": found["Id"]}


def _check_unmodified(call: Call, found: Row) -> None:
    """Raise ApiError 412 when the row was modified after the date the call names; automation alone does not count."""
    since = _header_date(call, "if-unmodified-since")
    if since is not None and found["LastModifiedDate"] > since:
        raise ApiError(412, "PRECONDITION_FAILED", "", page=b"")


def _header_date(call: Call, name: str) -> datetime | None:
    text = call.headers.get(name)
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        if call.method == "GET":
            return None
        raise ApiError(400, "INVALID_HEADER", f"Invalid date in header {name}: {text}")
    return moment


def _refusing(action: Any) -> Any:
    """Do the write of a single row, its error told as the call's."""
    try:
        return action()
    except RowError as error:
        if error.code == _NO_ROW and not error.fields:
            raise not_there() from None
        raise error.as_call() from None
