"""The HubSpot connector keeps the port's promises, on the numbered and on the dated API paths."""

from __future__ import annotations

import pytest

from tests.connectors.conformance import ConnectorConformance
from tests.connectors.hubspot.bench import HubSpotBench


class TestNumberedPaths(ConnectorConformance):
    @pytest.fixture
    def bench(self) -> HubSpotBench:
        return HubSpotBench(api="v3")


class TestDatedPaths(ConnectorConformance):
    @pytest.fixture
    def bench(self) -> HubSpotBench:
        return HubSpotBench(api="2026-09")
