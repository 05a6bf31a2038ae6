"""The partner's duty to report meaningful progress (primitive 17).

What counts as progress is a change of one of the named facts; saving a row without one is none, nor is emptying a field, nor
an amount that moves by less than the least change. The facts as they were at the last progress are remembered with the
registration; the time of progress is that of the row that changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rules.cases import Due, StepResult
from rules.choice import Choice
from rules.expression import Condition
from rules.primitives.milestones import last_change
from rules.records import Money, Status, Window
from rules.setting import setting
from rules.situation import coverage_wait, told
from rules.span import Span
from rules.windows import added, before

if TYPE_CHECKING:
    from rules.situation import Situation

ACTIVITY: Final = "deal.last_activity_at"
PROGRESS: Final = "progress"  # in a registration's memory: when it was last seen, and the facts as they were
UPDATE_MISSING: Final = "update_missing"


class Overdue(StrEnum):
    """What a missed update leads to."""

    EXPIRE = "expire"
    RECAPTURE = "recapture"
    SUSPEND = "suspend"
    REVIEW = "review"  # shown to a person who decides; the protection stays
    FLAG = "flag"


_ENDS: Final[Mapping[Overdue, tuple[Status, str]]] = {
    Overdue.EXPIRE: (Status.EXPIRED, "update_overdue"),
    Overdue.RECAPTURE: (Status.RECAPTURED, "recaptured_idle"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDuty:
    """A change of one of the named fields is an update; a save without such a change is none."""

    every: Choice[Span] | None = setting(None, "At the latest so long after the last update; null: no duty.")
    meaningful: tuple[str, ...] = setting(
        ("deal.stage", "deal.amount", "deal.expected_close_on", "deal.next_step", "deal.last_activity_at"),
        "Facts whose change counts as progress.",
    )
    least_change: int = setting(0, "A change of an amount or number counts from so many percent on.")
    warnings_before: tuple[Span, ...] = setting((Span(days=7),), "When to warn, before an update is due.")
    overdue: Overdue = setting(Overdue.FLAG, "expire, recapture, suspend (until an update comes), review, flag.")
    grace: Span | None = setting(None, "So long after the due time nothing happens yet.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    reason: str | None = setting(
        None, "Reason code when it lapses; null: update_overdue, recaptured_idle or update_missing, by `overdue`."
    )


def note_progress(situation: Situation) -> datetime:
    """Return when the partner last reported progress, and remember what is new."""
    seen: Mapping[str, Any] | None = situation.memory.get(PROGRESS)
    duty = situation.policy.update_duty
    now = {name: _plain(situation.facts[name]) for name in duty.meaningful}
    if seen is None:
        at = situation.registered_at() or situation.now
        situation.memory[PROGRESS] = {"at": at.isoformat(), "facts": now}
        return at
    at, old = datetime.fromisoformat(seen["at"]), seen["facts"]
    changed = [name for name, value in now.items() if _is_progress(old.get(name), value, duty.least_change)]
    if not changed:
        return at
    at = max(at, last_change(situation))
    if ACTIVITY in changed:  # a CRM may note it without touching the row's stamp
        at = max(at, min(situation.facts[ACTIVITY], situation.now))
    kept = {name: value if value is not None else old.get(name) for name, value in now.items()}
    situation.memory[PROGRESS] = {"at": at.isoformat(), "facts": kept}
    situation.step("update_duty", StepResult.PASSED, f"progress {told(at)}: {', '.join(changed)}")
    return at


def restart_duty(situation: Situation, at: datetime) -> None:
    """Count the duty anew from `at`: while a registration rested for another reason nobody could report anything."""
    seen = situation.memory.get(PROGRESS)
    if seen is not None and seen["at"] < at.isoformat():
        situation.memory[PROGRESS] = {**seen, "at": at.isoformat()}


def follow_duty(situation: Situation) -> bool:
    """Look whether the partner's update is overdue; return whether the registration ended with it."""
    due = _due(situation)
    if due is None:
        return False
    duty = situation.policy.update_duty
    lapse = _lapse(situation, due)
    if situation.now < lapse or (situation.window is not None and situation.window.end <= lapse):
        _warn(situation, due)
        return False
    wait = coverage_wait(situation, lapse)
    if wait is not None:
        situation.step("update_duty", StepResult.UNKNOWN, f"an update was due {told(due)}; {wait.detail}")
        situation.waits.append(wait)
        return False
    situation.step("update_duty", StepResult.FAILED, f"an update was due {told(due)} and none has come")
    if duty.overdue in _ENDS:
        _end(situation, lapse)
        return True
    if duty.overdue is not Overdue.SUSPEND:
        what = (
            "a person decides whether the deal stays protected" if duty.overdue is Overdue.REVIEW else "none has come"
        )
        situation.flag(duty.reason or "update_overdue", situation.claim.ref, f"an update was due {told(due)}; {what}")
    return False


def suspended_since(situation: Situation) -> datetime | None:
    """Return since when a missed update suspends the registration, None where none does."""
    if situation.policy.update_duty.overdue is not Overdue.SUSPEND:
        return None
    due = _due(situation)
    lapse = _lapse(situation, due) if due is not None else None
    if lapse is None or situation.now < lapse:
        return None
    is_suspended = situation.status is Status.SUSPENDED
    return lapse if is_suspended or coverage_wait(situation, lapse) is None else None


def update_deadlines(situation: Situation) -> Iterator[Due]:
    """Yield the next warning and the time at which a missing update has its effect."""
    due = _due(situation)
    if due is None:
        return
    lapse, policy = _lapse(situation, due), situation.policy
    ahead = [each for each in _warnings(situation, due) if situation.now < each]
    if ahead:
        yield Due(kind="update_warning", at=min(ahead))
    has_effect = situation.status is Status.REGISTERED and policy.update_duty.overdue in {*_ENDS, Overdue.SUSPEND}
    if situation.now < lapse or has_effect:
        yield Due(kind="update_due", at=lapse)


def _due(situation: Situation) -> datetime | None:
    """Return until when the partner must report, None where it need not: no duty, or the registration rests otherwise."""
    duty = situation.policy.update_duty
    if duty.every is None or (duty.when is not None and duty.when.test(situation.facts) is not True):
        return None
    if situation.status is Status.SUSPENDED and situation.reason != (duty.reason or UPDATE_MISSING):
        return None
    every = situation.pick(duty.every)
    return None if every is None else situation.end_of(every, note_progress(situation))


def _lapse(situation: Situation, due: datetime) -> datetime:
    """Return when a missing update has its effect: when it was due, and the grace after it."""
    grace, policy = situation.policy.update_duty.grace, situation.policy
    return due if grace is None else added(grace, due, policy.zone, policy.calendar)


def _end(situation: Situation, lapse: datetime) -> None:
    duty = situation.policy.update_duty
    status, reason = _ENDS[duty.overdue]
    situation.deciding = "update_duty"
    if situation.window is not None:
        situation.window = Window(start=min(situation.window.start, lapse), end=lapse)
    situation.move(status, duty.reason or reason, at=lapse, actor="clock")


def _warn(situation: Situation, due: datetime) -> None:
    warned = [each for each in _warnings(situation, due) if each <= situation.now]
    if situation.now >= due:
        situation.flag("update_overdue", situation.claim.ref, f"an update was due {told(due)}")
    elif warned:
        situation.flag("update_due_soon", situation.claim.ref, f"an update is due {told(due)}")
    situation.step("update_duty", StepResult.PASSED, f"an update is due {told(due)}")


def _warnings(situation: Situation, due: datetime) -> list[datetime]:
    policy = situation.policy
    return [before(each, due, policy.zone, policy.calendar) for each in policy.update_duty.warnings_before]


def _is_progress(old: Any, new: Any, least_change: int) -> bool:
    """Tell whether a fact moved on. A fact that is emptied tells nothing new."""
    if new is None or new == old:
        return False
    if not least_change or not isinstance(old, dict) or not isinstance(new, dict) or old["unit"] != new["unit"]:
        return True
    before_it, after_it = Decimal(old["number"]), Decimal(new["number"])
    return abs(after_it - before_it) * 100 >= least_change * abs(before_it)


def _plain(value: Any) -> Any:
    """Return a fact as plain data, numbers with their unit."""
    if isinstance(value, Money):
        return {"number": str(value.amount.normalize()), "unit": value.currency}
    if isinstance(value, Decimal):
        return {"number": str(value.normalize()), "unit": ""}
    if isinstance(value, frozenset):
        return sorted(value)
    return value if value is None or isinstance(value, bool) else str(value)
