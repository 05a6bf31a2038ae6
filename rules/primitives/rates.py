"""Exchange rates: which day's rate counts, and where rates come from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.action import Unknown
from rules.events import Event
from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRules:
    """Units of the policy's currency for one unit of another."""

    at: Event = setting(
        Event.SUBMISSION, "Whose day's rate counts: submission, completeness, approval, close, decision."
    )
    fixed: tuple[tuple[str, Decimal], ...] = setting((), "Rates that hold on every day, such as {EUR: 1.09}.")
    file: str | None = setting(None, "A CSV beside this file with the columns date, currency, rate.")
    from_crm: bool = setting(True, "Use the CRM's own dated rates, where it has them.")
    max_age_days: int = setting(7, "A rate older than this on the day that counts is missing.")
    missing: Unknown = setting(Unknown.REVIEW, "A missing rate leads to: refuse, return, review, pass.")
