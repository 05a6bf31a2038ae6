"""Which handler answers a method and place, what it counts as, and which scopes and faults belong to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sandbox.faults import FaultKind
from sandbox.hubspot import about, associations, batches, errors, labels, objects, properties, trouble
from sandbox.hubspot.limits import Lane
from sandbox.hubspot.paths import Place
from sandbox.hubspot.records import Records
from sandbox.hubspot.request import Call, Reply
from sandbox.hubspot.schema import ObjectType
from sandbox.hubspot.search import Searches
from sandbox.hubspot.table import Table


class Host(Protocol):
    """What handlers need of the application."""

    @property
    def searches(self) -> Searches: ...

    @property
    def account_type(self) -> str: ...


Handler = Callable[[Host, Records, Call], Reply]
_NONE: Final[frozenset[FaultKind]] = frozenset()
_MERGEABLE: Final = frozenset({"contacts", "companies", "deals", "tickets"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    name: str
    run: Handler
    lane: Lane = Lane.GENERAL
    scopes: tuple[str, ...] = ()
    faults: frozenset[FaultKind] = _NONE


def find_route(records: Records, method: str, place: Place) -> Route:
    """Return the route of a call; raise Refusal where there is none, or where the object type is unknown."""
    finder = _FINDERS.get(place.resource)
    route = finder(records, method, place.rest) if finder is not None else None
    if route is None:
        raise errors.web_page(404, "404 Not Found")
    return route


def _objects(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    if not rest:
        return None
    if len(rest) > 2 and rest[2] == "associations":
        return _object_links(records, method, rest)
    table = records.table(rest[0])
    read, write = (table.type.read_scope,), (table.type.write_scope,)
    match method, rest[1:]:
        case "GET", ():
            return _on(table, "list", objects.list_page, read, trouble.LIST)
        case "POST", ():
            return _on(table, "create", objects.create, write, trouble.CREATE)
        case "POST", ("search",):
            return Route(
                name="search",
                run=lambda host, records, call: host.searches.run(records, call, table),
                lane=Lane.SEARCH,
                scopes=read,
                faults=trouble.SEARCH,
            )
        case "POST", ("merge",) if table.type.name in _MERGEABLE:
            return _on(table, "merge", objects.merge, write, _NONE)
        case "POST", ("batch", action):
            return _batch(table, action, read, write)
        case _, (record_id,):
            return _single(table, method, record_id, read, write)
    return None


def _single(table: Table, method: str, record_id: str, read: tuple[str, ...], write: tuple[str, ...]) -> Route | None:
    handlers = {
        "GET": (objects.get, read, trouble.READ),
        "PATCH": (objects.update, write, trouble.WRITE),
        "DELETE": (objects.archive, write, trouble.WRITE),
    }
    if method not in handlers:
        return None
    handler, scopes, faults = handlers[method]
    return Route(
        name=f"object {method.lower()}",
        run=lambda _, records, call: handler(records, call, table, record_id),
        scopes=scopes,
        faults=faults,
    )


def _batch(table: Table, action: str, read: tuple[str, ...], write: tuple[str, ...]) -> Route | None:
    match action:
        case "read":
            return _on(table, "batch read", batches.read, read, trouble.READ | trouble.BATCH)
        case "create":
            return _on(table, "batch create", batches.create, write, trouble.CREATE | trouble.BATCH)
        case "update":
            return _on(table, "batch update", batches.update, write, trouble.WRITE | trouble.BATCH)
        case "upsert":
            faults = trouble.CREATE | trouble.WRITE | trouble.BATCH
            return _on(table, "batch upsert", batches.upsert, write, faults)
        case "archive":
            return _on(table, "batch archive", batches.archive, write, trouble.WRITE)
    return None


def _object_links(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    match method, rest:
        case "GET", (source, record_id, _, target):
            start, end = records.table(source), records.table(target)
            return _linking(start, end, "get", lambda _, r, c: associations.get(r, c, start, end, record_id))
        case "PUT", (source, from_id, _, "default", target, to_id):
            start, end = records.table(source), records.table(target)
            ends = (from_id, to_id)
            return _linking(start, end, "put", lambda _, r, c: associations.put_default(r, c, start, end, ends))
        case "PUT" | "DELETE", (source, from_id, _, target, to_id):
            start, end = records.table(source), records.table(target)
            ends = (from_id, to_id)
            handler = associations.put if method == "PUT" else associations.delete
            return _linking(start, end, method.lower(), lambda _, r, c: handler(r, c, start, end, ends))
    return None


def _associations(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    if len(rest) < 3:
        return None
    start, end = records.table(rest[0]), records.table(rest[1])
    match method, rest[2:]:
        case "POST", ("batch", *action):
            handler = _LINK_BATCHES.get("/".join(action))
            if handler is None:
                return None
            return _linking(start, end, f"batch {action[-1]}", lambda _, r, c: handler(r, c, start, end), trouble.LINK)
        case "GET", ("labels",):
            return _linking(start, end, "labels", lambda _, r, c: labels.get_all(r, start, end))
        case "POST", ("labels",):
            return _linking(start, end, "labels", lambda _, r, c: labels.create(r, c, start, end))
        case "DELETE", ("labels", type_id):
            return _linking(start, end, "labels", lambda _, r, c: labels.delete(r, start, end, type_id))
    return None


_LINK_BATCHES: Final[dict[str, Callable[[Records, Call, Table, Table], Reply]]] = {
    "read": associations.read,
    "create": associations.create,
    "associate/default": associations.create_default,
    "archive": associations.archive,
    "labels/archive": associations.archive_labels,
}


def _linking(start: Table, end: Table, name: str, run: Handler, faults: frozenset[FaultKind] = _NONE) -> Route:
    is_reading = name in ("get", "labels", "batch read")
    types = (start.type, end.type)
    scopes = tuple(dict.fromkeys(each.read_scope if is_reading else each.write_scope for each in types))
    return Route(name=f"associations {name}", run=run, lane=Lane.ASSOCIATIONS, scopes=scopes, faults=faults)


def _properties(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    if not rest:
        return None
    table = records.table(rest[0])
    scope = _schema_scopes(table.type, is_write=method != "GET")
    match method, rest[1:]:
        case "GET", ():
            return _on(table, "properties", properties.get_all, scope, _NONE)
        case "POST", ():
            return _on(table, "properties", properties.create, scope, _NONE)
        case "GET", (name,):
            return _plain("property", lambda r, c: properties.get(r, c, table, name), scope)
        case "PATCH", (name,):
            return _plain("property", lambda r, c: properties.update(r, c, table, name), scope)
        case "DELETE", (name,):
            return _plain("property", lambda r, _: properties.archive(r, table, name), scope)
    return None


def _schema_scopes(object_type: ObjectType, *, is_write: bool) -> tuple[str, ...]:
    """Return the scopes for definitions: reading them is allowed to whoever may read the records."""
    if not is_write:
        return (object_type.read_scope,)
    if object_type.is_custom:
        return ("crm.schemas.custom.write",)
    return (f"crm.schemas.{object_type.name}.write",) if "." in object_type.read_scope else (object_type.read_scope,)


def _pipelines(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    if method != "GET" or not rest:
        return None
    scopes = (records.type_of(rest[0]).read_scope,)
    match rest:
        case (name,):
            return _plain("pipelines", lambda r, _: about.pipelines(r, name), scopes)
        case (name, pipeline_id):
            return _plain("pipelines", lambda r, _: about.pipeline(r, name, pipeline_id), scopes)
        case (name, pipeline_id, "stages"):
            return _plain("pipelines", lambda r, _: about.stages(r, name, pipeline_id), scopes)
    return None


def _owners(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    scopes = ("crm.objects.owners.read",)
    match method, rest:
        case "GET", ():
            return _plain("owners", about.owners_page, scopes)
        case "GET", (owner_id,):
            return _plain("owners", lambda r, c: about.owner(r, c, owner_id), scopes)
    return None


def _schemas(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    scopes = ("crm.schemas.custom.read",)
    match method, rest:
        case "GET", ():
            return _plain("schemas", about.schemas, scopes)
        case "GET", (name,):
            return _plain("schemas", lambda r, _: about.schema(r, name), scopes)
    return None


def _account(records: Records, method: str, rest: tuple[str, ...]) -> Route | None:
    if method != "GET":
        return None
    return Route(name="account", run=lambda host, r, _: about.account(r, host.account_type))


def _on(
    table: Table,
    name: str,
    handler: Callable[[Records, Call, Table], Reply],
    scopes: tuple[str, ...],
    faults: frozenset[FaultKind],
) -> Route:
    return Route(name=name, run=lambda _, records, call: handler(records, call, table), scopes=scopes, faults=faults)


def _plain(name: str, handler: Callable[[Records, Call], Reply], scopes: tuple[str, ...]) -> Route:
    return Route(name=name, run=lambda _, records, call: handler(records, call), scopes=scopes)


_FINDERS: Final[dict[str, Callable[[Records, str, tuple[str, ...]], Route | None]]] = {
    "objects": _objects,
    "associations": _associations,
    "properties": _properties,
    "pipelines": _pipelines,
    "owners": _owners,
    "schemas": _schemas,
    "account": _account,
}
