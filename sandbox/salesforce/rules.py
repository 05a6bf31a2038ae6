"""What an org's administrators add: validation rules, automation after a write, and fields that follow from others.

Rules and automation are plain functions, so a test or a world plugs in what it needs. Source: Salesforce help, "Validation
Rules", "Triggers and Order of Execution".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.salesforce.table import Row

# Called after each save with the object, the row before (None: created) and the row as saved; returns fields to set.
Automation = Callable[[str, Mapping[str, Any] | None, Mapping[str, Any]], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """Refuses a row for which `is_broken` holds. field: where the message is shown; None: on top of the page."""

    object_name: str
    is_broken: Callable[[Mapping[str, Any]], bool]
    message: str
    field: str | None = None


REASON_WHEN_REJECTED: Final = ValidationRule(
    object_name="Deal_Registration__c",
    is_broken=lambda row: row["Status__c"] == "Rejected" and row["Rejection_Reason__c"] is None,
    message="Choose a rejection reason.",
    field="Rejection_Reason__c",
)


class AutomationError(Exception):
    """Raised by an automation: the write is refused with CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY."""


def derive(object_name: str, row: Row, given: Mapping[str, Any], stages: Mapping[str, Row], now: datetime) -> None:
    """Set the fields of a row that follow from others. given: the fields of this write."""
    if object_name == "Opportunity":
        _derive_opportunity(row, given, stages, now)
    elif object_name in ("Contact", "Lead", "User") and ("FirstName" in given or "LastName" in given):
        row["Name"] = " ".join(filter(None, (row["FirstName"], row["LastName"])))


def _derive_opportunity(row: Row, given: Mapping[str, Any], stages: Mapping[str, Row], now: datetime) -> None:
    if "StageName" in given:
        # StageName takes any text; a stage that nobody knows counts as open.
        stage = stages.get(row["StageName"] or "")
        row["IsClosed"] = stage is not None and stage["IsClosed"]
        row["IsWon"] = stage is not None and stage["IsWon"]
        row["LastStageChangeDate"] = now
        if stage is not None:
            row["ForecastCategoryName"] = stage["ForecastCategoryName"]
            row["ForecastCategory"] = str(stage["ForecastCategoryName"]).replace(" ", "")
            if "Probability" not in given:
                row["Probability"] = stage["DefaultProbability"]
    if given.keys() & {"StageName", "Amount", "Probability"}:
        amount, probability = row["Amount"], row["Probability"]
        row["ExpectedRevenue"] = None if amount is None else round(amount * (probability or 0.0) / 100, 2)


def broken(rules: Sequence[ValidationRule], object_name: str, row: Mapping[str, Any]) -> ValidationRule | None:
    """Return the first rule that a row breaks."""
    return next((rule for rule in rules if rule.object_name == object_name and rule.is_broken(row)), None)
