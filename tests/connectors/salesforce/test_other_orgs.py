"""Orgs that differ from the sandbox: keys left out of answers, other spellings, resources refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.port import Connector, Outcome, Severity
from rules.errors import PermanentError, RetryClass, TransientError
from rules.fields import Stream
from rules.mapping import Place
from tests.connectors.bench import pull_all
from tests.connectors.conformance.words import LONG_AGO, update
from tests.connectors.rewrite import Reply, Rewritten
from tests.connectors.salesforce.bench import SalesforceBench

DEALS = Stream.OPPORTUNITIES
RETRIEVE = "POST /services/data/v66.0/composite/sobjects/Opportunity"


@pytest.fixture
def org(bench: SalesforceBench) -> Rewritten:
    """The org behind the bench, some of whose answers a test changes."""
    org = Rewritten(bench.org.app)
    app: Any = org
    bench.org.app = app
    return org


def refused(status: str, code: str, **headers: str) -> Callable[[Reply], Reply]:
    """Return a change of any answer into this refusal."""

    def change(reply: Reply) -> Reply:
        told = replace(reply, headers=reply.headers | headers)
        return told.with_json([{"errorCode": code, "message": "no"}], status=status)

    return change


def without(*names: str) -> Callable[[Reply], Reply]:
    return lambda reply: reply.with_json({key: value for key, value in reply.json().items() if key not in names})


# Logins


@pytest.mark.parametrize(("is_opaque", "left_out"), [(True, ()), (False, ("id",)), (True, ("id",))])
def test_the_org_is_known_by_its_token_its_identity_or_its_record(
    bench: SalesforceBench, org: Rewritten, is_opaque: bool, left_out: Sequence[str]
):
    """Tokens may be JWTs that spell no org, and every key of the token's answer but one may be missing."""
    bench.org.logins.is_opaque = is_opaque
    org.when("oauth2/token", without("signature", "scope", "issued_at", "token_type", "instance_url", *left_out))
    connector = bench.connect()

    identity = connector.identify()
    pull_all(connector, DEALS)

    assert identity.account_id == bench.org.org_id[:15]
    assert identity.user_id == (None if left_out else bench.org.user_id)


def test_an_org_that_cannot_be_told_is_not_worked_with(bench: SalesforceBench, org: Rewritten):
    bench.org.logins.is_opaque = True
    org.when("oauth2/token", without("id"))
    org.when("FROM Organization", refused("400 Bad Request", "INVALID_TYPE"))

    with pytest.raises(PermanentError) as raised:
        bench.connect().identify()

    assert raised.value.retry_class is RetryClass.AUTH


@pytest.mark.parametrize("told", ["https://vendor.my.salesforce.com", "http://emulator:8080", "not an address"])
def test_a_sandbox_on_this_machine_does_not_send_us_off_it(bench: SalesforceBench, org: Rewritten, told: str):
    bench.url = "http://127.0.0.1:8080"
    org.when("oauth2/token", lambda reply: reply.with_json({**reply.json(), "instance_url": told}))
    connector = bench.connect()

    pull_all(connector, DEALS)

    assert {each.split("/services/")[0] for _, each, _ in bench.seen} == {bench.url}


@pytest.mark.parametrize("code", ["INVALID_TYPE", "NOT_FOUND", "MALFORMED_QUERY", "INSUFFICIENT_ACCESS"])
def test_an_org_that_does_not_show_its_record_is_worked_with(bench: SalesforceBench, org: Rewritten, code: str):
    """Sandbox or not, zone and currency are good to know; not knowing them stops nothing."""
    org.when("FROM Organization", refused("400 Bad Request", code))

    identity = bench.connect().identify()

    assert identity.account_id == bench.org.org_id[:15]
    assert (identity.is_sandbox, identity.time_zone, identity.currency) == (None, None, None)


# Pauses


def test_an_overloaded_org_is_asked_again_within_seconds(bench: SalesforceBench, org: Rewritten):
    connector = bench.connect()
    connector.identify()
    began = bench.clock.monotonic()
    org.when("COUNT()", refused("503 Service Unavailable", "SERVER_UNAVAILABLE"))

    with pytest.raises(TransientError) as raised:
        connector.count(DEALS)

    assert bench.clock.monotonic() - began < 10
    assert raised.value.retry_after_s is None


@pytest.mark.parametrize(("asked", "expected"), [("20", 20.0), ("90", 90.0)])
def test_the_pause_that_an_org_asks_for_is_kept_or_told(
    bench: SalesforceBench, org: Rewritten, asked: str, expected: float
):
    """Up to a minute it is waited out between the attempts; a longer one is the caller's."""
    connector = bench.connect()
    connector.identify()
    began = bench.clock.monotonic()
    org.when("COUNT()", refused("503 Service Unavailable", "SERVER_UNAVAILABLE", **{"Retry-After": asked}))

    with pytest.raises(TransientError) as raised:
        connector.count(DEALS)

    assert raised.value.retry_after_s == expected
    assert (bench.clock.monotonic() - began >= 2 * expected) == (expected <= 60)


# Reads by id


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("400 Bad Request", "MALFORMED_ID"),
        ("400 Bad Request", "INVALID_FIELD"),
        ("404 Not Found", "NOT_FOUND"),
        ("405 Method Not Allowed", "METHOD_NOT_ALLOWED"),
    ],
)
def test_rows_that_cannot_be_retrieved_are_queried(bench: SalesforceBench, org: Rewritten, status: str, code: str):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    org.when(RETRIEVE, refused(status, code))

    row = bench.connect().read(DEALS, [record_id])[record_id]

    assert row is not None
    assert row.values["amount"] == "1000"


def test_a_retrieve_that_passes_over_missing_rows_is_understood(bench: SalesforceBench, org: Rewritten):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    gone = bench.raw_opportunity(77, LONG_AGO)["Id"]
    org.when(RETRIEVE, lambda reply: reply.with_json([each for each in reply.json() if each]))

    connector = bench.connect()

    assert connector.read(DEALS, [gone]) == {gone: None}
    assert connector.read(DEALS, [gone, record_id])[record_id] is not None


@pytest.mark.parametrize("no_id", ["0069Q0009999999ZZZ", "0065g00000ABCDEA!!", "see the notes", ""])
def test_an_id_that_is_none_hides_no_others(bench: SalesforceBench, connector: Connector, no_id: str):
    """A person types the other CRM's record id; Salesforce refuses the whole call for one that is none."""
    found = bench.seed_opportunities(5, stamp=LONG_AGO)

    rows = connector.read(DEALS, [*found, no_id])

    assert [rows[each] is not None for each in found] == [True] * 5
    assert rows[no_id] is None


# Bulk


def test_a_bulk_page_may_spell_its_columns_and_headers_its_own_way(bench: SalesforceBench, org: Rewritten):
    expected = bench.seed_opportunities(150, stamp=LONG_AGO)
    bench.options["bulk_threshold_rows"] = 100

    def change(reply: Reply) -> Reply:
        header, _, rest = reply.body.partition(b"\n")
        headers = {name.lower(): value for name, value in reply.headers.items()}
        headers["content-type"] = "Text/CSV;charset=utf-8"
        return replace(reply, headers=headers, body=b"\xef\xbb\xbf" + header.upper() + b"\n" + rest)

    org.when("/results", change)

    rows, _, _ = pull_all(bench.connect(), DEALS)

    assert sorted(row.ref.record_id for row in rows) == expected
    assert {row.values["amount"] for row in rows} == {"1000"}


# Describe


def test_a_describe_answer_without_the_usual_keys_accuses_nobody(bench: SalesforceBench, org: Rewritten):
    """What is not told is not held against a field; uniqueness alone must be told, since records depend on it."""
    kept = {"name", "externalId", "unique"}

    def change(reply: Reply) -> Reply:
        body = reply.json()
        fields = [{key: value for key, value in each.items() if key in kept} for each in body["fields"]]
        return reply.with_json({"name": body["name"], "fields": [*fields, {"type": "string"}]})

    org.when("/describe", change)

    assert [each for each in bench.connect().check() if each.severity is Severity.ERROR] == []


def test_a_word_of_the_status_map_is_blamed_where_it_stands(bench: SalesforceBench):
    deals = bench.mapping.streams[DEALS]
    assert deals.status is not None
    own = {"won": Place(file="my.yaml", line=9)}
    status = replace(
        deals.status,
        write={**deals.status.write, "won": "Registerd"},
        place=Place(file="my.yaml", line=7),
        write_places={**deals.status.write_places, **own},
    )
    streams = {**bench.mapping.streams, DEALS: replace(deals, status=status)}
    bench.mapping = replace(bench.mapping, streams=streams)

    (found,) = [each for each in bench.connect().check() if each.code == "picklist_value_missing"]

    assert "'Registerd', which is to be written for the status won." in found.message
    assert found.place == "my.yaml:9:0"


def test_versions_are_asked_for_where_the_guide_says(bench: SalesforceBench, connector: Connector):
    connector.check()

    assert f"{bench.url}/services/data" in {each for _, each, _ in bench.seen}


# Answers of another shape


@pytest.mark.parametrize("body", [b"null", b"5", b'"text"', b"[]", b"{}", b"", b"<html>"])
def test_a_body_that_is_no_answer_is_asked_for_again(bench: SalesforceBench, org: Rewritten, body: bytes):
    connector = bench.connect()
    connector.identify()
    org.when("COUNT()", lambda reply: replace(reply, body=body))

    with pytest.raises(TransientError):
        connector.count(DEALS)


@pytest.mark.parametrize(
    "record", [None, 1.5, {}, {"Id": "x"}, {"Id": None, "SystemModstamp": 7}, {"Id": "006000000000001AAA"}]
)
def test_records_of_another_shape_are_no_answer(bench: SalesforceBench, org: Rewritten, record: Any):
    """They are asked for again later, and never taken for the end of an enumeration."""
    bench.seed_opportunities(1, stamp=LONG_AGO)
    org.when("SystemModstamp", lambda reply: reply.with_json({**reply.json(), "records": [record]}))
    connector = bench.connect()

    with pytest.raises(TransientError):
        connector.stamps(DEALS, None)
    with pytest.raises((TransientError, PermanentError)):
        connector.pull(DEALS, None)


def test_a_composite_of_another_shape_leaves_its_writes_unknown(bench: SalesforceBench, org: Rewritten):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    org.when("POST /services/data/v66.0/composite", lambda reply: reply.with_json({"compositeResponse": 1.5}))
    write = replace(update(record_id, {"note": "x"}, stream=DEALS), unmodified_since=bench.clock.now())

    (delivery,) = bench.connect().push([write])

    assert delivery.outcome is Outcome.UNKNOWN
