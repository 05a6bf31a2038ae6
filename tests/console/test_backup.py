"""`backup` and `restore`: a file with its checkpoint beside, verified before it becomes the ledger."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ledger.engine import open_ledger
from tests.console.test_verify import tamper


def test_a_backup_is_restored_where_no_ledger_is(registrar: Any, history: Any, directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    done = registrar("backup", str(file))
    assert (done.exit_code, done.stdout) == (0, "")
    assert "3 entries" in done.stderr
    beside = Path(f"{file}.checkpoint.json")
    assert json.loads(beside.read_text())["size"] == 3
    head = json.loads(registrar("verify", "--json").stdout)["head_hash"]

    done = registrar("restore", str(file))
    assert (done.exit_code, "holds a ledger already" in done.stderr) == (2, True)

    history.close()
    (directory / "ledger.db").rename(tmp_path / "lost.db")
    done = registrar("restore", str(file))
    assert done.exit_code == 0, done.stderr
    assert "3 entries, verified by its checkpoint, too" in done.stderr
    assert json.loads(registrar("verify", "--json", "--checkpoint", str(beside)).stdout)["head_hash"] == head


def test_a_backup_that_was_altered_is_not_restored(
    registrar: Any, history: Any, directory: Path, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    registrar("backup", str(file))
    altered = open_ledger(f"sqlite:///{file}")
    tamper(altered)
    altered.close()
    history.close()
    (directory / "ledger.db").rename(tmp_path / "lost.db")

    done = registrar("restore", str(file))
    assert (done.exit_code, "entry 2 was changed" in done.stderr) == (2, True)
    assert not (directory / "ledger.db").exists()


def test_an_altered_checkpoint_beside_a_backup_stops_the_restore(registrar: Any, history: Any, tmp_path: Path) -> None:
    file = tmp_path / "backup.db"
    registrar("backup", str(file))
    beside = Path(f"{file}.checkpoint.json")
    told = json.loads(beside.read_text())
    beside.write_text(json.dumps(told | {"root": told["chunks"][0]}))

    done = registrar("restore", str(file))
    assert (done.exit_code, "Nothing was restored" in done.stderr) == (2, True)


def test_a_backup_of_no_ledger_is_wrong_use(registrar: Any, tmp_path: Path) -> None:
    done = registrar("backup", str(tmp_path / "backup.db"))
    assert (done.exit_code, "no ledger yet" in done.stderr) == (2, True)
    assert not (tmp_path / "backup.db").exists()
