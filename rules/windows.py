"""Spans of time: where a window ends, how far a look-back reaches, when working hours are over.

Days and months are counted in the policy's zone to the end of day N: a window of 90 days that starts on 1 March ends with
30 May, at the midnight after it. So a window is half-open, [start, end), and a day that daylight saving makes 23 or 25
hours long is still one day. Minutes and hours are exact, whatever the clocks on the wall do. Business days end with business
day N, at closing time; business hours count while the calendar is open.

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
_LEAST: Final = timedelta(microseconds=1)
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
    day = _later(span, local_date(start, zone), calendar)
    if span.working_days is None or calendar.closes == _MIDNIGHT:
        return end_of_day(day, zone)
    return _instant(datetime.combine(day, calendar.closes), zone)


def added(span: Span, end: datetime, zone: str, calendar: Calendar = _CALENDAR) -> datetime:
    """Return the end of something, moved on by a span: days are counted from the last day that it touches."""
    counts_clock = span.exact is not None or span.working is not None
    return end_of(span, end if counts_clock else _moved(end, -_LEAST), zone, calendar)


def before(span: Span, end: datetime, zone: str, calendar: Calendar = _CALENDAR) -> datetime:
    """Return the instant a span before `end`, as a warning is counted: whole days back by the calendar, hours exactly."""
    if span.exact is not None:
        return _moved(end, -span.exact)
    if span.working is not None:
        return _working_start(end, span.working, calendar, zone)
    if zone == "UTC" and span.days is not None:  # asked at every decision of a protected deal
        return _moved(end, -_DAY * span.days)
    try:
        if zone == "UTC":
            return datetime.combine(_earlier(span, end.date(), calendar), end.time(), UTC)
        local = end.astimezone(ZoneInfo(zone))
        moved = _earlier(span, local.date(), calendar)
        return datetime.combine(moved, local.time(), ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return _moved(end, -_DAY * (span.days or span.working_days or 30 * (span.months or 0)))


def is_within_lookback(
    happened_on: date, span: Span, moment: datetime, zone: str, calendar: Calendar = _CALENDAR
) -> bool:
    """Tell whether something of that day lies less than the span before `moment` (what lies after it does, too).

    A purchase exactly six months ago lies outside a look-back of six months.
    """
    if span.exact is not None or span.working is not None:
        return end_of(span, start_of_day(happened_on, zone), zone, calendar) > moment
    return _later(span, happened_on, calendar) > local_date(moment, zone)


def window_of(span: Span, start: datetime, zone: str, calendar: Calendar = _CALENDAR) -> Window:
    return Window(start=start, end=end_of(span, start, zone, calendar))


def last_day(window: Window, zone: str) -> date:
    """Return the last day the window touches: what a date-only `protected_until` field holds."""
    return local_date(_moved(window.end, -timedelta(microseconds=1)), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """Return the midnight after that day: the end of a window whose date-only field holds it."""
    return start_of_day(day + _DAY, zone) if day < date.max else _LAST


def start_of_day(day: date, zone: str) -> datetime:
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
    local = _local(start, zone)
    day, left = local.date(), working
    for _ in range(_WORKDAYS_SEARCHED_MAX):
        if _is_workday(day, calendar):
            opens, closes = _hours(day, calendar)
            opens = max(opens, local)
            if opens < closes:
                if opens + left <= closes:
                    return _instant(opens + left, zone)
                left -= closes - opens
        day += _DAY
    return start + working


def _working_start(end: datetime, working: timedelta, calendar: Calendar, zone: str) -> datetime:
    """Return the instant after which exactly so much working time is left until `end`."""
    try:
        local = _local(end, zone)
        day, left = local.date(), working
        for _ in range(_WORKDAYS_SEARCHED_MAX):
            if _is_workday(day, calendar):
                opens, closes = _hours(day, calendar)
                closes = min(closes, local)
                if opens < closes:
                    if closes - left >= opens:
                        return _instant(closes - left, zone)
                    left -= closes - opens
            day -= _DAY
    except OverflowError:
        pass
    return _moved(end, -working)


def _is_workday(day: date, calendar: Calendar) -> bool:
    return day.weekday() in calendar.weekdays and day not in calendar.holidays


def _hours(day: date, calendar: Calendar) -> tuple[datetime, datetime]:
    """Return when a working day begins and ends, on the wall. Closing at 00:00 is the midnight after the day."""
    closes = datetime.combine(day, calendar.closes)
    return datetime.combine(day, calendar.opens), closes + _DAY if calendar.closes == _MIDNIGHT else closes


def _workday(day: date, count: int, calendar: Calendar, step: timedelta) -> date:
    """Return the count-th working day after that day, or before it with a negative step; the day itself is none of them."""
    left, moved = count, day
    try:
        for _ in range(max(_WORKDAYS_SEARCHED_MAX, 7 * count)):
            if not left:
                return moved
            moved += step
            left -= _is_workday(moved, calendar)
    except OverflowError:
        return date.max if step > timedelta() else date.min
    return day + count * step


def _later(span: Span, day: date, calendar: Calendar) -> date:
    if span.days is not None:
        return date.fromordinal(min(day.toordinal() + span.days, date.max.toordinal()))
    if span.months is not None:
        return months_on(day, span.months)
    assert span.working_days is not None
    return _workday(day, span.working_days, calendar, _DAY)


def _earlier(span: Span, day: date, calendar: Calendar) -> date:
    if span.days is not None:
        return date.fromordinal(max(day.toordinal() - span.days, 1))
    if span.months is not None:
        return months_on(day, -span.months)
    assert span.working_days is not None
    return _workday(day, span.working_days, calendar, -_DAY)


def months_on(day: date, months: int) -> date:
    """Return the same day so many months on, or that month's last day: 31 January and one month is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _local(moment: datetime, zone: str) -> datetime:
    """Return what the zone's wall shows at that instant."""
    return moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone)).replace(tzinfo=None)


def _instant(local: datetime, zone: str) -> datetime:
    """Return the instant at which the zone's wall shows this."""
    try:
        return local.replace(tzinfo=UTC if zone == "UTC" else ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return local.replace(tzinfo=UTC)


def _moved(moment: datetime, span: timedelta) -> datetime:
    try:
        return moment + span
    except OverflowError:
        return _LAST if span > timedelta() else _FIRST
