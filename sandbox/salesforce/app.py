"""The org's door: WSGI in, an answer out; login, limits, faults of the whole call, then the resource that was asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

from sandbox.faults import FaultKind
from sandbox.salesforce import bulk, collections, rest, rest_queries
from sandbox.salesforce.composite import batch, composite
from sandbox.salesforce.engine import Engine, not_allowed, not_there
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.http import Call, Reply, error_reply, read_environ
from sandbox.salesforce.limits import concurrent_limit, daily_limit
from sandbox.salesforce.oauth import OAuthError

TARGET_BYTES_MAX: Final = 16_384
BODY_BYTES_MAX: Final = 50 << 20
VERSIONS: Final = range(31, 69)
_SEASONS: Final = ("Winter", "Spring", "Summer")
_LOGIN: Final = frozenset({FaultKind.REFRESH_REVOKED})
_CALL: Final = frozenset({FaultKind.RATE_LIMITED, FaultKind.DAILY_LIMIT, FaultKind.TOKEN_EXPIRED})
_TOO_LONG: Final = (
    b"<html><head><title>Error 414</title></head><body><h2>HTTP ERROR: 414</h2><p>URI Too Long</p></body></html>"
)


class App:
    """A WSGI app over one org. One lock: calls are answered one after another."""

    def __init__(self, engine: Engine, lock: threading.RLock) -> None:
        self._engine = engine
        self._lock = lock

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = read_environ(environ)
        with self._lock:
            try:
                reply = self._answer(call)
            except ApiError as error:
                reply = error_reply(error)
            payload = reply.payload()
            if call.path[:2] == ("services", "data") and len(call.path) > 2:
                reply.headers["Sforce-Limit-Info"] = self._engine.limits.header
        headers = [*reply.headers.items()]
        if reply.status not in (204, 304):
            headers += [("Content-Type", reply.content_type), ("Content-Length", str(len(payload)))]
        start_response(reply.status_line, headers)
        return [payload]

    def _answer(self, call: Call) -> Reply:
        _check_size(call)
        if call.path == ("services", "oauth2", "token"):
            return self._token(call)
        if call.path[:2] != ("services", "data"):
            raise not_there()
        if len(call.path) == 2 or call.path[2] == "":
            return Reply(body=_versions())
        _check_version(call)
        user_id = self._admit(call)
        self._engine.store.settle()
        return self._route(call.as_user(user_id))

    def _token(self, call: Call) -> Reply:
        if call.method != "POST":
            raise not_allowed(call.method)
        fault = self._engine.draw(call, _LOGIN)
        try:
            if fault is not None:
                raise OAuthError("invalid_grant", "expired access/refresh token")
            return Reply(body=self._engine.logins.answer(call.body, call.headers, call.origin))
        except OAuthError as error:
            return Reply(status=400, body=error.body)

    def _admit(self, call: Call) -> str:
        """Return who calls; raise ApiError for a session that has ended or an allowance that is used up."""
        engine = self._engine
        fault = engine.draw(call, _CALL)
        if fault is not None and fault.kind is FaultKind.TOKEN_EXPIRED:
            engine.logins.end_sessions()
        user_id = engine.logins.user_of(call.headers.get("authorization", ""))
        engine.limits.check()
        engine.limits.count()
        if fault is not None and fault.kind is FaultKind.DAILY_LIMIT:
            raise daily_limit()
        if fault is not None and fault.kind is FaultKind.RATE_LIMITED:
            raise concurrent_limit(fault.options.get("retry_after_s"))
        return user_id

    def _route(self, call: Call) -> Reply:
        engine = self._engine
        match call.rest:
            case ("query",):
                return rest_queries.query(engine, call, include_deleted=False)
            case ("queryAll",):
                return rest_queries.query(engine, call, include_deleted=True)
            case ("query" | "queryAll", locator):
                return rest_queries.more(engine, call, locator)
            case ("sobjects",):
                return rest.objects(engine, call)
            case ("sobjects", name):
                return rest.collection_of(engine, call, name)
            case ("sobjects", name, "describe"):
                return rest.described(engine, call, name)
            case ("sobjects", name, record_id):
                return rest.row(engine, call, name, record_id)
            case ("sobjects", name, field, value):
                return rest.row_by_key(engine, call, name, field, value)
            case ("composite",):
                return composite(engine, call, self._route)
            case ("composite", "batch"):
                return batch(engine, call, self._route)
            case ("composite", "sobjects"):
                return collections.write(engine, call)
            case ("composite", "sobjects", name):
                return collections.by_object(engine, call, name)
            case ("composite", "sobjects", name, field):
                return collections.upsert(engine, call, name, field)
            case ("jobs", "query"):
                return bulk.jobs(engine, call)
            case ("jobs", "query", job_id):
                return bulk.job(engine, call, job_id)
            case ("jobs", "query", job_id, "results"):
                return bulk.results(engine, call, job_id)
            case ("limits",):
                return Reply(body=engine.limits.answer())
            case ("limits", "recordCount"):
                return Reply(body=self._record_count(call))
        raise not_there()

    def _record_count(self, call: Call) -> dict[str, Any]:
        names = filter(None, call.query.get("sObjects", "").split(","))
        shapes = [shape for name in names if (shape := self._engine.store.shape(name)) is not None]
        tables = self._engine.store.tables
        counts = [
            {"name": each.name, "count": tables[each.name].count(None, None, include_deleted=False)} for each in shapes
        ]
        return {"sObjects": counts}


def _check_size(call: Call) -> None:
    if len(call.target) > TARGET_BYTES_MAX:
        raise ApiError(414, "URI_TOO_LONG", "", page=_TOO_LONG)
    headers = sum(len(name) + len(value) + 4 for name, value in call.headers.items())
    if len(call.target) + headers > TARGET_BYTES_MAX:
        raise ApiError(431, "HEADERS_TOO_LARGE", "", page=_TOO_LONG.replace(b"414", b"431"))
    if len(call.body) > BODY_BYTES_MAX:
        raise ApiError(413, "REQUEST_TOO_LARGE", "the request body is larger than 50 MB")


def _check_version(call: Call) -> None:
    number, _, minor = call.version.partition(".")
    if not call.path[2].startswith("v") or not number.isdigit() or minor != "0" or int(number) > VERSIONS[-1]:
        raise not_there()
    if int(number) < VERSIONS[0]:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {number}.0 is retired; use a newer one")


def _versions() -> list[dict[str, str]]:
    return [
        {
            "label": f"{_SEASONS[number % 3 - 2]} '{(number - 65) // 3 + 26 if number >= 65 else 10 + (number - 17) // 3}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in VERSIONS
    ]
