"""The connector port in process: what becomes of writes and reads when all is well, and when it is not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.port import Connector, Outcome, Write, WriteKind
from rules.errors import PermanentError, RecordError, RetryClass, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind
from sandbox.programme.scenarios import Crm
from sandbox.world import World, build_world
from tests.sandbox.doors import KINDS, by_port, drain, in_process

DOORS = pytest.mark.parametrize("door", [by_port, in_process], ids=["port", "in_process"])


@pytest.fixture
def world() -> World:
    world = build_world(scale=0.02)
    world.people.is_still = True
    return world


def submission(world: World, kind: str) -> str:
    return next(iter(world.people.office.submissions[Crm(kind)].values()))


def write(kind: str, record_id: str, number: int = 1, **values) -> Write:
    status = {"salesforce": "Submitted", "hubspot": "new"}[kind]
    given = {"registration_id": f"REG-2026-{number:05d}", "status": status, "rev": number} | values
    return Write(
        key=f"intent-{number}",
        kind=WriteKind.UPDATE,
        stream=Stream.SUBMISSIONS,
        record_id=record_id,
        external_id=None,
        values=given,
    )


def read(connector: Connector, record_id: str):
    row = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
    assert row is not None
    return row


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_a_write_is_applied_and_read_back(world, kind, door):
    connector, record_id = door(world, kind), submission(world, kind)
    (done,) = connector.push([write(kind, record_id, protected_until="2026-06-01")])
    row = read(connector, record_id)

    assert (done.key, done.outcome, done.record_id) == ("intent-1", Outcome.APPLIED, record_id)
    assert row.rev == 1
    assert row.values["registration_id"] == "REG-2026-00001"
    assert row.values["protected_until"] == "2026-06-01"
    assert connector.read_by_external_id(Stream.SUBMISSIONS, ["REG-2026-00001", "REG-0"]) == {
        "REG-2026-00001": row,
        "REG-0": None,
    }


@DOORS
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("fault", "applied"), [(FaultKind.TIMEOUT_BEFORE, False), (FaultKind.TIMEOUT_AFTER, True)])
def test_a_lost_answer_leaves_the_outcome_unknown(world, kind, fault, applied, door):
    connector, record_id = door(world, kind), submission(world, kind)
    read(connector, record_id)  # logs in
    world.faults.plan(fault, door=kind)

    (done,) = connector.push([write(kind, record_id)])

    assert done.outcome is Outcome.UNKNOWN
    assert (read(connector, record_id).rev == 1) is applied


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_one_bad_row_hurts_one_row(world, kind, door):
    """A value that no picklist knows, and a key that another record holds, beside a good write."""
    connector, ids = door(world, kind), list(world.people.office.submissions[Crm(kind)].values())[:3]
    writes = [
        write(kind, ids[0], 1),
        write(kind, ids[1], 2, status="No such status"),
        write(kind, ids[2], 3, registration_id="REG-2026-00001"),
    ]
    done = [connector.push([each])[0] for each in writes]

    assert [each.outcome for each in done] == [Outcome.APPLIED, Outcome.REFUSED, Outcome.REFUSED]
    assert isinstance(done[1].error, RecordError)
    assert done[1].error.retry_class is RetryClass.VALIDATION
    assert done[2].error.retry_class is RetryClass.DUPLICATE
    assert done[2].error.existing_id == ids[0]
    assert read(connector, ids[1]).rev is None


@DOORS
def test_salesforce_refuses_a_write_over_somebody_elses_edit(world, door):
    connector, record_id = door(world, "salesforce"), submission(world, "salesforce")
    seen = read(connector, record_id)
    world.clock.advance(60)
    world.salesforce.update("Deal_Registration__c", record_id, {"Amount__c": 1}, by=world.salesforce.user_id)
    conditional = Write(
        key="k",
        kind=WriteKind.UPDATE,
        stream=Stream.SUBMISSIONS,
        record_id=record_id,
        external_id=None,
        values={"status": "Approved"},
        unmodified_since=seen.modified_at,
    )

    (done,) = connector.push([conditional])

    assert done.outcome is Outcome.REFUSED
    assert done.error.retry_class is RetryClass.STALE


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_the_partner_of_record_is_written_to_the_deal(world, kind, door):
    connector = door(world, kind)
    deals, _ = drain(connector, Stream.OPPORTUNITIES)
    companies, _ = drain(connector, Stream.COMPANIES)
    deal = next(iter(deals)).record_id
    first, second = [row.ref.record_id for row in companies.values() if row.values["partner_code"]][:2]

    for number, partner in enumerate((first, second, None), 1):
        (done,) = connector.push(
            [
                Write(
                    key=str(number),
                    kind=WriteKind.UPDATE,
                    stream=Stream.OPPORTUNITIES,
                    record_id=deal,
                    external_id=None,
                    values={"partner": partner, "rev": number},
                )
            ]
        )
        assert done.outcome is Outcome.APPLIED, done.error
        row = connector.read(Stream.OPPORTUNITIES, [deal])[deal]
        assert (row.values["partner"], row.rev) == (partner, number)
        assert row.values["customer"] == deals[row.ref].values["customer"]


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_a_deleted_row_is_known_as_deleted_and_refuses_writes(world, kind, door):
    connector, record_id = door(world, kind), submission(world, kind)
    desk = world.people.office.desks[Crm(kind)]
    desk.screens.delete("submission", record_id, who=5)

    (done,) = connector.push([write(kind, record_id)])

    assert read(connector, record_id).is_deleted
    assert done.outcome is Outcome.REFUSED
    assert done.error.retry_class is RetryClass.GONE


@DOORS
@pytest.mark.parametrize("kind", KINDS)
def test_a_merged_company_is_read_as_its_survivor(world, kind, door):
    connector = door(world, kind)
    office = world.people.office
    ids = [office.on_file[Crm(kind)].companies.record_id(number) for number in (3, 4)]
    office.desks[Crm(kind)].merge_companies(*ids, who=5)

    rows = connector.read(Stream.COMPANIES, ids)

    survivor = rows[ids[1]]
    assert survivor is not None and not survivor.is_deleted
    assert survivor.ref.record_id != ids[1]
    assert rows[ids[0]].ref == survivor.ref


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "fault", [FaultKind.RESET_AFTER, FaultKind.HTML_200, FaultKind.RATE_LIMITED, FaultKind.TOKEN_EXPIRED]
)
def test_a_read_gets_over_a_single_fault(world, kind, fault):
    connector = by_port(world, kind)
    world.faults.plan(fault, door=kind)

    rows, _ = drain(connector, Stream.SUBMISSIONS)

    assert rows
    assert len(connector.take_calls()) >= 2
    assert connector.take_calls() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_crm_that_stays_silent_is_reported_as_transient(world, kind):
    connector = by_port(world, kind)
    world.faults.plan(FaultKind.TIMEOUT_BEFORE, door=kind, count=None)
    began = world.clock.now()

    with pytest.raises(TransientError) as caught:
        connector.pull(Stream.SUBMISSIONS, None)

    assert not caught.value.outcome_unknown
    assert world.clock.now() - began >= timedelta(minutes=3)


@pytest.mark.parametrize("kind", KINDS)
def test_spent_allowance_and_revoked_login_are_told_apart(world, kind):
    connector = by_port(world, kind)
    world.faults.plan(FaultKind.DAILY_LIMIT, door=kind)
    world.faults.plan(FaultKind.REFRESH_REVOKED, door=kind)

    with pytest.raises(TransientError) as spent:
        connector.pull(Stream.SUBMISSIONS, None)
    with pytest.raises(PermanentError) as revoked:
        connector.pull(Stream.SUBMISSIONS, None)

    assert spent.value.retry_class is RetryClass.EXHAUSTED
    assert revoked.value.retry_class is RetryClass.AUTH


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("fault", "retry_class"),
    [
        (FaultKind.ROW_LOCKED, RetryClass.LOCKED),
        (FaultKind.ROW_INVALID, RetryClass.VALIDATION),
        (FaultKind.DUPLICATE_VALUE, RetryClass.DUPLICATE),
        (FaultKind.ROW_GONE, RetryClass.GONE),
    ],
)
def test_a_fault_of_one_row_refuses_that_row_alone(world, kind, fault, retry_class):
    connector, ids = by_port(world, kind), list(world.people.office.submissions[Crm(kind)].values())[:2]
    world.faults.plan(fault, door=kind, match="POST" if kind == "hubspot" else "PATCH")

    done = connector.push([write(kind, record_id, number) for number, record_id in enumerate(ids, 1)])

    outcomes = {each.outcome for each in done}
    assert outcomes == {Outcome.APPLIED, Outcome.REFUSED}
    assert next(each for each in done if each.error is not None).error.retry_class is retry_class


@pytest.mark.parametrize("kind", KINDS)
def test_a_result_that_does_not_come_is_unknown(world, kind):
    connector, ids = by_port(world, kind), list(world.people.office.submissions[Crm(kind)].values())[:2]
    world.faults.plan(FaultKind.RESULTS_FEWER, door=kind)

    done = connector.push([write(kind, record_id, number) for number, record_id in enumerate(ids, 1)])

    assert [each.outcome for each in done] == [Outcome.APPLIED, Outcome.UNKNOWN]
    assert read(connector, ids[1]).rev == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_stale_read_shows_the_version_before(world, kind):
    connector, record_id = by_port(world, kind), submission(world, kind)
    connector.push([write(kind, record_id, 1)])
    connector.push([write(kind, record_id, 2)])
    world.faults.plan(FaultKind.STALE_READ, door=kind)

    assert [read(connector, record_id).rev for _ in range(2)] == [1, 2]


@pytest.mark.parametrize("kind", KINDS)
def test_calls_count_as_the_crm_counts_them(world, kind):
    connector = by_port(world, kind)
    crm = world.salesforce if kind == "salesforce" else world.hubspot
    for stream in connector.streams:
        drain(connector, stream)
    connector.push([write(kind, submission(world, kind))])

    assert len(connector.take_calls()) == crm.calls


@pytest.mark.parametrize("door", [by_port, in_process])
def test_hubspot_tells_who_changed_a_field(world, door):
    connector, record_id = door(world, "hubspot"), submission(world, "hubspot")
    connector.push([write("hubspot", record_id, status="in_review")])
    world.clock.advance(60)
    desk = world.people.office.desks[Crm.HUBSPOT]
    desk.edit("submission", record_id, {"status": "approved"}, who=15, what="approved")

    changes = connector.history(Stream.SUBMISSIONS, [record_id], ["status"])

    assert [(each.value, each.by_us) for each in changes][:2] == [("approved", False), ("in_review", True)]
    assert changes[0].by == "700015"
    assert changes[0].at - changes[1].at >= timedelta(seconds=60)


def test_a_hidden_salesforce_field_is_left_out_or_stops_the_stream(world):
    doors = [by_port(world, "salesforce"), in_process(world, "salesforce")]
    world.salesforce.restrict("Opportunity", "Type", hidden=True)
    for door in doors:
        rows, _ = drain(door, Stream.OPPORTUNITIES)
        assert all("deal_type" not in row.values for row in rows.values())

    world.salesforce.restrict("Opportunity", "StageName", hidden=True)
    for door in doors:
        with pytest.raises(PermanentError) as caught:
            door.pull(Stream.OPPORTUNITIES, None)
        assert caught.value.fields == ("StageName",)


@pytest.mark.parametrize("kind", KINDS)
def test_a_pull_of_many_pages_gives_every_row_once(world, kind):
    port = by_port(world, kind, page_rows=7)
    pages, cursor = [], None
    while True:
        page = port.pull(Stream.OPPORTUNITIES, cursor)
        pages.append(page)
        cursor = page.next
        if page.is_last:
            break
    ids = [row.ref.record_id for page in pages for row in page.rows]

    assert len(ids) == len(set(ids)) == len(drain(by_port(world, kind), Stream.OPPORTUNITIES)[0])
    assert all(len(page.rows) <= 7 for page in pages)
    assert [page.covered_until is not None for page in pages] == [page.is_last for page in pages]
