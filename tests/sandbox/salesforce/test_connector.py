"""The product's own Salesforce connector against the org: every method of the port, by paging and by bulk, both logins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from config.mapping import load_mapping
from connectors.port import ConnectionSettings, Connector, Outcome, Row, Write, WriteKind
from connectors.salesforce import FIELDS, build
from rules.errors import PermanentError, RecordError, TransientError
from rules.fields import Stream
from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.salesforce.duplicates import DuplicateRule
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.org import Org
from sandbox.transport import WsgiAdapter
from tests.sandbox.salesforce.conftest import ACME, AMY, BOB, HOST, PARTNER, START, audit, opportunity

Build = Callable[..., Connector]


@pytest.fixture
def connect(org: Org, clock: SimClock) -> Iterator[Build]:
    sessions: list[requests.Session] = []

    def make(*, flow: str = "client_credentials", **options: Any) -> Connector:
        session = requests.Session()
        session.mount("https://", WsgiAdapter(org.app, clock=clock))
        sessions.append(session)
        settings = ConnectionSettings(
            name="salesforce",
            kind="salesforce",
            url=HOST,
            options={"login": {"flow": flow}, **options},
            secrets=org.login,
        )
        mapping = load_mapping("salesforce", "salesforce", defaults=FIELDS)
        return build(settings, mapping, clock=clock, transport=session)

    yield make
    for session in sessions:
        session.close()


def registration(number: int, at: datetime = START, **fields: Any) -> dict[str, Any]:
    row = {
        "Id": make_id("a0B", number),
        **audit(at),
        "Name": f"DR-{number:06d}",
        "OwnerId": AMY,
        "CurrencyIsoCode": "EUR",
        "Partner_Account__c": PARTNER,
        "Customer_Name__c": f"Customer {number}",
        "Status__c": "Submitted",
        "Amount__c": 20_000.0,
        "Products__c": "Analytics;Storage",
        "Expected_Close_Date__c": "2026-08-31",
        "Submitted_Date__c": at,
    }
    return row | fields


def pull_all(connector: Connector, stream: Stream, cursor: str | None = None) -> tuple[list[Row], str, int]:
    rows: list[Row] = []
    pages = 0
    while True:
        page = connector.pull(stream, cursor)
        assert not page.unreadable
        rows += page.rows
        cursor = page.next
        pages += 1
        if page.is_last:
            return rows, cursor, pages


def update(record_id: str, values: dict[str, Any], **more: Any) -> Write:
    return Write(
        key=f"k-{record_id}",
        kind=WriteKind.UPDATE,
        stream=Stream.OPPORTUNITIES,
        record_id=record_id,
        external_id=None,
        values=values,
        **more,
    )


@pytest.mark.parametrize("flow", ["client_credentials", "jwt_bearer"])
def test_it_identifies_the_org_by_either_login(flow: str, connect: Build, org: Org) -> None:
    identity = connect(flow=flow).identify()

    assert identity.account_id == org.org_id[:15]
    assert identity.user_id == org.user_id
    assert (identity.is_sandbox, identity.currency, identity.time_zone) == (False, "USD", "UTC")


def test_the_reference_mapping_fits_the_reference_schema(connect: Build) -> None:
    """What `doctor` shows for an org set up as described: nothing."""
    assert list(connect().check()) == []


def test_check_finds_what_is_wrong_all_at_once(connect: Build, org: Org) -> None:
    org.restrict("Opportunity", "Registration_Note__c", hidden=True)
    org.restrict("Opportunity", "Registration_Rev__c", read_only=True)
    org.change_field("Deal_Registration__c", "Registration_Id__c", is_unique=False)
    org.change_field("Deal_Registration__c", "Status__c", picklist=("Submitted", "Approved"))
    org.hide_object("Contact")

    codes = {finding.code for finding in connect().check()}

    assert {"field_missing", "field_not_writable", "external_id_not_unique", "picklist_value_missing"} <= codes


@pytest.mark.parametrize("threshold", [20_000, 1])
def test_a_backfill_brings_every_row_by_paging_and_by_bulk(threshold: int, connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(n, START + timedelta(seconds=n // 1500)) for n in range(1, 4501)])
    org.seed("Deal_Registration__c", [registration(n) for n in range(1, 4)])
    connector = connect(bulk_threshold_rows=threshold)

    opportunities, _, _ = pull_all(connector, Stream.OPPORTUNITIES)
    (claim, *_), _, _ = pull_all(connector, Stream.SUBMISSIONS)

    assert sorted({row.ref.record_id for row in opportunities}) == [make_id("006", n) for n in range(1, 4501)]
    assert claim.values["customer_name"] == "Customer 1"
    assert str(claim.values["amount"]) in ("20000", "20000.0", "20000.00")
    assert claim.values["products"] == ["Analytics", "Storage"]
    assert claim.created_at == START


def test_an_incremental_pull_sees_changes_deletes_and_merges(connect: Build, org: Org, clock: SimClock) -> None:
    org.seed("Opportunity", [opportunity(n) for n in range(1, 4)])
    connector = connect()
    _, deals, _ = pull_all(connector, Stream.OPPORTUNITIES)
    _, companies, _ = pull_all(connector, Stream.COMPANIES)
    clock.advance(3600)
    org.update("Opportunity", make_id("006", 1), {"Amount": 5}, by=AMY)
    org.delete("Opportunity", make_id("006", 2), by=AMY)
    org.merge("Account", PARTNER, ACME, by=AMY)

    changed = {row.ref.record_id: row for row in pull_all(connector, Stream.OPPORTUNITIES, deals)[0]}
    merged = {row.ref.record_id: row for row in pull_all(connector, Stream.COMPANIES, companies)[0]}

    assert str(changed[make_id("006", 1)].values["amount"]) in ("5", "5.0")
    assert changed[make_id("006", 1)].modified_by == AMY
    assert changed[make_id("006", 2)].is_deleted
    assert merged[ACME].is_deleted
    assert merged[ACME].merged_into == PARTNER


def test_a_late_commit_is_found_within_the_look_back(connect: Build, org: Org, clock: SimClock, faults: Faults) -> None:
    org.seed("Opportunity", [opportunity(1), opportunity(2)])
    connector = connect()
    clock.advance(60)
    faults.plan(FaultKind.LATE_COMMIT, match="Opportunity/", delay_s=120)
    org.update("Opportunity", make_id("006", 1), {"Name": "Late"}, by=AMY)
    clock.advance(1)
    org.update("Opportunity", make_id("006", 2), {"Name": "Soon"}, by=AMY)
    clock.advance(30)

    first, cursor, _ = pull_all(connector, Stream.OPPORTUNITIES)
    clock.advance(180)
    second, _, _ = pull_all(connector, Stream.OPPORTUNITIES, cursor)

    assert {row.values["name"] for row in first} == {"Deal 1", "Soon"}
    assert "Late" in {row.values["name"] for row in second}


def test_reads_follow_merges_and_find_external_ids(connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(1, Registration_Id__c="REG-1"), opportunity(2)])
    org.merge("Account", PARTNER, ACME, by=AMY)
    org.delete("Opportunity", make_id("006", 2), by=AMY)
    connector = connect()

    deals = connector.read(Stream.OPPORTUNITIES, [make_id("006", n) for n in (1, 2, 3)])
    company = connector.read(Stream.COMPANIES, [ACME])[ACME]
    found = connector.read_by_external_id(Stream.OPPORTUNITIES, ["reg-1", "REG-2"])

    assert [row and row.is_deleted for row in deals.values()] == [False, True, None]
    assert company is not None
    assert company.ref.record_id == PARTNER
    row = found["reg-1"]
    assert row is not None
    assert row.ref.record_id == make_id("006", 1)
    assert found["REG-2"] is None


def test_updates_conditions_and_creates_are_delivered_row_by_row(connect: Build, org: Org, clock: SimClock) -> None:
    org.seed("Opportunity", [opportunity(n) for n in range(1, 5)])
    clock.advance(100)
    org.update("Opportunity", make_id("006", 3), {"Name": "Edited"}, by=AMY)
    values = {"registration_id": "REG-1", "note": "ok", "protected_until": "2026-05-31"}
    create = Write(
        key="new",
        kind=WriteKind.CREATE,
        stream=Stream.OPPORTUNITIES,
        record_id=None,
        external_id="REG-9",
        values={"note": "no required fields"},
    )
    writes = [
        update(make_id("006", 1), values),
        update(make_id("006", 2), {"registration_id": "REG-2"}, unmodified_since=START),
        update(make_id("006", 3), {"registration_id": "REG-3"}, unmodified_since=START),
        update(make_id("006", 4), {"registration_id": "REG-1"}),
        create,
    ]

    deliveries = connect().push(writes)

    assert [each.outcome for each in deliveries] == [
        Outcome.APPLIED,
        Outcome.APPLIED,
        Outcome.REFUSED,
        Outcome.REFUSED,
        Outcome.REFUSED,
    ]
    stale, taken, incomplete = (each.error for each in deliveries[2:])
    assert isinstance(stale, RecordError)
    assert isinstance(taken, RecordError)
    assert (stale.retry_class, taken.existing_id) == ("stale", make_id("006", 1))
    assert incomplete is not None
    assert incomplete.code == "REQUIRED_FIELD_MISSING"
    stored = org.get("Opportunity", make_id("006", 1))
    assert stored is not None
    assert (stored["Registration_Note__c"], stored["Registration_Protected_Until__c"]) == ("ok", "2026-05-31")
    assert stored["LastModifiedById"] == org.user_id


def test_a_duplicate_rule_tells_which_record_is_there_already(connect: Build, org: Org) -> None:
    """The live API spells the key `duplicateResut`; the record in it must be found all the same."""
    org.seed("Opportunity", [opportunity(1, Registration_Note__c="same"), opportunity(2)])
    rule = DuplicateRule(name="Notes", object_name="Opportunity", key=lambda row: row["Registration_Note__c"])
    org.duplicate_rules.append(rule)

    (delivery,) = connect().push([update(make_id("006", 2), {"note": "same"}, unmodified_since=START)])

    assert delivery.outcome is Outcome.REFUSED
    assert isinstance(delivery.error, RecordError)
    assert (delivery.error.code, delivery.error.existing_id) == ("DUPLICATES_DETECTED", make_id("006", 1))


def test_a_locked_row_is_written_at_a_later_try(connect: Build, org: Org, faults: Faults) -> None:
    org.seed("Opportunity", [opportunity(1)])
    faults.plan(FaultKind.ROW_LOCKED, count=2)

    (delivery,) = connect().push([update(make_id("006", 1), {"note": "x"})])

    assert delivery.outcome is Outcome.APPLIED


def test_an_expired_cursor_stale_session_and_short_pages_lose_nothing(connect: Build, org: Org, faults: Faults) -> None:
    org.seed("Opportunity", [opportunity(n) for n in range(1, 5001)])
    faults.plan(FaultKind.TOKEN_EXPIRED, skip=2)
    faults.plan(FaultKind.RESULTS_FEWER, match="queryAll", rows=700, count=2)
    connector = connect()

    rows, _, pages = pull_all(connector, Stream.OPPORTUNITIES)

    assert len({row.ref.record_id for row in rows}) == 5000
    assert pages > 3
    assert org.logins.count == 2


def test_a_field_hidden_at_run_time_is_left_out_when_optional_and_named_when_not(connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(1)])
    connector = connect()
    pull_all(connector, Stream.OPPORTUNITIES)
    org.restrict("Opportunity", "Type", hidden=True)

    rows, _, _ = pull_all(connector, Stream.OPPORTUNITIES)
    org.restrict("Opportunity", "StageName", hidden=True)

    assert rows[0].values.get("deal_type") is None
    with pytest.raises(PermanentError, match="StageName"):
        connector.pull(Stream.OPPORTUNITIES, None)


def test_the_daily_limit_stops_and_the_concurrent_limit_waits(connect: Build, org: Org, faults: Faults) -> None:
    connector = connect()
    faults.plan(FaultKind.RATE_LIMITED, match="/query", count=1)
    assert connector.count(Stream.COMPANIES) == 2
    assert connector.limits().used == org.calls
    org.daily_limit = 1

    with pytest.raises(TransientError) as stopped:
        connector.count(Stream.COMPANIES)

    assert stopped.value.code == "REQUEST_LIMIT_EXCEEDED"
    assert (stopped.value.retry_after_s or 0) >= 900


def test_the_sweep_enumerates_every_key(connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(n) for n in range(1, 4501)])
    org.delete("Opportunity", make_id("006", 7), by=AMY)
    connector = connect()

    found: dict[str, bool] = {}
    cursor: str | None = None
    while True:
        page, cursor = connector.stamps(Stream.OPPORTUNITIES, cursor)
        found |= {stamp.record_id: stamp.is_deleted for stamp in page}
        if cursor is None:
            break

    assert len(found) == 4500
    assert [key for key, is_deleted in found.items() if is_deleted] == [make_id("006", 7)]


def test_the_calls_it_counts_are_the_calls_the_org_counts(connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(n) for n in range(1, 4501)])
    connector = connect()
    pull_all(connector, Stream.OPPORTUNITIES)
    connector.push([update(make_id("006", n), {"note": "x"}) for n in range(1, 300)])

    calls = [call for call in connector.take_calls() if call.purpose != "login"]

    assert sum(call.cost for call in calls) == org.calls


def test_an_owner_without_access_is_a_row_error(connect: Build, org: Org) -> None:
    org.seed("Opportunity", [opportunity(1)])
    org.update("Opportunity", make_id("006", 1), {"Name": "x"}, by=AMY)

    with pytest.raises(Exception, match="inactive user"):
        org.update("Opportunity", make_id("006", 1), {"OwnerId": BOB}, by=AMY)
