"""Is the customer new: has it bought within the look-back, the very deal that is claimed apart."""

from __future__ import annotations

from datetime import date

from rules.action import Action
from rules.cases import Fact, FoundOpportunity, Sameness
from rules.matching.deals import families_of
from rules.records import Opportunity
from rules.situation import Kind, Situation, Verdict, final, passed, skipped
from rules.stakes import stakes_of, was_closed_before
from rules.windows import is_within_lookback, local_date


def new_customer(situation: Situation) -> Verdict:
    """The customer has not bought within the look-back."""
    rules = next((each for each in situation.policy.newness if each.action is not Action.OFF), None)
    lookback = situation.pick(rules.within) if rules is not None else None
    if rules is None or lookback is None:
        return skipped("purchases do not stand against a claim")
    for found in situation.case.opportunities:
        opportunity = found.opportunity
        if not _is_purchase(found, situation, same_product=rules.same_product):
            continue
        bought_on = _closed_on(opportunity, situation.policy.zone)
        if is_within_lookback(bought_on, lookback, situation.priority_at, situation.policy.zone):
            text = f"the customer bought on {bought_on} ({opportunity.ref}), within {lookback}"
            facts = (
                Fact(
                    name="purchase.closed_on",
                    value=str(bought_on),
                    source=str(opportunity.ref),
                    at=opportunity.modified_at,
                ),
            )
            if rules.action is Action.REVIEW:
                return Verdict(Kind.REVIEW, text, facts, "existing_customer_doubtful")
            return final(situation, Kind.REFUSE, text, facts, "purchase_within_lookback")
    return passed(f"no purchase within {lookback}")


def _is_purchase(found: FoundOpportunity, situation: Situation, *, same_product: bool) -> bool:
    opportunity = found.opportunity
    if not (opportunity.is_closed and opportunity.is_won) or found.customer_match.sameness is not Sameness.SAME:
        return False
    if found.is_linked or opportunity.created_at >= situation.priority_at:
        return False  # our own, or later than the claim
    if not was_closed_before(found, situation) and any(each is found for each in stakes_of(situation).ours):
        return False  # the very deal that is claimed, won meanwhile
    if not same_product:
        return True
    bought = families_of(() if opportunity.product_line is None else (opportunity.product_line,))
    return bool(bought & families_of(situation.claim.products))


def _closed_on(opportunity: Opportunity, zone: str) -> date:
    return opportunity.close_on or local_date(opportunity.modified_at, zone)
