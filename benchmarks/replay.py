"""`rules diff` over a ledger: `python -m benchmarks.replay 100000` replays that many past decisions under two policies.

The past is laid into the entries of a SQLite ledger first, each decision with its case and its whole explanation, as sync
records them; then the comparison reads and replays it, as the command does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import insert

from benchmarks.measure import report
from benchmarks.past import POLICY, Past
from console.past import compare
from ledger.codec import dump
from ledger.engine import Ledger, open_ledger
from ledger.tables import entry
from rules.choice import Choice
from rules.policy import Policy
from rules.record import decision_data
from rules.span import Span

_BATCH: Final = 2_000
_NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)


def stricter() -> Policy:
    """Return the default policy with a longer holding and a shorter protection: nearly everything must be told."""
    protection = replace(POLICY.protection, length=Choice.always(Span(days=60)))
    return replace(POLICY, hash="candidate", holding=Choice.always(Span(days=2)), protection=protection)


def fill(ledger: Ledger, count: int) -> None:
    """Lay so many decisions into the ledger's entries; the chain's hashes are left out, which nobody reads here."""
    rows: list[dict[str, Any]] = []
    for row in _rows(count):
        rows.append(row)
        if len(rows) == _BATCH:
            _store(ledger, rows)
    if rows:
        _store(ledger, rows)


def _store(ledger: Ledger, rows: list[dict[str, Any]]) -> None:
    with ledger.begin() as tx:
        tx.execute(insert(entry), rows)
    rows.clear()


def _rows(count: int) -> Iterator[dict[str, Any]]:
    past = Past()
    for seq, recorded in enumerate(past.decisions(count), 1):
        if seq > count:
            return
        decision = past.decision(recorded.registration_id)
        yield {
            "seq": seq,
            "registration_id": recorded.registration_id,
            "type": "decided",
            "at": recorded.at,
            "actor": "rule",
            "policy_hash": POLICY.hash,
            "data": dump({**decision_data(decision), "case": recorded.case}),
            "prev_hash": "",
            "hash": f"{seq:064}",
        }


def _compared(ledger: Ledger) -> dict[str, Any]:
    with ledger.read() as tx:
        found = compare(tx, POLICY, stricter(), now=_NOW)
    return {"decisions": found.decisions, "registrations": found.registrations, "differing": found.differing}


def main() -> None:
    """Measure what the command line asks for and print its figure."""
    count = int(sys.argv[1])
    with TemporaryDirectory(prefix="registrar-bench-") as directory:
        ledger = open_ledger(f"sqlite:///{Path(directory) / 'ledger.db'}")
        fill(ledger, count)
        report(lambda: _compared(ledger))
        ledger.close()


if __name__ == "__main__":
    main()
