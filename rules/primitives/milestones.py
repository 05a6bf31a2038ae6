"""When a deal reached a milestone: by a date fact, by its opportunity's stage, or by a condition.

A date that a fact gives counts whenever it is corrected. A stage tells only that it is reached: when it is first seen, the
row's own time is remembered, and it stays reached when the stage moves on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rules.cases import Fact
from rules.expression import Condition
from rules.records import PROTECTED
from rules.setting import required, setting
from rules.stakes import opportunity_fact, stakes_of
from rules.values import is_among
from rules.windows import start_of_day

if TYPE_CHECKING:
    from rules.situation import Situation

REACHED: Final = "milestones"  # in a registration's memory: name -> when it was first seen to be reached


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A point that a deal reaches: by a date fact, by its opportunity's stage or by a condition. The fact's date counts."""

    name: str = required("Short name, used by phases.")
    stages: frozenset[str] = setting(frozenset[str](), "Stages of the deal's opportunity that mean it is reached.")
    fact: str | None = setting(None, "A date or instant fact that tells when it was reached.")
    when: Condition | None = setting(None, "Reached as soon as this is seen to hold.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """When a milestone was reached, and what tells so."""

    at: datetime
    fact: Fact


def reached(situation: Situation, milestone: Milestone) -> Reached | None:
    """Return when the milestone was reached, None while it is not."""
    if milestone.fact is not None:
        known = situation.facts[milestone.fact]
        if known is not None:
            at = known if isinstance(known, datetime) else start_of_day(known, situation.policy.zone)
            return Reached(at=at, fact=situation.claim_fact(milestone.fact, str(known)))
    remembered = situation.memory.get(REACHED, {}).get(milestone.name)
    if remembered is not None:
        at = datetime.fromisoformat(remembered)
        fact = Fact(name=f"milestone.{milestone.name}", value=remembered, source="ledger", at=at)
        return Reached(at=at, fact=fact)
    found = _by_stage(situation, milestone) or _by_condition(situation, milestone)
    if found is not None and situation.status in PROTECTED:
        situation.memory[REACHED] = {**situation.memory.get(REACHED, {}), milestone.name: found.at.isoformat()}
    return found


def last_change(situation: Situation) -> datetime:
    """Return when the submission or one of its own opportunities last changed, never later than now."""
    rows = [situation.claim.modified_at]
    rows += [each.opportunity.modified_at for each in stakes_of(situation).ours]
    return min(max(rows), situation.now)


def _by_stage(situation: Situation, milestone: Milestone) -> Reached | None:
    seen = [
        each.opportunity
        for each in stakes_of(situation).ours
        if is_among(each.opportunity.stage or "", milestone.stages)
    ]
    if not seen:
        return None
    first = min(seen, key=lambda each: (each.modified_at, each.ref))
    return Reached(at=min(first.modified_at, situation.now), fact=opportunity_fact(first))


def _by_condition(situation: Situation, milestone: Milestone) -> Reached | None:
    if milestone.when is None or milestone.when.test(situation.facts) is not True:
        return None
    at = last_change(situation)
    return Reached(at=at, fact=Fact(name=f"milestone.{milestone.name}", value=milestone.when.text, source="", at=at))
