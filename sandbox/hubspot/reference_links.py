"""The reference portal's pipelines and kinds of association, HubSpot's own and those of the registration programme."""

from __future__ import annotations

from typing import Final

from sandbox.hubspot.reference import END_CUSTOMER, OBJECTION, REGISTERING, SUBMISSION, SUBMITTING
from sandbox.hubspot.schema import HUBSPOT_DEFINED, PRIMARY, USER_DEFINED, LinkType, Pipeline, Stage


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
    (OBJECTION, SUBMISSION, None, 215, 216),
    (OBJECTION, "companies", None, 217, 218),
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
