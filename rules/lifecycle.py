"""What becomes of a claim by itself, status by status: weighed while open, guarded while registered, watched after its end.

Each stage looks at one Situation and moves it at most once or twice; it answers whether the new status has more to say at
once (a claim restored goes on to be weighed, one just registered may already have been won). A stage that finds nothing new
moves nothing, so deciding twice changes nothing. The ladder of rules is handed in by decide.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from rules.cases import FoundOpportunity, StepResult, Wait
from rules.conflict import disputes, label, own_newer, rival_fact, status_of
from rules.eligibility import missing_fields, partner_fact
from rules.policy import Anchor
from rules.records import Status, Window
from rules.situation import PERSONS, WAITING_FOR_PARTNER, Kind, Situation, Verdict, coverage_wait
from rules.stakes import opportunity_fact, stakes_of
from rules.windows import before, end_of, last_day, window_of

Rule = Callable[[Situation], Verdict]
Ladder = Sequence[tuple[str, Rule]]


def weigh(situation: Situation, ladder: Ladder) -> bool:
    """Ask every rule in order about an open claim and move it accordingly.

    The first word that ends the matter (return, refuse, supersede, wait) ends the asking; doubts are gathered on the way.
    """
    doubts: list[tuple[str, str]] = []
    last: Verdict | None = None
    for name, rule in ladder:
        verdict = rule(situation)
        situation.step(name, verdict.result, verdict.text, verdict.facts)
        if verdict.kind is Kind.PASS:
            continue
        if verdict.kind is Kind.REVIEW:
            doubts.append((name, verdict.reason))
            continue
        last = verdict
        situation.deciding = name
        break
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


def returned(situation: Situation, ladder: Ladder) -> bool:
    """Take a returned submission up again once it came back completed, or close it when the partner sent a new one."""
    newer = own_newer(situation)
    if newer is not None:
        text = f"the same partner's {label(newer)} is {status_of(newer)}"
        situation.step("own_repeat", StepResult.FAILED, text, (rival_fact(newer),))
        situation.deciding = "own_repeat"
        situation.move(Status.SUPERSEDED, "own_repeat")
        return False
    missing = missing_fields(situation.claim, situation.policy)
    if missing:
        situation.extra["missing"] = list(missing)
        situation.step("complete", StepResult.FAILED, "still missing: " + ", ".join(missing))
        return False
    changed_at = situation.case.claim_changed_at
    is_back = changed_at is not None and situation.since is not None and changed_at > situation.since
    if situation.reason == "returned_by_person" and not is_back:
        situation.step(
            "complete", StepResult.UNKNOWN, "the partner has not changed the submission since it was returned"
        )
        return False
    resume(situation, changed_at or situation.claim.modified_at)
    return True


def resume(situation: Situation, completed_at: datetime) -> None:
    """Receive a completed submission anew: from now on it counts, and is ordered, as of its completion."""
    situation.extra.pop("missing", None)
    situation.restart_priority(max(situation.priority_at, min(completed_at, situation.now)))
    situation.move(Status.RECEIVED, "resubmitted")


def guard(situation: Situation, ladder: Ladder) -> bool:
    """Keep a registered deal: won, lost or expired when its time has come, suspended and restored with the standing."""
    window = situation.window
    if window is None:  # adopted or approved with terms that have no end
        situation.step("window", StepResult.SKIPPED, "the protection has no end")
    for stage in (_close, _expire, _follow_standing):
        if stage(situation):
            return True
    _flag_conflicts(situation)
    return False


def ended(situation: Situation, ladder: Ladder) -> bool:
    """Watch the opportunity of a registration that has ended: what no longer fits is shown to a person."""
    for found in stakes_of(situation).ours:
        opportunity = found.opportunity
        if not found.is_linked:
            continue
        if not opportunity.is_closed and situation.status in (Status.WON, Status.LOST):
            situation.flag("deal_reopened", opportunity.ref, f"{opportunity.ref} is open again")
        elif opportunity.is_won and situation.status in (Status.EXPIRED, Status.LOST):
            situation.flag("won_after_end", opportunity.ref, f"{opportunity.ref} is won")
    return False


def withdrawn(situation: Situation, ladder: Ladder) -> bool:
    """Take up again a submission whose row was deleted and is back."""
    if situation.reason != "submission_gone" or situation.case.is_gone:
        return False
    situation.step("submission", StepResult.PASSED, "the submission is back in the CRM")
    situation.move(Status.RECEIVED, "submission_restored")
    return True


def settled(situation: Situation, ladder: Ladder) -> bool:
    """Leave a decided claim alone: only a person moves it."""
    return False


def grant(situation: Situation, reason: str, *, at: datetime, actor: str = "rule") -> None:
    """Register the deal: the window starts where the policy anchors it."""
    protection, zone = situation.policy.protection, situation.policy.zone
    start = situation.priority_at if protection.anchor is Anchor.SUBMISSION else at
    situation.window = window_of(protection.length, start, zone)
    situation.exclusive = protection.exclusive
    situation.move(Status.REGISTERED, reason, at=at, actor=actor)


def holding_end(situation: Situation) -> datetime | None:
    """Return when the holding period ends: so long after the submission's own time, whenever it was read."""
    holding = situation.policy.holding
    return None if holding is None else end_of(holding, situation.priority_at, situation.policy.zone)


STAGES: Final[Mapping[Status, Callable[[Situation, Ladder], bool]]] = {
    Status.RECEIVED: weigh,
    Status.HOLDING: weigh,
    Status.IN_REVIEW: weigh,
    Status.RETURNED: returned,
    Status.REGISTERED: guard,
    Status.SUSPENDED: guard,
    Status.WON: ended,
    Status.LOST: ended,
    Status.EXPIRED: ended,
    Status.WITHDRAWN: withdrawn,
    Status.RECAPTURED: settled,
    Status.SUPERSEDED: settled,
    Status.REFUSED: settled,
}
_ENDS: Final = {Kind.RETURN: Status.RETURNED, Kind.REFUSE: Status.REFUSED, Kind.SUPERSEDE: Status.SUPERSEDED}


def _to_review(situation: Situation, doubts: Sequence[tuple[str, str]]) -> bool:
    """Put the claim before a person. One that is there already for a reason that still holds keeps it."""
    situation.deciding = doubts[0][0]
    if situation.status is not Status.IN_REVIEW or situation.reason not in {reason for _, reason in doubts}:
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
        situation.step("holding", StepResult.UNKNOWN, f"the holding period runs until {_instant(end)}")
        situation.deciding = "holding"
        situation.waits.append(Wait(reason="holding", detail=f"holding until {_instant(end)}", until=end))
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
    grant(situation, "approved_automatically", at=situation.now)
    return True


def _close(situation: Situation) -> bool:
    """Win or lose with the registration's own opportunities; those closed before the submission tell nothing."""
    counted = [
        each
        for each in stakes_of(situation).ours
        if not each.opportunity.is_closed or each.opportunity.modified_at >= situation.priority_at
    ]
    won = next((each for each in counted if each.opportunity.is_won and _is_in_time(each, situation)), None)
    if won is not None:
        return _closed(situation, won, Status.WON, "deal_won")
    if counted and all(each.opportunity.is_closed and not each.opportunity.is_won for each in counted):
        return _closed(situation, max(counted, key=_closed_at), Status.LOST, "deal_lost")
    text = "the deal's opportunity is open" if counted else "the deal has no opportunity yet"
    situation.step(
        "own_opportunity", StepResult.PASSED, text, tuple(opportunity_fact(each.opportunity) for each in counted)
    )
    return False


def _closed(situation: Situation, found: FoundOpportunity, status: Status, reason: str) -> bool:
    opportunity = found.opportunity
    text = f"{opportunity.ref} is closed as {status}"
    situation.step("own_opportunity", StepResult.FAILED, text, (opportunity_fact(opportunity),))
    situation.deciding = "own_opportunity"
    if not found.is_linked:
        situation.extra.setdefault("closed_by", str(opportunity.ref))
    situation.move(status, reason, at=opportunity.modified_at, actor=f"crm:{opportunity.ref.connection}")
    return True


def _is_in_time(found: FoundOpportunity, situation: Situation) -> bool:
    """Tell whether a won opportunity was closed inside the window, by its stamp or by its own closing date."""
    window, opportunity = situation.window, found.opportunity
    if window is None or opportunity.modified_at < window.end:
        return True
    return opportunity.close_on is not None and opportunity.close_on <= last_day(window, situation.policy.zone)


def _closed_at(found: FoundOpportunity) -> datetime:
    return found.opportunity.modified_at


def _expire(situation: Situation) -> bool:
    """End a protection whose window is over, once every connection has been read past that end."""
    window = situation.window
    if window is None:
        return False
    if situation.now < window.end:
        situation.step("window", StepResult.PASSED, f"protected until {_instant(window.end)}")
        return False
    wait = coverage_wait(situation, window.end)
    if wait is not None:
        situation.step("window", StepResult.UNKNOWN, f"the window ended {_instant(window.end)}; {wait.detail}")
        situation.deciding = "window"
        situation.waits.append(wait)
        return False
    situation.step("window", StepResult.FAILED, f"the window ended {_instant(window.end)}")
    situation.deciding = "window"
    situation.move(Status.EXPIRED, "window_ended", at=window.end, actor="clock")
    return True


def _follow_standing(situation: Situation) -> bool:
    rules, partner = situation.policy.standing, situation.partner
    if partner is None or not rules.is_continuous:
        return False
    is_bad = partner.standing in rules.refuse_when
    fact = partner_fact(partner, "partner.standing", partner.standing)
    result = StepResult.FAILED if is_bad else StepResult.PASSED
    situation.step("standing", result, f"partner standing is {partner.standing}", (fact,))
    if is_bad == (situation.status is Status.SUSPENDED):
        return False
    situation.deciding = "standing"
    if is_bad:
        situation.move(Status.SUSPENDED, "standing_lost")
    else:
        situation.move(Status.REGISTERED, "standing_restored")
    return False


def _flag_conflicts(situation: Situation) -> None:
    """Show a person what stands against a protected deal; nothing of it is touched."""
    stakes = stakes_of(situation)
    for code, group, what in (
        ("direct_deal_during_protection", stakes.direct, "is worked by direct sales"),
        ("rival_deal_during_protection", stakes.rival, "names another partner"),
    ):
        for found in group:
            opportunity = found.opportunity
            situation.step("conflict", StepResult.FAILED, f"{opportunity.ref} {what}", (opportunity_fact(opportunity),))
            situation.flag(code, opportunity.ref, f"{opportunity.ref} {what}")
    for rival in disputes(situation):
        text = f"{label(rival)} is earlier and {status_of(rival)}"
        situation.step("conflict", StepResult.FAILED, text, (rival_fact(rival),))
        situation.flag("earlier_claim_seen_late", rival.claim.ref, text)
    _flag_warning(situation, situation.window)


def _flag_warning(situation: Situation, window: Window | None) -> None:
    if window is None or situation.now >= window.end:
        return
    zone = situation.policy.zone
    if any(before(each, window.end, zone) <= situation.now for each in situation.policy.protection.warnings_before):
        situation.flag("window_ends_soon", situation.claim.ref, f"protected until {last_day(window, zone)}")


def _flag_open(situation: Situation) -> None:
    """Show a person a claim whose own opportunity is closed before the claim is decided."""
    for found in stakes_of(situation).ours:
        opportunity = found.opportunity
        if opportunity.is_closed and opportunity.modified_at >= situation.priority_at:
            situation.flag("deal_closed_before_decision", opportunity.ref, f"{opportunity.ref} is closed")


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%SZ")
