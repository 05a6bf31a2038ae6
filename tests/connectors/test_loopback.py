"""Both connectors over real sockets: the libraries' own pools, real time-outs, real resets, compressed answers."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from connectors import registry
from connectors.port import ConnectionSettings, Connector, Outcome
from rules.errors import PermanentError, TransientError
from rules.fields import Stream
from sandbox.clock import RealClock
from sandbox.faults import FaultKind
from sandbox.faulty import FaultyApp
from sandbox.serve import HttpServer
from tests.connectors.bench import Bench, ids, pull_all
from tests.connectors.conformance.words import LONG_AGO, update
from tests.connectors.hubspot.bench import HubSpotBench
from tests.connectors.salesforce.bench import SalesforceBench

KINDS = {"salesforce": SalesforceBench, "hubspot": HubSpotBench}
QUICK = {"connect_timeout_s": 2, "read_timeout_s": 0.3}


class Zipped:
    """Compresses answers for clients that take it, as the real CRMs do."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self.zipped = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        told: list[Any] = []

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            told[:] = [status, headers]

        body = b"".join(self._app(environ, start))
        status, headers = told
        if "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "") and len(body) > 100:
            self.zipped += 1
            body = gzip.compress(body)
            kept = [each for each in headers if each[0].lower() != "content-length"]
            headers = [*kept, ("Content-Encoding", "gzip"), ("Content-Length", str(len(body)))]
        start_response(status, headers)
        return [body]


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest) -> Bench:
    bench: Bench = KINDS[request.param]()
    bench.clock = RealClock()  # type: ignore[assignment]  # the machine's own time here
    return bench


@pytest.fixture
def app(bench: Bench) -> Zipped:
    inner: Any = bench.org.app if isinstance(bench, SalesforceBench) else bench.portal.app  # type: ignore[attr-defined]
    return Zipped(inner)


@pytest.fixture
def server(bench: Bench, app: Zipped) -> Iterator[HttpServer]:
    server = HttpServer(FaultyApp(app, bench.faults, bench.door), clock=RealClock())
    yield server
    server.close()


@pytest.fixture
def connector(bench: Any, server: HttpServer) -> Connector:
    login = bench.login if bench.door == "salesforce" else {"access_token": bench.portal.login["access_token"]}
    settings = ConnectionSettings(
        name=bench.door, kind=bench.door, url=server.url, options=bench.options | QUICK, secrets=login
    )
    return registry.build(settings, bench.mapping, clock=Hasty())


def test_the_main_road_over_real_sockets(bench: Bench, app: Zipped, connector: Connector):
    expected = bench.seed_opportunities(150, stamp=LONG_AGO)

    rows, _, last = pull_all(connector, Stream.OPPORTUNITIES)
    (delivery,) = connector.push([update(expected[7], {"note": "Ours", "rev": 1}, stream=Stream.OPPORTUNITIES)])
    fresh = connector.read(Stream.OPPORTUNITIES, [expected[7]])[expected[7]]

    assert sorted(ids(rows)) == sorted(expected)
    assert last.covered_until is not None
    assert delivery.outcome is Outcome.APPLIED
    assert fresh is not None
    assert (fresh.rev, fresh.values["note"]) == (1, "Ours")
    assert app.zipped > 0


def test_a_compressed_refusal_is_understood(bench: Bench, app: Zipped, connector: Connector):
    partner = bench.company("Partner")
    record_id = bench.submission("Acme", partner=partner)
    connector.identify()
    zipped = app.zipped

    (delivery,) = connector.push([update(record_id, {"status": "No such status"})])

    assert delivery.outcome is Outcome.REFUSED
    assert delivery.error is not None
    assert delivery.error.code in ("INVALID_OPTION", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert app.zipped > zipped


def test_a_server_that_never_answers_is_given_up(bench: Bench, connector: Connector):
    record_id, *_ = bench.seed_opportunities(2, stamp=LONG_AGO)
    connector.pull(Stream.OPPORTUNITIES, None)
    bench.faults.plan(FaultKind.TIMEOUT_AFTER)

    (delivery,) = connector.push([update(record_id, {"rev": 1}, stream=Stream.OPPORTUNITIES)])

    assert delivery.outcome is Outcome.UNKNOWN
    fresh = connector.read(Stream.OPPORTUNITIES, [record_id])[record_id]
    assert fresh is not None
    assert fresh.rev == 1


@pytest.mark.parametrize("kind", [FaultKind.RESET_AFTER, FaultKind.RESET_MID_BODY, FaultKind.TRUNCATED_JSON])
def test_an_answer_cut_on_the_wire_is_unknown_for_a_write(bench: Bench, connector: Connector, kind: FaultKind):
    record_id, *_ = bench.seed_opportunities(2, stamp=LONG_AGO)
    connector.pull(Stream.OPPORTUNITIES, None)
    bench.faults.plan(kind)

    (delivery,) = connector.push([update(record_id, {"rev": 1}, stream=Stream.OPPORTUNITIES)])

    assert delivery.outcome is Outcome.UNKNOWN


def test_nobody_listening_is_told_at_once(bench: Bench, server: HttpServer, connector: Connector):
    """The connection was never made, so a write was certainly not applied."""
    record_id, *_ = bench.seed_opportunities(2, stamp=LONG_AGO)
    connector.pull(Stream.OPPORTUNITIES, None)
    server.close()

    (delivery,) = connector.push([update(record_id, {"rev": 1}, stream=Stream.OPPORTUNITIES)])

    assert delivery.outcome is Outcome.REFUSED
    assert isinstance(delivery.error, TransientError)


def test_a_server_that_speaks_no_tls_is_no_crm(bench: Any, server: HttpServer):
    url = server.url.replace("http://", "https://")
    login = bench.login if bench.door == "salesforce" else {"access_token": bench.portal.login["access_token"]}
    settings = ConnectionSettings(
        name=bench.door, kind=bench.door, url=url, options=bench.options | QUICK, secrets=login
    )
    connector = registry.build(settings, bench.mapping, clock=Hasty())

    with pytest.raises((TransientError, PermanentError)) as raised:
        connector.identify()

    assert not [each for each in bench.secrets if each in str(raised.value)]


class Hasty(RealClock):
    """Real time without the pauses between attempts."""

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, 0.01))
