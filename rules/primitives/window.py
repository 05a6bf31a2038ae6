"""The protection window: where it starts, when it ends, and the phases it has (primitive 15).

Most windows are agreed once, when the deal is registered. One that hangs on facts (milestones, an external end, a date it
is counted from) is worked out anew at each decision: when a date is corrected, the end moves with it, and what a person
granted is put on top again. A phase goes on until its milestone is reached, which begins the next one; a milestone reached
after its phase had ended comes too late.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rules.cases import Fact, StepResult
from rules.choice import Choice
from rules.events import completed_at, submitted_at
from rules.expression import Formula
from rules.primitives.milestones import Milestone, reached
from rules.records import Window
from rules.setting import required, setting
from rules.span import Span
from rules.windows import added, end_of_day, start_of_day

if TYPE_CHECKING:
    from rules.situation import Situation

PHASE: Final = "phase"  # in a registration's memory: what its window hangs on
WINDOW_ENDED: Final = "window_ended"
_MISSED: Final = "milestone_not_reached"


class Anchor(StrEnum):
    """Where the protection window starts."""

    APPROVAL = "approval"
    SUBMISSION = "submission"
    COMPLETENESS = "completeness"
    FACT = "fact"  # the date that `anchor_fact` gives; until it is known, approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One part of the protection. The next begins on the day its milestone is reached."""

    until: str | None = setting(None, "The milestone that must be reached in this phase; null: the deal's closing.")
    within: Choice[Span] = required("How long the phase lasts at most.")
    reason: str | None = setting(
        None,
        "Reason code when it ends; null: milestone_not_reached, and window_ended for a phase until the deal's closing.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """How long nobody else may register the deal."""

    length: Choice[Span] = setting(Choice.always(Span(days=90)), "Length of the window.")
    anchor: Anchor = setting(Anchor.APPROVAL, "Counted from: approval, submission, completeness, fact.")
    anchor_fact: str | None = setting(
        None, "For `anchor: fact`: a date or instant fact; while it is unknown the window is counted from approval."
    )
    ends_with: Formula | None = setting(
        None,
        "A date or instant that ends the protection instead of `length`: the end of a special bid, say. While it is "
        "unknown, `length` or `phases` count.",
    )
    milestones: tuple[Milestone, ...] = setting((), "Points that phases name.")
    phases: tuple[Phase, ...] = setting((), "Parts of the protection instead of `length`, in order.")
    warnings_before: tuple[Span, ...] = setting((Span(days=14), Span(days=3)), "When to warn, before the end.")
    exclusive: Choice[bool] = setting(Choice.always(True), "false: others may register the deal, too.")
    close_in_window: bool = setting(True, "A win counts only when it was closed inside the window.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Where the protection stands: the phase it is in, from 0, until when, and what its end means."""

    start: datetime
    end: datetime
    index: int
    reason: str
    text: str
    awaits: str | None = None  # the milestone that is not reached yet
    facts: tuple[Fact, ...] = ()


def open_window(situation: Situation, at: datetime, *, end: datetime | None = None) -> None:
    """Open the protection of a deal registered at `at`; end: as a person set it, else as the policy says."""
    protection = situation.policy.protection
    if not _is_living(protection):
        start = _start(situation, at)
        length = situation.pick(protection.length)
        natural = situation.end_of(length, start) if length is not None else None
        last = end if end is not None else natural
        situation.window = Window(start=min(start, last), end=last) if last is not None else None
        return
    situation.memory[PHASE] = {"base": at.isoformat()}
    if end is not None:
        _note(situation, {"phase": 0, "end": end.isoformat()})
    follow_window(situation)


def move_end(situation: Situation, *, span: Span | None = None, end: datetime | None = None) -> None:
    """Move the end of the window on by a span, or to where a person set it; it stays so when dates are corrected."""
    window, policy = situation.window, situation.policy
    assert window is not None, situation.claim.ref
    if _is_living(policy.protection):
        entry: dict[str, Any] = {"phase": stretch_of(situation).index}
        entry |= {"end": end.isoformat()} if end is not None else {"span": span.data() if span is not None else {}}
        _note(situation, entry)
        follow_window(situation)
        return
    if end is None and span is not None:
        end = added(span, window.end, policy.zone, policy.calendar)
    situation.window = Window(start=window.start, end=end or window.end)


def follow_window(situation: Situation) -> None:
    """Work a window that hangs on facts out anew."""
    if not _is_living(situation.policy.protection):
        return
    stretch = stretch_of(situation)
    memory = situation.memory.get(PHASE, {})
    if memory.get("index") != stretch.index:
        situation.memory[PHASE] = {**memory, "index": stretch.index}
    window = Window(start=min(stretch.start, stretch.end), end=stretch.end)
    is_moved = situation.window is not None and situation.window.end != window.end
    situation.step(
        "phase", StepResult.PASSED, stretch.text + (", the end has moved" if is_moved else ""), stretch.facts
    )
    situation.window = window


def stretch_of(situation: Situation) -> Stretch:
    """Return where the protection stands by the facts known now."""
    start = _start(situation, _base(situation))
    outside = _outside_end(situation)
    if outside is not None:
        end = _adjusted(situation, 0, max(start, outside))
        fact = situation.claim_fact("protection.ends_with", outside.isoformat())
        return Stretch(
            start=start, end=end, index=0, reason=WINDOW_ENDED, text=f"ends with {outside:%Y-%m-%d}", facts=(fact,)
        )
    return _in_phases(situation, start)


def end_kind(situation: Situation) -> str:
    """Return how the deadline at the window's end is called."""
    if not situation.policy.protection.phases or stretch_of(situation).awaits is None:
        return "window_end"
    return "phase_end"


def end_reason(situation: Situation) -> str:
    """Return the reason code for the window's end."""
    return stretch_of(situation).reason if situation.policy.protection.phases else WINDOW_ENDED


def milestone_in_time(situation: Situation) -> str | None:
    """Return the milestone for want of which the protection ended, if by its corrected date it was reached in time."""
    ended_in = situation.memory.get(PHASE, {}).get("index")
    phases = situation.policy.protection.phases
    if ended_in is None or not phases or situation.reason != _reason_of(phases[min(ended_in, len(phases) - 1)]):
        return None
    return phases[ended_in].until if stretch_of(situation).index > ended_in else None


def _is_living(protection: Protection) -> bool:
    return bool(protection.phases) or protection.ends_with is not None or protection.anchor is Anchor.FACT


def _in_phases(situation: Situation, start: datetime) -> Stretch:
    protection = situation.policy.protection
    phases = protection.phases or (Phase(within=protection.length),)
    milestones = {each.name: each for each in protection.milestones}
    begin, promised, facts = start, start, list[Fact]()
    for index, phase in enumerate(phases):
        within = situation.pick(phase.within)
        natural = situation.end_of(within, begin) if within is not None else end_of_day(date.max, "UTC")
        end = max(promised, _adjusted(situation, index, natural))
        milestone = milestones.get(phase.until) if phase.until is not None else None
        found = reached(situation, milestone) if milestone is not None else None
        if found is not None:
            facts.append(found.fact)
        in_time = found is not None and found.at < end
        if not in_time or index == len(phases) - 1:
            awaits = phase.until if not in_time else None
            what = f"until {awaits}" if awaits is not None else "until the deal is closed"
            text = f"phase {index + 1} of {len(phases)}, {what}, {within} from {begin:%Y-%m-%d}"
            reason = _reason_of(phase) if not in_time else WINDOW_ENDED
            return Stretch(
                start=start, end=end, index=index, reason=reason, text=text, awaits=awaits, facts=tuple(facts)
            )
        assert found is not None
        if end != natural:
            promised = end
        begin = max(begin, found.at)
    raise AssertionError(phases)


def _reason_of(phase: Phase) -> str:
    return phase.reason or (_MISSED if phase.until is not None else WINDOW_ENDED)


def _base(situation: Situation) -> datetime:
    """Return when the deal was registered, as far as its window is counted from it."""
    known = situation.memory.get(PHASE, {}).get("base")
    if known is not None:
        return datetime.fromisoformat(known)
    return situation.window.start if situation.window is not None else situation.registered_at() or situation.now


def _start(situation: Situation, at: datetime) -> datetime:
    protection = situation.policy.protection
    match protection.anchor:
        case Anchor.SUBMISSION:
            return submitted_at(situation)
        case Anchor.COMPLETENESS:
            return completed_at(situation) or at
        case Anchor.FACT if protection.anchor_fact is not None:
            known = situation.facts[protection.anchor_fact]
            return at if known is None else _first_instant(known, situation)
        case _:
            return at


def _outside_end(situation: Situation) -> datetime | None:
    formula = situation.policy.protection.ends_with
    known = formula.value(situation.facts) if formula is not None else None
    if known is None or isinstance(known, datetime):
        return known
    assert isinstance(known, date), known
    return end_of_day(known, situation.policy.zone)


def _first_instant(known: date, situation: Situation) -> datetime:
    return known if isinstance(known, datetime) else start_of_day(known, situation.policy.zone)


def _adjusted(situation: Situation, index: int, end: datetime) -> datetime:
    """Return the end of a phase with what persons and extensions made of it."""
    policy = situation.policy
    for entry in situation.memory.get(PHASE, {}).get("moved", ()):
        if entry["phase"] == index:
            if "end" in entry:
                end = datetime.fromisoformat(entry["end"])
            else:
                end = added(Span.from_data(entry["span"]), end, policy.zone, policy.calendar)
    return end


def _note(situation: Situation, entry: dict[str, Any]) -> None:
    memory = situation.memory.get(PHASE, {})
    situation.memory[PHASE] = {**memory, "moved": [*memory.get("moved", ()), entry]}
