"""What would have changed the outcome? The smallest change of one fact, found by deciding again.

A recorded case is decided once more for each of a bounded number of alternatives (rules/alternatives.py), under the same
policy at the same instant, and what comes of it is compared. A claim that would be held is followed to the end of its
holding, so that "it would be registered" means that nothing else stood in its way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from rules.alternatives import FILLED, SUBMITTED, WITHOUT, Alternative, alternatives
from rules.cases import Case, Decision
from rules.decide import decide
from rules.hints import hints_of
from rules.policy import Policy
from rules.records import Status
from rules.wording import Words, filled

TRIED_MAX: Final = 45  # alternatives; each is decided once or twice

_PENDING: Final = frozenset({Status.RECEIVED, Status.HOLDING})
_GOOD: Final = frozenset({Status.REGISTERED, Status.WON})
_BAD: Final = frozenset({Status.REFUSED, Status.SUPERSEDED, Status.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One fact that would have changed the outcome. status, reason: what it would have been."""

    fact: str
    before: Any
    after: Any
    source: str
    is_own: bool
    cost: float
    status: Status
    reason: str


def nearest_changes(case: Case, policy: Policy, now: datetime) -> list[Change]:
    """Return the changes that would have led elsewhere, the smallest first; empty where none was found.

    Of each fact and outcome only the nearest. A refused or returned claim is looked at for what would have registered it,
    then for what would have put it before a person; another refusal is no help.
    now: the instant of the decision.
    """
    decision = decide(case, policy, now)
    was = _eventual(case, policy, now, decision)
    is_bad = was[0] in _BAD
    nearest: dict[tuple[str, str, Status], Change] = {}
    for each in _elsewhere(case, policy, now, decision, was):
        if not (is_bad and each.status in _BAD):
            nearest.setdefault((each.fact, each.source, each.status), each)
    wants_better = was[0] not in _GOOD
    return sorted(nearest.values(), key=lambda each: (wants_better and each.status not in _GOOD, each.cost))


def sentence(change: Change, words: Words) -> str:
    """Return the change as support reads it, with the record it is about."""
    return f"{_told(change, words, is_precise=True)} [{change.fact}, {change.source}]"


def sentence_for_partner(changes: list[Change], words: Words, status: Status) -> str:
    """Return the nearest change that a partner may hear of, "" where there is none.

    Only facts of their own claim are named, only after a refusal or return, and never the time of another record.
    """
    if status not in _BAD:
        return ""
    for each in changes:
        is_conflict = each.fact == SUBMITTED
        if each.is_own and each.status in _GOOD and (words.tells_conflict or not is_conflict):
            return _told(each, words, is_precise=False)
    return ""


def _elsewhere(
    case: Case, policy: Policy, now: datetime, decision: Decision, was: tuple[Status, str]
) -> Iterator[Change]:
    missing = decision.extra.get("missing", ())
    chosen = (each.policy for each in policy.programmes if each.name == decision.terms.programme)
    tried = alternatives(case, next(chosen, policy), hints_of(policy), now, missing)
    for each in tried[:TRIED_MAX]:
        status, reason = _eventual(each.case, policy, now, decide(each.case, policy, now))
        if status is not was[0]:
            yield _change(each, status, reason)


def _change(each: Alternative, status: Status, reason: str) -> Change:
    return Change(
        fact=each.fact,
        before=each.before,
        after=each.after,
        source=each.source,
        is_own=each.is_own,
        cost=each.cost,
        status=status,
        reason=reason,
    )


def _eventual(case: Case, policy: Policy, now: datetime, decision: Decision) -> tuple[Status, str]:
    """Return what comes of a case: a claim that is held is decided once more when its holding is over."""
    status, reason = _after(case, decision)
    over = max((each.at for each in decision.deadlines if each.kind == "holding_over"), default=None)
    if status in _PENDING and over is not None and over > now:
        later = replace(case, coverage=(), command=None)  # by then every connection has been read
        return _after(case, decide(later, policy, over))
    return status, reason


def _after(case: Case, decision: Decision) -> tuple[Status, str]:
    if decision.transitions:
        last = decision.transitions[-1]
        return last.status, last.reason
    if case.registration is not None:
        return case.registration.status, case.registration.reason
    return Status.RECEIVED, "received"


def _told(change: Change, words: Words, *, is_precise: bool) -> str:
    values = {
        "fact": words.field_word(change.fact),
        "before": _shown(change.before, words),
        "after": _shown(change.after, words),
        "outcome": words.phrase(f"outcome_{change.status}"),
    }
    if change.fact == FILLED:
        values["after"] = ", ".join(words.field_word(each) for each in change.after)
        name = "nearest_filled"
    elif change.fact == WITHOUT:
        name = "nearest_without"
    elif change.fact == SUBMITTED:
        name = "nearest_before" if is_precise else "nearest_earlier"
    elif change.fact.startswith("quota."):
        name = "nearest_quota"
    else:
        name = "nearest_other" if values["before"] else "nearest_empty"
    return filled(words.phrase(name), values)


def _shown(value: Any, words: Words) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return words.phrase("yes" if value else "no")
    if isinstance(value, datetime):
        return f"{words.day(value)} {value:%H:%M:%S}Z"
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, frozenset | tuple):
        return ", ".join(sorted(map(str, value)))
    return str(value)
