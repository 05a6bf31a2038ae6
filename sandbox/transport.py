"""The in-process door: WSGI apps behind the real client libraries, without sockets.

Only the socket is simulated. Above it runs the real urllib3 (and, for simple-salesforce, the real requests), so a
time-out, a reset or a cut body surfaces as the very exception those libraries raise. Where a simulated clock is given, a
call that hangs costs its whole read time-out of simulated time.
"""

from __future__ import annotations

import errno
import io
import socket
from collections.abc import Iterator, Mapping
from typing import Any
from wsgiref.types import WSGIApplication

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.connection import HTTPConnection

from connectors.port import Clock
from sandbox.faulty import FaultyApp
from sandbox.wsgi import Break, Broken, call, read_request

__all__ = ["FaultyApp", "WouldHangError", "WsgiAdapter", "WsgiPool"]


class WouldHangError(AssertionError):
    """A call without a time-out met a server that never answers: outside a simulation it would wait for ever."""


class WsgiPool(PoolManager):
    """A urllib3 pool manager whose every connection ends in `app`, whatever the host.

    retries: as in urllib3; False, the default here, makes one call one request, as our connectors set it.
    """

    def __init__(self, app: WSGIApplication, *, clock: Clock | None = None, retries: Any = False) -> None:
        super().__init__(retries=retries)
        self._app = app
        self._clock = clock

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        return _Connections(self._app, self._clock, scheme, host, port, retries=self.connection_pool_kw["retries"])


class WsgiAdapter(HTTPAdapter):
    """A requests adapter whose every connection ends in `app`: mount it on "https://" and "http://"."""

    def __init__(self, app: WSGIApplication, *, clock: Clock | None = None) -> None:
        self._wsgi_pool = WsgiPool(app, clock=clock)
        super().__init__()

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: Any = None,
    ) -> HTTPConnectionPool:
        assert request.url is not None, "requests prepares a URL before it asks for a connection"
        return self._wsgi_pool.connection_from_url(request.url)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Do nothing: there is no TLS inside one process."""


class _Connections(HTTPConnectionPool):
    def __init__(
        self, app: WSGIApplication, clock: Clock | None, scheme: str, host: str, port: int, *, retries: Any
    ) -> None:
        super().__init__(host, port, maxsize=16, retries=retries)
        self.scheme = scheme
        self._app = app
        self._clock = clock

    def _new_conn(self) -> Any:
        self.num_connections += 1
        return _Connection(self._app, self._clock, self.scheme, self.host, self.port or 443)


class _Connection(HTTPConnection):
    def __init__(self, app: WSGIApplication, clock: Clock | None, scheme: str, host: str, port: int) -> None:
        super().__init__(host, port)
        self._server = (app, clock, scheme)
        self.is_verified = True  # else urllib3 warns of plain HTTPS

    def _new_conn(self) -> socket.socket:
        app, clock, scheme = self._server
        peer: Any = _Socket(app, clock, scheme, self.host, self.port)
        return peer  # type: ignore[no-any-return]  # stands in for a socket, no more than http.client needs

    @property
    def is_connected(self) -> bool:
        return self.sock is not None


class _Socket:
    """As much of a socket as http.client uses: bytes go in, and the answer's bytes come out of makefile()."""

    def __init__(self, app: WSGIApplication, clock: Clock | None, scheme: str, host: str, port: int) -> None:
        self._app = app
        self._clock = clock
        self._place = (scheme, host, port)
        self._sent = bytearray()
        self.timeout: float | None = None

    def settimeout(self, timeout: float | None) -> None:
        self.timeout = timeout

    def sendall(self, data: bytes) -> None:
        self._sent += data

    def makefile(self, mode: str, *args: Any) -> io.BufferedReader:
        scheme, host, port = self._place
        request = read_request(io.BytesIO(self._sent))
        self._sent.clear()
        assert request is not None, "http.client asks for an answer only after it has sent a request"
        try:
            answer = call(self._app, request, scheme=scheme, host=host, port=port, clock=self._clock)
        except Broken as broken:
            return io.BufferedReader(_Wire(self, iter(()), broken.how))
        # The whole answer is made at once, as by a server on another machine: how the client reads does not matter.
        pieces, how = [answer.head], None
        try:
            pieces.extend(answer.pieces)
        except Broken as broken:
            how = broken.how
        if not answer.pause_s and how is None:
            pieces = [b"".join(pieces)]
        return io.BufferedReader(_Wire(self, iter(pieces), how, answer.pause_s), buffer_size=1 << 16)

    def wait(self, seconds: float | None) -> None:
        """Let simulated time pass, no longer than the client waits; None: the peer never speaks again."""
        if seconds is not None and (self.timeout is None or seconds < self.timeout):
            self._pass(seconds)
            return
        if self.timeout is None:
            raise WouldHangError("this call has no read time-out: a server that does not answer would stop it for ever")
        self._pass(self.timeout)
        raise TimeoutError("timed out")

    def _pass(self, seconds: float) -> None:
        if self._clock is not None:
            self._clock.sleep(seconds)

    def shutdown(self, how: int) -> None:
        """Nothing to shut: the peer lives in this process."""

    def close(self) -> None:
        """Nothing to close."""


class _Wire(io.RawIOBase):
    """The receiving end: pieces, perhaps slow ones, then the end of the stream or a break."""

    def __init__(self, peer: _Socket, pieces: Iterator[bytes], how: Break | None, pause_s: float = 0.0) -> None:
        super().__init__()
        self._peer = peer
        self._pieces = pieces
        self._how = how
        self._pause_s = pause_s
        self._left = memoryview(b"")
        self._has_begun = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        if not self._left:
            piece = next(self._pieces, b"")
            if not piece:
                return self._end()
            if self._pause_s and self._has_begun:
                self._peer.wait(self._pause_s)
            self._has_begun = True  # the head comes at once, the body drips
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size

    def _end(self) -> int:
        if self._how is Break.RESET:
            raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
        if self._how is Break.HANG:
            self._peer.wait(None)
        return 0
