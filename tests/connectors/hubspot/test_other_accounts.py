"""Accounts that differ from the sandbox: keys left out of answers, other shapes of the same refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.hubspot.faults import read_fault
from connectors.port import Connector, Outcome, Severity
from rules.errors import PermanentError, RecordError, RetryClass, TransientError
from rules.fields import Stream
from rules.mapping import Place
from tests.connectors.bench import pull_all
from tests.connectors.conformance.words import LONG_AGO, create, sweep, update
from tests.connectors.hubspot.bench import HubSpotBench
from tests.connectors.rewrite import Reply, Rewritten

DEALS = Stream.OPPORTUNITIES
SUBMISSIONS = Stream.SUBMISSIONS


@pytest.fixture
def account(bench: HubSpotBench) -> Rewritten:
    """The account behind the bench, some of whose answers a test changes."""
    account = Rewritten(bench.portal.app)
    app: Any = account
    bench.portal.app = app
    return account


def each_row(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Reply], Reply]:
    """Return a change of every entry of an answer's `results`."""
    return lambda reply: reply.with_json(
        {**reply.json(), "results": [change(each) for each in reply.json()["results"]]}
    )


def without(*names: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda data: {key: value for key, value in data.items() if key not in names}


# Archived rows


def test_the_archive_is_known_by_its_list_even_where_its_rows_do_not_say_so(bench: HubSpotBench, account: Rewritten):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    bench.delete(DEALS, record_id)
    account.when("archived=True", each_row(without("archived", "archivedAt")))
    connector = bench.connect()

    rows, _, _ = pull_all(connector, DEALS)

    assert [(row.ref.record_id, row.is_deleted) for row in rows] == [(record_id, True)]
    assert sweep(connector, DEALS) == {record_id: True}


# The newest rows


def test_a_change_of_this_very_moment_comes_at_once(bench: HubSpotBench, connector: Connector):
    """Also where stamps run a little ahead of the time that the answers' Date header tells, which knows no milliseconds."""
    _, cursor, _ = pull_all(connector, DEALS)
    bench.pass_time(600)
    expected = bench.seed_opportunities(3, stamp=bench.clock.now() + timedelta(milliseconds=900))

    rows, _, _ = pull_all(connector, DEALS, cursor)

    assert [row.ref.record_id for row in rows] == expected


# Unique values


def test_a_taken_registration_id_names_the_record_that_holds_it(bench: HubSpotBench, connector: Connector):
    holder, other = bench.seed_opportunities(2, stamp=LONG_AGO)
    connector.push([update(holder, {"registration_id": "REG-2026-00001"}, stream=DEALS)])

    (delivery,) = connector.push([update(other, {"registration_id": "REG-2026-00001"}, stream=DEALS)])

    assert isinstance(delivery.error, RecordError)
    assert delivery.error.retry_class is RetryClass.DUPLICATE
    assert delivery.error.existing_id == holder


@pytest.mark.parametrize(
    "body",
    [
        b'{"message":"Cannot set X on 12. 34 already has that value."}',
        b'{"message":"bad","errors":[{"message":"Cannot set X on 12. 34 already has that value.","code":"Y"}]}',
        b'{"message":"bad","errors":[{"message":"taken. Existing ID: 34"}]}',
        b'{"message":"bad","context":{"existingId":34}}',
    ],
)
def test_the_record_in_the_way_may_be_named_anywhere(body: bytes):
    assert read_fault(body).existing_id == "34"


def test_a_single_upsert_is_understood_without_trace_and_key(bench: HubSpotBench, account: Rewritten):
    def change(row: dict[str, Any]) -> dict[str, Any]:
        kept = without("objectWriteTraceId")(row)
        return {**kept, "properties": without("registration_id")(row["properties"])}

    account.when("batch/upsert", each_row(change))
    partner = bench.company("Partner")

    (delivery,) = bench.connect().push([create("REG-2026-00001", {"partner": partner, "customer_name": "Acme"})])

    assert delivery.outcome is Outcome.APPLIED
    assert delivery.record_id is not None


# Tokens


@pytest.mark.parametrize("category", ["INVALID_AUTHENTICATION", None])
def test_a_dead_token_is_renewed_once_whatever_the_refusal_is_called(
    bench: HubSpotBench, account: Rewritten, category: str | None
):
    """Every key of an error body is optional; one renewal tells whether the login itself is at fault."""
    connector = bench.connect(secrets=bench.oauth())
    connector.identify()
    refusals = [Reply(status="401 Unauthorized", headers={}, body=b"")]

    def change(reply: Reply) -> Reply:
        body = {"message": "no"} if category is None else {"message": "no", "category": category}
        return refusals.pop().with_json(body) if refusals else reply

    account.when("/search", change)

    assert connector.count(DEALS) == 0
    assert bench.portal.app.calls_by_route["POST token"] == 2


def test_a_dead_private_app_token_is_not_renewed(bench: HubSpotBench, account: Rewritten):
    connector = bench.connect()
    connector.identify()
    account.when("/search", lambda reply: reply.with_json({}, status="401 Unauthorized"))

    with pytest.raises(PermanentError) as raised:
        connector.count(DEALS)

    assert raised.value.retry_class is RetryClass.AUTH


# Definitions


def test_an_archived_stage_still_says_whether_its_deals_are_won(bench: HubSpotBench, account: Rewritten):
    """An archived stage takes no more deals; those that are in it stay closed, and won."""
    raw = bench.raw_opportunity(1, LONG_AGO)
    raw["properties"]["dealstage"] = "closedwon"
    bench.portal.seed("deals", [raw])

    def archive(pipeline: dict[str, Any]) -> dict[str, Any]:
        stages = [{**each, "archived": each["id"] == "closedwon"} for each in pipeline["stages"]]
        return {**pipeline, "stages": stages}

    account.when("/pipelines/", each_row(archive))
    account.when("/properties/deals", _only(lambda name: not name.startswith("hs_is_closed")))
    account.when("/objects/deals", each_row(lambda row: {**row, "properties": _unclosed(row["properties"])}))

    (row,), _, _ = pull_all(bench.connect(), DEALS)

    assert (row.values["is_closed"], row.values["is_won"]) == (True, True)


def _only(is_kept: Callable[[str], bool]) -> Callable[[Reply], Reply]:
    """Return a change of a list of definitions into those whose name passes."""
    return lambda reply: reply.with_json({"results": [e for e in reply.json()["results"] if is_kept(str(e["name"]))]})


def _unclosed(properties: dict[str, Any]) -> dict[str, Any]:
    return without("hs_is_closed", "hs_is_closed_won")(properties)


def test_definitions_without_the_usual_keys_accuse_nobody(bench: HubSpotBench, account: Rewritten):
    """What is not told is not held against a property; uniqueness alone must be told, since records depend on it."""
    kept = {"name", "hasUniqueValue"}
    account.when(
        "GET /crm/v3/properties/",
        each_row(lambda each: {key: value for key, value in each.items() if key in kept}),
    )
    connector = bench.connect()

    assert [each for each in connector.check() if each.severity is Severity.ERROR] == []
    pull_all(connector, DEALS)


def test_account_details_may_be_bare(bench: HubSpotBench, account: Rewritten):
    account.when("account-info", lambda reply: reply.with_json({"portalId": reply.json()["portalId"]}))

    identity = bench.connect().identify()

    assert identity.account_id == str(bench.portal.portal_id)
    assert (identity.time_zone, identity.currency, identity.is_sandbox) == (None, None, None)


def test_a_word_of_the_status_map_is_blamed_where_it_stands(bench: HubSpotBench):
    deals = bench.mapping.streams[DEALS]
    assert deals.status is not None
    own = {"won": Place(file="my.yaml", line=9)}
    status = replace(
        deals.status,
        write={**deals.status.write, "won": "aproved"},
        place=Place(file="my.yaml", line=7),
        write_places={**deals.status.write_places, **own},
    )
    streams = {**bench.mapping.streams, DEALS: replace(deals, status=status)}
    bench.mapping = replace(bench.mapping, streams=streams)

    (found,) = [each for each in bench.connect().check() if each.code == "option_missing"]

    assert "'aproved', which is to be written for the status won." in found.message
    assert found.place == "my.yaml:9:0"


# Numbers and texts


def test_ids_and_values_may_be_numbers(bench: HubSpotBench, account: Rewritten):
    """The docs say text; answers were seen with JSON numbers."""
    partner = bench.company("Partner")
    deal = bench.opportunity("Deal", customer=partner)

    def change(row: dict[str, Any]) -> dict[str, Any]:
        properties = {**row["properties"], "amount": 1000, "registration_rev": 3}
        return {**row, "id": int(row["id"]), "properties": properties}

    account.when("/objects/deals", each_row(change))
    connector = bench.connect()

    (row,), _, _ = pull_all(connector, DEALS)
    fresh = connector.read(DEALS, [deal])[deal]

    assert row == fresh
    assert (row.ref.record_id, row.values["amount"], row.rev) == (deal, "1000", 3)
    assert row.values["customer"] == partner


# Answers of another shape


def put(*path: Any, value: Any) -> Callable[[Reply], Reply]:
    """Return a change of one value within an answer."""

    def change(reply: Reply) -> Reply:
        data = node = reply.json()
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value
        return reply.with_json(data)

    return change


@pytest.mark.parametrize(
    ("match", "path", "value"),
    [
        ("account-info", ("portalId",), None),
        ("/properties/deals", ("results",), None),
        ("/properties/deals", ("results", 0, "options"), True),
        ("/labels", ("results", 0, "typeId"), {}),
        ("/objects/deals", ("results", 0, "properties"), "text"),
        ("associations/deals/companies/batch/read", ("results", 0, "from"), None),
        ("associations/deals/companies/batch/read", ("results", 0, "to", 0), None),
        ("associations/deals/companies/batch/read", ("results", 0, "to", 0), {"associationTypes": []}),
        ("associations/deals/companies/batch/read", ("results", 0, "to", 0, "associationTypes"), 1),
        ("associations/deals/companies/batch/read", ("errors",), [None]),
    ],
)
def test_an_answer_of_another_shape_is_no_answer(
    bench: HubSpotBench, account: Rewritten, match: str, path: tuple[Any, ...], value: Any
):
    """It is asked for again later; nothing is taken for empty or for an error of ours."""
    bench.opportunity("Deal", customer=bench.company("Customer"))
    account.when(match, put(*path, value=value))

    with pytest.raises(TransientError):
        pull_all(bench.connect(), DEALS)


def test_a_write_answered_in_another_shape_is_unknown(bench: HubSpotBench, account: Rewritten):
    deal = bench.opportunity("Deal")
    account.when("batch/update", put("results", value=[{"id": deal, "properties": None}, None]))
    account.when("batch/upsert", put("results", 0, "properties", value=True))
    partner = bench.company("Partner")
    writes = [
        update(deal, {"note": "x"}, stream=DEALS),
        create("REG-2026-00001", {"partner": partner, "customer_name": "Acme"}, key="c1"),
        create("REG-2026-00002", {"partner": partner, "customer_name": "Acme"}, key="c2"),
    ]

    told = bench.connect().push(writes)

    assert [each.outcome for each in told] == [Outcome.APPLIED, Outcome.UNKNOWN, Outcome.UNKNOWN]


def test_a_row_without_a_time_is_enumerated_all_the_same(bench: HubSpotBench, account: Rewritten):
    (record_id,) = bench.seed_opportunities(1, stamp=LONG_AGO)
    account.when("/objects/deals", each_row(lambda row: {"id": row["id"], "properties": {}}))

    assert set(sweep(bench.connect(), DEALS)) == {record_id}


@pytest.mark.parametrize("no_id", ["see the notes", "", "\u00b2", "9" * 23])
def test_an_id_that_is_none_hides_no_others(bench: HubSpotBench, connector: Connector, no_id: str):
    """A person types the other CRM's record id; HubSpot refuses a whole batch for one that is no number of 64 bits."""
    found = bench.seed_opportunities(2, stamp=LONG_AGO)

    rows = connector.read(DEALS, [*found, no_id])

    assert [rows[each] is not None for each in found] == [True, True]
    assert rows[no_id] is None
