"""Promises of writing: a result per row and in order, one bad row hurts one row, nothing is made twice."""

from __future__ import annotations

import pytest

from connectors.port import Connector, Outcome
from rules.errors import RecordError, RetryClass, TransientError
from rules.fields import Stream, Values
from sandbox.faults import FaultKind
from tests.connectors.bench import Bench
from tests.connectors.conformance.words import create, number, update


class Writing:
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
        connector.pull(Stream.SUBMISSIONS, None)
        bench.faults.plan(FaultKind.TIMEOUT_AFTER if is_applied else FaultKind.TIMEOUT_BEFORE)

        (delivery,) = connector.push([update(record_id, {"rev": 1})])

        assert delivery.outcome is Outcome.UNKNOWN
        assert isinstance(delivery.error, TransientError)
        assert delivery.error.outcome_unknown
        fresh = connector.read(Stream.SUBMISSIONS, [record_id])[record_id]
        assert fresh is not None
        assert fresh.rev == (1 if is_applied else None)

    def test_a_create_whose_answer_was_lost_is_found_by_its_external_id(self, bench: Bench, connector: Connector):
        partner = bench.company("Partner")
        connector.pull(Stream.SUBMISSIONS, None)
        bench.faults.plan(FaultKind.RESET_AFTER)

        (delivery,) = connector.push([create("REG-2026-00009", {"customer_name": "Acme", "partner": partner})])

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
        connector.pull(Stream.SUBMISSIONS, None)
        bench.faults.plan(kind)

        deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in [*good[:3], gone, *good[3:]]])

        outcomes = {each.key: each.outcome for each in deliveries}
        assert outcomes[gone] is not Outcome.APPLIED
        for each in good:
            if outcomes[each] is not Outcome.UNKNOWN:
                assert outcomes[each] is Outcome.APPLIED
