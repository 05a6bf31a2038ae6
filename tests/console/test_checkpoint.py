"""`checkpoint` and `verify --checkpoint`: what was exported is held against the ledger later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.proof_files import KEY_VARIABLE
from ledger.record import record
from ledger.rows import NewEntry
from tests.console.conftest import NOW, SECRETS
from tests.console.test_verify import tamper

SIGNED = SECRETS | {KEY_VARIABLE: "hmac:canary secret of sixteen"}


def add(ledger: Any) -> None:
    with ledger.begin() as tx:
        note = NewEntry(registration_id=None, type="note", at=NOW, actor="rule", policy_hash="", data={})
        record(tx, [note])


def test_a_later_ledger_holds_against_an_earlier_checkpoint(registrar: Any, history: Any, tmp_path: Path) -> None:
    first, second = str(tmp_path / "first.json"), str(tmp_path / "second.json")
    done = registrar("checkpoint", "export", "--out", first)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "3 entries" in done.stderr and "not signed" in done.stderr
    add(history)

    done = registrar("verify", "--checkpoint", first)
    assert done.exit_code == 0
    assert "the first 3 are those of the checkpoint" in done.stdout

    assert registrar("checkpoint", "export", "--out", second, "--since", first).exit_code == 0
    done = registrar("checkpoint", "check", second, "--since", first)
    assert done.exit_code == 0
    assert f"it grew from {first}" in done.stdout
    assert registrar("checkpoint", "check", first, "--since", second).exit_code == 1


def test_an_altered_ledger_is_found_with_its_entry(registrar: Any, history: Any, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.json"
    registrar("checkpoint", "export", "-o", str(file))
    told = json.loads(file.read_text())
    told["chunks"][1] = told["chunks"][0]  # the alteration of a file shows as well
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(told))
    done = registrar("checkpoint", "check", str(altered))
    assert (done.exit_code, done.stdout) == (1, "the checkpoint was altered: its parts do not lead to its root\n")

    tamper(history)
    done = registrar("verify", "--checkpoint", str(file))
    assert done.exit_code == 1
    assert "entry 2 was changed" in done.stdout


def test_a_signed_checkpoint_wants_its_key(registrar: Any, history: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "signed.json")
    done = registrar("checkpoint", "export", "-o", file, environ=SIGNED)
    assert "signed with" in done.stderr
    assert registrar("checkpoint", "check", file, environ=SIGNED).exit_code == 0
    assert registrar("verify", "--checkpoint", file, environ=SIGNED).exit_code == 0

    done = registrar("checkpoint", "check", file)
    assert (done.exit_code, "needed to check" in done.stdout) == (1, True)
    assert "canary" not in Path(file).read_text()


def test_evidence_is_never_written_over(registrar: Any, history: Any, tmp_path: Path) -> None:
    file = str(tmp_path / "checkpoint.json")
    assert registrar("checkpoint", "export", "-o", file).exit_code == 0
    done = registrar("checkpoint", "export", "-o", file)
    assert (done.exit_code, "never written over" in done.stderr) == (2, True)


@pytest.mark.parametrize("words", [("verify", "--checkpoint"), ("checkpoint", "check")])
def test_a_file_that_is_none_is_wrong_use(registrar: Any, history: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = tmp_path / "other.json"
    file.write_text("{}")
    done = registrar(*words, str(file))
    assert (done.exit_code, "is not a checkpoint" in done.stderr) == (2, True)
    done = registrar(*words, str(tmp_path / "none.json"))
    assert (done.exit_code, "cannot be read" in done.stderr) == (2, True)
