"""Opportunities that name a partner but have no registration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.expression import Condition
from rules.setting import setting
from rules.span import Span


class Found(StrEnum):
    IGNORE = "ignore"
    FLAG = "flag"  # listed for support
    REVIEW = "review"  # a registration in review is opened for it
    REGISTER = "register"  # taken as a submission of that partner and decided by the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregistered:
    """What becomes of them."""

    action: Found = setting(Found.FLAG, "ignore, flag, review, register.")
    after: Span | None = setting(Span(days=1), "Only when no registration has come so long after the opportunity.")
    when: Condition | None = setting(None, "Only where this holds.")
