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


SEEN = {
    "a far closing date dodged the lock after a win": """
set: {after_win: {lock: 12 months}}
given: {partners: {P: {}, Q: {}}, opportunities: {o: {customer: X, partner: P, created: 2026-01-05 08:00}}}
when:
  - {at: 2026-01-05 10:00, submit: A, partner: P, customer: X, opportunity: o, expected_close_on: 2026-04-05}
  - {at: 2026-01-15 10:00, opportunity: o, closed: won}
  - {at: 2026-03-01 10:00, submit: B, partner: Q, customer: X, expected_close_on: 2027-06-05}
  - at: 2026-03-02 10:00
then: {A: won, B: {status: refused, reason: customer_locked}}
""",
    "another product is no locked deal": """
set: {after_win: {lock: 12 months}}
given: {partners: {P: {}, Q: {}}, opportunities: {o: {customer: X, partner: P, created: 2026-01-05 08:00}}}
when:
  - {at: 2026-01-05 10:00, submit: A, partner: P, customer: X, opportunity: o, products: [Router]}
  - {at: 2026-01-15 10:00, opportunity: o, closed: won}
  - {at: 2026-03-01 10:00, submit: B, partner: Q, customer: X, products: [Camera]}
  - at: 2026-03-02 10:00
then: {A: won, B: registered}
""",
    "a far closing date and amount dodged the cool-down": """
set: {protection: {length: 30 days}, after_expiry: {cool_down: 3 years}}
when:
  - {at: 2026-01-05 10:00, submit: A, customer: X, expected_close_on: 2026-03-05, amount: 9000 USD}
  - {at: 2026-06-01 10:00, submit: B, customer: X, expected_close_on: 2027-06-05, amount: 900000 USD}
  - at: 2026-06-01 11:00
then: {A: expired, B: {status: refused, reason: cool_down}}
""",
    "against a live registration a far closing date stays a doubt": """
given: {partners: {P: {}, Q: {}}}
when:
  - {at: 2026-01-05 10:00, submit: A, partner: P, customer: X, expected_close_on: 2026-04-05}
  - {at: 2026-01-06 10:00, submit: B, partner: Q, customer: X, expected_close_on: 2026-12-05}
  - at: 2026-01-07 10:00
then: {A: registered, B: {status: in_review, reason: unsure_match}}
""",
    "rewards that nobody chose among were granted at the second look": """
set:
  rewards:
    stacking: choice
    chosen_by: deal.reward_choice
    rules: {front: {percent: 12 %, group: front}, back: {percent: 5 %, group: back}}
when:
  - {at: 2026-03-02 10:00, submit: A}
  - {at: 2026-03-04 10:00, then: {A: {rewards: {front: pending, back: pending}}}}
  - {at: 2026-03-05 10:00, change: A, reward_choice: back}
then: {A: {rewards: {front: none, back: 5 %}}}
""",
    "the second place read that the deal is protected": """
set: {precedence: {second: ranked}}
given: {partners: {P: {}, Q: {}}}
when: [{at: 2026-03-02 10:00, submit: A, partner: P}, {at: 2026-03-04 10:00, submit: B, partner: Q}]
then: {A: {reason: approved_automatically}, B: {reason: second_place, rank: 2, told: [second place]}}
""",
    "those who share a deal read that it is protected": """
set: {precedence: {second: co_sell}}
given: {partners: {P: {}, Q: {}}}
when: [{at: 2026-03-02 10:00, submit: A, partner: P}, {at: 2026-03-04 10:00, submit: B, partner: Q}]
then: {A: {reason: co_sell, exclusive: false}, B: {reason: co_sell, exclusive: false, told: [without exclusivity]}}
""",
    "where law shares the deal the reason did not say so": """
set: {jurisdictions: {equal_access: ["NO"]}}
given: {partners: {P: {}, Q: {}}, customers: {X: {country: "NO"}}}
when:
  - {at: 2026-03-02 10:00, submit: A, partner: P, customer: X}
  - {at: 2026-03-04 10:00, submit: B, partner: Q, customer: X}
then: {A: {reason: jurisdiction_equal_access}, B: {reason: jurisdiction_equal_access, exclusive: false, rank: 1}}
""",
    "a submission without a kind had none": """
set:
  conversions: {kinds: [{name: standard}, {name: special}], changes: [{source: standard, target: special, action: "off"}]}
  protection: {length: {by: deal.kind, standard: 30 days, special: 180 days}}
when:
  - {at: 2026-03-02 10:00, submit: A}
  - {at: 2026-03-02 11:00, then: {A: {status: registered, kind: standard, until: 2026-04-01}}}
  - {at: 2026-03-03 10:00, change: A, request: conversion, kind: special}
then: {A: {kind: special, reason: conversion_done}}
""",
    "rewards by place were the first's for everyone in spite of is_reward_equal": """
set:
  jurisdictions: {equal_access: ["NO"], is_reward_equal: false}
  rewards: {rules: {r: {percent: 10 %, by_rank: [100, 50]}}}
given: {partners: {P: {}, Q: {}, R: {}}, customers: {X: {country: "NO"}}}
when:
  - {at: 2026-03-02 10:00, submit: A, partner: P, customer: X}
  - {at: 2026-03-02 10:00, submit: B, partner: Q, customer: X}
  - {at: 2026-03-02 12:00, submit: C, partner: R, customer: X}
then: {A: {rewards: {r: 10 %}}, B: {exclusive: false, rewards: {r: 5 %}}, C: {status: registered, rewards: {r: none}}}
""",
    "where all may register the earlier claim was flagged as seen late": """
set:
  holding: 24 h
  jurisdictions: {equal_access: ["NO"]}
  precedence: {ladder: [score, first], score: deal.amount / 1 USD}
given: {partners: {P: {}, Q: {}}, customers: {X: {country: "NO"}}}
when:
  - {at: 2026-03-02 11:00, submit: A, partner: P, customer: X, amount: 9000 USD}
  - {at: 2026-03-02 11:00, submit: B, partner: Q, customer: X, amount: 10000 USD}
  - {at: 2026-03-03 11:00, then: {A: {unflagged: [earlier_claim_seen_late]}, B: {unflagged: [earlier_claim_seen_late]}}}
then: {A: registered, B: registered}
""",
    "a win on the last protected day was read the next morning": """
set: {protection: {length: 10 days}}
when:
  - {at: 2026-03-02 09:00, submit: A}
  - {at: 2026-03-03 09:00, opportunity: sale, partner: partner}
  - {at: 2026-03-13 02:00, then: {A: expired}}
  - {at: 2026-03-13 08:00, opportunity: sale, closed: won, closed_on: 2026-03-12}
then: {A: {status: won, reason: deal_won, until: 2026-03-12, unflagged: [won_after_end]}}
""",
    "a win after the last protected day is none": """
set: {protection: {length: 10 days}}
when:
  - {at: 2026-03-02 09:00, submit: A}
  - {at: 2026-03-03 09:00, opportunity: sale, partner: partner}
  - {at: 2026-03-13 02:00, then: {A: expired}}
  - {at: 2026-03-13 08:00, opportunity: sale, closed: won, closed_on: 2026-03-13}
then: {A: {status: expired, flags: [won_after_end]}}
""",
    "a claim without engagement was an earlier one seen late once a later one was registered": """
set: {precedence: {needs: 'any_of(deal.evidence, {"demo"})'}}
given: {partners: {P: {}, Q: {}}}
when:
  - {at: 2026-03-02 10:00, submit: A, partner: P, customer: X}
  - {at: 2026-03-02 11:00, submit: B, partner: Q, customer: X, evidence: [demo]}
  - {at: 2026-03-02 11:30, then: {B: {status: registered, unflagged: [earlier_claim_seen_late]}}}
then: {A: {status: refused, reason: duplicate_registration}}
""",
    "a place counts from when engagement is shown": """
set: {holding: 24 h, precedence: {needs: 'any_of(deal.evidence, {"demo"})'}}
given: {partners: {P: {}, Q: {}}}
when:
  - {at: 2026-03-02 10:00, submit: A, partner: P, customer: X}
  - {at: 2026-03-02 11:00, submit: B, partner: Q, customer: X, evidence: [demo]}
  - {at: 2026-03-02 12:00, change: A, evidence: [demo]}
  - at: 2026-03-04 10:00
then: {A: {status: refused, reason: duplicate_registration}, B: registered}
""",
    "a claim without engagement stayed received for ever": """
set: {precedence: {needs: 'any_of(deal.evidence, {"demo"})', needs_within: 10 days}}
when: [{at: 2026-03-02 10:00, submit: A}, {at: 2026-03-12 10:00, then: {A: received}}, {at: 2026-03-13 10:00}]
then: {A: {status: refused, reason: engagement_not_shown}}
""",
    "evidence that came later gave no later place": """
set:
  holding: 3 business days
  priority: evidence_at
  evidence: {engagement: {kinds: [meeting], within: 10 business days, otherwise: refuse}}
given: {partners: {P: {}, Q: {}}}
when:
  - {at: 2026-03-02 10:00, submit: A, partner: P, customer: X}
  - at: 2026-03-02 11:00
    submit: B
    partner: Q
    customer: X
    evidence: [{kind: meeting, on: 2026-03-01, confirmed: "2026-03-02 11:00"}]
  - {at: 2026-03-03 11:00, change: A, evidence: [{kind: meeting, on: 2026-03-01, confirmed: "2026-03-03 11:00"}]}
  - at: 2026-03-06 18:00
then: {A: {status: refused, reason: duplicate_registration}, B: registered}
""",
    "whoever decides in person was not told of an objection": """
set: {holding: 24 h, approval: {is_automatic: false}}
when: [{at: 2026-03-02 10:00, submit: A}, {at: 2026-03-02 18:00, object: A, seller: Sam}, {at: 2026-03-02 19:00}]
then: {A: {status: in_review, reason: objection_raised, flags: [objection_raised]}}
""",
    "an objection in time after the holding had no effect once registered": """
set: {holding: 24 h, objections: {after_holding: 2 days}}
when:
  - {at: 2026-03-02 10:00, submit: A}
  - {at: 2026-03-03 10:30, then: {A: registered}}
  - {at: 2026-03-04 18:00, object: A, seller: Sam}
  - {at: 2026-03-04 19:00, then: {A: {status: registered, flags: [objection_raised]}}}
  - {at: 2026-03-09 18:00, object: A, seller: Sue}
then: {A: {status: registered, flags: [objection_not_heard]}}
""",
    "an objection from a side that is not heard was not shown": """
set: {holding: 24 h, objections: {by_partners: false}}
when: [{at: 2026-03-02 10:00, submit: A}, {at: 2026-03-02 18:00, object: A, partner: Zed}]
then: {A: {status: holding, flags: [objection_not_heard], never_told: [Zed]}}
""",
}


@pytest.mark.parametrize("name", SEEN)
def test_what_was_seen_comes_out_right(tmp_path: Path, name: str) -> None:
    assert tried(tmp_path, SEEN[name], rules=BARE).failures == ()
