"""The three doors of one world, as connectors with the reference mapping; shared by the sandbox's own tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.mapping import load_mapping
from connectors import registry
from connectors.port import ConnectionSettings, Connector, Row
from rules.fields import Stream
from rules.mapping import ConnectionMap
from rules.records import CrmRef
from sandbox import port
from sandbox.world import World

KINDS = ("salesforce", "hubspot")
HOSTS = {"salesforce": "https://vendor.my.salesforce.com", "hubspot": "https://api.hubapi.com"}
SECRETS = {"salesforce": ("client_id", "client_secret"), "hubspot": ("access_token",)}


def mapping(kind: str) -> ConnectionMap:
    return load_mapping(kind, kind, defaults=registry.fields_path(kind))


def by_port(world: World, kind: str, **options: Any) -> Connector:
    return port.connect(world, mapping(kind), **options)


def in_process(world: World, kind: str, **options: Any) -> Connector:
    return _real(world, kind, HOSTS[kind], world.transports()[kind], options)


def over_http(world: World, kind: str, url: str, **options: Any) -> Connector:
    return _real(world, kind, url, None, options)


def _real(world: World, kind: str, url: str, transport: Any, options: dict[str, Any]) -> Connector:
    login = world.logins()[kind]
    secrets = {name: login[name] for name in SECRETS[kind]}
    settings = ConnectionSettings(name=kind, kind=kind, url=url, options=options, secrets=secrets)
    return registry.build(settings, mapping(kind), clock=world.clock, transport=transport)


def drain(connector: Connector, stream: Stream, cursor: str | None = None) -> tuple[dict[CrmRef, Row], str]:
    """Return all rows of one pass and the cursor of the next."""
    rows: dict[CrmRef, Row] = {}
    while True:
        page = connector.pull(stream, cursor)
        assert not page.unreadable, page.unreadable
        rows |= {row.ref: row for row in page.rows}
        cursor = page.next
        if page.is_last:
            return rows, cursor


def drain_all(
    connector: Connector, cursors: Mapping[Stream, str] | None = None
) -> tuple[dict[Stream, dict[CrmRef, Row]], dict[Stream, str]]:
    """Return the rows of one pass over all streams, and the cursors of the next."""
    passes = {stream: drain(connector, stream, (cursors or {}).get(stream)) for stream in connector.streams}
    return {stream: rows for stream, (rows, _) in passes.items()}, {
        stream: after for stream, (_, after) in passes.items()
    }
