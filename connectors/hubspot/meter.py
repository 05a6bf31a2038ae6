"""What HubSpot's limiters and headers tell: pacing of calls, the daily allowance, the CRM's clock.

HubSpot counts three things apart: ordinary calls over a rolling ten seconds, association calls likewise, searches by the
second for the whole account (HubSpot docs, usage guidelines). Each has a bucket here, kept below what is announced, since
others use the account too. Search answers carry no limit headers, and OAuth apps are not told the daily figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from connectors.http import Rate, header, http_date
from connectors.hubspot.errors import next_midnight
from connectors.port import Clock, Limits

_SHARE: Final = 0.8  # of the announced burst limit
_WINDOW_S: Final = 10.0
_SMALLEST_BURST: Final = 100  # Free and Starter accounts, until a header tells


class Lane(StrEnum):
    """Which of HubSpot's limiters counts a call."""

    GENERAL = "general"
    SEARCH = "search"
    ASSOCIATIONS = "associations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Own limits. calls_per_10_s None: as HubSpot announces. connect_s, read_s: timeouts in seconds."""

    calls_per_10_s: float | None = None
    searches_per_s: float = 4.0
    connect_s: float = 5.0
    read_s: float = 60.0


class Meter:
    """The buckets of one connection and what its answers told."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self.zone: tzinfo = UTC  # the account's, once it is known
        self._clock = clock
        self._is_learning = pace.calls_per_10_s is None
        self._burst = pace.calls_per_10_s or float(_SMALLEST_BURST)
        self._server: tuple[datetime, float] | None = None  # the CRM's clock, and our steady one at that moment
        self._daily: tuple[int, int] | None = None  # total, remaining
        self._rates = {
            Lane.GENERAL: self._bucket(),
            Lane.ASSOCIATIONS: self._bucket(),
            Lane.SEARCH: Rate(clock, per_second=pace.searches_per_s, burst=1.0),
        }

    def take(self, lane: Lane) -> None:
        """Wait until one more call may go."""
        self._rates[lane].take()

    def slow_down(self, lane: Lane, retry_after_s: float | None) -> None:
        self._rates[lane].slow_down(retry_after_s)

    def speed_up(self, lane: Lane) -> None:
        self._rates[lane].speed_up()

    def note(self, headers: Mapping[str, str]) -> None:
        """Take in the headers of an answer."""
        told_at = http_date(header(headers, "Date"))
        if told_at is not None:
            self._server = (told_at, self._clock.monotonic())
        total = _number(headers, "X-HubSpot-RateLimit-Daily")
        remaining = _number(headers, "X-HubSpot-RateLimit-Daily-Remaining")
        if total is not None and remaining is not None:
            self._daily = (total, remaining)
        burst = _number(headers, "X-HubSpot-RateLimit-Max")
        is_rolling = _number(headers, "X-HubSpot-RateLimit-Interval-Milliseconds") in (None, _WINDOW_S * 1000)
        if self._is_learning and burst and is_rolling and burst != self._burst:
            self._burst = float(burst)
            self._rates[Lane.GENERAL] = self._bucket()

    @property
    def told_at(self) -> datetime | None:
        """Return the CRM's clock as its last answer showed it."""
        return self._server[0] if self._server is not None else None

    def server_now(self) -> datetime | None:
        """Return the CRM's present time: its last Date header moved on by our steady clock; None before any answer."""
        if self._server is None:
            return None
        told_at, steady = self._server
        return told_at + timedelta(seconds=self._clock.monotonic() - steady)

    def now(self) -> datetime:
        """Return the CRM's present time as far as it is known, else ours."""
        return self.server_now() or self._clock.now()

    def limits(self) -> Limits:
        """Return the daily allowance as last told; it starts anew at midnight in the account's zone."""
        if self._daily is None:
            return Limits(used=None, total=None)
        total, remaining = self._daily
        resets_at = next_midnight(self.now(), self.zone).astimezone(UTC)
        return Limits(used=total - remaining, total=total, resets_at=resets_at)

    def _bucket(self) -> Rate:
        return Rate(self._clock, per_second=_SHARE * self._burst / _WINDOW_S, burst=max(1.0, self._burst / 20))


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = header(headers, name)
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None
