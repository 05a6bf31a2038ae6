"""The reason codes: a closed list, one for each way a claim's status changes, waits or is flagged.

Each code has a family (what CRM picklists can tell apart), words for the partner, words for support, and advice: what
someone can do about it. The partner's words never name a rival, its product or its price, and never say that a rival
exists in any way that tells who. The words are looked up when a decision is read, so improving them changes no ledger entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Family(StrEnum):
    """What a CRM's reason picklist can usually tell apart."""

    DUPLICATE_REGISTRATION = "duplicate_registration"
    EXISTING_OPPORTUNITY = "existing_opportunity"
    INCOMPLETE = "incomplete"
    NOT_QUALIFIED = "not_qualified"
    EXISTING_CUSTOMER = "existing_customer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code with its words. advice: what support or the partner can do; empty where nothing is to be done."""

    code: str
    family: Family
    partner: str
    support: str
    advice: str = ""


def _reason(code: str, family: Family, partner: str, support: str, advice: str = "") -> Reason:
    return Reason(code=code, family=family, partner=partner, support=support, advice=advice)


_OTHER: Final = Family.OTHER
_NOT_QUALIFIED: Final = Family.NOT_QUALIFIED
_DUPLICATE: Final = Family.DUPLICATE_REGISTRATION
_OPPORTUNITY: Final = Family.EXISTING_OPPORTUNITY

_IN_REVIEW: Final = "We are looking at your registration in person and will answer as soon as we can."

_DECIDE: Final = "Approve or refuse it by editing its status in the CRM."

_LIST: Final = (
    # on the way
    _reason("received", _OTHER, "We have received your registration.", "The submission was received and has an id."),
    _reason(
        "holding",
        _OTHER,
        "Your registration is complete and is being checked.",
        "The holding period runs: others already working the deal may speak up.",
        "It ends by itself; a channel manager may decide earlier by editing the status in the CRM.",
    ),
    _reason(
        "resubmitted",
        _OTHER,
        "We have received your completed registration.",
        "A returned submission came back completed; its place in the order counts from then.",
    ),
    _reason(
        "submission_restored",
        _OTHER,
        "We have received your registration.",
        "The submission is back in the CRM after it had been deleted; it is decided anew.",
    ),
    # returned
    _reason(
        "missing_fields",
        Family.INCOMPLETE,
        "Your registration lacks some details. Fill them in and save; it then goes on by itself.",
        "Required fields are empty.",
        "The partner fills in the fields named; the next pass picks it up.",
    ),
    _reason(
        "returned_by_person",
        Family.INCOMPLETE,
        "We need more details from you before we can decide. Your channel manager will tell you which.",
        "A person returned it to the partner.",
        "It goes on once the partner has changed the submission.",
    ),
    # registered
    _reason(
        "approved_automatically",
        _OTHER,
        "Your deal is registered and protected.",
        "Every rule passed and nothing called for a person.",
    ),
    _reason("approved_by_person", _OTHER, "Your deal is registered and protected.", "A person approved it."),
    _reason(
        "adopted",
        _OTHER,
        "Your registration was taken over as it stood.",
        "It was decided before Registrar came and was taken over as it stood.",
    ),
    _reason(
        "extended_by_person", _OTHER, "The protection of your deal was extended.", "A person extended the protection."
    ),
    _reason(
        "standing_restored",
        _OTHER,
        "Your registration is active again.",
        "The partner is in good standing again, so the registration continues with its old window.",
    ),
    # suspended
    _reason(
        "standing_lost",
        _NOT_QUALIFIED,
        "Your registration is suspended until your partner account is in good standing again.",
        "The partner fell out of good standing; the deal stays held, the registration rests.",
        "It continues by itself when the partner's standing is good again.",
    ),
    # refused
    _reason(
        "below_minimum",
        _NOT_QUALIFIED,
        "The value of this deal is below the least value that can be registered.",
        "The amount is below the policy's minimum.",
        "The partner may submit it again with a larger amount.",
    ),
    _reason(
        "partner_standing",
        _NOT_QUALIFIED,
        "Your partner account does not allow registrations at present. Please contact your channel manager.",
        "The partner's standing does not allow registrations.",
        "Correct the standing in the CRM, then set the submission back to review.",
    ),
    _reason(
        "partner_tier",
        _NOT_QUALIFIED,
        "Your partner level does not include deal registration.",
        "The partner's tier is not among those the policy admits.",
    ),
    _reason(
        "purchase_within_lookback",
        Family.EXISTING_CUSTOMER,
        "This end customer is already a customer of ours, so the deal cannot be registered as new business.",
        "The customer bought within the look-back.",
    ),
    _reason(
        "duplicate_registration",
        _DUPLICATE,
        "This deal was already registered when your registration reached us.",
        "Another partner's earlier claim for the same deal holds it.",
        "If the customers or products are in fact different, a channel manager can approve it once the other one has ended.",
    ),
    _reason(
        "own_repeat",
        _DUPLICATE,
        "You have already submitted this deal; your other registration counts.",
        "The same partner submitted the same deal more than once; the other registration counts.",
    ),
    _reason(
        "direct_deal_open",
        _OPPORTUNITY,
        "We were already working on this deal with the end customer when your registration reached us.",
        "An open opportunity of direct sales for the same deal is older than the submission.",
        "If it is another deal, close or correct the opportunity, then set the submission back to review.",
    ),
    _reason(
        "refused_by_person",
        _OTHER,
        "Your registration was not accepted. Your channel manager can tell you more.",
        "A person refused it.",
    ),
    # in review
    _reason(
        "above_automatic_limit",
        _OTHER,
        _IN_REVIEW,
        "The amount reaches the limit above which a person decides.",
        _DECIDE,
    ),
    _reason(
        "no_automatic_approval",
        _OTHER,
        _IN_REVIEW,
        "The policy leaves every approval to a person.",
        _DECIDE,
    ),
    _reason(
        "standing_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The partner's standing calls for a person's look.",
        _DECIDE,
    ),
    _reason(
        "minimum_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The amount is below the policy's minimum; the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "duplicate_possible",
        _OTHER,
        _IN_REVIEW,
        "Another partner's earlier claim for the same deal holds it; the policy lets a person decide.",
        "Refuse it; or end the other registration first, then approve this one.",
    ),
    _reason(
        "direct_deal_doubtful",
        _OTHER,
        _IN_REVIEW,
        "An open opportunity of direct sales is older than the submission; the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "existing_customer_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The customer bought within the look-back; the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "amount_unknown",
        _OTHER,
        _IN_REVIEW,
        "The amount is not known, so the limits cannot be checked.",
        "Fill in the amount, or decide by editing the status in the CRM.",
    ),
    _reason(
        "rate_missing",
        _OTHER,
        _IN_REVIEW,
        "The amount's currency has no exchange rate, so the limits cannot be checked.",
        "Decide by editing the status in the CRM: this version knows no exchange rates.",
    ),
    _reason(
        "related_customer",
        _OTHER,
        _IN_REVIEW,
        "A related company (parent, subsidiary, sister) has a deal that may be the same.",
        "Decide whether it is the same deal; then approve or refuse by editing the status in the CRM.",
    ),
    _reason(
        "unsure_match",
        _OTHER,
        _IN_REVIEW,
        "Another record may or may not mean the same customer and deal.",
        "Compare the two; then approve or refuse by editing the status in the CRM.",
    ),
    _reason(
        "rival_partner_deal",
        _OTHER,
        _IN_REVIEW,
        "An opportunity for the same deal, open or just won, names another partner, who has not registered it.",
        "Decide which partner it is; then approve or refuse by editing the status in the CRM.",
    ),
    _reason(
        "earlier_claim_seen_late",
        _OTHER,
        _IN_REVIEW,
        "An earlier claim was seen only after a later one had been registered. Nothing is swapped silently.",
        "Decide between the two: withdraw or refuse one of them in the CRM.",
    ),
    _reason(
        "opportunity_of_other_registration",
        _OTHER,
        _IN_REVIEW,
        "The submission names an opportunity that belongs to another registration.",
        "Correct the submission's opportunity, or decide by editing the status in the CRM.",
    ),
    _reason(
        "reopened_by_person",
        _OTHER,
        _IN_REVIEW,
        "A person set it back to review; only a person decides it now.",
        _DECIDE,
    ),
    _reason(
        "command_proposed",
        _OTHER,
        _IN_REVIEW,
        "Its status was edited in the CRM, and that could not be followed as it was: the proposal tells why.",
        "Somebody whom the policy allows to command decides by setting the status.",
    ),
    # ended
    _reason(
        "deal_won",
        _OTHER,
        "Congratulations: this deal is won.",
        "The registration's own opportunity was closed as won.",
    ),
    _reason(
        "deal_lost", _OTHER, "This deal was closed as lost.", "The registration's own opportunity was closed as lost."
    ),
    _reason(
        "window_ended",
        _OTHER,
        "The protection of this deal has ended.",
        "The protection window ended without the deal being won.",
        "The partner may register the deal again.",
    ),
    _reason(
        "withdrawn_by_person", _OTHER, "The registration was withdrawn.", "It was withdrawn by a person in the CRM."
    ),
    _reason(
        "submission_gone",
        _OTHER,
        "The registration was withdrawn.",
        "The submission was deleted, archived or merged away in the CRM.",
        "Restore it in the CRM; the next pass picks it up.",
    ),
    # waits
    _reason(
        "waiting_for_connection",
        _OTHER,
        "Your registration is complete and is being checked.",
        "Nothing final is decided before every CRM has been read past the moment in question.",
        "Look at `registrar status`: the connection named is paused, blocked or behind.",
    ),
    _reason(
        "waiting_for_partner",
        _OTHER,
        "We have received your registration.",
        "The submitting company is not known as a partner in this CRM.",
        "Give the company its partner code in the CRM; `registrar doctor` lists unknown partners.",
    ),
    _reason(
        "waiting_for_earlier_claim",
        _OTHER,
        "Your registration is complete and is being checked.",
        "An earlier claim for the same deal is not decided yet.",
        "Decide the earlier claim.",
    ),
    # flags
    _reason(
        "direct_deal_during_protection",
        _OPPORTUNITY,
        "",
        "Direct sales works an opportunity for the protected deal.",
        "Hand the opportunity to the partner of record, or settle it with both.",
    ),
    _reason(
        "rival_deal_during_protection",
        _DUPLICATE,
        "",
        "An opportunity for the protected deal names another partner.",
        "Correct the opportunity's partner, or settle it with both.",
    ),
    _reason(
        "deal_is_held",
        _DUPLICATE,
        "",
        "The command cannot be followed while another registration holds the deal.",
        "End the other registration first, then give the command again.",
    ),
    _reason(
        "deal_is_claimed",
        _DUPLICATE,
        "",
        "Another partner claimed the deal after its protection had ended, so the protection cannot be extended over that.",
        "Decide the other claim first, then give the command again.",
    ),
    _reason(
        "command_not_applicable",
        _OTHER,
        "",
        "The command does not fit the registration's present status.",
        "Give a command that fits, or leave it as it is.",
    ),
    _reason(
        "command_not_allowed",
        _OTHER,
        "",
        "Someone who may not command, or whom the CRM does not name, edited the status.",
        "Somebody the policy allows confirms by setting the status, or decides otherwise.",
    ),
    _reason(
        "answer_overdue",
        _OTHER,
        "",
        "The partner was promised an answer and has none yet.",
        "Decide it, or say why it waits.",
    ),
    _reason(
        "window_ends_soon",
        _OTHER,
        "The protection of this deal ends soon.",
        "The protection window ends soon.",
        "Extend it, or let it end.",
    ),
    _reason(
        "deal_closed_before_decision",
        _OTHER,
        "",
        "The claim's own opportunity is closed although the claim is not decided.",
        "Decide the claim by editing its status in the CRM.",
    ),
    _reason(
        "deal_reopened",
        _OTHER,
        "",
        "The opportunity was opened again after the registration had ended with it.",
        "Set the submission back to review if the registration should live again.",
    ),
    _reason(
        "won_after_end",
        _OTHER,
        "",
        "The registration's opportunity was won after the registration had ended.",
        "Decide whether the partner is to be credited nevertheless.",
    ),
    _reason(
        "adopted_conflict",
        _DUPLICATE,
        "",
        "Two registrations of one deal had been approved before Registrar came; the later one holds nothing against others.",
        "Decide between the two: withdraw or refuse one of them in the CRM.",
    ),
    _reason(
        "adopted_without_end",
        _OTHER,
        "",
        "The adopted registration had no end of protection; the policy's length is counted from its approval.",
        "Set another end by extending it.",
    ),
)

REASONS: Final[Mapping[str, Reason]] = {each.code: each for each in _LIST}
