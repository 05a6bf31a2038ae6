"""Further parties to a registration, and the kinds of registration that are open to some partners only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.action import Action, Unknown
from rules.decide import decide
from rules.expression import Condition
from rules.primitives.conversion import Conversions, Kind
from rules.primitives.parties import Parties, PartyRule
from rules.records import Status
from rules.roles import Role
from tests.rules.build import POLICY, applied, case, claim, partner, reasons, registration, statuses, utc

NOW = utc("2026-03-02T10:05:00Z")
AUTHORISED = Condition("party.type == 'distributor' and party.country == partner.country")


def policy(*rules, **changes):
    return replace(POLICY, parties=Parties(rules=rules), holding=None, **changes)


def with_party(**changes):
    us = partner(country="DE")
    return claim(partner=us, parties={"distributor": partner("PTR-DIST", **changes)})


def distributor(**changes):
    return PartyRule(**{"role": Role.DISTRIBUTOR, "is_required": True, **changes})


def test_required_party_that_is_missing_sends_the_claim_back():
    rules = policy(distributor())
    first = decide(case(), rules, NOW)
    assert (statuses(first), reasons(first)) == ([Status.RETURNED], ["party_missing"])
    assert first.extra["missing"] == ["distributor"]
    assert first.deciding == "party.distributor"

    held = applied(registration(claim()), first)
    assert not decide(case(claim(), held), rules, utc("2026-03-04T00:00:00Z")).transitions
    named = decide(case(with_party(), held), rules, utc("2026-03-04T00:00:00Z"))
    assert statuses(named) == [Status.RECEIVED, Status.REGISTERED]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"type": "Distributor", "country": "DE"}, Status.REGISTERED),
        ({"type": "reseller", "country": "DE"}, Status.RETURNED),
        ({"type": "distributor", "country": "US"}, Status.RETURNED),
        ({"type": "distributor"}, Status.IN_REVIEW),  # its country is not known
    ],
)
def test_party_must_qualify_by_its_own_facts(changes, expected):
    decision = decide(case(with_party(**changes)), policy(distributor(require=AUTHORISED)), NOW)

    assert statuses(decision) == [expected]


def test_what_a_missing_or_unfit_party_leads_to():
    refuse = distributor(require=AUTHORISED, otherwise=Action.REFUSE, unknown=Unknown.REFUSE)
    review = distributor(require=AUTHORISED, otherwise=Action.REVIEW, unknown=Unknown.PASS)

    assert statuses(decide(case(), policy(refuse), NOW)) == [Status.REFUSED]
    assert reasons(decide(case(), policy(review), NOW)) == ["party_doubtful"]
    assert statuses(decide(case(with_party()), policy(review), NOW)) == [Status.REGISTERED]


def test_party_that_may_be_absent_is_only_asked_when_named():
    rules = policy(distributor(is_required=False, require=AUTHORISED))

    assert statuses(decide(case(), rules, NOW)) == [Status.REGISTERED]
    assert statuses(decide(case(with_party(type="reseller", country="DE")), rules, NOW)) == [Status.RETURNED]


@pytest.mark.parametrize(
    ("kind", "tier", "expected"),
    [
        ("deal", "silver", Status.REGISTERED),
        (None, "silver", Status.REGISTERED),  # the first kind is the usual one
        ("Line of business", "gold", Status.REGISTERED),
        ("line of business", "silver", Status.REFUSED),
        ("line of business", None, Status.IN_REVIEW),
        ("something else", "gold", Status.REFUSED),
    ],
)
def test_kind_of_registration_is_open_to_some_tiers(kind, tier, expected):
    """Dell: an account with a product line only for the upper tiers."""
    kinds = (
        Kind(name="deal"),
        Kind(name="line of business", require=Condition("partner.tier in {'gold', 'platinum', 'titanium'}")),
    )
    rules = policy(conversions=Conversions(kinds=kinds))
    decision = decide(case(claim(kind=kind, partner=partner(tier=tier))), rules, NOW)

    assert statuses(decision) == [expected]
    assert expected is not Status.REFUSED or reasons(decision) == ["kind_not_open"]
