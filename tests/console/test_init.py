"""`init`: a first configuration, never over one that is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    assert "already holds rules.yaml, salesforce.yaml, hubspot.yaml; nothing was written." in done.stderr
    assert (directory / "rules.yaml").read_bytes() == before
    assert not (directory / "registrar.yaml").exists()


def test_init_tells_why_it_cannot_write(registrar: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = registrar("init", str(tmp_path / "file" / "conf"))
    assert done.exit_code == 2
    assert "cannot be written (Not a directory)" in done.stderr
