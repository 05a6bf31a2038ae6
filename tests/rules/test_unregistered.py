"""Opportunities that name a partner and have no registration."""

from dataclasses import replace

import pytest

from rules.primitives.unregistered import Found, Unregistered, claim_of, treated_as
from rules.span import Span
from tests.rules.build import CONTOSO, POLICY, opportunity, partner, utc

DEAL = opportunity("2026-03-02T10:00:00Z", partner_id=CONTOSO)


@pytest.mark.parametrize(
    ("rules", "at", "expected"),
    [
        (Unregistered(), "2026-03-02T12:00:00Z", Found.IGNORE),  # a registration may still come
        (Unregistered(), "2026-03-04T00:00:00Z", Found.FLAG),
        (Unregistered(action=Found.REGISTER, after=None), "2026-03-02T10:00:00Z", Found.REGISTER),
        (Unregistered(action=Found.IGNORE), "2026-03-04T00:00:00Z", Found.IGNORE),
        (Unregistered(action=Found.REVIEW, after=Span(days=30)), "2026-03-04T00:00:00Z", Found.IGNORE),
    ],
)
def test_what_becomes_of_it(rules, at, expected):
    assert treated_as(DEAL, replace(POLICY, unregistered=rules), utc(at)) is expected


def test_a_closed_one_is_left_alone():
    assert treated_as(replace(DEAL, is_closed=True), POLICY, utc("2026-03-09T00:00:00Z")) is Found.IGNORE


def test_the_claim_that_it_would_be():
    claim = claim_of(DEAL, partner(CONTOSO))

    assert claim is not None
    assert claim.ref == DEAL.ref
    assert claim.products == ("Platform",)
    assert claim_of(replace(DEAL, customer=None), partner(CONTOSO)) is None
