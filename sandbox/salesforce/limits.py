"""How many calls the org has answered in the last 24 hours, and when it refuses more.

Source: Limits cheat sheet, "API Request Limits and Allocations".
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.port import Clock
from sandbox.salesforce.errors import ApiError

DAILY_LIMIT: Final = 100_000
_DAY: Final = timedelta(hours=24)
_BULK_JOBS: Final = 10_000


class Limits:
    """The allowance of one org. total: calls since the org was made; daily_limit may be set at any time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: deque[tuple[datetime, int]] = deque()
        self._used = 0
        self.total = 0
        self.bulk_jobs = 0
        self.daily_limit = DAILY_LIMIT

    @property
    def used(self) -> int:
        """Return the calls of the last 24 hours."""
        oldest = self._clock.now() - _DAY
        while self._minutes and self._minutes[0][0] < oldest:
            self._used -= self._minutes.popleft()[1]
        return self._used

    def count(self, calls: int = 1) -> None:
        minute = self._clock.now().replace(second=0, microsecond=0)
        self.total += calls
        self._used += calls
        if self._minutes and self._minutes[-1][0] == minute:
            calls += self._minutes.pop()[1]
        self._minutes.append((minute, calls))

    def check(self) -> None:
        """Raise ApiError when the day's allowance is used up."""
        if self.used >= self.daily_limit:
            raise daily_limit()

    @property
    def header(self) -> str:
        return f"api-usage={self.used}/{self.daily_limit}"

    def answer(self) -> dict[str, Any]:
        """Return what GET limits says."""
        left = max(0, self.daily_limit - self.used)
        return {
            "DailyApiRequests": {"Max": self.daily_limit, "Remaining": left},
            "DailyBulkApiBatches": {"Max": 15_000, "Remaining": 15_000},
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
            "DailyBulkV2QueryJobs": {"Max": _BULK_JOBS, "Remaining": _BULK_JOBS - self.bulk_jobs},
            "DataStorageMB": {"Max": 10_240, "Remaining": 9_120},
        }


def daily_limit() -> ApiError:
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def concurrent_limit(retry_after_s: float | None) -> ApiError:
    headers = {} if retry_after_s is None else {"Retry-After": str(int(retry_after_s))}
    message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", message, headers=headers)
