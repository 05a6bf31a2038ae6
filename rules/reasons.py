"""The reason codes: one for each way a claim's status changes, waits or is flagged, and the admin's own beside them.

Each code has a family (what CRM picklists can tell apart), words for the partner, words for support, and advice: what
someone can do about it. The words are templates, see rules/wording.py. The partner's words never name a rival, its
product or its price, and never say that a rival exists in any way that tells who. They are looked up when a decision is
read, so improving them changes no ledger entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.setting import required, setting


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
    """One code with its words."""

    code: str = required("Short name in small letters, such as partner_dormant; rules name it as their reason.")
    partner: str = required("What the partner reads. Name no other partner. May hold {placeholders}.")
    support: str = required("What support and auditors read.")
    advice: str = setting("", "What someone can do about it; empty where nothing is to be done.")
    family: Family = setting(
        Family.OTHER,
        "What the CRM's reason picklist shows: duplicate_registration, existing_opportunity, incomplete, not_qualified, "
        "existing_customer, other.",
    )


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
    _reason(
        "proposal_dismissed",
        _OTHER,
        "We have received your registration.",
        "What somebody had proposed was not followed; the rules decide it again.",
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
    _reason(
        "evidence_missing",
        Family.INCOMPLETE,
        "Your registration lacks proof of your work with the end customer. Needed: {missing}.",
        "Evidence that the policy asks for is missing, too old or undated.",
        "The partner adds the evidence; the next pass picks it up.",
    ),
    _reason(
        "party_missing",
        Family.INCOMPLETE,
        "A further partner that this programme asks for is missing or does not qualify. Needed: {missing}.",
        "A role that the policy asks for beside the partner is empty, or the company in it does not qualify.",
        "Fill in a partner for that role that meets the policy.",
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
    _reason(
        "second_place",
        _OTHER,
        "Your deal is registered in second place, without exclusivity.",
        "Another partner's claim comes first; the policy registers this one behind it.",
    ),
    _reason(
        "co_sell",
        _OTHER,
        "Your deal is registered, without exclusivity.",
        "The policy lets several partners register this deal; none holds it alone.",
    ),
    _reason(
        "jurisdiction_equal_access",
        _OTHER,
        "Your deal is registered. Where the end customer is, nobody may hold a deal alone.",
        "Law forbids exclusivity here: everyone who qualifies is registered, nobody exclusively.",
    ),
    _reason(
        "extension_granted",
        _OTHER,
        "The protection of your deal was extended.",
        "The partner's request for an extension met the policy, so the protection was extended.",
    ),
    _reason(
        "conversion_done",
        _OTHER,
        "Your registration was changed as you asked.",
        "The registration became another kind, or took up an addendum or another price, as the partner asked.",
    ),
    _reason(
        "gate_restored",
        _OTHER,
        "Your registration is active again.",
        "The condition that had lapsed holds again, so the registration continues with its old window.",
    ),
    _reason(
        "update_received",
        _OTHER,
        "Thank you for the update. Your registration is active again.",
        "The overdue update has come, so the registration continues with its old window.",
    ),
    # suspended
    _reason(
        "standing_lost",
        _NOT_QUALIFIED,
        "Your registration is suspended until your partner account is in good standing again.",
        "The partner fell out of good standing; the deal stays held, the registration rests.",
        "It continues by itself when the partner's standing is good again.",
    ),
    _reason(
        "gate_lapsed",
        _NOT_QUALIFIED,
        "Your registration is suspended until you meet the programme's conditions again.",
        "A condition that must hold while registered holds no longer; the deal stays held, the registration rests.",
        "It continues by itself when the condition holds again.",
    ),
    _reason(
        "update_missing",
        _OTHER,
        "Your registration is suspended until you report progress on the deal.",
        "The partner's update is overdue; the deal stays held, the registration rests.",
        "It continues by itself with the next meaningful change.",
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
        "This deal was already registered when your registration reached us. It may be free from {free_from} on.",
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
    _reason(
        "gate_not_met",
        _NOT_QUALIFIED,
        "This registration does not meet a condition of the programme. Please ask your channel manager.",
        "A condition of the policy on partner, customer or deal does not hold.",
        "The deciding rule below names the condition.",
    ),
    _reason(
        "capacity_reached",
        _NOT_QUALIFIED,
        "Your limit of registrations is reached. {count} of {limit} are used.",
        "The partner's quota is full.",
        "The partner gives one back or waits for the next period, then submits it again.",
    ),
    _reason(
        "wrong_channel",
        _NOT_QUALIFIED,
        "Registrations are not taken through this channel. Please use the one your programme names.",
        "The submission came through a door that the policy does not admit.",
        "The partner submits it through the right channel.",
    ),
    _reason(
        "kind_not_open",
        _NOT_QUALIFIED,
        "This kind of registration is not open to you.",
        "The kind of registration is unknown to the policy, or the partner may not use it.",
        "The partner chooses another kind.",
    ),
    _reason(
        "programme_none_applies",
        _NOT_QUALIFIED,
        "No programme covers this deal.",
        "No programme of the policy applies to this claim at the time that counts.",
        "Correct the submission's programme or the policy's dates.",
    ),
    _reason(
        "registration_not_needed",
        _OTHER,
        "A deal of this size needs no registration; you get what the programme grants without one.",
        "The deal is below the size from which registration is needed; rewards for it are granted all the same.",
    ),
    _reason(
        "tender_not_eligible",
        _NOT_QUALIFIED,
        "A deal that is put out to tender cannot be registered under this programme, or not at this time.",
        "The tender rule stands against it: never, or not in this order of publication, submission and approval.",
    ),
    _reason(
        "vendor_activity",
        _OPPORTUNITY,
        "We were already in touch with this end customer when your registration reached us.",
        "The vendor's own last activity at the customer lies within the look-back.",
    ),
    _reason(
        "open_vendor_deal",
        _OPPORTUNITY,
        "We were already working with this end customer when your registration reached us.",
        "An opportunity of the customer was open within the look-back.",
    ),
    _reason(
        "registered_elsewhere",
        _DUPLICATE,
        "A registration for this end customer already existed when yours reached us.",
        "Another registration for the customer lies within the look-back.",
    ),
    _reason(
        "not_new_business",
        Family.EXISTING_CUSTOMER,
        "This does not count as new business under the programme.",
        "A date that the policy looks back for lies too near.",
    ),
    _reason(
        "outranked",
        _DUPLICATE,
        "Under the programme's order of precedence this deal was registered otherwise.",
        "Another partner's claim ranks higher by the policy's ladder.",
    ),
    _reason(
        "engagement_not_shown",
        _NOT_QUALIFIED,
        "You have not shown the engagement that a place in the order asks for.",
        "The claim takes no place in the order: the policy's condition for one does not hold.",
        "The partner shows its engagement and submits it again.",
    ),
    _reason(
        "cool_down",
        _NOT_QUALIFIED,
        "It is too soon after your last registration of this deal ended. You may register it again from {free_from} on.",
        "The partner's earlier registration of the deal ended too recently.",
    ),
    _reason(
        "not_again",
        _NOT_QUALIFIED,
        "This deal was registered before and cannot be registered again.",
        "The policy does not let this partner register the deal again.",
    ),
    _reason(
        "held_in_grace",
        _DUPLICATE,
        "This deal cannot be registered at present.",
        "The protection ran out recently; for now only the partner that had it may register again.",
    ),
    _reason(
        "customer_locked",
        _DUPLICATE,
        "This deal cannot be registered at present.",
        "A partner won this customer's deal, and the lock after the win still runs.",
    ),
    _reason(
        "extension_refused",
        _OTHER,
        "The protection of your deal was not extended.",
        "The request for an extension does not meet the policy.",
    ),
    _reason(
        "conversion_refused",
        _OTHER,
        "Your registration was not changed.",
        "The change that the partner asked for is not among those that the policy admits.",
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
        "The currency of this deal has no exchange rate with us, so its size could not be checked.",
        "The amount's currency has no exchange rate, so the limits cannot be checked.",
        "Add the rate for that day, or decide by editing the status in the CRM.",
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
    _reason(
        "fact_unknown",
        _OTHER,
        _IN_REVIEW,
        "A fact that a rule needs is not known.",
        "Fill in what the deciding rule names, or decide by editing the status in the CRM.",
    ),
    _reason(
        "gate_doubtful",
        _OTHER,
        _IN_REVIEW,
        "A condition does not hold, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "evidence_doubtful",
        _OTHER,
        _IN_REVIEW,
        "Evidence is missing, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "party_doubtful",
        _OTHER,
        _IN_REVIEW,
        "A further party is missing or does not qualify, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "tender_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The tender rule stands against it or cannot tell, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "quota_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The partner's quota is full, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "channel_doubtful",
        _OTHER,
        _IN_REVIEW,
        "It came through another door than the policy names, and a person decides.",
        _DECIDE,
    ),
    _reason(
        "newness_doubtful",
        _OTHER,
        _IN_REVIEW,
        "A look-back stands against it, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "again_doubtful",
        _OTHER,
        _IN_REVIEW,
        "The partner registered this deal before, and the policy lets a person decide.",
        _DECIDE,
    ),
    _reason(
        "tie",
        _OTHER,
        _IN_REVIEW,
        "No ground of precedence tells two claims for one deal apart.",
        "Decide between them: approve one, refuse the other.",
    ),
    _reason(
        "objection_raised",
        _OTHER,
        _IN_REVIEW,
        "Somebody who already works the deal objected; both sides' evidence is with the decision.",
        "Look at both sides' evidence, then approve or refuse.",
    ),
    _reason(
        "appeal_opened",
        _OTHER,
        "We have received your appeal and are looking at it in person.",
        "The partner appealed in time against the refusal.",
        "The role that the policy names for appeals decides by setting the status.",
    ),
    _reason(
        "dispute_opened",
        _OTHER,
        "We have received your dispute and are looking at it in person.",
        "A party disputes the outcome in time.",
        "The role that the policy names for disputes decides.",
    ),
    _reason(
        "research_started",
        _OTHER,
        "We are looking into your registration; the answer takes a little longer.",
        "The answer 'we are looking into it' was given; it moved the time to answer once.",
        _DECIDE,
    ),
    _reason(
        "approver_needed",
        _OTHER,
        _IN_REVIEW,
        "The policy wants the approval of a certain role.",
        "Somebody in that role decides by setting the status.",
    ),
    _reason(
        "unregistered_partner_deal",
        _OTHER,
        _IN_REVIEW,
        "An opportunity names a partner who has not registered the deal.",
        "Ask the partner to register it, or decide whether it counts as registered.",
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
    _reason(
        "milestone_not_reached",
        _OTHER,
        "The protection of this deal has ended: a milestone was not reached in time.",
        "A phase of the protection ended without its milestone.",
        "The partner may register the deal again where the policy lets it.",
    ),
    _reason(
        "update_overdue",
        _OTHER,
        "The protection of this deal has ended, because no progress was reported in time.",
        "The partner's duty to report meaningful progress was not met.",
        "The partner may register the deal again where the policy lets it.",
    ),
    _reason(
        "recaptured_idle",
        _OTHER,
        "This deal went back to us, because no progress was reported in time.",
        "Nothing was reported in time, so the deal went back to the vendor.",
        "Give the deal out again, or keep it.",
    ),
    _reason(
        "recaptured_gate",
        _OTHER,
        "This deal went back to us, because the programme's conditions are no longer met.",
        "A condition that must hold while registered holds no longer, so the deal went back to the vendor.",
        "Give the deal out again, or keep it.",
    ),
    _reason(
        "closed_outside_window",
        _OTHER,
        "This deal was closed after its protection had ended.",
        "The opportunity was won outside the protection window; the policy counts only a win inside it.",
    ),
    _reason(
        "released_by_partner",
        _OTHER,
        "The registration was withdrawn, as you asked.",
        "The partner gave the registration back.",
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
    _reason(
        "evidence_pending",
        _OTHER,
        "We are waiting for the proof of your work. Needed: {missing}.",
        "The partner may still bring evidence; the time for it runs.",
        "The partner adds the evidence; the next pass picks it up.",
    ),
    _reason(
        "capacity_awaited",
        _OTHER,
        "Your registration goes on as soon as you have room for it. {count} of {limit} are used.",
        "The partner's quota is full; it goes on when there is room.",
    ),
    _reason(
        "condition_awaited",
        _OTHER,
        "Your registration is being checked.",
        "A condition does not hold yet; the policy waits for it.",
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
        "appeal_too_late",
        _OTHER,
        "Your appeal came too late or is not open for this decision.",
        "The appeal came after its window, or once too often.",
        "A person may still set it back to review.",
    ),
    _reason(
        "dispute_too_late",
        _OTHER,
        "Your dispute came too late or is not open for this deal.",
        "The dispute came after its window, or is not heard.",
        "A person may still set it back to review.",
    ),
    _reason(
        "objection_not_heard",
        _OTHER,
        "",
        "An objection came too late, or from a side that the policy does not hear.",
        "Look at it; a person may still set the registration back to review.",
    ),
    _reason(
        "extension_requested",
        _OTHER,
        "We have received your request for an extension.",
        "The partner asks for an extension; a person decides.",
        "Extend it, or leave it as it is.",
    ),
    _reason(
        "conversion_requested",
        _OTHER,
        "We have received your request for a change.",
        "The partner asks for a change of the registration; a person decides.",
        "Follow the request in the CRM, or refuse it.",
    ),
    _reason(
        "deal_changed",
        _OTHER,
        "",
        "The customer or the deal was changed after registration; the registration keeps what it was registered with.",
        "Approve the registration once more to take the change over, or set the submission right.",
    ),
    _reason(
        "milestone_corrected",
        _OTHER,
        "",
        "A milestone's date was corrected after the protection had ended; by the new date it was reached in time.",
        "Extend the registration, or leave it as it is.",
    ),
    _reason(
        "reason_missing",
        _OTHER,
        "",
        "The policy wants a reason code with a refusal or cancellation.",
        "Give the command again with a reason.",
    ),
    _reason(
        "update_due_soon",
        _OTHER,
        "An update on this deal is due soon.",
        "The partner's update is due soon.",
    ),
    _reason(
        "gate_failing",
        _OTHER,
        "",
        "A condition that should hold while registered holds no longer.",
        "Settle it with the partner.",
    ),
    _reason(
        "escalated",
        _OTHER,
        "",
        "The answer is late; the case goes to the next person that the policy names.",
        "Decide it, or say why it waits.",
    ),
    _reason(
        "reward_pending",
        _OTHER,
        "Your reward is noted and paid once its conditions are met.",
        "A condition for payment does not hold yet.",
    ),
    _reason(
        "reward_lost",
        _OTHER,
        "A condition for your reward was not met, so it is not paid.",
        "A condition for payment was not met and can no longer be met.",
    ),
    _reason(
        "lock_ended",
        _OTHER,
        "",
        "The lock after the win has ended.",
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
IN_REVIEW: Final = _IN_REVIEW


def by_code(reasons: Iterable[Reason]) -> dict[str, Reason]:
    """Return reasons by their codes."""
    return {each.code: each for each in reasons}


def reason_of(code: str, own: Mapping[str, Reason]) -> Reason:
    """Return the code's words: the admin's own, else the built-in ones.

    own: the policy's reasons by code. A code that a former policy knew and the present one does not is told as that.
    """
    found = own.get(code) or REASONS.get(code)
    if found is not None:
        return found
    return _reason(
        code,
        _OTHER,
        "A rule of the programme decided this. Your channel manager can tell you more.",
        "The rules in force have no words for this code; a former version had.",
        "Add the code under reasons: in the rules.",
    )
