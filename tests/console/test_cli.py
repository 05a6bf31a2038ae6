"""The command line as a whole: fast to start, clear exit codes, no stack trace for a user's mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rules.version import __version__
from tests.console.conftest import SECRETS

HEAVY = ("sqlalchemy", "alembic", "hubspot", "simple_salesforce", "pydantic", "structlog", "ruamel", "rich", "requests")
COMMANDS = ("init", "doctor", "run", "sync", "plan", "status", "log", "explain", "verify", "demo")


def test_help_imports_nothing_heavy() -> None:
    """`registrar --help` stays under 0.3 s because nothing heavy is imported before a command needs it."""
    script = (
        "import sys\n"
        "from console.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "HEAVY []"
    for command in COMMANDS:
        assert f"  {command} " in done.stdout


def test_version(registrar: Any) -> None:
    done = registrar("--version")
    assert (done.exit_code, done.stdout) == (0, f"registrar {__version__}\n")


def test_every_command_has_help(registrar: Any) -> None:
    for command in COMMANDS:
        done = registrar(command, "--help")
        assert done.exit_code == 0, command
        assert "Usage:" in done.stdout


@pytest.mark.parametrize("words", [["statsu"], ["status", "--jsno"], ["explain"], ["log", "--limit", "many"]])
def test_wrong_use_ends_with_2(registrar: Any, words: list[str]) -> None:
    done = registrar(*words)
    assert done.exit_code == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["run", "sync --once", "plan", "status", "log", "verify", "explain x"])
def test_a_wrong_configuration_ends_every_command_with_2_and_starts_nothing(
    registrar: Any, directory: Path, command: str
) -> None:
    with (directory / "registrar.yaml").open("a", encoding="utf-8") as stream:
        stream.write("conections: {}\nsync: {}\n")

    done = registrar(*command.split())

    assert done.exit_code == 2
    assert "is given twice" in done.stderr
    assert "1 problem; nothing was started." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (directory / "ledger.db").exists()


def test_all_problems_of_all_files_are_told_at_once(registrar: Any, directory: Path) -> None:
    (directory / "rules.yaml").write_text("holding: soon\nzone: Mars\n", encoding="utf-8")
    (directory / "hubspot.yaml").write_text("streams: {deals: {}}\n", encoding="utf-8")

    done = registrar("sync", "--once")

    assert done.exit_code == 2
    assert f"{directory}/rules.yaml:1:10: holding: is 'soon'" in done.stderr
    assert f"{directory}/rules.yaml:2:7: zone: is 'Mars'" in done.stderr
    assert f"{directory}/hubspot.yaml:1:11: streams.deals: is not known here" in done.stderr
    assert "3 problems; nothing was started." in done.stderr


def test_what_a_connector_refuses_is_told_with_its_place_too(registrar: Any, directory: Path) -> None:
    main = directory / "registrar.yaml"
    text = main.read_text(encoding="utf-8").replace("# paused: true", "options: {page_rows: many}")
    main.write_text(text, encoding="utf-8")
    line = text[: text.index("page_rows")].count("\n") + 1

    done = registrar("sync", "--once")

    assert done.exit_code == 2
    assert f"{main}:{line}:15: connections.salesforce.options.page_rows: 'many' is not a number" in done.stderr


def test_missing_secrets_are_told_and_nothing_starts(registrar: Any, directory: Path) -> None:
    done = registrar("sync", "--once", environ={})
    assert done.exit_code == 2
    assert "registrar.yaml:" in done.stderr
    assert (
        "client_secret: is empty; client_credentials needs it. Set REGISTRAR_SALESFORCE_CLIENT_SECRET in" in done.stderr
    )
    assert not (directory / "ledger.db").exists()


def test_a_directory_without_configuration_tells_how_to_begin(registrar: Any, tmp_path: Path) -> None:
    done = registrar("status", "--dir", str(tmp_path / "none"))
    assert done.exit_code == 2
    assert "registrar init" in done.stderr


@pytest.mark.parametrize("command", [["status"], ["log"], ["verify"], ["explain", "REG-2026-00001"]])
def test_looking_does_not_create_a_ledger(registrar: Any, directory: Path, command: list[str]) -> None:
    done = registrar(*command)
    assert done.exit_code == 2
    assert "There is no ledger yet." in done.stderr
    assert not (directory / "ledger.db").exists()


def test_a_file_that_is_no_ledger_is_told_in_words(registrar: Any, directory: Path) -> None:
    (directory / "ledger.db").write_text("not a database, but long enough to look at " * 50, encoding="utf-8")
    done = registrar("status")
    assert done.exit_code == 2
    assert "not a SQLite database" in done.stderr
    assert "Traceback" not in done.stderr


def test_our_own_mistake_says_so_without_quoting_values(
    registrar: Any, monkeypatch: pytest.MonkeyPatch, ledger: Any
) -> None:
    import console.commands.status as command

    def break_down(*_: Any, **__: Any) -> None:
        raise RuntimeError("canary-secret-three")

    monkeypatch.setattr(command, "status_of", break_down)
    done = registrar("status")
    assert done.exit_code == 70
    assert "RuntimeError" in done.stderr
    assert "canary-secret-three" not in done.stderr


@pytest.mark.parametrize("command", [["status"], ["sync", "--once"], ["plan"], ["run"]])
def test_a_ledger_server_that_is_not_there_is_named_with_the_line_of_its_address(
    registrar: Any, directory: Path, command: list[str]
) -> None:
    main = directory / "registrar.yaml"
    text = main.read_text(encoding="utf-8").replace(
        "sqlite:///ledger.db", "postgresql://registrar:s3cret@127.0.0.1:1/x"
    )
    main.write_text(text, encoding="utf-8")
    line = text[: text.index("\nledger:")].count("\n") + 2

    done = registrar(*command)

    assert done.exit_code == 2
    assert "ledger postgresql://registrar:***@127.0.0.1:1/x: Cannot connect to 127.0.0.1:1." in done.stderr
    assert f"The address comes from the ledger line, {main}:{line}." in done.stderr


def test_an_address_from_the_environment_is_named_as_such(registrar: Any) -> None:
    done = registrar("status", environ=SECRETS | {"REGISTRAR_LEDGER_URL": "postgresql://registrar@127.0.0.1:1/x"})

    assert done.exit_code == 2
    assert "The address comes from REGISTRAR_LEDGER_URL." in done.stderr


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("YOUR-DOMAIN.my.salesforce.com", "url: still holds the placeholder. Write the org's My Domain address"),
        ("test.salesforce.com", "url: is test.salesforce.com, which does not serve these logins."),
    ],
)
@pytest.mark.parametrize("command", [["doctor"], ["sync", "--once"]])
def test_an_address_that_no_org_has_is_found_offline_with_its_line(
    registrar: Any, directory: Path, host: str, told: str, command: list[str]
) -> None:
    main = directory / "registrar.yaml"
    text = main.read_text(encoding="utf-8").replace("http://127.0.0.1:9", f"https://{host}", 1)
    main.write_text(text, encoding="utf-8")
    line = text[: text.index(host)].count("\n") + 1

    done = registrar(*command)

    assert done.exit_code == 2
    assert f"{main}:{line}:" in done.output
    assert told in done.output
