"""What an admin who had only the documentation saw go wrong about amounts, each case named for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.test_trial import tried

BARE = "name: tried\nversion: '1'\nholding: null\nnewness: []\nthresholds: []\napproval: {auto_below: null}\n"

SEEN = {
    "a base below zero granted a negative reward": """
set: {rewards: {rules: {b: {percent: 10 %, base: deal.amount - 10000 USD}}}}
when: [{submit: A, amount: 9000 USD}]
then: {A: {status: registered, rewards: {b: none}}}
""",
    "a base below zero gave the least that the reward comes to": """
set: {rewards: {rules: {b: {percent: 10 %, base: deal.amount - 10000 USD, floor: 50 USD}}}}
when: [{submit: A, amount: 9000 USD}]
then: {A: {status: registered, rewards: {b: none}}}
""",
    "a missing rate told the partner that the deal is too small": """
set:
  rates: {fixed: {EUR: 1.1}, from_crm: false, missing: refuse}
  thresholds: [{name: least, more_than: 10000 USD}]
when: [{submit: A, amount: 20000 GBP}]
then: {A: {status: refused, reason: rate_missing, never_told: [below the least value]}}
""",
}


@pytest.mark.parametrize("name", SEEN)
def test_what_was_seen_of_amounts_comes_out_right(tmp_path: Path, name: str) -> None:
    assert tried(tmp_path, SEEN[name], rules=BARE).failures == ()
