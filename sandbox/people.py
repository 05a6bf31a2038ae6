"""People: what happens in the CRMs as time passes, by schedule, by habit and by fault.

Partners submit as the campaign plans it, channel managers decide what waits for them, sellers work on deals, and whatever
mischief is planned or drawn is done. On a simulated clock everybody acts at his own moment, in the middle of somebody
else's long sleep too; on a real one, whoever serves the world calls act() now and then.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from connectors.port import Clock
from sandbox import mischief
from sandbox.clock import SimClock
from sandbox.desks import Act
from sandbox.faults import Faults
from sandbox.office import Habits, Office, decide, follow_up, work
from sandbox.programme.scenarios import Crm

TICK: Final = timedelta(minutes=20)
ROUND: Final = timedelta(hours=1)


class People:
    """Everybody who works in the two CRMs.

    acts: everything done so far, in order. is_still: while true nobody acts; what was due meanwhile is done when they wake.
    """

    def __init__(
        self, office: Office, *, clock: Clock, faults: Faults, acts: Sequence[Act], habits: Habits, start: datetime
    ) -> None:
        self.office = office
        self.acts = acts
        self.habits = habits
        self._clock = clock
        self._faults = faults
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._booked = itertools.count()
        self._is_still = False
        self._is_acting = False
        self._alarm: datetime | None = None
        self._book_arrivals(start)
        self.book(start + TICK, self._tick)
        self.book(start + ROUND, self._round)
        if isinstance(clock, SimClock):
            clock.on_advance(self.act)
        self._set_alarm()

    @property
    def is_still(self) -> bool:
        return self._is_still

    @is_still.setter
    def is_still(self, is_still: bool) -> None:
        self._is_still = is_still
        self._set_alarm()

    def book(self, moment: datetime, action: Callable[[datetime], None]) -> None:
        """Have `action(now)` done at a moment."""
        heapq.heappush(self._agenda, (moment, next(self._booked), action))
        if self._alarm is None or moment < self._alarm:
            self._set_alarm()

    def act(self, now: datetime) -> None:
        """Do everything that is due."""
        if self._is_still or self._is_acting:
            return
        self._is_acting = True
        try:
            while self._agenda and self._agenda[0][0] <= now:
                heapq.heappop(self._agenda)[2](now)
        finally:
            self._is_acting = False
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._is_still or self._is_acting or not isinstance(self._clock, SimClock) or not self._agenda:
            return
        due = self._agenda[0][0]
        if self._alarm is None or due < self._alarm or self._alarm <= self._clock.now():
            self._alarm = due
            self._clock.call_at(due, self.act)

    def _book_arrivals(self, start: datetime) -> None:
        campaign = self.office.campaign
        for number in range(campaign.count):
            if campaign.plan(number).is_history:
                self._book_follow_up(number, start)
            else:
                self.book(campaign.at(number), lambda _now, number=number: self._arrive(number))  # type: ignore[misc]

    def _arrive(self, number: int) -> None:
        plan = self.office.campaign.plan(number)
        self.office.submit(plan)
        self._book_follow_up(number, plan.at)

    def _book_follow_up(self, number: int, since: datetime) -> None:
        plan = self.office.campaign.plan(number)
        later = follow_up(self.office, plan, self.office.submissions[plan.crm][number])
        if later is not None:
            self.book(since + later[0], later[1])

    def _tick(self, now: datetime) -> None:
        """Do a tick's share of daily work and draw mischief, CRM by CRM."""
        for crm in Crm:
            desk = self.office.desks[crm]
            work(self.office, desk, self.habits, TICK / timedelta(hours=1), now)
            fault = self._faults.draw(crm.value, "PEOPLE", f"/{crm.value}", mischief.KINDS)
            if fault is not None:
                mischief.do(self.office, desk, fault, now)
        self.book(now + TICK, self._tick)

    def _round(self, now: datetime) -> None:
        if self.habits.decides:
            for crm in Crm:
                decide(self.office, self.office.desks[crm], now)
        self.book(now + ROUND, self._round)
