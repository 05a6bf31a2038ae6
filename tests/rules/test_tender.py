"""Public tenders: never, submitted or approved before the publication, or only after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.action import Action, Unknown
from rules.decide import decide
from rules.expression import Condition
from rules.primitives.tender import Tender, TenderRule, asked_at
from rules.records import Status
from rules.situation import Kind, Situation
from tests.rules.build import POLICY, case, claim, reasons, statuses, utc

PUBLISHED = utc("2026-03-02T10:00:00Z")
BEFORE, AFTER = "2026-03-02T09:00:00Z", "2026-03-02T11:00:00Z"


def policy(rule, **changes):
    return replace(POLICY, holding=None, tender=Tender(rule=rule, **changes))


def tender(at, **changes):
    return claim(at, **{"is_tender": True, "tender_published_at": PUBLISHED, **changes})


@pytest.mark.parametrize(
    ("rule", "submitted", "approved", "is_eligible"),
    [
        (TenderRule.SUBMITTED_BEFORE, BEFORE, AFTER, True),  # published 10:00, submitted 09:00, approved 11:00
        (TenderRule.APPROVED_BEFORE, BEFORE, AFTER, False),
        (TenderRule.NEVER, BEFORE, AFTER, False),
        (TenderRule.ALWAYS, BEFORE, AFTER, True),
        (TenderRule.PUBLISHED_BEFORE, BEFORE, AFTER, False),
        (TenderRule.APPROVED_BEFORE, BEFORE, "2026-03-02T09:30:00Z", True),
        (TenderRule.SUBMITTED_BEFORE, AFTER, "2026-03-02T12:00:00Z", False),
        (TenderRule.PUBLISHED_BEFORE, AFTER, "2026-03-02T12:00:00Z", True),
        (TenderRule.SUBMITTED_BEFORE, "2026-03-02T10:00:00Z", AFTER, False),  # the same instant is not before
        (TenderRule.PUBLISHED_BEFORE, "2026-03-02T10:00:00Z", AFTER, True),
    ],
)
def test_order_of_publication_submission_and_approval(rule, submitted, approved, is_eligible):
    decision = decide(case(tender(submitted)), policy(rule), utc(approved))

    assert statuses(decision) == [Status.REGISTERED if is_eligible else Status.REFUSED]
    assert is_eligible or reasons(decision) == ["tender_not_eligible"]


def test_approval_by_a_person_is_held_against_the_publication_as_well():
    situation = Situation(case(tender(BEFORE)), policy(TenderRule.APPROVED_BEFORE), utc(AFTER))

    assert asked_at(situation, utc("2026-03-02T09:59:00Z")).kind is Kind.PASS
    assert asked_at(situation, utc("2026-03-02T10:00:00Z")).kind is Kind.REFUSE


def test_deal_that_nothing_calls_a_tender_is_none():
    assert statuses(decide(case(), policy(TenderRule.NEVER), utc(AFTER))) == [Status.REGISTERED]
    only_dated = claim(tender_published_at=PUBLISHED)
    assert statuses(decide(case(only_dated), policy(TenderRule.NEVER), utc(AFTER))) == [Status.REFUSED]


@pytest.mark.parametrize(
    ("unknown", "status"),
    [
        (Unknown.REVIEW, Status.IN_REVIEW),
        (Unknown.REFUSE, Status.REFUSED),
        (Unknown.RETURN, Status.RETURNED),
        (Unknown.PASS, Status.REGISTERED),
    ],
)
def test_unknown_publication_leads_where_the_policy_says(unknown, status):
    undated = tender(BEFORE, tender_published_at=None)

    assert statuses(decide(case(undated), policy(TenderRule.SUBMITTED_BEFORE, unknown=unknown), utc(AFTER))) == [status]


def test_framework_contract_makes_it_eligible_all_the_same():
    """Public-sector deals are ineligible unless the framework matches."""
    rules = policy(TenderRule.NEVER, unless=Condition("deal.project == 'framework-7'"))

    assert statuses(decide(case(tender(BEFORE, facts={"project": "framework-7"})), rules, utc(AFTER))) == [
        Status.REGISTERED
    ]
    assert statuses(decide(case(tender(BEFORE, facts={"project": "other"})), rules, utc(AFTER))) == [Status.REFUSED]
    assert statuses(decide(case(tender(BEFORE)), rules, utc(AFTER))) == [Status.REFUSED]  # nothing shows one


def test_doubtful_tender_goes_to_a_person_and_other_countries_are_not_asked():
    rules = policy(TenderRule.NEVER, action=Action.REVIEW, when=Condition("deal.country != 'US'"))

    assert reasons(decide(case(tender(BEFORE)), rules, utc(AFTER))) == ["tender_doubtful"]
    american = tender(BEFORE, customer=replace(claim().customer, country="US"))
    assert statuses(decide(case(american), rules, utc(AFTER))) == [Status.REGISTERED]
