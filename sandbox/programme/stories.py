"""What the CRMs hold for a submission's story before the submission comes: the customer's record, a direct deal, a purchase.

All of it is on file before the start, so that the story's outcome depends on nothing that happens by chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sandbox.programme.deals import DealPlan
from sandbox.programme.dice import Dice
from sandbox.programme.scenarios import Crm, Scenario
from sandbox.programme.submissions import Campaign, SubmissionPlan, has_account
from sandbox.programme.vendor import ACTIVE_SELLERS

_OPEN_BEFORE: Final = timedelta(days=45)
_BOUGHT_BEFORE: Final = timedelta(days=60)
_ON_FILE: Final = timedelta(days=40)  # longer ago than any submission of the story


@dataclass(frozen=True, slots=True, kw_only=True)
class Prologue:
    """One story's past in one CRM. deal: an opportunity on file. is_partners_own: it names the submitting partner."""

    first: SubmissionPlan
    deal: DealPlan | None = None
    is_partners_own: bool = False


def prologues(campaign: Campaign, crm: Crm) -> Iterator[Prologue]:
    """Yield the stories of which this CRM holds something beforehand, in the order of their numbers."""
    for number in range(campaign.count):
        plan = campaign.plan(number)
        if plan.story != number:
            continue
        holder = plan.crm.other if plan.scenario is Scenario.DIRECT_ACROSS else plan.crm
        has_deal = plan.scenario in _DEALS and crm is holder
        if has_deal:
            yield Prologue(
                first=plan,
                deal=_deal(campaign, plan),
                is_partners_own=plan.scenario is Scenario.OWN_OPPORTUNITY,
            )
        elif has_account(plan.scenario, number, crm):
            yield Prologue(first=plan)


_DEALS: Final = frozenset(
    {Scenario.DIRECT, Scenario.DIRECT_ACROSS, Scenario.EXISTING_CUSTOMER, Scenario.OWN_OPPORTUNITY}
)


def on_file_since(campaign: Campaign, story: int) -> timedelta:
    """Return how long before the start a story's customer was last touched; no two stories share a second."""
    return _ON_FILE + timedelta(seconds=campaign.count - story)


def _deal(campaign: Campaign, plan: SubmissionPlan) -> DealPlan:
    dice = Dice(campaign.seed, "prologue", plan.number)
    is_purchase = plan.scenario is Scenario.EXISTING_CUSTOMER
    is_own = plan.scenario is Scenario.OWN_OPPORTUNITY
    changed = campaign.start - (_BOUGHT_BEFORE if is_purchase else _OPEN_BEFORE) + timedelta(seconds=plan.number)
    return DealPlan(
        customer=plan.customer.number,
        name=f"{plan.customer.name[:80]} - {plan.products[0]}",
        stage="won" if is_purchase else "proposal",
        amount=plan.amount or 25_000,
        currency=plan.currency,
        close_on=changed.date() + timedelta(days=-1 if is_purchase else 120),
        created_at=changed - timedelta(days=12),
        modified_at=changed,
        seller=plan.partner.manager if is_own else dice.pick(ACTIVE_SELLERS),
        product=plan.products[0],
        is_existing_business=False,
    )
