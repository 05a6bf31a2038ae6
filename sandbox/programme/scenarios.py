"""The scenarios of submissions, and the cycle in which their stories are told, place by place.

A place names the scenario, the CRM where it matters, and how far back the story began that it goes on with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final


class Crm(StrEnum):
    """The two doors' names, as faults and connections are called by default."""

    SALESFORCE = "salesforce"
    HUBSPOT = "hubspot"

    @property
    def other(self) -> Crm:
        return Crm.HUBSPOT if self is Crm.SALESFORCE else Crm.SALESFORCE


class Scenario(StrEnum):
    CLEAN = "clean"
    LARGE = "large"  # above what is approved without a person
    INCOMPLETE = "incomplete"  # amount and closing date left out, and never told
    CORRECTED = "corrected"  # the same, and completed by the partner a day later
    BELOW_MINIMUM = "below_minimum"
    RESUBMITTED = "resubmitted"  # sent anew with a larger amount after BELOW_MINIMUM
    DUPLICATE = "duplicate"  # another partner was first, in the same CRM
    DUPLICATE_ACROSS = "duplicate_across"  # another partner was first, in the other CRM
    DIRECT = "direct"  # a direct deal is open in the same CRM
    DIRECT_ACROSS = "direct_across"
    DIRECT_LATER = "direct_later"  # clean; days later a seller opens a direct deal
    LATE = "late"  # dated before a rival's by the partner, received after it
    BAD_STANDING = "bad_standing"  # suspended
    PAST_DUE = "past_due"
    EXISTING_CUSTOMER = "existing_customer"  # bought lately
    UNKNOWN_PARTNER = "unknown_partner"  # a partner in the other CRM only
    OWN_OPPORTUNITY = "own_opportunity"  # names the opportunity that its channel manager keeps for it
    OPPORTUNITY_AFTER = "opportunity_after"  # clean; its channel manager opens the opportunity a day later
    WITHDRAWN = "withdrawn"  # clean, and taken back by the partner within hours
    ADOPTED = "adopted"  # approved by people before Registrar came


class Expected(StrEnum):
    """Where a story ends under the default rules, while nobody interferes."""

    REGISTERED = "registered"
    IN_REVIEW = "in_review"  # until a channel manager decides
    RETURNED = "returned"
    REFUSED = "refused"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


ENDS: Final[Mapping[Scenario, Expected]] = {
    Scenario.CLEAN: Expected.REGISTERED,
    Scenario.LARGE: Expected.IN_REVIEW,
    Scenario.INCOMPLETE: Expected.RETURNED,
    Scenario.CORRECTED: Expected.REGISTERED,
    Scenario.BELOW_MINIMUM: Expected.REFUSED,
    Scenario.RESUBMITTED: Expected.REGISTERED,
    Scenario.DUPLICATE: Expected.REFUSED,
    Scenario.DUPLICATE_ACROSS: Expected.REFUSED,
    Scenario.DIRECT: Expected.REFUSED,
    Scenario.DIRECT_ACROSS: Expected.REFUSED,
    Scenario.DIRECT_LATER: Expected.REGISTERED,
    Scenario.LATE: Expected.REFUSED,
    Scenario.BAD_STANDING: Expected.REFUSED,
    Scenario.PAST_DUE: Expected.IN_REVIEW,
    Scenario.EXISTING_CUSTOMER: Expected.REFUSED,
    Scenario.UNKNOWN_PARTNER: Expected.WAITING,
    Scenario.OWN_OPPORTUNITY: Expected.REGISTERED,
    Scenario.OPPORTUNITY_AFTER: Expected.REGISTERED,
    Scenario.WITHDRAWN: Expected.WITHDRAWN,
    Scenario.ADOPTED: Expected.REGISTERED,
}
FOLLOWERS: Final = frozenset({Scenario.DUPLICATE, Scenario.DUPLICATE_ACROSS, Scenario.LATE})
# Decided by whether two sides mean the same customer.
MATCHED: Final = FOLLOWERS | {Scenario.DIRECT, Scenario.DIRECT_ACROSS, Scenario.EXISTING_CUSTOMER}

# Scenario, CRM (None: they take turns), places back to the first submission of the story.
_S, _H = Crm.SALESFORCE, Crm.HUBSPOT
_CYCLE: Final[Sequence[tuple[Scenario, Crm | None, int]]] = (
    (Scenario.CLEAN, _S, 0),
    (Scenario.CLEAN, _H, 0),
    (Scenario.ADOPTED, None, 0),
    (Scenario.DUPLICATE, _S, 3),
    (Scenario.INCOMPLETE, None, 0),
    (Scenario.DUPLICATE_ACROSS, _S, 4),
    (Scenario.DIRECT, None, 0),
    (Scenario.BELOW_MINIMUM, None, 0),
    (Scenario.LARGE, None, 0),
    (Scenario.BAD_STANDING, None, 0),
    (Scenario.EXISTING_CUSTOMER, None, 0),
    (Scenario.RESUBMITTED, None, 4),
    (Scenario.CLEAN, None, 0),
    (Scenario.DIRECT_ACROSS, None, 0),
    (Scenario.LATE, None, 2),
    (Scenario.UNKNOWN_PARTNER, None, 0),
    (Scenario.CORRECTED, None, 0),
    (Scenario.DUPLICATE_ACROSS, _H, 17),
    (Scenario.OWN_OPPORTUNITY, None, 0),
    (Scenario.WITHDRAWN, None, 0),
    (Scenario.DIRECT_LATER, None, 0),
    (Scenario.CLEAN, None, 0),
    (Scenario.OPPORTUNITY_AFTER, None, 0),
    (Scenario.DUPLICATE, _H, 22),
    (Scenario.PAST_DUE, None, 0),
)
CYCLE: Final = len(_CYCLE)
ACROSS_PLACE: Final = 17  # there a partner in HubSpot wants what the first place has registered in Salesforce
FOREIGN_PLACES: Final = frozenset({21})  # these are told in the customer's own currency


def told_at(number: int) -> tuple[Scenario, Crm, int]:
    """Return the scenario and the CRM of a submission, and how many numbers before it its story began."""
    lap, place = divmod(number, CYCLE)
    scenario, crm, back = _CYCLE[place]
    if crm is not None:
        return scenario, crm, back
    # A follower stays where its story began.
    origin = place - back
    return scenario, (Crm.SALESFORCE, Crm.HUBSPOT)[(lap + origin) % 2], back
