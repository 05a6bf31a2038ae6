"""Lengths of time that contradict each other: windows shorter than holding, warnings longer than what they warn of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from config.check.findings import Finding
from config.check.looked_at import LookedAt, Steps
from rules.choice import Choice
from rules.primitives.after_end import Again
from rules.primitives.extension import Asked
from rules.primitives.window import Anchor
from rules.span import Calendar, Span

_WEEK = 7


def check_window(looked: LookedAt) -> Iterator[Finding]:
    """Find windows that are over before anything could be done in them."""
    policy, protection = looked.policy, looked.policy.protection
    for steps, length in _lengths(looked):
        longer = next((each for each in _spans(policy.holding) if is_longer(each, length, policy.calendar)), None)
        if longer is not None:
            message = f"is {length}, shorter than the claim is held before ({longer})."
            yield looked.warning("window_too_short", steps, message, "Lengthen it, or shorten holding.")
    if protection.anchor in (Anchor.SUBMISSION, Anchor.COMPLETENESS):
        for steps, length in _lengths(looked):
            for what, held in (("holding", _spans(policy.holding)), ("answer.within", _spans(policy.answer.within))):
                longest = [each for each in held if not is_longer(length, each, policy.calendar)]
                is_told = what == "holding" and any(is_longer(each, length, policy.calendar) for each in longest)
                if longest and not is_told:
                    message = (
                        f"is {length}, counted from {protection.anchor}, and no longer than {what} ({longest[0]})."
                    )
                    hint = (
                        "Such a registration may be over before it is granted. Count it from approval, or lengthen it."
                    )
                    yield looked.warning("window_too_short", steps, message, hint)


def check_warnings(looked: LookedAt) -> Iterator[Finding]:
    """Find warnings that would come before the time they warn of has begun."""
    policy = looked.policy
    for before in policy.protection.warnings_before if looked.is_written("protection", "warnings_before") else ():
        too_short = [length for _, length in _lengths(looked) if not is_longer(length, before, policy.calendar)]
        if too_short:
            message = (
                f"holds {before}, no less than a whole window ({too_short[0]}); that warning is never given in time."
            )
            yield looked.warning("warning_too_long", "protection.warnings_before", message)
    for before in policy.update_duty.warnings_before if looked.is_written("update_duty", "warnings_before") else ():
        every = [each for each in _spans(policy.update_duty.every) if not is_longer(each, before, policy.calendar)]
        if every:
            message = f"holds {before}, no less than the time between two updates ({every[0]})."
            yield looked.warning("warning_too_long", "update_duty.warnings_before", message)


def check_duty(looked: LookedAt) -> Iterator[Finding]:
    """Find a duty that never becomes due while the deal is protected."""
    policy = looked.policy
    every = _spans(policy.update_duty.every)
    lengths = [length for _, length in _lengths(looked)]
    if every and lengths and not policy.protection.phases:
        shortest = next(
            (one for one in every if not any(is_longer(each, one, policy.calendar) for each in lengths)), None
        )
        if shortest is not None:
            message = f"is {shortest}, no less than any window ({lengths[0]}): no update is ever due."
            yield looked.warning("never_due", "update_duty.every", message)


def check_extension(looked: LookedAt) -> Iterator[Finding]:
    """Find extensions longer than the window itself, and times to ask for one that cannot come."""
    policy, extension = looked.policy, looked.policy.extension
    lengths = [length for _, length in _lengths(looked)]
    for span in _spans(extension.length) if looked.is_written("extension", "length") else ():
        if lengths and all(is_longer(span, each, policy.calendar) for each in lengths):
            message = f"is {span}, longer than the window itself ({lengths[0]})."
            yield looked.note("extension_long", "extension.length", message)
            break
    if extension.late_by is not None and extension.asked is Asked.BEFORE_END:
        message = f"lets it be asked for after the end, which asked: {extension.asked} forbids."
        yield looked.warning("no_effect", "extension.late_by", message)
    if extension.is_automatic and extension.by:
        message = "names who may grant one, and a partner's request is granted without a person (is_automatic: true)."
        yield looked.note("no_effect", "extension.by", message)


def check_answer(looked: LookedAt) -> Iterator[Finding]:
    """Find escalations that come before the answer is late, or out of order."""
    answer, calendar = looked.policy.answer, looked.policy.calendar
    within = _spans(answer.within)
    before: Span | None = None
    for place, each in enumerate(answer.escalations):
        steps: Steps = ("answer", "escalations", place)
        early = next((span for span in within if is_longer(span, each.after, calendar)), None)
        if early is not None:
            message = f"comes after {each.after}, before an answer is due ({early})."
            yield looked.note("escalation_early", steps, message)
        if before is not None and is_longer(before, each.after, calendar):
            message = f"comes after {each.after}, earlier than the step before it ({before})."
            yield looked.warning("escalation_order", steps, message, "Put the steps in order.")
        before = each.after


def check_after_end(looked: LookedAt) -> Iterator[Finding]:
    """Find a grace for the same partner inside the time in which it may not register."""
    after, calendar = looked.policy.after_expiry, looked.policy.calendar
    if (
        after.grace is not None
        and after.cool_down is not None
        and not is_longer(after.grace, after.cool_down, calendar)
    ):
        message = (
            f"is {after.grace}, no longer than cool_down ({after.cool_down}): nobody may register the deal meanwhile."
        )
        yield looked.warning("grace_blocked", "after_expiry.grace", message, "Drop one of them.")
    if after.grace is not None and after.again is not Again.ANYONE:
        message = f"lets only the same partner register again, which again: {after.again} forbids."
        yield looked.warning("grace_blocked", "after_expiry.grace", message, "Write again: anyone.")


def is_longer(one: Span, other: Span, calendar: Calendar) -> bool:
    """Tell whether a span is longer, by about how long each is on the clock."""
    return _usual(one, calendar) > _usual(other, calendar)


def _usual(span: Span, calendar: Calendar) -> timedelta:
    """Return about how long a span is on the clock."""
    if span.exact is not None:
        return span.exact
    if span.days is not None:
        return timedelta(days=span.days)
    if span.months is not None:
        return timedelta(days=span.months * 365.25 / 12)
    if span.working_days is not None:
        return timedelta(days=span.working_days * _WEEK / max(1, len(calendar.weekdays)))
    assert span.working is not None, span
    opens, closes = calendar.opens, calendar.closes
    minutes = (closes.hour - opens.hour) * 60 + closes.minute - opens.minute
    per_day = minutes * 60 * max(1, len(calendar.weekdays)) / _WEEK
    return timedelta(days=span.working.total_seconds() / per_day) if per_day > 0 else span.working


def _lengths(looked: LookedAt) -> list[tuple[Steps, Span]]:
    """Return the lengths of the whole window; those of its first phase, where it has phases."""
    protection = looked.policy.protection
    if protection.phases:
        return [(("protection", "phases", 0, "within"), span) for span in _spans(protection.phases[0].within)]
    return [(("protection", "length"), span) for span in _spans(protection.length)]


def _spans(choice: Choice[Any] | None) -> list[Span]:
    return [row.value for row in choice.rows if isinstance(row.value, Span)] if choice is not None else []
