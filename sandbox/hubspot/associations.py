"""Associations: /crm/v4/associations/..., /crm/v4/objects/.../associations/... and their dated twins.

A batch read names every record without links in an error, and that is its ordinary answer. Ids of the other records are
JSON numbers on the numbered paths and text on the dated ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.hubspot import errors
from sandbox.hubspot.associating import wanted_kinds
from sandbox.hubspot.batches import complete
from sandbox.hubspot.errors import Refusal
from sandbox.hubspot.history import API
from sandbox.hubspot.links import Key
from sandbox.hubspot.records import Records
from sandbox.hubspot.request import Call, Reply, page
from sandbox.hubspot.schema import LinkType
from sandbox.hubspot.shapes import end_id, is_id, objects
from sandbox.hubspot.table import Table

READ_MAX: Final = 1_000
CREATE_MAX: Final = 2_000
Entry = dict[str, Any]


def read(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Return the links of many records; paging is inside each input."""
    results: list[Entry] = []
    failed: list[Entry] = []
    kinds = _kinds_shown(records, source, target)
    for each in call.inputs(READ_MAX):
        told = str(each.get("id"))
        linked = _linked(records, call, source, target, told, kinds)
        if not linked:
            failed.append(_no_links(source, target, told))
            continue
        entry = _page(linked, str(each.get("after") or "0"), records.links_page, call.url)
        results.append({"from": {"id": told}, "to": entry.pop("results"), **entry})
    return complete(records, call, results, failed)


def get(records: Records, call: Call, source: Table, target: Table, record_id: str) -> Reply:
    """Return the links of one record."""
    if not _is_live(source, record_id):
        raise errors.not_found([record_id])
    limit = call.number("limit", default=records.links_page, most=records.links_page)
    linked = _linked(records, call, source, target, record_id, _kinds_shown(records, source, target))
    return Reply(status=200, data=_page(linked, call.text("after") or "0", limit, call.url))


def create(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Link pairs of records as the inputs say."""
    results: list[Entry] = []
    failed: list[Entry] = []
    for each in call.inputs(CREATE_MAX):
        try:
            kinds = wanted_kinds(records, source.type.name, target.type.name, objects(each.get("types")))
            results.append(_link(records, call, source, target, each, kinds))
        except Refusal as refused:
            failed.append(refused.entry({"fromObjectId": [end_id(each, "from")], "toObjectId": [end_id(each, "to")]}))
    return complete(records, call, results, failed, status=201)


def create_default(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Link pairs of records with the plain kind, both ways."""
    results: list[Entry] = []
    failed: list[Entry] = []
    for each in call.inputs(CREATE_MAX):
        try:
            kind = _plain(records, source, target)
            _link(records, call, source, target, each, [kind])
            results += _default_shown(records, kind, end_id(each, "from"), end_id(each, "to"))
        except Refusal as refused:
            failed.append(refused.entry({"fromObjectId": [end_id(each, "from")], "toObjectId": [end_id(each, "to")]}))
    return complete(records, call, results, failed)


def archive(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Take links away whole; `to` is a list here."""
    for each in call.inputs(CREATE_MAX):
        from_id = end_id(each, "from")
        for other in objects(each.get("to")):
            to_id = str(other.get("id"))
            if is_id(from_id) and is_id(to_id):
                records.links.cut(source.type.name, int(from_id), target.type.name, int(to_id))
    return Reply(status=204)


def archive_labels(records: Records, call: Call, source: Table, target: Table) -> Reply:
    """Take single kinds away; without the plain kind nothing of a link remains."""
    for each in call.inputs(CREATE_MAX):
        from_id, to_id = end_id(each, "from"), end_id(each, "to")
        for kind in wanted_kinds(records, source.type.name, target.type.name, objects(each.get("types"))):
            if is_id(from_id) and is_id(to_id):
                records.links.remove(kind, int(from_id), int(to_id))
    return Reply(status=204)


def put(records: Records, call: Call, source: Table, target: Table, ends: tuple[str, str]) -> Reply:
    """Link one pair; the body is the list of kinds."""
    types = call.json_list()
    kinds = wanted_kinds(records, source.type.name, target.type.name, types)
    data = _link(records, call, source, target, _pair(ends), kinds)
    return Reply(status=201, data=data)


def put_default(records: Records, call: Call, source: Table, target: Table, ends: tuple[str, str]) -> Reply:
    kind = _plain(records, source, target)
    _link(records, call, source, target, _pair(ends), [kind])
    return complete(records, call, _default_shown(records, kind, *ends), [])


def delete(records: Records, call: Call, source: Table, target: Table, ends: tuple[str, str]) -> Reply:
    if all(map(is_id, ends)):
        records.links.cut(source.type.name, int(ends[0]), target.type.name, int(ends[1]))
    return Reply(status=204)


def _linked(
    records: Records, call: Call, source: Table, target: Table, told: str, kinds: Mapping[Key, Entry]
) -> list[Entry]:
    """Return what a record is linked to; merged-away and archived records have no links."""
    if not _is_live(source, told):
        return []
    found = records.links.of(source.type.name, int(told), target.type.name)
    return [
        {
            "toObjectId": _shown_id(call, to_id),
            "associationTypes": [kinds[key] for key in sorted(found[to_id])],
        }
        for to_id in sorted(found)
        if target.live.has(to_id)
    ]


def _kinds_shown(records: Records, source: Table, target: Table) -> dict[Key, Entry]:
    """Return how each kind between two object types is shown beside a link."""
    return {
        kind.key: {"category": kind.category, "typeId": kind.type_id, "label": kind.label}
        for kind in records.links.kinds(source.type.name, target.type.name)
    }


def _page(linked: list[Entry], after: str, limit: int, url: str) -> Entry:
    if not is_id(after):
        raise errors.bad_cursor(after)
    end = int(after) + limit
    return page(linked[int(after) : end], str(end) if end < len(linked) else None, url)


def _link(records: Records, call: Call, source: Table, target: Table, pair: Entry, kinds: list[LinkType]) -> Entry:
    from_id, to_id = end_id(pair, "from"), end_id(pair, "to")
    missing = [each for table, each in ((source, from_id), (target, to_id)) if not _is_live(table, each)]
    if missing:
        raise errors.not_found(missing)
    if not kinds:
        raise errors.invalid_request("Some required fields were not set: [types]")
    for kind in kinds:
        _check_cap(records, kind, int(from_id), int(to_id))
    for kind in kinds:
        records.link(kind, int(from_id), int(to_id), by=API)
    return {
        "fromObjectTypeId": source.type.type_id,
        "fromObjectId": _shown_id(call, int(from_id)),
        "toObjectTypeId": target.type.type_id,
        "toObjectId": _shown_id(call, int(to_id)),
        "labels": [kind.label for kind in kinds if kind.label is not None],
    }


def _check_cap(records: Records, kind: LinkType, from_id: int, to_id: int) -> None:
    """Raise Refusal where an admin has capped how many links of a kind a record may have."""
    cap = records.link_caps.get((kind.from_type, kind.to_type, kind.type_id))
    linked = records.links.of(kind.from_type, from_id, kind.to_type)
    others = [other for other, keys in linked.items() if kind.key in keys and other != to_id]
    if cap is not None and len(others) >= cap:
        raise errors.refusal(
            400,
            f"{kind.from_type} {from_id} has reached the limit of {cap} associations of type {kind.type_id}",
            "VALIDATION_ERROR",
            subCategory="crm.associations.ASSOCIATION_LIMIT_EXCEEDED",
        )


def _plain(records: Records, source: Table, target: Table) -> LinkType:
    kind = records.links.kind(source.type.name, target.type.name, None)
    if kind is None:
        raise errors.invalid_request(f"{source.type.name} and {target.type.name} cannot be associated")
    return kind


def _default_shown(records: Records, kind: LinkType, from_id: str, to_id: str) -> list[Entry]:
    twin = records.links.twin(kind)
    return [
        {
            "from": {"id": start},
            "to": {"id": end},
            "associationSpec": {"associationCategory": each.category, "associationTypeId": each.type_id},
        }
        for each, start, end in ((kind, from_id, to_id), (twin, to_id, from_id))
    ]


def _no_links(source: Table, target: Table, told: str) -> Entry:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {target.type.name} is associated with {source.type.name} {told}.",
        "context": {
            "fromObjectId": [told],
            "fromObjectType": [source.type.type_id],
            "toObjectType": [target.type.type_id],
        },
    }


def _is_live(table: Table, told: str) -> bool:
    return is_id(told) and table.live.has(int(told))


def _pair(ends: tuple[str, str]) -> Entry:
    return {"from": {"id": ends[0]}, "to": {"id": ends[1]}}


def _shown_id(call: Call, record_id: int) -> int | str:
    """Return an id as the family writes it: a number on the numbered paths, text on the dated ones."""
    return str(record_id) if call.place.is_dated else record_id
