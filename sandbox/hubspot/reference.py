"""The reference portal: standard objects, the registration properties, the submission object, pipelines and labels.

What an admin who follows the setup guide ends up with. Names beyond HubSpot's own are the defaults of our mapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sandbox.hubspot.schema import (
    HUBSPOT_DEFINED,
    PRIMARY,
    USER_DEFINED,
    LinkType,
    ObjectType,
    Option,
    Pipeline,
    Property,
    Stage,
)

SUBMISSION: Final = "p_partner_submission"
SUBMISSION_TYPE_ID: Final = "2-4815162"
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


def pipelines() -> dict[str, list[Pipeline]]:
    """Return fresh pipelines by object name. Only a default pipeline has stages with telling ids."""
    return {
        "deals": [
            Pipeline(id="default", label="Sales Pipeline", stages=_deal_stages()),
            Pipeline(id="75421908", label="Partner registrations", stages=_registration_stages()),
        ],
        "tickets": [Pipeline(id="0", label="Support Pipeline", stages=_ticket_stages())],
        "leads": [Pipeline(id="lead-pipeline-id", label="Lead pipeline", stages=_lead_stages())],
    }


def _deal_stages() -> list[Stage]:
    told = (
        ("appointmentscheduled", "Appointment Scheduled", "0.2"),
        ("qualifiedtobuy", "Qualified To Buy", "0.4"),
        ("presentationscheduled", "Presentation Scheduled", "0.6"),
        ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
        ("contractsent", "Contract Sent", "0.9"),
        ("closedwon", "Closed Won", "1.0"),
        ("closedlost", "Closed Lost", "0.0"),
    )
    return [_deal_stage(*each) for each in told]


def _registration_stages() -> list[Stage]:
    told = (
        ("151882541", "New", "0.1"),
        ("151882542", "In review", "0.3"),
        ("151882543", "Approved", "1.0"),
        ("151882544", "Rejected", "0.0"),
    )
    return [_deal_stage(*each) for each in told]


def _deal_stage(stage_id: str, label: str, probability: str) -> Stage:
    is_closed = "true" if probability in ("1.0", "0.0") else "false"
    return Stage(id=stage_id, label=label, metadata={"isClosed": is_closed, "probability": probability})


def _ticket_stages() -> list[Stage]:
    told = (
        ("1", "New", "OPEN"),
        ("2", "Waiting on contact", "OPEN"),
        ("3", "Waiting on us", "OPEN"),
        ("4", "Closed", "CLOSED"),
    )
    return [Stage(id=each[0], label=each[1], metadata={"ticketState": each[2]}) for each in told]


def _lead_stages() -> list[Stage]:
    told = (("new-stage-id", "New", "NEW"), ("connected-stage-id", "Connected", "CONNECTED"))
    return [Stage(id=each[0], label=each[1], metadata={"leadState": each[2]}) for each in told]


# from, to, plain id, its inverse, primary id, its inverse (0: the pair has no primary).
_HUBSPOT_LINKS: Final = (
    ("deals", "companies", 341, 342, 5, 6),
    ("deals", "contacts", 3, 4, 0, 0),
    ("contacts", "companies", 279, 280, 1, 2),
    ("tickets", "companies", 339, 340, 26, 25),
    ("tickets", "contacts", 16, 15, 0, 0),
    ("deals", "tickets", 27, 28, 0, 0),
    ("notes", "deals", 214, 213, 0, 0),
    ("notes", "companies", 190, 189, 0, 0),
    ("notes", "contacts", 202, 201, 0, 0),
    ("notes", "tickets", 228, 227, 0, 0),
    ("tasks", "deals", 216, 215, 0, 0),
    ("tasks", "companies", 192, 191, 0, 0),
    ("tasks", "contacts", 204, 203, 0, 0),
    ("leads", "contacts", 608, 607, 578, 577),
    ("leads", "companies", 610, 609, 580, 579),
    ("leads", "deals", 1037, 1036, 0, 0),
    ("companies", "companies", 450, 450, 0, 0),
)
_PARENT, _CHILD = 13, 14
# from, to, label, id, inverse id.
_OWN_LINKS: Final = (
    ("deals", "companies", REGISTERING, 101, 102),
    (SUBMISSION, "companies", None, 201, 202),
    (SUBMISSION, "companies", SUBMITTING, 203, 204),
    (SUBMISSION, "companies", END_CUSTOMER, 205, 206),
    (SUBMISSION, "contacts", None, 207, 208),
    (SUBMISSION, "deals", None, 209, 210),
    ("notes", SUBMISSION, None, 211, 212),
    ("tasks", SUBMISSION, None, 213, 214),
)


def link_types() -> list[LinkType]:
    """Return every kind of association of the reference portal, each in both directions."""
    kinds: list[LinkType] = []
    for source, target, plain, plain_inverse, primary, primary_inverse in _HUBSPOT_LINKS:
        kinds += both_ways(source, target, None, HUBSPOT_DEFINED, plain, plain_inverse)
        if primary:
            kinds += both_ways(source, target, PRIMARY, HUBSPOT_DEFINED, primary, primary_inverse)
    for label, type_id, inverse_id in (("Child Company", _PARENT, _CHILD), ("Parent Company", _CHILD, _PARENT)):
        pair = both_ways("companies", "companies", label, HUBSPOT_DEFINED, type_id, inverse_id)
        kinds.append(pair[0])
    for source, target, own_label, type_id, inverse_id in _OWN_LINKS:
        kinds += both_ways(source, target, own_label, USER_DEFINED, type_id, inverse_id)
    return kinds


def both_ways(
    source: str, target: str, label: str | None, category: str, type_id: int, inverse_id: int
) -> list[LinkType]:
    """Return one kind of association and its twin in the other direction."""
    name = f"{source}_to_{target}" if label is None else label.lower().replace(" ", "_")
    there = LinkType(
        type_id=type_id,
        category=category,
        from_type=source,
        to_type=target,
        label=label,
        inverse_id=inverse_id,
        name=name,
    )
    if source == target and type_id == inverse_id:
        return [there]
    back = LinkType(
        type_id=inverse_id,
        category=category,
        from_type=target,
        to_type=source,
        label=label,
        inverse_id=type_id,
        name=f"{target}_to_{source}" if label is None else name,
    )
    return [there, back]
