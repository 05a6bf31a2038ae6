"""A portal, and a connector for it."""

from __future__ import annotations

import pytest

from connectors.port import Connector
from tests.connectors.hubspot.bench import HubSpotBench


@pytest.fixture
def bench() -> HubSpotBench:
    return HubSpotBench()


@pytest.fixture
def connector(bench: HubSpotBench) -> Connector:
    return bench.connect()
