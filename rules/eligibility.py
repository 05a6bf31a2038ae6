"""Whether a claim may be registered without a person's approval."""

from __future__ import annotations

from rules.cases import StepResult
from rules.measures import amount_fact
from rules.situation import Kind, Situation, Verdict, passed, skipped


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
        return unknown_amount(situation)
    fact = amount_fact(situation, amount)
    if amount.amount < limit.amount:
        return passed(f"amount {amount} < {limit}", fact)
    return Verdict(Kind.REVIEW, f"amount {amount} >= {limit}", (fact,), "above_automatic_limit")


def unknown_amount(situation: Situation) -> Verdict:
    """Return that a person decides because the amount is not known in the policy's currency."""
    stated = situation.stated_amount()
    if stated is None:
        return Verdict(Kind.REVIEW, "the amount is not known", (), "amount_unknown", StepResult.UNKNOWN)
    text = f"no rate from {stated.currency} to {situation.policy.currency} for {stated}"
    fact = situation.claim_fact("amount", str(stated))
    return Verdict(Kind.REVIEW, text, (fact,), "rate_missing", StepResult.UNKNOWN)
