"""How many registrations a partner may have at once, or submissions in a period (primitive 5).

The rule itself is pure: what has to be counted is described by `wanted_counts`, answered from the ledger or from a book in
memory into Case.counts, and compared with the limit here. Periods are those of the calendar in the policy's zone, and the
one that counts is the one the claim was submitted in, however late it is decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rules.action import Action
from rules.cases import Fact, StepResult, Wait
from rules.choice import Choice
from rules.expression import Condition
from rules.matching.deals import families_of
from rules.primitives.priority import Priority
from rules.records import PROTECTED, Claim, Registration, Status
from rules.setting import required, setting
from rules.situation import Kind, Situation, Verdict, told
from rules.verdicts import holds, in_order, outcome, tell, unasked, unasked_by
from rules.windows import local_date, months_on, start_of_day

if TYPE_CHECKING:
    from rules.policy import Policy

CAPACITY_AWAITED: Final = "capacity_awaited"
COUNTED_AT: Final = "counted_at"  # in a registration's memory: as of when it counts, after a full quota


class Counts(StrEnum):
    """What a quota counts."""

    LIVE = "live"  # the partner's registrations that hold a deal now
    SUBMISSIONS = "submissions"  # the partner's earlier submissions of the period, those refused for a quota apart


class Period(StrEnum):
    """Periods of the calendar, in the policy's zone. A week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Alike(StrEnum):
    """What counted claims must have in common with this one, besides the partner."""

    PRODUCT = "product"
    PROGRAMME = "programme"
    KIND = "kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """One limit per partner."""

    name: str = required("Short name, shown in decisions.")
    counts: Counts = setting(Counts.LIVE, "live registrations, or submissions.")
    per: Period | None = setting(
        None,
        "For submissions: day, week, month, quarter, year of the policy's zone; a week begins on Monday. null: ever.",
    )
    limit: Choice[int] = required("The most there may be, this one among them.")
    alike: frozenset[Alike] = setting(frozenset[Alike](), "Count only those alike in: product, programme, kind.")
    when: Condition | None = setting(None, "Asked only where this holds.")
    when_full: Action = setting(
        Action.REFUSE,
        "refuse (the partner may submit it again once there is room), review, wait (until there is room), off.",
        only=(Action.REFUSE, Action.REVIEW, Action.WAIT, Action.OFF),
    )
    reason: str = setting("capacity_reached", "Reason code of a refusal.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CountQuery:
    """One thing to count for a claim: registrations of a partner, the claim's own apart.

    key: under which the answer goes into Case.counts. live: only those that hold a deal now. since, until: submitted in
    this half-open span of time; before: and earlier in the order of submission (time, connection, record id) than that.
    families, kinds, programme: alike in these, where alike says so; a registration is alike in product when it shares a
    family, in kind by any of these names (empty: one that names none is of the policy's first kind). refused_for: a claim
    refused for one of these reasons does not count.
    """

    key: str
    partner_id: str
    is_live: bool
    alike: frozenset[Alike]
    since: datetime | None = None
    until: datetime | None = None
    before: tuple[datetime, str, str] | None = None
    families: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    programme: str = ""
    refused_for: frozenset[str] = frozenset()

    def counts(self, other: Registration) -> bool:
        """Tell whether a registration is one of those to count; the caller leaves out the claim's own."""
        if other.partner_id != self.partner_id or not self._is_alike(other):
            return False
        if self.is_live:
            return other.status in PROTECTED
        at = counted_at(other)
        if (self.since is not None and at < self.since) or (self.until is not None and at >= self.until):
            return False
        ref = other.claim_ref
        if self.before is not None and (at, ref.connection, ref.record_id) >= self.before:
            return False
        return not (other.status is Status.REFUSED and other.reason in self.refused_for)

    def _is_alike(self, other: Registration) -> bool:
        return (
            (Alike.KIND not in self.alike or _folded(other.kind) in self.kinds)
            and (Alike.PROGRAMME not in self.alike or other.programme == self.programme)
            and (Alike.PRODUCT not in self.alike or bool(families_of(other.product.split(", ")) & self.families))
        )


def quotas(situation: Situation) -> Verdict:
    """No quota of the partner is full."""
    return in_order(situation, "quota", situation.policy.quotas, _has_room, none="no quota is set")


def wanted_counts(
    claim: Claim, registration: Registration | None, policy: Policy, *, again_at: datetime | None = None
) -> tuple[CountQuery, ...]:
    """Return what must be counted before this claim can be decided; nothing where no quota asks or nobody is known.

    again_at: when a refused claim was sent in again, if that is what is to be decided now. A programme's quota that counts
    otherwise than the general one of its name has a key of its own.
    """
    by_programme = [("", policy), *((each.name, each.policy) for each in policy.programmes)]
    if claim.partner is None or not any(each.quotas for _, each in by_programme):
        return ()
    refused_for = frozenset(quota.reason for _, each in by_programme for quota in each.quotas)
    at = _counted_at(claim, registration.memory if registration is not None else {}, policy)
    if again_at is not None and registration is not None and registration.status is Status.REFUSED:
        at = again_at
    found: dict[str, CountQuery] = {}
    for programme, each in by_programme:
        for quota in each.quotas:
            query = _query(quota, programme, claim, at, each, refused_for)
            if found.setdefault(quota.name, query) != query:
                key = f"{programme}/{quota.name}"
                found[key] = replace(query, key=key)
    return tuple(found.values())


def count(queries: Iterable[CountQuery], others: Iterable[Registration]) -> Mapping[str, int]:
    """Return the answers out of the partner's other registrations, where they are at hand."""
    known = tuple(others)
    return {query.key: sum(query.counts(each) for each in known) for query in queries}


def counted_at(registration: Registration) -> datetime:
    """Return the time by which a registration counts as submitted: the last one, where it was submitted again."""
    again = registration.memory.get(COUNTED_AT)
    return _read(again) if again is not None else registration.submitted_at or registration.created_at


def period_of(moment: datetime, period: Period, zone: str) -> tuple[datetime, datetime]:
    """Return the period that an instant lies in, as a half-open span."""
    day = local_date(moment, zone)
    match period:
        case Period.DAY:
            first, after = day, day + timedelta(days=1)
        case Period.WEEK:
            first = day - timedelta(days=day.weekday())
            after = first + timedelta(days=7)
        case _:
            months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
            first = date(day.year, (day.month - 1) // months * months + 1, 1)
            after = months_on(first, months)
    return start_of_day(first, zone), start_of_day(after, zone)


def _has_room(quota: Quota, situation: Situation) -> Verdict:
    not_asked = unasked_by(quota.when, situation, clause=quota.name)
    limit = situation.pick(quota.limit)
    if not_asked is not None or limit is None or quota.when_full is Action.OFF:
        return not_asked or unasked("no limit is set for this case", clause=quota.name)
    counts = situation.case.counts
    used = counts.get(f"{situation.programme}/{quota.name}", counts.get(quota.name))
    if used is None:
        text = f"how many {_what(quota)} the partner has is not known"
        return Verdict(Kind.REVIEW, text, (), "quota_doubtful", StepResult.UNKNOWN, clause=quota.name)
    fact = Fact(name=f"quota.{quota.name}", value=f"{used} of {limit}", source="ledger", at=situation.now)
    text = f"{used} of {limit} {_what(quota)}"
    at = _counted_at(situation.claim, situation.memory, situation.policy)
    if quota.when_full is Action.WAIT and at > situation.now:
        return _waits(quota, f"it counts from {told(at)}", (fact,), until=at)
    if used < limit:
        return holds(text, (fact,), clause=quota.name)
    tell(situation, count=used, limit=limit)
    return _full(quota, situation, text, fact, at)


def _full(quota: Quota, situation: Situation, text: str, fact: Fact, at: datetime) -> Verdict:
    """Say that there is no room; of a quota of a period also when there is room again."""
    room_at = None
    if quota.counts is Counts.SUBMISSIONS and quota.per is not None:
        first, room_at = period_of(max(at, situation.now), quota.per, situation.policy.zone)
        if first > at:  # its own period is over: it is asked about in this one
            room_at = first
        free_from = local_date(room_at, situation.policy.zone)
        tell(situation, free_from=free_from)
        text = f"{text}; there is room again from {free_from}"
    if quota.when_full is not Action.WAIT:
        return outcome(quota.when_full, text, (fact,), reason=quota.reason, doubt="quota_doubtful", clause=quota.name)
    if room_at is not None:  # it takes its place in the next period
        situation.memory[COUNTED_AT] = room_at.isoformat()
    return _waits(quota, text, (fact,), until=room_at)


def _waits(quota: Quota, text: str, facts: tuple[Fact, ...], *, until: datetime | None) -> Verdict:
    wait = Wait(reason=CAPACITY_AWAITED, detail=text, until=until)
    return Verdict(Kind.WAIT, text, facts, CAPACITY_AWAITED, StepResult.UNKNOWN, wait, quota.name)


def _query(
    quota: Quota, programme: str, claim: Claim, at: datetime, policy: Policy, refused_for: frozenset[str]
) -> CountQuery:
    assert claim.partner is not None, claim.ref
    is_live = quota.counts is Counts.LIVE
    since, until = (None, None) if is_live or quota.per is None else period_of(at, quota.per, policy.zone)
    return CountQuery(
        key=quota.name,
        partner_id=claim.partner.partner_id,
        is_live=is_live,
        alike=quota.alike,
        since=since,
        until=until,
        before=None if is_live else (at, claim.ref.connection, claim.ref.record_id),
        families=families_of(claim.products),
        kinds=_kinds(claim, policy),
        programme=programme,
        refused_for=refused_for,
    )


def _kinds(claim: Claim, policy: Policy) -> frozenset[str]:
    """Return the names of the claim's kind; a claim cannot leave its quota by leaving the kind empty."""
    kind, names = policy.conversions.kind(claim.kind), {_folded(claim.kind)}
    if kind is not None:
        names.add(_folded(kind.name))
        names |= {""} if kind is policy.conversions.kinds[0] else set()
    return frozenset(names)


def _folded(kind: str | None) -> str:
    return "" if kind is None else kind.casefold()


def _what(quota: Quota) -> str:
    """Return what is counted, in words."""
    alike = f" alike in {', '.join(sorted(quota.alike))}" if quota.alike else ""
    if quota.counts is Counts.LIVE:
        return f"live registrations{alike}"
    return f"submissions{alike} in the {quota.per}" if quota.per is not None else f"submissions{alike}"


def _counted_at(claim: Claim, memory: Mapping[str, Any], policy: Policy) -> datetime:
    again = memory.get(COUNTED_AT)
    if again is not None:
        return _read(again)
    is_told = policy.priority is Priority.SUBMITTED_AT and claim.submitted_at is not None
    return claim.submitted_at or claim.created_at if is_told else claim.created_at


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)
