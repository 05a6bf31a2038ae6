"""Logs: one JSON object a line where nobody looks, and no secret or person in any of them."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
import structlog

from config.settings import LogFormat, LogLevel, LogSettings
from console.logs import configure, secrets_of
from console.session import settings_of

SECRET = "canary-secret-one"


def lines_of(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.fixture
def out() -> io.StringIO:
    stream = io.StringIO()
    configure(LogSettings(), secrets=[SECRET], stream=stream)
    return stream


def test_events_are_json_lines_with_level_and_time(out: io.StringIO) -> None:
    structlog.get_logger("registrar").info("pass_finished", crm="salesforce", elapsed_ms=12)

    (line,) = lines_of(out)
    assert (line["event"], line["level"], line["crm"], line["elapsed_ms"]) == (
        "pass_finished",
        "info",
        "salesforce",
        12,
    )
    assert line["timestamp"].endswith("Z")


def test_no_secret_and_no_person_is_in_any_line(out: io.StringIO) -> None:
    log = structlog.get_logger("registrar")
    log.warning(
        f"told {SECRET}",
        error=f"Authorization: Bearer abcdefgh12345678 for jane.doe@example.com with {SECRET}",
        access_token="short",
        email="jane.doe@example.com",
        deep={"customer_contact_name": "Jane Doe", "list": [f"x{SECRET}x", {"password": "p"}]},
    )
    try:
        raise ValueError(f"refused {SECRET}")
    except ValueError:
        log.exception("pass_failed")
    logging.getLogger("apscheduler").error("job of jane.doe@example.com with %s", SECRET)

    text = out.getvalue()
    assert len(lines_of(out)) == 3
    for hidden in (SECRET, "jane.doe", "Jane Doe", "abcdefgh12345678", "short"):
        assert hidden not in text, hidden
    assert "pass_failed" in text
    assert "ValueError" in text


def test_what_is_below_the_level_stays_out() -> None:
    out = io.StringIO()
    configure(LogSettings(level=LogLevel.WARNING), stream=out)
    structlog.get_logger().info("row_seen")
    logging.getLogger("urllib3").info("connection")
    structlog.get_logger().warning("quota_warned")
    assert [line["event"] for line in lines_of(out)] == ["quota_warned"]


def test_people_on_a_terminal_read_words() -> None:
    out = io.StringIO()
    configure(LogSettings(format=LogFormat.CONSOLE), secrets=[SECRET], stream=out)
    structlog.get_logger().info("pass_finished", crm="hubspot", note=SECRET)
    assert "pass_finished" in out.getvalue()
    assert "crm=hubspot" in out.getvalue()
    assert SECRET not in out.getvalue()


def told(**fields: Any) -> str:
    out = io.StringIO()
    configure(LogSettings(format=LogFormat.CONSOLE), secrets=[SECRET], stream=out)
    structlog.get_logger().info("pass_finished", pass_id="crm-7", crm="hubspot", elapsed_ms=3, **fields)
    return out.getvalue()


def test_a_pass_is_one_sentence_on_a_terminal() -> None:
    pull = {"submissions": {"seen": 12, "new": 2, "unchanged": 10}}
    line = told(verdict="complete", pull=pull, decided=5, changed=2, writes={"planned": 3, "applied": 3})

    assert line.endswith("  hubspot: complete: 12 rows seen, 2 new or changed, 2 claims decided, 3 writes applied\n")
    assert line.count("\n") == 1


def test_a_quiet_pass_is_a_short_one() -> None:
    pull = {"submissions": {"seen": 12, "unchanged": 12}}
    assert told(verdict="complete", pull=pull, decided=1, writes={"planned": 0}).endswith("  hubspot: nothing new\n")


def test_a_pass_that_failed_says_why_once() -> None:
    line = told(verdict="failed", pull={}, error=f"hubspot: the login {SECRET} was refused")
    assert line.endswith("  hubspot: failed: 0 rows seen, 0 new or changed; the login [secret] was refused\n")


def test_every_secret_of_the_settings_is_known_to_the_log(directory: Path) -> None:
    environ = {
        "REGISTRAR_SALESFORCE_CLIENT_SECRET": "canary-secret-one",
        "REGISTRAR_HUBSPOT_ACCESS_TOKEN": "canary-secret-two",
        "REGISTRAR_LEDGER_URL": "postgresql://u:canary-secret-three@h/d",
    }
    assert set(secrets_of(settings_of(directory, environ))) == {
        "canary-secret-one",
        "canary-secret-two",
        "canary-secret-three",
    }
