"""What becomes different under another policy: the past replayed twice and held side by side, decision by decision.

Both replays make their own history, so a difference early on shows in everything it leads to. Of each registration the
first decision that parts the two is kept, with the clause that each side went by, and how both stand at the end.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from typing import Final

from rules.case_record import case_from
from rules.cases import Case
from rules.money import Rates
from rules.policy import Policy
from rules.records import Claim, Money
from rules.replay import Outcome, PolicyOf, Recorded, Replay

_PROGRESS_EVERY: Final = 1_000
_SETTLED_EVERY: Final = 2_000
# Which sections of a policy tell how long, how much and in what order, where both sides go by the same rule.
_SECTIONS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "window": ("protection", "extension", "calendar", "zone", "update_duty", "after_expiry", "conversions", "holding"),
    "rewards": ("rewards", "parties", "rates", "currency", "jurisdictions", "precedence"),
    "rank": ("precedence", "jurisdictions"),
    "exclusive": ("protection", "jurisdictions", "precedence", "conversions"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One registration that comes out otherwise, on the way or at the end.

    at: the first decision that differs, with what each side went by then. kinds: what differs at the end (status, owner,
    window, rewards, rank, exclusive); empty where both have met again.
    """

    registration_id: str
    partner: str | None
    region: str
    customer: str
    amount: Money | None
    at: datetime
    old_clause: str
    new_clause: str
    old: Outcome
    new: Outcome
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Changes of one partner or region. amounts: what the changed deals are worth; rewards: how much more is paid."""

    name: str
    changes: int
    owners: int
    amounts: Mapping[str, Decimal]
    rewards: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What is different. decisions: how many were made anew, differing: how many of them came out otherwise at the time."""

    decisions: int
    differing: int
    registrations: int
    changes: tuple[Change, ...]
    kinds: Mapping[str, int]
    by_partner: tuple[Group, ...]
    by_region: tuple[Group, ...]
    sections: tuple[
        str, ...
    ]  # settings in which the two policies differ; empty where the old side is what was recorded


@dataclass(slots=True)
class _Parting:
    at: datetime
    claim: Claim
    old: Outcome
    new: Outcome


@dataclass(slots=True)
class Comparison:
    """Gathers what differs, one decision after the other."""

    sections: tuple[str, ...] = ()
    decisions: int = 0
    differing: int = 0
    _last: dict[str, tuple[Claim, Outcome, Outcome]] = field(default_factory=dict)
    _parted: dict[str, _Parting] = field(default_factory=dict)

    def add(self, registration_id: str, at: datetime, claim: Claim, old: Outcome, new: Outcome) -> None:
        """Hold one decision of both sides side by side."""
        self.decisions += 1
        self._last[registration_id] = (claim, old, new)
        if not old.is_like(new):
            self.differing += 1
            if registration_id not in self._parted:
                self._parted[registration_id] = _Parting(at, claim, old, new)

    def end(self, registration_id: str, at: datetime, old: Outcome, new: Outcome) -> None:
        """Hold side by side how a registration stands when the past is over."""
        claim, *_ = self._last[registration_id]
        self._last[registration_id] = (claim, old, new)
        if not old.is_like(new) and registration_id not in self._parted:
            self._parted[registration_id] = _Parting(at, claim, old, new)

    def result(self) -> Difference:
        """Return everything that differs, the largest deals first."""
        changes = [self._change(each, parting) for each, parting in self._parted.items()]
        changes.sort(key=lambda each: (-(each.amount.amount if each.amount else Decimal()), each.registration_id))
        ended = [each for each in changes if each.kinds]
        return Difference(
            decisions=self.decisions,
            differing=self.differing,
            registrations=len(self._last),
            changes=tuple(changes),
            kinds=dict(Counter(kind for each in ended for kind in each.kinds)),
            by_partner=_groups(ended, lambda each: each.partner or "unknown"),
            by_region=_groups(ended, lambda each: each.region),
            sections=self.sections,
        )

    def _change(self, registration_id: str, parting: _Parting) -> Change:
        claim, old, new = self._last[registration_id]
        old_clause, new_clause = _clauses(parting, self.sections)
        return Change(
            registration_id=registration_id,
            partner=claim.partner.partner_id if claim.partner is not None else None,
            region=str(claim.facts.get("region") or claim.customer.country or "unknown"),
            customer=claim.customer.name,
            amount=claim.amount,
            at=parting.at,
            old_clause=old_clause,
            new_clause=new_clause,
            old=old,
            new=new,
            kinds=kinds_of(old, new),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """A side that is replayed elsewhere, by another process: see `side`. ends: asked once all outcomes were taken."""

    policy: Policy
    outcomes: Iterator[Outcome]
    ends: Callable[[], Mapping[str, Outcome]]


def diff(
    past: Iterable[Recorded],
    old: Policy | PolicyOf | Beside | None,
    new: Policy | PolicyOf,
    *,
    rates: tuple[Rates | None, Rates | None] = (None, None),
    upcoming: Mapping[str, Sequence[datetime]] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Difference:
    """Replay the past under two policies and return what differs.

    old: None takes what was recorded. upcoming: when each registration was decided in the past. progress: told now and then
    how many decisions have been made anew.
    """
    theirs = _side(old, rates[0], upcoming)
    ours = Replay(new, rates=rates[1], upcoming=upcoming)
    comparison = Comparison(sections=changed_sections(old.policy if isinstance(old, Beside) else old, new))
    at: datetime | None = None
    for number, recorded in _settling(past):
        case = case_from(recorded.case)
        then = _then(theirs, recorded, case)
        replayed = ours.feed(recorded, case)
        at = recorded.at
        if then is not None:
            comparison.add(recorded.registration_id, at, replayed.claim, then, replayed.outcome)
        if progress is not None and number % _PROGRESS_EVERY == 0:
            progress(number)
    if at is not None and theirs is not None:
        before = theirs.ends() if isinstance(theirs, Beside) else _ends(theirs, at)
        for registration_id, outcome in _ends(ours, at).items():
            comparison.end(registration_id, at, before[registration_id], outcome)
    return comparison.result()


def side(
    past: Iterable[Recorded],
    policy: Policy,
    *,
    rates: Rates | None = None,
    upcoming: Mapping[str, Sequence[datetime]] | None = None,
) -> Iterator[Outcome | Mapping[str, Outcome]]:
    """Replay one side alone: yield the outcome of each decision, and last how every registration stands at the end."""
    run, at = Replay(policy, rates=rates, upcoming=upcoming), None
    for _, recorded in _settling(past):
        yield run.feed(recorded).outcome
        at = recorded.at
    yield _ends(run, at) if at is not None else {}


def _side(
    old: Policy | PolicyOf | Beside | None, rates: Rates | None, upcoming: Mapping[str, Sequence[datetime]] | None
) -> Replay | Beside | None:
    return old if old is None or isinstance(old, Beside) else Replay(old, rates=rates, upcoming=upcoming)


def _then(theirs: Replay | Beside | None, recorded: Recorded, case: Case) -> Outcome | None:
    if theirs is None:
        return recorded.then
    return next(theirs.outcomes) if isinstance(theirs, Beside) else theirs.feed(recorded, case).outcome


def _ends(run: Replay, at: datetime) -> dict[str, Outcome]:
    """Let the deadlines up to the end of the past fall due, and return how every registration stands."""
    run.run_until(at)
    ids = [account.registration.registration_id for account in run.book]
    return {each: run.outcome(each) for each in ids}


def _settling(past: Iterable[Recorded]) -> Iterator[tuple[int, Recorded]]:
    """Yield the past with its numbers; what has gathered is now and then put out of the garbage collector's sight.

    It would walk again and again through a past that only grows, for a fifth of the time.
    """
    for number, recorded in enumerate(past, 1):
        if number % _SETTLED_EVERY == 0:
            gc.collect(1)
            gc.freeze()
        yield number, recorded
    gc.unfreeze()


def kinds_of(old: Outcome, new: Outcome) -> tuple[str, ...]:
    """Return what differs between two outcomes."""
    pairs = {
        "status": (old.status, new.status),
        "owner": (old.owner, new.owner),
        "window": (old.window_end, new.window_end),
        "rewards": (old.rewards, new.rewards),
        "rank": (old.rank, new.rank),
        "exclusive": (old.exclusive, new.exclusive),
    }
    return tuple(name for name, (left, right) in pairs.items() if left != right)


def changed_sections(old: Policy | PolicyOf | None, new: Policy | PolicyOf) -> tuple[str, ...]:
    """Return the settings in which two policies differ."""
    if not isinstance(old, Policy) or not isinstance(new, Policy):
        return ()
    names = [each.name for each in fields(Policy) if each.name not in ("hash", "name", "version")]
    return tuple(name for name in names if getattr(old, name) != getattr(new, name))


def _clauses(parting: _Parting, sections: Sequence[str]) -> tuple[str, str]:
    """Return what each side went by; where both name the same rule in the same words, the settings that differ."""
    old, new = parting.old, parting.new
    told = tuple(f"{each.rule}: {each.clause}" if each.clause else each.rule or each.reason for each in (old, new))
    if told[0] != told[1]:
        return told[0], told[1]
    concerned = [
        name for kind in kinds_of(old, new) for name in _SECTIONS_OF.get(kind, sections) if name in sections
    ] or list(sections)
    settings = ", ".join(dict.fromkeys(concerned))
    return told[0], f"{told[1]} (other settings: {settings})" if settings else told[1]


def _groups(changes: Iterable[Change], name_of: Callable[[Change], str]) -> tuple[Group, ...]:
    grouped: dict[str, list[Change]] = {}
    for each in changes:
        grouped.setdefault(name_of(each), []).append(each)
    groups = [
        Group(
            name=name,
            changes=len(some),
            owners=sum("owner" in each.kinds or "status" in each.kinds for each in some),
            amounts=_sum((each.amount, 1) for each in some if each.amount is not None),
            rewards=_sum(
                (reward.amount, sign)
                for each in some
                for outcome, sign in ((each.new, 1), (each.old, -1))
                for reward in outcome.rewards
                if reward.amount is not None and reward.state != "lost"
            ),
        )
        for name, some in grouped.items()
    ]
    return tuple(sorted(groups, key=lambda each: (-each.changes, each.name)))


def _sum(amounts: Iterable[tuple[Money, int]]) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    for money, sign in amounts:
        found[money.currency] = found.get(money.currency, Decimal()) + sign * money.amount
    return {currency: total for currency, total in sorted(found.items()) if total}
