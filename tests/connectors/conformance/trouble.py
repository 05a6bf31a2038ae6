"""Promises in trouble: time-outs everywhere, no broken answer taken for the end, calls counted like the CRM's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.port import Connector
from rules.errors import RetryClass, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind
from tests.connectors.bench import Bench, ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, update

ACTIONS: dict[str, Callable[[Connector], Any]] = {
    "identify": lambda each: each.identify(),
    "pull": lambda each: each.pull(Stream.OPPORTUNITIES, None),
    "pull users": lambda each: each.pull(Stream.USERS, None),
    "read": lambda each: each.read(Stream.OPPORTUNITIES, ["006000000000001AAA", "123"]),
    "read by external id": lambda each: each.read_by_external_id(Stream.OPPORTUNITIES, ["REG-2026-00001"]),
    "stamps": lambda each: each.stamps(Stream.OPPORTUNITIES, None),
    "count": lambda each: each.count(Stream.OPPORTUNITIES),
}


class Trouble:
    @pytest.mark.parametrize("action", ACTIONS)
    def test_every_call_has_a_time_out(self, bench: Bench, connector: Connector, action: str):
        """The sandbox's transport fails the test when a call without a time-out meets a server that never answers."""
        bench.faults.plan(FaultKind.TIMEOUT_BEFORE, count=None)

        with pytest.raises(TransientError):
            ACTIONS[action](connector)
        bench.faults.clear()
        connector.identify()
        bench.faults.plan(FaultKind.TIMEOUT_BEFORE, count=None)
        if action != "identify":
            with pytest.raises(TransientError):
                ACTIONS[action](connector)

    @pytest.mark.parametrize(
        "kind",
        [
            FaultKind.HTML_200,
            FaultKind.EMPTY_BODY,
            FaultKind.TRUNCATED_JSON,
            FaultKind.RESET_MID_BODY,
            FaultKind.SERVER_ERROR,
            FaultKind.RESET_BEFORE,
            FaultKind.SLOW_DRIP,
        ],
    )
    def test_a_broken_answer_is_never_taken_for_the_end(self, bench: Bench, connector: Connector, kind: FaultKind):
        expected = bench.seed_opportunities(150, stamp=LONG_AGO)
        connector.pull(Stream.OPPORTUNITIES, None)
        bench.faults.plan(kind, count=None, pause_s=130)

        with pytest.raises(TransientError):
            connector.pull(Stream.OPPORTUNITIES, None)
        with pytest.raises(TransientError):
            connector.stamps(Stream.OPPORTUNITIES, None)

        bench.faults.clear()
        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES)
        assert sorted(ids(rows)) == sorted(expected)

    def test_rows_that_came_before_the_trouble_are_not_asked_for_again(self, bench: Bench, connector: Connector):
        """A limit that strikes in the middle of a pull must not make the same work repeat for ever."""
        expected = bench.seed_opportunities(550, stamp=LONG_AGO)
        found: list[str] = []
        cursor: str | None = None
        for _ in range(40):
            bench.faults.plan(FaultKind.DAILY_LIMIT, skip=6, count=None)
            try:
                page = connector.pull(Stream.OPPORTUNITIES, cursor)
            except TransientError:
                bench.faults.clear()
                continue
            bench.faults.clear()
            found += ids(page.rows)
            cursor = page.next
            if page.is_last:
                break

        assert sorted(found) == sorted(expected)

    def test_a_lost_place_in_a_list_is_found_again(self, bench: Bench, connector: Connector):
        expected = bench.seed_opportunities(260, stamp=LONG_AGO)
        bench.faults.plan(FaultKind.CURSOR_EXPIRED)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES)

        assert sorted(set(ids(rows))) == sorted(expected)

    def test_a_passing_fault_is_bridged_when_reading(self, bench: Bench, connector: Connector):
        bench.seed_opportunities(3, stamp=LONG_AGO)
        bench.faults.plan(FaultKind.SERVER_ERROR, status=503, skip=1)
        bench.faults.plan(FaultKind.RESET_BEFORE, skip=3)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES)

        assert len(rows) == 3

    def test_the_end_of_the_daily_allowance_stops_at_once(self, bench: Bench, connector: Connector):
        connector.identify()
        bench.faults.plan(FaultKind.DAILY_LIMIT, count=None)
        before = bench.calls

        with pytest.raises(TransientError) as raised:
            connector.pull(Stream.OPPORTUNITIES, None)

        assert raised.value.retry_class is RetryClass.EXHAUSTED
        assert bench.calls - before == 1

    def test_calls_are_counted_as_the_crm_counts_them(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        bench.seed_opportunities(150, stamp=LONG_AGO)
        submissions = [bench.submission(f"C {number}", partner=partner) for number in range(3)]
        connector.identify()
        connector.take_calls()
        before = bench.calls

        pull_all(connector, Stream.OPPORTUNITIES)
        connector.read(Stream.SUBMISSIONS, submissions)
        connector.push([update(each, {"rev": 1}, key=each) for each in submissions])
        bench.faults.plan(FaultKind.RATE_LIMITED)
        connector.stamps(Stream.OPPORTUNITIES, None)
        connector.count(Stream.SUBMISSIONS)

        calls = connector.take_calls()
        assert sum(call.cost for call in calls if call.purpose != "login") == bench.calls - before
        assert {"pull", "read", "push", "sweep"} <= {call.purpose for call in calls}
        assert all(call.connection == connector.name for call in calls)
        assert not connector.take_calls()

    def test_the_account_is_the_same_at_each_look(self, bench: Bench):
        first, second = bench.connect().identify(), bench.connect().identify()

        assert first == second
        assert first.account_id
