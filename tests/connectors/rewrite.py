"""A CRM that differs from the sandbox: some of its answers are changed on their way to the connector."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote_plus
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    status: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)

    def with_json(self, data: Any, *, status: str | None = None) -> Reply:
        """Return the reply with another JSON body."""
        return replace(self, status=status or self.status, body=orjson.dumps(data))


@dataclass(slots=True)
class Rewritten:
    """app, with the answers to some calls changed. The first rule whose text is in "METHOD /path?query" applies."""

    app: Any
    rules: list[tuple[str, Callable[[Reply], Reply]]] = field(default_factory=list)

    def when(self, match: str, change: Callable[[Reply], Reply]) -> None:
        self.rules.append((match, change))

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        call = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}" + (f"?{unquote_plus(query)}" if query else "")
        reply = _ask(self.app, environ)
        for match, change in self.rules:
            if match in call:
                reply = change(reply)
                break
        headers = {name: value for name, value in reply.headers.items() if name.lower() != "content-length"}
        start_response(reply.status, [*headers.items(), ("Content-Length", str(len(reply.body)))])
        return [reply.body]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)


def _ask(app: WSGIApplication, environ: WSGIEnvironment) -> Reply:
    told: list[tuple[str, dict[str, str]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        told.append((status, dict(headers)))

    body = b"".join(app(environ, start_response))
    status, headers = told[0]
    return Reply(status=status, headers=headers, body=body)
