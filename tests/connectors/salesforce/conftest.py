"""An org, and a connector for it."""

from __future__ import annotations

import pytest

from connectors.port import Connector
from tests.connectors.salesforce.bench import SalesforceBench


@pytest.fixture
def bench() -> SalesforceBench:
    return SalesforceBench()


@pytest.fixture
def connector(bench: SalesforceBench) -> Connector:
    return bench.connect()
