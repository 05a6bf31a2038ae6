"""Windows, look-backs and working time, counted as an admin counts them on a calendar."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.records import Window
from rules.span import Calendar, Span
from rules.windows import added, before, end_of, end_of_day, is_within_lookback, last_day, window_of, working_end
from tests.rules.build import utc

DAYS_90 = Span(days=90)


@pytest.mark.parametrize(
    ("zone", "start", "span", "end"),
    [
        ("UTC", "2026-03-01T00:00:00Z", DAYS_90, "2026-05-31T00:00:00Z"),
        ("UTC", "2026-03-01T23:59:59Z", DAYS_90, "2026-05-31T00:00:00Z"),  # the hour of the day does not matter
        ("UTC", "2026-01-01T12:00:00Z", DAYS_90, "2026-04-02T00:00:00Z"),  # ends with 1 April
        ("Europe/Berlin", "2026-03-01T23:30:00Z", DAYS_90, "2026-05-31T22:00:00Z"),  # there it is 2 March already
        ("America/Los_Angeles", "2026-03-01T07:59:00Z", DAYS_90, "2026-05-30T07:00:00Z"),  # there still 28 February
        ("Europe/Berlin", "2026-03-28T12:00:00Z", Span(days=1), "2026-03-29T22:00:00Z"),  # a day of 23 hours
        ("Europe/Berlin", "2026-10-24T12:00:00Z", Span(days=1), "2026-10-25T23:00:00Z"),  # a day of 25 hours
        ("America/Santiago", "2026-09-04T12:00:00Z", Span(days=1), "2026-09-06T04:00:00Z"),  # its midnight is skipped
        ("America/Havana", "2026-10-30T12:00:00Z", Span(days=1), "2026-11-01T04:00:00Z"),  # its midnight comes twice
        ("UTC", "2026-01-31T12:00:00Z", Span(months=1), "2026-03-01T00:00:00Z"),  # ends with 28 February
        ("UTC", "2024-01-31T12:00:00Z", Span(months=1), "2024-03-01T00:00:00Z"),  # a leap year
        ("Europe/Berlin", "2026-03-29T00:30:00Z", Span(exact=timedelta(hours=2)), "2026-03-29T02:30:00Z"),
        ("UTC", "2026-03-01T10:00:00Z", Span(exact=timedelta(minutes=5)), "2026-03-01T10:05:00Z"),
    ],
)
def test_window_ends_at_the_midnight_after_its_last_day(zone, start, span, end):
    """Days count in the policy's zone to the end of day N; minutes and hours are exact whatever the clocks do."""
    assert end_of(span, utc(start), zone) == utc(end)


def test_milestone_window_of_the_published_programme():
    """90 days from 20 March 2026 last until 18 June, the last day a date-only field shows."""
    window = window_of(DAYS_90, utc("2026-03-20T15:00:00Z"), "UTC")

    assert last_day(window, "UTC") == date(2026, 6, 18)
    assert end_of_day(date(2026, 6, 18), "UTC") == window.end


@pytest.mark.parametrize(
    ("bought", "span", "asked", "counts"),
    [
        ("2023-06-15", Span(months=36), "2026-05-15T00:00:00Z", True),  # 2 years 11 months ago
        ("2025-11-15", Span(months=6), "2026-04-15T00:00:00Z", True),  # 5 months
        ("2025-11-15", Span(months=6), "2026-05-15T00:00:00Z", False),  # exactly 6 months: lapsed
        ("2026-05-20", Span(months=6), "2026-05-15T00:00:00Z", True),  # later than asked for
        ("2026-02-13", DAYS_90, "2026-05-13T00:00:00Z", True),
        ("2026-02-13", DAYS_90, "2026-05-14T00:00:00Z", False),
        ("2026-05-14", Span(exact=timedelta(hours=12)), "2026-05-14T11:00:00Z", True),
        ("2026-05-14", Span(exact=timedelta(hours=12)), "2026-05-14T12:00:00Z", False),
    ],
)
def test_lookback(bought, span, asked, counts):
    """A purchase exactly as long ago as the look-back no longer counts."""
    assert is_within_lookback(date.fromisoformat(bought), span, utc(asked), "UTC") is counts


@pytest.mark.parametrize(
    ("zone", "end", "span", "warned"),
    [
        ("UTC", "2026-06-03T00:00:00Z", Span(days=14), "2026-05-20T00:00:00Z"),
        ("Europe/Berlin", "2026-04-05T22:00:00Z", Span(days=14), "2026-03-22T23:00:00Z"),  # across the change of clocks
        ("UTC", "2026-06-03T00:00:00Z", Span(exact=timedelta(hours=1)), "2026-06-02T23:00:00Z"),
        ("UTC", "2026-03-31T00:00:00Z", Span(months=1), "2026-02-28T00:00:00Z"),
    ],
)
def test_warning_before_the_end(zone, end, span, warned):
    """A warning fourteen days before the end comes at a midnight of the policy's zone."""
    assert before(span, utc(end), zone) == utc(warned)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02T10:00:00Z", 2, "2026-03-02T12:00:00Z"),
        ("2026-03-02T16:00:00Z", 2, "2026-03-03T10:00:00Z"),  # over night
        ("2026-03-06T17:00:00Z", 48, "2026-03-17T17:00:00Z"),  # Friday evening, holiday on Monday: from Tuesday on
        ("2026-03-07T11:00:00Z", 1, "2026-03-10T10:00:00Z"),  # Saturday, then the holiday
    ],
)
def test_working_time_counts_only_opening_hours(start, hours, due):
    """48 working hours from Friday 17:00 run from Tuesday 09:00 when Monday is a holiday."""
    calendar = Calendar(holidays=frozenset({date(2026, 3, 9)}), opens=time(9), closes=time(17))

    assert working_end(utc(start), timedelta(hours=hours), calendar, "UTC") == utc(due)


def test_working_time_without_any_working_day_still_ends():
    """A calendar without working days must not hang the daemon; config refuses it besides."""
    start = utc("2026-03-02T10:00:00Z")

    assert working_end(start, timedelta(hours=1), Calendar(weekdays=frozenset()), "UTC") == start + timedelta(hours=1)


MONDAY_OFF = Calendar(holidays=frozenset({date(2026, 3, 9)}))


@pytest.mark.parametrize(
    ("zone", "start", "count", "end"),
    [
        ("UTC", "2026-03-02T10:00:00Z", 3, "2026-03-05T17:00:00Z"),  # Monday: Tuesday is the first day
        ("UTC", "2026-03-06T18:00:00Z", 1, "2026-03-10T17:00:00Z"),  # Friday evening: Monday is a holiday
        ("UTC", "2026-03-07T10:00:00Z", 1, "2026-03-10T17:00:00Z"),  # Saturday
        ("UTC", "2026-03-02T10:00:00Z", 0, "2026-03-02T17:00:00Z"),  # by the end of business today
        ("Europe/Berlin", "2026-03-02T10:00:00Z", 20, "2026-03-31T15:00:00Z"),  # across the change of clocks
        ("America/New_York", "2026-03-03T03:00:00Z", 1, "2026-03-03T22:00:00Z"),  # there it is Monday still
    ],
)
def test_business_days_end_with_the_business_of_day_n(zone, start, count, end):
    assert end_of(Span(working_days=count), utc(start), zone, MONDAY_OFF) == utc(end)


def test_calendar_that_closes_at_midnight_is_open_until_the_end_of_the_day():
    always = Calendar(weekdays=frozenset(range(7)), opens=time(0), closes=time(0))

    assert end_of(Span(working=timedelta(hours=30)), utc("2026-03-06T10:00:00Z"), "UTC", always) == utc(
        "2026-03-07T16:00:00Z"
    )
    assert end_of(Span(working_days=2), utc("2026-03-06T10:00:00Z"), "UTC", always) == utc("2026-03-09T00:00:00Z")


@pytest.mark.parametrize(
    ("span", "end", "warned"),
    [
        (Span(working_days=1), "2026-03-10T00:00:00Z", "2026-03-06T00:00:00Z"),  # Monday is a holiday
        (Span(working=timedelta(hours=4)), "2026-03-10T11:00:00Z", "2026-03-06T15:00:00Z"),
        (Span(working=timedelta(hours=8)), "2026-03-05T17:00:00Z", "2026-03-05T09:00:00Z"),
    ],
)
def test_warning_a_business_span_before_the_end(span, end, warned):
    assert before(span, utc(end), "UTC", MONDAY_OFF) == utc(warned)


def test_lookback_in_business_time():
    """Friday's business is one business day ago on Tuesday, after a holiday on Monday."""
    friday = date(2026, 3, 6)

    assert is_within_lookback(friday, Span(working_days=2), utc("2026-03-10T12:00:00Z"), "UTC", MONDAY_OFF)
    assert not is_within_lookback(friday, Span(working_days=1), utc("2026-03-10T12:00:00Z"), "UTC", MONDAY_OFF)
    assert is_within_lookback(friday, Span(working=timedelta(hours=9)), utc("2026-03-10T09:30:00Z"), "UTC", MONDAY_OFF)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(days=30), "2026-05-02T00:00:00Z"),  # the last day was 1 April
        (Span(months=1), "2026-05-02T00:00:00Z"),
        (Span(exact=timedelta(hours=5)), "2026-04-02T05:00:00Z"),
        (Span(working=timedelta(hours=5)), "2026-04-02T14:00:00Z"),
        (Span(working_days=1), "2026-04-02T17:00:00Z"),
    ],
)
def test_end_that_is_moved_on_counts_from_its_last_day(span, expected):
    assert added(span, utc("2026-04-02T00:00:00Z"), "UTC") == utc(expected)


@pytest.mark.parametrize("calendar", [Calendar(), Calendar(weekdays=frozenset())])
@pytest.mark.parametrize("span", [Span(working_days=3), Span(working=timedelta(hours=30)), Span(working_days=40_000)])
def test_business_time_at_the_edge_of_the_calendar_and_without_working_days_still_ends(span, calendar):
    for moment in ("0001-01-03T00:00:00Z", "2026-03-02T10:00:00Z", "9999-12-30T00:00:00Z"):
        assert end_of(span, utc(moment), "UTC", calendar) >= utc(moment)
        assert before(span, utc(moment), "UTC", calendar) <= utc(moment)


@given(
    start=st.datetimes(
        min_value=utc("2020-01-01T00:00:00Z").replace(tzinfo=None),
        max_value=utc("2035-01-01T00:00:00Z").replace(tzinfo=None),
    ),
    days=st.integers(min_value=0, max_value=730),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/Santiago", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo"]),
)
def test_window_is_half_open_in_every_zone(start, days, zone):
    """A window holds its start and all but its end, and its last day is as many days after the first."""
    begin = start.replace(tzinfo=utc("2026-01-01T00:00:00Z").tzinfo)
    window = window_of(Span(days=days), begin, zone)

    assert begin in window
    assert window.end not in window
    assert window.end - timedelta(microseconds=1) in window
    assert last_day(window, zone) == last_day(
        Window(start=begin, end=begin + timedelta(microseconds=1)), zone
    ) + timedelta(days=days)
