"""A partner's submission as a HubSpot record with its links, and a story's past as rows, in the reference schema's names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from sandbox.programme import hubspot_rows as rows
from sandbox.programme.salesforce_forms import PROTECTED
from sandbox.programme.scenarios import Crm, Scenario
from sandbox.programme.stories import on_file_since, prologues
from sandbox.programme.submissions import Campaign, SubmissionPlan

OBJECT: Final = "p_partner_submission"
SUBMITTING: Final = "Submitting partner"
END_CUSTOMER: Final = "End customer"
REGISTERING: Final = "Registering partner"

Link = tuple[str, str | None]  # company id, label


def form(plan: SubmissionPlan) -> dict[str, str]:
    """Return the properties of a new submission; what is left out is empty."""
    values = {
        "submission_id": f"SUB-{plan.number:05d}",
        "hubspot_owner_id": rows.owner_id(plan.partner.manager),
        "partner_contact_email": plan.partner.contact_email,
        "customer_name": plan.customer_name,
        "customer_domain": plan.customer_domain,
        "customer_country": plan.customer.country_name,
        "customer_contact_name": plan.contact_name,
        "customer_contact_email": plan.contact_email,
        "deal_name": plan.deal_name,
        "amount": None if plan.amount is None else str(plan.amount),
        "currency": plan.currency,
        "expected_close_date": None if plan.close_on is None else plan.close_on.isoformat(),
        "products": ";".join(plan.products),
        "submission_status": "new",
        "submitted_at": plan.dated_at.isoformat(timespec="seconds")[:19] + "Z",
    }
    return {name: value for name, value in values.items() if value is not None}


def links(plan: SubmissionPlan) -> list[Link]:
    """Return the companies a submission is linked to, with their labels."""
    partner: Link = (rows.partner_id(plan.partner.number), SUBMITTING)
    return [partner, (rows.prospect_id(plan.story), END_CUSTOMER)] if plan.has_account else [partner]


def history_rows(campaign: Campaign) -> Iterator[tuple[SubmissionPlan, dict[str, Any]]]:
    """Yield the submissions that were there before the start, as stored."""
    for number in range(campaign.count):
        plan = campaign.plan(number)
        if not plan.is_history or plan.crm is not Crm.HUBSPOT:
            continue
        properties, modified = form(plan), plan.at
        if plan.scenario is Scenario.ADOPTED:
            modified = plan.at + timedelta(days=1)
            properties |= {
                "submission_status": "approved",
                "protected_until": (plan.at + PROTECTED).date().isoformat(),
            }
        yield (
            plan,
            {
                "id": rows.submission_id(number),
                "properties": properties,
                "createdAt": plan.at,
                "updatedAt": modified,
                "archived": False,
            },
        )


def prospect_rows(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Yield the companies of the stories' customers."""
    for prologue in prologues(campaign, Crm.HUBSPOT):
        plan = prologue.first
        yield rows.company_row(
            rows.prospect_id(plan.number),
            plan.customer,
            at=campaign.start - on_file_since(campaign, plan.number),
            owner=rows.owner_id(plan.partner.manager),
        )


def deal_rows(campaign: Campaign) -> Iterator[tuple[dict[str, Any], list[Link]]]:
    """Yield the deals that the stories find on file, each with the companies it is linked to."""
    for prologue in prologues(campaign, Crm.HUBSPOT):
        if prologue.deal is None:
            continue
        story = prologue.first.number
        linked: list[Link] = [(rows.prospect_id(story), "Primary")]
        if prologue.is_partners_own:
            linked.append((rows.partner_id(prologue.first.partner.number), REGISTERING))
        yield rows.deal_row(rows.story_deal_id(story), prologue.deal), linked
