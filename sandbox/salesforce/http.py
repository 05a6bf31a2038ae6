"""One call and its answer, without WSGI around them: composite requests are made of these, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, unquote, unquote_plus
from wsgiref.types import WSGIEnvironment

import orjson

from sandbox.salesforce.asked import Asked
from sandbox.salesforce.errors import ApiError

_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, kw_only=True)
class Call:
    """path: its decoded segments. headers: names in lower case. origin: scheme and host that were asked."""

    method: str
    target: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    origin: str = ""
    user_id: str = ""

    @cached_property
    def text(self) -> str:
        """Return the call as faults are planned for it: "METHOD /path?query", decoded."""
        path, _, query = self.target.partition("?")
        decoded = unquote(path)
        return f"{self.method} {decoded}?{unquote_plus(query)}" if query else f"{self.method} {decoded}"

    @cached_property
    def asked(self) -> Asked:
        """Return what a write must know of the call."""
        options = self.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "").split(";")
        return Asked(text=self.text, saves_duplicates="allowsave=true" in options)

    @property
    def version(self) -> str:
        """Return the API version in the path, without its v."""
        return self.path[2].removeprefix("v")

    @property
    def rest(self) -> tuple[str, ...]:
        """Return the segments behind /services/data/vXX.0/."""
        return self.path[3:]

    def json(self) -> Any:
        """Return the parsed body; raise ApiError for one that is no JSON, or not sent as JSON."""
        kind = self.headers.get("content-type", "")
        if "json" not in kind:
            raise ApiError(
                415, "UNSUPPORTED_MEDIA_TYPE", f"Unexpected content type '{kind}', expecting application/json"
            )
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise ApiError(
                400, "JSON_PARSER_ERROR", f"Unexpected character at [line:{error.lineno}, column:{error.colno}]"
            ) from None

    def json_object(self) -> dict[str, Any]:
        body = self.json()
        if not isinstance(body, dict):
            raise ApiError(
                400,
                "JSON_PARSER_ERROR",
                "Cannot deserialize instance of object from START_ARRAY value [line:1, column:1]",
            )
        return body

    def as_user(self, user_id: str) -> Call:
        return replace(self, user_id=user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """body: JSON value, or bytes as they are; None: no body."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json;charset=UTF-8"

    @property
    def status_line(self) -> str:
        phrase = HTTPStatus(self.status).phrase if self.status in list(HTTPStatus) else "Unknown"
        return f"{self.status} {phrase}"

    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)


def make_call(method: str, target: str, *, headers: Mapping[str, str], body: bytes, origin: str) -> Call:
    """Return the call to a target as it stands in a request line; segments are decoded one by one."""
    path, _, query = target.partition("?")
    segments = tuple(unquote(each) for each in path.strip("/").split("/"))
    values = {name: each[0] for name, each in parse_qs(query, keep_blank_values=True).items()}
    return Call(method=method, target=target, path=segments, query=values, headers=headers, body=body, origin=origin)


def read_environ(environ: WSGIEnvironment) -> Call:
    """Return the call that a WSGI server hands over."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in environ.items() if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    scheme = environ["wsgi.url_scheme"]
    host = (headers.get("host") or environ["SERVER_NAME"]).removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    target = environ.get("REQUEST_URI")
    if target is None:
        query = environ.get("QUERY_STRING", "")
        target = environ["PATH_INFO"] + (f"?{query}" if query else "")
    return make_call(
        environ["REQUEST_METHOD"],
        target,
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
        origin=f"{scheme}://{host}",
    )


def error_reply(error: ApiError) -> Reply:
    """Return the answer that tells an error."""
    if error.page is not None:
        return Reply(
            status=error.status, body=error.page, headers=error.headers, content_type="text/html; charset=UTF-8"
        )
    return Reply(status=error.status, body=error.answer(), headers=error.headers)
