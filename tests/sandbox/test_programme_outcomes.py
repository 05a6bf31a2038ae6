"""Every story ends as its plan expects, when the daemon works with the default rules while people are busy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

import config
from config.policy import load_policy
from config.settings import ConnectionConfig, Settings, SyncSettings
from daemon import Daemon, build
from ledger import registrations
from rules.records import CrmRef, Status
from sandbox.desks import Kind
from sandbox.office import Habits
from sandbox.programme.scenarios import CYCLE, Crm, Expected
from sandbox.world import World, build_world
from tests.sandbox.doors import HOSTS, KINDS, by_port, mapping

RULES = Path(config.__file__).parent / "defaults" / "rules.yaml"
# Where "waiting" may be seen: a claim whose partner is not known is neither granted nor refused.
WAITING = {Status.RECEIVED, Status.HOLDING, Status.IN_REVIEW}


def employ(world: World, directory: Path) -> Daemon:
    """Return a daemon with the default rules between the world's two CRMs, at the connector port."""
    settings = Settings(
        directory=directory,
        ledger_url=f"sqlite:///{directory / 'ledger.db'}",
        policy=load_policy(RULES),
        connections=tuple(
            ConnectionConfig(name=kind, kind=kind, url=HOSTS[kind], mapping=mapping(kind), daily_share=0.9)
            for kind in KINDS
        ),
        sync=SyncSettings(first_writes_max=10_000, brake_share=1.0),
    )
    ports = {kind: by_port(world, kind) for kind in KINDS}
    return build(settings, clock=world.clock, connectors=ports, holder="test")


@pytest.mark.parametrize("seed", [1])
def test_stories_end_as_planned(seed, tmp_path):
    habits = Habits(decides=False)  # what waits for a channel manager goes on waiting
    world = build_world(seed=seed, scale=0.02, submissions=CYCLE, lasts=timedelta(days=1), habits=habits)
    daemon = employ(world, tmp_path)
    for _ in range(13):
        daemon.run_once()
        world.clock.advance(timedelta(hours=8))

    ends, expected = {}, {}
    with daemon.ledger.read() as tx:
        for crm in Crm:
            object_name = world.people.office.desks[crm].screens.objects[Kind.SUBMISSION]
            for number, record_id in world.people.office.submissions[crm].items():
                plan = world.campaign.plan(number)
                if plan.expected is None:
                    continue
                registration = registrations.by_claim(tx, CrmRef(crm.value, object_name, record_id))
                status = registration.status if registration is not None else None
                ends[plan.scenario, number] = Expected.WAITING if status in WAITING - {plan.expected} else status
                expected[plan.scenario, number] = plan.expected
    daemon.close()

    assert ends == expected
    assert len(ends) >= CYCLE - 3
