"""`doctor` without a CRM in reach: all findings at once, in words, and an exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import daemon
from connectors.port import Severity


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the addresses; the pauses between the tries are not what is tested."""
    monkeypatch.setattr(daemon.SystemClock, "sleep", lambda self, seconds: None)


def test_crms_out_of_reach_are_findings(registrar: Any) -> None:
    done = registrar("doctor")

    assert done.exit_code == 1
    assert done.stdout.count("error  salesforce") == 1
    assert done.stdout.count("error  hubspot") == 1
    assert done.stdout.count("127.0.0.1 cannot be reached: it refuses the connection. Check the address") == 2
    assert "salesforce  salesforce" not in done.stdout
    assert "Error" not in done.stdout
    assert "Traceback" not in done.stderr
    assert "canary" not in done.stdout + done.stderr


def test_configuration_problems_are_findings_with_their_place(registrar: Any, directory: Path) -> None:
    (directory / "rules.yaml").write_text("holding: soon\nzone: Mars\n", encoding="utf-8")

    done = registrar("doctor", "--json")

    assert done.exit_code == 2
    found = json.loads(done.stdout)
    assert [each["place"] for each in found] == [f"{directory}/rules.yaml:1:10", f"{directory}/rules.yaml:2:7"]
    assert {each["code"] for each in found} == {"config_problem"}


def test_missing_secrets_of_all_connections_are_told_at_once(registrar: Any) -> None:
    done = registrar("doctor", environ={})

    assert done.exit_code == 2
    assert "connections.salesforce.login.client_secret" in done.stdout
    assert "connections.hubspot.login.access_token" in done.stdout


def test_one_connection_can_be_asked_alone(registrar: Any) -> None:
    done = registrar("doctor", "hubspot")
    assert "salesforce" not in done.stdout

    wrong = registrar("doctor", "hubspt")
    assert wrong.exit_code == 2
    assert "there is no connection 'hubspt'. Did you mean hubspot?" in wrong.stderr


def test_a_ledger_that_cannot_be_used_is_a_finding(registrar: Any, directory: Path) -> None:
    (directory / "ledger.db").write_text("no database at all " * 100, encoding="utf-8")
    assert "error  ledger" in registrar("doctor").stdout


def test_warnings_alone_end_with_0(registrar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warning stops no pass, so a script may go on; and what is found twice is told once."""
    import console.commands.doctor as command

    one = command._finding("salesforce", Severity.WARNING, "clock_skew", "the clock is slow", "Set it.")
    monkeypatch.setattr(command, "_connection_findings", lambda *_: iter([one]))

    done = registrar("doctor")

    assert done.exit_code == 0
    assert done.stdout.count("warning  salesforce  the clock is slow. Set it.  [clock_skew]") == 1
    assert "0 errors, 1 warning." in done.stderr
