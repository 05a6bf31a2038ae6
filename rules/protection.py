"""What becomes of a registered deal: won or lost with its opportunity, expired by the clock, suspended and restored.

A protected deal is guarded until its window ends, and watched afterwards: what no longer fits is shown to a person and
nothing of it is touched. Nothing expires before every connection has been read past the window's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rules.cases import FoundOpportunity, StepResult
from rules.conflict import disputes
from rules.primitives.conversion import follow_changes
from rules.primitives.gates import Lapse, lapsed
from rules.primitives.update_duty import UPDATE_MISSING, follow_duty, note_progress, restart_duty, suspended_since
from rules.primitives.window import end_reason, follow_window, milestone_in_time
from rules.records import Status, Window
from rules.rivals import label, rival_fact, status_of
from rules.situation import Situation, coverage_wait, told
from rules.stakes import opportunity_fact, stakes_of, was_closed_before
from rules.windows import before, last_day

_RESTORED: Final[Mapping[str, str]] = {"gate_lapsed": "gate_restored"}


def guard(situation: Situation) -> bool:
    """Keep a registered deal: won, lost or expired when its time has come, suspended and restored with the standing."""
    follow_changes(situation)
    follow_window(situation)
    if situation.window is None:  # adopted or approved with terms that have no end
        situation.step("window", StepResult.SKIPPED, "the protection has no end")
    for stage in (_close, follow_duty, _expire, _follow_conditions):
        if stage(situation):
            return True
    _flag_conflicts(situation)
    return False


def watch(situation: Situation) -> bool:
    """Watch the opportunity of a registration that has ended: what no longer fits is shown to a person."""
    if situation.status is Status.EXPIRED and situation.reason != "adopted":
        won = next((each for each in stakes_of(situation).ours if _was_won_in_time(each, situation)), None)
        if won is not None:
            return _closed(situation, won, Status.WON, "deal_won")
    for found in stakes_of(situation).ours:
        opportunity = found.opportunity
        if not found.is_linked:
            continue
        if not opportunity.is_closed and situation.status in (Status.WON, Status.LOST):
            situation.flag("deal_reopened", opportunity.ref, f"{opportunity.ref} is open again")
        elif opportunity.is_won and situation.status in (Status.EXPIRED, Status.LOST):
            situation.flag("won_after_end", opportunity.ref, f"{opportunity.ref} is won")
    if situation.status is Status.EXPIRED:
        milestone = milestone_in_time(situation)
        if milestone is not None:
            text = f"by its date now, {milestone} was reached in time"
            situation.flag("milestone_corrected", situation.claim.ref, text)
    elif situation.status is Status.WON and situation.policy.after_win.idle is not None:
        note_progress(situation)
    return False


def _close(situation: Situation) -> bool:
    """Win or lose with the registration's own opportunities; those closed before the submission tell nothing."""
    counted = [each for each in stakes_of(situation).ours if not was_closed_before(each, situation)]
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
    window = situation.window
    if window is None or not situation.policy.protection.close_in_window:
        return True
    return _is_inside(found, window, situation)


def _was_won_in_time(found: FoundOpportunity, situation: Situation) -> bool:
    """Tell whether the registration's own opportunity was won before its protection ended, however late that is learned."""
    if not found.is_linked or not found.opportunity.is_won or was_closed_before(found, situation):
        return False
    return situation.window is not None and _is_inside(found, situation.window, situation)


def _is_inside(found: FoundOpportunity, window: Window, situation: Situation) -> bool:
    opportunity = found.opportunity
    if opportunity.modified_at < window.end:
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
        situation.step("window", StepResult.PASSED, f"protected until {told(window.end)}")
        return False
    wait = coverage_wait(situation, window.end)
    if wait is not None:
        situation.step("window", StepResult.UNKNOWN, f"the window ended {told(window.end)}; {wait.detail}")
        situation.deciding = "window"
        situation.waits.append(wait)
        return False
    situation.step("window", StepResult.FAILED, f"the window ended {told(window.end)}")
    situation.deciding = "window"
    situation.move(Status.EXPIRED, end_reason(situation), at=window.end, actor="clock")
    return True


def _follow_conditions(situation: Situation) -> bool:
    """Suspend, restore, recapture or show a registration as the conditions hold that must hold all along."""
    found = lapsed(situation)
    for each in found:
        situation.step(each.name, StepResult.FAILED, each.text, each.facts)
    gone = next((each for each in found if each.leads_to is Lapse.RECAPTURE), None)
    if gone is not None:
        situation.deciding = gone.name
        situation.move(Status.RECAPTURED, gone.reason)
        return True
    for each in found:
        if each.leads_to is Lapse.FLAG:
            situation.flag(each.reason, situation.claim.ref, each.text)
    resting = [(each.name, each.reason, situation.now) for each in found if each.leads_to is Lapse.SUSPEND]
    since = suspended_since(situation)
    if since is not None:
        resting.append(("update_duty", situation.policy.update_duty.reason or UPDATE_MISSING, since))
    if resting:
        _suspend(situation, resting)
    elif situation.status is Status.SUSPENDED:
        _restore(situation)
    return False


def _suspend(situation: Situation, grounds: list[tuple[str, str, datetime]]) -> None:
    """Let the registration rest on the first of its grounds; one that rests for a ground that still holds keeps it."""
    if situation.status is Status.SUSPENDED and situation.reason in {reason for _, reason, _ in grounds}:
        return
    name, reason, at = grounds[0]
    situation.deciding = name
    situation.move(Status.SUSPENDED, reason, at=at)


def _restore(situation: Situation) -> None:
    duty = situation.policy.update_duty.reason or UPDATE_MISSING
    situation.deciding = "conditions"
    if situation.reason == duty:
        situation.move(Status.REGISTERED, "update_received")
        return
    situation.move(Status.REGISTERED, _RESTORED.get(situation.reason, "standing_restored"))
    restart_duty(situation, situation.now)


def _flag_conflicts(situation: Situation) -> None:
    """Show a person what stands against a protected deal; nothing of it is touched."""
    stakes = stakes_of(situation)
    for code, group, what in (
        ("direct_deal_during_protection", stakes.direct, "is worked by direct sales"),
        ("rival_deal_during_protection", stakes.rival, "names another partner"),
    ):
        for found in group:
            opportunity = found.opportunity
            text = f"{opportunity.ref} {what}" + (" and was won" if opportunity.is_won else "")
            situation.step("conflict", StepResult.FAILED, text, (opportunity_fact(opportunity),))
            situation.flag(code, opportunity.ref, text)
    for rival in disputes(situation):
        text = f"{label(rival)} is earlier and {status_of(rival)}"
        situation.step("conflict", StepResult.FAILED, text, (rival_fact(rival),))
        situation.flag("earlier_claim_seen_late", rival.claim.ref, text)
    _flag_warning(situation)


def _flag_warning(situation: Situation) -> None:
    window = situation.window
    if window is None or situation.now >= window.end:
        return
    zone, calendar = situation.policy.zone, situation.policy.calendar
    warnings = situation.policy.protection.warnings_before
    if any(before(each, window.end, zone, calendar) <= situation.now for each in warnings):
        situation.flag("window_ends_soon", situation.claim.ref, f"protected until {last_day(window, zone)}")
