"""`verify`: an intact ledger is told so; a changed one is told where."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text


def tamper(ledger: Any) -> None:
    with ledger.begin() as tx:
        tx.execute(text("DROP TRIGGER IF EXISTS entry_no_update"))
        for (name,) in tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            tx.execute(text(f'DROP TRIGGER "{name}"'))
        tx.execute(text("UPDATE entry SET data = replace(data, '300000', '3000')"))


def test_an_intact_ledger_is_told_with_its_head(registrar: Any, history: Any) -> None:
    done = registrar("verify")
    assert done.exit_code == 0
    assert done.stdout.startswith("intact: 3 entries")

    told = json.loads(registrar("verify", "--json").stdout)
    assert told["is_intact"] is True
    assert told["head_hash"] in done.stdout


def test_a_changed_entry_is_told_with_its_number(registrar: Any, history: Any) -> None:
    tamper(history)

    done = registrar("verify")
    assert done.exit_code == 1
    assert "entry 2 was changed: its content does not give its hash" in done.stdout
    assert "Stop the daemon" in done.stderr
    assert json.loads(registrar("verify", "--json").stdout)["is_intact"] is False
