"""What a rule leads to when its test fails, or when it cannot tell."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """What a rule leads to when its test fails."""

    REFUSE = "refuse"
    RETURN = "return"  # back to the partner, to be completed
    REVIEW = "review"  # a person decides
    WAIT = "wait"  # not now: asked again as soon as something changes
    OFF = "off"  # the rule is not asked at all


class Unknown(StrEnum):
    """What a rule leads to when a fact it needs is unknown."""

    REFUSE = "refuse"
    RETURN = "return"
    REVIEW = "review"
    PASS = "pass"  # noqa: S105  (an outcome, no password)
