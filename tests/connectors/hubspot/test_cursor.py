"""Windows follow one another without a gap, whatever the clocks do, and cursors survive being written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.hubspot.cursor import (
    Lookback,
    Phase,
    Position,
    close_window,
    decode,
    encode,
    first_read,
    open_window,
    to_ms,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LOOKBACK = Lookback()
INSTANTS = st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))


@given(pauses=st.lists(st.integers(-7200, 20_000), min_size=1, max_size=30))
def test_windows_leave_no_gap(pauses: list[int]):
    """Each window starts at least the overlap before the one before it ended, even when the CRM's clock is set back."""
    now, position = START, first_read(START, mapping="m")
    position = close_window(position)
    for pause in pauses:
        now += timedelta(seconds=pause)
        before = position.low
        window = open_window(position, now, LOOKBACK)
        assert window.start is not None
        assert window.start <= before - LOOKBACK.overlap
        assert window.start <= now - LOOKBACK.overlap
        position = close_window(window)
        assert position.low == now


@given(pauses=st.lists(st.integers(1, 600), min_size=20, max_size=100))
def test_the_long_look_back_is_taken_about_once_an_hour(pauses: list[int]):
    now, position = START, close_window(first_read(START, mapping="m"))
    widths = []
    for pause in pauses:
        now += timedelta(seconds=pause)
        window = open_window(position, now, LOOKBACK)
        assert window.start is not None
        widths.append(position.low - window.start)
        position = close_window(window)

    wide = widths.count(LOOKBACK.wide)
    hours = (now - START) / LOOKBACK.wide_every
    assert hours - 1 - wide * 600 / 3600 <= wide <= hours
    assert set(widths) <= {LOOKBACK.wide, LOOKBACK.overlap}


@given(
    position=st.builds(
        Position,
        mapping=st.text("abcdef0123456789", min_size=12, max_size=12),
        phase=st.sampled_from(Phase),
        low=INSTANTS,
        wide_at=INSTANTS,
        start=st.none() | INSTANTS,
        high=st.none() | INSTANTS,
        after=st.none() | st.text("0123456789", min_size=1, max_size=15),
        expected=st.none() | st.integers(0, 10**9),
    )
)
def test_a_cursor_read_back_is_the_same(position: Position):
    assert decode(encode(position)) == position


def test_instants_are_cut_to_milliseconds_never_rounded_up():
    assert to_ms(datetime(2026, 3, 2, 9, 0, 0, 999_999, tzinfo=UTC)) % 1000 == 999
