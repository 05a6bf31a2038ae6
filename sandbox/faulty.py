"""Middleware that breaks calls the way any server, proxy or network can.

It stands in front of a CRM's app and draws the transport faults of sandbox/faults.py; what only the CRM itself can say
(its own rate limit, its row errors) is left to the app. It never looks into bodies, so "applied" means: the app ran.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sandbox.faults import TRANSPORT, Fault, FaultKind, Faults
from sandbox.wsgi import Break, Broken, Paced

_HTML: Final = (
    b"<!DOCTYPE html>\n<html><head><title>%b</title></head>"
    b"<body><h1>%b</h1><p>Please try again in a few minutes.</p></body></html>\n"
)
_SERVER_ERRORS: Final = (500, 502, 503)


class FaultyApp:
    """A WSGI app in front of another one.

    door: the name faults are planned under, "salesforce" or "hubspot".
    """

    def __init__(self, app: WSGIApplication, faults: Faults, door: str) -> None:
        self._app = app
        self._faults = faults
        self._door = door

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self._faults.is_quiet:
            return self._app(environ, start_response)
        fault = self._faults.draw(self._door, environ["REQUEST_METHOD"], _path(environ), TRANSPORT)
        if fault is None:
            return self._app(environ, start_response)
        return _BREAKERS[fault.kind](lambda: _run(self._app, environ), start_response, fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the app answered, whole."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def sized(self, length: int) -> list[tuple[str, str]]:
        others = [(name, value) for name, value in self.headers if name.lower() != "content-length"]
        return [*others, ("Content-Length", str(length))]


_Apply = Callable[[], _Run]
_Breaker = Callable[[_Apply, StartResponse, Fault], Iterable[bytes]]


def _path(environ: WSGIEnvironment) -> str:
    query = environ.get("QUERY_STRING", "")
    return f"{environ['PATH_INFO']}?{unquote_plus(query)}" if query else str(environ["PATH_INFO"])


def _run(app: WSGIApplication, environ: WSGIEnvironment) -> _Run:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        started[:] = [(status, list(headers))]

    result = app(environ, start_response)
    body = b"".join(result)
    if hasattr(result, "close"):
        result.close()
    status, headers = started[0]
    return _Run(status=status, headers=headers, body=body)


def _break(how: Break, *, applied: bool) -> _Breaker:
    def breaker(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
        if applied:
            apply()
        raise Broken(how)

    return breaker


def _reset_mid_body(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    run = apply()
    start_response(run.status, run.sized(len(run.body)))
    return _half(run.body[: _cut(run.body, fault)])


def _half(body: bytes) -> Iterator[bytes]:
    yield body
    raise Broken(Break.RESET)


def _truncate(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    run = apply()
    body = run.body[: _cut(run.body, fault)]
    # The length fits what is sent, as behind a proxy that has lost its upstream: only the JSON shows the loss.
    start_response(run.status, run.sized(len(body)))
    return [body]


def _cut(body: bytes, fault: Fault) -> int:
    return min(len(body) - 1, 1 + int(fault.roll * len(body))) if body else 0


def _empty(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    run = apply()
    start_response(run.status, run.sized(0))
    return [b""]


def _server_error(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    return _page(apply, start_response, fault, _SERVER_ERRORS[int(fault.roll * len(_SERVER_ERRORS))])


def _html(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    return _page(apply, start_response, fault, HTTPStatus.OK)


def _page(apply: _Apply, start_response: StartResponse, fault: Fault, default: int) -> Iterable[bytes]:
    if fault.options.get("applied", False):
        apply()
    status = HTTPStatus(fault.options.get("status", default))
    phrase = status.phrase.encode()
    page = _HTML % (phrase, phrase)
    start_response(
        f"{status.value} {status.phrase}",
        [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))],
    )
    return [page]


def _drip(apply: _Apply, start_response: StartResponse, fault: Fault) -> Iterable[bytes]:
    run = apply()
    start_response(run.status, run.sized(len(run.body)))
    step = max(1, -(-len(run.body) // int(fault.options.get("pieces", 10))))
    pieces = [run.body[at : at + step] for at in range(0, len(run.body), step)]
    return Paced(pieces, float(fault.options.get("pause_s", 20.0)))


_BREAKERS: Final[dict[FaultKind, _Breaker]] = {
    FaultKind.TIMEOUT_BEFORE: _break(Break.HANG, applied=False),
    FaultKind.TIMEOUT_AFTER: _break(Break.HANG, applied=True),
    FaultKind.RESET_BEFORE: _break(Break.RESET, applied=False),
    FaultKind.RESET_AFTER: _break(Break.RESET, applied=True),
    FaultKind.RESET_MID_BODY: _reset_mid_body,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.HTML_200: _html,
    FaultKind.TRUNCATED_JSON: _truncate,
    FaultKind.EMPTY_BODY: _empty,
    FaultKind.SLOW_DRIP: _drip,
}
