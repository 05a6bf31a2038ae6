"""Opportunities that name a partner but have no registration: found, and treated as the policy says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rules.expression import Condition, Facts
from rules.records import Claim, Opportunity, Partner
from rules.setting import setting
from rules.span import Span
from rules.windows import end_of

if TYPE_CHECKING:
    from rules.policy import Policy


class Found(StrEnum):
    IGNORE = "ignore"
    FLAG = "flag"  # listed for support
    REVIEW = "review"  # a registration in review is opened for it
    REGISTER = "register"  # taken as a submission of that partner and decided by the rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregistered:
    """What becomes of them."""

    action: Found = setting(Found.FLAG, "ignore, flag, review, register.")
    after: Span | None = setting(Span(days=1), "Only when no registration has come so long after the opportunity.")
    when: Condition | None = setting(None, "Only where this holds.")


def treated_as(opportunity: Opportunity, policy: Policy, now: datetime, facts: Facts | None = None) -> Found:
    """Return what becomes of an open opportunity that names a partner and has no registration.

    facts: those of the claim that it would be (claim_of), for the policy's condition.
    """
    rules = policy.unregistered
    if rules.action is Found.IGNORE or opportunity.is_closed:
        return Found.IGNORE
    if due_at(opportunity, policy) > now:
        return Found.IGNORE
    if rules.when is not None and (facts is None or rules.when.test(facts) is not True):
        return Found.IGNORE
    return rules.action


def due_at(opportunity: Opportunity, policy: Policy) -> datetime:
    """Return from when on the lack of a registration tells something."""
    after = policy.unregistered.after
    if after is None:
        return opportunity.created_at
    return end_of(after, opportunity.created_at, policy.zone, policy.calendar)


def claim_of(opportunity: Opportunity, partner: Partner) -> Claim | None:
    """Return the claim that the opportunity would be, None where it names no customer."""
    if opportunity.customer is None:
        return None
    return Claim(
        ref=opportunity.ref,
        created_at=opportunity.created_at,
        submitted_at=None,
        modified_at=opportunity.modified_at,
        partner=partner,
        partner_ref=opportunity.partner_ref,
        customer=opportunity.customer,
        deal_name=opportunity.name,
        amount=opportunity.amount,
        expected_close_on=opportunity.close_on,
        products=(opportunity.product_line,) if opportunity.product_line is not None else (),
        opportunity_ref=opportunity.ref,
        crm_status=None,
        channel="opportunity",
        facts=opportunity.facts,
    )
