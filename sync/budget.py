"""The budget of one pass: stop before the CRM's daily allowance is hurt, its own people's share above all.

The CRM tells what the whole account has used; the ledger knows what we used. Both are looked at between calls, never in the
middle of a write. What is left of the allowance is a fact of the CRM, so a restart forgets nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connectors.port import Limits
from rules.errors import RetryClass, TransientError
from sync.passes import Pass

DAY: Final = timedelta(hours=24)
RESERVE_SHARE: Final = 0.05  # of the account's allowance, left to people and other programs whoever used the rest
PAUSE: Final = timedelta(minutes=30)  # where the CRM does not tell when the allowance returns


@dataclass(slots=True, kw_only=True)
class Budget:
    """Knows how much this connection may still use. used_before: its own cost of the last 24 hours, as stored."""

    p: Pass
    used_before: int

    def check(self) -> None:
        """Raise TransientError (EXHAUSTED) when the share of the daily allowance is used up, StoppedError on a stop."""
        self.p.breathe()
        limits = self.p.connector.limits()
        if limits.total is None or limits.total <= 0:
            return
        share = self.p.config.daily_share
        ours = self.used_before + self.p.calls_cost()
        if ours >= limits.total * share:
            raise self._exhausted(limits, f"Registrar has used its share of {share:.0%} of {limits.total} calls a day")
        if limits.used is not None and limits.used >= limits.total * (1 - RESERVE_SHARE):
            raise self._exhausted(limits, f"{limits.used} of {limits.total} calls of the account are used")

    def _exhausted(self, limits: Limits, what: str) -> TransientError:
        wait = resume_at(limits, now=self.p.now()) - self.p.now()
        return TransientError(
            f"{self.p.name}: {what}; the connection rests so that people can go on working. Raise daily_share, or wait.",
            crm=self.p.name,
            retry_after_s=wait.total_seconds(),
            code="DAILY_SHARE",
            retry_class=RetryClass.EXHAUSTED,
        )


def resume_at(limits: Limits, *, now: datetime) -> datetime:
    """Return when to look again: when the allowance resets, where the CRM tells, else in half an hour."""
    return limits.resets_at if limits.resets_at is not None and limits.resets_at > now else now + PAUSE
