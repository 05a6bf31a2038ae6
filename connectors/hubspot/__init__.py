"""The HubSpot connector: one account, through hubspot-api-client with raw answers, on the numbered or the dated API paths.

Setting up the account is described in setup.md beside this file, the reference mapping is fields.yaml. The client library
is imported when a connector is built, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from connectors.port import Clock, ConnectionSettings, Connector
    from rules.mapping import ConnectionMap

FIELDS: Final = Path(__file__).with_name("fields.yaml")


def build(
    settings: ConnectionSettings, mapping: ConnectionMap, *, clock: Clock, transport: Any | None = None
) -> Connector:
    """Return a connector for one HubSpot account; no call is made yet.

    transport: what takes the place of the library's urllib3.PoolManager, leading to a sandbox; None: the network. Raises
    ConfigError for an address that is not encrypted, and for settings that are missing or out of range.
    """
    from connectors.hubspot.connector import HubSpotConnector

    return HubSpotConnector(settings, mapping, clock=clock, transport=transport)
