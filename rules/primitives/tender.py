"""Public tenders: what counts is which came first, publication or the claim (primitive 11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action, Unknown
from rules.expression import Condition
from rules.setting import setting


class TenderRule(StrEnum):
    """When a deal that is put out to tender may be registered."""

    ALWAYS = "always"
    NEVER = "never"
    SUBMITTED_BEFORE = "submitted_before"  # submitted before the tender was published
    APPROVED_BEFORE = "approved_before"  # approved before it was published
    REGISTERED_AFTER = "published_before"  # only once it has been published


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Facts: deal.is_tender, deal.tender_published_at."""

    rule: TenderRule = setting(
        TenderRule.ALWAYS, "always, never, submitted_before, approved_before, published_before (the publication)."
    )
    when: Condition | None = setting(None, "Asked only where this holds.")
    unless: Condition | None = setting(
        None, "Eligible all the same where this holds: a fitting framework contract, say."
    )
    action: Action = setting(Action.REFUSE, "refuse or review.")
    unknown: Unknown = setting(Unknown.REVIEW, "A tender without a publication date: refuse, return, review, pass.")
    reason: str = setting("tender_not_eligible", "Reason code of a refusal.")
