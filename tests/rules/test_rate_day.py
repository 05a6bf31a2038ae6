"""Which day's exchange rate counts: S28 of the published programmes, and the other events that a policy may name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from rules.decide import decide
from rules.events import Event
from rules.money import Rates
from rules.primitives.approval import Approval
from rules.primitives.rates import RateRules
from rules.records import Money, Status
from tests.rules.build import POLICY, case, claim, lived, minimum, registration, usd, utc

DEAL = Money(amount=Decimal(18_600), currency="EUR")
RATES = Rates(
    by_currency={
        "EUR": (
            (date(2026, 3, 1), Decimal("1.09")),
            (date(2026, 3, 5), Decimal("1.05")),
            (date(2026, 3, 9), Decimal("1.10")),
        )
    },
    max_age_days=30,
)
TWENTY = replace(POLICY, thresholds=minimum(usd(20_000)), approval=Approval(auto_below=None), holding=None)


@pytest.mark.parametrize(
    ("event", "now", "expected"),
    [
        (Event.SUBMISSION, "2026-03-06T10:00:00Z", Status.REGISTERED),  # 1.09 of 2 March: 20,274
        (Event.DECISION, "2026-03-06T10:00:00Z", Status.REFUSED),  # 1.05 of 5 March: 19,530
        (Event.DECISION, "2026-03-10T10:00:00Z", Status.REGISTERED),  # 1.10 of 9 March: 20,460
        (Event.APPROVAL, "2026-03-06T10:00:00Z", Status.REFUSED),  # not approved before: as of now
        (Event.PRICING, "2026-03-10T10:00:00Z", Status.REFUSED),  # priced on 6 March
        (
            Event.CLOSE,
            "2026-03-06T10:00:00Z",
            Status.REFUSED,
        ),  # expected in June, for which there is no rate yet: today's
    ],
)
def test_rate_of_the_event_that_the_policy_names_counts(event, now, expected):
    """`rates.at` decides, not always the day of the submission."""
    deal = claim("2026-03-02T10:00:00Z", amount=DEAL, priced_at=utc("2026-03-06T08:00:00Z"))
    policy = replace(TWENTY, rates=RateRules(at=event))

    decision = decide(case(deal, rates=RATES), policy, utc(now))

    assert decision.transitions[-1].status is expected


@pytest.mark.parametrize(("event", "expected"), [(Event.SUBMISSION, "20,274.00"), (Event.COMPLETENESS, "19,530.00")])
def test_claim_that_comes_back_completed_is_measured_at_one_rate(event, expected):
    """Submitted on 2 March, completed on the 6th: the rate that counts does not depend on when within it is asked."""
    deal = claim("2026-03-02T10:00:00Z", amount=DEAL, modified_at=utc("2026-03-06T09:00:00Z"))
    held = registration(deal, Status.RETURNED, reason="missing_fields", status_since=utc("2026-03-02T10:00:00Z"))
    policy = replace(TWENTY, thresholds=minimum(usd(1_000)), rates=RateRules(at=event), approval=Approval())

    decision, _ = lived(
        held, deal, policy, "2026-03-06T10:00:00Z", rates=RATES, claim_changed_at=utc("2026-03-06T09:00:00Z")
    )

    told = [each.text for each in decision.steps if each.rule.startswith("threshold")]
    assert told == [f"amount {expected} USD >= 1,000.00 USD"]


def test_registered_deal_keeps_the_rate_of_its_submission():
    """S28: eligible at 1.09; that it stands at 1.05 afterwards takes nothing away."""
    deal = claim("2026-03-02T10:00:00Z", amount=DEAL)
    _, held = lived(registration(deal), deal, TWENTY, "2026-03-03T10:00:00Z", rates=RATES)

    later, _ = lived(held, deal, TWENTY, "2026-03-06T10:00:00Z", rates=RATES)

    assert not later.transitions
    assert not later.flags
