"""Workflows of the vendor's administrators that get in an integration's way, to be set up where a test or a demo wants them.

Two kinds: one that resists (it sets a field back each time somebody else writes it, so whoever insists writes for ever) and
one that follows (it stamps the record after each write, so every write of ours comes back as a newer row).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.desks import Kind
from sandbox.hubspot.portal import Change
from sandbox.programme.scenarios import Crm
from sandbox.world import World

NAME: Final = "workflow:Deal desk"
_WATCHED: Final = "protected_until"
_STAMPED: Final = "description"


def resist(world: World, crm: Crm) -> None:
    """Have the protection date of every submission set back to what it was, whoever writes it."""
    field = _field(world, crm, _WATCHED)
    if crm is Crm.SALESFORCE:

        def keep(object_name: str, old: Mapping[str, Any] | None, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
            is_changed = object_name == _object(world, crm) and old is not None and row[field] != old[field]
            return {field: old[field]} if is_changed and old is not None else None

        world.salesforce.automations.append(keep)
        return

    def set_back(change: Change) -> None:
        if change.object_type == _object(world, crm) and not change.is_new and change.changes.get(field):
            world.hubspot.update(change.object_type, change.record_id, {field: ""}, by=NAME)

    world.hubspot.on_write(set_back)


def follow(world: World, crm: Crm) -> None:
    """Have the description of every submission stamped after each write."""
    field = _field(world, crm, _STAMPED)
    if crm is Crm.SALESFORCE:

        def stamp(object_name: str, old: Mapping[str, Any] | None, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
            return {field: _seen(world)} if object_name == _object(world, crm) else None

        world.salesforce.automations.append(stamp)
        return

    def write(change: Change) -> None:
        if change.object_type == _object(world, crm):
            world.hubspot.update(change.object_type, change.record_id, {field: _seen(world)}, by=NAME)

    world.hubspot.on_write(write)


def _object(world: World, crm: Crm) -> str:
    return world.people.office.desks[crm].screens.objects[Kind.SUBMISSION]


def _field(world: World, crm: Crm, name: str) -> str:
    return world.people.office.desks[crm].screens.fields[Kind.SUBMISSION][name]


def _seen(world: World) -> str:
    return f"Last seen by the deal desk at {world.clock.now():%Y-%m-%d %H:%M:%S}"
