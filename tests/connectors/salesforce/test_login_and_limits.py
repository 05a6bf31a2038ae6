"""Logins, hosts, the org's identity and its allowance."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from connectors.port import ConnectionSettings, Connector, Outcome
from connectors.registry import build
from rules.errors import ConfigError, PermanentError, RetryClass, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind
from sandbox.salesforce.org import Org
from tests.connectors.bench import ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, update
from tests.connectors.salesforce.bench import SalesforceBench

DEALS = Stream.OPPORTUNITIES


def jwt(bench: SalesforceBench) -> dict[str, str]:
    return {name: bench.org.login[name] for name in ("client_id", "username", "private_key")}


@pytest.mark.parametrize(
    "url",
    [
        "https://vendor.my.salesforce.com",
        "https://vendor--uat.sandbox.my.salesforce.com",
        "https://vendor.my.salesforce.mil",
        "https://crm.vendor.example",
        "https://127.0.0.1:8443",
    ],
)
@pytest.mark.parametrize("flow", ["client_credentials", "jwt_bearer"])
def test_logins_go_to_the_orgs_own_host_and_so_do_all_calls(bench: SalesforceBench, url: str, flow: str):
    bench.url = url
    connector = bench.connect(secrets=jwt(bench) if flow == "jwt_bearer" else None)

    identity = connector.identify()
    pull_all(connector, DEALS)

    assert identity.account_id == bench.org.org_id[:15]
    assert identity.user_id == bench.org.user_id
    assert {each.split("/services/")[0] for _, each, _ in bench.seen} == {url}


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_plain_http_is_for_this_machine_only(bench: SalesforceBench, url: str):
    """The library says https to every host; on loopback the address is put right."""
    bench.url = url
    connector = bench.connect()
    bench.seed_opportunities(3, stamp=LONG_AGO)

    rows, _, _ = pull_all(connector, DEALS)

    assert len(rows) == 3
    assert all(each.startswith(url) for _, each, _ in bench.seen)


@pytest.mark.parametrize(
    "url", ["http://vendor.my.salesforce.com", "https://u:p@vendor.my.salesforce.com", "vendor.my"]
)
def test_an_address_without_encryption_is_refused_before_any_call(bench: SalesforceBench, url: str):
    bench.url = url

    with pytest.raises(ConfigError):
        bench.connect()


def test_a_login_host_that_serves_no_such_flow_says_what_to_do_before_any_call(bench: SalesforceBench):
    bench.url = "https://login.salesforce.com"

    with pytest.raises(ConfigError, match="My Domain"):
        bench.connect()


@pytest.mark.parametrize(
    ("secrets", "code"),
    [
        ({"client_id": "3MVG9wrong", "client_secret": "x" * 64}, "invalid_client_id"),
        ({"client_secret": "x" * 64}, "invalid_client"),
    ],
)
def test_wrong_credentials_are_refused_once_and_never_shown(bench: SalesforceBench, secrets: dict[str, str], code: str):
    connector = bench.connect(secrets=bench.login | secrets)

    with pytest.raises(PermanentError) as raised:
        connector.identify()

    assert (raised.value.code, raised.value.retry_class) == (code, RetryClass.AUTH)
    assert bench.org.logins.count == 1
    assert not [each for each in secrets.values() if each in str(raised.value)]


def test_a_key_that_is_none_is_refused_without_being_shown(bench: SalesforceBench):
    connector = bench.connect(secrets=jwt(bench) | {"private_key": "-----BEGIN nonsense-----"})

    with pytest.raises(PermanentError, match="private key cannot be read") as raised:
        connector.identify()

    assert "nonsense" not in str(raised.value)
    assert bench.org.logins.count == 0


@pytest.mark.parametrize("skew_s", [-1800, 1800])
def test_a_jwt_is_dated_by_the_orgs_clock(skew_s: int):
    """It is good for three minutes: a machine half an hour off learns the org's time from the refusal."""
    bench = SalesforceBench(skew_s=skew_s)
    connector = bench.connect(secrets=jwt(bench))

    assert connector.identify().account_id == bench.org.org_id[:15]
    assert bench.org.logins.count == 2


@pytest.mark.parametrize("skew_s", [7200, -7200])
def test_a_crm_whose_clock_is_not_ours_loses_no_row(skew_s: int):
    bench = SalesforceBench(skew_s=skew_s)
    connector = bench.connect()
    _, cursor, _ = pull_all(connector, DEALS)
    seen: set[str] = set()
    expected = set()
    for number in range(5):
        bench.pass_time(60)
        expected.add(bench.opportunity(f"Deal {number}"))
        bench.pass_time(60)
        rows, cursor, last = pull_all(connector, DEALS, cursor)
        seen |= set(ids(rows))
        assert last.covered_until is not None
        assert timedelta(minutes=11) < bench.server_clock.now() - last.covered_until < timedelta(minutes=14)

    assert seen == expected


def test_a_clock_that_is_off_is_found():
    codes = {skew_s: [each.code for each in SalesforceBench(skew_s=skew_s).connect().check()] for skew_s in (0, 3600)}

    assert "clock_skew" not in codes[0]
    assert "clock_skew" in codes[3600]


def test_another_org_behind_the_same_address_is_refused(bench: SalesforceBench):
    """A sandbox was refreshed while we ran: ids look plausible and mean other records."""
    connector = bench.connect()
    connector.identify()
    bench.org = Org(clock=bench.clock, faults=bench.faults, org_id="00D7Q00000SBX02")

    with pytest.raises(PermanentError, match="another org answers") as raised:
        pull_all(connector, DEALS)

    assert raised.value.retry_class is RetryClass.AUTH
    assert bench.org.calls == 0


def test_a_sandbox_says_that_it_is_one():
    assert SalesforceBench(is_sandbox=True).connect().identify().is_sandbox is True
    assert SalesforceBench().connect().identify().is_sandbox is False


def test_the_usage_header_feeds_the_budget(bench: SalesforceBench, connector: Connector):
    connector.identify()
    pull_all(connector, DEALS)

    limits = connector.limits()

    assert (limits.used, limits.total) == (bench.calls, 100_000)


def test_a_nearly_used_up_allowance_is_a_finding(bench: SalesforceBench, connector: Connector):
    bench.org.daily_limit = 6

    assert "budget_low" in [each.code for each in connector.check()]


def test_a_used_up_allowance_stops_everything_without_hammering(bench: SalesforceBench, connector: Connector):
    connector.identify()
    bench.org.daily_limit = bench.calls
    before = len(bench.seen)

    with pytest.raises(TransientError) as raised:
        connector.pull(DEALS, None)

    assert raised.value.retry_class is RetryClass.EXHAUSTED
    assert len(bench.seen) - before == 1


def test_too_many_calls_at_once_are_waited_out(bench: SalesforceBench, connector: Connector):
    """The same code as for the day's allowance, but another message: a short wait is enough."""
    bench.seed_opportunities(3, stamp=LONG_AGO)
    connector.identify()
    bench.faults.plan(FaultKind.RATE_LIMITED)

    rows, _, _ = pull_all(connector, DEALS)

    assert len(rows) == 3


def test_writes_after_the_end_of_the_allowance_are_refused_not_unknown(bench: SalesforceBench, connector: Connector):
    partner = bench.company("Partner")
    rows = [bench.submission(f"C{number}", partner=partner) for number in range(300)]
    connector.identify()
    bench.org.daily_limit = bench.calls + 1

    deliveries = connector.push([update(each, {"rev": 1}, key=each) for each in rows])

    assert [each.outcome for each in deliveries] == [Outcome.APPLIED] * 200 + [Outcome.REFUSED] * 100
    assert {each.error.retry_class for each in deliveries if each.error} == {RetryClass.EXHAUSTED}


@pytest.mark.parametrize(("rows", "is_bulk"), [(90, False), (300, True)])
def test_a_backfill_above_the_threshold_goes_by_bulk(rows: int, is_bulk: bool):
    bench = SalesforceBench()
    bench.options |= {"bulk_threshold_rows": 100, "bulk_page_rows": 100}
    expected = bench.seed_opportunities(rows, stamp=LONG_AGO)
    connector = bench.connect()

    read, cursor, last = pull_all(connector, DEALS)
    bench.pass_time(60)
    bench.edit(DEALS, expected[0], amount="4")
    bench.pass_time(60)
    later, _, _ = pull_all(connector, DEALS, cursor)

    assert sorted(ids(read)) == expected
    assert any("/jobs/query" in url for _, url, _ in bench.seen) is is_bulk
    assert last.covered_until is not None
    assert [row.values["amount"] for row in later if row.ref.record_id == expected[0]] == ["4"]


def test_rows_from_a_bulk_job_are_the_same_as_rows_from_pages():
    """CSV has no types and other time stamps; the rows must not differ, or all would look changed."""
    bench = SalesforceBench()
    partner = bench.company("Partner, with a comma")
    made = [bench.opportunity(f'Deal "{n}"\nsecond line', customer=partner, amount=f"{n}.50") for n in range(5)]
    bench.delete(DEALS, made[0])
    bench.pass_time(60)
    paged, _, _ = pull_all(bench.connect(), DEALS)
    bench.options["bulk_threshold_rows"] = 0

    bulked, _, _ = pull_all(bench.connect(), DEALS)

    assert {row.ref: row for row in bulked} == {row.ref: row for row in paged}
    assert any("/jobs/query" in url for _, url, _ in bench.seen)


@pytest.mark.parametrize(
    ("options", "secrets", "keys"),
    [
        ({"api_version": "six"}, None, ["api_version"]),
        ({"page_rows": 5000, "lookback_minutes": "12"}, None, ["lookback_minutes", "page_rows"]),
        ({}, {"client_id": "x"}, ["login.client_secret"]),
        ({"bulk_treshold_rows": 5}, None, ["options.bulk_treshold_rows"]),
        ({"flow": "password"}, None, ["login.flow"]),
    ],
)
def test_settings_out_of_range_are_refused_all_at_once(
    bench: SalesforceBench, options: dict[str, Any], secrets: dict[str, str] | None, keys: list[str]
):
    settings = ConnectionSettings(
        name="salesforce", kind="salesforce", url=bench.url, options=options, secrets=secrets or bench.login
    )

    with pytest.raises(ConfigError) as raised:
        build(settings, bench.mapping, clock=bench.clock, transport=bench.session())

    assert [each.key for each in raised.value.problems] == keys
