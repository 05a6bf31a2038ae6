"""Promises of reading: complete, once, resumable, honest about what is covered, fresh where it must be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.port import Connector
from rules.errors import InvariantError, RecordError
from rules.fields import LEDGER_OWNED, Stream
from tests.connectors.bench import Bench, ids, pages, pull_all
from tests.connectors.conformance.words import LONG_AGO, SETTLED_S, is_live, sweep, update


class Reading:
    def test_a_backfill_is_complete_and_without_duplicates(self, bench: Bench, connector: Connector):
        expected = bench.seed_opportunities(260, stamp=LONG_AGO)

        read = list(pages(connector, Stream.OPPORTUNITIES))

        found = [record_id for page in read for record_id in ids(page.rows)]
        assert sorted(found) == sorted(expected)
        assert len(read) > 1
        assert [page.is_last for page in read] == [False] * (len(read) - 1) + [True]
        assert all(page.covered_until is None for page in read[:-1])

    def test_a_backfill_goes_on_after_any_page_in_a_new_process(self, bench: Bench):
        expected = bench.seed_opportunities(260, stamp=LONG_AGO)
        found: list[str] = []
        cursor: str | None = None

        for _ in range(50):
            page = bench.connect().pull(Stream.OPPORTUNITIES, cursor)
            found += ids(page.rows)
            cursor = page.next
            if page.is_last:
                break

        assert sorted(found) == sorted(expected)

    def test_the_same_cursor_gives_the_same_page_again(self, bench: Bench, connector: Connector):
        """A page whose transaction failed is asked for again with the cursor before it."""
        bench.seed_opportunities(260, stamp=LONG_AGO)
        cursor = None
        for page in pages(connector, Stream.OPPORTUNITIES):
            again = connector.pull(Stream.OPPORTUNITIES, cursor)
            assert ids(again.rows) == ids(page.rows)
            cursor = page.next

    def test_a_cursor_of_somebody_else_is_refused(self, connector: Connector):
        for strange in ("", "yesterday", "{}", '{"v":99}'):
            with pytest.raises(InvariantError):
                connector.pull(Stream.OPPORTUNITIES, strange)

    def test_new_and_changed_rows_come_with_the_next_pass(self, bench: Bench, connector: Connector):
        old, *_ = bench.seed_opportunities(5, stamp=LONG_AGO)
        _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
        bench.pass_time(60)
        bench.edit(Stream.OPPORTUNITIES, old, amount="777")
        new = bench.opportunity("A new deal")
        bench.pass_time(60)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)

        came = {row.ref.record_id: row.values["amount"] for row in rows}
        assert (came.pop(old), came.pop(new)) == ("777", "1000")
        assert set(came.values()) <= {"1000"}  # an overlap is read again, unchanged

    def test_a_quiet_crm_costs_one_call_a_pass(self, bench: Bench, connector: Connector):
        bench.seed_opportunities(5, stamp=LONG_AGO)
        cursor = None
        for pause_s in (SETTLED_S, SETTLED_S, 60):
            _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)
            bench.pass_time(pause_s)
        before = bench.calls

        page = connector.pull(Stream.OPPORTUNITIES, cursor)

        assert page.is_last
        assert bench.calls - before == 1
        assert all(row.modified_at == LONG_AGO for row in page.rows)

    def test_a_write_that_shows_late_is_not_missed(self, bench: Bench, connector: Connector):
        """A row whose stamp lies behind others that were read before it became visible."""
        first, second = bench.seed_opportunities(2, stamp=LONG_AGO)
        _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
        bench.pass_time(60)
        bench.faults.plan(bench.late_fault, delay_s=150, lag_s=150)
        bench.edit(Stream.OPPORTUNITIES, first, amount="111")
        bench.pass_time(20)
        bench.edit(Stream.OPPORTUNITIES, second, amount="222")
        seen: dict[str, Any] = {}

        for _ in range(6):
            bench.pass_time(60)
            rows, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)
            seen |= {row.ref.record_id: row.values["amount"] for row in rows}

        assert seen == {first: "111", second: "222"}

    def test_covered_until_promises_no_more_than_was_delivered(self, bench: Bench, connector: Connector):
        """Each write below is late by up to two minutes; whatever is older than the promise has been delivered."""
        record_ids = bench.seed_opportunities(12, stamp=LONG_AGO)
        _, cursor, last = pull_all(connector, Stream.OPPORTUNITIES)
        written: dict[str, Any] = {}
        delivered: dict[str, str] = {}
        promises = [last.covered_until]
        for number, record_id in enumerate(record_ids):
            bench.faults.plan(bench.late_fault, delay_s=10 * number, lag_s=10 * number)
            written[record_id] = bench.clock.now()
            bench.edit(Stream.OPPORTUNITIES, record_id, amount=str(10 + number))
            bench.pass_time(37)
            rows, cursor, last = pull_all(connector, Stream.OPPORTUNITIES, cursor)
            delivered |= {row.ref.record_id: str(row.values["amount"]) for row in rows}
            promises.append(last.covered_until)
            assert last.covered_until is not None
            assert last.covered_until <= bench.clock.now()
            due = {each for each, at in written.items() if at < last.covered_until}
            assert due <= delivered.keys()

        assert promises == sorted(promises)  # type: ignore[type-var]

    def test_more_rows_than_a_page_at_one_instant_are_all_delivered(self, bench: Bench, connector: Connector):
        _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
        bench.pass_time(600)
        expected = bench.seed_opportunities(450, stamp=bench.clock.now() - timedelta(seconds=1))
        bench.pass_time(60)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)

        assert sorted(ids(rows)) == sorted(expected)

    def test_a_deleted_row_is_told_by_the_pull_or_missed_by_the_sweep(self, bench: Bench, connector: Connector):
        gone, kept = bench.seed_opportunities(2, stamp=LONG_AGO)
        _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
        bench.pass_time(60)
        bench.delete(Stream.OPPORTUNITIES, gone)
        bench.pass_time(60)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)
        told = {row.ref.record_id for row in rows if row.is_deleted}
        swept = sweep(connector, Stream.OPPORTUNITIES)
        fresh = connector.read(Stream.OPPORTUNITIES, [gone, kept])

        assert gone in told or swept.get(gone, True)
        assert swept[kept] is False
        assert is_live(fresh[kept])
        assert not is_live(fresh[gone])

    def test_a_row_that_was_brought_back_is_live_again(self, bench: Bench, connector: Connector):
        (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
        bench.delete(Stream.OPPORTUNITIES, record_id)
        _, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
        bench.pass_time(60)
        bench.undelete(Stream.OPPORTUNITIES, record_id)
        bench.edit(Stream.OPPORTUNITIES, record_id, amount="5")
        bench.pass_time(60)

        rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)

        assert ids(rows) == [record_id]
        fresh = connector.read(Stream.OPPORTUNITIES, [record_id])[record_id]
        assert fresh is not None
        assert not fresh.is_deleted

    def test_a_merge_leaves_a_tombstone_that_names_the_survivor(self, bench: Bench, connector: Connector):
        winner, loser = bench.company("Acme"), bench.company("Acme Inc.")
        _, cursor, _ = pull_all(connector, Stream.COMPANIES)
        bench.pass_time(60)
        survivor = bench.merge_companies(winner, loser)
        bench.pass_time(60)

        rows, _, _ = pull_all(connector, Stream.COMPANIES, cursor)
        read = connector.read(Stream.COMPANIES, [loser])

        assert [row.merged_into for row in rows if row.ref.record_id == loser and row.is_deleted] == [survivor]
        assert survivor in ids(rows)
        found = read[loser]
        assert found is not None
        assert found.ref.record_id == survivor

    def test_an_unreadable_row_is_set_aside_and_the_others_come(self, bench: Bench, connector: Connector):
        bad = bench.seed_unreadable_opportunity()
        good = bench.opportunity("A sound deal")
        bench.pass_time(2)

        read = list(pages(connector, Stream.OPPORTUNITIES))

        assert [record_id for page in read for record_id in ids(page.rows)] == [good]
        (error,) = [error for page in read for error in page.unreadable]
        assert isinstance(error, RecordError)
        assert bad in error.ref
        assert error.field

    def test_statuses_are_read_in_the_crms_own_words(self, bench: Bench, connector: Connector):
        """A command typed into the status field must arrive as typed."""
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        bench.edit(Stream.SUBMISSIONS, record_id, status=bench.approved)
        bench.pass_time(2)

        rows, _, _ = pull_all(connector, Stream.SUBMISSIONS)

        assert [row.values["status"] for row in rows] == [bench.approved]

    def test_references_name_the_rows_of_their_streams(self, bench: Bench, connector: Connector):
        partner, customer = bench.company("Partner"), bench.company("Customer")
        bench.submission("Acme", partner=partner)
        bench.opportunity("Deal", customer=customer)
        bench.pass_time(2)

        submissions, _, _ = pull_all(connector, Stream.SUBMISSIONS)
        opportunities, _, _ = pull_all(connector, Stream.OPPORTUNITIES)

        assert [row.values["partner"] for row in submissions] == [partner]
        assert [row.values["customer"] for row in opportunities] == [customer]

    def test_every_stream_can_be_pulled_swept_and_counted(self, bench: Bench, connector: Connector):
        bench.opportunity("Deal", customer=bench.company("Customer"))
        bench.submission("Acme", partner=bench.company("Partner"))
        bench.pass_time(2)

        for stream in connector.streams:
            rows, _, last = pull_all(connector, stream)
            swept = sweep(connector, stream)
            assert last.covered_until is not None
            assert {row.ref.record_id for row in rows if not row.is_deleted} == swept.keys()
            if stream is not Stream.USERS:
                assert connector.count(stream) == bench.count(stream)

    def test_rows_are_read_fresh_by_id_and_by_external_id(self, bench: Bench, connector: Connector):
        """Whatever the pull still shows: what was written a moment ago is read back."""
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        bench.faults.plan(bench.late_fault, delay_s=0, lag_s=600, count=None)
        connector.push([update(record_id, {"registration_id": "REG-2026-00001", "rev": 4})])

        by_id = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        by_key = connector.read_by_external_id(Stream.SUBMISSIONS, ["REG-2026-00001", "REG-2026-99999"])

        assert by_id is not None
        assert by_id.rev == 4
        found = by_key["REG-2026-00001"]
        assert found is not None
        assert found.ref.record_id == record_id
        assert by_key["REG-2026-99999"] is None

    def test_a_read_of_what_the_ledger_owns_tells_no_other_value_wrongly(self, bench: Bench, connector: Connector):
        """What is not asked for is left out; "not told" never looks like "empty"."""
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        connector.push([update(record_id, {"registration_id": "REG-2026-00001", "rev": 4})])

        whole = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        owned = connector.read(Stream.SUBMISSIONS, [record_id], owned_only=True)[record_id]

        assert whole is not None
        assert owned is not None
        assert whole.values["partner"] is not None
        assert owned.values.items() <= whole.values.items()
        assert LEDGER_OWNED[Stream.SUBMISSIONS] & whole.values.keys() <= owned.values.keys()

    def test_what_is_no_record_id_is_no_record(self, connector: Connector):
        assert connector.read(Stream.OPPORTUNITIES, ["", "REG-2026-00001", "../x"]) == {
            "": None,
            "REG-2026-00001": None,
            "../x": None,
        }
