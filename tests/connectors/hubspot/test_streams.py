"""Streams beyond the plain case: owners, pipelines and tickets as submissions, stages, links, history, schema drift."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.port import Connector, Outcome, Severity
from rules.errors import PermanentError, RecordError, RetryClass, TransientError
from rules.fields import FieldType, Stream
from rules.mapping import Access, Compare, Condition, FieldMap, StatusMap, StreamMap
from sandbox.hubspot.records import Rule
from tests.connectors.bench import ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, create, update
from tests.connectors.hubspot.bench import PERSON, HubSpotBench

DEALS = Stream.OPPORTUNITIES
SUBMISSIONS = Stream.SUBMISSIONS
PIPELINE = "75421908"


def remap(bench: HubSpotBench, stream: Stream, **changes: Any) -> Connector:
    """Return a connector whose mapping of one stream is changed."""
    stream_map = replace(bench.mapping.streams[stream], **changes)
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, stream: stream_map})
    return bench.connect()


def with_field(bench: HubSpotBench, stream: Stream, field: FieldMap) -> dict[str, FieldMap]:
    return {**bench.mapping.streams[stream].fields, field.name: field}


# Owners


def test_owners_are_users_and_deactivated_ones_stay_known(bench: HubSpotBench, connector: Connector):
    rows, _, last = pull_all(connector, Stream.USERS)
    read = connector.read(Stream.USERS, ["82", "99"])

    assert {row.ref.record_id: (row.values["name"], row.values["is_active"]) for row in rows} == {
        "81": ("Ada Berg", True),
        "82": ("Olaf", False),
    }
    assert last.covered_until == bench.clock.now()
    assert read["82"] is not None
    assert not read["82"].is_deleted
    assert read["99"] is None


def test_a_quiet_pass_lists_the_active_owners_only(bench: HubSpotBench, connector: Connector):
    _, cursor, _ = pull_all(connector, Stream.USERS)
    bench.pass_time(60)
    before = bench.calls

    rows, _, _ = pull_all(connector, Stream.USERS, cursor)

    assert bench.calls - before == 1
    assert ids(rows) == ["81"]


def test_an_owner_who_has_gone_from_the_list_is_looked_for_among_the_deactivated(
    bench: HubSpotBench, connector: Connector
):
    _, cursor, _ = pull_all(connector, Stream.USERS)
    bench.pass_time(60)
    bench.portal.archive_owner("81")

    rows, _, _ = pull_all(connector, Stream.USERS, cursor)

    assert {row.ref.record_id: row.values["is_active"] for row in rows} == {"81": False, "82": False}


def test_many_owners_come_in_pages(bench: HubSpotBench, connector: Connector):
    bench.portal.seed_owners([{"id": str(n), "email": f"u{n}@vendor.example"} for n in range(1000, 2200)])

    rows, _, _ = pull_all(connector, Stream.USERS)

    assert len(set(ids(rows))) == len(ids(rows)) == 1202


# Submissions in a pipeline, or in tickets


def in_a_pipeline(bench: HubSpotBench) -> Connector:
    """Map submissions to deals of their own pipeline, with the stage as status, and opportunities to the others."""
    stages = [each.id for each in bench.portal.records.pipelines["deals"][1].stages]
    status = StatusMap(write={"received": stages[0], "registered": stages[1]}, commands={stages[1]: "approve"})
    fields = {
        "deal_name": FieldMap(name="deal_name", crm_field="dealname", type=FieldType.TEXT),
        "customer_name": FieldMap(name="customer_name", crm_field="description", type=FieldType.TEXT),
        "status": FieldMap(name="status", crm_field="dealstage", type=FieldType.STATUS, access=Access.BOTH),
        "rev": FieldMap(name="rev", crm_field="registration_rev", type=FieldType.INTEGER, access=Access.BOTH),
    }
    where = (Condition(field="pipeline", compare=Compare.EQUALS, values=(PIPELINE,)),)
    submissions = StreamMap(
        stream=SUBMISSIONS,
        object_name="deals",
        fields=fields,
        where=where,
        status=status,
        external_id="registration_id",
    )
    others = (Condition(field="pipeline", compare=Compare.NOT_EQUALS, values=(PIPELINE,)),)
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, SUBMISSIONS: submissions})
    return remap(bench, DEALS, where=others)


def test_submissions_may_live_in_a_pipeline_of_deals(bench: HubSpotBench):
    connector = in_a_pipeline(bench)
    stages = [each.id for each in bench.portal.records.pipelines["deals"][1].stages]
    plain = bench.opportunity("A deal")
    asked = bench.portal.create(
        "deals", {"dealname": "Asked for", "pipeline": PIPELINE, "dealstage": stages[0]}, by=PERSON
    )
    bench.pass_time(60)

    submissions, cursor, _ = pull_all(connector, SUBMISSIONS)
    opportunities, _, _ = pull_all(connector, DEALS)
    (delivery,) = connector.push([update(asked, {"status": stages[1], "rev": 1})])
    bench.pass_time(600)
    later, _, _ = pull_all(connector, SUBMISSIONS, cursor)

    assert ids(submissions) == [asked]
    assert ids(opportunities) == [plain]
    assert delivery.outcome is Outcome.APPLIED
    assert [row.values["status"] for row in later] == [stages[1]]
    assert connector.count(SUBMISSIONS) == 1
    assert connector.count(DEALS) is None  # "not in the pipeline" is more than a search can be trusted with
    assert [each for each in connector.check() if each.severity is Severity.ERROR] == []


def test_a_pipeline_or_stage_that_is_not_there_is_found(bench: HubSpotBench):
    in_a_pipeline(bench)
    status = StatusMap(write={"received": "New", "registered": "closedwon"})
    where = (Condition(field="pipeline", compare=Compare.EQUALS, values=("Partner registrations",)),)
    connector = remap(bench, SUBMISSIONS, status=status, where=where)

    messages = [each.message for each in connector.check() if each.severity is Severity.ERROR]

    assert any("never holds 'Partner registrations'" in each for each in messages)
    assert any("no stage 'New'" in each for each in messages)


def test_a_stage_that_takes_no_records_from_apps_is_found(bench: HubSpotBench):
    connector = in_a_pipeline(bench)
    bench.portal.records.pipelines["deals"][1].stages[1].write_permissions = "READ_ONLY"

    codes = [each.code for each in connector.check() if each.severity is Severity.ERROR]

    assert codes == ["stage_locked"]


def test_submissions_may_live_in_tickets(bench: HubSpotBench):
    stages = [each.id for each in bench.portal.records.pipelines["tickets"][0].stages]
    fields = {
        "deal_name": FieldMap(name="deal_name", crm_field="subject", type=FieldType.TEXT),
        "customer_name": FieldMap(name="customer_name", crm_field="content", type=FieldType.TEXT),
        "status": FieldMap(name="status", crm_field="hs_pipeline_stage", type=FieldType.STATUS, access=Access.BOTH),
    }
    tickets = StreamMap(
        stream=SUBMISSIONS, object_name="tickets", fields=fields, status=StatusMap(write={"received": stages[0]})
    )
    bench.mapping = replace(bench.mapping, streams={**bench.mapping.streams, SUBMISSIONS: tickets})
    connector = bench.connect()
    ticket = bench.portal.create(
        "tickets", {"subject": "Deal", "content": "Acme", "hs_pipeline": "0", "hs_pipeline_stage": stages[0]}, by=PERSON
    )
    bench.pass_time(60)

    rows, _, _ = pull_all(connector, SUBMISSIONS)
    (delivery,) = connector.push([update(ticket, {"status": stages[-1]})])

    assert [(row.ref.record_id, row.values["status"]) for row in rows] == [(ticket, stages[0])]
    assert delivery.outcome is Outcome.APPLIED


# Stages


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("closedwon", (True, True)),
        ("closedlost", (True, False)),
        ("contractsent", (False, False)),
        ("gone", (False, False)),
    ],
)
def test_closed_and_won_follow_from_the_stage(bench: HubSpotBench, stage: str, expected: tuple[bool, bool]):
    """Also where the record itself does not tell, and for a stage that an admin has removed since."""
    fields = dict(bench.mapping.streams[DEALS].fields)
    for name in ("is_closed", "is_won"):
        fields[name] = FieldMap(name=name, crm_field="dealstage", type=FieldType.BOOL)
    connector = remap(bench, DEALS, fields=fields)
    raw = bench.raw_opportunity(1, LONG_AGO)
    raw["properties"]["dealstage"] = stage
    bench.portal.seed("deals", [raw])

    (row,), _, _ = pull_all(connector, DEALS)

    assert (row.values["is_closed"], row.values["is_won"]) == expected
    assert row.values["stage"] == stage
    assert [each for each in connector.check() if each.severity is Severity.ERROR] == []


# Links


def test_a_label_is_moved_and_all_other_links_stay(bench: HubSpotBench, connector: Connector):
    customer, old, new = (bench.company(name) for name in ("Customer", "Old", "New"))
    deal = bench.opportunity("Deal", customer=customer)
    bench.portal.associate("deals", deal, "companies", old, label="Registering partner")

    connector.push([update(deal, {"partner": new, "rev": 1}, stream=DEALS)])

    assert dict(bench.portal.associations("deals", deal, "companies")) == {
        customer: ["Primary"],
        old: [],  # the plain link that the label had brought along is nobody's business
        new: ["Registering partner"],
    }


def test_a_partner_whom_we_linked_is_not_taken_for_the_customer(bench: HubSpotBench, connector: Connector):
    """The first company of a deal becomes its primary one by itself, even where our label is what brought it."""
    partner, customer = bench.company("Partner"), bench.company("Customer")
    deal = bench.opportunity("Deal")
    connector.push([update(deal, {"partner": partner}, stream=DEALS)])

    alone = connector.read(DEALS, [deal])[deal]
    bench.portal.associate("deals", deal, "companies", customer, label=None)
    beside = connector.read(DEALS, [deal])[deal]

    assert alone is not None
    assert (alone.values["partner"], alone.values["customer"]) == (partner, None)
    assert beside is not None
    assert (beside.values["partner"], beside.values["customer"]) == (partner, customer)


def test_a_link_that_cannot_be_made_refuses_its_row_alone(bench: HubSpotBench, connector: Connector):
    """The properties of that row are not written either: its witness stands for the whole write."""
    partner = bench.company("Partner")
    bad, good = (bench.opportunity(name) for name in ("Bad", "Good"))

    first, second = connector.push(
        [
            update(bad, {"partner": "999999", "rev": 1}, key="bad", stream=DEALS),
            update(good, {"partner": partner, "rev": 1}, key="good", stream=DEALS),
        ]
    )

    assert first.outcome is Outcome.REFUSED
    assert isinstance(first.error, RecordError)
    assert second.outcome is Outcome.APPLIED
    assert (bench.held(DEALS, bad) or {})["rev"] is None
    assert (bench.held(DEALS, good) or {})["partner"] == partner


def test_a_new_record_that_cannot_be_linked_is_told_to_be_there(bench: HubSpotBench, connector: Connector):
    """Its outcome is unknown: reading back shows the record, and that the partner is missing."""
    bad = create("REG-2026-00001", {"partner": "999999", "rev": 1}, key="bad")
    good = create("REG-2026-00002", {"partner": bench.company("Partner"), "rev": 1}, key="good")

    first, second = connector.push([bad, good])

    assert (first.outcome, first.created) == (Outcome.UNKNOWN, True)
    assert isinstance(first.error, TransientError)
    assert first.error.outcome_unknown
    assert second.outcome is Outcome.APPLIED
    found = connector.read_by_external_id(SUBMISSIONS, ["REG-2026-00001"])["REG-2026-00001"]
    assert found is not None
    assert (found.ref.record_id, found.values["partner"]) == (first.record_id, None)


def test_a_record_with_more_links_than_a_page_shows_all_of_them(bench: HubSpotBench, connector: Connector):
    bench.portal.records.links_page = 3
    deal = bench.opportunity("Deal")
    for number in range(7):
        bench.portal.associate("deals", deal, "companies", bench.company(f"C{number}"), label=None)
    partner = bench.company("Partner")
    bench.portal.associate("deals", deal, "companies", partner, label="Registering partner")
    bench.pass_time(60)

    (row,), _, _ = pull_all(connector, DEALS)

    assert row.values["partner"] == partner


def test_links_made_a_moment_after_the_record_are_seen_with_the_overlap(bench: HubSpotBench, connector: Connector):
    """A form creates the record first and links it then, which moves no modification time."""
    _, cursor, _ = pull_all(connector, SUBMISSIONS)
    bench.pass_time(60)
    properties = {"customer_name": "Acme", "submission_status": "new"}
    submission = bench.portal.create("p_partner_submission", properties, by="form:Partner form")
    bench.pass_time(5)
    first, cursor, _ = pull_all(connector, SUBMISSIONS, cursor)
    partner = bench.company("Partner")
    bench.portal.associate("p_partner_submission", submission, "companies", partner, label="Submitting partner")
    bench.pass_time(60)

    second, _, _ = pull_all(connector, SUBMISSIONS, cursor)

    assert [row.values["partner"] for row in first] == [None]
    assert [row.values["partner"] for row in second] == [partner]


def test_a_label_that_is_gone_stops_the_stream_by_name(bench: HubSpotBench, connector: Connector):
    bench.opportunity("Deal")
    bench.spoil()
    bench.submission("Acme", partner=bench.company("Partner"))
    bench.pass_time(60)

    with pytest.raises(PermanentError, match="End customer"):
        pull_all(connector, SUBMISSIONS)


def test_a_label_made_anew_is_found_by_its_name(bench: HubSpotBench, connector: Connector):
    """It has another id then; labels are looked up again once an hour."""
    deal, partner = bench.opportunity("Deal"), bench.company("Partner")
    connector.push([update(deal, {"partner": partner}, stream=DEALS)])
    _, cursor, _ = pull_all(connector, DEALS)
    links = bench.portal.records.links
    old = links.kind("deals", "companies", "Registering partner")
    assert old is not None
    twin = links.twin(old)
    links.undefine(old)
    links.define(replace(old, type_id=9001, inverse_id=9002))
    links.define(replace(twin, type_id=9002, inverse_id=9001))
    bench.pass_time(3700)
    _, cursor, _ = pull_all(connector, DEALS, cursor)

    (delivery,) = connector.push([update(deal, {"partner": partner}, stream=DEALS)])

    assert delivery.outcome is Outcome.APPLIED
    assert dict(bench.portal.associations("deals", deal, "companies"))[partner] == ["Primary", "Registering partner"]


# Schema


def test_a_deleted_property_stops_the_stream_instead_of_emptying_it(bench: HubSpotBench, connector: Connector):
    """HubSpot leaves it out of its answers without a word; every record would look emptied."""
    bench.seed_opportunities(3, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(1200)
    del bench.portal.records.type_of("deals").properties["amount"]
    bench.portal.update("deals", "5000000001", {"dealname": "Edited"}, by=PERSON)
    bench.pass_time(60)

    with pytest.raises(PermanentError) as raised:
        pull_all(connector, DEALS, cursor)

    assert raised.value.fields == ("amount",)
    assert raised.value.retry_class is RetryClass.PERMISSION


def test_a_deleted_optional_property_is_left_out_with_a_notice(bench: HubSpotBench):
    del bench.portal.records.type_of("deals").properties["dealtype"]
    connector = bench.connect()
    bench.opportunity("Deal")
    bench.pass_time(60)

    (row,), _, _ = pull_all(connector, DEALS)

    assert "deal_type" not in row.values
    assert "field_missing" in [each.code for each in connector.check()]


def test_another_mapping_reads_the_stream_anew(bench: HubSpotBench, connector: Connector):
    expected = bench.seed_opportunities(3, stamp=LONG_AGO)
    _, cursor, _ = pull_all(connector, DEALS)
    changed = remap(
        bench,
        DEALS,
        fields=with_field(bench, DEALS, FieldMap(name="channel", crm_field="description", type=FieldType.TEXT)),
    )

    rows, _, _ = pull_all(changed, DEALS, cursor)

    assert ids(rows) == expected


def test_a_property_that_may_not_be_written_blocks_itself_only(bench: HubSpotBench, connector: Connector):
    """Rows without it go on in the same push; the error says which property, not which record."""
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(6)]
    connector.identify()
    connector.pull(SUBMISSIONS, None)
    bench.portal.records.type_of("p_partner_submission").properties["protected_until"].is_read_only = True
    writes = [
        update(each, {"rev": 1} if number % 2 else {"rev": 1, "protected_until": "2026-06-30"}, key=each)
        for number, each in enumerate(rows)
    ]
    before = bench.calls

    deliveries = connector.push(writes)

    blocked = [each for each in deliveries if each.outcome is Outcome.REFUSED]
    assert [each.key for each in blocked] == rows[::2]
    assert {type(each.error) for each in blocked} == {PermanentError}
    assert {each.error.fields for each in blocked if isinstance(each.error, PermanentError)} == {("protected_until",)}
    assert bench.calls - before <= 3


def test_a_push_in_which_every_row_is_wrong_ends(bench: HubSpotBench, connector: Connector):
    """An option was removed: each row is refused by itself as far as the calls for it go, the others wait."""
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(200)]
    connector.push([update(rows[0], {"rev": 1})])
    before = bench.calls

    deliveries = connector.push([update(each, {"status": "removed"}, key=each) for each in rows])

    assert {each.outcome for each in deliveries} == {Outcome.REFUSED}
    kinds = {type(each.error) for each in deliveries}
    assert kinds <= {RecordError, TransientError}
    assert bench.calls - before < 150


def test_admins_rules_hold_on_the_newest_paths_and_hurt_one_row():
    def check(values: Any) -> tuple[str, str] | None:
        missing = values.get("submission_status") == "rejected" and not values.get("rejection_reason")
        return ("rejection_reason", "Tell why.") if missing else None

    outcomes = {}
    for api in ("v3", "2026-03", "2026-09"):
        bench = HubSpotBench(api=api)
        bench.portal.add_rule(Rule(object_type="p_partner_submission", check=check))
        connector = bench.connect()
        partner = bench.company("Partner")
        rows = [bench.submission(f"C{number}", partner=partner) for number in range(4)]
        writes = [update(each, {"status": "approved"}, key=each) for each in rows]
        writes[2] = update(rows[2], {"status": "rejected"}, key=rows[2])
        outcomes[api] = [each.outcome.value for each in connector.push(writes)]

    assert outcomes["v3"] == outcomes["2026-03"] == ["applied"] * 4
    assert outcomes["2026-09"] == ["applied", "applied", "refused", "applied"]


@pytest.mark.parametrize(
    ("count", "stem"), [(400, "a_property_with_quite_a_long_name"), (900, "short"), (120, "short")]
)
def test_very_many_properties_are_read_by_post(bench: HubSpotBench, count: int, stem: str):
    """A search body may hold 3,000 characters and an address 15,000, counting what stands between the names."""
    deals = bench.portal.records.type_of("deals").properties
    fields = dict(bench.mapping.streams[DEALS].fields)
    for number in range(count):
        name = f"{stem}_{number:04}"
        deals[name] = replace(deals["product_line"], name=name)
        fields[f"x{number}"] = FieldMap(name=f"x{number}", crm_field=name, type=FieldType.TEXT)
    connector = remap(bench, DEALS, fields=fields)
    bench.seed_opportunities(3, stamp=LONG_AGO)
    rows, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.edit(DEALS, "5000000002", amount="3")
    bench.pass_time(60)

    later, _, _ = pull_all(connector, DEALS, cursor)

    assert len(rows) == 3
    assert all(len(row.values) == len(fields) for row in rows)
    assert [row.values["amount"] for row in later] == ["3"]


# History


def test_a_history_tells_our_own_writes_from_a_persons(bench: HubSpotBench, connector: Connector):
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    bench.pass_time(60)
    connector.push([update(record_id, {"status": "in_review", "rev": 1})])
    bench.pass_time(60)
    bench.edit(SUBMISSIONS, record_id, status="approved")

    changes = connector.history(SUBMISSIONS, [record_id], ["status", "partner"])

    assert [(each.value, each.by_us, each.by) for each in changes] == [
        ("approved", False, PERSON),
        ("in_review", True, None),
        ("new", False, PERSON),
    ]
    assert changes[0].at - changes[1].at == timedelta(seconds=60)


def test_another_integrations_write_is_not_taken_for_ours(bench: HubSpotBench, connector: Connector):
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    connector.push([update(record_id, {"status": "in_review", "rev": 1})])
    bench.pass_time(60)
    bench.portal.update("p_partner_submission", record_id, {"submission_status": "rejected"}, by="workflow:Nightly")

    changes = connector.history(SUBMISSIONS, [record_id], ["status"])

    assert [each.by_us for each in changes][:2] == [False, True]


def test_history_is_read_fifty_records_at_a_time(bench: HubSpotBench, connector: Connector):
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(120)]
    connector.push([create("REG-2026-00001", {"rev": 1})])

    changes = connector.history(SUBMISSIONS, rows, ["status"])

    assert [each.record_id for each in changes] == rows
    assert len([url for _, url, _ in bench.seen if "p_partner_submission/batch/read" in url]) == 3
