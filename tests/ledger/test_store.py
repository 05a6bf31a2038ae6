"""The smaller tables: connections, leases, cursors, dirty claims, links, outbox, quarantine, runs, events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError

from ledger import (
    connections,
    cursors,
    deadlines,
    dirty,
    events,
    inbox,
    intents,
    leases,
    links,
    match_index,
    quarantine,
    runs,
)
from ledger.engine import Ledger
from ledger.errors import LeaseLostError
from ledger.record import record
from ledger.rows import ConnectionState, CursorRow, IntentState, Link, Verdict
from rules.fields import Stream
from rules.records import CrmRef
from tests.ledger.build import NOW, at, decided, linked, observed, opportunity_ref, register, submission_ref, write


def test_a_connection_is_remembered_from_first_sight(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert connections.get(tx, "hubspot") is None
        connections.ensure(tx, "hubspot", "hubspot", now=NOW)
        connections.remember_account(tx, "hubspot", "4711")
        connections.add_writes(tx, "hubspot", 3)
        connections.add_writes(tx, "hubspot", 4)
        connections.set_state(tx, "hubspot", ConnectionState.BLOCKED, "login refused", now=at(5))
        connections.set_state(tx, "hubspot", ConnectionState.BLOCKED, "still refused", now=at(9))
        connections.ensure(tx, "hubspot", "hubspot", now=at(10))

    with ledger.read() as tx:
        (row,) = connections.all_(tx)
        assert (row.account_id, row.writes_done, row.state) == ("4711", 7, ConnectionState.BLOCKED)
        assert (row.reason, row.state_since) == ("still refused", at(5))


def take(ledger: Ledger, holder: str, minutes: float) -> int | None:
    with ledger.begin() as tx:
        return leases.acquire(tx, "salesforce", holder=holder, ttl_s=60, now=at(minutes))


def test_a_lease_has_one_holder_until_it_ends(ledger: Ledger) -> None:
    assert take(ledger, "a", 0) == 1
    assert take(ledger, "b", 0.9) is None
    assert take(ledger, "b", 1) == 2  # half-open: free at its very end
    with ledger.begin() as tx:
        assert not leases.renew(tx, "salesforce", holder="a", epoch=1, ttl_s=60, now=at(1))
        assert leases.renew(tx, "salesforce", holder="b", epoch=2, ttl_s=60, now=at(1.5))
        leases.check(tx, "salesforce", epoch=2, now=at(2.4))
        with pytest.raises(LeaseLostError, match="held by b"):
            leases.check(tx, "salesforce", epoch=1, now=at(2))
        with pytest.raises(LeaseLostError, match="run out"):
            leases.check(tx, "salesforce", epoch=2, now=at(2.5))
        with pytest.raises(LeaseLostError, match="nobody"):
            leases.check(tx, "hubspot", epoch=1, now=at(2))
        assert not leases.renew(tx, "salesforce", holder="b", epoch=2, ttl_s=60, now=at(9))


def test_a_released_lease_is_free_and_its_number_is_never_given_again(ledger: Ledger) -> None:
    take(ledger, "a", 0)
    with ledger.begin() as tx:
        leases.release(tx, "salesforce", holder="b", epoch=1, now=at(0))  # not its own: no effect
    assert take(ledger, "b", 0.1) is None
    with ledger.begin() as tx:
        leases.release(tx, "salesforce", holder="a", epoch=1, now=at(0.1))
    assert take(ledger, "b", 0.1) == 2
    assert take(ledger, "b", 0.2) == 3  # restarted: what it did before is fenced off
    with ledger.read() as tx:
        assert leases.get(tx, "salesforce").holder == "b"  # type: ignore[union-attr]


def test_a_paused_replica_cannot_store_after_a_takeover(ledger: Ledger) -> None:
    """P15: the check stands in the same transaction as the work."""
    epoch = take(ledger, "a", 0)
    assert epoch is not None
    take(ledger, "b", 5)
    with pytest.raises(LeaseLostError), ledger.begin() as tx:
        register(tx, 1)
        leases.check(tx, "salesforce", epoch=epoch, now=at(0.5))
    with ledger.read() as tx:
        assert links.of_registration(tx, "REG-2026-00001") == []


def test_cursors_are_kept_per_stream(ledger: Ledger) -> None:
    row = CursorRow(
        connection="salesforce",
        stream=Stream.OPPORTUNITIES,
        cursor="2026|006",
        covered_until=at(-12),
        is_backfilled=False,
        last_pull_at=NOW,
        last_sweep_at=None,
    )
    with ledger.begin() as tx:
        cursors.save(tx, row)
        cursors.save(tx, replace(row, is_backfilled=True, last_sweep_at=at(1)))
        cursors.save(tx, replace(row, stream=Stream.USERS, cursor=None, covered_until=None))
        assert cursors.get(tx, "salesforce", Stream.OPPORTUNITIES) == replace(
            row, is_backfilled=True, last_sweep_at=at(1)
        )
        assert cursors.get(tx, "hubspot", Stream.OPPORTUNITIES) is None
        assert [each.stream for each in cursors.all_(tx)] == [Stream.OPPORTUNITIES, Stream.USERS]


def test_instants_come_back_in_utc_to_the_microsecond_and_naive_ones_are_refused(ledger: Ledger) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=2)))
    with ledger.begin() as tx:
        connections.ensure(tx, "hubspot", "hubspot", now=moment)
        stored = connections.get(tx, "hubspot")
    assert stored is not None
    assert stored.state_since == moment
    assert stored.state_since.tzinfo is UTC
    with pytest.raises((TypeError, StatementError)), ledger.begin() as tx:
        connections.set_state(tx, "hubspot", ConnectionState.PAUSED, None, now=datetime(2026, 3, 1))  # noqa: DTZ001


def test_dirty_claims_come_oldest_first_and_stay_until_cleared(ledger: Ledger) -> None:
    one, two, three = (submission_ref(number) for number in (1, 2, 3))
    with ledger.begin() as tx:
        id_ = register(tx, 2)
        dirty.mark(tx, {one: "new", two: "new", three: "new"}, priority={one: at(5), two: at(-5)}, now=at(9))
        taken = dirty.take(tx, 10)
        assert [each.ref for each in taken] == [two, one, three]
        assert [each.registration_id for each in taken] == [id_, None, None]
        assert [each.ref for each in dirty.take(tx, 10, before=at(5))] == [two]
        assert [each.ref for each in dirty.take(tx, 1)] == [two]
        dirty.mark(tx, {one: "rival"}, priority={one: at(5)}, now=at(10))
        for each in taken:
            dirty.clear(tx, each.ref, each.mark)
        left = dirty.take(tx, 10)
        assert [(each.ref, each.reason) for each in left] == [(one, "rival")]
        assert dirty.count(tx) == 1


def test_a_marking_made_after_a_clear_is_a_later_one(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        dirty.mark(tx, {submission_ref(1): "new"}, priority={}, now=NOW)
        (first,) = dirty.take(tx, 1)
        dirty.clear(tx, first.ref, first.mark)
        dirty.mark(tx, {submission_ref(1): "again"}, priority={}, now=NOW)
        dirty.clear(tx, first.ref, first.mark)
        assert dirty.count(tx) == 1


def test_live_claims_are_found_by_shared_keys(ledger: Ledger) -> None:
    rows = [
        observed(submission_ref(number), Stream.SUBMISSIONS, {"status": None}, keys=(f"n:{number}", "d:acme.com"))
        for number in (1, 2, 3)
    ]
    with ledger.begin() as tx:
        inbox.intake(tx, rows, run_id=1, now=NOW)
        register(tx, 1)
        register(tx, 2, status="in_review")
        register(tx, 3, status="refused")
        assert match_index.live_claims_touching(tx, ["d:acme.com"]) == {submission_ref(1), submission_ref(2)}
        assert match_index.live_claims_touching(tx, ["n:2", "n:3"]) == {submission_ref(2)}
        assert match_index.live_claims_touching(tx, []) == set()


@pytest.fixture
def tie(ledger: Ledger) -> Link:
    with ledger.begin() as tx:
        return linked(tx, register(tx, 1), submission_ref(1))


def test_a_link_is_made_once_and_brought_back_when_it_was_gone(ledger: Ledger, tie: Link) -> None:
    with ledger.begin() as tx:
        assert linked(tx, tie.registration_id, tie.ref) == tie
        links.save(tx, replace(tie, is_gone=True, is_due=False, base={"status": "Approved"}))
        back = linked(tx, tie.registration_id, tie.ref)
    assert back == replace(tie, base={"status": "Approved"})


def test_a_link_keeps_everything_that_may_change(ledger: Ledger, tie: Link) -> None:
    changed = replace(
        tie,
        ref=submission_ref(2),
        base={"status": "Approved", "note": None},
        rev=4,
        acked_rev=3,
        is_frozen=True,
        is_due=False,
        drift_rounds=2,
        drift_day="2026-03-01",
        retry_at=at(5),
    )
    with ledger.begin() as tx:
        links.save_many(tx, [changed])
        assert links.get(tx, tie.link_id) == changed
        assert links.by_ref(tx, [submission_ref(1), submission_ref(2)]) == {submission_ref(2): [changed]}
        assert links.of_registration(tx, tie.registration_id) == [changed]
        assert links.of_registrations(tx, [tie.registration_id, "none"]) == {tie.registration_id: [changed]}


def due(ledger: Ledger, minutes: float = 0) -> list[int]:
    with ledger.read() as tx:
        return [each.link_id for each in links.due(tx, "salesforce", now=at(minutes), limit=10)]


def test_a_link_is_due_unless_gone_backing_off_or_being_written(ledger: Ledger, tie: Link) -> None:
    assert due(ledger) == [tie.link_id]
    with ledger.begin() as tx:
        links.save(tx, replace(tie, retry_at=at(5)))
    assert due(ledger) == []
    assert due(ledger, 5) == [tie.link_id]
    with ledger.begin() as tx:
        (planned,) = intents.plan(tx, [write(tie)], now=NOW)
    assert due(ledger, 5) == []
    with ledger.begin() as tx:
        intents.settle(tx, planned.intent_id, IntentState.FAILED, now=NOW)
    assert due(ledger, 5) == [tie.link_id]
    with ledger.begin() as tx:
        links.save(tx, replace(tie, is_due=False))
        assert links.due(tx, "salesforce", now=at(5), limit=10) == []
        links.mark_due(tx, registration_id=tie.registration_id)
    assert due(ledger) == [tie.link_id]
    with ledger.begin() as tx:
        links.save(tx, replace(tie, is_gone=True))
        assert links.count(tx, "salesforce") == 0
    assert due(ledger) == []


def test_a_link_has_one_open_write_at_most(ledger: Ledger, tie: Link) -> None:
    with ledger.begin() as tx:
        intents.plan(tx, [write(tie, rev=1)], now=NOW)
    with pytest.raises(IntegrityError), ledger.begin() as tx:
        intents.plan(tx, [write(tie, rev=2)], now=NOW)


@pytest.mark.parametrize("state", [IntentState.DONE, IntentState.FAILED, IntentState.DEAD])
def test_the_next_write_waits_for_the_last_to_be_settled(ledger: Ledger, tie: Link, state: IntentState) -> None:
    with ledger.begin() as tx:
        (first,) = intents.plan(tx, [write(tie, rev=1)], now=NOW)
        intents.settle(tx, first.intent_id, state, now=NOW)
        (second,) = intents.plan(tx, [write(tie, rev=2)], now=NOW)
    assert second.intent_id > first.intent_id
    with pytest.raises(IntegrityError), ledger.begin() as tx:  # a witness number is never used twice
        intents.settle(tx, second.intent_id, IntentState.DONE, now=NOW)
        intents.plan(tx, [write(tie, rev=2)], now=NOW)


def test_a_write_goes_from_planned_to_done(ledger: Ledger, tie: Link) -> None:
    with ledger.begin() as tx:
        (planned,) = intents.plan(tx, [write(tie, values={"status": "Approved", "note": None})], now=NOW)
        assert (planned.state, planned.attempts, planned.sent_at) == (IntentState.PLANNED, 0, None)
        intents.mark_sent(tx, [planned.intent_id], now=at(1), deadline_at=at(16))
        assert [each.intent_id for each in intents.open_(tx, "salesforce", [IntentState.SENT])] == [planned.intent_id]
        assert intents.open_(tx, "salesforce", [IntentState.PLANNED]) == []
        assert intents.open_(tx, "hubspot") == []
        intents.settle(tx, planned.intent_id, IntentState.VERIFY, now=at(2), deadline_at=at(20))
        (seen,) = intents.open_of_refs(tx, [tie.ref])[tie.ref]
        assert (seen.attempts, seen.sent_at, seen.deadline_at) == (1, at(1), at(20))
        assert seen.values == {"status": "Approved", "note": None}
        intents.settle(tx, planned.intent_id, IntentState.DONE, now=at(3))
        assert intents.open_(tx, "salesforce") == []
        assert [each.state for each in intents.of_registration(tx, tie.registration_id)] == [IntentState.DONE]


def test_a_write_that_is_given_up_waits_for_a_person(ledger: Ledger, tie: Link) -> None:
    with ledger.begin() as tx:
        (planned,) = intents.plan(tx, [write(tie)], now=NOW)
        intents.settle(
            tx, planned.intent_id, IntentState.DEAD, error_code="FIELD_INTEGRITY", error_message="No.", now=NOW
        )
        assert [(each.error_code, each.error_message) for each in intents.dead(tx)] == [("FIELD_INTEGRITY", "No.")]
        assert intents.dead(tx, "hubspot") == []


@dataclass(frozen=True)
class Unread:
    ref: CrmRef
    message: str = "CloseDate is empty"
    stream: Stream | None = Stream.OPPORTUNITIES
    code: str | None = None
    field: str | None = "CloseDate"


def test_unreadable_rows_are_kept_counted_and_cleared(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        quarantine.put(tx, [Unread(opportunity_ref(1)), Unread(opportunity_ref(2, "hubspot"))], now=NOW)
        quarantine.put(tx, [Unread(opportunity_ref(1), message="Amount is text")], now=at(5))
        first, second = quarantine.listing(tx)
        assert (first.ref, first.count, first.message) == (opportunity_ref(1), 2, "Amount is text")
        assert (first.first_at, first.last_at, second.count) == (NOW, at(5), 1)
        assert (quarantine.count(tx), quarantine.count(tx, "hubspot")) == (2, 1)
        assert [each.ref.connection for each in quarantine.listing(tx, connection="hubspot")] == ["hubspot"]
        quarantine.clear(tx, opportunity_ref(1))
        quarantine.clear(tx, [opportunity_ref(2, "hubspot")])
        assert quarantine.count(tx) == 0


def test_runs_have_a_verdict_and_calls_a_purpose(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        assert runs.last(tx, "salesforce") is None
        first = runs.start(tx, "salesforce", now=NOW)
        runs.finish(tx, first, Verdict.PARTIAL, {"pull": {"seen": 3}}, "one row", now=at(1))
        second = runs.start(tx, "salesforce", now=at(2))
        runs.start(tx, "hubspot", now=at(3))
        assert runs.last(tx, "salesforce").run_id == second  # type: ignore[union-attr]
        _, closed = runs.listing(tx, 10, connection="salesforce")
        assert (closed.verdict, closed.counts, closed.error) == (Verdict.PARTIAL, {"pull": {"seen": 3}}, "one row")
        assert (closed.started_at, closed.finished_at) == (NOW, at(1))
        call = {"connection": "salesforce", "purpose": "pull", "rows": 200, "cost": 1, "status": 200}
        runs.add_calls(
            tx, [{**call, "at": at(minute)} for minute in range(3)] + [{**call, "purpose": "push", "at": at(2)}]
        )
        runs.add_calls(tx, [])
        assert runs.calls_since(tx, "salesforce", at(1)) == {"pull": (2, 2), "push": (1, 1)}
        assert runs.calls_since(tx, "hubspot", at(0)) == {}


def test_the_sync_log_is_read_by_registration_row_or_event(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        id_ = register(tx, 1)
        events.add(
            tx, "claim_received", registration_id=id_, ref=submission_ref(1), data={"rule": "x"}, run_id=7, now=NOW
        )
        events.add(tx, "drift_found", ref=submission_ref(2), now=at(1))
        assert [each.event for each in events.listing(tx)] == ["drift_found", "claim_received"]
        (line,) = events.listing(tx, registration_id=id_)
        assert (line.at, line.run_id, line.ref, line.data) == (NOW, 7, submission_ref(1), {"rule": "x"})
        assert [each.event for each in events.listing(tx, ref=submission_ref(2))] == ["drift_found"]
        assert [each.event for each in events.listing(tx, event="claim_received")] == ["claim_received"]


def test_deadlines_follow_the_latest_decision(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        id_ = register(tx, 1)
        wanted = [
            {"kind": "warning", "at": "2026-05-01T00:00:00Z"},
            {"kind": "window_end", "at": "2026-05-30T00:00:00Z"},
        ]
        record(tx, [decided(id_, minutes=5, deadlines=wanted)])
        assert [each.kind for each in deadlines.of_registration(tx, id_)] == ["warning", "window_end"]
        record(tx, [decided(id_, "won", minutes=6)])
        assert deadlines.of_registration(tx, id_) == []
