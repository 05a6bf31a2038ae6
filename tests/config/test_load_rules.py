"""The rules files that registrar.yaml names: the one that decides and the one in the shadow, sound or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.load import load_settings
from config.settings import Settings
from connectors.registry import fields_path
from rules.errors import ConfigError

MAIN = "connections: {crm: {kind: hubspot, url: https://api.hubapi.com}}\n"
SECRETS = {"REGISTRAR_CRM_ACCESS_TOKEN": "x"}
GOOD = "name: good\n"
BAD = "name: bad\nholding: soon\n"


def load(directory: Path, more: str = "", *, rules: str = GOOD, is_lenient: bool = False) -> Settings:
    (directory / "registrar.yaml").write_text(MAIN + more)
    (directory / "rules.yaml").write_text(rules)
    return load_settings(directory, environ=SECRETS, fields_path=fields_path, is_lenient=is_lenient)


def test_source_and_place_of_the_rules_are_kept(tmp_path: Path) -> None:
    settings = load(tmp_path, rules=GOOD + "# why\n")

    assert (settings.policy_source, settings.rules_path) == (GOOD + "# why\n", tmp_path / "rules.yaml")
    assert settings.policy.name == "good" and settings.shadow is None


def test_invalid_rules_are_problems_unless_the_ledger_may_have_a_policy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, rules=BAD)
    settings = load(tmp_path, rules=BAD, is_lenient=True)

    assert [each.key for each in settings.policy_problems] == ["holding"]
    assert settings.rules_path == tmp_path / "rules.yaml"


def test_other_problems_are_told_leniently_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(tmp_path, "sync: {lease: 3}\n", is_lenient=True)


def test_policy_in_the_shadow_is_read_beside(tmp_path: Path) -> None:
    (tmp_path / "candidate.yaml").write_text("name: candidate\n")
    settings = load(tmp_path, "shadow: candidate.yaml\n")

    assert settings.shadow is not None and settings.shadow.name == "candidate"


@pytest.mark.parametrize("text", [BAD, None])
def test_shadow_that_cannot_be_read_keeps_nothing_from_running(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "candidate.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "shadow: candidate.yaml\n")
    settings = load(tmp_path, "shadow: candidate.yaml\n", is_lenient=True)

    assert settings.shadow is None and settings.shadow_problems
    assert "candidate.yaml" in str(caught.value.problems[0])
