"""HTTP/1.1 on one side, WSGI on the other: the part that both the in-process door and the server share.

Reads a request from any byte stream, calls the app and writes its answer as pieces of bytes. An app (or the fault
middleware in front of it) may raise Broken, at once or between two pieces of its body: then each door breaks the
connection in its own way.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

from connectors.port import Clock

_LINE_MAX: Final = 1 << 20  # a longer line than this is no request of ours


class Break(StrEnum):
    HANG = "hang"  # the peer says nothing more and keeps the connection open
    RESET = "reset"  # the peer resets the connection


class Broken(Exception):  # noqa: N818 - an event on the wire, not an error of the sandbox
    """The connection breaks here instead of carrying on."""

    def __init__(self, how: Break) -> None:
        super().__init__(how.value)
        self.how = how


class Paced:
    """A body whose pieces come with a pause before each."""

    def __init__(self, pieces: Sequence[bytes], pause_s: float) -> None:
        self._pieces = pieces
        self.pause_s = pause_s

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


class ByteReader(Protocol):
    def readline(self, size: int = -1, /) -> bytes: ...

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as read from the wire. headers: names in lower case, repeated ones joined by a comma."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def keeps_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer on its way: the head as bytes, then the body's pieces, each framed already. May raise Broken between."""

    head: bytes
    pieces: Iterator[bytes]
    pause_s: float = 0.0


def read_request(stream: ByteReader) -> Request | None:
    """Return the next request on a connection, or None when the peer has closed it.

    Raises ValueError when the bytes are no HTTP/1.1 request.
    """
    start = stream.readline(_LINE_MAX)
    if not start.strip():
        return None
    try:
        method, target, _version = start.decode("latin-1").split()
    except ValueError:
        raise ValueError("the request line is not 'METHOD target HTTP/1.1'") from None
    headers: dict[str, str] = {}
    while (line := stream.readline(_LINE_MAX)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        key, text = name.strip().lower(), value.strip()
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = b"".join(_chunks(stream))
    else:
        body = stream.read(int(headers.get("content-length") or 0))
    return Request(method=method, target=target, headers=headers, body=body)


def _chunks(stream: ByteReader) -> Iterator[bytes]:
    while size := int(stream.readline(_LINE_MAX).split(b";")[0], 16):
        yield stream.read(size)
        stream.readline(_LINE_MAX)
    while stream.readline(_LINE_MAX) not in (b"\r\n", b"\n", b""):
        pass


def call(app: WSGIApplication, request: Request, *, scheme: str, host: str, port: int, clock: Clock | None) -> Answer:
    """Call the app and return its answer; Broken may be raised here or while the pieces are taken.

    clock: tells the time of the Date header; without one there is none, as when a proxy has stripped it.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Any:  # pragma: no branch - the WSGI signature
        started[:] = [(status, list(headers))]
        return None

    result = app(_environ(request, scheme, host, port), start_response)
    pieces, first = _started(result, started)
    status, headers = started[0]
    names = {name.lower() for name, _ in headers}
    if clock is not None and "date" not in names:
        headers.append(("Date", format_datetime(clock.now(), usegmt=True)))
    has_body = request.method != "HEAD" and not status.startswith(("204", "304"))
    is_chunked = False
    if "content-length" not in names and has_body:
        if isinstance(result, list | tuple):
            headers.append(("Content-Length", str(sum(map(len, result)))))
        else:
            is_chunked = True
            headers.append(("Transfer-Encoding", "chunked"))
    head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    body = _body(result, pieces, first, is_chunked) if has_body else iter(())
    return Answer(head=head.encode("latin-1"), pieces=body, pause_s=getattr(result, "pause_s", 0.0))


def _started(result: Iterable[bytes], started: Sequence[object]) -> tuple[Iterator[bytes], bytes]:
    """Return the body's iterator and its first piece, taken only if the app says its status that late (WSGI allows it)."""
    pieces = iter(result)
    first = b""
    while not started:
        first = next(pieces)
    return pieces, first


def _body(result: Iterable[bytes], pieces: Iterator[bytes], first: bytes, is_chunked: bool) -> Iterator[bytes]:
    try:
        for piece in _joined(first, pieces):
            if is_chunked:
                yield b"%x\r\n%b\r\n" % (len(piece), piece)
            else:
                yield piece
        if is_chunked:
            yield b"0\r\n\r\n"
    finally:
        if hasattr(result, "close"):
            result.close()


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from (piece for piece in rest if piece)


def _environ(request: Request, scheme: str, host: str, port: int) -> WSGIEnvironment:
    path, _, query = request.target.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,  # undecoded: a path segment may hold an encoded slash
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name == "content-type":
            environ["CONTENT_TYPE"] = value
        elif name != "content-length":
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
