"""What every connector must do, whichever CRM is behind it: each one's tests inherit these classes.

The tests speak to the connector port only, let people work in the CRM through the bench, and look at results: rows that
came, what the CRM holds afterwards, what was told about each write. PortConformance is for whatever keeps the port; a
connector for a real CRM has logins and a doctor besides: ConnectorConformance.
"""

from __future__ import annotations

import pytest

from connectors.port import Connector
from tests.connectors.bench import Bench
from tests.connectors.conformance.account import Account
from tests.connectors.conformance.reading import Reading
from tests.connectors.conformance.trouble import Trouble
from tests.connectors.conformance.writing import Writing


class PortConformance(Reading, Writing, Trouble):
    """Inherit, and give a fixture `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError("a fixture of the inheriting class")

    @pytest.fixture
    def connector(self, bench: Bench) -> Connector:
        return bench.connect()


class ConnectorConformance(PortConformance, Account):
    """Inherit, and give a fixture `bench`."""
