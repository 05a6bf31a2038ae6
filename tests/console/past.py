"""A past for the console's tests: decisions of cases, recorded under the directory's rules as sync records them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from config.policy import load_policy
from ledger import policies
from ledger.record import record
from ledger.rows import NewEntry
from rules.case_record import case_data
from rules.cases import Case
from rules.decide import decide
from rules.record import decision_data
from tests.rules.build import registration


def put(directory: Path, ledger: Any, subject: Case, now: datetime, *, rules: str = "", number: int = 1) -> str:
    """Record a claim and its decision; return its registration id. rules: the rules file to write first."""
    path = directory / "rules.yaml"
    if rules:
        path.write_text(rules, encoding="utf-8")
    policy = load_policy(path)
    held = registration(subject.claim, registration_id=f"REG-2026-{number:05}")
    subject = Case(**{**{name: getattr(subject, name) for name in Case.__slots__}, "registration": held})
    name = subject.claim.customer.name
    received = {
        "claim_ref": str(subject.claim.ref),
        "customer_name": name,
        "product": "Platform",
        "priority_at": held.priority_at.isoformat(),
        "partner_id": held.partner_id,
        "deal_key": "",
        "amount": None,
    }
    decided = {**decision_data(decide(subject, policy, now)), "case": case_data(subject), "customer_name": name}
    entries = [
        NewEntry(
            registration_id=held.registration_id, type=kind, at=now, actor="rule", policy_hash=policy.hash, data=data
        )
        for kind, data in (("claim_received", received), ("decided", decided))
    ]
    with ledger.begin() as tx:
        text = path.read_text(encoding="utf-8")
        policies.activate(tx, policy.hash, name=policy.name, version=policy.version, text=text, now=now)
        record(tx, entries)
    return held.registration_id
