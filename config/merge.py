"""Lay an admin's mapping over a connector's reference mapping; pure, on nodes that keep their places.

What is not named in the admin's file stays as the reference has it. null takes a stream, a field or any other part out. A
field written short changes where it lies in the CRM and keeps the rest. `values`, `writes`, `where`, `commands` and `locks`
are replaced as a whole, because half of another vocabulary is never right; `status.write` is laid over status by status.
`inherit: false` in a stream starts it from nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from config.source import Node, Scalar, Table, is_null

_LOCATION: Final = frozenset({"field", "association", "label"})


def laid_over(reference: Table, override: Table) -> Table:
    """Return the `streams` of a connection: the reference with the admin's part laid over it."""
    return _merge(reference, override, lambda _, left, right: _stream(left, right))


def expanded(node: Node) -> Node:
    """Return a field in its long form: `amount: Amount__c` is `amount: {field: Amount__c}`."""
    if isinstance(node, Scalar) and not node.is_null:
        return Table(place=node.place, items={"field": node}, key_places={"field": node.place})
    return node


def _stream(reference: Node, override: Node) -> Node:
    if not isinstance(reference, Table) or not isinstance(override, Table):
        return override
    inherit = override.items.get("inherit")
    if isinstance(inherit, Scalar) and inherit.text == "false":
        return override
    return _merge(reference, override, _part)


def _part(name: str, reference: Node, override: Node) -> Node:
    if isinstance(reference, Table) and isinstance(override, Table):
        if name == "fields":
            return _merge(reference, override, lambda _, left, right: _field(left, right))
        if name == "status":
            return _merge(reference, override, _status_part)
    return override


def _status_part(name: str, reference: Node, override: Node) -> Node:
    if name == "write" and isinstance(reference, Table) and isinstance(override, Table):
        return _merge(reference, override, lambda _, __, right: right)
    return override


def _field(reference: Node, override: Node) -> Node:
    left, right = expanded(reference), expanded(override)
    if not isinstance(left, Table) or not isinstance(right, Table):
        return override
    if right.items.keys() & {"field", "association"}:
        left = _without(left, _LOCATION)
    return _merge(left, right, lambda _, __, part: part)


def _merge(left: Table, right: Table, both: Callable[[str, Node, Node], Node]) -> Table:
    """Return right laid over left, `both` deciding where both have a key; what right sets to null is left out."""
    result = Table(place=right.place, items=dict(left.items), key_places=dict(left.key_places))
    for key, node in right.items.items():
        if is_null(node) and key in left.items:
            del result.items[key], result.key_places[key]
            continue
        # A null that takes nothing out is kept, so that a misspelt name is reported and not passed over.
        result.items[key] = both(key, left.items[key], node) if key in left.items else node
        result.key_places[key] = right.key_places[key]
    return result


def _without(table: Table, keys: frozenset[str]) -> Table:
    items = {key: node for key, node in table.items.items() if key not in keys}
    return Table(place=table.place, items=items, key_places=table.key_places)
