"""What becomes of a registered deal: won or lost with its opportunity, expired by the clock, suspended and restored.

A protected deal is guarded until its window ends, and watched afterwards: what no longer fits is shown to a person and
nothing of it is touched. Nothing expires before every connection has been read past the window's end.
"""

from __future__ import annotations

from datetime import datetime

from rules.cases import FoundOpportunity, StepResult
from rules.conflict import disputes
from rules.primitives.gates import partner_fact
from rules.records import Status
from rules.rivals import label, rival_fact, status_of
from rules.situation import Situation, coverage_wait, told
from rules.stakes import opportunity_fact, stakes_of, was_closed_before
from rules.windows import before, last_day


def guard(situation: Situation) -> bool:
    """Keep a registered deal: won, lost or expired when its time has come, suspended and restored with the standing."""
    window = situation.window
    if window is None:  # adopted or approved with terms that have no end
        situation.step("window", StepResult.SKIPPED, "the protection has no end")
    for stage in (_close, _expire, _follow_standing):
        if stage(situation):
            return True
    _flag_conflicts(situation)
    return False


def watch(situation: Situation) -> bool:
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
    situation.move(Status.EXPIRED, "window_ended", at=window.end, actor="clock")
    return True


def _follow_standing(situation: Situation) -> bool:
    rules, partner = situation.policy.standing, situation.partner
    if partner is None or partner.partner_id != situation.partner_id or not rules.is_continuous:
        return False  # a submission edited to name another partner says nothing about the partner of record
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
    zone = situation.policy.zone
    if any(before(each, window.end, zone) <= situation.now for each in situation.policy.protection.warnings_before):
        situation.flag("window_ends_soon", situation.claim.ref, f"protected until {last_day(window, zone)}")
