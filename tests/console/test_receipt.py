"""`receipt` and `casefile`: evidence that holds without the ledger, and that no alteration survives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.proof_files import KEY_VARIABLE
from ledger import policies
from ledger.engine import open_ledger
from ledger.record import record
from ledger.rows import NewEntry
from rules.records import CrmRef
from tests.console.conftest import CLAIM, NOW, POLICY, SECRETS, decided, received

SIGNED = SECRETS | {KEY_VARIABLE: "hmac:canary secret of sixteen"}
RIVAL = CrmRef("hubspot", "p_deal_registration", "78")
STRANGER = CrmRef("hubspot", "p_deal_registration", "79")


@pytest.fixture
def dispute(history: Any, directory: Path) -> Any:
    """A registration with a rival that it was weighed against, and a third that has nothing to do with them."""
    with history.begin() as tx:
        policies.activate(tx, "other", name="other", version="9", text="never used", now=NOW)
        entries = [received("REG-2026-00002", RIVAL), received("REG-2026-00003", STRANGER)]
        disputed = {"key": "k", "ref": str(CLAIM), "other": "REG-2026-00002"}
        conflict = NewEntry(
            registration_id="REG-2026-00001",
            type="conflict_opened",
            at=NOW,
            actor="rule",
            policy_hash=POLICY.hash,
            data=disputed,
        )
        record(tx, [*entries, conflict, decided("REG-2026-00002"), decided("REG-2026-00003")])
    history.close()
    return directory


def away(directory: Path) -> None:
    """Take the ledger away: what follows must hold without it."""
    (directory / "ledger.db").rename(directory / "elsewhere.db")


def test_a_receipt_proves_a_submission_without_the_ledger(registrar: Any, dispute: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "receipt.json")
    done = registrar("receipt", "REG-2026-00001", "--out", file)
    assert (done.exit_code, done.stdout) == (0, "")
    registrar("checkpoint", "export", "-o", str(tmp_path / "checkpoint.json"))
    away(dispute)

    done = registrar("receipt", "--check", file)
    assert done.exit_code == 0
    assert "REG-2026-00001 was recorded at" in done.stdout
    assert "partner id: P-1001" in done.stdout
    assert "amount: 300000 USD" in done.stdout
    assert "agrees with itself" in done.stderr
    done = registrar("receipt", "--check", file, "--checkpoint", str(tmp_path / "checkpoint.json"))
    assert (done.exit_code, done.stderr) == (0, "")
    text = Path(file).read_text()
    assert not [each for each in ("REG-2026-00002", "REG-2026-00003", str(RIVAL)) if each in text]


def test_a_receipt_for_an_earlier_checkpoint_outlives_the_ledgers_growth(
    registrar: Any, dispute: Path, tmp_path: Path
) -> None:
    """A published checkpoint serves all receipts of what came before it; what came after is refused."""
    published, grown = str(tmp_path / "published.json"), str(tmp_path / "grown.json")
    registrar("checkpoint", "export", "-o", published)
    ledger = open_ledger(f"sqlite:///{dispute / 'ledger.db'}")
    with ledger.begin() as tx:
        record(tx, [received("REG-2026-00009", CrmRef("hubspot", "p_deal_registration", "99"))])
    ledger.close()
    registrar("checkpoint", "export", "-o", grown, "--since", published)
    file = str(tmp_path / "receipt.json")

    assert registrar("receipt", "REG-2026-00002", "-o", file, "--checkpoint", published).exit_code == 0
    assert registrar("receipt", "--check", file, "--checkpoint", published).exit_code == 0
    assert registrar("receipt", "--check", file, "--checkpoint", grown).exit_code == 0
    done = registrar("receipt", "REG-2026-00009", "--checkpoint", published)
    assert (done.exit_code, "came later" in done.stderr) == (2, True)


ALTERATIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "time": lambda told: told["entry"].update(at="2026-01-01T00:00:00Z"),
    "partner": lambda told: told["entry"]["data"].update(partner_id="P-2"),
    "number": lambda told: told["entry"].update(seq=1),
    "registration": lambda told: told.update(registration="REG-2026-00002"),
    "path": lambda told: told.update(path=told["path"][:-1]),
    "path removed": lambda told: told.pop("path"),
    "root": lambda told: told["checkpoint"].update(root=told["prev_hash"]),
    "size": lambda told: told["checkpoint"].update(size=told["checkpoint"]["size"] + 1),
    "seq of another kind": lambda told: told["entry"].update(seq="2"),
    "checkpoint": lambda told: told.update(checkpoint=None),
}


@pytest.mark.parametrize("what", ALTERATIONS)
def test_no_altered_receipt_holds(registrar: Any, dispute: Path, tmp_path: Path, what: str) -> None:
    file = tmp_path / "receipt.json"
    registrar("receipt", "REG-2026-00001", "-o", str(file))
    told = json.loads(file.read_text())
    ALTERATIONS[what](told)
    file.write_text(json.dumps(told))

    done = registrar("receipt", "--check", str(file))
    assert done.exit_code == 1
    assert done.stdout.strip() and "holds:" not in done.stdout


def test_a_signed_receipt_needs_its_key_and_another_ledgers_checkpoint_fails(
    registrar: Any, dispute: Path, tmp_path: Path
) -> None:
    file, other = str(tmp_path / "receipt.json"), str(tmp_path / "other.json")
    registrar("receipt", "REG-2026-00001", "-o", file, environ=SIGNED)
    assert registrar("receipt", "--check", file, environ=SIGNED).exit_code == 0
    assert registrar("receipt", "--check", file).exit_code == 1

    away(dispute)
    ledger = open_ledger(f"sqlite:///{dispute / 'ledger.db'}")
    with ledger.begin() as tx:
        record(tx, [received("REG-2026-00001", RIVAL)])
    ledger.close()
    registrar("checkpoint", "export", "-o", other, environ=SIGNED)
    done = registrar("receipt", "--check", file, "--checkpoint", other, environ=SIGNED)
    assert (done.exit_code, "not of the same ledger" in done.stdout) == (1, True)


def test_a_case_file_holds_both_sides_and_nobody_else(registrar: Any, dispute: Path, tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    done = registrar("casefile", "REG-2026-00001", "-o", str(file))
    assert done.exit_code == 0
    assert "of REG-2026-00001 and 1 rival" in done.stderr
    registrar("checkpoint", "export", "-o", str(tmp_path / "checkpoint.json"))
    away(dispute)

    done = registrar("casefile", "--check", str(file), "--checkpoint", str(tmp_path / "checkpoint.json"))
    assert done.exit_code == 0, done.stdout
    assert "rival REG-2026-00002" in done.stdout
    told = json.loads(file.read_text())
    assert {each["entry"]["registration_id"] for each in told["proofs"]} == {None, "REG-2026-00001", "REG-2026-00002"}
    assert [each["hash"] for each in told["policies"]] == [POLICY.hash]
    assert set(told["explanations"]) == {"REG-2026-00001", "REG-2026-00002"}
    assert "automatic_limit" in json.dumps(told["explanations"])


@pytest.mark.parametrize(
    "alter",
    [
        lambda told: told["proofs"][-1]["entry"]["data"].update(flags=[1]),
        lambda told: told["policies"][0].update(text="another"),
        lambda told: told.update(
            proofs=[each for each in told["proofs"] if each["entry"]["type"] == "policy_activated"]
        ),
        lambda told: told.pop("proofs"),
        lambda told: told.update(proofs=[{}]),
    ],
)
def test_no_altered_case_file_holds(registrar: Any, dispute: Path, tmp_path: Path, alter: Any) -> None:
    file = tmp_path / "case.json"
    registrar("casefile", "REG-2026-00001", "-o", str(file))
    told = json.loads(file.read_text())
    alter(told)
    file.write_text(json.dumps(told))

    done = registrar("casefile", "--check", str(file))
    assert done.exit_code == 1
    assert "holds:" not in done.stdout


@pytest.mark.parametrize("command", ["receipt", "casefile"])
def test_wrong_use_is_told(registrar: Any, dispute: Path, tmp_path: Path, command: str) -> None:
    assert registrar(command).exit_code == 2
    done = registrar(command, "REG-2026-00099")
    assert (done.exit_code, "no registration is called" in done.stderr) == (1, True)
    (tmp_path / "other.json").write_text("[]")
    done = registrar(command, "--check", str(tmp_path / "other.json"))
    assert (done.exit_code, "is not a" in done.stderr) == (2, True)
