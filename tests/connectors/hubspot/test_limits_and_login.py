"""Limits, tokens and the address: what the connector does when HubSpot says slow down, not today, or who are you."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.port import ConnectionSettings, Connector, Outcome
from connectors.registry import build
from rules.errors import ConfigError, PermanentError, RetryClass, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind
from sandbox.hubspot.limits import Shape
from tests.connectors.bench import pull_all
from tests.connectors.conformance.words import LONG_AGO, update
from tests.connectors.hubspot.bench import HubSpotBench

DEALS = Stream.OPPORTUNITIES


@pytest.mark.parametrize(("shape", "least_s"), [(Shape.SEARCH, 1), (Shape.BURST, 10)])
@pytest.mark.parametrize("retry_after_s", [None, 0, 30, 40_000])
def test_too_fast_is_waited_out_and_the_call_goes_on(
    bench: HubSpotBench, connector: Connector, shape: Shape, least_s: int, retry_after_s: int | None
):
    """Retry-After is honoured where it is sane; where it is missing or absurd, the limiter's own span counts."""
    connector.identify()
    bench.faults.plan(FaultKind.RATE_LIMITED, shape=shape, retry_after_s=retry_after_s)
    began = bench.clock.monotonic()

    assert connector.count(DEALS) == 0

    waited = bench.clock.monotonic() - began
    assert waited >= (30 if retry_after_s == 30 else least_s)
    assert waited < 90


def test_a_write_that_was_too_fast_was_not_applied_and_is_sent_again(bench: HubSpotBench, connector: Connector):
    record_id = bench.submission("Acme", partner=bench.company("Partner"))
    connector.identify()
    bench.faults.plan(FaultKind.RATE_LIMITED, shape=Shape.BURST, match="batch/update")
    bench.faults.plan(FaultKind.ROW_LOCKED, match="batch/update")

    (delivery,) = connector.push([update(record_id, {"rev": 1})])

    assert delivery.outcome is Outcome.APPLIED


def test_the_daily_limit_pauses_until_midnight_of_the_accounts_zone(bench: HubSpotBench, connector: Connector):
    """9:00 UTC on 2 March is 10:00 in Berlin: 14 hours to go."""
    connector.identify()
    bench.faults.plan(FaultKind.DAILY_LIMIT, count=None)

    with pytest.raises(TransientError) as raised:
        connector.pull(DEALS, None)

    assert raised.value.retry_class is RetryClass.EXHAUSTED
    assert raised.value.retry_after_s is not None
    assert abs(raised.value.retry_after_s - 14 * 3600) < 60
    assert connector.limits().resets_at == datetime(2026, 3, 2, 23, tzinfo=UTC)


def test_writes_after_the_end_of_the_allowance_are_refused_not_unknown(bench: HubSpotBench, connector: Connector):
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(150)]
    connector.identify()
    bench.faults.plan(FaultKind.DAILY_LIMIT, match="batch/update", skip=1, count=None)

    deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in rows])

    assert [each.outcome for each in deliveries] == [Outcome.APPLIED] * 100 + [Outcome.REFUSED] * 50
    assert {each.error.retry_class for each in deliveries[100:] if each.error} == {RetryClass.EXHAUSTED}


def test_an_account_on_the_move_pauses_the_connection(bench: HubSpotBench, connector: Connector):
    bench.portal.app.migrating_s = 7200

    with pytest.raises(TransientError) as raised:
        connector.identify()

    assert raised.value.retry_class is RetryClass.EXHAUSTED
    assert raised.value.retry_after_s == 7200


def test_the_pace_stays_below_the_limits_of_a_small_account(bench: HubSpotBench):
    """A Free account takes 100 calls in ten seconds and the portal refuses more: none is refused."""
    bench.portal.limits.burst = bench.portal.limits.associations_burst = 100
    bench.seed_opportunities(300, stamp=LONG_AGO)
    connector = bench.connect()
    for _ in range(120):
        connector.read(DEALS, ["5000000001"])
        connector.count(DEALS)

    statuses = {call.status for call in connector.take_calls()}

    assert statuses == {200, 207}


def test_an_oauth_token_is_renewed_by_the_clock(bench: HubSpotBench):
    connector = bench.connect(secrets=bench.oauth())
    connector.identify()
    for _ in range(6):
        bench.pass_time(1000)
        connector.count(DEALS)

    statuses = {call.status for call in connector.take_calls()}

    assert statuses == {200}
    assert bench.portal.app.calls_by_route["POST token"] == 4  # each good for 28 of its 30 minutes


def test_a_token_that_dies_early_is_renewed_once_and_the_call_repeated(bench: HubSpotBench):
    connector = bench.connect(secrets=bench.oauth())
    connector.identify()
    bench.faults.plan(FaultKind.TOKEN_EXPIRED)

    assert connector.count(DEALS) == 0
    assert bench.portal.app.calls_by_route["POST token"] == 2


def test_tokens_that_keep_dying_do_not_turn_in_a_circle(bench: HubSpotBench):
    connector = bench.connect(secrets=bench.oauth())
    connector.identify()
    bench.faults.plan(FaultKind.TOKEN_EXPIRED, count=None)

    with pytest.raises(PermanentError) as raised:
        connector.count(DEALS)

    assert raised.value.retry_class is RetryClass.AUTH
    assert bench.portal.app.calls_by_route["POST token"] == 2


def test_a_revoked_refresh_token_needs_an_admin(bench: HubSpotBench):
    bench.portal.tokens.is_uninstalled = True
    connector = bench.connect(secrets=bench.oauth())

    with pytest.raises(PermanentError) as raised:
        connector.identify()

    assert raised.value.code == "BAD_REFRESH_TOKEN"
    assert bench.portal.app.calls_by_route["POST token"] == 1


def test_a_token_endpoint_in_trouble_is_tried_again(bench: HubSpotBench):
    connector = bench.connect(secrets=bench.oauth())
    bench.faults.plan(FaultKind.SERVER_ERROR, match="token")
    bench.faults.plan(FaultKind.HTML_200, match="token")

    assert connector.identify().account_id == str(bench.portal.portal_id)


def test_a_malformed_token_is_a_matter_of_credentials(bench: HubSpotBench):
    """The edge answers 530 with a web page: after one more try it is a refused login."""
    connector = bench.connect(secrets={"access_token": "pat na1"})

    with pytest.raises(PermanentError) as raised:
        connector.identify()

    assert raised.value.retry_class is RetryClass.AUTH
    assert bench.portal.calls == 2


def test_a_missing_scope_leaves_the_token_good(bench: HubSpotBench, connector: Connector):
    bench.portal.app.scopes = frozenset({"crm.objects.companies.read", "crm.objects.owners.read"})

    rows, _, _ = pull_all(connector, Stream.COMPANIES)
    found = {each.code for each in connector.check()}
    with pytest.raises(PermanentError) as raised:
        connector.pull(DEALS, None)

    assert rows == []
    assert raised.value.retry_class is RetryClass.PERMISSION
    assert "scope_missing" in found
    assert "login_refused" not in found


@pytest.mark.parametrize(
    "missing", ["crm.objects.deals.write", "crm.objects.custom.write", "crm.objects.companies.write"]
)
def test_a_scope_for_writing_is_found_missing_without_writing(bench: HubSpotBench, connector: Connector, missing: str):
    """Companies are written only as the far end of a link, for which HubSpot asks the right at both ends."""
    names = ["companies", "deals", "custom"]
    every = {f"crm.objects.{name}.{verb}" for name in names for verb in ("read", "write")}
    bench.portal.app.scopes = frozenset({*every, "crm.objects.owners.read"} - {missing})

    findings = [each for each in connector.check() if each.code == "scope_missing"]

    assert findings
    assert all(missing in each.message for each in findings)
    assert all("hubspot/fields.yaml:" in each.place for each in findings)


@pytest.mark.parametrize(
    "url", ["http://api.hubapi.com", "ftp://api.hubapi.com", "https://u:p@api.hubapi.com", "hubspot"]
)
def test_an_address_without_encryption_is_refused_before_any_call(bench: HubSpotBench, url: str):
    bench.url = url

    with pytest.raises(ConfigError):
        bench.connect()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", ""])
def test_plain_http_is_for_this_machine_only(bench: HubSpotBench, url: str):
    bench.url = url

    bench.connect().identify()

    assert all(each.startswith(url or "https://api.hubapi.com") for _, each, _ in bench.seen)


def test_a_redirect_is_not_followed(bench: HubSpotBench, connector: Connector):
    bench.faults.plan(FaultKind.SERVER_ERROR, status=302)

    with pytest.raises(PermanentError, match="redirects are not followed"):
        connector.identify()

    assert len(bench.seen) == 1


@pytest.mark.parametrize(
    ("options", "secrets", "keys"),
    [
        ({"api": "v2"}, {"access_token": "x"}, ["api"]),
        ({"api": "2026-10", "lookback_minutes": "5"}, {"access_token": "x"}, ["api", "lookback_minutes"]),
        ({"lookback_minute": 3, "currency": 7}, {"access_token": "x"}, ["currency", "options.lookback_minute"]),
        ({"read_timeout_s": 0}, {"access_token": "x"}, ["read_timeout_s"]),
        ({}, {}, ["login.access_token"]),
        ({}, {"refresh_token": "x"}, ["login.client_id", "login.client_secret"]),
    ],
)
def test_settings_out_of_range_are_refused_all_at_once(
    bench: HubSpotBench, options: dict[str, Any], secrets: dict[str, str], keys: list[str]
):
    settings = ConnectionSettings(name="hubspot", kind="hubspot", url="", options=options, secrets=secrets)

    with pytest.raises(ConfigError) as raised:
        build(settings, bench.mapping, clock=bench.clock)

    assert [each.key for each in raised.value.problems] == keys


@pytest.mark.parametrize(("skew_s", "expected"), [(0, set()), (3600, {"clock_skew"}), (-3600, {"clock_skew"})])
def test_a_clock_that_is_off_is_found(skew_s: int, expected: set[str]):
    bench = HubSpotBench(skew_s=skew_s)

    codes = {each.code for each in bench.connect().check()}

    assert codes & {"clock_skew"} == expected


@pytest.mark.parametrize("skew_s", [7200, -7200])
def test_a_crm_whose_clock_is_not_ours_loses_no_row(skew_s: int):
    """Windows are in the CRM's time, and so is what a pass promises to have covered."""
    bench = HubSpotBench(skew_s=skew_s)
    connector = bench.connect()
    _, cursor, _ = pull_all(connector, DEALS)
    seen: set[str] = set()
    expected = set()
    for number in range(5):
        bench.pass_time(60)
        expected.add(bench.opportunity(f"Deal {number}"))
        bench.pass_time(60)
        rows, cursor, last = pull_all(connector, DEALS, cursor)
        seen |= {row.ref.record_id for row in rows}
        assert last.covered_until is not None
        assert timedelta(minutes=4) < bench.server_clock.now() - last.covered_until < timedelta(minutes=7)

    assert seen == expected
