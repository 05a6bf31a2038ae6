"""What every connector must do, whichever CRM is behind it: each one's tests inherit this class.

The tests speak to the connector port only, let people work in the CRM through the bench, and look at results: rows that
came, what the CRM holds afterwards, what was told about each write.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.port import Connector, Outcome, Row, Severity, Write, WriteKind
from rules.errors import InvariantError, PermanentError, RecordError, RetryClass, TransientError
from rules.fields import Stream, Values
from sandbox.faults import FaultKind
from tests.connectors.bench import START, Bench, ids, pages, pull_all

LONG_AGO = START - timedelta(days=30)
SETTLED_S = 3600.0  # after so long nothing is late any more

ACTIONS: dict[str, Callable[[Connector], Any]] = {
    "identify": lambda each: each.identify(),
    "pull": lambda each: each.pull(Stream.OPPORTUNITIES, None),
    "pull users": lambda each: each.pull(Stream.USERS, None),
    "read": lambda each: each.read(Stream.OPPORTUNITIES, ["006000000000001AAA", "123"]),
    "read by external id": lambda each: each.read_by_external_id(Stream.OPPORTUNITIES, ["REG-2026-00001"]),
    "stamps": lambda each: each.stamps(Stream.OPPORTUNITIES, None),
    "count": lambda each: each.count(Stream.OPPORTUNITIES),
}


def update(record_id: str, values: Values, *, key: str = "w1", stream: Stream = Stream.SUBMISSIONS) -> Write:
    return Write(
        key=key, kind=WriteKind.UPDATE, stream=stream, record_id=record_id, external_id=None, values=dict(values)
    )


def create(external_id: str, values: Values, *, key: str = "c1") -> Write:
    return Write(
        key=key,
        kind=WriteKind.CREATE,
        stream=Stream.SUBMISSIONS,
        record_id=None,
        external_id=external_id,
        values={"registration_id": external_id, **values},
    )


class ConnectorConformance:
    """Inherit, and give a fixture `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError("a fixture of the inheriting class")

    @pytest.fixture
    def connector(self, bench: Bench) -> Connector:
        return bench.connect()

    # Reading

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

    def test_what_is_no_record_id_is_no_record(self, connector: Connector):
        assert connector.read(Stream.OPPORTUNITIES, ["", "REG-2026-00001", "../x"]) == {
            "": None,
            "REG-2026-00001": None,
            "../x": None,
        }

    # Writing

    def test_each_write_has_its_delivery_in_the_order_of_the_writes(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        record_ids = [bench.submission(f"Customer {number}", partner=partner) for number in range(5)]
        writes = [
            update(record_ids[3], {"rev": 3}, key="three"),
            create("REG-2026-00077", {"customer_name": "New", "partner": partner, "rev": 1}, key="new"),
            update(record_ids[0], {"rev": 1}, key="zero"),
            update(record_ids[3], {"rev": 4}, key="three again"),
            update(record_ids[1], {"rev": 2}, key="one"),
        ]

        deliveries = connector.push(writes)

        assert [each.key for each in deliveries] == ["three", "new", "zero", "three again", "one"]
        assert {each.outcome for each in deliveries} == {Outcome.APPLIED}
        assert [each.created for each in deliveries] == [False, True, False, False, False]
        assert number(bench.held(Stream.SUBMISSIONS, record_ids[3]), "rev") == 4

    def test_only_the_fields_of_a_write_change(self, bench: Bench, connector: Connector):
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        before = dict(bench.held(Stream.SUBMISSIONS, record_id) or {})

        (delivery,) = connector.push(
            [
                update(
                    record_id,
                    {"registration_id": "REG-2026-00001", "protected_until": "2026-06-30", "rev": 1},
                )
            ]
        )

        after = dict(bench.held(Stream.SUBMISSIONS, record_id) or {})
        changed = {name for name in after if after[name] != before[name]}
        assert delivery.outcome is Outcome.APPLIED
        assert changed == {"registration_id", "protected_until", "rev"}

    def test_none_clears_a_field(self, bench: Bench, connector: Connector):
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        connector.push([update(record_id, {"protected_until": "2026-06-30"})])

        (delivery,) = connector.push([update(record_id, {"protected_until": None})])

        assert delivery.outcome is Outcome.APPLIED
        assert not (bench.held(Stream.SUBMISSIONS, record_id) or {})["protected_until"]
        fresh = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        assert fresh is not None
        assert fresh.values["protected_until"] is None

    def test_what_was_written_is_read_back_the_same(self, bench: Bench, connector: Connector):
        """Else the daemon would "repair" the same row for ever."""
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        values: Values = {
            "registration_id": "REG-2026-00001",
            "status": bench.approved,
            "protected_until": "2026-06-30",
            "rev": 12,
        }

        connector.push([update(record_id, values)])

        fresh = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        assert fresh is not None
        assert {name: fresh.values[name] for name in values} == values

    def test_the_partner_of_record_moves_from_one_company_to_another(self, bench: Bench, connector: Connector):
        old, new = bench.company("Old partner"), bench.company("New partner")
        record_id = bench.opportunity("Deal", customer=bench.company("Customer"))
        for partner in (old, new, new, None):
            (delivery,) = connector.push([update(record_id, {"partner": partner}, stream=Stream.OPPORTUNITIES)])

            assert delivery.outcome is Outcome.APPLIED
            assert (bench.held(Stream.OPPORTUNITIES, record_id) or {})["partner"] == partner
            fresh = connector.read(Stream.OPPORTUNITIES, [record_id])[record_id]
            assert fresh is not None
            assert fresh.values["partner"] == partner

    def test_one_bad_row_hurts_one_row(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        record_ids = [bench.submission(f"Customer {number}", partner=partner) for number in range(60)]
        writes = [update(each, {"status": bench.approved}, key=each) for each in record_ids]
        bad = record_ids[41]
        writes[41] = update(bad, {"status": "No such status"}, key=bad)

        deliveries = connector.push(writes)

        refused = [each for each in deliveries if each.outcome is not Outcome.APPLIED]
        assert [(each.key, each.outcome) for each in refused] == [(bad, Outcome.REFUSED)]
        assert isinstance(refused[0].error, RecordError)
        assert refused[0].error.retry_class is RetryClass.VALIDATION
        assert bad in refused[0].error.ref
        held = [(bench.held(Stream.SUBMISSIONS, each) or {})["status"] for each in record_ids if each != bad]
        assert set(held) == {bench.approved}

    def test_a_row_that_is_gone_is_refused_as_gone(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        gone, kept = (bench.submission(name, partner=partner) for name in ("Gone", "Kept"))
        bench.delete(Stream.SUBMISSIONS, gone)

        first, second = connector.push([update(gone, {"rev": 1}, key="a"), update(kept, {"rev": 1}, key="b")])

        assert first.outcome is Outcome.REFUSED
        assert first.error is not None
        assert first.error.retry_class is RetryClass.GONE
        assert second.outcome is Outcome.APPLIED

    def test_a_value_that_another_row_holds_is_refused_as_duplicate(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        holder, other, third = (bench.submission(name, partner=partner) for name in ("A", "B", "C"))
        connector.push([update(holder, {"registration_id": "REG-2026-00001"})])

        first, second = connector.push(
            [
                update(other, {"registration_id": "REG-2026-00001"}, key="a"),
                update(third, {"registration_id": "REG-2026-00003"}, key="b"),
            ]
        )

        assert first.outcome is Outcome.REFUSED
        assert isinstance(first.error, RecordError)
        assert first.error.retry_class is RetryClass.DUPLICATE
        assert second.outcome is Outcome.APPLIED

    def test_a_write_to_a_field_that_is_not_mapped_for_writing_is_not_sent(self, bench: Bench, connector: Connector):
        record_id = bench.submission("Acme", partner=bench.company("Partner"))

        (delivery,) = connector.push([update(record_id, {"deal_name": "Ours now", "rev": 1})])

        assert delivery.outcome is Outcome.REFUSED
        assert number(bench.held(Stream.SUBMISSIONS, record_id), "rev") is None

    def test_a_create_sent_twice_makes_one_record(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        write = create("REG-2026-00009", {"customer_name": "Acme", "partner": partner, "rev": 1})

        (first,) = connector.push([write])
        (second,) = connector.push([write])

        assert (first.outcome, first.created) == (Outcome.APPLIED, True)
        assert (second.outcome, second.created) == (Outcome.APPLIED, False)
        assert first.record_id == second.record_id
        assert bench.count(Stream.SUBMISSIONS) == 1
        assert first.record_id is not None
        held = bench.held(Stream.SUBMISSIONS, first.record_id) or {}
        assert (held["partner"], held["registration_id"]) == (partner, "REG-2026-00009")

    @pytest.mark.parametrize("is_applied", [True, False])
    def test_a_lost_answer_leaves_the_outcome_unknown(self, bench: Bench, connector: Connector, is_applied: bool):
        record_id = bench.submission("Acme", partner=bench.company("Partner"))
        connector.identify()
        bench.faults.plan(FaultKind.TIMEOUT_AFTER if is_applied else FaultKind.TIMEOUT_BEFORE, match="PATCH")
        bench.faults.plan(FaultKind.TIMEOUT_AFTER if is_applied else FaultKind.TIMEOUT_BEFORE, match="batch/update")

        (delivery,) = connector.push([update(record_id, {"rev": 1})])

        assert delivery.outcome is Outcome.UNKNOWN
        assert isinstance(delivery.error, TransientError)
        assert delivery.error.outcome_unknown
        bench.faults.clear()
        fresh = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        assert fresh is not None
        assert fresh.rev == (1 if is_applied else None)

    def test_a_create_whose_answer_was_lost_is_found_by_its_external_id(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        connector.identify()
        for match in ("PATCH", "batch/upsert"):
            bench.faults.plan(FaultKind.RESET_AFTER, match=match)

        (delivery,) = connector.push([create("REG-2026-00009", {"customer_name": "Acme", "partner": partner})])

        bench.faults.clear()
        assert delivery.outcome is Outcome.UNKNOWN
        found = connector.read_by_external_id(Stream.SUBMISSIONS, ["REG-2026-00009"])
        assert found["REG-2026-00009"] is not None

    @pytest.mark.parametrize("kind", [FaultKind.RESULTS_REORDERED, FaultKind.RESULTS_FEWER])
    def test_results_in_disorder_are_never_taken_for_another_rows(
        self, bench: Bench, connector: Connector, kind: FaultKind
    ):
        partner = bench.company("Partner")
        good = [bench.submission(f"Customer {number}", partner=partner) for number in range(6)]
        gone = bench.submission("Gone", partner=partner)
        bench.delete(Stream.SUBMISSIONS, gone)
        connector.identify()
        for match in ("PATCH", "batch/update"):
            bench.faults.plan(kind, match=match)

        deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in [*good[:3], gone, *good[3:]]])

        outcomes = {each.key: each.outcome for each in deliveries}
        assert outcomes[gone] is not Outcome.APPLIED
        for each in good:
            if outcomes[each] is not Outcome.UNKNOWN:
                assert outcomes[each] is Outcome.APPLIED

    # Trouble

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

    def test_a_refused_login_asks_for_a_person_and_is_not_repeated(self, bench: Bench, connector: Connector):
        bench.revoke()
        before = len(bench.faults.drawn)

        with pytest.raises(PermanentError) as raised:
            connector.pull(Stream.OPPORTUNITIES, None)

        assert raised.value.retry_class is RetryClass.AUTH
        assert len(bench.faults.drawn) == before

    def test_no_secret_is_in_any_text(self, bench: Bench, connector: Connector):
        texts = [repr(connector), repr(vars(connector))]

        def note(action: Callable[[], Any]) -> None:
            try:
                texts.append(repr(action()))
            except (TransientError, PermanentError, InvariantError) as error:
                texts.extend([str(error), repr(error), repr(error.__cause__), repr(error.__context__)])

        for kind in (FaultKind.TIMEOUT_BEFORE, FaultKind.HTML_200, FaultKind.SERVER_ERROR, FaultKind.RESET_MID_BODY):
            bench.faults.plan(kind, count=4)
            note(lambda: connector.pull(Stream.OPPORTUNITIES, None))
            bench.faults.clear()
        note(connector.identify)
        bench.revoke()
        note(lambda: connector.pull(Stream.OPPORTUNITIES, None))
        note(lambda: connector.push([update("123", {"rev": 1})]))
        note(connector.check)
        note(connector.take_calls)

        for secret in bench.secrets:
            assert not [text for text in texts if secret in text]

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

    def test_the_crms_clock_and_allowance_are_told(self, bench: Bench, connector: Connector):
        connector.identify()
        pull_all(connector, Stream.OPPORTUNITIES)

        told, limits = connector.server_time(), connector.limits()

        assert told is not None
        assert abs(told - bench.clock.now()) < timedelta(minutes=1)
        assert limits.used is not None
        assert limits.total is not None
        assert 0 < limits.used < limits.total

    # Doctor

    def test_a_sound_account_has_no_errors(self, connector: Connector):
        findings = connector.check()

        assert [each for each in findings if each.severity is not Severity.INFO] == []

    def test_everything_wrong_is_found_at_once_with_its_place(self, bench: Bench, connector: Connector):
        words = bench.spoil()

        errors = [each for each in connector.check() if each.severity is Severity.ERROR]

        for word in words:
            named = [each for each in errors if word in each.message]
            assert named, f"nothing names {word}: {[each.message for each in errors]}"
            assert all(f"{bench.door}/fields.yaml:" in each.place for each in named)
        assert all(each.advice for each in errors)

    def test_an_unreachable_crm_is_a_finding(self, bench: Bench, connector: Connector):
        bench.faults.plan(FaultKind.RESET_BEFORE, count=None)

        findings = connector.check()

        assert [each.code for each in findings] == ["crm_unreachable"]

    def test_a_refused_login_is_a_finding(self, bench: Bench, connector: Connector):
        bench.revoke()

        findings = connector.check()

        assert [each.code for each in findings] == ["login_refused"]


def sweep(connector: Connector, stream: Stream) -> dict[str, bool]:
    """Return every id of the complete enumeration, and whether it is deleted."""
    found: dict[str, bool] = {}
    cursor: str | None = None
    for _ in range(100):
        page, cursor = connector.stamps(stream, cursor)
        for stamp in page:
            assert stamp.record_id not in found, "an id is enumerated once"
            found[stamp.record_id] = stamp.is_deleted
        if cursor is None:
            return found
    raise AssertionError(f"{stream} was not swept to its end in 100 pages")


def is_live(row: Row | None) -> bool:
    return row is not None and not row.is_deleted


def number(held: Any, name: str) -> int | None:
    """Return a number as the CRM holds it."""
    value = held[name]
    return None if value in (None, "") else int(float(value))
