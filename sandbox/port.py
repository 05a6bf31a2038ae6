"""Door 1: the connector port of either CRM in process, for simulations that have no time for wires.

The ports use the mapping, the cursors and the translation of the real connectors, so a row that comes through this door
equals the row that comes through the others.
"""

from __future__ import annotations

from typing import Any

from connectors.port import Connector
from rules.mapping import ConnectionMap
from sandbox.line import Line
from sandbox.port_hubspot import HubspotPort
from sandbox.port_salesforce import SalesforcePort
from sandbox.programme.scenarios import Crm
from sandbox.view_salesforce import Inside
from sandbox.world import World


def connect(world: World, mapping: ConnectionMap, **options: Any) -> Connector:
    """Return a connector for the CRM of the mapping's kind, under the connection's name.

    options: lookback (Salesforce: a span; HubSpot: a Lookback) and page_rows, as the real connectors have them.
    """
    crm = Crm(mapping.kind)
    clock, faults = world.clocks[crm], world.faults
    if crm is Crm.SALESFORCE:
        limits = Inside.of(world.salesforce).limits  # calls through this door count like the others'
        line = Line(mapping.connection, crm, faults=faults, clock=clock, count=limits.count)
        return SalesforcePort(
            world.salesforce,
            mapping,
            line,
            clock=clock,
            usage=lambda: (limits.used, limits.daily_limit),
            **options,
        )
    app = world.hubspot.app

    def count() -> None:
        app.calls += 1

    line = Line(mapping.connection, crm, faults=faults, clock=clock, count=count)
    return HubspotPort(world.hubspot, mapping, line, clock=clock, **options)
