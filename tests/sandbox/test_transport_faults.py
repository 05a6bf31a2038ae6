"""Broken calls surface as the exceptions that the real requests and urllib3 raise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests
import urllib3

from sandbox.clock import SimClock
from sandbox.faults import FaultKind, Faults
from sandbox.transport import FaultyApp, WouldHangError, WsgiAdapter, WsgiPool

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
URL = "https://crm.example/things/7?q=a%20b"


class Things:
    """A tiny app: remembers what it was asked and answers JSON."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, str, bytes, str]] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.seen.append(
            (
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ["QUERY_STRING"],
                body,
                environ.get("HTTP_AUTHORIZATION", ""),
            )
        )
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"things": list(range(1000))}).encode()]


@pytest.fixture
def app() -> Things:
    return Things()


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def clock() -> SimClock:
    return SimClock(START)


@pytest.fixture
def session(app: Things, faults: Faults, clock: SimClock) -> requests.Session:
    session = requests.Session()
    session.mount("https://", WsgiAdapter(FaultyApp(app, faults, "salesforce"), clock=clock))
    return session


@pytest.fixture
def pool(app: Things, faults: Faults, clock: SimClock) -> WsgiPool:
    return WsgiPool(FaultyApp(app, faults, "hubspot"), clock=clock)


def test_a_call_goes_through_both_libraries_unchanged(session: requests.Session, pool: WsgiPool, app: Things) -> None:
    answers = [
        session.post(URL, data=b"{}", headers={"Authorization": "Bearer x"}, timeout=5).json(),
        json.loads(pool.request("POST", URL, body=b"{}", headers={"Authorization": "Bearer x"}, timeout=5).data),
    ]

    assert answers == [{"things": list(range(1000))}] * 2
    assert app.seen == [("POST", "/things/7", "q=a%20b", b"{}", "Bearer x")] * 2


def test_every_answer_is_dated_by_the_sandbox_clock(session: requests.Session, clock: SimClock) -> None:
    clock.advance(90)

    assert session.get(URL, timeout=5).headers["Date"] == "Mon, 02 Mar 2026 09:01:30 GMT"


@pytest.mark.parametrize(
    ("kind", "applied", "from_requests", "from_urllib3"),
    [
        (FaultKind.TIMEOUT_BEFORE, 0, requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError),
        (FaultKind.TIMEOUT_AFTER, 1, requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError),
        (FaultKind.RESET_BEFORE, 0, requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError),
        (FaultKind.RESET_AFTER, 1, requests.exceptions.ConnectionError, urllib3.exceptions.ProtocolError),
        (FaultKind.RESET_MID_BODY, 1, requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError),
        (FaultKind.SLOW_DRIP, 1, requests.exceptions.ConnectionError, urllib3.exceptions.ReadTimeoutError),
    ],
)
def test_breaks_raise_what_the_libraries_raise(
    kind: FaultKind,
    applied: int,
    from_requests: type[Exception],
    from_urllib3: type[Exception],
    session: requests.Session,
    pool: WsgiPool,
    app: Things,
    faults: Faults,
) -> None:
    faults.plan(kind, count=2)

    with pytest.raises(from_requests):
        session.get(URL, timeout=(3, 10))
    assert len(app.seen) == applied
    with pytest.raises(from_urllib3):
        pool.request("GET", URL, timeout=urllib3.Timeout(connect=3, read=10))
    assert len(app.seen) == applied * 2

    assert session.get(URL, timeout=5).status_code == 200
    assert pool.request("GET", URL, timeout=5).status == 200


def test_a_timeout_costs_its_read_timeout_of_simulated_time(
    session: requests.Session, faults: Faults, clock: SimClock
) -> None:
    faults.plan(FaultKind.TIMEOUT_AFTER)

    with pytest.raises(requests.exceptions.ReadTimeout):
        session.get(URL, timeout=(3, 60))

    assert (clock.now() - START).total_seconds() == 60


def test_a_call_without_timeout_is_told_that_it_would_hang(session: requests.Session, faults: Faults) -> None:
    faults.plan(FaultKind.TIMEOUT_BEFORE)

    with pytest.raises(WouldHangError, match="no read time-out"):
        session.get(URL)


def test_a_drip_within_the_timeout_is_only_slow(session: requests.Session, faults: Faults, clock: SimClock) -> None:
    faults.plan(FaultKind.SLOW_DRIP, pause_s=4, pieces=3)

    assert len(session.get(URL, timeout=5).json()["things"]) == 1000
    assert (clock.now() - START).total_seconds() == pytest.approx(12)


def test_an_html_page_with_status_200_is_no_json(session: requests.Session, faults: Faults, app: Things) -> None:
    faults.plan(FaultKind.HTML_200)

    answer = session.get(URL, timeout=5)

    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
    assert app.seen == []


@pytest.mark.parametrize("kind", [FaultKind.TRUNCATED_JSON, FaultKind.EMPTY_BODY])
def test_a_cut_body_is_whole_http_but_no_json(kind: FaultKind, pool: WsgiPool, faults: Faults, app: Things) -> None:
    faults.plan(kind)

    answer = pool.request("GET", URL, timeout=5)

    assert answer.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.data)
    assert len(app.seen) == 1


@pytest.mark.parametrize("is_applied", [False, True])
def test_a_server_error_may_hide_an_applied_write(
    is_applied: bool, pool: WsgiPool, faults: Faults, app: Things
) -> None:
    faults.plan(FaultKind.SERVER_ERROR, match="PATCH /things", status=502, applied=is_applied)

    assert pool.request("GET", URL, timeout=5).status == 200
    answer = pool.request("PATCH", URL, timeout=5)

    assert answer.status == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert len(app.seen) == 1 + is_applied


def test_faults_are_planned_per_door_and_by_decoded_call(
    session: requests.Session, pool: WsgiPool, faults: Faults
) -> None:
    faults.plan(FaultKind.HTML_200, door="hubspot", match="q=a b", skip=1)

    assert session.get(URL, timeout=5).headers["Content-Type"] == "application/json"
    assert pool.request("GET", URL, timeout=5).headers["Content-Type"] == "application/json"
    assert pool.request("GET", URL, timeout=5).headers["Content-Type"].startswith("text/html")
    assert pool.request("GET", URL, timeout=5).headers["Content-Type"] == "application/json"


def test_a_streamed_answer_comes_chunked_and_can_be_read_in_parts(clock: SimClock) -> None:
    def streaming(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/csv")])

        def lines() -> Iterator[bytes]:
            for number in range(5000):
                yield b"%d\n" % number

        return lines()

    session = requests.Session()
    session.mount("https://", WsgiAdapter(streaming, clock=clock))

    with session.get(URL, stream=True, timeout=5) as answer:
        assert answer.headers["Transfer-Encoding"] == "chunked"
        assert [int(line) for line in answer.iter_lines()] == list(range(5000))
