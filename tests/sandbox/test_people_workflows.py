"""Workflows get in an integration's way at every door alike."""

from __future__ import annotations

import pytest

from connectors.port import Outcome, Write, WriteKind
from rules.fields import Stream
from sandbox import workflows
from sandbox.programme.scenarios import Crm
from sandbox.world import build_world
from tests.sandbox.doors import by_port, in_process


@pytest.mark.parametrize("door", [by_port, in_process])
@pytest.mark.parametrize("crm", list(Crm))
def test_a_workflow_that_resists_sets_our_value_back(crm, door):
    world, connector, record_id = begin(crm, door)
    workflows.resist(world, crm)
    before = connector.read(Stream.SUBMISSIONS, [record_id])[record_id].values["protected_until"]

    for rev in (1, 2):
        (done,) = connector.push([write(record_id, rev, protected_until="2026-08-01")])
        row = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        assert done.outcome is Outcome.APPLIED
        assert (row.values["protected_until"], row.rev) == (before, rev)


@pytest.mark.parametrize("door", [by_port, in_process])
@pytest.mark.parametrize("crm", list(Crm))
def test_a_workflow_that_follows_writes_after_us(crm, door):
    world, connector, record_id = begin(crm, door)
    workflows.follow(world, crm)

    connector.push([write(record_id, 1)])

    desk = world.people.office.desks[crm]
    assert desk.get("submission", record_id)["description"].startswith("Last seen by the deal desk")


def begin(crm, door):
    world = build_world(scale=0.02)
    world.people.is_still = True
    return world, door(world, crm.value), next(iter(world.people.office.submissions[crm].values()))


def write(record_id, rev, **values):
    return Write(
        key=f"k{rev}",
        kind=WriteKind.UPDATE,
        stream=Stream.SUBMISSIONS,
        record_id=record_id,
        external_id=None,
        values={"rev": rev, **values},
    )
