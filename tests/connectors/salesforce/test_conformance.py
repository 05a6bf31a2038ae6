"""The Salesforce connector keeps the port's promises."""

from __future__ import annotations

import pytest

from tests.connectors.conformance import ConnectorConformance
from tests.connectors.salesforce.bench import SalesforceBench


class TestSalesforce(ConnectorConformance):
    @pytest.fixture
    def bench(self) -> SalesforceBench:
        return SalesforceBench()
