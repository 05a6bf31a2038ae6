"""What was decided can be decided again from its entry alone, and comes out the same."""

from __future__ import annotations

from pathlib import Path

from config.policy import read_policy
from ledger import history
from rules.case_record import case_from
from rules.decide import decide
from rules.record import decision_data
from rules.records import Status
from tests.sync.kit import House

POLICY = """
name: full
holding: 6 h
quotas: [{name: places, limit: 5}]
rewards: {rules: [{name: base, percent: 10 %}]}
update_duty: {every: 30 days}
"""


def test_every_decision_replays_from_its_entry(tmp_path: Path) -> None:
    policy = read_policy(POLICY, "rules.yaml")
    house = House(directory=tmp_path, door="port", source=POLICY, policy=policy)
    partner, rival = house.partner("P-1", "Nordwind Systems GmbH"), house.partner("P-2", "Elbtal Data AG")
    house.passes()
    ref = house.submit("salesforce", "Wintermoor Logistics AG", partner)
    house.clock.advance(60)
    house.submit("hubspot", "Wintermoor Logistics AG", rival)
    house.submit("salesforce", "Alpenblick Kliniken GmbH", rival, amount="100")
    house.settle()
    house.passes(3, pause_s=8 * 3600)

    with house.ledger.read() as tx:
        decided = [each for each in history.all_entries(tx) if each.type == "decided"]
    assert len(decided) > 4
    assert house.status(ref) is Status.REGISTERED
    for entry in decided:
        assert entry.policy_hash == policy.hash
        again = decision_data(
            decide(
                case_from(entry.data["case"], rates=house.daemon.engine._book.rates(policy, entry.at)), policy, entry.at
            )
        )
        for name in ("transitions", "terms", "deal_key", "memory", "deadlines", "flags", "deciding"):
            assert again[name] == entry.data[name], (entry.seq, name)
    house.daemon.close()
