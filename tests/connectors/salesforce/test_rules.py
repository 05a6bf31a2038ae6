"""The eight rules a daemon must live by beside Salesforce, one after another, and what the connector does about each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.port import Connector, Outcome, Severity, Write, WriteKind
from rules.errors import PermanentError, RecordError, RetryClass, TransientError
from rules.fields import FieldType, Stream, Values
from rules.mapping import Access, Compare, Condition, FieldMap, StatusMap, StreamMap
from sandbox.faults import FaultKind
from sandbox.salesforce.rules import REASON_WHEN_REJECTED, AutomationError
from tests.connectors.bench import ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, create, update
from tests.connectors.salesforce.bench import PERSON, SalesforceBench

DEALS = Stream.OPPORTUNITIES
SUBMISSIONS = Stream.SUBMISSIONS


def conditional(record_id: str, values: Values, *, since: datetime, key: str = "w1") -> Write:
    return Write(
        key=key,
        kind=WriteKind.UPDATE,
        stream=SUBMISSIONS,
        record_id=record_id,
        external_id=None,
        values=dict(values),
        unmodified_since=since,
    )


# 1. The cursor runs on SystemModstamp, ordered by stamp and id.


def test_rule_1_a_change_by_automation_is_seen(bench: SalesforceBench, connector: Connector):
    """It moves SystemModstamp only; LastModifiedDate stays."""
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.org.automate("Opportunity", record_id, {"Registration_Note__c": "Recalculated"})
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS, cursor)

    assert [row.values["note"] for row in rows] == ["Recalculated"]
    assert rows[0].modified_at == bench.clock.now() - timedelta(seconds=60)


def test_rule_1_a_stamp_set_back_by_an_importer_hides_nothing(bench: SalesforceBench, connector: Connector):
    """LastModifiedDate may be set by whoever imports; the pull does not look at it."""
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    row = bench.raw_opportunity(5, bench.clock.now()) | {"LastModifiedDate": LONG_AGO, "CreatedDate": LONG_AGO}
    bench.org.seed("Opportunity", [row])
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS, cursor)

    assert ids(rows) == [row["Id"]]


@pytest.mark.parametrize("page_rows", [7, 200, 2000])
def test_rule_1_thousands_of_rows_in_one_second_are_read_once_each(bench: SalesforceBench, page_rows: int):
    bench.options["page_rows"] = page_rows
    expected = bench.seed_opportunities(7 * page_rows if page_rows < 100 else 2 * page_rows + 1, stamp=LONG_AGO)

    rows, _, _ = pull_all(bench.connect(), DEALS)

    assert ids(rows) == sorted(expected)


# 2. A row can become visible after rows with later stamps.


def test_rule_2_each_pass_looks_back_and_then_stops(bench: SalesforceBench, connector: Connector):
    """A transaction of ten minutes commits at last: its row, long passed by, is still delivered."""
    slow, quick = bench.seed_opportunities(2, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.faults.plan(FaultKind.LATE_COMMIT, delay_s=600)
    bench.edit(DEALS, slow, amount="1")
    seen: set[Any] = set()
    for _ in range(12):
        bench.pass_time(60)
        bench.edit(DEALS, quick, amount="2")
        rows, cursor, _ = pull_all(connector, DEALS, cursor)
        seen |= {(row.ref.record_id, row.values["amount"]) for row in rows}

    assert (slow, "1") in seen


def test_rule_2_a_first_pass_reads_up_to_this_moment(bench: SalesforceBench):
    """A row of this very second is delivered at once, though nothing is promised about that second yet."""
    bench.options["page_rows"] = 50
    expected = bench.seed_opportunities(120, stamp=LONG_AGO)
    expected.append(bench.opportunity("Just now"))

    rows, _, last = pull_all(bench.connect(), DEALS)

    assert ids(rows) == expected
    assert last.covered_until is not None
    assert last.covered_until < bench.clock.now()


def test_rule_2_a_longer_look_back_can_be_set(bench: SalesforceBench):
    bench.options["lookback_minutes"] = 30
    connector = bench.connect()

    _, _, last = pull_all(connector, DEALS)

    assert last.covered_until is not None
    assert timedelta(minutes=30) <= bench.clock.now() - last.covered_until <= timedelta(minutes=30, seconds=2)


# 3. Every write of ours moves the stamp.


def test_rule_3_our_own_write_comes_back_with_its_witness(bench: SalesforceBench, connector: Connector):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    connector.push([update(record_id, {"note": "Ours", "rev": 7}, stream=DEALS)])
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS, cursor)

    assert [(row.rev, row.values["note"], row.modified_by) for row in rows] == [(7, "Ours", bench.org.user_id)]


def test_rule_3_assignment_rules_are_switched_off_for_our_writes(bench: SalesforceBench, connector: Connector):
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    connector.push([update(record_id, {"rev": 1}), create("REG-2026-00001", {"customer_name": "B"})])

    writes = [headers for method, url, headers in bench.seen if method == "PATCH" and "composite/sobjects" in url]

    assert writes
    assert {headers["Sforce-Auto-Assign"] for headers in writes} == {"FALSE"}


# 4. The library sets no time-out, repeats nothing, and loses headers after a silent login.


def test_rule_4_a_renewed_session_repeats_a_conditional_write_with_its_condition(
    bench: SalesforceBench, connector: Connector
):
    """The record was edited since: after the renewal the write must still be refused."""
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    seen_at = bench.clock.now()
    connector.identify()
    bench.pass_time(60)
    bench.edit(SUBMISSIONS, record_id, status="Approved")
    bench.org.logins.end_sessions()
    logins = bench.org.logins.count

    (delivery,) = connector.push([conditional(record_id, {"status": "Rejected", "rev": 1}, since=seen_at)])

    assert delivery.outcome is Outcome.REFUSED
    assert delivery.error is not None
    assert delivery.error.retry_class is RetryClass.STALE
    assert (bench.held(SUBMISSIONS, record_id) or {})["status"] == "Approved"
    assert bench.org.logins.count - logins == 1


def test_rule_4_a_session_that_keeps_dying_is_not_renewed_in_a_loop(bench: SalesforceBench, connector: Connector):
    connector.identify()
    logins = bench.org.logins.count
    bench.faults.plan(FaultKind.TOKEN_EXPIRED, count=None)

    with pytest.raises(PermanentError) as raised:
        connector.pull(DEALS, None)

    assert raised.value.retry_class is RetryClass.AUTH
    assert bench.org.logins.count - logins == 1


@pytest.mark.parametrize("flow", ["client_credentials", "jwt_bearer"])
def test_rule_4_a_session_that_ran_out_is_renewed_once(bench: SalesforceBench, flow: str):
    names = ("client_id", "client_secret") if flow == "client_credentials" else ("client_id", "username", "private_key")
    connector = bench.connect(secrets={name: bench.org.login[name] for name in names})
    connector.identify()
    for _ in range(3):
        bench.pass_time(3 * 3600)
        connector.count(DEALS)

    assert bench.org.logins.count == 4
    assert {call.status for call in connector.take_calls()} == {200, 401}


def test_rule_4_a_bulk_job_goes_on_after_a_renewed_session(bench: SalesforceBench):
    bench.options |= {"bulk_threshold_rows": 100, "bulk_page_rows": 100}
    expected = bench.seed_opportunities(350, stamp=LONG_AGO)
    connector = bench.connect()
    found: list[str] = []
    cursor: str | None = None
    for _ in range(50):
        page = connector.pull(DEALS, cursor)
        found += ids(page.rows)
        bench.org.logins.end_sessions()
        cursor = page.next
        if page.is_last:
            break

    assert sorted(found) == expected


def test_rule_4_bulk_calls_and_logins_have_time_outs_too(bench: SalesforceBench):
    bench.options |= {"bulk_threshold_rows": 10}
    bench.seed_opportunities(50, stamp=LONG_AGO)
    connector = bench.connect()
    bench.faults.plan(FaultKind.TIMEOUT_BEFORE, match="oauth2/token", count=None)
    with pytest.raises(TransientError):
        connector.identify()
    bench.faults.clear()
    for match in ("POST /services/data/v66.0/jobs/query", "GET /services/data/v66.0/jobs/query"):
        bench.faults.plan(FaultKind.TIMEOUT_BEFORE, match=match, count=None)
        with pytest.raises(TransientError):
            pull_all(connector, DEALS)
        bench.faults.clear()

    rows, _, _ = pull_all(connector, DEALS)

    assert len(rows) == 50


# 5. A lost answer says nothing about the write; creates are upserts.


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.TIMEOUT_AFTER, FaultKind.TRUNCATED_JSON])
def test_rule_5_a_create_whose_answer_was_lost_makes_no_second_record(
    bench: SalesforceBench, connector: Connector, fault: FaultKind
):
    write = create("REG-2026-00001", {"customer_name": "Acme", "partner": bench.company("Partner")})
    connector.identify()
    bench.faults.plan(fault, match="PATCH")

    (first,) = connector.push([write])
    (second,) = connector.push([write])

    assert first.outcome is Outcome.UNKNOWN
    assert (second.outcome, second.created) == (Outcome.APPLIED, False)
    assert bench.count(SUBMISSIONS) == 1


def test_rule_5_after_two_silences_the_rest_is_not_sent(bench: SalesforceBench, connector: Connector):
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(700)]
    connector.identify()
    bench.faults.plan(FaultKind.TIMEOUT_BEFORE, match="PATCH", count=None)
    before = len(bench.seen)

    deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in rows])

    outcomes = [each.outcome for each in deliveries]
    assert (outcomes.count(Outcome.UNKNOWN), outcomes.count(Outcome.REFUSED)) == (400, 300)
    assert {type(each.error) for each in deliveries} == {TransientError}
    assert len(bench.seen) - before == 2


# 6. Errors inside collections, composite and bulk come with status 200.


def test_rule_6_errors_of_rows_are_found_in_answers_that_are_200(bench: SalesforceBench, connector: Connector):
    bench.org.validation_rules.append(REASON_WHEN_REJECTED)
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(6)]
    now = bench.clock.now()
    writes = [
        update(rows[0], {"status": "Rejected"}, key="rule"),
        update(rows[1], {"status": "Approved"}, key="fine"),
        update("a0B000000000001AAA", {"status": "Approved"}, key="nowhere"),
        conditional(rows[2], {"status": "Rejected"}, since=now, key="rule, conditional"),
        conditional(rows[3], {"status": "Approved"}, since=now, key="fine, conditional"),
    ]

    deliveries = {each.key: each for each in connector.push(writes)}

    assert {key for key, each in deliveries.items() if each.outcome is Outcome.APPLIED} == {"fine", "fine, conditional"}
    for key in ("rule", "rule, conditional"):
        error = deliveries[key].error
        assert isinstance(error, RecordError)
        assert error.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        assert "Choose a rejection reason" in error.message
    assert {call.status for call in connector.take_calls() if call.purpose == "push"} == {200}


def test_rule_6_a_locked_row_is_tried_again_alone(bench: SalesforceBench, connector: Connector):
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(10)]
    bench.faults.plan(FaultKind.ROW_LOCKED, count=3)

    deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in rows])

    assert {each.outcome for each in deliveries} == {Outcome.APPLIED}


def test_rule_6_a_row_that_stays_locked_is_given_back(bench: SalesforceBench, connector: Connector):
    partner = bench.company("Partner")
    locked, free = (bench.submission(name, partner=partner) for name in ("A", "B"))
    bench.faults.plan(FaultKind.ROW_LOCKED, match=locked, count=None)

    first, second = connector.push([update(locked, {"rev": 1}, key="a"), update(free, {"rev": 1}, key="b")])

    assert first.outcome is Outcome.REFUSED
    assert first.error is not None
    assert first.error.retry_class is RetryClass.LOCKED
    assert second.outcome is Outcome.APPLIED


def test_rule_6_a_failed_flow_is_the_rows_own_trouble(bench: SalesforceBench, connector: Connector):
    def fail(object_name: str, before: Any, after: Any) -> None:
        if after.get("Registration_Rev__c") == 13:
            raise AutomationError("a flow tripped")

    partner = bench.company("Partner")
    bad, good = (bench.submission(name, partner=partner) for name in ("A", "B"))
    bench.org.automations.append(fail)

    first, second = connector.push([update(bad, {"rev": 13}, key="a"), update(good, {"rev": 1}, key="b")])

    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.APPLIED)
    assert first.error is not None
    assert first.error.code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"


def test_rule_6_a_bulk_job_that_fails_is_replaced_by_paging(bench: SalesforceBench):
    bench.options |= {"bulk_threshold_rows": 100}
    bench.org.bulk.is_next_failing = True
    expected = bench.seed_opportunities(250, stamp=LONG_AGO)
    connector = bench.connect()

    rows, _, _ = pull_all(connector, DEALS)

    assert sorted(ids(rows)) == expected
    assert "bulk_query_given_up" in [each.code for each in connector.check()]


# 7. Deletes and merges are invisible to a plain query.


def test_rule_7_a_deletion_comes_with_the_pull(bench: SalesforceBench, connector: Connector):
    gone, kept = bench.seed_opportunities(2, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.delete(DEALS, gone)
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS, cursor)
    read = connector.read(DEALS, [gone, kept])

    assert [row.ref.record_id for row in rows if row.is_deleted] == [gone]
    assert read[gone] is not None
    assert read[gone].is_deleted


def test_rule_7_a_hard_deletion_is_missed_by_the_sweep_only(bench: SalesforceBench, connector: Connector):
    gone, kept = bench.seed_opportunities(2, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.org.purge("Opportunity", gone)
    bench.pass_time(3600)

    rows, _, _ = pull_all(connector, DEALS, cursor)
    stamps, end = connector.stamps(DEALS, None)

    assert [row.ref.record_id for row in rows if row.is_deleted] == []
    assert ([each.record_id for each in stamps], end) == ([kept], None)
    assert connector.read(DEALS, [gone]) == {gone: None}


def test_rule_7_a_chain_of_merges_leads_to_the_last_survivor(bench: SalesforceBench, connector: Connector):
    first, second, third = (bench.company(name) for name in ("A", "B", "C"))
    bench.merge_companies(second, first)
    bench.merge_companies(third, second)

    read = connector.read(Stream.COMPANIES, [first, second])

    assert [row.ref.record_id if row else None for row in read.values()] == [third, third]


def test_rule_7_ids_are_one_in_both_spellings(bench: SalesforceBench, connector: Connector):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)

    read = connector.read(DEALS, [record_id[:15], record_id])

    assert [row.ref.record_id if row else None for row in read.values()] == [record_id, record_id]


# 8. A field that the user may not see fails the whole query.


def test_rule_8_a_hidden_optional_field_is_left_out_with_a_notice(bench: SalesforceBench, connector: Connector):
    expected = bench.seed_opportunities(3, stamp=LONG_AGO)
    bench.org.restrict("Opportunity", "Type", hidden=True)

    rows, _, _ = pull_all(connector, DEALS)

    assert ids(rows) == expected
    assert all("deal_type" not in row.values for row in rows)
    assert [each.code for each in connector.check() if each.severity is Severity.WARNING] == [
        "field_missing",
        "field_hidden",
    ]


def test_rule_8_a_hidden_essential_field_stops_the_stream_by_name(bench: SalesforceBench, connector: Connector):
    bench.seed_opportunities(3, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.org.restrict("Opportunity", "Amount", hidden=True)

    with pytest.raises(PermanentError) as raised:
        connector.pull(DEALS, cursor)

    assert raised.value.fields == ("Amount",)
    assert raised.value.retry_class is RetryClass.PERMISSION
    pull_all(connector, Stream.COMPANIES)


def test_rule_8_a_read_only_field_blocks_itself_and_not_the_others(bench: SalesforceBench, connector: Connector):
    bench.org.restrict("Deal_Registration__c", "Decision_Notes__c", read_only=True)
    partner = bench.company("Partner")
    with_note, without = (bench.submission(name, partner=partner) for name in ("A", "B"))

    first, second = connector.push(
        [update(with_note, {"note": "Sorry", "rev": 1}, key="a"), update(without, {"rev": 1}, key="b")]
    )

    assert (first.outcome, second.outcome) == (Outcome.REFUSED, Outcome.APPLIED)
    assert first.error is not None
    assert first.error.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert "Decision_Notes__c" in str(first.error.message)


def test_rule_8_an_org_with_one_currency_reads_it_from_the_org():
    bench = SalesforceBench(currencies=("EUR",))
    connector = bench.connect()
    bench.seed_opportunities(1, stamp=LONG_AGO)

    (row,), _, _ = pull_all(connector, DEALS)

    assert (row.values["amount"], row.values["currency"]) == ("1000", "EUR")
    assert [each for each in connector.check() if each.severity is Severity.ERROR] == []


def test_a_stream_with_a_filter_reads_what_passes_it(bench: SalesforceBench, connector: Connector):
    """The reference mapping leaves out drafts."""
    partner = bench.company("Partner")
    draft = {"Customer_Name__c": "Draft", "Partner_Account__c": partner}
    bench.org.create("Deal_Registration__c", draft, by=PERSON)
    sent = bench.submission("Sent", partner=partner)
    bench.pass_time(2)

    rows, _, _ = pull_all(connector, SUBMISSIONS)

    assert ids(rows) == [sent]
    assert connector.count(SUBMISSIONS) == 1


@pytest.mark.parametrize("is_opaque", [False, True])
def test_very_many_fields_are_asked_for_in_parts(bench: SalesforceBench, is_opaque: bool):
    """Address and headers together may hold 16,384 bytes, of which a token that is a JWT takes two thousand."""
    bench.org.logins.is_opaque = is_opaque
    stream_map = bench.mapping.streams[DEALS]
    fields = dict(stream_map.fields)
    for number in range(450):
        name = f"A_Field_With_Quite_A_Long_Name_{number:04}__c"
        bench.org.change_field("Opportunity", name, type="string", length=80)
        fields[f"x{number}"] = FieldMap(name=f"x{number}", crm_field=name, type=FieldType.TEXT)
    wide = replace(stream_map, fields=fields)
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, DEALS: wide})
    expected = bench.seed_opportunities(150, stamp=LONG_AGO)

    rows, _, _ = pull_all(bench.connect(), DEALS)

    assert ids(rows) == expected
    assert all(len(row.values) == len(fields) for row in rows)
    assert all(len(url) < 16_384 for _, url, _ in bench.seen)


def test_submissions_may_live_in_leads(bench: SalesforceBench):
    """In Salesforce's own partner portal a registration is a lead that is converted on approval."""
    kinds = {
        "customer_name": ("Company", FieldType.TEXT, Access.READ),
        "deal_name": ("LastName", FieldType.TEXT, Access.READ),
        "registration_id": ("Registration_Id__c", FieldType.TEXT, Access.BOTH),
        "status": ("Status", FieldType.STATUS, Access.BOTH),
        "rev": ("Registration_Rev__c", FieldType.INTEGER, Access.BOTH),
    }
    fields = {
        name: FieldMap(name=name, crm_field=column, type=kind, access=access)
        for name, (column, kind, access) in kinds.items()
    }
    leads = StreamMap(
        stream=SUBMISSIONS,
        object_name="Lead",
        fields=fields,
        external_id="Registration_Id__c",
        status=StatusMap(write={"received": "Working - Contacted"}),
        where=(Condition(field="LeadSource", compare=Compare.EQUALS, values=("Partner Referral",)),),
    )
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, SUBMISSIONS: leads})
    connector = bench.connect()
    lead = {"Company": "Acme", "LastName": "Deal", "LeadSource": "Partner Referral"}
    asked = bench.org.create("Lead", lead, by=PERSON)
    bench.org.create("Lead", lead | {"LeadSource": "Web"}, by=PERSON)
    bench.pass_time(2)

    rows, _, _ = pull_all(connector, SUBMISSIONS)
    (delivery,) = connector.push([update(asked, {"status": "Working - Contacted", "rev": 1})])

    assert [(row.ref.record_id, row.values["status"]) for row in rows] == [(asked, "Open - Not Contacted")]
    assert delivery.outcome is Outcome.APPLIED
    assert [each for each in connector.check() if each.severity is Severity.ERROR] == []
