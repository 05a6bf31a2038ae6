"""The door every call to Salesforce passes, whatever the client library leaves out.

The library sets no time limit, retries nothing, always says https and parses JSON slowly. So our adapter stands between
its requests.Session and the network: it forces the time limits (the whole answer included), keeps the call log, the usage
header and the server's clock, refuses redirects and unencrypted hosts, and answers with faster JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from connectors.http import CallLog, http_date, is_loopback, retry_after_s
from connectors.port import Clock, Limits
from connectors.salesforce.options import Options
from rules.errors import PermanentError, RetryClass

PIECE_BYTES: Final = 1 << 16
_USAGE: Final = re.compile(r"(?:^|[\s;,])api-usage=(\d+)/(\d+)")
_MOVED: Final = frozenset({301, 302, 303, 307, 308})


class Answer(requests.Response):
    """A response whose JSON is read by orjson: the library's own way costs more than all of our work on a row."""

    def json(self, **kwargs: Any) -> Any:
        try:
            data = orjson.loads(self.content)
        except orjson.JSONDecodeError as error:
            raise requests.exceptions.JSONDecodeError("not JSON", "", 0) from error
        if not isinstance(data, dict | list):  # the library asks every answer for its length
            raise requests.exceptions.JSONDecodeError("neither an object nor a list", "", 0)
        return data


class Wire:
    """What was seen on the wire: calls made, usage told, and the org's clock.

    purpose: of the calls to come. skew: how far the org's clock runs ahead of ours, as its last answer told. retry_after_s:
    the pause that the last answer asked for.
    """

    def __init__(self, connection: str, clock: Clock) -> None:
        self.connection = connection
        self.clock = clock
        self.calls = CallLog(connection, clock)
        self.purpose = "check"
        self.limits = Limits(used=None, total=None)
        self.server_time: datetime | None = None
        self.skew = timedelta()
        self.elapsed_s = 0.0
        self.retry_after_s: float | None = None

    def note(self, response: requests.Response | None, elapsed_s: float) -> None:
        """Record one call as answered, or as not answered."""
        self.elapsed_s = elapsed_s
        headers: Mapping[str, str] = response.headers if response is not None else {}
        self.calls.add(
            purpose=self.purpose,
            status=response.status_code if response is not None else None,
            elapsed_s=elapsed_s,
            correlation_id=headers.get("X-Request-Id") or headers.get("X-SFDC-Request-Id"),
        )
        usage = _USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if usage is not None:
            self.limits = Limits(used=int(usage[1]), total=int(usage[2]))
        told = http_date(headers.get("Date"))
        if told is not None:
            self.server_time = told
            self.skew = told - self.clock.now()
        self.retry_after_s = retry_after_s(headers.get("Retry-After"), now=self.clock.now() + self.skew)

    def time_before_call(self) -> datetime | None:
        """Return an instant on the org's clock that surely lies before the last call reached it, in whole seconds.

        The Date header tells when the answer was made. What a query does not show was committed after this instant.
        """
        if self.server_time is None:
            return None
        return self.server_time - timedelta(seconds=1 + math.ceil(self.elapsed_s))


class Door(BaseAdapter):
    """The adapter. inner: leads to the network, or to a sandbox in process.

    The library says https to every host; where the configuration says plain http, which only this machine's own addresses
    may, the address is put right here.
    """

    def __init__(self, inner: BaseAdapter, *, wire: Wire, options: Options) -> None:
        super().__init__()
        self._inner = inner
        self._wire = wire
        self._options = options
        self._is_plain = urlsplit(options.url).scheme == "http"

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send one request within the time limits, which no caller can widen."""
        request.url = self._address(request.url or "")
        limits = (self._options.connect_s, self._options.read_s)
        started = self._wire.clock.monotonic()
        response: requests.Response | None = None
        try:
            response = self._inner.send(request, stream=True, timeout=limits, verify=verify, cert=cert, proxies=proxies)
            answer = Answer()
            answer.__dict__.update(response.__dict__)
            _read(answer, until=started + self._options.call_s, now=self._wire.clock.monotonic)
        except requests.RequestException:
            # Cut in the middle is no answer, even though a status came.
            self._wire.note(None, self._wire.clock.monotonic() - started)
            raise
        self._wire.note(answer, self._wire.clock.monotonic() - started)
        if answer.status_code in _MOVED:
            raise self._moved(answer)
        return answer

    def close(self) -> None:
        self._inner.close()

    def _address(self, url: str) -> str:
        parts = urlsplit(url)
        if self._is_plain and is_loopback(parts.hostname):
            return parts._replace(scheme="http").geturl()
        if parts.scheme != "https":
            raise PermanentError(
                f"{self._wire.connection}: refused to send anything to {parts.hostname} without encryption. "
                "Set url to the org's own https address.",
                crm=self._wire.connection,
            )
        return url

    def _moved(self, answer: requests.Response) -> PermanentError:
        host = urlsplit(answer.headers.get("Location", "")).hostname or "another address"
        return PermanentError(
            f"{self._wire.connection}: {self._options.url} sends us on to {host} (HTTP {answer.status_code}); redirects "
            "are not followed, because they would carry the login along. Set url to the org's My Domain address.",
            crm=self._wire.connection,
            code=f"HTTP {answer.status_code}",
            retry_class=RetryClass.AUTH,
        )


def make_session(options: Options, wire: Wire, transport: requests.Session | None) -> requests.Session:
    """Return the session that all calls of one connection share, with our door in front of each of its adapters."""
    session = transport if transport is not None else requests.Session()
    if transport is None:
        session.mount("https://", HTTPAdapter(pool_connections=2, pool_maxsize=4))
        session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=4))
    for prefix, adapter in tuple(session.adapters.items()):
        inner = adapter._inner if isinstance(adapter, Door) else adapter
        session.mount(prefix, Door(inner, wire=wire, options=options))
    # The environment must not weaken TLS (REQUESTS_CA_BUNDLE wins over `verify`) nor replace our login (.netrc).
    session.trust_env = False
    session.verify = options.ca_bundle or True
    if options.proxy:
        session.proxies = {"https": options.proxy}
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


def _read(answer: requests.Response, *, until: float, now: Callable[[], float]) -> None:
    """Read the whole body, piece by piece as it arrives, so that a trickle cannot outlast the limit of the whole call.

    The limits that requests knows hold between two bytes only.
    """
    pieces: list[bytes] = []
    try:
        while piece := answer.raw.read1(PIECE_BYTES, decode_content=True):
            pieces.append(piece)
            if now() > until:
                answer.raw.close()
                raise requests.exceptions.ReadTimeout("the answer took longer than the limit of the whole call")
    except ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout("the answer stopped in the middle") from error
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError("the answer was cut") from error
    answer._content = b"".join(pieces)
    answer._content_consumed = True  # type: ignore[attr-defined]  # as requests itself does after reading
