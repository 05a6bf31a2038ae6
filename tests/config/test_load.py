"""The configuration of a directory: complete settings, or every problem of every file and nothing started."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

import config
from config.load import load_settings
from config.settings import LogFormat, Settings, SyncSettings
from connectors.registry import fields_path
from rules.errors import ConfigError

DEFAULTS = Path(config.__file__).parent / "defaults"
SECRETS = {
    "REGISTRAR_SALESFORCE_CLIENT_ID": "3MVG9",
    "REGISTRAR_SALESFORCE_CLIENT_SECRET": "canary-secret-1",
    "REGISTRAR_HUBSPOT_ACCESS_TOKEN": "canary-secret-2",
}
ONE = "connections: {crm: {kind: salesforce, url: 'https://a.my.salesforce.com'%s}}\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    target = tmp_path / "conf"
    shutil.copytree(DEFAULTS, target)
    return target


def load(directory: Path, environ: Mapping[str, str] | None = None) -> Settings:
    return load_settings(directory, environ=environ or {}, fields_path=fields_path)


def with_connection(directory: Path, more: str = "", environ: Mapping[str, str] | None = None) -> Settings:
    (directory / "registrar.yaml").write_text(ONE % (f", {more}" if more else ""), encoding="utf-8")
    return load(directory, environ)


def problems_of(directory: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    (directory / "registrar.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(directory, environ)
    return [str(each) for each in caught.value.problems]


def test_what_init_writes_is_sound(directory: Path) -> None:
    settings = load(directory, SECRETS)

    salesforce, hubspot = settings.connections
    assert (salesforce.name, salesforce.kind) == ("salesforce", "salesforce")
    assert salesforce.options == {"login": {"flow": "client_credentials"}}
    assert salesforce.secrets == {"client_id": "3MVG9", "client_secret": "canary-secret-1"}
    assert hubspot.secrets == {"access_token": "canary-secret-2"}
    assert (hubspot.interval_s, hubspot.idle_interval_s, hubspot.daily_share) == (60, 300, 0.5)
    assert settings.sync == SyncSettings()
    assert settings.log.format is LogFormat.AUTO
    assert settings.ledger_url == f"sqlite:///{directory / 'ledger.db'}"
    assert settings.policy.name == "default"


def test_no_secret_is_ever_shown(directory: Path) -> None:
    secrets = SECRETS | {"REGISTRAR_LEDGER_URL": "postgresql://u:canary-secret-3@h/d"}
    settings = load(directory, secrets)
    assert "canary-secret-3" in settings.ledger_url
    assert "canary-secret" not in repr(settings)


def test_a_missing_directory_tells_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none")
    path = tmp_path / "none"
    expected = f"{path}/registrar.yaml: does not exist. Write a first configuration with: registrar init {path}"
    assert str(caught.value) == expected


def test_problems_of_all_files_come_together(directory: Path) -> None:
    (directory / "rules.yaml").write_text("holding: soon\n", encoding="utf-8")
    (directory / "salesforce.yaml").write_text("streams: {usres: {}}\n", encoding="utf-8")
    text = (directory / "registrar.yaml").read_text(encoding="utf-8").replace("level: info", "level: loud")

    found = problems_of(directory, text)

    assert len(found) == 3
    assert any("registrar.yaml:" in each and "log.level: is 'loud'" in each for each in found)
    assert any("rules.yaml:1:10: holding" in each for each in found)
    assert any("salesforce.yaml:1:11: streams.usres" in each for each in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "connections: names no connection. Describe at least one CRM."),
        ("conections: {}", "registrar.yaml:1:1: conections: is not known here. Did you mean connections?"),
        ("connections: [a]", "connections: is a list; expected a mapping"),
        ("connections: {Sales Force: {}}", "connections.Sales Force: is no usable name."),
        ("connections: {ledger: {}}", "connections.ledger: is a reserved name."),
        ("connections: {crm: {kind: saelsforce}}", "kind: no connector is called 'saelsforce'"),
        ("connections: {crm: {kind: saelsforce}}", "Write salesforce."),
        ("connections: {salesforce: {}}", "connections.salesforce: names no url."),
        (ONE.replace("https:", "http:") % "", "is not encrypted (http://a.my.salesforce.com)."),
        (ONE.replace("https:", "ftp:") % "", "url: is no web address."),
        (ONE.replace("https://", "https://u:canary-secret@") % "", "carries a user or a password."),
        (ONE % ", intervall_s: 5", "intervall_s: is not known here. Did you mean interval_s?"),
        (ONE % ", api: '2026-09'", "The kind's own settings stand under options:."),
        (ONE % ", interval_s: fast", "interval_s: is 'fast'; expected a number from 1 to 86400."),
        (ONE % ", interval_s: 60s", "Write 60."),
        (ONE % ", interval_s: inf", "interval_s: is 'inf'"),
        (ONE % ", interval_s: 90, idle_interval_s: 30", "idle_interval_s: is 30, shorter than interval_s (90)."),
        (ONE % ", daily_share: 50%", "daily_share: is '50%'; expected a number from 0.001 to 1. Write 0.5."),
        (ONE % ", create: opportunities", "create: is not known here."),
        (ONE % ", paused: no", "paused: is 'no'; expected true or false. Write false."),
        (
            ONE % ", mapping: none.yaml",
            "connections.crm.mapping: names none.yaml, which is not there. Correct the name",
        ),
        (ONE % ", login: {client_secret: canary-secret}", "login.client_secret: must not stand in this file."),
        (ONE % ", login: {private_key: canary-secret}", "login.private_key: must not stand in this file."),
        (ONE % ", login: {token: {env: NOT_SET}}", "names NOT_SET, which is not set."),
        (ONE % ", login: {token: {file: none}}", "none, which cannot be read (No such file or directory)."),
        (ONE % ", login: {token: {fiel: none}}", "login.token.fiel: is not known here. Did you mean file?"),
        (ONE % ", login: {token: {env: A, file: b}}", "names no place to take it from."),
        (ONE % ", options: [a]", "options: is a list; expected a mapping"),
        ("ledger: mysql://host/db\n" + ONE % "", "ledger: is no address of a ledger."),
        ("ledger: postgresql://host\n" + ONE % "", "ledger: is no address of a ledger."),
        (
            "rules: none.yaml\n" + ONE % "",
            "registrar.yaml:1:1: rules: names none.yaml, which is not there. Correct the name",
        ),
        ("sync: {brake_shar: 1}\n" + ONE % "", "sync.brake_shar: is not known here. Did you mean brake_share?"),
        ("sync: {brake_share: 50}\n" + ONE % "", "sync.brake_share: is '50'; expected a number from 0 to 1."),
        ("sync: {push_batch: 0}\n" + ONE % "", "sync.push_batch: is '0'; expected a whole number from 1 to 10,000."),
        (
            "sync: {keep_log_days: 1}\n" + ONE % "",
            "sync.keep_log_days: is '1'; expected a whole number from 2 to 36,500.",
        ),
        ("log: {format: xml}\n" + ONE % "", "log.format: is 'xml'. Write one of: auto, json, console."),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(directory: Path, text: str, expected: str) -> None:
    found = problems_of(directory, text)
    assert any(expected in each for each in found), found
    assert "canary-secret" not in "\n".join(found)


def test_a_sandbox_on_this_machine_may_speak_plain_http(directory: Path) -> None:
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        text = f"connections: {{crm: {{kind: salesforce, url: 'http://{host}'}}}}\n"
        (directory / "registrar.yaml").write_text(text, encoding="utf-8")
        assert load(directory).connections[0].url == f"http://{host}"


def test_secrets_come_from_files_and_named_variables(directory: Path) -> None:
    (directory / "key.pem").write_text("-----BEGIN\nabc\n-----END\n", encoding="utf-8")
    login = (
        "login: {private_key: {file: key.pem}, client_id: {env: MY_ID}, username: robot@example.com, flow: jwt_bearer}"
    )

    (crm,) = with_connection(directory, login, {"MY_ID": "3MVG9"}).connections

    assert crm.secrets == {
        "private_key": "-----BEGIN\nabc\n-----END",
        "client_id": "3MVG9",
        "username": "robot@example.com",
    }
    assert crm.options == {"login": {"flow": "jwt_bearer"}}


def test_a_longer_connection_name_keeps_its_own_variables(directory: Path) -> None:
    text = """
connections:
  crm: {kind: hubspot, url: "https://api.hubapi.com"}
  crm-eu: {kind: hubspot, url: "https://api.hubapi.com"}
"""
    (directory / "registrar.yaml").write_text(text, encoding="utf-8")
    environ = {"REGISTRAR_CRM_ACCESS_TOKEN": "one", "REGISTRAR_CRM_EU_ACCESS_TOKEN": "two"}

    crm, crm_eu = load(directory, environ).connections

    assert crm.secrets == {"access_token": "one"}
    assert crm_eu.secrets == {"access_token": "two"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            "postgresql://registrar@db.example.com/reg",
            "postgresql+psycopg://registrar:p%40ss%2Fword@db.example.com/reg",
        ),
        (
            "postgres://registrar:own@db/reg?sslmode=require",
            "postgresql+psycopg://registrar:own@db/reg?sslmode=require",
        ),
        ("sqlite:////var/lib/ledger.db", "sqlite:////var/lib/ledger.db"),
    ],
)
def test_the_ledger_is_where_the_file_says_with_the_password_from_outside(
    directory: Path, written: str, expected: str
) -> None:
    (directory / "registrar.yaml").write_text(f"ledger: {written}\n{ONE % ''}", encoding="utf-8")
    assert load(directory, {"REGISTRAR_LEDGER_PASSWORD": "p@ss/word"}).ledger_url == expected


def test_the_environment_overrides_the_ledger(directory: Path) -> None:
    settings = with_connection(directory, environ={"REGISTRAR_LEDGER_URL": "sqlite:///other.db"})
    assert settings.ledger_url == f"sqlite:///{directory / 'other.db'}"

    found = problems_of(directory, ONE % "", {"REGISTRAR_LEDGER_URL": "mysql://u:canary-secret@h/d"})
    assert found == [
        "environment variable REGISTRAR_LEDGER_URL: ledger: is no address of a ledger. "
        'Write "sqlite:///ledger.db" or "postgresql://USER@HOST/DATABASE".'
    ]


def test_options_reach_the_connector_as_they_are_written(directory: Path) -> None:
    more = 'options: {api_version: "66.0", page_rows: 200, deep: {on: true}}'
    (crm,) = with_connection(directory, more).connections
    assert crm.options == {"api_version": "66.0", "page_rows": 200, "deep": {"on": True}}


def test_each_key_is_known_by_its_place(directory: Path) -> None:
    settings = with_connection(directory, "options: {page_rows: 200}")
    place = settings.places["connections.crm.options.page_rows"]
    assert (place.line, Path(place.file).name) == (1, "registrar.yaml")
