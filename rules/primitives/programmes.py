"""Which programme applies: chosen by facts and by date, in order of precedence (primitives 1 and 2).

A policy is one set of sections, the base, and any number of programmes that override parts of it. The first programme
whose condition holds and whose dates cover the event that counts is the one that decides. A registered deal keeps the
programme of its terms, unless a programme goes by an event that comes later: the pricing, the close.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.action import Action
from rules.cases import CommandKind, StepResult
from rules.events import Event, event_day
from rules.expression import Condition
from rules.records import OPEN
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict, passed, skipped

if TYPE_CHECKING:
    from rules.policy import Policy

Worth = Callable[[Situation], tuple[Decimal, ...]]  # what a programme gives the partner, to be compared


class DualRun(StrEnum):
    """Who chooses while two programmes run side by side."""

    CLAIMED = "claimed"  # the programme that the submission names (deal.programme), else the later
    EARLIER = "earlier"  # the one that runs out
    LATER = "later"  # the one that follows it
    BETTER = "better"  # the one that gives the partner the greater reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """When a programme is in force, counted in the policy's zone by the time of one event."""

    by: Event = setting(
        Event.SUBMISSION, "Whose date counts: submission, completeness, approval, pricing, close, decision."
    )
    since: date | None = setting(None, "First day in force; null: from ever.")
    until: date | None = setting(None, "Last day in force; null: for ever.")
    dual_run_until: date | None = setting(
        None, "Until this day the programme may still be chosen beside the one that follows it."
    )
    dual_run: DualRun = setting(DualRun.CLAIMED, "Who chooses during the dual run: claimed, earlier, later, better.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """One programme: when it applies, and the settings that differ from the rest of the file."""

    name: str = required("Short name, shown in decisions.")
    when: Condition | None = setting(None, "Applies only where this holds; null: to everything.")
    effective: Effective = setting(Effective(), "From when to when.")
    # What `set:` makes of the base; config/policy.py merges and reads it, so every mistake in it has its own line.
    policy: Policy


_LATER_EVENTS: Final = frozenset({Event.PRICING, Event.CLOSE})


def choose(situation: Situation, worth: Worth | None = None) -> Policy:
    """Return the policy that decides this case, the base where no programme applies; remember which, and say why.

    worth: what a programme would give the partner, for a dual run by the better one.
    """
    base = situation.policy
    if not base.programmes:
        return base
    found, is_kept = _of_terms(situation, worth) if _has_terms(situation) else (_applying(situation, worth), False)
    if found is None:
        situation.programme = ""
        why = (
            "its terms were given under the general rules" if is_kept else "no programme applies; the general rules do"
        )
        situation.step("programme", StepResult.SKIPPED, why)
        return base
    why = "its terms were given under it" if is_kept else _why(found, situation)
    situation.programme = found.name
    situation.step("programme", StepResult.PASSED, f"programme {found.name}: {why}")
    return found.policy


def some_programme(situation: Situation) -> Verdict:
    """A programme applies, where the policy registers nothing outside of them."""
    policy = situation.policy
    if not policy.programmes or policy.outside is Action.OFF:
        return skipped("no programme is needed")
    if situation.programme:
        return passed(f"programme {situation.programme} applies")
    kind = Kind.REVIEW if policy.outside is Action.REVIEW else Kind.REFUSE
    return Verdict(kind, "no programme applies to this claim", (), "programme_none_applies")


def _has_terms(situation: Situation) -> bool:
    """Tell whether the claim has been decided, under a programme or without one. Sent in again, it is a new claim."""
    case = situation.case
    if case.registration is None or case.registration.status in OPEN:
        return False
    is_again = case.command is not None and case.command.kind is CommandKind.RESUBMIT
    names = {each.name for each in situation.policy.programmes}
    return not is_again and case.registration.programme in {"", *names}


def _of_terms(situation: Situation, worth: Worth | None) -> tuple[Programme | None, bool]:
    """Return the programme under which a decided claim has its terms, and whether it is that one.

    Whatever its facts are by now, only a programme that goes by a later event can take its place.
    """
    assert situation.case.registration is not None
    programmes, name = situation.policy.programmes, situation.case.registration.programme
    kept = next((each for each in programmes if each.name == name), None)
    if kept is not None and kept.effective.by in _LATER_EVENTS:
        return _applying(situation, worth), False
    coming = tuple([each for each in programmes if each is kept or each.effective.by in _LATER_EVENTS])
    found = _applying(situation, worth, among=coming, kept=kept)
    return found, found is kept


def _applying(
    situation: Situation,
    worth: Worth | None,
    *,
    among: Sequence[Programme] | None = None,
    kept: Programme | None = None,
) -> Programme | None:
    """Return the first programme that applies, or the one that a dual run gives.

    among: of which; None: all. kept: applies without being asked.
    """
    all_of_them = situation.policy.programmes if among is None else among
    fitting = [each for each in all_of_them if each is kept or _holds(each, situation)]
    current = [each for each in fitting if each is kept or _is_current(each, situation)]
    ending = [each for each in fitting if each not in current and _is_dual(each, situation)]
    if not ending:
        return current[0] if current else None
    old, new = ending[0], (current[0] if current else None)
    return _of_both(old, new, situation, worth)


def _of_both(old: Programme, new: Programme | None, situation: Situation, worth: Worth | None) -> Programme | None:
    mode = old.effective.dual_run
    if new is None or mode is DualRun.EARLIER:
        return old
    if mode is DualRun.CLAIMED:
        named = (situation.claim.programme or "").casefold()
        return old if named == old.name.casefold() else new
    if mode is DualRun.BETTER and worth is not None:
        return max((new, old), key=lambda each: worth(situation.under(each.policy)))
    return new


def _holds(programme: Programme, situation: Situation) -> bool:
    return programme.when is None or programme.when.test(situation.facts) is True


def _is_current(programme: Programme, situation: Situation) -> bool:
    effective = programme.effective
    day = event_day(effective.by, situation)
    return (effective.since is None or effective.since <= day) and (effective.until is None or day <= effective.until)


def _is_dual(programme: Programme, situation: Situation) -> bool:
    effective = programme.effective
    if effective.dual_run_until is None or effective.until is None:
        return False
    return effective.until < event_day(effective.by, situation) <= effective.dual_run_until


def _why(programme: Programme, situation: Situation) -> str:
    effective = programme.effective
    reasons = []
    if programme.when is not None:
        reasons.append(programme.when.text)
    if effective.since is not None or effective.until is not None:
        reasons.append(f"{effective.by} on {event_day(effective.by, situation)}")
    return ", ".join(reasons) or "it applies to everything"
