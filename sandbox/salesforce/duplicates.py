"""Duplicate rules: a write by the API that looks like an existing record is refused with the records it looks like.

An alerting rule lets a caller through who says so, a blocking one nobody. People see the alert and save. Source: REST
guide, "Duplicate Rule Header"; Salesforce help, "Duplicate Rules".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.salesforce.errors import RowError
from sandbox.salesforce.table import Row, Table

MESSAGE: Final = "Use one of these records?"


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """key: what makes two records look alike; None looks like nothing."""

    name: str
    object_name: str
    key: Callable[[Mapping[str, Any]], str | None]
    is_blocking: bool = False


def check_duplicates(rules: list[DuplicateRule], table: Table, row: Row, *, may_save: bool) -> None:
    """Raise RowError DUPLICATES_DETECTED when a rule finds the row alike to live ones."""
    for rule in rules:
        if rule.object_name != table.shape.name or (may_save and not rule.is_blocking):
            continue
        key = rule.key(row)
        if key is None:
            continue
        alike = [each for each in table.by_id() if not each.get("IsDeleted") and each["Id"] != row["Id"]]
        found = [each["Id"] for each in alike if rule.key(each) == key]
        if found:
            # Salesforce itself spells this key without its last "l"; older guides spell it right.
            raise RowError("DUPLICATES_DETECTED", MESSAGE, more={"duplicateResut": _result(rule, found)})


def _result(rule: DuplicateRule, found: list[str]) -> dict[str, Any]:
    matches = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {"attributes": {"type": rule.object_name}, "Id": record_id},
        }
        for record_id in found
    ]
    return {
        "allowSave": not rule.is_blocking,
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": rule.object_name,
        "errorMessage": MESSAGE,
        "matchResults": [
            {
                "entityType": rule.object_name,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": matches,
                "rule": f"{rule.name}_Match",
                "size": len(matches),
                "success": True,
            }
        ],
    }
