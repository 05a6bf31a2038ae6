"""A policy in the shadow decides beside the one in force, tells where it disagrees, and changes nothing."""

from __future__ import annotations

from pathlib import Path

from config.policy import read_policy
from ledger import events
from rules.records import Status
from tests.sync.kit import House

LIVE = "name: live\nholding: null\n"
STRICT = "name: strict\nholding: null\nthresholds: [{name: minimum, at_least: 50000 USD}]\n"


def test_disagreement_is_told_once_with_both_outcomes_and_the_clause(tmp_path: Path) -> None:
    house = House(
        directory=tmp_path,
        door="port",
        source=LIVE,
        policy=read_policy(LIVE, "rules.yaml"),
        shadow=read_policy(STRICT, "strict.yaml"),
    )
    partner = house.partner("P-1", "Nordwind Systems GmbH")
    small = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    large = house.submit("salesforce", "Alpenblick Kliniken GmbH", partner, amount="80000")
    reports = house.settle()

    with house.ledger.read() as tx:
        told = [each for each in events.listing(tx, limit=1000) if each.event == "shadow_disagrees"]
    assert house.status(small) is house.status(large) is Status.REGISTERED
    by_ref = {each.ref: each.data for each in told}
    assert set(by_ref) == {small}
    assert by_ref[small]["shadow"]["status"] == "refused"
    assert by_ref[small]["rule"].startswith("threshold")
    assert "50,000" in by_ref[small]["clause"]
    assert len({str(each.data) for each in told}) == len(told)
    assert sum(report.counts["disagreed"] for report in reports) > 0
    assert {entry.policy_hash for entry in house.entries(small)} == {house.policy.hash}
    house.daemon.close()
