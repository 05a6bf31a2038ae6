"""Addresses, accounting, rate, repetition of reads, redaction."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.http import (
    RATE_CUT_S,
    CallLog,
    Rate,
    checked_url,
    header,
    http_date,
    is_loopback,
    redact,
    repeat_read,
    retry_after_s,
)
from rules.errors import ConfigError, PermanentError, RetryClass, TransientError
from sandbox.clock import SimClock

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> SimClock:
    return SimClock(NOW)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("localhost.evil.com", False),
        ("127.0.0.1.nip.io", False),
        (None, False),
    ],
)
def test_only_this_machine_is_loopback(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    "url", ["https://vendor.my.salesforce.com", "https://h:8443/", "http://127.0.0.1:80", "http://[::1]:1"]
)
def test_encrypted_addresses_and_plain_ones_of_this_machine_are_taken(url):
    assert checked_url(url, connection="x").hostname


@pytest.mark.parametrize(
    "url",
    [
        "http://vendor.my.salesforce.com",
        "http://localhost.evil.com",
        "ftp://vendor.com",
        "vendor.com",
        "https://",
        "https://user:password@vendor.com",
        "https://vendor.com/path",
        "https://vendor.com?x=1",
        "https://vendor.com:port",
        "https://[::1",
    ],
)
def test_other_addresses_are_refused_without_repeating_a_password(url):
    with pytest.raises(ConfigError) as caught:
        checked_url(url, connection="crm")

    assert "password@" not in str(caught.value)
    assert "crm" in str(caught.value)


def test_headers_are_found_in_any_case():
    assert header({"date": "x"}, "Date") == "x"
    assert header({"A": "x"}, "Date") is None


def test_http_dates_are_read_and_broken_ones_are_none():
    assert http_date("Sat, 21 Nov 2026 12:00:00 GMT") == NOW
    assert http_date("yesterday") is None
    assert http_date(None) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("-3", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        (None, None),
    ],
)
def test_retry_after_comes_in_seconds_or_as_a_date(text, expected):
    assert retry_after_s(text, now=NOW) == expected


def test_secrets_tokens_and_mail_addresses_are_taken_out():
    text = "Bearer 00Dabc!xyz123 for jane.doe@acme.com with s3cr3t-value"

    assert redact(text, ["s3cr3t-value"]) == "Bearer [secret] for [mail] with [secret]"


@given(st.text(min_size=6, max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_secret_survives_redaction(secret, before, after):
    # Words of the marker itself cannot be told from it.
    if secret in "[secret][secret]" or secret in "[mail][mail]":
        return
    shown = redact(before + secret + after, [secret])

    assert secret not in shown.replace("[secret]", "").replace("[mail]", "") or secret in before + after


def test_calls_are_recorded_and_forgotten_once_taken(clock):
    log = CallLog("crm", clock)
    log.add(purpose="pull", status=200, elapsed_s=0.25)
    log.amend(rows=12)
    log.add(purpose="push", status=None, elapsed_s=60)

    first, second = log.take()

    assert (first.purpose, first.rows, first.elapsed_ms, first.at) == ("pull", 12, 250, NOW)
    assert (second.status, second.rows) == (None, 0)
    assert log.take() == []


def test_a_burst_goes_at_once_and_the_rest_at_the_rate(clock):
    rate = Rate(clock, per_second=2, burst=3)

    for _ in range(7):
        rate.take()

    assert clock.monotonic() == pytest.approx(2.0)


def test_a_throttled_connection_halves_its_rate_waits_as_asked_and_recovers(clock):
    rate = Rate(clock, per_second=8, burst=1)
    rate.slow_down(retry_after_s=5)
    rate.take()
    assert clock.monotonic() >= 5
    assert rate.per_second == 4

    rate.speed_up()
    assert rate.per_second == 4, "not before the cut has run its time"
    clock.advance(RATE_CUT_S)
    for _ in range(40):
        rate.speed_up()
    assert rate.per_second == 8


def test_the_rate_never_falls_to_nothing(clock):
    rate = Rate(clock, per_second=10, burst=1)
    for _ in range(50):
        rate.slow_down()

    assert rate.per_second == 0.5


class Failing:
    """Fails so often, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def silent(
    retry_after_s: float | None = None, retry_class: RetryClass = RetryClass.TRANSIENT, code: str = "x"
) -> TransientError:
    return TransientError("no answer", crm="crm", retry_after_s=retry_after_s, retry_class=retry_class, code=code)


def test_a_read_is_repeated_with_growing_waits(clock):
    action = Failing(silent(), silent())

    assert repeat_read(action, clock=clock, rng=Random(1)) == "answer"
    assert 3 <= clock.monotonic() <= 6  # 1 s and 2 s, each plus up to as much again


def test_a_read_is_given_up_after_three_attempts_with_the_last_error(clock):
    action = Failing(silent(), silent(), silent(code="last"))

    with pytest.raises(TransientError) as caught:
        repeat_read(action, clock=clock, rng=Random(1))

    assert (action.calls, caught.value.code) == (3, "last")


def test_the_crms_own_wait_is_honoured_up_to_a_minute(clock):
    assert repeat_read(Failing(silent(30)), clock=clock, rng=Random(1)) == "answer"
    assert clock.monotonic() == 30

    action = Failing(silent(3600))
    with pytest.raises(TransientError):
        repeat_read(action, clock=clock, rng=Random(1))
    assert action.calls == 1


@pytest.mark.parametrize(
    "error",
    [
        silent(retry_class=RetryClass.EXHAUSTED),
        silent(code="QUERY_TIMEOUT"),
        PermanentError("refused", crm="crm"),
    ],
)
def test_what_a_repetition_cannot_cure_is_not_repeated(clock, error):
    action = Failing(error)

    with pytest.raises(type(error)):
        repeat_read(action, clock=clock, rng=Random(1), unless_codes=("QUERY_TIMEOUT",))

    assert action.calls == 1
