"""Where one claim stands while it is being decided: the case, what has been found so far, and the one door for a move.

A Situation lives for one decision only. Rules look at it and return a Verdict; lifecycle.py and commands.py move it; the
status changes in `move` and nowhere else. Nothing here knows a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rules.cases import Case, Coverage, Fact, Flag, FoundOpportunity, Rival, Step, StepResult, Transition, Wait
from rules.choice import Choice
from rules.events import COMPLETE_AT, event_day
from rules.expression import Condition
from rules.facts import FactView
from rules.matching.keys import customer_identity
from rules.primitives.jurisdictions import requires_equal_access
from rules.primitives.priority import EVIDENCED_AT, LACKED_AT, QUALIFIED_AT, Priority, evidence_time, priority_of
from rules.records import FINAL, OPEN, Claim, CrmRef, Money, Partner, Reward, Status, Window
from rules.span import Span
from rules.windows import end_of, local_date

if TYPE_CHECKING:
    from rules.policy import Policy

RECEIVED: Final = "received"
WAITING_FOR_CONNECTION: Final = "waiting_for_connection"
WAITING_FOR_PARTNER: Final = "waiting_for_partner"
WAITING_FOR_EARLIER: Final = "waiting_for_earlier_claim"
REGISTERED_AT: Final = "registered_at"  # in a registration's memory: when it first was
# Reviews set by a person, or waiting for one's word: rules go on explaining but no longer move them.
PERSONS: Final = frozenset(
    {"reopened_by_person", "command_proposed", "research_started", "appeal_opened", "dispute_opened"}
)

# Most rules pass, in the same words each time: such verdicts and steps are made once.
_TEXTS: Final = 1024

T = TypeVar("T")


class Kind(StrEnum):
    """What a rule says about a claim."""

    PASS = "pass"  # noqa: S105  (a verdict, no password)
    REVIEW = "review"  # a person should decide; later rules are asked all the same
    WAIT = "wait"  # cannot be said yet
    RETURN = "return"
    REFUSE = "refuse"
    SUPERSEDE = "supersede"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule's word with its explanation. reason: code, empty for a pass. wait: for WAIT only.

    clause: which part of the rule spoke, where it has several.
    """

    kind: Kind
    text: str
    facts: tuple[Fact, ...] = ()
    reason: str = ""
    result: StepResult = StepResult.FAILED
    wait: Wait | None = None
    clause: str = ""


def passed(text: str, *facts: Fact) -> Verdict:
    return Verdict(Kind.PASS, text, facts, "", StepResult.PASSED) if facts else _plain_pass(text)


@lru_cache(maxsize=_TEXTS)
def skipped(text: str) -> Verdict:
    return Verdict(Kind.PASS, text, (), "", StepResult.SKIPPED)


@lru_cache(maxsize=_TEXTS)
def _plain_pass(text: str) -> Verdict:
    return Verdict(Kind.PASS, text, (), "", StepResult.PASSED)


@lru_cache(maxsize=_TEXTS)
def _plain_step(rule: str, result: StepResult, text: str) -> Step:
    return Step(rule=rule, result=result, text=text)


class Situation:
    """One claim in the middle of its decision.

    whole: the policy with its programmes, of which `policy` is the one that decides.
    priority_at, window, exclusive, extension_count: as they stand now, moves included. found: what rules have worked out
    and share, by name; it is dropped when priority_at changes.
    """

    __slots__ = (
        "_amount",
        "_facts",
        "case",
        "claim",
        "deciding",
        "exclusive",
        "extension_count",
        "extra",
        "flags",
        "found",
        "kind",
        "memory",
        "now",
        "partner",
        "partner_id",
        "policy",
        "priority_at",
        "programme",
        "rank",
        "reason",
        "rewards",
        "since",
        "status",
        "steps",
        "transitions",
        "waits",
        "whole",
        "window",
    )

    def __init__(self, case: Case, policy: Policy, now: datetime) -> None:
        registration = case.registration
        self.case: Case = case
        self.claim: Claim = case.claim
        self.policy: Policy = policy
        self.whole: Policy = policy
        self.now: datetime = now
        self.partner: Partner | None = case.claim.partner
        self.partner_id: str | None = self.partner.partner_id if self.partner is not None else None
        self.steps: list[Step] = []
        self.transitions: list[Transition] = []
        self.waits: list[Wait] = []
        self.flags: list[Flag] = []
        self.extra: dict[str, Any] = {}
        self.found: dict[str, Any] = {}
        self.deciding: str = ""
        self._amount: Money | bool | None = False  # False: not yet asked
        self._facts: FactView | None = None
        if registration is None:
            self.status, self.reason = Status.RECEIVED, RECEIVED
            self.since: datetime | None = None
            self.priority_at: datetime = priority_of(case.claim, policy.priority)
            self.window: Window | None = None
            self.exclusive: bool = True
            self.extension_count: int = 0
            self.rank: int = 1
            self.rewards: tuple[Reward, ...] = ()
            self.programme: str = ""
            self.kind: str | None = policy.conversions.named(case.claim.kind)
            self.memory: dict[str, Any] = {}
        else:
            self.status, self.reason = registration.status, registration.reason
            self.since = registration.status_since
            self.priority_at = registration.priority_at
            self.window = registration.window
            self.exclusive = registration.exclusive
            self.extension_count = registration.extension_count
            self.rank = registration.rank
            self.rewards = registration.rewards
            self.programme = registration.programme
            is_open = registration.status in OPEN
            self.kind = policy.conversions.named(case.claim.kind) if is_open else registration.kind
            self.memory = dict(registration.memory)
            if registration.partner_id is not None and (self.partner_id is None or registration.status not in OPEN):
                self.partner_id = registration.partner_id  # a partner of record changes by a new ruling only
        if policy.priority is Priority.EVIDENCE_AT and self.status in OPEN:
            self._place_by_evidence()
        if policy.precedence.needs is not None and LACKED_AT in self.memory and self.status in OPEN:
            self._place_by_needs(policy.precedence.needs)

    def move(self, status: Status, reason: str, *, at: datetime | None = None, actor: str = "rule") -> None:
        """Change the status. at: when it takes effect, now by default; never before the last change nor in the future.

        A window that ends before its time ends with the status; one that ran its course, or ended in a win, stays as agreed.
        """
        moment = self.now if at is None else min(at, self.now)
        if self.since is not None and moment < self.since:
            moment = self.since
        if status in FINAL and status not in (Status.EXPIRED, Status.WON) and self.window is not None:
            start, end = self.window.start, min(self.window.end, moment)
            self.window = Window(start=start, end=end) if start < end else None
        self.status, self.reason, self.since = status, reason, moment
        self._facts, self._amount = (
            None,
            False,
        )  # some facts tell the status and the window, which may set the rates' day
        if status in OPEN:
            self.kind = self.policy.conversions.named(self.claim.kind)  # it is decided anew as the submission tells it
        if status is Status.REGISTERED:
            self.memory.setdefault(REGISTERED_AT, moment.isoformat())
        self.transitions.append(Transition(status=status, reason=reason, at=moment, actor=actor))

    def renew(self, reason: str, *, at: datetime, actor: str = "rule") -> None:
        """Enter that a protected deal's terms changed; one that rests keeps resting for its reason, others revive."""
        if self.status is Status.SUSPENDED:
            self.move(Status.SUSPENDED, self.reason, at=at, actor=actor)
        else:
            self.move(Status.REGISTERED, reason, at=at, actor=actor)

    def step(self, rule: str, result: StepResult, text: str, facts: tuple[Fact, ...] = ()) -> None:
        step = Step(rule=rule, result=result, text=text, facts=facts) if facts else _plain_step(rule, result, text)
        self.steps.append(step)

    def flag(self, code: str, ref: CrmRef | None, detail: str) -> None:
        self.flags.append(Flag(code=code, ref=ref, detail=detail))

    def restart_priority(self, moment: datetime) -> None:
        """Give the claim a later place in the order; what was found by the old one no longer holds.

        Where the time of submission orders claims, a claim keeps its place whenever it is completed.
        """
        if self.policy.priority is not Priority.SUBMITTED_AT:
            self.priority_at = moment
        self._facts = None
        self.found.clear()

    def _place_by_evidence(self) -> None:
        """Give an open claim the place that its evidence gives it, once and for all: more proof takes nothing away."""
        if EVIDENCED_AT in self.memory:
            return
        at, complete_at = evidence_time(self.claim), self.memory.get(COMPLETE_AT)
        if at is not None:
            self.priority_at = at if complete_at is None else max(at, datetime.fromisoformat(complete_at))
            self.memory[EVIDENCED_AT] = self.priority_at.isoformat()

    def _place_by_needs(self, needs: Condition) -> None:
        """Give an open claim that lacked what a place needs the one since when it has that; until then it keeps its own."""
        known = self.memory.get(QUALIFIED_AT)
        if known is not None:
            at = datetime.fromisoformat(known)
        elif needs.test(self.facts) is True:
            changed = self.claim.modified_at
            at = changed if changed > datetime.fromisoformat(self.memory[LACKED_AT]) else self.now
            self.memory[QUALIFIED_AT] = at.isoformat()
        else:
            return
        self.priority_at = max(self.priority_at, at)
        self._facts = None
        self.found.clear()

    def amount(self) -> Money | None:
        """Return the claim's amount in the policy's currency, None where it is unknown or has no rate."""
        if self._amount is False:
            stated = self.stated_amount()
            if stated is not None and stated.currency != self.policy.currency:
                stated = self.case.rates.convert(stated, self.policy.currency, self.rate_day())
            self._amount = stated
        assert not isinstance(self._amount, bool)
        return self._amount

    def stated_amount(self) -> Money | None:
        """Return the amount as submitted. A CRM with one currency names none: then it is the policy's."""
        stated = self.claim.amount
        if stated is not None and not stated.currency:
            return Money(amount=stated.amount, currency=self.policy.currency)
        return stated

    @property
    def facts(self) -> FactView:
        """Return what conditions may ask, worked out when they do."""
        if self._facts is None:
            self._facts = FactView(self)
        return self._facts

    def pick(self, choice: Choice[T] | None) -> T | None:
        """Return the value of a setting for this case; None where there is none."""
        return None if choice is None else choice.value(self.facts)

    def end_of(self, span: Span, start: datetime) -> datetime:
        """Return where a span that starts at `start` ends, by the policy's zone and calendar."""
        return end_of(span, start, self.policy.zone, self.policy.calendar)

    def become(self, kind: str | None) -> None:
        """Make it another kind of registration; what was found by the old one no longer holds."""
        self.kind = kind
        self._facts = None
        self.found.clear()

    def is_exclusive(self) -> bool:
        """Tell whether the policy lets one partner alone hold this deal."""
        if self.policy.precedence.is_shared:
            return False
        kind = self.policy.conversions.kind(self.kind)
        own = kind.exclusive if kind is not None else None
        if own is False or (own is None and self.pick(self.policy.protection.exclusive) is False):
            return False
        return not requires_equal_access(self)

    def of(self, rival: Rival) -> Situation:
        """Return a rival's own situation, for what has to be asked of both sides: its facts, its place in the order."""
        sides: dict[CrmRef, Situation] = self.shared("sides", _no_sides)
        if rival.claim.ref not in sides:
            case = Case(
                claim=rival.claim,
                registration=rival.registration,
                rivals=(*self.case.rivals, self._as_rival(rival)) if self.case.rivals else (),
                opportunities=tuple([self._as_seen_by(rival, each) for each in self.case.opportunities]),
                rates=self.case.rates,
            )
            sides[rival.claim.ref] = Situation(case, self.policy, self.now)
            sides[rival.claim.ref].whole = self.whole
        return sides[rival.claim.ref]

    def under(self, policy: Policy) -> Situation:
        """Return the same case at the same instant under another policy."""
        other = Situation(self.case, policy, self.now)
        other.whole = self.whole
        return other

    def _as_rival(self, other: Rival) -> Rival:
        return replace(other, claim=self.claim, registration=self.case.registration)

    def _as_seen_by(self, rival: Rival, found: FoundOpportunity) -> FoundOpportunity:
        """Return an opportunity with whose it is as the rival's own case has it: what is tied to one is not the other's."""
        mine, theirs = self.case.registration, rival.registration
        is_theirs = theirs is not None and found.linked_registration_id == theirs.registration_id
        is_named = found.opportunity.ref == rival.claim.opportunity_ref
        if not (found.is_linked or is_theirs) and is_named is found.is_named_by_submission:
            return found
        held_by = None if is_theirs else found.linked_registration_id
        if found.is_linked and mine is not None:
            held_by = mine.registration_id
        return replace(found, is_linked=is_theirs, linked_registration_id=held_by, is_named_by_submission=is_named)

    def registered_at(self) -> datetime | None:
        """Return when the deal was first registered, None before."""
        told_at = self.memory.get(REGISTERED_AT)
        if told_at is not None:
            return datetime.fromisoformat(told_at)
        return self.window.start if self.window is not None and self.status not in OPEN else None

    def rate_day(self) -> date:
        """Return the day whose exchange rates count: that of the policy's event, today while that is still to come."""
        day = event_day(self.policy.rates.at, self)
        return min(day, local_date(self.now, self.policy.zone))

    def claim_fact(self, name: str, value: str) -> Fact:
        """Return a fact read from the submission."""
        source: str = self.shared("claim_ref", _claim_ref)
        return Fact(name=name, value=value, source=source, at=self.claim.modified_at)

    def customer_id(self) -> str:
        """Return who the customer is, see rules/matching/keys.py."""
        identity: str = self.shared("customer_id", _customer_id)
        return identity

    def shared(self, name: str, work_out: Callable[[Situation], Any]) -> Any:
        """Return what `work_out` finds, worked out once per decision."""
        if name not in self.found:
            self.found[name] = work_out(self)
        return self.found[name]


def _claim_ref(situation: Situation) -> str:
    return str(situation.claim.ref)


def _customer_id(situation: Situation) -> str:
    return customer_identity(situation.claim.customer)


def _no_sides(situation: Situation) -> dict[CrmRef, Situation]:
    return {}


def coverage_wait(situation: Situation, moment: datetime) -> Wait | None:
    """Return the wait for connections that have not been read past `moment`, None when all have."""
    behind = [each for each in situation.case.coverage if each.covered_until is None or each.covered_until <= moment]
    if not behind:
        return None
    detail = "; ".join(_behind(each, situation.now) for each in behind)
    return Wait(reason=WAITING_FOR_CONNECTION, detail=detail)


def final(
    situation: Situation, kind: Kind, text: str, facts: tuple[Fact, ...], reason: str, *, clause: str = ""
) -> Verdict:
    """Return a final word that rests on other records, or the wait for the connections that may still change it."""
    wait = coverage_wait(situation, situation.priority_at)
    if wait is not None:
        return Verdict(Kind.WAIT, f"{text}; {wait.detail}", facts, reason, StepResult.UNKNOWN, wait, clause)
    return Verdict(kind, text, facts, reason, clause=clause)


def told(moment: datetime) -> str:
    """Return an instant as explanations write it."""
    return f"{moment.replace(tzinfo=None).isoformat(' ', 'seconds')}Z"


def age(span: timedelta) -> str:
    """Return a length of time in words: "3 h 10 min", "2 d 4 h", "40 s"."""
    seconds = max(0, int(span.total_seconds()))
    parts = ((seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min"))
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) if told else f"{seconds} s"


def _behind(coverage: Coverage, now: datetime) -> str:
    if coverage.last_pull_at is None:
        return f"waiting for {coverage.connection}: no complete pull yet"
    return f"waiting for {coverage.connection}: last complete pull {age(now - coverage.last_pull_at)} ago"
