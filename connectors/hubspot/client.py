"""One portal's calls: through the real client library with raw answers, timed, paced, counted and translated.

Every call of the connector goes through `read` or `write` here, so that none is without a timeout, none is unpaced, and
each ends in parsed JSON or in one error of rules/errors.py. Reads are repeated a few times; a write is repeated only where
HubSpot said that it did not take it (429, 423, a connection never made), because a lost answer says nothing about the write.

Error bodies and headers may hold personal data and tokens: the text of the library's exceptions is never used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from connectors.http import CallLog, header, repeat_read
from connectors.hubspot import errors
from connectors.hubspot.apis import Apis
from connectors.hubspot.errors import Call
from connectors.hubspot.faults import Fault, fault_of, read_fault
from connectors.hubspot.login import Login
from connectors.hubspot.meter import Lane, Meter, Pace
from connectors.port import Clock
from rules.errors import DealError, RetryClass, TransientError

_CREDENTIAL_EDGE: Final = 530  # what HubSpot's edge says to a malformed token, with a web page
_CHUNK_BYTES: Final = 1 << 16
_CHECK_TOKEN: Final = "Check the token for a copied blank or quote, then run `registrar doctor`."  # noqa: S105  advice
_CONNECT_ANEW: Final = "Connect the app to the account again and store the new refresh token."


class TlsError(OSError):
    """No secure connection could be made; nothing was sent."""


_NEVER_SENT: Final = (NewConnectionError, ConnectTimeoutError, TlsError)
_Method = Callable[..., Any]
_Raw = tuple[int, Mapping[str, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A successful answer: its status (200, 201, 204, 207) and its JSON object, empty for 204."""

    status: int
    data: dict[str, Any]


class Client:
    """The calls of one connection. Used by one thread at a time."""

    def __init__(self, apis: Apis, login: Login, *, connection: str, pace: Pace, clock: Clock, rng: Random) -> None:
        self.apis = apis
        self.connection = connection
        self.meter = Meter(pace, clock)
        self.log = CallLog(connection, clock)
        self._login = login
        self._pace = pace
        self.clock = clock
        self.rng = rng
        if login.static_token is not None:
            apis.set_token(login.static_token)

    def read(self, method: _Method, *args: Any, call: Call, lane: Lane = Lane.GENERAL, **kwargs: Any) -> Answer:
        """Return the answer of a reading call, repeated where a repetition may cure it."""
        return repeat_read(
            lambda: self._exchange(method, args, kwargs, call=call, lane=lane), clock=self.clock, rng=self.rng
        )

    def write(self, method: _Method, *args: Any, call: Call, lane: Lane = Lane.GENERAL, **kwargs: Any) -> Answer:
        """Return the answer of a writing call, repeated only where it was certainly not applied."""
        assert call.is_write, call

        def attempt() -> Answer | TransientError:
            try:
                return self._exchange(method, args, kwargs, call=call, lane=lane)
            except TransientError as error:
                if error.outcome_unknown:
                    return error
                raise

        answer = repeat_read(attempt, clock=self.clock, rng=self.rng)
        if isinstance(answer, TransientError):
            raise answer
        return answer

    def _exchange(
        self, method: _Method, args: tuple[Any, ...], kwargs: dict[str, Any], *, call: Call, lane: Lane
    ) -> Answer:
        """Make one call; renew the token before it when due, and once more when HubSpot no longer takes it."""
        if self._login.is_due():
            self._renew()
        status, headers, body = self._paced(method, args, kwargs, call=call, lane=lane)
        if status == 401 and self._login.is_refreshed:
            self._renew()
            status, headers, body = self._paced(method, args, kwargs, call=call, lane=lane)
        elif status == _CREDENTIAL_EDGE:
            # The edge says so before any application saw the call: one more try, then a person.
            status, headers, body = self._paced(method, args, kwargs, call=call, lane=lane)
            if status == _CREDENTIAL_EDGE:
                raise errors.refused_login(call, "HTTP 530", advice=_CHECK_TOKEN)
        if not 200 <= status <= 299:
            raise self._refused(status, headers, read_fault(body), call=call, lane=lane)
        self.meter.speed_up(lane)
        return _parsed(status, body, call=call)

    def _paced(self, method: _Method, args: tuple[Any, ...], kwargs: dict[str, Any], *, call: Call, lane: Lane) -> _Raw:
        """Make one request when the bucket allows it, and keep account of it."""
        self.meter.take(lane)
        started = self.clock.monotonic()
        try:
            status, headers, body = self._send(method, args, kwargs)
        except (HTTPError, OSError) as error:
            elapsed_s = self.clock.monotonic() - started
            self.log.add(purpose=call.purpose, status=None, elapsed_s=elapsed_s, code=type(error).__name__)
            host = urlsplit(self.apis.clients[0].configuration.host).hostname
            raise errors.no_answer(error, call=call, host=host, was_sent=not isinstance(error, _NEVER_SENT)) from None
        self.log.add(
            purpose=call.purpose,
            status=status,
            elapsed_s=self.clock.monotonic() - started,
            correlation_id=header(headers, "X-HubSpot-Correlation-Id"),
        )
        self.meter.note(headers)
        return status, headers, body

    def _send(self, method: _Method, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Raw:
        """Call the library's method for the raw answer; each of its packages raises an ApiException of its own."""
        timeout = (self._pace.connect_s, self._pace.read_s)
        try:
            response = method(*args, _preload_content=False, _request_timeout=timeout, **kwargs)
        except (HTTPError, OSError):
            raise
        except Exception as error:
            refusal = _api_exception(error)
            if refusal is None:
                raise
            if not refusal.status:  # the library's sign for failed TLS, after which it trips over its own empty body
                raise TlsError("no secure connection") from None
            body = refusal.body or b""
            return refusal.status, refusal.headers or {}, body.encode() if isinstance(body, str) else body
        return response.status, response.headers, self._body(response)

    def _body(self, response: Any) -> bytes:
        """Read the body; an answer that trickles in longer than the read timeout counts as no answer."""
        deadline = self.clock.monotonic() + self._pace.read_s
        chunks = []
        while chunk := response.read1(_CHUNK_BYTES):
            chunks.append(chunk)
            if self.clock.monotonic() > deadline:
                response.close()
                raise TimeoutError("the body came in too slowly")
        response.release_conn()
        return b"".join(chunks)

    def _refused(self, status: int, headers: Mapping[str, str], fault: Fault, *, call: Call, lane: Lane) -> DealError:
        error = errors.error_of(status, headers, fault, call=call, now=self.meter.now(), zone=self.meter.zone)
        self.log.amend(code=error.code)
        if error.retry_class in (RetryClass.THROTTLED, RetryClass.LOCKED):
            assert isinstance(error, TransientError), error
            self.meter.slow_down(lane, error.retry_after_s)
        return error

    def _renew(self) -> None:
        """Exchange the refresh token for a new access token; a refused one needs an admin."""
        call = Call(connection=self.connection, object_name="login", purpose="login")
        method, form, lane = self.apis.tokens.create, self._login.form(), Lane.GENERAL

        def attempt() -> Answer:
            status, headers, body = self._paced(method, (), form, call=call, lane=lane)
            if 200 <= status <= 299:
                return _parsed(status, body, call=call)
            fault = read_fault(body)
            if 400 <= status < 500 and status not in (408, 423, 429, 477):
                raise errors.refused_login(call, fault.category or f"HTTP {status}", advice=_CONNECT_ANEW)
            raise self._refused(status, headers, fault, call=call, lane=lane)

        answer = repeat_read(attempt, clock=self.clock, rng=self.rng)
        try:
            self.apis.set_token(self._login.accept(answer.data))
        except ValueError:
            raise errors.bad_body("no access token", call=call, status=answer.status) from None


def results_of(answer: Answer, *, call: Call) -> list[dict[str, Any]]:
    """Return the rows of a page or batch; raise TransientError when there are none to speak of.

    A missing or null `results` is a broken answer and never "the end": a deletion check would take it for "all gone".
    """
    results = answer.data.get("results")
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise errors.bad_body("a page without results", call=call, status=answer.status)
    return results


@contextmanager
def understood(call: Call, *, status: int = 200) -> Iterator[None]:
    """Turn what the reading of an answer trips over, where it has another shape than promised, into its error."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise errors.bad_body("data of another shape", call=call, status=status) from error


def next_after(answer: Answer) -> str | None:
    """Return the cursor of the next page, None on the last."""
    paging = answer.data.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return None if after in (None, "") else str(after)


def row_errors(answer: Answer) -> list[Fault]:
    """Return the per-row errors of a batch: the numbered paths send 207 with them, the dated ones may send 200."""
    listed = answer.data.get("errors")
    return [fault_of(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _parsed(status: int, body: bytes, *, call: Call) -> Answer:
    if status == 204:
        return Answer(status=status, data={})
    if not body.strip():
        raise errors.bad_body("an empty body", call=call, status=status)
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        what = "a web page" if body.lstrip()[:1] == b"<" else "JSON that breaks off"
        raise errors.bad_body(what, call=call, status=status) from None
    if not isinstance(data, dict):
        raise errors.bad_body("no JSON object", call=call, status=status)
    return Answer(status=status, data=data)


def _api_exception(error: BaseException) -> Any | None:
    """Return the library's exception behind an error: itself, or what it was handling when it tripped over the body."""
    for each in (error, error.__context__):
        if each is not None and hasattr(each, "status") and hasattr(each, "headers") and hasattr(each, "body"):
            return each
    return None
