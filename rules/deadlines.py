"""Every time at which a claim must be looked at again. One that lies in the past asks for it at each pass.

What is late is flagged here as well: that, too, is told by the clock alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rules.cases import Due
from rules.lifecycle import holding_end
from rules.primitives.answer import answer_due, escalations, flag_late
from rules.primitives.evidence import EVIDENCE_PENDING
from rules.primitives.quotas import CAPACITY_AWAITED
from rules.primitives.update_duty import update_deadlines
from rules.primitives.window import end_kind
from rules.records import OPEN, PROTECTED, Status
from rules.situation import WAITING_FOR_CONNECTION, WAITING_FOR_EARLIER, Situation
from rules.verdicts import CONDITION_AWAITED
from rules.windows import before

ANSWERABLE: Final = OPEN - {Status.RETURNED}
# Waits that anything may end: asked again at each pass.
_HELD_UP: Final = frozenset({WAITING_FOR_CONNECTION, WAITING_FOR_EARLIER, CONDITION_AWAITED, CAPACITY_AWAITED})


def deadlines(situation: Situation) -> tuple[Due, ...]:
    """Return the whole set of deadlines that the claim has now."""
    if situation.status in PROTECTED:
        return (*_of_window(situation), *update_deadlines(situation))
    if situation.status not in ANSWERABLE:
        return ()
    flag_late(situation)
    return tuple(_while_open(situation))


def _while_open(situation: Situation) -> Iterator[Due]:
    end = holding_end(situation)
    if situation.status is Status.HOLDING and end is not None:
        situation.extra["holding_ends_at"] = end.isoformat()
        yield Due(kind="holding_over", at=end)
    held_up = [wait.until or situation.priority_at for wait in situation.waits if wait.reason in _HELD_UP]
    if held_up:
        yield Due(kind="wait_over", at=min(held_up))
    for wait in situation.waits:
        if wait.reason == EVIDENCE_PENDING and wait.until is not None:
            yield Due(kind="evidence_due", at=wait.until)
    answer_at = answer_due(situation)
    if answer_at is not None and situation.now < answer_at:
        yield Due(kind="answer_due", at=answer_at)
    for at, _ in escalations(situation):
        if situation.now < at:
            yield Due(kind="escalation", at=at)


def _of_window(situation: Situation) -> Iterator[Due]:
    """Yield the next warning and the end of the window, or of the phase it is in."""
    window, policy = situation.window, situation.policy
    if window is None:
        return
    warnings = (before(each, window.end, policy.zone, policy.calendar) for each in policy.protection.warnings_before)
    ahead = [each for each in warnings if situation.now < each < window.end]
    if ahead:
        yield Due(kind="warning", at=min(ahead))
    yield Due(kind=end_kind(situation), at=window.end)
