"""What a person's command does: approve, refuse, return, withdraw, extend, reopen, resubmit, adopt.

A command comes from an edit of the status in a CRM or from the command line. One that the policy does not let its actor
give, that does not fit the present status, or that would give one deal to two partners is kept as a proposal: an open
claim goes to review with it, a decided one is flagged. A command that asks for what already is changes nothing, so that
seeing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from rules.cases import Command, CommandKind, StepResult
from rules.lifecycle import grant, resume
from rules.primitives.intake import missing_fields
from rules.reasons import REASONS
from rules.record import impersonal
from rules.records import FINAL, OPEN, PROTECTED, Status, Window
from rules.rivals import claimant_since, holder_of, label, status_of
from rules.situation import PERSONS, Situation

APPROVABLE: Final = OPEN | {Status.REFUSED, Status.SUPERSEDED, Status.EXPIRED, Status.WITHDRAWN, Status.RECAPTURED}
EXTENDABLE: Final = PROTECTED | {Status.EXPIRED}
_REVIEWABLE: Final = OPEN | (FINAL - {Status.WON})
_INSTANT: Final = timedelta(microseconds=1)

# kind -> (from which statuses it works, the status it asks for, its reason code)
_MOVES: Final[Mapping[CommandKind, tuple[frozenset[Status], Status, str]]] = {
    CommandKind.REFUSE: (OPEN | PROTECTED, Status.REFUSED, "refused_by_person"),
    CommandKind.RETURN: (OPEN, Status.RETURNED, "returned_by_person"),
    CommandKind.WITHDRAW: (OPEN | PROTECTED, Status.WITHDRAWN, "withdrawn_by_person"),
    CommandKind.REOPEN: (_REVIEWABLE, Status.IN_REVIEW, "reopened_by_person"),
}
# What a status already satisfies, because CRMs write several statuses as one value.
_DONE: Final[Mapping[CommandKind, frozenset[Status]]] = {
    CommandKind.APPROVE: frozenset({Status.REGISTERED, Status.WON}),
    CommandKind.REFUSE: frozenset({Status.REFUSED, Status.SUPERSEDED}),
    CommandKind.RETURN: frozenset({Status.RETURNED}),
    CommandKind.WITHDRAW: frozenset({Status.WITHDRAWN, Status.LOST}),
    CommandKind.REOPEN: frozenset({Status.SUSPENDED}),
}


def obey(situation: Situation, command: Command) -> bool:
    """Follow the command where it may be followed; return whether it stands as a proposal instead."""
    kind = command.kind
    if kind is CommandKind.ADOPT:
        _adopt(situation, command)
        return False
    if kind is CommandKind.RESUBMIT:
        _resubmit(situation, command)
        return False
    if _is_done(situation, kind):
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it already is {situation.status}")
        return False
    problem = _not_allowed(command) or _FOLLOWERS.get(kind, _move)(situation, command)
    if problem is not None:
        return _propose(situation, command, *problem)
    situation.deciding = "command"
    return False


def stand(situation: Situation, command: Command) -> None:
    """Show a proposal that was made before and has not been answered. It is never followed by itself later on."""
    scratch = Situation(situation.case, situation.policy, situation.now)
    problem = _not_allowed(command) or _FOLLOWERS.get(command.kind, _move)(scratch, command)
    code, detail = problem or ("command_proposed", f"{command.source}: could be followed by now")
    situation.step("command", StepResult.FAILED, detail)
    situation.flag(code, situation.claim.ref, detail)


def _not_allowed(command: Command) -> Problem:
    if command.is_allowed and command.actor is not None:
        return None
    who = "an unknown person" if command.actor is None else "someone who may not command"
    return "command_not_allowed", f"{command.source}, by {who}"


def _is_done(situation: Situation, kind: CommandKind) -> bool:
    """Tell whether the status already is what the command asks for. A review asked for by a person is more than a rule's."""
    if kind is CommandKind.REOPEN and situation.status is Status.IN_REVIEW:
        return situation.reason in PERSONS
    return situation.status in _DONE.get(kind, frozenset())


def actor_of(command: Command) -> str:
    """Return the person as the ledger may name them: an id, a mail address only as its hash."""
    return impersonal(f"person:{command.actor}") if command.actor is not None else "person"


Problem = tuple[str, str] | None  # reason code, detail


def _move(situation: Situation, command: Command) -> Problem:
    if command.kind not in _MOVES:
        return "command_not_applicable", f"{command.source}: this cannot be commanded"
    works_from, status, reason = _MOVES[command.kind]
    if situation.status not in works_from:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if command.kind is CommandKind.REFUSE and command.reason is not None and command.reason in REASONS:
        reason = command.reason
    _told(situation, command)
    situation.move(status, reason, at=command.at, actor=actor_of(command))
    return None


def _approve(situation: Situation, command: Command) -> Problem:
    if situation.status not in APPROVABLE:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if situation.partner_id is None:
        return "waiting_for_partner", f"{command.source}: the submission's partner is not known"
    held = _held(situation, command)
    if held is not None:
        return held
    _told(situation, command)
    at = min(command.at, situation.now)
    grant(situation, "approved_by_person", at=at, actor=actor_of(command))
    if command.window_end is not None and command.window_end > at:
        assert situation.window is not None
        situation.window = Window(start=situation.window.start, end=command.window_end)
    return None


def _extend(situation: Situation, command: Command) -> Problem:
    """Move the window's end: to where the command says, else by the policy's extension."""
    if _is_extended_by(situation, command):
        situation.step("command", StepResult.SKIPPED, f"{command.source}: already extended")
        return None
    window, extension = situation.window, situation.policy.extension
    if situation.status not in EXTENDABLE or window is None:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if extension.max is not None and situation.extension_count >= extension.max:
        return "command_not_applicable", f"{command.source}: extended {situation.extension_count} times already"
    length = situation.pick(extension.length)
    end = command.window_end or (situation.end_of(length, _last_moment(window)) if length is not None else window.end)
    if end <= max(window.end, situation.now):
        return "command_not_applicable", f"{command.source}: the new end is not later than the present one"
    if situation.status is Status.EXPIRED:
        held = _held(situation, command) or _claimed(situation, command, window)
        if held is not None:
            return held
    _told(situation, command)
    situation.window = Window(start=window.start, end=end)
    situation.extension_count += 1
    situation.extra["extension_count"] = situation.extension_count
    status = Status.SUSPENDED if situation.status is Status.SUSPENDED else Status.REGISTERED
    situation.move(status, "extended_by_person", at=command.at, actor=actor_of(command))
    return None


_FOLLOWERS: Final[Mapping[CommandKind, Callable[[Situation, Command], Problem]]] = {
    CommandKind.APPROVE: _approve,
    CommandKind.EXTEND: _extend,
}


def _adopt(situation: Situation, command: Command) -> None:
    """Take a registration over as people left it: status and window, without asking a rule."""
    if situation.status is not Status.RECEIVED:
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it already is {situation.status}")
        return
    status = command.status or Status.REGISTERED
    _told(situation, command)
    situation.deciding = "adopted"
    if status in PROTECTED or status in (Status.WON, Status.EXPIRED):
        situation.window = _adopted_window(situation, command)
    holder = holder_of(situation)
    situation.exclusive = situation.is_exclusive() and holder is None
    if holder is not None and status in PROTECTED:
        situation.extra["adopted_conflict"] = label(holder)
    situation.move(status, "adopted", actor=actor_of(command))


def _adopted_window(situation: Situation, command: Command) -> Window:
    """Return the window as the CRM tells its end; without one, the policy's length from the approval that was found."""
    start = min(situation.claim.created_at, command.at)
    if command.window_end is not None:
        return Window(start=min(start, command.window_end), end=command.window_end)
    situation.extra["adopted_without_end"] = True
    return situation.window_from(command.at) or Window(start=start, end=command.at)


def _resubmit(situation: Situation, command: Command) -> None:
    """Take a returned submission up again; anyone may say that it is complete, the rules look for themselves."""
    if situation.status is not Status.RETURNED:
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it is {situation.status}, not returned")
        return
    if missing_fields(situation):
        situation.step("command", StepResult.FAILED, f"{command.source}: required fields are still missing")
        return
    _told(situation, command)
    resume(situation, command.at)


def _propose(situation: Situation, command: Command, code: str, detail: str) -> bool:
    situation.step("command", StepResult.FAILED, detail)
    situation.flag(code, situation.claim.ref, detail)
    if situation.status in OPEN and situation.reason != "command_proposed":
        situation.deciding = "command"
        situation.move(Status.IN_REVIEW, "command_proposed", actor=actor_of(command))
    return True


def _held(situation: Situation, command: Command) -> Problem:
    if not situation.is_exclusive():
        return None
    holder = holder_of(situation)
    if holder is None:
        return None
    return "deal_is_held", f"{command.source}: {label(holder)} is {status_of(holder)} and holds this deal"


def _claimed(situation: Situation, command: Command, window: Window) -> Problem:
    """Return what stands against reviving an expired registration: someone claimed the deal while it was free."""
    claimant = claimant_since(situation, window.end) if situation.is_exclusive() else None
    if claimant is None:
        return None
    return "deal_is_claimed", f"{command.source}: {label(claimant)} claimed the deal after the protection had ended"


def _is_extended_by(situation: Situation, command: Command) -> bool:
    since = situation.since
    if situation.reason == "extended_by_person" and since is not None and since >= command.at:
        return True
    return (
        command.window_end is not None and situation.window is not None and situation.window.end == command.window_end
    )


def _last_moment(window: Window) -> datetime:
    """Return an instant on the window's last day, from which an extension counts its days."""
    return window.end - _INSTANT


def _told(situation: Situation, command: Command) -> None:
    situation.step("command", StepResult.PASSED, f"{command.source}, by {actor_of(command)}")
