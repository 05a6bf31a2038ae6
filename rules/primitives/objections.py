"""Objections: during holding, those who already work the deal may speak up; then a person decides.

Neither side learns the other's name: the reviewer sees who objects and what both show, the partners read a sentence of
ours. An objection that comes too late, or from somebody the policy does not hear, is shown and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rules.cases import Fact, Objection
from rules.expression import Condition
from rules.records import OPEN
from rules.setting import setting
from rules.situation import Kind, Situation, Verdict, passed, skipped, told
from rules.span import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True, kw_only=True)
class Objections:
    """Those already working the deal may object; the case then goes to a person with both sides' evidence."""

    is_open: bool = setting(True, "Whether objections are heard.")
    by_partners: bool = setting(True, "Partners may object.")
    by_sellers: bool = setting(True, "The vendor's own sellers may object.")
    after_holding: Span | None = setting(None, "How long after holding one is still heard; null: not at all.")
    when: Condition | None = setting(None, "Heard only where this holds.")


def no_objection(situation: Situation, holding_end: Callable[[Situation], datetime | None]) -> Verdict:
    """Nobody who already works the deal has objected in time."""
    if not situation.case.objections:
        return skipped("nobody objects")
    heard, unheard = _sorted_out(situation.case.objections, situation, holding_end)
    if not heard:
        return passed("; ".join(unheard))
    text = "; ".join(_told(each, situation) for each in heard)
    return Verdict(Kind.REVIEW, text, tuple(_fact(each) for each in heard), "objection_raised")


def flag_objections(situation: Situation, holding_end: Callable[[Situation], datetime | None]) -> None:
    """Show a person who objects, whatever the status: to an open claim, or to a registration since it was made.

    What came before a registration was known to whoever decided it.
    """
    since = situation.registered_at() if situation.status not in OPEN else None
    told_of = [each for each in situation.case.objections if since is None or each.at > since]
    heard, unheard = _sorted_out(told_of, situation, holding_end)
    if heard:
        text = "; ".join(_told(each, situation) for each in heard)
        situation.flag("objection_raised", situation.claim.ref, text)
    if unheard:
        situation.flag("objection_not_heard", situation.claim.ref, "; ".join(unheard))


def _sorted_out(
    objections: Iterable[Objection], situation: Situation, holding_end: Callable[[Situation], datetime | None]
) -> tuple[list[Objection], list[str]]:
    """Return the objections that are heard, and of the others why they are not."""
    heard, unheard = [], []
    for objection in objections:
        why_not = _why_not_heard(objection, situation, holding_end(situation))
        if why_not is None:
            heard.append(objection)
        else:
            unheard.append(f"{objection.source}: {why_not}")
    return heard, unheard


def _why_not_heard(objection: Objection, situation: Situation, holding_end: datetime | None) -> str | None:
    rules = situation.policy.objections
    if not rules.is_open or (rules.when is not None and rules.when.test(situation.facts) is not True):
        return "objections are not heard"
    if objection.by_partner is not None and objection.by_partner == situation.partner_id:
        return "it is the claim's own partner"
    if not (rules.by_partners if objection.by_partner is not None else rules.by_sellers):
        return "not from this side"
    end = holding_end if holding_end is not None else situation.priority_at
    if rules.after_holding is not None:
        end = situation.end_of(rules.after_holding, end)
    return f"it came {told(objection.at)}, after {told(end)}" if objection.at >= end else None


def _told(objection: Objection, situation: Situation) -> str:
    who = f"partner {objection.by_partner}" if objection.by_partner is not None else f"seller {objection.by_user}"
    theirs = ", ".join(objection.evidence) or "nothing"
    mine = ", ".join(sorted({each.kind for each in situation.claim.evidence})) or "nothing"
    return f"{who} objects and shows {theirs}; the claim shows {mine}"


def _fact(objection: Objection) -> Fact:
    who = objection.by_partner or objection.by_user or "unknown"
    return Fact(name="objection.by", value=who, source=objection.source, at=objection.at)
