"""How many calls a portal takes: ten rolling seconds, one second of searches, one day; and what it says beyond that.

Associations have counters of their own, searches are exempt from the ten-second one. The three limiters word their 429
differently. Each limit may be None (switched off), so that a benchmark measures its client.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sandbox.hubspot.errors import Refusal

INTERVAL_S: Final = 10.0
_OAUTH_BURST: Final = 110  # marketplace apps: per installed account (HubSpot docs, usage guidelines)


class Lane(StrEnum):
    GENERAL = "general"
    SEARCH = "search"
    ASSOCIATIONS = "associations"


class Shape(StrEnum):
    """The wordings of a 429."""

    BURST = "burst"
    DAILY = "daily"
    SEARCH = "search"


@dataclass(slots=True, kw_only=True)
class Limits:
    """A Professional account's limits. retry_after_s: sent with every 429; None leaves it out, as HubSpot often does."""

    burst: int | None = 190
    associations_burst: int | None = 150
    searches_per_s: int | None = 5
    daily: int | None = 625_000
    associations_daily: int | None = 500_000
    retry_after_s: int | None = None

    def switch_off(self) -> None:
        self.burst = self.associations_burst = self.searches_per_s = self.daily = self.associations_daily = None


@dataclass(slots=True)
class _Counter:
    recent: deque[float] = field(default_factory=deque)
    day: date | None = None
    used: int = 0


class Meter:
    """Counts calls and refuses those beyond the limits. zone: where the account's day ends."""

    def __init__(self, limits: Limits, zone: ZoneInfo) -> None:
        self.limits = limits
        self._zone = zone
        self._counters = {lane: _Counter() for lane in Lane}

    def admit(self, lane: Lane, *, now: datetime, steady_s: float, is_oauth: bool) -> None:
        """Count one call; raise Refusal when it is one too many."""
        counter = self._counters[lane]
        if lane is Lane.SEARCH:
            self._roll(counter, self.limits.searches_per_s, 1.0, steady_s, Shape.SEARCH)
            counter = self._counters[Lane.GENERAL]
        else:
            self._roll(counter, self._burst(lane, is_oauth), INTERVAL_S, steady_s, Shape.BURST)
        if not is_oauth:
            self._count_day(counter, self._daily(lane), now)

    def headers(self, lane: Lane, *, is_oauth: bool) -> list[tuple[str, str]]:
        """Return what an answer tells of the limits: nothing for searches and associations, no daily figures for OAuth."""
        burst = self._burst(lane, is_oauth)
        if lane is not Lane.GENERAL or burst is None:
            return []
        counter = self._counters[lane]
        told = [
            ("X-HubSpot-RateLimit-Max", str(burst)),
            ("X-HubSpot-RateLimit-Remaining", str(max(0, burst - len(counter.recent)))),
            ("X-HubSpot-RateLimit-Interval-Milliseconds", str(int(INTERVAL_S * 1000))),
        ]
        if self.limits.daily is not None and not is_oauth:
            told += [
                ("X-HubSpot-RateLimit-Daily", str(self.limits.daily)),
                ("X-HubSpot-RateLimit-Daily-Remaining", str(max(0, self.limits.daily - counter.used))),
            ]
        return told

    def refuse(self, shape: Shape, retry_after_s: float | None = None) -> Refusal:
        """Return the 429 of one limiter."""
        wait = self.limits.retry_after_s if retry_after_s is None else retry_after_s
        headers = [] if wait is None else [("Retry-After", f"{wait:g}")]
        return Refusal(429, _BODIES[shape], headers=headers)

    def _burst(self, lane: Lane, is_oauth: bool) -> int | None:
        if lane is Lane.ASSOCIATIONS:
            return self.limits.associations_burst
        return _OAUTH_BURST if is_oauth and self.limits.burst is not None else self.limits.burst

    def _daily(self, lane: Lane) -> int | None:
        return self.limits.associations_daily if lane is Lane.ASSOCIATIONS else self.limits.daily

    def _roll(self, counter: _Counter, limit: int | None, span_s: float, steady_s: float, shape: Shape) -> None:
        if limit is None:
            return
        recent = counter.recent
        while recent and recent[0] <= steady_s - span_s:
            recent.popleft()
        if len(recent) >= limit:
            raise self.refuse(shape)
        recent.append(steady_s)

    def _count_day(self, counter: _Counter, limit: int | None, now: datetime) -> None:
        if limit is None:
            return
        today = now.astimezone(self._zone).date()
        if today != counter.day:
            counter.day, counter.used = today, 0
        if counter.used >= limit:
            raise self.refuse(Shape.DAILY)
        counter.used += 1


_BODIES: Final[dict[Shape, dict[str, Any]]] = {
    Shape.BURST: {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
        "groupName": "publicapi:private-apps:api-calls",
    },
    Shape.DAILY: {
        "status": "error",
        "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "DAILY",
        "groupName": "publicapi:private-apps:api-calls-daily",
        "requestId": "5b2b9c2d4f7a4d0c8f2f6a1f3c1f0d9e",
    },
    Shape.SEARCH: {
        "status": "error",
        "message": "You have reached your secondly limit.",
        "category": "RATE_LIMITS",
    },
}
