"""Whether a claim may be registered on its own merits: complete, partner known and in good standing, large enough.

Each rule is one small function from a Situation to a Verdict; decide.py holds the order in which they are asked. What other
claims and opportunities mean is conflict.py's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.cases import Fact, StepResult, Wait
from rules.matching.keys import UNKNOWN, customer_identity
from rules.primitives.thresholds import Shortfall, Threshold
from rules.records import Claim, Money, Partner
from rules.situation import WAITING_FOR_PARTNER, Kind, Situation, Verdict, passed, skipped

if TYPE_CHECKING:
    from rules.policy import Policy


def missing_fields(claim: Claim, policy: Policy) -> tuple[str, ...]:
    """Return the required fields that the submission leaves empty, in the policy's order."""
    return tuple([name for name in policy.intake.required_fields if _is_missing(claim, name)])


def complete(situation: Situation) -> Verdict:
    """Required fields are filled in; else the claim goes back to the partner."""
    missing = missing_fields(situation.claim, situation.policy)
    if not missing:
        return passed("all required fields are filled in")
    text = "missing: " + ", ".join(missing)
    facts = tuple(situation.claim_fact(name, "") for name in missing)
    situation.extra["missing"] = list(missing)
    return Verdict(Kind.RETURN, text, facts, "missing_fields")


def partner_known(situation: Situation) -> Verdict:
    """The submitting company is known as a partner; else the claim waits."""
    partner = situation.partner
    if partner is not None:
        return passed(f"partner {partner.partner_id} is known")
    ref = situation.claim.partner_ref
    detail = f"{ref} is not known as a partner" if ref is not None else "the submission's partner is not known"
    wait = Wait(reason=WAITING_FOR_PARTNER, detail=detail)
    return Verdict(Kind.WAIT, detail, (), WAITING_FOR_PARTNER, StepResult.UNKNOWN, wait)


def standing(situation: Situation) -> Verdict:
    """The partner's standing allows registrations."""
    partner, rules = situation.partner, situation.policy.standing
    assert partner is not None, situation.claim.ref
    fact = partner_fact(partner, "partner.standing", partner.standing)
    text = f"partner standing is {partner.standing}"
    if partner.standing in rules.refuse_when:
        return Verdict(Kind.REFUSE, text, (fact,), "partner_standing")
    if partner.standing in rules.review_when:
        return Verdict(Kind.REVIEW, text, (fact,), "standing_doubtful")
    return passed(text, fact)


def tier(situation: Situation) -> Verdict:
    """The partner's tier is admitted."""
    partner, tiers = situation.partner, situation.policy.standing.tiers
    if not tiers:
        return skipped("every tier is admitted")
    assert partner is not None, situation.claim.ref
    fact = partner_fact(partner, "partner.tier", partner.tier or "")
    if partner.tier in tiers:
        return passed(f"tier {partner.tier} is admitted", fact)
    return Verdict(
        Kind.REFUSE,
        f"tier {partner.tier or 'unknown'} is not among {', '.join(sorted(tiers))}",
        (fact,),
        "partner_tier",
    )


def large_enough(situation: Situation) -> Verdict:
    """The amount reaches every threshold, compared in the policy's currency."""
    verdict = skipped("no minimum is set")
    for threshold in situation.policy.thresholds:
        verdict = _reaches(threshold, situation)
        if verdict.kind is not Kind.PASS:
            break
    return verdict


def _reaches(threshold: Threshold, situation: Situation) -> Verdict:
    least = situation.pick(threshold.at_least if threshold.at_least is not None else threshold.more_than)
    if not isinstance(least, Money):
        return skipped("no minimum is set")
    amount = situation.amount()
    if amount is None:
        return _unknown_amount(situation)
    fact = _amount_fact(situation, amount)
    is_strict = threshold.more_than is not None
    is_enough = amount.amount > least.amount if is_strict else amount.amount >= least.amount
    if is_enough:
        return passed(f"amount {amount} {'>' if is_strict else '>='} {least}", fact)
    text = f"amount {amount} {'<=' if is_strict else '<'} {least}"
    if threshold.below is Shortfall.REVIEW:
        return Verdict(Kind.REVIEW, text, (fact,), "minimum_doubtful")
    return Verdict(Kind.REFUSE, text, (fact,), "below_minimum")


def automatic_limit(situation: Situation) -> Verdict:
    """Nothing about the claim's size or the policy asks for a person's approval."""
    approval = situation.policy.approval
    if not approval.is_automatic:
        return Verdict(Kind.REVIEW, "the policy leaves every approval to a person", (), "no_automatic_approval")
    limit = situation.pick(approval.auto_below)
    if limit is None:
        return skipped("no limit is set for automatic approval")
    amount = situation.amount()
    if amount is None:
        return _unknown_amount(situation)
    fact = _amount_fact(situation, amount)
    if amount.amount < limit.amount:
        return passed(f"amount {amount} < {limit}", fact)
    return Verdict(Kind.REVIEW, f"amount {amount} >= {limit}", (fact,), "above_automatic_limit")


def partner_fact(partner: Partner, name: str, value: str) -> Fact:
    return Fact(name=name, value=str(value), source=str(partner.refs[0]) if partner.refs else partner.partner_id)


def _unknown_amount(situation: Situation) -> Verdict:
    stated = situation.stated_amount()
    if stated is None:
        return Verdict(Kind.REVIEW, "the amount is not known", (), "amount_unknown", StepResult.UNKNOWN)
    text = f"no rate from {stated.currency} to {situation.policy.currency} for {stated}"
    fact = situation.claim_fact("amount", str(stated))
    return Verdict(Kind.REVIEW, text, (fact,), "rate_missing", StepResult.UNKNOWN)


def _amount_fact(situation: Situation, amount: Money) -> Fact:
    stated = situation.stated_amount()
    if stated is None or stated.currency == amount.currency:
        return situation.claim_fact("amount", str(amount))
    rate = situation.case.rates.rate(stated.currency, situation.rate_day())
    return situation.claim_fact("amount", f"{stated} at {rate} = {amount}")


def _is_missing(claim: Claim, name: str) -> bool:
    """Tell whether a required field is empty. Customer and partner are met by whatever tells who is meant.

    A customer called "N/A" or "tbd" tells nothing.
    """
    match name:
        case "customer":
            return customer_identity(claim.customer) == UNKNOWN
        case "partner":
            return claim.partner is None and claim.partner_ref is None and "partner_code" in claim.missing
        case "amount":
            return claim.amount is None
        case "products":
            return not claim.products
        case "expected_close_on":
            return claim.expected_close_on is None
        case "deal_name":
            return not (claim.deal_name or "").strip()
        case _:
            return name in claim.missing
