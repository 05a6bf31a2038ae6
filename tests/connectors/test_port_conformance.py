"""The sandbox's own doors in process keep the port's promises too: what is simulated over them is worth something."""

from __future__ import annotations

import pytest

from connectors.port import Connector
from sandbox.line import Line
from sandbox.port_hubspot import HubspotPort
from sandbox.port_salesforce import SalesforcePort
from sandbox.programme.submissions import Crm
from tests.connectors.bench import PAGE_ROWS
from tests.connectors.conformance import PortConformance
from tests.connectors.hubspot.bench import HubSpotBench
from tests.connectors.salesforce.bench import SalesforceBench


class HubSpotPortBench(HubSpotBench):
    def connect(self, **_: object) -> Connector:
        app = self.portal.app

        def count() -> None:
            app.calls += 1

        line = Line("hubspot", Crm.HUBSPOT, faults=self.faults, clock=self.server_clock, count=count)
        return HubspotPort(self.portal, self.mapping, line, clock=self.server_clock, page_rows=PAGE_ROWS)


class SalesforcePortBench(SalesforceBench):
    def connect(self, **_: object) -> Connector:
        limits = self.org._limits
        line = Line("salesforce", Crm.SALESFORCE, faults=self.faults, clock=self.server_clock, count=limits.count)
        return SalesforcePort(
            self.org,
            self.mapping,
            line,
            clock=self.server_clock,
            usage=lambda: (limits.used, limits.daily_limit),
            page_rows=PAGE_ROWS,
        )


class TestHubSpotPort(PortConformance):
    @pytest.fixture
    def bench(self) -> HubSpotBench:
        return HubSpotPortBench()


class TestSalesforcePort(PortConformance):
    @pytest.fixture
    def bench(self) -> SalesforceBench:
        return SalesforcePortBench()
