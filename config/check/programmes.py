"""Programmes: overlays that another hides, and gaps and overlaps between the dates of those for the same cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from rules.expression.reasoning import can_hold, is_covered
from rules.primitives.programmes import DualRun, Programme

_DAY = timedelta(days=1)


def check_hidden(looked: LookedAt) -> Iterator[Finding]:
    """Find programmes that never decide, because those before them always do."""
    programmes = looked.policy.programmes
    for place, programme in enumerate(programmes):
        before = [each for each in programmes[:place] if _in_force_whenever(each, programme)]
        always = next((each for each in before if each.when is None), None)
        whens = [each.when for each in before if each.when is not None]
        steps = ("programmes", programme.name)
        if programme.when is not None and not can_hold(programme.when):
            continue  # told with all other conditions
        if always is not None:
            message = f"never applies: {always.name}, before it, applies to everything."
            yield looked.warning("shadowed", steps, message, f"Put it before {always.name}, or give that one a when.")
        elif programme.when is not None and whens and is_covered(programme.when, whens):
            names = ", ".join(each.name for each in before)
            message = f"never applies: wherever its condition holds, one of {names} decides."
            yield looked.warning("shadowed", steps, message, "Put it before them.")


def check_dates(looked: LookedAt) -> Iterator[Finding]:
    """Find gaps and overlaps between the dates of programmes for the same cases."""
    groups: dict[tuple[str | None, str], list[Programme]] = {}
    for each in looked.policy.programmes:
        key = each.when.text if each.when is not None else None
        groups.setdefault((key, each.effective.by), []).append(each)
    for group in groups.values():
        in_time = sorted(group, key=lambda each: each.effective.since or date.min)
        for left, right in pairwise(in_time):
            yield from _between(looked, left, right, group)


def check_dual_run(looked: LookedAt) -> Iterator[Finding]:
    """Find choices between programmes that are never offered."""
    for place, each in enumerate(looked.policy.programmes):
        steps, effective = ("programmes", each.name, "effective"), each.effective
        if effective.dual_run is not DualRun.CLAIMED and effective.dual_run_until is None:
            message = "has no effect without dual_run_until."
            yield looked.warning("no_effect", (*steps, "dual_run"), message, "Write until when both may be chosen.")
        end = effective.until
        if effective.dual_run_until is not None and end is not None:
            others = [other for number, other in enumerate(looked.policy.programmes) if number != place]
            if not any(_follows(other, each, end) for other in others):
                message = f"lets the programme be chosen beside one that follows it; none begins after {end}."
                yield looked.note("no_effect", (*steps, "dual_run_until"), message)


def _between(looked: LookedAt, left: Programme, right: Programme, group: Sequence[Programme]) -> Iterator[Finding]:
    until, since = left.effective.until, right.effective.since
    if since is None or until is None:
        if not _hides(group, left, right):
            first = min((left, right), key=group.index)
            message = f"is in force together with {left.name}, for the same cases; {first.name}, listed first, decides."
            yield looked.warning("dates_overlap", ("programmes", right.name, "effective"), message, "Give one an end.")
    elif until >= since:
        first = min((left, right), key=group.index)
        message = (
            f"begins on {since}, while {left.name} is in force until {until}; {first.name}, listed first, decides."
        )
        hint = f"End {left.name} on {since - _DAY}; for a time of choice write dual_run_until there."
        yield looked.warning("dates_overlap", ("programmes", right.name, "effective", "since"), message, hint)
    elif since - until > _DAY:
        message = f"begins on {since}; from {until + _DAY} on no programme is in force for its cases, the base decides."
        yield looked.warning("dates_gap", ("programmes", right.name, "effective", "since"), message)


def _hides(group: Sequence[Programme], left: Programme, right: Programme) -> bool:
    """Tell whether one of two hides the other entirely, which check_hidden tells."""
    first, second = sorted((left, right), key=group.index)
    return _in_force_whenever(first, second)


def _in_force_whenever(one: Programme, other: Programme) -> bool:
    """Tell whether the one is in force whenever the other is, and leaves it no choice."""
    held, wanted = one.effective, other.effective
    if held.dual_run_until is not None:
        return False
    if held.since is None and held.until is None:
        return True
    if held.by is not wanted.by:
        return False
    begins = held.since is None or (wanted.since is not None and held.since <= wanted.since)
    return begins and (held.until is None or (wanted.until is not None and held.until >= wanted.until))


def _follows(other: Programme, one: Programme, end: date) -> bool:
    since = other.effective.since
    apart = one.when is not None and other.when is not None and not can_hold(one.when, other.when)
    return (since is None or since > end) and not apart
