"""Associations beside a record: those asked for with a list, and those given at creation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.hubspot import errors
from sandbox.hubspot.records import Records
from sandbox.hubspot.rows import Row
from sandbox.hubspot.schema import LinkType
from sandbox.hubspot.shapes import end_id, is_id, objects
from sandbox.hubspot.table import Table


def links_shown(records: Records, table: Table, row: Row, target: str) -> list[dict[str, str]]:
    """Return the links of a record as lists show them: the same id once for each kind."""
    other = records.table(target)
    kinds = {kind.key: kind for kind in records.links.kinds(table.type.name, other.type.name)}
    shown: list[dict[str, str]] = []
    for to_id, keys in sorted(records.links.of(table.type.name, row.id, other.type.name).items()):
        if not other.live.has(to_id):
            continue
        shown += [{"id": str(to_id), "type": _type_name(kinds[key], len(keys) > 1)} for key in sorted(keys)]
    return shown


def _type_name(kind: LinkType, has_more: bool) -> str:
    """Return the word that lists use for a kind: the plain one is called so only beside another."""
    source, target = kind.from_type.removesuffix("s"), kind.to_type.removesuffix("s").replace("companie", "company")
    if kind.is_plain and has_more:
        return f"{source}_to_{target}_unlabeled"
    if kind.is_plain or kind.is_primary:
        return f"{source}_to_{target}"
    return kind.name


def wanted_kinds(records: Records, source: str, target: str, types: Sequence[Mapping[str, Any]]) -> list[LinkType]:
    """Return the kinds that an input names; raise Refusal for one that the pair does not have."""
    found = []
    for each in types:
        category, type_id = each.get("associationCategory"), each.get("associationTypeId")
        kind = records.links.kind(source, target, type_id) if isinstance(type_id, int) else None
        if kind is None or kind.category != category:
            raise errors.invalid_request(
                f"Association type {category}:{type_id} doesn't exist between {source} and {target}"
            )
        found.append(kind)
    return found


def associate_new(records: Records, table: Table, given: Any) -> list[tuple[LinkType, int]]:
    """Return the links that a creation asks for, as (kind, other id); raise Refusal where one cannot be made."""
    made: list[tuple[LinkType, int]] = []
    for each in objects(given):
        to_id = end_id(each, "to")
        types = objects(each.get("types"))
        pairs = [kind for kind in _all_kinds(records, table) if _is_named(kind, types)]
        if not pairs or len(pairs) != len(types):
            raise errors.invalid_request(f"Association types {types} don't exist for {table.type.name}")
        for kind in pairs:
            if not is_id(to_id) or not records.table(kind.to_type).live.has(int(to_id)):
                raise errors.not_found([to_id])
            made.append((kind, int(to_id)))
    if table.type.name == "leads" and not any(kind.to_type in ("contacts", "companies") for kind, _ in made):
        raise errors.invalid_request("A lead must be associated with a contact or a company")
    return made


def _all_kinds(records: Records, table: Table) -> list[LinkType]:
    return [kind for each in records.types for kind in records.links.kinds(table.type.name, each.name)]


def _is_named(kind: LinkType, types: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        each.get("associationTypeId") == kind.type_id and each.get("associationCategory") == kind.category
        for each in types
    )
