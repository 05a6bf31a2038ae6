"""What reaches the terminal: data as data, never as commands to it."""

from __future__ import annotations

import io
import json
import re
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


def unstyled(out: io.StringIO) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


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


SENTENCE = "This deal was already registered when your registration reached us."


def test_codes_and_ids_are_never_cut_on_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen, out = printed(terminal=True)
    row = ("superseded", "purchase_within_lookback", 12, "REG-2026-00307", SENTENCE)
    screen.table(("status", "reason", "count", "example", "the partner reads"), [row], prose={"the partner reads"})

    shown = unstyled(out)
    assert "superseded  purchase_within_lookback  12     REG-2026-00307" in shown
    assert SENTENCE in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80


def test_only_sentences_wrap_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    screen, out = printed(terminal=True)
    screen.table(("reason", "what"), [("purchase_within_lookback", SENTENCE)], prose={"what"})

    lines = unstyled(out).splitlines()
    assert any("purchase_within_lookback" in line and "This deal was" in line for line in lines)
    assert max(map(len, lines)) <= 80


def test_wide_characters_keep_the_columns_in_line() -> None:
    screen, out = printed()
    screen.table(("name", "count"), [("株式会社", 1), ("Acme", 2)])
    assert out.getvalue() == "name      count\n株式会社  1\nAcme      2\n"


def test_an_encoding_without_the_signs_does_not_stop_the_output() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    screen = Screen(out=out, err=io.StringIO())
    screen.table(("name",), [("Åkerlund 株式会社",)])
    out.flush()

    assert raw.getvalue() == b"name\n?kerlund ????\n"
