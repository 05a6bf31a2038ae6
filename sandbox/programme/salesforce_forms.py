"""A partner's submission as a Salesforce record, and a story's past as rows; names are those of the reference schema."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from sandbox.programme import salesforce_rows as rows
from sandbox.programme.scenarios import Crm, Scenario
from sandbox.programme.stories import on_file_since, prologues
from sandbox.programme.submissions import Campaign, SubmissionPlan

OBJECT: Final = "Deal_Registration__c"
PROTECTED: Final = timedelta(days=90)  # as the people granted it who approved before Registrar came


def form(plan: SubmissionPlan) -> dict[str, Any]:
    """Return the fields of a new submission; instants are aware."""
    return {
        "OwnerId": rows.user_id(plan.partner.manager),
        "Partner_Account__c": rows.partner_id(plan.partner.number),
        "Partner_Contact_Email__c": plan.partner.contact_email,
        "Customer_Name__c": plan.customer_name,
        "Customer_Domain__c": plan.customer_domain,
        "Customer_Country__c": plan.customer.country_name,
        "Customer_Account__c": rows.prospect_id(plan.story) if plan.has_account else None,
        "Customer_Contact_Name__c": plan.contact_name,
        "Customer_Contact_Email__c": plan.contact_email,
        "Deal_Name__c": plan.deal_name,
        "Amount__c": None if plan.amount is None else float(plan.amount),
        "CurrencyIsoCode": plan.currency,
        "Expected_Close_Date__c": None if plan.close_on is None else plan.close_on.isoformat(),
        "Products__c": ";".join(plan.products),
        "Description__c": f"Replacement of an older {plan.products[0].lower()} product.",
        "Channel__c": "Reseller",
        "Status__c": "Submitted",
        "Submitted_Date__c": plan.dated_at.replace(microsecond=0),
        "Opportunity__c": rows.story_opportunity_id(plan.story) if plan.scenario is Scenario.OWN_OPPORTUNITY else None,
    }


def history_rows(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Yield the submissions that were there before the start, as stored."""
    for number in range(campaign.count):
        plan = campaign.plan(number)
        if not plan.is_history or plan.crm is not Crm.SALESFORCE:
            continue
        created = plan.at.replace(microsecond=0)
        row = {"Name": f"DR-{900_000 + number:06d}", **form(plan)}
        modified, by = created, row["OwnerId"]
        if plan.scenario is Scenario.ADOPTED:
            modified = created + timedelta(days=1)
            row |= {
                "Status__c": "Approved",
                "Decision_Date__c": modified,
                "Protected_Until__c": (created + PROTECTED).date().isoformat(),
                "Decision_Notes__c": "Approved by hand.",
            }
        yield {
            "Id": rows.submission_id(number),
            "IsDeleted": False,
            "CreatedDate": created,
            "CreatedById": by,
            "LastModifiedDate": modified,
            "LastModifiedById": by,
            "SystemModstamp": modified,
            **row,
        }


def prospect_rows(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Yield the accounts of the stories' customers."""
    for prologue in prologues(campaign, Crm.SALESFORCE):
        plan = prologue.first
        yield rows.account_row(
            rows.prospect_id(plan.number),
            plan.customer,
            at=campaign.start - on_file_since(campaign, plan.number),
            owner=rows.user_id(plan.partner.manager),
            parent_id=None,
        )


def opportunity_rows(campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Yield the opportunities that the stories find on file."""
    for prologue in prologues(campaign, Crm.SALESFORCE):
        if prologue.deal is not None:
            story = prologue.first.number
            row = rows.opportunity_row(
                rows.story_opportunity_id(story), prologue.deal, account_id=rows.prospect_id(story)
            )
            yield row
