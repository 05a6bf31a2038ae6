"""What each command does to a claim where it may be followed at all: approve, refuse, extend, research, appeal and the rest.

Each returns what stands against it, with its reason code, and has then changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from rules.cases import Command, CommandKind, StepResult
from rules.deadlines import ANSWERABLE
from rules.events import BY_PERSON
from rules.lifecycle import grant
from rules.primitives.answer import research
from rules.primitives.approval import is_known
from rules.primitives.disputes import appeal, before_review, dispute
from rules.primitives.extension import against_extension, against_revival, extend
from rules.primitives.tender import against_approval
from rules.records import FINAL, OPEN, PROTECTED, Status
from rules.requests import asked_at, close_request
from rules.rivals import holder_of, label, status_of
from rules.situation import Situation

Problem = tuple[str, str] | None  # reason code, detail

APPROVABLE: Final = OPEN | {Status.REFUSED, Status.SUPERSEDED, Status.EXPIRED, Status.WITHDRAWN, Status.RECAPTURED}
EXTENDABLE: Final = PROTECTED | {Status.EXPIRED}
EXTENDED: Final = "extended_by_person"  # in a registration's memory: when a person last extended it
_REVIEWABLE: Final = OPEN | (FINAL - {Status.WON})
# kind -> (from which statuses it works, the status it asks for, its reason code)
_MOVES: Final[Mapping[CommandKind, tuple[frozenset[Status], Status, str]]] = {
    CommandKind.REFUSE: (OPEN | PROTECTED, Status.REFUSED, "refused_by_person"),
    CommandKind.RETURN: (OPEN, Status.RETURNED, "returned_by_person"),
    CommandKind.WITHDRAW: (OPEN | PROTECTED, Status.WITHDRAWN, "withdrawn_by_person"),
    CommandKind.REOPEN: (_REVIEWABLE, Status.IN_REVIEW, "reopened_by_person"),
}
_FROM_REFUSAL: Final = frozenset({Status.REFUSED, Status.SUPERSEDED})


def follow(situation: Situation, command: Command) -> Problem:
    """Do what the command says; return what stands against it, None where it was followed."""
    return _FOLLOWERS.get(command.kind, _move)(situation, command)


def actor_of(command: Command) -> str:
    """Return the person as the ledger may name them: an id, a mail address only as its hash."""
    return f"person:{command.actor}" if command.actor is not None else "person"


def tell_followed(situation: Situation, command: Command) -> None:
    """Explain that the command was followed, and whose it is."""
    situation.step("command", StepResult.PASSED, f"{command.source}, by {actor_of(command)}")


def _move(situation: Situation, command: Command) -> Problem:
    if command.kind not in _MOVES:
        return "command_not_applicable", f"{command.source}: this cannot be commanded"
    works_from, status, reason = _MOVES[command.kind]
    if situation.status not in works_from:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if command.kind is CommandKind.REFUSE:
        reason = command.reason if command.reason is not None and is_known(command.reason, situation) else reason
        situation.memory[BY_PERSON] = True
    tell_followed(situation, command)
    situation.move(status, reason, at=command.at, actor=actor_of(command))
    return None


def _approve(situation: Situation, command: Command) -> Problem:
    if situation.status not in APPROVABLE:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if situation.partner_id is None:
        return "waiting_for_partner", f"{command.source}: the submission's partner is not known"
    kept = before_review(situation)
    if kept is not None and kept[0] is Status.WON:
        tell_followed(situation, command)
        situation.move(*kept, at=command.at, actor=actor_of(command))  # the dispute leaves it as it was
        return None
    held = _held(situation, command)
    at = min(command.at, situation.now)
    problem = held or against_approval(situation, at)
    if problem is not None:
        return problem
    tell_followed(situation, command)
    end = command.window_end if command.window_end is not None and command.window_end > at else None
    grant(situation, "approved_by_person", at=at, actor=actor_of(command), end=end)
    return None


def _extend(situation: Situation, command: Command) -> Problem:
    """Move the window's end: to where the command says, else by the policy's extension."""
    if _is_extended_by(situation, command):
        situation.step("command", StepResult.SKIPPED, f"{command.source}: already extended")
        return None
    if situation.status not in EXTENDABLE or situation.window is None:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    by = situation.policy.extension.by
    if by and command.actor not in by and not by & command.roles:
        return "approver_needed", f"{command.source}: only {' or '.join(sorted(by))} may extend"
    asked = asked_at(situation, "extension")
    problem = against_extension(situation, asked if asked is not None else command.at)
    if problem is not None:
        return "command_not_applicable", f"{command.source}: {problem}"
    held = against_revival(situation)
    if held is not None:
        return held[0], f"{command.source}: {held[1]}"
    problem = extend(situation, end=command.window_end)
    if problem is not None:
        return "command_not_applicable", f"{command.source}: {problem}"
    tell_followed(situation, command)
    close_request(situation, "extension")
    situation.memory[EXTENDED] = min(command.at, situation.now).isoformat()
    situation.renew("extended_by_person", at=command.at, actor=actor_of(command))
    return None


def _research(situation: Situation, command: Command) -> Problem:
    """Say that the answer takes longer: a person looks into the claim, and the rules leave it to them."""
    if situation.status not in ANSWERABLE:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    problem = research(situation, min(command.at, situation.now))
    if problem is not None:
        return "command_not_applicable", f"{command.source}: {problem}"
    tell_followed(situation, command)
    situation.move(Status.IN_REVIEW, "research_started", at=command.at, actor=actor_of(command))
    return None


def _appeal(situation: Situation, command: Command) -> Problem:
    if situation.status not in _FROM_REFUSAL:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    problem = appeal(situation, command.at, actor=actor_of(command))
    return ("appeal_too_late", f"{command.source}: {problem}") if problem is not None else None


def _dispute(situation: Situation, command: Command) -> Problem:
    if situation.status in OPEN:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    problem = dispute(situation, command.at, actor=actor_of(command))
    if problem is not None:
        return "dispute_too_late", f"{command.source}: {problem}"
    if situation.status in PROTECTED:
        return "dispute_opened", f"{command.source}: the deal stays protected meanwhile"
    return None


_FOLLOWERS: Final[Mapping[CommandKind, Callable[[Situation, Command], Problem]]] = {
    CommandKind.APPROVE: _approve,
    CommandKind.EXTEND: _extend,
    CommandKind.RESEARCH: _research,
    CommandKind.APPEAL: _appeal,
    CommandKind.DISPUTE: _dispute,
}


def _held(situation: Situation, command: Command) -> Problem:
    if not situation.is_exclusive():
        return None
    holder = holder_of(situation)
    if holder is None:
        return None
    return "deal_is_held", f"{command.source}: {label(holder)} is {status_of(holder)} and holds this deal"


def _is_extended_by(situation: Situation, command: Command) -> bool:
    known, window = situation.memory.get(EXTENDED), situation.window
    if known is not None and datetime.fromisoformat(known) >= min(command.at, situation.now):
        return True
    return command.window_end is not None and window is not None and window.end == command.window_end
