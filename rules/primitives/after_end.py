"""What follows the end: release, cool-down, registering again, and the lock after a win (primitives 18 and 19).

All of it is asked of a new claim, by the time it was made, so that the answer does not depend on when it is decided. Where
nobody may hold a deal alone, neither a grace nor a lock holds it for anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.action import Action
from rules.cases import Rival, Sameness
from rules.choice import Choice
from rules.expression import Condition
from rules.primitives.deal_key import has_same_parts
from rules.primitives.update_duty import PROGRESS
from rules.records import FINAL, Registration, Status
from rules.rivals import all_rivals, label, partner_of, rival_fact
from rules.setting import setting
from rules.situation import REGISTERED_AT, Kind, Verdict, final, passed, skipped, told
from rules.span import Span
from rules.verdicts import tell
from rules.windows import added, local_date, start_of_day

if TYPE_CHECKING:
    from rules.situation import Situation

_RAN_OUT: Final = frozenset({Status.EXPIRED, Status.RECAPTURED})
_COOLING: Final = FINAL - {Status.WON, Status.SUPERSEDED}


class Again(StrEnum):
    """Who may register the deal again, and how."""

    ANYONE = "anyone"
    OTHERS = "others"  # everyone but the partner that had it
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterExpiry:
    """When a protection ran out."""

    again: Again = setting(
        Again.ANYONE, "Who may register a deal again whose protection expired or went back: anyone, others, nobody."
    )
    grace: Span | None = setting(
        None, "So long after an expiry only the same partner may register again; null: at once free for all."
    )
    cool_down: Span | None = setting(
        None, "So long after its earlier registration ended the same partner may not register the deal again."
    )
    times_max: int | None = setting(None, "How often one partner may register the same deal; null: any number.")
    otherwise: Action = setting(
        Action.REFUSE, "A claim that may not: refuse or review.", only=(Action.REFUSE, Action.REVIEW)
    )
    clear_fields: bool = setting(
        False, "Empty the registration's fields on the opportunity when it has expired or went back."
    )

    @property
    def is_free(self) -> bool:
        """Tell whether what came before means nothing for a new claim."""
        return self.again is Again.ANYONE and self.grace is None and self.cool_down is None and self.times_max is None


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterWin:
    """After a win, the deal's customer and product may stay with the partner."""

    lock: Choice[Span] | None = setting(
        None, "So long after the win nobody else may register the same deal; null: not at all."
    )
    ends_when: Condition | None = setting(None, "Ends the lock early, for example when the customer moved.")
    idle: Span | None = setting(None, "Ends the lock when the partner has reported nothing for so long.")
    reason: str = setting("customer_locked", "Reason code for another partner's claim.")


def may_register_again(situation: Situation) -> Verdict:
    """The deal may be registered again after what came before: nobody's grace, no cool-down, not too often."""
    rules = situation.policy.after_expiry
    if not situation.case.rivals:
        return passed("the deal was not registered before")
    for rival, registration in _ended(situation):
        is_own = partner_of(rival) == situation.partner_id
        word = _against_own(registration, situation) if is_own else _against_other(registration, situation)
        if word is not None:
            return _refused(situation, rival, *word)
    own = [rival for rival, _ in _ended(situation) if partner_of(rival) == situation.partner_id]
    if rules.times_max is not None and len(own) >= rules.times_max:
        text = f"the partner registered it {len(own)} times, {rules.times_max} are allowed"
        return _refused(situation, own[0], "not_again", text)
    return passed("the deal may be registered again" if own else "the partner had no registration of this deal")


def not_locked(situation: Situation) -> Verdict:
    """No other partner's win locks the customer's deal."""
    rules = situation.policy.after_win
    if rules.lock is None or not situation.is_exclusive():
        return skipped("no lock is set after a win")
    for rival, registration in _ended(situation):
        if registration.status is not Status.WON or partner_of(rival) == situation.partner_id:
            continue
        until = _lock_end(rival, registration, situation)
        if until is None or situation.priority_at >= until:
            continue
        if rules.ends_when is not None and rules.ends_when.test(situation.facts) is True:
            return passed(f"the lock of {label(rival)} has ended: {rules.ends_when.text}", rival_fact(rival))
        text = f"{label(rival)} was won and locks the deal until {told(until)}"
        return final(situation, Kind.REFUSE, text, (rival_fact(rival),), rules.reason)
    return passed("no win of another partner locks this deal")


def _ended(situation: Situation) -> Iterator[tuple[Rival, Registration]]:
    """Yield the registrations of the same deal that were protected once and have ended, in the order of their claims.

    Its parts make the deal the same, whatever closing date and amount the new claim tells: nobody dodges a lock with them.
    """
    for rival in all_rivals(situation):
        registration = rival.registration
        if registration is None or registration.status not in FINAL:
            continue
        if rival.customer_match.sameness is not Sameness.SAME or not has_same_parts(rival, situation):
            continue
        if registration.window is not None or REGISTERED_AT in registration.memory:
            yield rival, registration


def _against_own(registration: Registration, situation: Situation) -> tuple[str, str] | None:
    """Return what the partner's own earlier registration means for this claim."""
    rules, policy = situation.policy.after_expiry, situation.policy
    if rules.again is not Again.ANYONE and registration.status in _RAN_OUT:
        return "not_again", f"its protection {registration.status} before"
    end = _end_of_life(registration)
    if rules.cool_down is None or end is None or registration.status not in _COOLING:
        return None
    until = added(rules.cool_down, end, policy.zone, policy.calendar)
    if situation.priority_at >= until:
        return None
    tell(situation, free_from=local_date(until, policy.zone))
    return "cool_down", f"it ended {told(end)}; again from {told(until)} on"


def _against_other(registration: Registration, situation: Situation) -> tuple[str, str] | None:
    """Return what another partner's earlier registration means for this claim."""
    rules, policy = situation.policy.after_expiry, situation.policy
    if rules.again is Again.NOBODY and registration.status in _RAN_OUT:
        return "not_again", f"its protection {registration.status} before"
    is_held = registration.status is Status.EXPIRED and registration.exclusive and situation.is_exclusive()
    if rules.grace is None or registration.window is None or not is_held:
        return None
    until = added(rules.grace, registration.window.end, policy.zone, policy.calendar)
    if not registration.window.end <= situation.priority_at < until:
        return None
    return "held_in_grace", f"it expired {told(registration.window.end)}; only its partner may before {told(until)}"


def _refused(situation: Situation, rival: Rival, reason: str, text: str) -> Verdict:
    text, facts = f"{label(rival)}: {text}", (rival_fact(rival),)
    if situation.policy.after_expiry.otherwise is Action.REVIEW:
        return Verdict(Kind.REVIEW, text, facts, "again_doubtful")
    return final(situation, Kind.REFUSE, text, facts, reason)


def _end_of_life(registration: Registration) -> datetime | None:
    """Return when a registration ended: a protection that ran its course with its window, however late that was noticed."""
    if registration.status is Status.EXPIRED and registration.window is not None:
        return registration.window.end
    return registration.ended_at or registration.status_since


def _lock_end(rival: Rival, registration: Registration, situation: Situation) -> datetime | None:
    """Return until when a win locks the deal: to the end of the lock, or till its partner has been idle for too long.

    A lock that differs by tier or deal is the winner's, whoever asks.
    """
    lock = situation.of(rival).pick(situation.policy.after_win.lock)
    won_at = registration.ended_at or registration.status_since
    if lock is None or won_at is None:
        return None
    until, idle = situation.end_of(lock, won_at), situation.policy.after_win.idle
    if idle is None:
        return until
    return min(until, situation.end_of(idle, _last_report(registration, won_at, situation)))


def _last_report(registration: Registration, won_at: datetime, situation: Situation) -> datetime:
    """Return when the winner last reported anything on the deal or on an opportunity of its."""
    seen = [won_at]
    progress = registration.memory.get(PROGRESS)
    if progress is not None:
        seen.append(datetime.fromisoformat(progress["at"]))
    for found in situation.case.opportunities:
        day = found.opportunity.last_activity_on
        if found.linked_registration_id == registration.registration_id and day is not None:
            seen.append(start_of_day(day, situation.policy.zone))
    return max(seen)
