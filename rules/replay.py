"""The past once more, under another policy: every recorded case decided again, its own outcomes feeding its later ones.

Entries come in the order of time. What a case holds of other claims is replaced by what the replay itself has made of
them: their registrations, the ties of opportunities, what quotas count. Between entries the replay's own deadlines fall
due, and a decision that moves a claim lets its open neighbours be decided once more, as in the ledger. Facts are those
that were recorded: a change that made no decision in its time cannot be seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any, Final

from rules.book import Account, Book
from rules.case_record import case_from
from rules.cases import Case, Coverage, Decision, FoundOpportunity, Rival
from rules.money import Rates
from rules.policy import Policy
from rules.primitives.priority import priority_of
from rules.records import FINAL, PROTECTED, Claim, CrmRef, Opportunity, Registration, Reward, Status

# A deadline that the past met by an entry of its own within this time is left to that entry: so long a pass may take.
PASS_MAX: Final = timedelta(hours=6)
# A claim that waits for a connection is looked at again after this time, when the past has no entry for it.
AGAIN: Final = timedelta(minutes=15)
_WRITTEN: Final = PROTECTED | {Status.WON}  # the partner of record stands on the opportunity
_WAVE_MAX: Final = 200  # decisions that one decision may set off
_NO_TIMES: Final[Sequence[datetime]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One decision of the past. case: as case_record wrote it. then: what was decided, None where only the case counts."""

    registration_id: str
    at: datetime
    case: Mapping[str, Any]
    then: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a decision left. clause: the rule that settled it, and what it said."""

    status: Status
    reason: str
    owner: str | None
    window_end: datetime | None = None
    rewards: tuple[Reward, ...] = ()
    rank: int = 1
    exclusive: bool = True
    programme: str = ""
    rule: str = ""
    clause: str = ""

    def is_like(self, other: Outcome) -> bool:
        """Tell whether both come to the same, whatever the words."""
        return _essence(self) == _essence(other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What the replay made of one recorded decision."""

    recorded: Recorded
    claim: Claim
    outcome: Outcome


PolicyOf = Callable[[Case], Policy]


class Replay:
    """One run through the past under one policy, or one for each case.

    rates: exchange rates to decide by; None: what the policy itself fixes is not looked up here. upcoming: the times of the
    recorded decisions by registration, in order.
    """

    def __init__(
        self,
        policy: Policy | PolicyOf,
        *,
        rates: Rates | None = None,
        upcoming: Mapping[str, Sequence[datetime]] | None = None,
    ) -> None:
        self.book = Book()
        self._policy_of: PolicyOf = (lambda _: policy) if isinstance(policy, Policy) else policy
        self._rates = rates
        self._upcoming = upcoming or {}
        self._cases: dict[str, Case] = {}  # the latest of each registration
        self._seen: dict[CrmRef, dict[CrmRef, Rival]] = {}  # who was told to be a rival of whom, both ways
        self._timers: list[tuple[datetime, str]] = []
        self._set: dict[str, datetime] = {}
        self._past: dict[str, Registration] = {}  # as the recorded cases hold them
        self.decided = 0

    def feed(self, recorded: Recorded, case: Case | None = None) -> Replayed:
        """Go on to the time of one recorded decision and make it anew. case: the recorded one, where it was read already."""
        if self._set.get(recorded.registration_id) == recorded.at:
            del self._set[recorded.registration_id]  # this very decision meets the deadline
        self.run_until(recorded.at)
        if case is None:
            case = case_from(recorded.case)
        if self._rates is not None:
            case = replace(case, rates=self._rates)
        registration_id = recorded.registration_id
        before = self._cases.get(registration_id)
        if registration_id not in self.book:
            self._receive(registration_id, case)
        self._learn(registration_id, case)
        self._tie_as_then(registration_id, case)
        self._decide(registration_id, _changed(case, before), recorded.at)
        return Replayed(recorded=recorded, claim=case.claim, outcome=self.outcome(registration_id))

    def run_until(self, moment: datetime) -> None:
        """Let every deadline up to `moment` fall due."""
        while self._timers and self._timers[0][0] <= moment:
            at, registration_id = heappop(self._timers)
            if self._set.get(registration_id) != at:
                continue  # moved meanwhile
            del self._set[registration_id]
            self._decide(registration_id, self._later(registration_id, at), at)

    def outcome(self, registration_id: str) -> Outcome:
        """Return how a registration stands."""
        account = self.book[registration_id]
        return outcome_of(account.registration, account.last)

    def _receive(self, registration_id: str, case: Case) -> None:
        held = case.registration
        assert held is not None, registration_id
        if held.status is Status.RECEIVED and held.version <= 1:
            held = replace(held, priority_at=priority_of(case.claim, self._policy_of(case).priority))
        self.book.receive(held, case.claim)
        for found in case.opportunities:
            if found.is_linked:
                self.book.tie(registration_id, found.opportunity.ref)

    def _tie_as_then(self, registration_id: str, case: Case) -> None:
        """Tie the opportunities that were tied in the past without a decision that told of it, while both stand alike."""
        account, then = self.book[registration_id], case.registration
        if then is None or account.registration.status is not then.status:
            return
        for found in case.opportunities:
            if found.is_linked and found.opportunity.ref not in account.linked:
                self.book.tie(registration_id, found.opportunity.ref)

    def _learn(self, registration_id: str, case: Case) -> None:
        """Keep the case for later, and who its rivals are, for them as well."""
        self._cases[registration_id] = case
        if case.registration is not None:
            self._past[registration_id] = case.registration
        mine = self._seen.setdefault(case.claim.ref, {})
        for rival in case.rivals:
            mine[rival.claim.ref] = rival
            if rival.registration is not None:
                self._past[rival.registration.registration_id] = rival.registration
            self._seen.setdefault(rival.claim.ref, {})[case.claim.ref] = replace(
                rival, claim=case.claim, registration=case.registration
            )

    def _later(self, registration_id: str, at: datetime) -> Case:
        """Return a registration's latest case as it would be at that time: no command, and every connection read."""
        case = self._cases[registration_id]
        read = tuple(
            [Coverage(connection=each.connection, covered_until=at, last_pull_at=at) for each in case.coverage]
        )
        return replace(case, command=None, coverage=read)

    def _decide(self, registration_id: str, case: Case, at: datetime) -> None:
        """Decide one claim, and after it the open neighbours whose case that changes."""
        wave = deque([(registration_id, case)])
        for _ in range(_WAVE_MAX):
            if not wave:
                return
            each_id, each_case = wave.popleft()
            before = self.book[each_id].registration
            decision, is_new = self.book.settle(self._world(each_id, each_case), self._policy_of(each_case), at)
            self.decided += 1
            self._set_timer(each_id, decision, at, is_new=is_new)
            if decision.transitions or decision.terms.window != before.window:
                known = {waiting for waiting, _ in wave}
                beside = [each for each in self._open(each_case) if each not in known]
                wave.extend((each, self._beside(each, case, at)) for each in beside)

    def _beside(self, registration_id: str, case: Case, at: datetime) -> Case:
        """Return a neighbour's case at the time of another's: with the same connections read."""
        return replace(self._later(registration_id, at), coverage=case.coverage)

    def _open(self, case: Case) -> Iterator[str]:
        """Return the neighbours of a claim that are known and not at their end."""
        for ref in self._seen.get(case.claim.ref, ()):
            held = self.book.of_claim(ref)
            if held is not None and held.status not in FINAL:
                yield held.registration_id

    def _world(self, registration_id: str, case: Case) -> Case:
        """Return the case with what the replay itself has made of everything around it."""
        account, policy = self.book[registration_id], self._policy_of(case)
        seen = self._seen.get(case.claim.ref)
        rivals = tuple(sorted((self._rival(each) for each in seen.values()), key=_age)) if seen else ()
        return replace(
            case,
            registration=account.registration,
            rivals=rivals,
            opportunities=tuple([self._opportunity(each, account) for each in case.opportunities]),
            counts=self.book.counts(case.claim, account.registration, policy, case.command),
            proposal=account.proposal if case.command is None else None,
            claim_changed_at=case.claim_changed_at if account.registration.status is Status.RETURNED else None,
        )

    def _rival(self, rival: Rival) -> Rival:
        held = self.book.of_claim(rival.claim.ref)
        if held is None:
            return rival
        return replace(rival, registration=held, claim=self.book[held.registration_id].claim)

    def _opportunity(self, found: FoundOpportunity, account: Account) -> FoundOpportunity:
        ref, own_id = found.opportunity.ref, account.registration.registration_id
        is_linked = ref in account.linked
        elsewhere = found.linked_registration_id
        if elsewhere is None or elsewhere in self.book:
            elsewhere = self.book.held_elsewhere(ref, own_id)
        opportunity = self._unwritten(found.opportunity)
        if (
            opportunity is found.opportunity
            and is_linked == found.is_linked
            and elsewhere == found.linked_registration_id
        ):
            return found
        return replace(found, opportunity=opportunity, is_linked=is_linked, linked_registration_id=elsewhere)

    def _unwritten(self, opportunity: Opportunity) -> Opportunity:
        """Return an opportunity without the partner of record that Registrar wrote in the past, but not in this replay."""
        writer = opportunity.registration_id
        past = self._past.get(writer) if writer is not None else None
        if writer is None or past is None or writer not in self.book or opportunity.partner_id != past.partner_id:
            return opportunity
        now = self.book[writer].registration
        if now.partner_id == past.partner_id and now.status in _WRITTEN:
            return opportunity
        return replace(opportunity, partner_id=None, partner_ref=None)

    def _set_timer(self, registration_id: str, decision: Decision, now: datetime, *, is_new: bool) -> None:
        """Note when a registration falls due next. What is overdue waits for a connection, and is asked once more."""
        ahead = [each.at for each in decision.deadlines if each.at > now]
        if is_new and len(ahead) < len(decision.deadlines):
            ahead.append(now + AGAIN)
        if not ahead:
            self._set.pop(registration_id, None)
            return
        at = self._left_to_the_past(registration_id, min(ahead))
        self._set[registration_id] = at
        heappush(self._timers, (at, registration_id))

    def _left_to_the_past(self, registration_id: str, due: datetime) -> datetime:
        """Return when a deadline is met: by the recorded decision that met it then, else on time."""
        times = self._upcoming.get(registration_id, _NO_TIMES)
        place = bisect_left(times, due)
        return times[place] if place < len(times) and times[place] - due <= PASS_MAX else due


def replay(
    past: Iterable[Recorded],
    policy: Policy | PolicyOf,
    *,
    rates: Rates | None = None,
    upcoming: Mapping[str, Sequence[datetime]] | None = None,
) -> Iterator[Replayed]:
    """Return what becomes of each recorded decision, in order."""
    run = Replay(policy, rates=rates, upcoming=upcoming)
    for recorded in past:
        yield run.feed(recorded)


def outcome_of(registration: Registration, decision: Decision | None) -> Outcome:
    """Return how a registration stands after its last decision."""
    window, rule = registration.window, decision.deciding if decision is not None else ""
    return Outcome(
        status=registration.status,
        reason=registration.reason,
        owner=registration.partner_id,
        window_end=window.end if window is not None else None,
        rewards=registration.rewards,
        rank=registration.rank,
        exclusive=registration.exclusive,
        programme=registration.programme,
        rule=rule,
        clause=_clause(decision, rule),
    )


def _clause(decision: Decision | None, rule: str) -> str:
    """Return what the deciding rule said, the last time it was asked."""
    if decision is None:
        return ""
    return next((each.text for each in reversed(decision.steps) if each.rule == rule), "")


def _changed(case: Case, before: Case | None) -> Case:
    """Return the case with when its claim changed, where the past had no need to know."""
    if case.claim_changed_at is not None or before is None:
        return case
    old, new = before.claim, case.claim
    is_same = replace(old, modified_at=new.modified_at, crm_status=new.crm_status) == new
    return case if is_same else replace(case, claim_changed_at=new.modified_at)


def _essence(each: Outcome) -> tuple[Any, ...]:
    return each.status, each.owner, each.window_end, each.rewards, each.rank, each.exclusive


def _age(rival: Rival) -> tuple[datetime, CrmRef]:
    return (rival.claim.created_at, rival.claim.ref)
