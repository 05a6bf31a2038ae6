"""`log`: one order of time over passes, decisions, writes and rows set aside, narrowed as support asks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.commands.log import parse_since
from ledger import runs
from ledger.record import record
from ledger.rows import Verdict
from tests.console.conftest import CLAIM, NOW, counts, decided


def events_of(done: Any) -> list[str]:
    return [each["event"] for each in json.loads(done.stdout)]


def test_the_log_tells_passes_decisions_writes_and_rows_set_aside(registrar: Any, history: Any) -> None:
    done = registrar("log")

    assert done.exit_code == 0
    for expected in (
        "pass_finished",
        "complete: 3 rows seen, 1 new or changed, 1 claim decided, 1 write applied, 1 write refused",
        "failed: 3 rows seen, 1 new or changed, 1 claim decided, 1 write applied, 1 write refused; the login is refused",
        "in_review (above_automatic_limit) [rule]",
        "write_confirmed",
        "status = Under Review",
        "write_dead_lettered",
        "row_quarantined",
    ):
        assert expected in done.stdout, expected


def test_the_log_narrows_to_a_registration(registrar: Any, history: Any) -> None:
    events = events_of(registrar("log", "--registration", "REG-2026-00001", "--json"))
    assert sorted(events) == ["claim_received", "decided", "write_confirmed", "write_dead_lettered"]


@pytest.mark.parametrize("ref", [str(CLAIM), CLAIM.record_id, CLAIM.record_id[:15]])
def test_the_log_narrows_to_a_record_by_any_of_its_names(registrar: Any, history: Any, ref: str) -> None:
    events = events_of(registrar("log", "--ref", ref, "--json"))
    assert sorted(events) == ["claim_received", "decided", "write_confirmed"]


def test_a_row_set_aside_is_found_by_its_id(registrar: Any, history: Any) -> None:
    assert events_of(registrar("log", "--ref", "77", "--json")) == ["row_quarantined"]


def test_the_log_narrows_to_a_connection(registrar: Any, history: Any) -> None:
    events = events_of(registrar("log", "--connection", "hubspot", "--json"))
    assert sorted(events) == ["pass_finished", "row_quarantined"]


def test_the_log_narrows_to_a_time(registrar: Any, history: Any) -> None:
    assert events_of(registrar("log", "--since", "30 s", "--json")).count("pass_finished") == 0
    assert events_of(registrar("log", "--since", "2 days", "--json")).count("pass_finished") == 2


def test_the_log_shows_the_newest_lines_oldest_first(registrar: Any, history: Any) -> None:
    lines = json.loads(registrar("log", "--json", "--limit", "3").stdout)
    assert len(lines) == 3
    assert [each["at"] for each in lines] == sorted(each["at"] for each in lines)


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["--connection", "hubsopt"], 2, "there is no connection 'hubsopt'. Did you mean hubspot?"),
        (["--since", "yesterday"], 2, "--since 'yesterday' is no time."),
        (["--registration", "REG-2026-99999"], 1, "nothing in the ledger is called 'REG-2026-99999'."),
        (["--ref", "006XX"], 1, "nothing in the ledger is called '006XX'."),
    ],
)
def test_what_is_not_there_is_told(registrar: Any, history: Any, words: list[str], code: int, expected: str) -> None:
    done = registrar("log", *words)
    assert (done.exit_code, done.stdout) == (code, "")
    assert expected in done.stderr


def test_since_is_read_as_a_moment_or_a_time_back() -> None:
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert parse_since("2 h", now) == now - timedelta(hours=2)
    assert parse_since("3 days", now) == now - timedelta(days=3)
    assert parse_since("2026-03-01", now) == datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_since("2026-03-01T13:00+01:00", now) == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert parse_since("soon", now) is None


def test_a_decision_that_only_shows_something_says_what(registrar: Any, history: Any) -> None:
    flag = {"code": "direct_deal_during_protection", "ref": None, "detail": "006A is worked by direct sales"}
    with history.begin() as tx:
        record(tx, [decided("REG-2026-00001", transitions=[], waits=[], flags=[flag])])

    assert "006A is worked by direct sales" in registrar("log").stdout


def test_older_lines_that_are_left_out_are_mentioned(registrar: Any, history: Any) -> None:
    short = registrar("log", "--limit", "2")
    whole = registrar("log")

    assert len(short.stdout.splitlines()) == 1 + 2
    assert "There are older lines; these are the last 2." in short.stderr
    assert "older lines" not in whole.stderr
    assert whole.stdout.splitlines()[-1].split() == short.stdout.splitlines()[-1].split()


def test_a_pass_that_was_interrupted_says_why(registrar: Any, history: Any) -> None:
    with history.begin() as tx:
        run_id = runs.start(tx, "salesforce", now=NOW)
        told = counts() | {"problems": ["The daemon was told to stop; the next pass goes on from here."]}
        runs.finish(tx, run_id, Verdict.PARTIAL, told, None, now=NOW)

    assert "1 write refused; The daemon was told to stop; the next pass goes on from here." in registrar("log").stdout
