"""`init`: a first configuration, never over one that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.load import load_settings
from config.recipe import recipes
from connectors.registry import fields_path
from console.commands.init import FILES


def test_init_writes_a_commented_configuration(registrar: Any, tmp_path: Path) -> None:
    target = tmp_path / "a" / "b"
    done = registrar("init", str(target))

    assert done.exit_code == 0
    assert done.stdout.splitlines() == [str(target / name) for name in FILES]
    assert f"registrar doctor --dir {target}" in done.stderr
    assert all((target / name).read_text(encoding="utf-8").startswith("#") for name in FILES)


def test_init_never_overwrites(registrar: Any, directory: Path) -> None:
    before = (directory / "rules.yaml").read_bytes()
    (directory / "registrar.yaml").unlink()

    done = registrar("init", str(directory))

    assert done.exit_code == 2
    assert "already holds rules.yaml, cases.yaml, salesforce.yaml, hubspot.yaml; nothing was written." in done.stderr
    assert (directory / "rules.yaml").read_bytes() == before
    assert not (directory / "registrar.yaml").exists()


def test_init_tells_why_it_cannot_write(registrar: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = registrar("init", str(tmp_path / "file" / "conf"))
    assert done.exit_code == 2
    assert "cannot be written (Not a directory)" in done.stderr


@pytest.mark.parametrize("name", [each.name for each in recipes()])
def test_every_recipe_is_a_start(registrar: Any, tmp_path: Path, name: str) -> None:
    """Its files are written beside the other ones, and the settings of the directory can be read."""
    target = tmp_path / "new"

    done = registrar("init", str(target), "--recipe", name)

    assert done.exit_code == 0, done.stderr
    assert "registrar rules test" in done.stderr
    assert load_settings(target, environ={}, fields_path=fields_path).policy.name == name


def test_a_recipe_that_does_not_exist_writes_nothing(registrar: Any, tmp_path: Path) -> None:
    done = registrar("init", str(tmp_path / "new"), "--recipe", "pelko")

    assert done.exit_code == 2
    assert "Did you mean pelco?" in done.stderr
    assert not (tmp_path / "new").exists()
