"""What reaches the terminal: data as data, never as commands to it."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from console.screen import Screen, ago, clean, moment
from rules.records import CrmRef, Money, Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def printed(is_json: bool = False, terminal: bool = False) -> tuple[Screen, io.StringIO]:
    out = Terminal() if terminal else io.StringIO()
    return Screen(is_json=is_json, out=out, err=io.StringIO()), out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", " [31mred [0m"),
        ("two\nlines\r", "two lines "),
        ("pay\u202eload", "payload"),  # would show reversed
        ("Åkerlund 株式会社", "Åkerlund 株式会社"),
        ("\x9b31m", " 31m"),
    ],
)
def test_a_record_cannot_drive_the_terminal(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_plain_lines_where_nobody_looks() -> None:
    screen, out = printed()
    screen.table(("name", "count"), [("a\x1b]0;x", 1200), ("longer", None)], title="Things")
    assert out.getvalue() == "Things\nname    count\na ]0;x  1,200\nlonger  -\n"


def test_a_table_on_a_terminal_reads_no_markup_from_data() -> None:
    screen, out = printed(terminal=True)
    screen.table(("name",), [("[bold]Acme[/bold]",)])
    assert "[bold]Acme[/bold]" in out.getvalue()


def test_no_rows_print_nothing() -> None:
    screen, out = printed()
    screen.table(("name",), [], title="Things")
    assert out.getvalue() == ""


def test_json_knows_our_values() -> None:
    screen, out = printed(is_json=True)
    screen.json(
        {
            "ref": CrmRef("salesforce", "Opportunity", "006"),
            "money": Money(amount=Decimal("1.10"), currency="USD"),
            "at": NOW,
            "span": timedelta(minutes=1),
            "names": frozenset({"b", "a"}),
            Status.WON: 1,
        }
    )
    assert json.loads(out.getvalue()) == {
        "ref": "salesforce/Opportunity/006",
        "money": {"amount": "1.10", "currency": "USD"},
        "at": "2026-03-01T12:00:00Z",
        "span": 60.0,
        "names": ["a", "b"],
        "won": 1,
    }


@pytest.mark.parametrize(
    ("back", "expected"),
    [
        (timedelta(), "now"),
        (timedelta(seconds=42), "42 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=3, minutes=10, seconds=5), "3 h 10 min ago"),
        (timedelta(days=2, minutes=5), "2 d ago"),
        (timedelta(seconds=-5), "now"),
    ],
)
def test_how_long_ago(back: timedelta, expected: str) -> None:
    assert ago(NOW - back, NOW) == expected


def test_moments_are_utc_to_the_second() -> None:
    assert moment(NOW) == "2026-03-01 12:00:00Z"
    assert moment(None) == "never"
    assert ago(None, NOW) == "never"
