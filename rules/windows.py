"""Spans of time: where a window ends, how far a look-back reaches, when working hours are over.

Days and months are counted in the policy's zone to the end of day N: a window of 90 days that starts on 1 March ends with
30 May, at the midnight after it. So a window is half-open, [start, end), and a day that daylight saving makes 23 or 25
hours long is still one day. Minutes and hours are exact, whatever the clocks on the wall do.

All instants are aware UTC. The zone's rules come from the tz database; no clock is read here. What would lie outside the
calendar (years 1 to 9999) is held at its edge: people write 31 December 9999 for "no end".
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rules.records import Window
from rules.span import Calendar, Span

_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time()
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_WORKDAYS_SEARCHED_MAX: Final = 3_660  # ten years: a calendar without working days must not hang us


_CALENDAR: Final = Calendar()


def end_of(span: Span, start: datetime, zone: str, calendar: Calendar = _CALENDAR) -> datetime:
    """Return where a span that starts at `start` ends: the midnight after day N, or exactly so much later.

    calendar: for business hours and days.
    """
    if span.exact is not None:
        return _moved(start, span.exact)
    if span.working is not None:
        return working_end(start, span.working, calendar, zone)
    return end_of_day(_later(span, local_date(start, zone)), zone)


def before(span: Span, end: datetime, zone: str) -> datetime:
    """Return the instant a span before `end`, as a warning is counted: whole days back by the calendar, hours exactly."""
    if span.exact is not None:
        return _moved(end, -span.exact)
    try:
        local = end.astimezone(ZoneInfo(zone))
        moved = _earlier(span, local.date())
        return datetime.combine(moved, local.time(), ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return _moved(end, -_DAY * (span.days or 30 * (span.months or 0)))


def is_within_lookback(happened_on: date, span: Span, moment: datetime, zone: str) -> bool:
    """Tell whether something of that day lies less than the span before `moment` (what lies after it does, too).

    A purchase exactly six months ago lies outside a look-back of six months.
    """
    if span.exact is not None:
        return _moved(_midnight(happened_on, zone), span.exact) > moment
    return _later(span, happened_on) > local_date(moment, zone)


def window_of(span: Span, start: datetime, zone: str) -> Window:
    return Window(start=start, end=end_of(span, start, zone))


def last_day(window: Window, zone: str) -> date:
    """Return the last day the window touches: what a date-only `protected_until` field holds."""
    return local_date(_moved(window.end, -timedelta(microseconds=1)), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """Return the midnight after that day: the end of a window whose date-only field holds it."""
    return _midnight(day + _DAY, zone) if day < date.max else _LAST


def local_date(moment: datetime, zone: str) -> date:
    if zone == "UTC":
        return moment.date()
    try:
        return moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return moment.date()


def working_end(start: datetime, working: timedelta, calendar: Calendar, zone: str) -> datetime:
    """Return when that much working time has gone by since `start`.

    Time outside the calendar's hours does not count: a clock started on Friday evening begins to run on Monday morning.
    Hours are counted on the wall, so the day the clocks change is as long as any other working day.
    """
    try:
        return _working_end(start, working, calendar, zone)
    except OverflowError:
        return _moved(start, working)


def _working_end(start: datetime, working: timedelta, calendar: Calendar, zone: str) -> datetime:
    place = UTC if zone == "UTC" else ZoneInfo(zone)
    local = start.astimezone(place).replace(tzinfo=None)
    day, left = local.date(), working
    for _ in range(_WORKDAYS_SEARCHED_MAX):
        if day.weekday() in calendar.weekdays and day not in calendar.holidays:
            opens = max(datetime.combine(day, calendar.opens), local)
            closes = datetime.combine(day, calendar.closes)
            if opens < closes:
                if opens + left <= closes:
                    return (opens + left).replace(tzinfo=place).astimezone(UTC)
                left -= closes - opens
        day += _DAY
    return start + working


def _later(span: Span, day: date) -> date:
    if span.days is not None:
        return date.fromordinal(min(day.toordinal() + span.days, date.max.toordinal()))
    assert span.months is not None
    return _months_on(day, span.months)


def _earlier(span: Span, day: date) -> date:
    if span.days is not None:
        return date.fromordinal(max(day.toordinal() - span.days, 1))
    assert span.months is not None
    return _months_on(day, -span.months)


def _months_on(day: date, months: int) -> date:
    """Return the same day so many months on, or that month's last day: 31 January and one month is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _midnight(day: date, zone: str) -> datetime:
    """Return the first instant of that day in the zone.

    Where the clocks jump over midnight, fold 0 reads the missing 00:00 with the offset before the jump, which is the very
    instant of the jump; where midnight comes twice it takes the first. Both are the day's first instant.
    """
    if zone == "UTC":
        return datetime.combine(day, _MIDNIGHT, UTC)
    try:
        return datetime.combine(day, _MIDNIGHT, ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return _FIRST if day.year == date.min.year else _LAST


def _moved(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return _LAST if span > timedelta() else _FIRST
