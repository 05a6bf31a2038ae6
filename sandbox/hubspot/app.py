"""The portal as a WSGI application: token, limits, faults, routing, errors.

Each call is answered whole under the portal's lock, so that a person's edit falls before or after it, never inside.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from random import Random
from typing import Final
from urllib.parse import parse_qs, unquote, unquote_plus
from wsgiref.types import StartResponse, WSGIEnvironment

import orjson

from sandbox.faults import Fault, FaultKind
from sandbox.hubspot import errors
from sandbox.hubspot.errors import Refusal
from sandbox.hubspot.limits import Lane, Meter, Shape
from sandbox.hubspot.oauth import Tokens, revoked
from sandbox.hubspot.paths import locate
from sandbox.hubspot.records import DOOR, Records
from sandbox.hubspot.request import Call, Reply
from sandbox.hubspot.routes import Route, find_route
from sandbox.hubspot.search import Searches
from sandbox.hubspot.trouble import ALWAYS

URL_MAX: Final = 15_000  # characters; other connectors cut their URLs there
_OWN_STATUS: Final = {477: "Migration in Progress", 530: "Site Frozen"}
_REFRESH: Final = frozenset({FaultKind.REFRESH_REVOKED})


class App:
    """scopes: what the token may do. calls: every request that came in, by "METHOD resource" too."""

    def __init__(self, records: Records, tokens: Tokens, meter: Meter, lock: threading.RLock, rng: Random) -> None:
        self.searches = Searches()
        self.calls = 0
        self.calls_by_route: Counter[str] = Counter()
        self.scopes: frozenset[str] | None = None
        self.migrating_s: int | None = None
        self.account_type = "STANDARD"
        self._records = records
        self._tokens = tokens
        self._meter = meter
        self._lock = lock
        self._rng = rng

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        with self._lock:
            self.calls += 1
            headers: list[tuple[str, str]] = []
            trace = f"{self._rng.getrandbits(128):032x}"
            try:
                reply = self._answer(environ, body, headers)
                status, data = reply.status, None if reply.data is None else orjson.dumps(reply.data)
            except Refusal as refused:
                status, data = refused.status, _refused(refused, trace, headers)
            self._records.settle()
        headers.append(("X-HubSpot-Correlation-Id", trace))
        if data is None:
            start_response(_status_line(status), headers)
            return []
        if not any(name == "Content-Type" for name, _ in headers):
            headers.append(("Content-Type", "application/json;charset=utf-8"))
        headers.append(("Content-Length", str(len(data))))
        start_response(_status_line(status), headers)
        return [data]

    def _answer(self, environ: WSGIEnvironment, body: bytes, headers: list[tuple[str, str]]) -> Reply:
        method, target = environ["REQUEST_METHOD"], _target(environ)
        path, _, query = target.partition("?")
        if len(target) > URL_MAX:
            raise errors.web_page(414, "Request-URI Too Large")
        place = locate([unquote(each) for each in path.split("/") if each])
        if place is None:
            raise errors.web_page(404, "404 Not Found")
        if place.resource == "token":
            return self._token(method, path, body)
        route = find_route(self._records, method, place)
        self.calls_by_route[f"{method} {route.name}"] += 1
        fault = self._draw(method, path, query, ALWAYS | route.faults)
        is_oauth = self._admit(environ, route, fault)
        headers += self._meter.headers(route.lane, is_oauth=is_oauth)
        self._require(route.scopes)
        call = Call(method=method, place=place, url=_url(environ, path), query=parse_qs(query), body=body, fault=fault)
        return route.run(self, self._records, call)

    def _admit(self, environ: WSGIEnvironment, route: Route, fault: Fault | None) -> bool:
        """Check token and limits; return whether the call is an OAuth app's."""
        now = self._records.clock.now()
        header = environ.get("HTTP_AUTHORIZATION", "")
        if self.migrating_s is not None:
            raise errors.migrating(self.migrating_s)
        if fault is not None and fault.kind is FaultKind.TOKEN_EXPIRED:
            self._tokens.expire(header)
            raise errors.expired_token()
        is_oauth = self._tokens.check(header, now)
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            default = Shape.SEARCH if route.lane is Lane.SEARCH else Shape.BURST
            raise self._meter.refuse(Shape(fault.options.get("shape", default)), fault.options.get("retry_after_s"))
        if fault is not None and fault.kind is FaultKind.DAILY_LIMIT:
            raise self._meter.refuse(Shape.DAILY, fault.options.get("retry_after_s"))
        self._meter.admit(route.lane, now=now, steady_s=self._records.clock.monotonic(), is_oauth=is_oauth)
        return is_oauth

    def _require(self, scopes: Sequence[str]) -> None:
        missing = [each for each in scopes if self.scopes is not None and each not in self.scopes]
        if missing:
            raise errors.missing_scopes(missing)

    def _token(self, method: str, path: str, body: bytes) -> Reply:
        if method != "POST":
            raise errors.web_page(404, "404 Not Found")
        self.calls_by_route["POST token"] += 1
        if self._draw(method, path, "", _REFRESH) is not None:
            raise revoked()
        form = {name: values[-1] for name, values in parse_qs(body.decode()).items()}
        return Reply(status=200, data=self._tokens.refresh(form, self._records.clock.now()))

    def _draw(self, method: str, path: str, query: str, kinds: frozenset[FaultKind]) -> Fault | None:
        if self._records.faults.is_quiet:
            return None
        told = f"{unquote(path)}?{unquote_plus(query)}" if query else unquote(path)
        return self._records.faults.draw(DOOR, method, told, kinds)


def _refused(refused: Refusal, trace: str, headers: list[tuple[str, str]]) -> bytes:
    headers += refused.headers
    if isinstance(refused.body, str):
        headers.append(("Content-Type", "text/html; charset=utf-8"))
        return refused.body.encode()
    return orjson.dumps({**refused.body, "correlationId": trace})


def _target(environ: WSGIEnvironment) -> str:
    """Return the request target undecoded; a path segment may hold an encoded slash."""
    told = environ.get("REQUEST_URI")
    if told is not None:
        return str(told)
    query = environ.get("QUERY_STRING", "")
    return f"{environ['PATH_INFO']}?{query}" if query else str(environ["PATH_INFO"])


def _url(environ: WSGIEnvironment, path: str) -> str:
    return f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', 'api.hubapi.com')}{path}"


def _status_line(status: int) -> str:
    phrase = _OWN_STATUS.get(status)
    return f"{status} {phrase or HTTPStatus(status).phrase}"
