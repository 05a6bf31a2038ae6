"""What a partner reads never tells who else is there, with what, or for how much, whatever the case and the policy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.cases import Case, FoundOpportunity, Objection, Rival
from rules.choice import Choice
from rules.counterfactual import nearest_changes, sentence_for_partner
from rules.decide import decide
from rules.explain import Audience, explain
from rules.expression import Condition
from rules.policy import Policy
from rules.primitives.disclosure import Disclosure
from rules.primitives.gates import Gate
from rules.primitives.precedence import Precedence, Second
from rules.primitives.quotas import Quota
from rules.primitives.rewards import RewardRule, Rewards, Role
from rules.record import decision_data
from rules.records import CrmRef, Customer, Reward
from rules.values import Percent
from rules.wording import ENGLISH, outcome_of
from tests.rules.build import POLICY, applied, partner, usd
from tests.rules.test_properties import START, cases

SECRETS = (
    "Zyxwv", "PTR-SECRET", "Secretonium", "77,777", "77777", "SECRETROW", "REG-2026-999", "hidden customer", "88,888",
)  # fmt: skip
REWARD = Rewards(
    rules=(
        RewardRule(name="own", percent=Choice.always(Percent(usd(10).amount))),
        RewardRule(name="second", to=Role.SECOND, percent=Choice.always(Percent(usd(5).amount))),
        RewardRule(name="loser", to=Role.LOSER, percent=Choice.always(Percent(usd(1).amount))),
    )
)
POLICIES = {
    "default": POLICY,
    "hiding": Policy(hash="h", disclosure=Disclosure(tells_conflict=False)),
    "telling": Policy(hash="t", disclosure=Disclosure(tells_end_of_rival=True)),
    "ranked": Policy(hash="r", precedence=Precedence(second=Second.RANKED), rewards=REWARD),
    "shared": Policy(hash="s", precedence=Precedence(second=Second.CO_SELL), rewards=REWARD),
    "gated": Policy(
        hash="g",
        gates=(Gate(name="gate", require=Condition("not deal.has_direct_deal and customer.is_new")),),
        quotas=(Quota(name="live", limit=Choice.always(1)),),
    ),
}


def _rival(each: Rival, number: int) -> Rival:
    ref = CrmRef("salesforce", "Deal_Registration__c", f"SECRETROW{number}")
    known = each.claim.partner
    hidden = replace(
        each.claim,
        ref=ref,
        partner=partner(f"PTR-SECRET-{number}", name="Zyxwv Partners") if known is not None else None,
        customer=Customer(name="hidden customer", domain="acme-works.de"),
        products=("Secretonium",),
        amount=usd(77_777),
        deal_name="Secretonium for Zyxwv",
    )
    held = each.registration
    if held is not None:
        held = replace(
            held,
            registration_id=f"REG-2026-9999{number}",
            claim_ref=ref,
            partner_id=f"PTR-SECRET-{number}",
            product="Secretonium",
            amount=usd(77_777),
        )
    return replace(each, claim=hidden, registration=held)


def _found(each: FoundOpportunity, number: int) -> FoundOpportunity:
    hidden = replace(
        each.opportunity,
        ref=CrmRef("salesforce", "Opportunity", f"SECRETROW{number}"),
        name="Secretonium for Zyxwv",
        partner_id="PTR-SECRET-9" if each.opportunity.partner_id is not None else None,
        amount=usd(88_888),
        product_line="Secretonium",
    )
    other = "REG-2026-99999" if each.linked_registration_id is not None else None
    return replace(each, opportunity=hidden, linked_registration_id=other)


@st.composite
def peopled(draw: st.DrawFn) -> Case:
    """Any case, with everything of others marked."""
    told = draw(cases())
    objection = Objection(
        at=START, source="salesforce SECRETROW", by_partner="PTR-SECRET-7", evidence=("Secretonium quote",)
    )
    held = told.registration
    assert held is not None
    foreign = Reward(rule="x", kind="fee Secretonium", role="loser", partner_id="PTR-SECRET-8", amount=usd(77_777))
    return replace(
        told,
        registration=replace(held, rewards=(foreign,)),
        rivals=tuple(_rival(each, number) for number, each in enumerate(told.rivals)),
        opportunities=tuple(_found(each, number) for number, each in enumerate(told.opportunities)),
        objections=draw(st.sampled_from([(), (objection,)])),
        counts={"live": draw(st.integers(0, 2))},
    )


def _everything_told(told: Case, policy: Policy, at: Any) -> str:
    decision = decide(told, policy, at)
    assert told.registration is not None
    held = applied(told.registration, decision)
    words = ENGLISH.under(policy.reasons, tells_conflict=policy.disclosure.tells_conflict)
    lines = explain(decision_data(decision), audience=Audience.PARTNER, registration=held, words=words)
    lines.append(words.note(outcome_of(held)))
    lines.append(str(words.family(held.reason)) if not policy.disclosure.tells_conflict else "")
    return "\n".join(lines)


@pytest.mark.parametrize("name", list(POLICIES))
@given(told=peopled(), day=st.integers(0, 120))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_partner_reads_nothing_of_others(name: str, told: Case, day: int) -> None:
    text = _everything_told(told, POLICIES[name], START.replace(month=3 + day // 31, day=1 + day % 28))

    for secret in SECRETS:
        assert secret not in text, text
    assert "{" not in text


@given(told=peopled(), name=st.sampled_from(["default", "hiding", "gated"]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_would_have_changed_it_names_no_other(told: Case, name: str) -> None:
    policy, now = POLICIES[name], START.replace(month=5)
    words = ENGLISH.under(policy.reasons, tells_conflict=policy.disclosure.tells_conflict)
    decision = decide(told, policy, now)
    assert told.registration is not None
    held = applied(told.registration, decision)

    text = sentence_for_partner(nearest_changes(told, policy, now), words, held.status)

    for secret in SECRETS:
        assert secret not in text, text


@given(told=peopled(), day=st.integers(0, 60))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_policy_that_hides_conflicts_tells_of_none(told: Case, day: int) -> None:
    """Neither words nor the CRM's reason say that someone else was there first."""
    text = _everything_told(told, POLICIES["hiding"], START.replace(month=3 + day // 31, day=1 + day % 28)).lower()

    if "already submitted" not in text:  # their own other registration
        for word in ("already", "someone", "another", "duplicate", "existing_opportunity", "precedence"):
            assert word not in text.replace("already a customer", ""), text
