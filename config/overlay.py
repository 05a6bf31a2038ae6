"""Lay a programme's `set:` over the rest of the policy, on nodes that keep their places.

Mappings merge, key by key. Records that have a name (gates, thresholds, rewards ...) merge by it when the programme writes
them as a mapping; null takes one out. Everything else, lists and choices among them, replaces what was there.
"""

from __future__ import annotations

from typing import Any

from config.shape import in_full, is_record, item_of, naming_field, pair_of, settings_of
from config.source import NAMING, Listing, Node, Table, is_null, name_of


def overlaid(kind: type, base: Node | None, over: Node, *, defaults: Table | None = None) -> Node:
    """Return what a record is written as with the overlay's keys in place of its own.

    defaults: what stands for lists of named records that the base does not write.
    """
    if not isinstance(base, Table) or not isinstance(over, Table):
        return over
    settings = settings_of(kind)
    result = Table(place=over.place, items=dict(base.items), key_places=dict(base.key_places))
    for name, node in over.items.items():
        setting = settings.get(name)
        under = base.items.get(name)
        if under is None and defaults is not None and setting is not None and naming_field(item_of(setting.type)):
            under = defaults.items.get(name)
        merged = _merged(setting.type, under, node) if setting is not None and under is not None else node
        result.items[name], result.key_places[name] = merged, over.key_places[name]
    return result


def _merged(kind: Any, base: Node, over: Node) -> Node:
    if not isinstance(over, Table):
        return over
    if is_record(kind):
        return overlaid(kind, base, over)
    item = item_of(kind)
    if naming_field(item) is not None:
        return _by_name(item, base, over)
    if pair_of(kind) is not None and isinstance(base, Table):
        return _laid(base, over)
    return over


def _by_name(item: type, base: Node, over: Table) -> Table:
    """Return named records as a mapping, those of the overlay laid over those of the same name."""
    under = _as_mapping(base)
    result = _laid(under, over)
    for name, node in over.items.items():
        if name in under.items and is_null(node):
            del result.items[name], result.key_places[name]
        elif name in under.items:
            result.items[name] = overlaid(item, in_full(item, under.items[name]), in_full(item, node))
    return result


def _as_mapping(node: Node) -> Table:
    if isinstance(node, Table):
        return node
    named = Table(place=node.place)
    for each in node.items if isinstance(node, Listing) else []:
        name = name_of(each)
        if name is not None and isinstance(each, Table):
            items = {key: value for key, value in each.items.items() if key not in NAMING}
            places = {key: place for key, place in each.key_places.items() if key not in NAMING}
            named.items[name] = Table(place=each.place, items=items, key_places=places)
            named.key_places[name] = each.place
    return named


def _laid(base: Table, over: Table) -> Table:
    return Table(
        place=over.place, items={**base.items, **over.items}, key_places={**base.key_places, **over.key_places}
    )
