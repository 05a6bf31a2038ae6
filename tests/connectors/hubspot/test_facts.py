"""The twenty facts about HubSpot's API that hurt most, one after another, and what the connector does about each."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot import FIELDS
from connectors.hubspot.client import Answer, results_of
from connectors.hubspot.errors import Call
from connectors.port import Connector, Outcome, Severity, Write, WriteKind
from rules.errors import PermanentError, RecordError, RetryClass, TransientError
from rules.fields import FieldType, Stream
from rules.mapping import FieldMap, StreamMap
from sandbox.faults import FaultKind
from tests.connectors.bench import ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, create, update
from tests.connectors.hubspot.bench import PERSON, HubSpotBench

DEALS = Stream.OPPORTUNITIES
SUBMISSIONS = Stream.SUBMISSIONS


@pytest.mark.parametrize("late_s", [240, 50 * 60])
def test_fact_01_the_search_lags_and_nothing_is_lost_or_decided_by_it(
    bench: HubSpotBench, connector: Connector, late_s: int
):
    """Fresh reads see a write at once; the pull delivers it when the index shows it, even most of an hour later."""
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.portal.records.index_lag_s = late_s
    bench.edit(DEALS, record_id, amount="555", registration_id="REG-2026-00005")
    bench.portal.records.index_lag_s = 0

    fresh = connector.read(DEALS, [record_id])[record_id]
    by_key = connector.read_by_external_id(DEALS, ["REG-2026-00005"])["REG-2026-00005"]
    seen: set[Any] = set()
    for _ in range(2 + (late_s + 3600) // 300):
        bench.pass_time(300)
        rows, cursor, _ = pull_all(connector, DEALS, cursor)
        seen |= {row.values["amount"] for row in rows}

    assert fresh is not None
    assert fresh.values["amount"] == "555"
    assert by_key is not None
    assert by_key.ref.record_id == record_id
    assert "555" in seen


def test_fact_02_a_sort_by_time_is_not_trusted(bench: HubSpotBench, connector: Connector):
    """Searches come in the order of ids, and the next window starts at the end of the last, not at the newest row."""
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(600)
    expected = bench.seed_opportunities(300, stamp=bench.clock.now() - timedelta(seconds=30))
    bench.faults.plan(FaultKind.OUT_OF_ORDER, count=None)

    rows, cursor, last = pull_all(connector, DEALS, cursor)
    bench.pass_time(60)
    _, _, later = pull_all(connector, DEALS, cursor)

    assert sorted(ids(rows)) == expected
    assert last.covered_until is not None
    assert later.covered_until is not None
    assert timedelta(seconds=55) < later.covered_until - last.covered_until < timedelta(seconds=70)


def test_fact_03_a_row_shown_with_newer_values_than_it_was_found_by_is_taken(bench: HubSpotBench, connector: Connector):
    """The answer may lie outside the window asked for; it is delivered as it is, once, and comes again later."""
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.edit(DEALS, record_id, amount="1")
    bench.pass_time(30)
    bench.portal.app.searches.fresh_share = 1.0
    bench.portal.records.index_lag_s = 600
    bench.edit(DEALS, record_id, amount="2")

    rows, cursor, _ = pull_all(connector, DEALS, cursor)

    assert [row.values["amount"] for row in rows] == ["2"]


def test_fact_04_ten_thousand_results_are_no_limit(bench: HubSpotBench, connector: Connector):
    """More than 10,000 rows share one millisecond, as after one of HubSpot's own jobs."""
    bench.portal.limits.switch_off()
    bench.options |= {"searches_per_s": 50, "page_rows": 2000}
    connector = bench.connect()
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(600)
    count = 10_250
    bench.seed_opportunities(count, stamp=bench.clock.now() - timedelta(seconds=30))

    rows, _, last = pull_all(connector, DEALS, cursor)

    found = ids(rows)
    assert (len(found), len(set(found))) == (count, count)
    assert last.is_last


def test_fact_05_our_own_write_comes_back_and_carries_its_witness(bench: HubSpotBench, connector: Connector):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    connector.push([update(record_id, {"note": "Ours", "rev": 7}, stream=DEALS)])
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS, cursor)

    assert [(row.rev, row.values["note"]) for row in rows] == [(7, "Ours")]
    assert rows[0].modified_at > LONG_AGO


def test_fact_06_every_call_carries_its_time_outs(bench: HubSpotBench, connector: Connector):
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    connector.check()
    for stream in connector.streams:
        pull_all(connector, stream)
        connector.stamps(stream, None)
        connector.count(stream)
    connector.read(SUBMISSIONS, [record_id, "999"])
    connector.push([update(record_id, {"rev": 1}), create("REG-1", {"rev": 1})])
    connector.history(SUBMISSIONS, [record_id], ["status"])

    timeouts = {(timeout.connect_timeout, timeout.read_timeout) for _, _, timeout in bench.seen}

    assert timeouts == {(5, 60)}
    assert len(bench.seen) > 30


@pytest.mark.parametrize("status", [413, 429, 503])
def test_fact_07_the_library_repeats_nothing_behind_our_back(bench: HubSpotBench, status: int):
    """Each request is one entry of the call log, and nobody sleeps inside the library."""
    connector = bench.connect()
    connector.identify()
    connector.take_calls()
    bench.seen.clear()
    bench.faults.plan(FaultKind.SERVER_ERROR, status=status, match="batch/update", count=None)
    record_id = bench.submission("Acme", partner=bench.company("Partner"))

    connector.push([update(record_id, {"rev": 1})])

    calls = [call for call in connector.take_calls() if call.purpose == "push"]
    assert len(calls) == len([url for _, url, _ in bench.seen if url.endswith("batch/update")])
    assert status == 429 or len(calls) == 1


@pytest.mark.parametrize("data", [{}, {"results": None}, {"results": "none"}, {"results": [None]}])
def test_fact_08_a_page_without_results_is_a_broken_answer(data: dict[str, Any]):
    call = Call(connection="hubspot", object_name="deals", purpose="pull")

    with pytest.raises(TransientError):
        results_of(Answer(status=200, data=data), call=call)


REFUSED: dict[str, Callable[[Connector], Any]] = {
    "list": lambda each: each.pull(DEALS, None),
    "custom object": lambda each: each.pull(SUBMISSIONS, None),
    "owners": lambda each: each.pull(Stream.USERS, None),
    "batch": lambda each: each.read(DEALS, ["1"]),
    "search": lambda each: each.count(DEALS),
}


@pytest.mark.parametrize("action", REFUSED)
def test_fact_09_every_sub_packages_exception_becomes_one_of_ours(
    bench: HubSpotBench, connector: Connector, action: str
):
    """A 403 names the scopes that are missing and blocks no more than it must."""
    bench.portal.app.scopes = frozenset()

    with pytest.raises(PermanentError) as raised:
        REFUSED[action](connector)

    assert raised.value.retry_class is RetryClass.PERMISSION
    assert "crm.objects." in raised.value.message
    assert raised.value.code == "MISSING_SCOPES"


def test_fact_10_the_urllib3_that_breaks_the_library_is_excluded():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())

    assert [each for each in project["project"]["dependencies"] if each.startswith("urllib3") and "!=2.6.0" in each]


@pytest.mark.parametrize("fault", [FaultKind.RESET_AFTER, FaultKind.TIMEOUT_AFTER, FaultKind.TRUNCATED_JSON])
def test_fact_11_a_create_whose_answer_was_lost_makes_no_second_record(
    bench: HubSpotBench, connector: Connector, fault: FaultKind
):
    write = create("REG-2026-00001", {"customer_name": "Acme", "rev": 1})
    connector.identify()
    bench.faults.plan(fault, match="batch/upsert")

    (first,) = connector.push([write])
    (second,) = connector.push([write])

    assert first.outcome is Outcome.UNKNOWN
    assert (second.outcome, second.created) == (Outcome.APPLIED, False)
    assert bench.count(SUBMISSIONS) == 1


def test_fact_12_records_are_never_made_by_batch_create(bench: HubSpotBench, connector: Connector):
    """It is all or nothing, and makes a second record when it is repeated."""
    connector.push([create(f"REG-2026-0000{number}", {"rev": 1}, key=str(number)) for number in range(3)])

    paths = [url for _, url, _ in bench.seen if "p_partner_submission/batch" in url]
    assert paths
    assert all(path.endswith("batch/upsert") for path in paths)


def test_fact_13_a_batch_that_is_refused_whole_is_sent_in_halves(bench: HubSpotBench, connector: Connector):
    """An invalid value refuses the batch of an update, a taken unique value that of an upsert; an unknown id neither."""
    partner = bench.company("Partner")
    holder = bench.submission("Holder", partner=partner)
    bench.portal.update("p_partner_submission", holder, {"submission_id": "S-1"}, by=PERSON)
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(20)]
    writes = [update(each, {"status": "approved"}, key=each) for each in rows]
    writes[5] = update(rows[5], {"status": "Approved"}, key=rows[5])  # options are case-sensitive
    writes[11] = update("999", {"status": "approved"}, key="999")
    writes.append(update(rows[3], {"rev": 2}, key="again"))  # the same id twice would refuse the batch

    deliveries = {each.key: each for each in connector.push(writes)}

    refused = {key for key, each in deliveries.items() if each.outcome is Outcome.REFUSED}
    assert refused == {rows[5], "999"}
    assert {each.outcome for key, each in deliveries.items() if key not in refused} == {Outcome.APPLIED}
    assert deliveries[rows[5]].error is not None
    assert deliveries[rows[5]].error.code == "INVALID_OPTION"


def test_fact_13_a_conflict_in_an_upsert_names_its_row(bench: HubSpotBench):
    extra = FieldMap(name="channel", crm_field="submission_id", type=FieldType.TEXT)
    bench.mapping = with_fields(
        bench, SUBMISSIONS, replace(extra, access=bench.mapping.streams[DEALS].fields["rev"].access)
    )
    connector = bench.connect()
    holder = bench.submission("Holder", partner=bench.company("Partner"))
    bench.portal.update("p_partner_submission", holder, {"submission_id": "S-1"}, by=PERSON)
    writes = [create(f"REG-2026-0000{n}", {"channel": f"S-{n}"}, key=str(n)) for n in range(4)]

    deliveries = connector.push(writes)

    assert [each.outcome for each in deliveries] == [
        Outcome.APPLIED,
        Outcome.REFUSED,
        Outcome.APPLIED,
        Outcome.APPLIED,
    ]
    error = deliveries[1].error
    assert isinstance(error, RecordError)
    assert error.retry_class is RetryClass.DUPLICATE
    assert error.existing_id == holder


def test_fact_14_records_without_links_are_no_errors(bench: HubSpotBench, connector: Connector):
    """The 207 that names them is the normal answer: neither repeated nor raised."""
    customer = bench.company("Customer")
    linked, bare = bench.opportunity("A", customer=customer), bench.opportunity("B")
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, DEALS)

    assert {row.ref.record_id: row.values["customer"] for row in rows} == {linked: customer, bare: None}
    reads = [url for _, url, _ in bench.seen if "associations/deals/companies/batch/read" in url]
    assert len(reads) == 1


def test_fact_15_a_merge_gives_a_new_id_and_old_ids_lead_to_it(bench: HubSpotBench, connector: Connector):
    one, two = (bench.opportunity(name, customer=bench.company("Customer")) for name in ("A", "B"))
    survivor = bench.portal.merge("deals", one, two, by=PERSON)

    read = connector.read(DEALS, [one, two])
    (by_old_id,) = connector.push([update(one, {"rev": 1}, stream=DEALS)])

    assert survivor not in (one, two)
    assert [row.ref.record_id if row else None for row in read.values()] == [survivor, survivor]
    assert by_old_id.outcome is Outcome.REFUSED
    assert by_old_id.error is not None
    assert by_old_id.error.retry_class is RetryClass.GONE


def test_fact_16_what_was_deleted_is_in_the_archive_and_in_the_sweep(bench: HubSpotBench, connector: Connector):
    before, after = bench.seed_opportunities(2, stamp=LONG_AGO)
    bench.delete(DEALS, before)
    rows, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.delete(DEALS, after)
    bench.pass_time(60)
    later, _, _ = pull_all(connector, DEALS, cursor)

    stamps, following = connector.stamps(DEALS, None)
    archived, end = connector.stamps(DEALS, following)

    assert {row.ref.record_id: row.is_deleted for row in rows} == {before: True, after: False}
    assert later == []
    assert (list(stamps), end) == ([], None)
    assert {each.record_id: each.is_deleted for each in archived} == {before: True, after: True}


def test_fact_17_all_values_are_text_and_empties_come_in_two_ways(bench: HubSpotBench, connector: Connector):
    """Lists show an empty property as null, batch reads leave it out: both read the same."""
    record_id = bench.opportunity("Deal", amount="1500.50")
    bench.pass_time(60)

    (pulled,), _, _ = pull_all(connector, DEALS)
    read = connector.read(DEALS, [record_id])[record_id]

    assert read is not None
    assert dict(pulled.values) == dict(read.values)
    assert pulled.values["amount"] == "1500.5"
    assert pulled.values["product_line"] is None
    assert pulled.values["is_closed"] is False


def test_fact_17_a_closing_date_is_the_one_the_accounts_zone_shows(bench: HubSpotBench, connector: Connector):
    """A date typed in the user interface is midnight there: 22:00 the day before in UTC."""
    bench.seed_opportunities(1, stamp=LONG_AGO)
    raw = bench.raw_opportunity(1, LONG_AGO)
    raw["properties"]["closedate"] = "2026-06-30T22:00:00Z"
    bench.portal.seed("deals", [raw])

    (row,), _, _ = pull_all(connector, DEALS)

    assert row.values["close_on"] == "2026-07-01"


def test_fact_18_contacts_are_pulled_by_their_own_modification_time(bench: HubSpotBench):
    fields = {"email": FieldMap(name="email", crm_field="email", type=FieldType.TEXT)}
    contacts = StreamMap(stream=Stream.CONTACTS, object_name="contacts", fields=fields)
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, Stream.CONTACTS: contacts})
    connector = bench.connect()
    _, cursor, _ = pull_all(connector, Stream.CONTACTS)
    bench.pass_time(60)
    new = bench.portal.create("contacts", {"email": "p@partner.example"}, by=PERSON)
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, Stream.CONTACTS, cursor)

    assert ids(rows) == [new]


@pytest.mark.parametrize(
    ("api", "marks"), [("v3", ("/v3/", "/v4/")), ("2026-03", ("/2026-03",)), ("2026-09", ("/2026-09",))]
)
def test_fact_19_all_calls_keep_to_one_family_of_paths(api: str, marks: tuple[str, ...]):
    bench = HubSpotBench(api=api)
    connector = bench.connect(secrets=bench.oauth())
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    connector.check()
    for stream in connector.streams:
        pull_all(connector, stream)
        connector.stamps(stream, None)
        connector.count(stream)
    connector.read(SUBMISSIONS, [record_id, "999"])
    connector.push([update(record_id, {"rev": 1}), create("REG-1", {"rev": 1})])
    connector.push([update(record_id, {"partner": bench.company("Other")})])
    connector.history(SUBMISSIONS, [record_id], ["status"])

    paths = [url.partition("hubapi.com")[2] for _, url, _ in bench.seen if "/oauth/" not in url]

    assert [path for path in paths if not any(mark in path for mark in marks)] == []


def test_fact_19_the_numbered_paths_are_announced_to_age(connector: Connector):
    (finding,) = [each for each in connector.check() if each.code == "api_ageing"]

    assert finding.severity is Severity.INFO
    assert '"2026-09"' in finding.advice


def test_fact_20_a_service_key_does_what_a_private_app_token_does(bench: HubSpotBench):
    setup = FIELDS.with_name("setup.md").read_text()

    assert bench.connect().identify().account_id == str(bench.portal.portal_id)
    assert "service key" in setup
    assert "private app" in setup


def with_fields(bench: HubSpotBench, stream: Stream, *fields: FieldMap) -> Any:
    """Return the bench's mapping with further fields in one stream."""
    stream_map = bench.mapping.streams[stream]
    changed = replace(stream_map, fields={**stream_map.fields, **{each.name: each for each in fields}})
    return replace(bench.mapping, streams={**bench.mapping.streams, stream: changed})


def test_writes_for_two_streams_go_to_their_own_objects(bench: HubSpotBench, connector: Connector):
    deal, submission = bench.opportunity("Deal"), bench.submission("Acme", partner=bench.company("Partner"))
    writes = [
        update(deal, {"rev": 1}, key="deal", stream=DEALS),
        Write(
            key="submission",
            kind=WriteKind.UPDATE,
            stream=SUBMISSIONS,
            record_id=submission,
            external_id=None,
            values={"rev": 2},
        ),
    ]

    deliveries = connector.push(writes)

    assert [each.outcome for each in deliveries] == [Outcome.APPLIED, Outcome.APPLIED]
    assert (bench.held(DEALS, deal) or {})["rev"] == "1"
    assert (bench.held(SUBMISSIONS, submission) or {})["rev"] == "2"
