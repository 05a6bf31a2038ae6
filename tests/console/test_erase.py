"""`erase`: told first, done with --yes, and the ledger verifies afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.inbox import intake
from ledger.record import record
from ledger.rows import NewEntry, ObservedRow
from rules.fields import Stream
from rules.records import CrmRef
from tests.console.conftest import NOW

CANARY = "zora.canary@vendor.example"
USER = CrmRef("salesforce", "User", "0055e00000Zora1AAA")


@pytest.fixture
def person(history: Any) -> Any:
    row = ObservedRow(
        ref=USER,
        stream=Stream.USERS,
        created_at=NOW,
        modified_at=NOW,
        modified_by=None,
        rev=None,
        is_deleted=False,
        merged_into=None,
        values={"email": CANARY, "name": "Zora Canary"},
        facts_hash="x",
        company_id=None,
        match_keys=(),
    )
    with history.begin() as tx:
        intake(tx, [row], run_id=1, now=NOW)
        actor = f"person:{CANARY}"
        record(tx, [NewEntry(registration_id=None, type="note", at=NOW, actor=actor, policy_hash="", data={})])
    return history


@pytest.mark.parametrize("words", [("--email", CANARY.upper()), ("--record", USER.record_id)])
def test_a_person_is_erased_when_confirmed(registrar: Any, person: Any, directory: Any, words: tuple[str, str]) -> None:
    done = registrar("erase", *words)
    assert (done.exit_code, "Would be erased" in done.stdout) == (5, True)
    assert "Nothing was erased" in done.stderr
    assert b"canary" in (directory / "ledger.db-wal").read_bytes() + (directory / "ledger.db").read_bytes()

    done = registrar("erase", *words, "--yes", "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["is_done"], told["rows"]) == (True, {"person": 1, "snapshot": 1})
    assert registrar("verify").exit_code == 0
    person.close()
    assert b"anary" not in b"".join(each.read_bytes() for each in directory.glob("ledger.db*"))

    done = registrar("erase", *words, "--yes")
    assert (done.exit_code, "Nothing was known" in done.stderr or words[0] == "--record") == (0, True)


def test_wrong_use_is_told(registrar: Any, person: Any) -> None:
    assert registrar("erase").exit_code == 2
    assert registrar("erase", "--email", CANARY, "--record", USER.record_id).exit_code == 2
    done = registrar("erase", "--record", "nobody")
    assert (done.exit_code, "no record is called" in done.stderr) == (1, True)
