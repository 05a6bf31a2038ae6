"""On PostgreSQL: several daemons and both connections at once, and still one answer."""

from __future__ import annotations

import threading
from pathlib import Path

from ledger import verify
from rules.records import Status
from sync.report import PassReport, Skipped
from tests.sync.kit import BOTH, SETTLED_S, House


def test_two_daemons_and_two_connections_at_once(tmp_path: Path, postgresql_url: str) -> None:
    """Two replicas tick both connections from four threads: every submission has one registration, the chain is whole."""
    house = House(directory=tmp_path, url=postgresql_url, door="port")
    house.clock.advance(60)
    north, south = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Sonnental Consulting GmbH")
    names = ("Wintermoor Logistics AG", "Greifenstein Optik GmbH", "Ostsee Werften AG", "Kaltbrunn Pharma AG")
    first = [house.submit("salesforce", name, north) for name in names]
    house.clock.advance(30)
    second = [house.submit("hubspot", name, south) for name in names]
    other = house.another("two")
    reports: list[PassReport] = []

    for _ in range(4):
        house.clock.advance(SETTLED_S / 2)
        threads = [
            threading.Thread(target=lambda d=daemon, n=name: reports.append(d.engine.tick(n)))
            for daemon in (house.daemon, other)
            for name in BOTH
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    house.settle(rounds=1)

    assert {report.skipped for report in reports} <= {None, Skipped.LEASE_HELD}
    assert [house.status(ref) for ref in first] == [Status.REGISTERED] * 4
    assert [house.status(ref) for ref in second] == [Status.REFUSED] * 4
    assert len(house.registrations()) == 8
    assert verify.verify(house.ledger).is_intact
    other.close()
    house.daemon.close()
