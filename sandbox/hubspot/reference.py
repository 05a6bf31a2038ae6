"""The reference portal: standard objects, the registration properties, the submission object, pipelines and labels.

What an admin who follows the setup guide ends up with. Names beyond HubSpot's own are the defaults of our mapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.hubspot.schema import (
    ObjectType,
    Option,
    Property,
)

SUBMISSION: Final = "p_partner_submission"
OBJECTION: Final = "p_deal_objection"
SUBMISSION_TYPE_ID: Final = "2-4815162"
OBJECTION_TYPE_ID: Final = "2-4815163"
REGISTERING: Final = "Registering partner"
SUBMITTING: Final = "Submitting partner"
END_CUSTOMER: Final = "End customer"

_TYPES: Final = {
    "text": ("string", "text"),
    "area": ("string", "textarea"),
    "number": ("number", "number"),
    "bool": ("bool", "booleancheckbox"),
    "select": ("enumeration", "select"),
    "checkbox": ("enumeration", "checkbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
}


def _property(name: str, kind: str = "text", options: str = "", **flags: Any) -> Property:
    type_, field_type = _TYPES[kind]
    listed = [Option(value=each, label=each.replace("_", " ").capitalize()) for each in options.split()]
    if kind == "bool":
        listed = [Option(value="true", label="Yes"), Option(value="false", label="No")]
    label = name.removeprefix("hs_").replace("_", " ").capitalize()
    return Property(name=name, label=label, type=type_, field_type=field_type, options=listed, **flags)


def _system(created: str, modified: str) -> list[Property]:
    return [
        _property("hs_object_id", "number", is_read_only=True),
        _property(created, "datetime", is_read_only=created.startswith("hs_")),
        _property(modified, "datetime", is_read_only=True),
        _property("hs_merged_object_ids", "text", is_read_only=True),
        _property("hs_object_source", "text", is_read_only=True),
        _property("hubspot_owner_id", "select", is_external=True),
    ]


def _object(
    type_id: str,
    name: str,
    singular: str,
    properties: Iterable[Property],
    *,
    own: Iterable[Property] = (),
    defaults: str = "",
    required: str = "",
    scope: str = "",
    created: str = "createdate",
    modified: str = "hs_lastmodifieddate",
    stages: tuple[str, str] | None = None,
    custom: bool = False,
    display: str = "",
    portal_id: int = 0,
) -> ObjectType:
    group = f"{singular}information"
    every: dict[str, Property] = {}
    for each in [*_system(created, modified), *properties]:
        each.group = group
        every[each.name] = each
    for each in own:
        each.group, each.is_own = group, True
        every[each.name] = each
    fully_qualified = f"p{portal_id}_{name.removeprefix('p_')}" if custom else None
    names = [name, singular, type_id]
    if fully_qualified is not None:
        names += [fully_qualified, name.removeprefix("p_")]
    return ObjectType(
        type_id=type_id,
        name=name,
        names=tuple(dict.fromkeys(names)),
        singular=singular,
        plural=name,
        read_scope=f"{scope}.read" if "." in scope else scope,
        write_scope=f"{scope}.write" if "." in scope else scope,
        properties=every,
        defaults=(*defaults.split(), created, modified, "hs_object_id"),
        required=tuple(required.split()),
        created_property=created,
        modified_property=modified,
        pipeline_property=stages[0] if stages else None,
        stage_property=stages[1] if stages else None,
        fully_qualified_name=fully_qualified,
        primary_display=display,
        searchable=tuple(defaults.split()),
        calculated=tuple(name for name, each in every.items() if each.is_calculated),
    )


def object_types(portal_id: int) -> list[ObjectType]:
    """Return fresh definitions of every object type of the reference portal."""
    return [
        _contacts(),
        _companies(),
        _deals(),
        _tickets(),
        _leads(),
        *_activities(),
        _submissions(portal_id),
        _objections(portal_id),
    ]


def _contacts() -> ObjectType:
    properties = [
        _property("email", is_unique=True),
        *map(_property, ("firstname", "lastname", "company", "phone", "jobtitle", "hs_additional_emails")),
        _property("lifecyclestage", "select", "subscriber lead opportunity customer partner"),
    ]
    return _object(
        "0-1",
        "contacts",
        "contact",
        properties,
        defaults="email firstname lastname",
        scope="crm.objects.contacts",
        modified="lastmodifieddate",
        display="email",
    )


def _companies() -> ObjectType:
    properties = [
        *map(_property, ("name", "domain", "website", "country", "city", "phone", "industry")),
        _property("hs_additional_domains", is_read_only=True),
        _property("hs_parent_company_id", "number", is_read_only=True),
        _property("lifecyclestage", "select", "subscriber lead opportunity customer partner"),
        _property("type", "select", "PROSPECT PARTNER RESELLER VENDOR OTHER"),
        _property("description", "area"),
    ]
    own = [
        _property("is_partner", "bool"),
        _property("partner_code", is_unique=True),
        _property("partner_tier", "select", "registered silver gold platinum"),
        _property("partner_standing", "select", "good past_due suspended"),
    ]
    return _object(
        "0-2",
        "companies",
        "company",
        properties,
        own=own,
        defaults="name domain",
        scope="crm.objects.companies",
        display="name",
    )


def _deals() -> ObjectType:
    properties = [
        _property("dealname"),
        _property("pipeline", "select", is_external=True),
        _property("dealstage", "select", is_external=True),
        _property("amount", "number"),
        _property("deal_currency_code", "select", "EUR USD GBP CHF SEK NOK DKK PLN CZK JPY CAD AUD INR BRL"),
        _property("amount_in_home_currency", "number", is_read_only=True, is_calculated=True),
        _property("hs_exchange_rate", "number", is_read_only=True),
        _property("closedate", "datetime"),
        _property("hs_is_closed", "bool", is_read_only=True, is_calculated=True),
        _property("hs_is_closed_won", "bool", is_read_only=True, is_calculated=True),
        _property("hs_deal_stage_probability", "number", is_read_only=True, is_calculated=True),
        _property("num_associated_contacts", "number", is_read_only=True, is_calculated=True),
        _property("hs_is_active_shared_deal", "bool", is_read_only=True),
        _property("dealtype", "select", "newbusiness existingbusiness renewal"),
        _property("description", "area"),
        _property("closed_lost_reason", "area"),
    ]
    own = [
        _property("registration_id", is_unique=True),
        _property("registered_partner"),
        _property("registration_status", "select", "submitted in_review approved rejected expired withdrawn converted"),
        _property("registration_protected_until", "date"),
        _property("registration_note", "area"),
        _property("registration_rev", "number"),
        _property("salesforce_opportunity_id", is_unique=True),
        _property("product_line"),
    ]
    return _object(
        "0-3",
        "deals",
        "deal",
        properties,
        own=own,
        defaults="dealname amount closedate pipeline dealstage",
        required="dealname pipeline dealstage",
        scope="crm.objects.deals",
        stages=("pipeline", "dealstage"),
        display="dealname",
    )


def _tickets() -> ObjectType:
    properties = [
        _property("subject"),
        _property("content", "area"),
        _property("hs_pipeline", "select", is_external=True),
        _property("hs_pipeline_stage", "select", is_external=True),
        _property("hs_ticket_priority", "select", "LOW MEDIUM HIGH"),
    ]
    return _object(
        "0-5",
        "tickets",
        "ticket",
        properties,
        defaults="subject content hs_pipeline hs_pipeline_stage",
        required="subject hs_pipeline_stage",
        scope="tickets",
        stages=("hs_pipeline", "hs_pipeline_stage"),
        display="subject",
    )


def _leads() -> ObjectType:
    properties = [
        _property("hs_lead_name"),
        _property("hs_pipeline", "select", is_external=True),
        _property("hs_pipeline_stage", "select", is_external=True),
        _property("hs_lead_label", "select", "HOT WARM COLD"),
    ]
    return _object(
        "0-136",
        "leads",
        "lead",
        properties,
        required="hs_lead_name",
        scope="crm.objects.leads",
        created="hs_createdate",
        stages=("hs_pipeline", "hs_pipeline_stage"),
        display="hs_lead_name",
    )


def _activities() -> list[ObjectType]:
    notes = [_property("hs_timestamp", "datetime"), _property("hs_note_body", "area")]
    tasks = [
        _property("hs_timestamp", "datetime"),
        _property("hs_task_subject"),
        _property("hs_task_body", "area"),
        _property("hs_task_status", "select", "NOT_STARTED IN_PROGRESS WAITING COMPLETED"),
    ]
    scope = "crm.objects.contacts"  # notes and tasks have no scope of their own
    return [
        _object("0-46", "notes", "note", notes, required="hs_timestamp", scope=scope, created="hs_createdate"),
        _object("0-27", "tasks", "task", tasks, required="hs_timestamp", scope=scope, created="hs_createdate"),
    ]


def _submissions(portal_id: int) -> ObjectType:
    own = [
        _property("submission_id", is_unique=True),
        *map(
            _property,
            (
                "customer_name",
                "customer_domain",
                "customer_contact_name",
                "customer_contact_email",
                "customer_country",
                "deal_name",
                "currency",
                "partner_contact_email",
            ),
        ),
        _property("description", "area"),
        _property("amount", "number"),
        _property("expected_close_date", "date"),
        _property("submitted_at", "datetime"),
        _property("submission_status", "select", "new in_review info_requested approved rejected withdrawn"),
        _property("rejection_reason"),
        _property("registration_id", is_unique=True),
        _property("protected_until", "date"),
        _property("registration_rev", "number"),
        _property("products"),
    ]
    return _object(
        SUBMISSION_TYPE_ID,
        SUBMISSION,
        "partner_submission",
        (),
        own=own,
        scope="crm.objects.custom",
        created="hs_createdate",
        custom=True,
        display="deal_name",
        portal_id=portal_id,
    )


def _objections(portal_id: int) -> ObjectType:
    own = [
        _property("objection_name"),
        _property("partner_code"),
        _property("objected_by"),
        _property("objected_at", "datetime"),
        _property("evidence", "checkbox", "notes quote order mail"),
    ]
    return _object(
        OBJECTION_TYPE_ID,
        OBJECTION,
        "deal_objection",
        (),
        own=own,
        scope="crm.objects.custom",
        created="hs_createdate",
        custom=True,
        display="objection_name",
        portal_id=portal_id,
    )
