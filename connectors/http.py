"""What every HTTP connector needs besides its client library: addresses, call accounting, rate, retry of reads, redaction.

tenacity is used here only. Nothing here knows a CRM: the connectors translate answers into the errors of rules/errors.py
first, and their retry class says what may be repeated. Writes are never repeated here, because a lost answer says nothing
about whether the write was applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from random import Random
from typing import Final, TypeVar
from urllib.parse import SplitResult, urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from connectors.port import CallRecord, Clock
from rules.errors import ConfigError, Problem, RetryClass, TransientError

T = TypeVar("T")

READ_ATTEMPTS: Final = 3
READ_WAIT_S: Final = 1.0  # doubled at each further attempt, plus up to as much again by chance
WAIT_S_MAX: Final = 60.0  # a longer wait that a CRM asks for is the caller's: it ends the pass instead of blocking it
REPEATABLE: Final = frozenset({RetryClass.TRANSIENT, RetryClass.THROTTLED, RetryClass.LOCKED})

RATE_CUT: Final = 0.5  # share of the rate kept after a "too fast"
RATE_CUT_S: Final = 60.0  # how long it stays cut before it grows again
RATE_STEPS: Final = 20  # calls it takes to grow from nothing to full
RATE_FLOOR: Final = 0.05  # share of the full rate that is never gone below

_MAIL: Final = re.compile(r"[^\s@\"'<>=(),;:]+@[^\s@\"'<>=(),;:]+\.[^\s@\"'<>=(),;:]+")
_BEARER: Final = re.compile(r"(?i)(bearer|basic)\s+[A-Za-z0-9._~+/=!-]{8,}")
_SECRET_LENGTH_MIN: Final = 6  # shorter "secrets" would blank out innocent words


def is_loopback(host: str | None) -> bool:
    """Tell whether a host names this machine: localhost, 127.0.0.0/8 or ::1."""
    if host is None:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def checked_url(url: str, *, connection: str) -> SplitResult:
    """Return the parts of a CRM's address; raise ConfigError unless it is https, or plain http to this machine."""
    hint = "Write https://HOST without a path, user or password."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _bad_url(connection, f"{url!r} is no address", hint) from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _bad_url(connection, f"{url!r} is no web address", hint)
    if parts.username or parts.password or parts.query or parts.fragment or parts.path not in ("", "/"):
        raise _bad_url(connection, f"the address of {parts.hostname} carries more than a host", hint)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise _bad_url(
            connection, f"{url!r} is not encrypted", "Write https; http is for a sandbox on this machine only."
        )
    return parts


def header(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header's value whatever its case, or None."""
    found = headers.get(name)
    if found is None:
        wanted = name.lower()
        found = next((value for key, value in headers.items() if key.lower() == wanted), None)
    return found


def http_date(text: str | None) -> datetime | None:
    """Return the aware UTC instant of an HTTP-date (`Date`, `Last-Modified`), None when there is none or it is broken."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def retry_after_s(text: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, given as seconds or as an HTTP-date; None without one."""
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        moment = http_date(text)
        return max(0.0, (moment - now).total_seconds()) if moment is not None else None
    return seconds if 0 <= seconds < float("inf") else None


def redact(text: str, secrets: Collection[str] = ()) -> str:
    """Return the text without the given secrets, bearer tokens and mail addresses; for errors and logs."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SECRET_LENGTH_MIN:
            text = text.replace(secret, "[secret]")
    return _MAIL.sub("[mail]", _BEARER.sub(r"\1 [secret]", text))


class CallLog:
    """The calls made since they were last taken: the budget's raw material."""

    def __init__(self, connection: str, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._calls: list[CallRecord] = []

    def add(
        self,
        *,
        purpose: str,
        status: int | None,
        elapsed_s: float,
        rows: int = 0,
        cost: int = 1,
        code: str | None = None,
        correlation_id: str | None = None,
    ) -> None:
        """Record one call as made. status None: no answer. cost: in the CRM's own counting."""
        self._calls.append(
            CallRecord(
                connection=self._connection,
                purpose=purpose,
                at=self._clock.now(),
                status=status,
                rows=rows,
                cost=cost,
                elapsed_ms=round(elapsed_s * 1000),
                code=code,
                correlation_id=correlation_id,
            )
        )

    def amend(self, *, rows: int | None = None, code: str | None = None) -> None:
        """Add to the last record what only a look into the body tells."""
        if self._calls:
            last = self._calls[-1]
            self._calls[-1] = replace(last, rows=last.rows if rows is None else rows, code=code or last.code)

    def take(self) -> Sequence[CallRecord]:
        """Return the calls since the last take, and forget them."""
        calls, self._calls = self._calls, []
        return calls


class Rate:
    """A token bucket whose rate falls by half when the CRM says "too fast" and grows back step by step (AIMD).

    per_second: calls a second at full rate. burst: calls that may go at once after a quiet time.
    """

    def __init__(self, clock: Clock, *, per_second: float, burst: float) -> None:
        assert per_second > 0, per_second
        assert burst >= 1, burst
        self._clock = clock
        self._full = per_second
        self._rate = per_second
        self._burst = burst
        self._tokens = burst
        self._filled_at = clock.monotonic()
        self._cut_until = self._filled_at
        self._wait_until = self._filled_at

    @property
    def per_second(self) -> float:
        """Return the present rate."""
        return self._rate

    def take(self) -> None:
        """Wait until one more call may go."""
        pause = self._wait_until - self._clock.monotonic()
        if pause > 0:
            self._clock.sleep(pause)
        self._fill()
        if self._tokens < 1:
            self._clock.sleep((1 - self._tokens) / self._rate)
            self._fill()
        self._tokens = max(0.0, self._tokens - 1)

    def slow_down(self, retry_after_s: float | None = None) -> None:
        """Note a "too fast": the rate halves for a minute and nothing goes before the asked time is over."""
        now = self._clock.monotonic()
        self._rate = max(self._full * RATE_FLOOR, self._rate * RATE_CUT)
        self._tokens = 0.0
        self._filled_at = now
        self._cut_until = now + RATE_CUT_S
        self._wait_until = max(self._wait_until, now + min(retry_after_s or 0.0, WAIT_S_MAX))

    def speed_up(self) -> None:
        """Note a call that went well: after the cut has run its time, the rate grows by one step."""
        if self._rate < self._full and self._clock.monotonic() >= self._cut_until:
            self._rate = min(self._full, self._rate + self._full / RATE_STEPS)

    def _fill(self) -> None:
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now


def repeat_read(
    action: Callable[[], T],
    *,
    clock: Clock,
    rng: Random,
    attempts: int = READ_ATTEMPTS,
    wait_s: float = READ_WAIT_S,
    unless_codes: Collection[str] = (),
) -> T:
    """Return what `action` returns, repeating it after a TransientError that a repetition may cure.

    For reads only. Waits grow and carry jitter; a Retry-After up to a minute is honoured here, a longer one and an
    exhausted allowance are the caller's. unless_codes: the CRM's codes that a repetition cannot cure. Raises the last
    error unchanged.
    """

    def is_repeatable(error: BaseException) -> bool:
        if not isinstance(error, TransientError) or error.retry_class not in REPEATABLE or error.code in unless_codes:
            return False
        return (error.retry_after_s or 0.0) <= WAIT_S_MAX

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        return max(asked or 0.0, backoff_s(state.attempt_number, wait_s=wait_s, rng=rng))

    retrying = Retrying(
        sleep=clock.sleep,
        stop=stop_after_attempt(attempts),
        wait=wait,
        retry=retry_if_exception(is_repeatable),
        reraise=True,
    )
    return retrying(action)


def backoff_s(attempt: int, *, wait_s: float, rng: Random) -> float:
    """Return the pause before the next attempt, in seconds: doubled each time, plus up to as much again by chance."""
    base = min(WAIT_S_MAX / 2, wait_s * 2.0 ** (attempt - 1))
    return base + rng.random() * base


def _bad_url(connection: str, message: str, hint: str) -> ConfigError:
    return ConfigError(
        [Problem(file=f"connection {connection}", line=0, column=0, key="url", message=message, hint=hint)]
    )
