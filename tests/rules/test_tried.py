"""What an admin who had only the documentation saw go wrong, each case named for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.test_trial import tried

BARE = "name: tried\nversion: '1'\nholding: null\nnewness: []\nthresholds: []\napproval: {auto_below: null}\n"

WAITS = {
    "a full quota that waits hid the weekly one that refuses": """
set: {quotas: {live: {limit: 1, when_full: wait}, weekly: {counts: submissions, per: week, limit: 2}}}
when:
  - {at: 2026-03-02 10:00, submit: A, customer: X}
  - {at: 2026-03-03 10:00, submit: B, customer: Y}
  - {at: 2026-03-04 10:00, submit: C, customer: Z}
then: {A: registered, B: {waits: [capacity_awaited]}, C: {status: refused, reason: capacity_reached}}
""",
    "a gate that waits hid an amount that is too small": """
set:
  gates: {trained: {require: 'partner.tier == "gold"', otherwise: wait}}
  thresholds: [{name: least, at_least: 5000 USD}]
given: {partners: {acme: {tier: silver}}}
when: [{submit: A, partner: acme, amount: 10 USD}, {submit: B, partner: acme, customer: Y, amount: 9000 USD}]
then: {A: {status: refused, reason: below_minimum}, B: {waits: [condition_awaited]}}
""",
    "a gate that waits hid another that refuses": """
set:
  gates:
    trained: {require: 'partner.tier == "gold"', otherwise: wait}
    country: {require: 'customer.country == "DE"'}
given: {partners: {acme: {tier: silver}}, customers: {X: {country: FR}}}
when: [{submit: A, partner: acme, customer: X}]
then: {A: {status: refused, reason: gate_not_met}}
""",
    "of two proofs that may still come the first one's time ended unseen": """
set: {evidence: {demo: {kinds: [demo], within: 20 days}, meeting: {kinds: [meeting], within: 5 days, otherwise: refuse}}}
when: [{at: 2026-03-02 10:00, submit: A}, {at: 2026-03-09 10:00}]
then: {A: {status: refused, reason: evidence_missing}}
""",
}


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_hides_no_refusal(tmp_path: Path, name: str) -> None:
    assert tried(tmp_path, WAITS[name], rules=BARE).failures == ()
