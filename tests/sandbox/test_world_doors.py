"""The connector port, WSGI in process and HTTP on loopback show the same world."""

from __future__ import annotations

import tracemalloc
from datetime import timedelta

import pytest

from rules.fields import Stream
from sandbox.faults import FaultKind
from sandbox.mischief import KINDS as MISCHIEF
from sandbox.programme.scenarios import Crm
from sandbox.serve import serve
from sandbox.world import build_world
from tests.sandbox.doors import KINDS, by_port, drain, drain_all, in_process, over_http


@pytest.mark.parametrize("kind", KINDS)
def test_all_doors_give_the_same_rows(kind):
    """First reads, then what two busy days have changed: edits, deletes, merges, clones; then rows read by id."""
    world = build_world(seed=5, scale=0.05)
    world.people.is_still = True
    with serve(world) as served:
        url = {"salesforce": served.salesforce_url, "hubspot": served.hubspot_url}[kind]
        doors = [by_port(world, kind), in_process(world, kind), over_http(world, kind, url)]
        first = [drain_all(door) for door in doors]
        for each in sorted(MISCHIEF):
            world.faults.plan(each, door=kind, count=1 + (each is FaultKind.DELETE), rows=20)
        world.people.is_still = False
        world.clock.advance(timedelta(days=2))
        world.people.is_still = True
        world.clock.advance(timedelta(minutes=30))  # past any look-back that could still hold rows back
        second = [drain_all(door, cursors) for door, (_, cursors) in zip(doors, first, strict=True)]
        ids = {stream: [ref.record_id for ref in rows][:150] for stream, rows in second[0][0].items()}
        ids[Stream.SUBMISSIONS] = list(world.people.office.submissions[kind].values())  # deleted ones too
        reads = [{stream: dict(door.read(stream, ids[stream])) for stream in door.streams} for door in doors]

    for stream in doors[0].streams:
        assert first[0][0][stream] == first[1][0][stream] == first[2][0][stream]
        assert second[0][0][stream] == second[1][0][stream] == second[2][0][stream]
        assert reads[0][stream] == reads[1][stream] == reads[2][stream]
    assert len(second[0][0][Stream.SUBMISSIONS]) > 10
    assert any(row is not None and row.is_deleted for row in reads[0][Stream.SUBMISSIONS].values())
    assert any(row.merged_into for row in second[0][0][Stream.COMPANIES].values())
    assert world.people.acts


@pytest.mark.parametrize("kind", KINDS)
def test_doors_agree_on_count_identity_and_keys(kind):
    world = build_world(seed=2, scale=0.02)
    world.people.is_still = True
    port, real = by_port(world, kind), in_process(world, kind)

    assert port.identify() == real.identify()
    assert port.capabilities == real.capabilities
    assert port.streams == real.streams
    for stream in port.streams:
        assert port.count(stream) == real.count(stream)
        assert _keys(port, stream) == _keys(real, stream)


def test_a_late_commit_is_missing_from_a_pull_at_every_door_and_comes_with_the_overlap():
    world = build_world(seed=3, scale=0.02)
    world.people.is_still = True
    doors = [by_port(world, "salesforce"), in_process(world, "salesforce")]
    cursors = [drain_all(door)[1] for door in doors]
    world.faults.plan(FaultKind.LATE_COMMIT, door="salesforce", match="Opportunity", delay_s=300)
    record_id = world.people.office.on_file["salesforce"].deals.record_id(7)
    world.clock.advance(60)
    world.salesforce.update("Opportunity", record_id, {"NextStep": "call"}, by=world.salesforce.user_id)
    world.clock.advance(60)

    early = [drain_all(door, each) for door, each in zip(doors, cursors, strict=True)]
    world.clock.advance(300)
    late = [drain_all(door, each) for door, (_, each) in zip(doors, early, strict=True)]

    for (before, _), (after, _) in zip(early, late, strict=True):
        assert record_id not in {ref.record_id for ref in before[Stream.OPPORTUNITIES]}
        assert record_id in {ref.record_id for ref in after[Stream.OPPORTUNITIES]}


def test_a_lagging_index_hides_a_new_record_at_every_door_while_reads_are_fresh():
    world = build_world(seed=3, scale=0.02)
    world.people.is_still = True
    doors = [by_port(world, "hubspot"), in_process(world, "hubspot")]
    cursors = [drain_all(door)[1] for door in doors]
    world.hubspot.records.index_lag_s = 120
    world.clock.advance(60)
    deal = world.hubspot.create(
        "deals", {"dealname": "New", "pipeline": "default", "dealstage": "qualifiedtobuy"}, by="form"
    )
    world.clock.advance(1)

    early = [drain_all(door, each) for door, each in zip(doors, cursors, strict=True)]
    fresh = [door.read(Stream.OPPORTUNITIES, [deal])[deal] for door in doors]
    world.clock.advance(180)
    late = [drain_all(door, each) for door, (_, each) in zip(doors, early, strict=True)]

    assert fresh[0] == fresh[1] and fresh[0] is not None
    for (before, _), (after, _) in zip(early, late, strict=True):
        assert deal not in {ref.record_id for ref in before[Stream.OPPORTUNITIES]}
        assert deal in {ref.record_id for ref in after[Stream.OPPORTUNITIES]}


@pytest.mark.parametrize("kind", KINDS)
def test_a_crm_whose_clock_is_behind_tells_its_own_time_at_every_door(kind):
    world = build_world(seed=2, scale=0.02)
    world.people.is_still = True
    world.clocks[Crm(kind)].skew = timedelta(minutes=-7)
    with serve(world) as served:
        url = {"salesforce": served.salesforce_url, "hubspot": served.hubspot_url}[kind]
        doors = [by_port(world, kind), in_process(world, kind), over_http(world, kind, url)]
        cursors = [drain(door, Stream.SUBMISSIONS)[1] for door in doors]
        pages = [door.pull(Stream.SUBMISSIONS, each) for door, each in zip(doors, cursors, strict=True)]

    assert pages[0].rows == pages[1].rows == pages[2].rows
    for page in pages:
        assert page.covered_until is not None
        assert page.covered_until < world.clock.now() - timedelta(minutes=7)


@pytest.mark.parametrize("kind", KINDS)
def test_scanning_many_rows_keeps_no_memory(kind):
    world = build_world(scale=2, submissions=24)
    world.people.is_still = True
    door = by_port(world, kind)
    scan(door)  # fills caches, of bounded size
    tracemalloc.start()
    count = scan(door)
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert count >= 4_000
    assert grown < 500_000


def scan(door) -> int:
    count, cursor = 0, None
    while True:
        page = door.pull(Stream.OPPORTUNITIES, cursor)
        count, cursor = count + len(page.rows), page.next
        if page.is_last:
            return count


def _keys(door, stream):
    found, cursor = {}, None
    while True:
        page, cursor = door.stamps(stream, cursor)
        found |= {stamp.record_id: (stamp.modified_at, stamp.is_deleted) for stamp in page}
        if cursor is None:
            return found
