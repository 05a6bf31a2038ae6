"""What a person's command does: approve, refuse, return, withdraw, extend, research, appeal, reopen, dismiss, adopt ...

A command comes from an edit of the status in a CRM or from the command line. One that the policy does not let its actor
give, that does not fit the present status, or that would give one deal to two partners is kept as a proposal: an open
claim goes to review with it, a decided one is flagged. A command that asks for what already is changes nothing, so that
seeing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from rules.cases import Command, CommandKind, StepResult
from rules.events import BY_PERSON, COMPLETE_AT
from rules.lifecycle import resume
from rules.primitives.answer import RESEARCH
from rules.primitives.approval import against_actor
from rules.primitives.conversion import accept_changes
from rules.primitives.intake import missing_fields
from rules.primitives.window import open_window
from rules.records import OPEN, PROTECTED, Status
from rules.requests import close_request
from rules.rivals import holder_of, label
from rules.rulings import Problem, actor_of, follow, tell_followed
from rules.situation import PERSONS, Situation

# What a status already satisfies, because CRMs write several statuses as one value.
_DONE: Final[Mapping[CommandKind, frozenset[Status]]] = {
    CommandKind.APPROVE: frozenset({Status.REGISTERED, Status.WON}),
    CommandKind.REFUSE: frozenset({Status.REFUSED, Status.SUPERSEDED}),
    CommandKind.RETURN: frozenset({Status.RETURNED}),
    CommandKind.WITHDRAW: frozenset({Status.WITHDRAWN, Status.LOST}),
    CommandKind.REOPEN: frozenset({Status.SUSPENDED}),
}
# What may come once only for one command: its reason, by which it is known again.
_ONCE: Final[Mapping[CommandKind, str]] = {
    CommandKind.APPEAL: "appeal_opened",
    CommandKind.DISPUTE: "dispute_opened",
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
    if kind is CommandKind.DISMISS and _against(situation, command) is None:
        _dismiss(situation, command)
        return False
    if kind is CommandKind.APPROVE and situation.status in PROTECTED and _accepted(situation, command):
        return False
    if _is_done(situation, command):
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it already is {situation.status}")
        return False
    problem = _against(situation, command) or follow(situation, command)
    if problem is not None:
        return _propose(situation, command, *problem)
    situation.deciding = "command"
    return False


def stand(situation: Situation, command: Command) -> None:
    """Show a proposal that was made before and has not been answered. It is never followed by itself later on."""
    scratch = Situation(situation.case, situation.policy, situation.now)
    problem = _against(scratch, command) or follow(scratch, command)
    code, detail = problem or ("command_proposed", f"{command.source}: could be followed by now")
    situation.step("command", StepResult.FAILED, detail)
    situation.flag(code, situation.claim.ref, detail)


def _against(situation: Situation, command: Command) -> Problem:
    """Return what stands against this actor's word, whatever the command does."""
    return _not_allowed(command) or against_actor(situation, command)


def _not_allowed(command: Command) -> Problem:
    if command.is_allowed and command.actor is not None:
        return None
    who = "an unknown person" if command.actor is None else "someone who may not command"
    return "command_not_allowed", f"{command.source}, by {who}"


def _is_done(situation: Situation, command: Command) -> bool:
    """Tell whether the status already is what the command asks for. A review asked for by a person is more than a rule's."""
    kind = command.kind
    if kind is CommandKind.REOPEN and situation.status is Status.IN_REVIEW:
        return situation.reason in PERSONS
    if kind is CommandKind.RESEARCH:
        return situation.memory.get(RESEARCH) == min(command.at, situation.now).isoformat()
    if kind in _ONCE and situation.reason == _ONCE[kind]:
        return situation.since is not None and situation.since >= min(command.at, situation.now)
    return situation.status in _DONE.get(kind, frozenset())


def _accepted(situation: Situation, command: Command) -> bool:
    """Take over what changed on a registered deal: approving it once more accepts that."""
    if _against(situation, command) is not None or not accept_changes(situation, command.at):
        return False
    for kind in ("addendum", "reprice", "conversion"):
        close_request(situation, kind)
    tell_followed(situation, command)
    situation.deciding = "command"
    return True


def _adopt(situation: Situation, command: Command) -> None:
    """Take a registration over as people left it: status and window, without asking a rule.

    At first contact, or where a restored ledger is older than the CRM; then the status may be any.
    """
    status = command.status or Status.REGISTERED
    if situation.status is status:
        _adopt_end(situation, command)
        return
    tell_followed(situation, command)
    situation.deciding = "adopted"
    if status in PROTECTED or status in (Status.WON, Status.EXPIRED):
        _adopt_window(situation, command)
    holder = holder_of(situation)
    situation.exclusive = situation.is_exclusive() and holder is None
    if holder is not None and status in PROTECTED:
        situation.extra["adopted_conflict"] = label(holder)
    situation.move(status, "adopted", actor=actor_of(command))


def _adopt_end(situation: Situation, command: Command) -> None:
    """Take over another end of a window that is known; with nothing else to take over, say so."""
    window, end = situation.window, command.window_end
    if situation.status not in PROTECTED or window is None or end is None or not window.start < end != window.end:
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it already is {situation.status}")
        return
    tell_followed(situation, command)
    open_window(situation, window.start, end=end)


def _adopt_window(situation: Situation, command: Command) -> None:
    """Take over the window as the CRM tells its end; without one, the policy's length from the approval that was found."""
    if command.window_end is None:
        situation.extra["adopted_without_end"] = True
        open_window(situation, command.at)
        return
    start = min(situation.claim.created_at, command.at, command.window_end)
    open_window(situation, start, end=command.window_end)


def _resubmit(situation: Situation, command: Command) -> None:
    """Take a returned submission up again, or one that the rules refused; the rules look for themselves.

    Anyone may say so: a claim that came too soon or over a limit is weighed anew, ordered as of now. What a person refused,
    an appeal reopens.
    """
    by_rules = situation.status is Status.REFUSED and BY_PERSON not in situation.memory
    if situation.status is not Status.RETURNED and not by_rules:
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it is {situation.status}, not returned")
        return
    known, at = situation.memory.get(COMPLETE_AT), min(command.at, situation.now)
    if (known is not None and datetime.fromisoformat(known) >= at) or (by_rules and _is_old(situation, at)):
        situation.step("command", StepResult.SKIPPED, f"{command.source}: it was followed already")
        return
    if missing_fields(situation):
        situation.step("command", StepResult.FAILED, f"{command.source}: required fields are still missing")
        return
    tell_followed(situation, command)
    resume(situation, at)


def _is_old(situation: Situation, at: datetime) -> bool:
    return situation.since is not None and at < situation.since


def _dismiss(situation: Situation, command: Command) -> None:
    """Answer a proposal by not following it; a claim that was in review only for its sake goes on by the rules."""
    tell_followed(situation, command)
    if situation.status is Status.IN_REVIEW and situation.reason == "command_proposed":
        situation.move(Status.RECEIVED, "proposal_dismissed", at=command.at, actor=actor_of(command))


def _propose(situation: Situation, command: Command, code: str, detail: str) -> bool:
    situation.step("command", StepResult.FAILED, detail)
    situation.flag(code, situation.claim.ref, detail)
    if situation.status in OPEN and situation.reason != "command_proposed":
        situation.deciding = "command"
        situation.move(Status.IN_REVIEW, "command_proposed", actor=actor_of(command))
    return True
