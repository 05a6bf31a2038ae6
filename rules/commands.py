"""What a person's command does: approve, refuse, return, withdraw, extend, research, appeal, reopen, dismiss, adopt ...

A command comes from an edit of the status in a CRM or from the command line. One that the policy does not let its actor
give, that does not fit the present status, or that would give one deal to two partners is kept as a proposal: an open
claim goes to review with it, a decided one is flagged. A command that asks for what already is changes nothing, so that
seeing it twice is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from rules.cases import Command, CommandKind, StepResult
from rules.deadlines import ANSWERABLE
from rules.events import COMPLETE_AT
from rules.lifecycle import grant, resume
from rules.primitives.answer import RESEARCH, research
from rules.primitives.approval import against_actor, is_known
from rules.primitives.conversion import accept_changes
from rules.primitives.disputes import appeal, before_review, dispute
from rules.primitives.extension import against_extension, against_revival, extend
from rules.primitives.intake import missing_fields
from rules.primitives.tender import against_approval
from rules.primitives.window import open_window
from rules.record import impersonal
from rules.records import FINAL, OPEN, PROTECTED, Status
from rules.requests import asked_at, close_request
from rules.rivals import holder_of, label, status_of
from rules.situation import PERSONS, Situation

APPROVABLE: Final = OPEN | {Status.REFUSED, Status.SUPERSEDED, Status.EXPIRED, Status.WITHDRAWN, Status.RECAPTURED}
EXTENDABLE: Final = PROTECTED | {Status.EXPIRED}
EXTENDED: Final = "extended_by_person"  # in a registration's memory: when a person last extended it
BY_PERSON: Final = "refused_by_person"  # in a registration's memory: a person refused it, no rule
_REVIEWABLE: Final = OPEN | (FINAL - {Status.WON})

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
_FROM_REFUSAL: Final = frozenset({Status.REFUSED, Status.SUPERSEDED})


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
    problem = _against(situation, command) or _FOLLOWERS.get(kind, _move)(situation, command)
    if problem is not None:
        return _propose(situation, command, *problem)
    situation.deciding = "command"
    return False


def stand(situation: Situation, command: Command) -> None:
    """Show a proposal that was made before and has not been answered. It is never followed by itself later on."""
    scratch = Situation(situation.case, situation.policy, situation.now)
    problem = _against(scratch, command) or _FOLLOWERS.get(command.kind, _move)(scratch, command)
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
    _told(situation, command)
    situation.deciding = "command"
    return True


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
    if command.kind is CommandKind.REFUSE:
        reason = command.reason if command.reason is not None and is_known(command.reason, situation) else reason
        situation.memory[BY_PERSON] = True
    _told(situation, command)
    situation.move(status, reason, at=command.at, actor=actor_of(command))
    return None


def _approve(situation: Situation, command: Command) -> Problem:
    if situation.status not in APPROVABLE:
        return "command_not_applicable", f"{command.source}: not from {situation.status}"
    if situation.partner_id is None:
        return "waiting_for_partner", f"{command.source}: the submission's partner is not known"
    kept = before_review(situation)
    if kept is not None and kept[0] is Status.WON:
        _told(situation, command)
        situation.move(*kept, at=command.at, actor=actor_of(command))  # the dispute leaves it as it was
        return None
    held = _held(situation, command)
    at = min(command.at, situation.now)
    problem = held or against_approval(situation, at)
    if problem is not None:
        return problem
    _told(situation, command)
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
    _told(situation, command)
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
    _told(situation, command)
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
# What may come once only for one command: its reason, by which it is known again.
_ONCE: Final[Mapping[CommandKind, str]] = {
    CommandKind.APPEAL: "appeal_opened",
    CommandKind.DISPUTE: "dispute_opened",
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
        _adopt_window(situation, command)
    holder = holder_of(situation)
    situation.exclusive = situation.is_exclusive() and holder is None
    if holder is not None and status in PROTECTED:
        situation.extra["adopted_conflict"] = label(holder)
    situation.move(status, "adopted", actor=actor_of(command))


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
    _told(situation, command)
    resume(situation, at)


def _is_old(situation: Situation, at: datetime) -> bool:
    return situation.since is not None and at < situation.since


def _dismiss(situation: Situation, command: Command) -> None:
    """Answer a proposal by not following it; a claim that was in review only for its sake goes on by the rules."""
    _told(situation, command)
    if situation.status is Status.IN_REVIEW and situation.reason == "command_proposed":
        situation.move(Status.RECEIVED, "proposal_dismissed", at=command.at, actor=actor_of(command))


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


def _is_extended_by(situation: Situation, command: Command) -> bool:
    known, window = situation.memory.get(EXTENDED), situation.window
    if known is not None and datetime.fromisoformat(known) >= min(command.at, situation.now):
        return True
    return command.window_end is not None and window is not None and window.end == command.window_end


def _told(situation: Situation, command: Command) -> None:
    situation.step("command", StepResult.PASSED, f"{command.source}, by {actor_of(command)}")
