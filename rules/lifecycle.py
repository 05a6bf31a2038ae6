"""What becomes of an open claim by itself: weighed by every rule, held, put before a person, returned, registered.

Each stage looks at one Situation and moves it at most once; it answers whether the new status has more to say at once (a
claim restored goes on to be weighed, one just registered may already have been won). A stage that finds nothing new
moves nothing, so deciding twice changes nothing. The ladder of rules is handed in by decide.py; protection.py goes on
once the deal is registered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from rules.cases import StepResult, Wait
from rules.conflict import own_newer
from rules.events import BY_PERSON, COMPLETE_AT
from rules.primitives.conversion import take_as_submitted
from rules.primitives.jurisdictions import requires_equal_access
from rules.primitives.quotas import COUNTED_AT
from rules.primitives.window import open_window
from rules.records import Status
from rules.rivals import label, rival_fact, status_of
from rules.situation import (
    PERSONS,
    WAITING_FOR_CONNECTION,
    WAITING_FOR_PARTNER,
    Kind,
    Situation,
    Verdict,
    coverage_wait,
    told,
)
from rules.stakes import stakes_of, was_closed_before
from rules.verdicts import forget_told, step_name
from rules.wording import TOLD

Rule = Callable[[Situation], Verdict]
Ladder = Sequence[tuple[str, Rule]]

_LAST_DOUBT: Final = "approval"  # the rule that asks for a person where nothing is wrong with the claim
# Waits at which the asking ends: the rules after it ask about the partner; a refusal that waits for a reading comes first.
_HELD_BACK: Final = frozenset({WAITING_FOR_PARTNER, WAITING_FOR_CONNECTION})
_ENDS: Final = {Kind.RETURN: Status.RETURNED, Kind.REFUSE: Status.REFUSED, Kind.SUPERSEDE: Status.SUPERSEDED}


def weigh(situation: Situation, ladder: Ladder) -> bool:
    """Ask every rule in order about an open claim and move it accordingly.

    The first word that ends the matter (return, refuse, supersede) ends the asking; doubts are gathered on the way. A wait
    ends the doubting only: what is refused or sent back for certain is so whatever else is still waited for.
    """
    doubts, last = _ask(situation, ladder)
    _flag_open(situation)
    if situation.status is Status.IN_REVIEW and situation.reason in PERSONS:
        situation.deciding = "person"
        return False
    if last is not None and last.kind is not Kind.WAIT:
        situation.move(_ENDS[last.kind], last.reason)
        return False
    if last is not None and last.wait is not None:
        situation.waits.append(last.wait)
    if doubts:
        return _to_review(situation, doubts)
    if last is not None:
        return _wait(situation, last)
    return _grant_or_hold(situation)


def _ask(situation: Situation, ladder: Ladder) -> tuple[list[tuple[str, str]], Verdict | None]:
    """Return the doubts, each with its rule, and the word that ends the matter, else the first wait."""
    forget_told(situation)
    doubts: list[tuple[str, str]] = []
    waiting: Verdict | None = None
    counted_at, told_by_wait = situation.memory.get(COUNTED_AT), None
    for name, rule in ladder:
        verdict = rule(situation)
        name = step_name(name, verdict.clause)
        situation.step(name, verdict.result, verdict.text, verdict.facts)
        if verdict.kind is Kind.WAIT and waiting is None:
            waiting, situation.deciding = verdict, name
            told_by_wait = situation.memory.get(TOLD)
            if verdict.wait is not None and verdict.wait.reason in _HELD_BACK:
                break
        elif verdict.kind is Kind.REVIEW and waiting is None:
            doubts.append((name, verdict.reason))
        elif verdict.kind in _ENDS:
            situation.deciding = name
            if waiting is not None and counted_at is None:
                situation.memory.pop(COUNTED_AT, None)  # it waits for no room any more
            elif waiting is not None:
                situation.memory[COUNTED_AT] = counted_at
            return doubts, verdict
        if waiting is not None:
            forget_told(situation)
    if told_by_wait is not None:
        situation.memory[TOLD] = told_by_wait
    return doubts, waiting


def returned(situation: Situation, ladder: Ladder) -> bool:
    """Take a returned submission up again once it came back completed, or close it when the partner sent a new one."""
    newer = own_newer(situation)
    if newer is not None:
        text = f"the same partner's {label(newer)} is {status_of(newer)}"
        situation.step("own_repeat", StepResult.FAILED, text, (rival_fact(newer),))
        situation.deciding = "own_repeat"
        situation.move(Status.SUPERSEDED, "own_repeat")
        return False
    if _is_still_lacking(situation, ladder):
        return False
    changed_at = situation.case.claim_changed_at
    is_back = changed_at is not None and situation.since is not None and changed_at > situation.since
    if situation.reason == "returned_by_person" and not is_back:
        situation.step("complete", StepResult.UNKNOWN, "the submission has not been changed since it was returned")
        return False
    resume(situation, changed_at or situation.claim.modified_at)
    return True


def _is_still_lacking(situation: Situation, ladder: Ladder) -> bool:
    """Tell whether some rule would send it back again; what the others say is asked once it is back."""
    for name, rule in ladder:
        verdict = rule(situation)
        if verdict.kind is Kind.RETURN:
            situation.step(step_name(name, verdict.clause), StepResult.FAILED, f"still {verdict.text}", verdict.facts)
            return True
        if verdict.reason == WAITING_FOR_PARTNER:  # the rules after it ask about the partner
            break
    return False


def resume(situation: Situation, completed_at: datetime) -> None:
    """Receive a completed submission anew: from now on it counts, and is ordered, as of its completion."""
    situation.extra.pop("missing", None)
    situation.memory.pop(BY_PERSON, None)
    situation.memory[COMPLETE_AT] = min(completed_at, situation.now).isoformat()
    if situation.status is Status.REFUSED:
        situation.memory[COUNTED_AT] = situation.memory[COMPLETE_AT]
    situation.restart_priority(max(situation.priority_at, min(completed_at, situation.now)))
    situation.move(Status.RECEIVED, "resubmitted")


def withdrawn(situation: Situation) -> bool:
    """Take up again a submission whose row was deleted and is back."""
    if situation.reason != "submission_gone" or situation.case.is_gone:
        return False
    situation.step("submission", StepResult.PASSED, "the submission is back in the CRM")
    situation.move(Status.RECEIVED, "submission_restored")
    return True


def settled(situation: Situation) -> bool:
    """Leave a decided claim alone: only a person moves it."""
    return False


def grant(situation: Situation, reason: str, *, at: datetime, actor: str = "rule", end: datetime | None = None) -> None:
    """Register the deal: the window starts where the policy anchors it. end: of the window, where a person set one."""
    take_as_submitted(situation)
    open_window(situation, at, end=end)
    situation.exclusive = situation.rank == 1 and situation.is_exclusive()
    situation.move(Status.REGISTERED, reason, at=at, actor=actor)


def holding_end(situation: Situation) -> datetime | None:
    """Return when the holding period ends: so long after the submission's own time, whenever it was read."""
    end: datetime | None = situation.shared("holding_end", _holding_end)
    return end


def _holding_end(situation: Situation) -> datetime | None:
    holding = situation.pick(situation.policy.holding)
    return None if holding is None else situation.end_of(holding, situation.priority_at)


def _to_review(situation: Situation, doubts: Sequence[tuple[str, str]]) -> bool:
    """Put the claim before a person. One that is there already for a reason that still holds keeps it.

    One that was there only because a person approves has another reason as soon as there is a doubt about it.
    """
    situation.deciding = doubts[0][0]
    asked_for = {reason: name for name, reason in doubts}
    is_known = situation.status is Status.IN_REVIEW and situation.reason in asked_for
    if not is_known or (asked_for[situation.reason] == _LAST_DOUBT and situation.reason != doubts[0][1]):
        situation.move(Status.IN_REVIEW, doubts[0][1])
    return False


def _wait(situation: Situation, verdict: Verdict) -> bool:
    """Acknowledge a claim that has to wait: it is held while its holding period runs."""
    is_partner = verdict.wait is not None and verdict.wait.reason == WAITING_FOR_PARTNER
    if not is_partner and situation.status is not Status.HOLDING:
        end = holding_end(situation)
        if end is not None and (situation.status is Status.IN_REVIEW or situation.now < end):
            situation.move(Status.HOLDING, "holding")
    return False


def _grant_or_hold(situation: Situation) -> bool:
    end = holding_end(situation)
    if end is not None and situation.now < end:
        detail = f"the holding period runs until {told(end)}"
        situation.step("holding", StepResult.UNKNOWN, detail)
        situation.deciding = "holding"
        situation.waits.append(Wait(reason="holding", detail=detail, until=end))
        if situation.status is not Status.HOLDING:
            situation.move(Status.HOLDING, "holding")
        return False
    situation.step(
        "holding", StepResult.PASSED, "the holding period is over" if end is not None else "no holding period"
    )
    wait = coverage_wait(situation, situation.priority_at)
    if wait is not None:
        situation.step("coverage", StepResult.UNKNOWN, wait.detail)
        situation.deciding = "coverage"
        situation.waits.append(wait)
        return False
    situation.step("coverage", StepResult.PASSED, "every connection has been read past the submission")
    situation.deciding = "first_claim"
    grant(situation, _granted_as(situation), at=situation.now)
    return True


def _granted_as(situation: Situation) -> str:
    """Return the reason of a registration without a person: whether the partner holds the deal alone, and why not."""
    if requires_equal_access(situation):
        return "jurisdiction_equal_access"
    if situation.rank > 1:
        return "second_place"
    return "co_sell" if situation.policy.precedence.is_shared else "approved_automatically"


def _flag_open(situation: Situation) -> None:
    """Show a person a claim whose own opportunity is closed before the claim is decided."""
    for found in stakes_of(situation).ours:
        opportunity = found.opportunity
        if opportunity.is_closed and not was_closed_before(found, situation):
            situation.flag("deal_closed_before_decision", opportunity.ref, f"{opportunity.ref} is closed")
