"""The loopback door: HTTP/1.1 with keep-alive in front of the same WSGI apps as in process.

One thread per connection, Nagle off, each answer in one write, so that a benchmark measures its client. A break that the
fault middleware asks for happens on the real socket: a reset is a TCP reset, and a call that hangs stays open until the
client gives up. It listens on loopback only.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Final
from wsgiref.types import WSGIApplication

from connectors.port import Clock
from sandbox.programme.scenarios import Crm
from sandbox.world import World
from sandbox.wsgi import Answer, Break, Broken, Request, call, read_request

HOST: Final = "127.0.0.1"
_HANG_MAX_S: Final = 600.0  # longer than any client's time-out


class HttpServer:
    """One WSGI app on one loopback port, served by threads of this process until close().

    port: 0 takes a free one.
    """

    def __init__(self, app: WSGIApplication, *, clock: Clock, port: int = 0) -> None:
        self._server = _Server((HOST, port), _Connection)
        self._server.app = app
        self._server.clock = clock
        self.port = int(self._server.server_address[1])
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end the open connections."""
        self._server.shutdown()
        self._server.server_close()
        self._server.end_connections()
        self._thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A world on loopback. Use as a context manager, or close() it."""

    salesforce: HttpServer
    hubspot: HttpServer

    @property
    def salesforce_url(self) -> str:
        return self.salesforce.url

    @property
    def hubspot_url(self) -> str:
        return self.hubspot.url

    def close(self) -> None:
        self.salesforce.close()
        self.hubspot.close()

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(world: World, *, salesforce_port: int = 0, hubspot_port: int = 0) -> Served:
    """Serve both CRMs of the world on loopback and return where.

    Raises OSError when a port is taken.
    """
    salesforce = HttpServer(world.salesforce_app, clock=world.clocks[Crm.SALESFORCE], port=salesforce_port)
    try:
        hubspot = HttpServer(world.hubspot_app, clock=world.clocks[Crm.HUBSPOT], port=hubspot_port)
    except OSError:
        salesforce.close()
        raise
    return Served(salesforce=salesforce, hubspot=hubspot)


class _Server(socketserver.ThreadingTCPServer):
    app: WSGIApplication
    clock: Clock
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, *args: object) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__(*args)  # type: ignore[arg-type]  # passed on as they come

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)

    def end_connections(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Connection(socketserver.StreamRequestHandler):
    """One client connection: requests one after another until either side closes it."""

    server: _Server
    disable_nagle_algorithm = True
    rbufsize = 1 << 16

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def handle(self) -> None:
        # The client may go away at any moment, as clients do; there is nobody to tell.
        with contextlib.suppress(ConnectionError, TimeoutError):
            while (request := self._next()) is not None and self._answer(request):
                pass

    def _next(self) -> Request | None:
        try:
            return read_request(self.rfile)
        except ValueError:
            self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return None

    def _answer(self, request: Request) -> bool:
        """Answer one request; return whether the connection stays open."""
        host, port = self.server.server_address[:2]
        try:
            answer = call(
                self.server.app, request, scheme="http", host=str(host), port=int(port), clock=self.server.clock
            )
            self._send(answer)
        except Broken as broken:
            self._break(broken.how)
            return False
        return request.keeps_alive

    def _send(self, answer: Answer) -> None:
        if answer.pause_s:
            self.connection.sendall(answer.head)
            for piece in answer.pieces:
                time.sleep(answer.pause_s)
                self.connection.sendall(piece)
            return
        pieces = [answer.head]
        try:
            pieces.extend(answer.pieces)
        finally:
            # What was made before a break is sent before it. One write: no delayed acknowledgement between the parts.
            self.connection.sendall(b"".join(pieces))

    def _break(self, how: Break) -> None:
        if how is Break.RESET:
            # Lingering for zero seconds makes close() send a reset instead of an orderly end.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.connection.settimeout(_HANG_MAX_S)
        while self.rfile.read(1):
            pass
