"""Whose opportunity is it: the registration's own, direct sales', another partner's, or nobody's concern.

An opportunity for the same deal that the submission names, that names the partner, or that tells one of these in the
other CRM is the registration's own; so is one that names nobody and appears after the submission, unless direct sales owns
it. One that names another partner, or that direct sales works, is a conflict: before a decision it stands against the
claim, during protection it is flagged and its amount, stage and owner stay untouched.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from rules.action import Action
from rules.cases import Fact, FoundOpportunity, Sameness, StepResult
from rules.primitives.deal_key import judged_opportunity
from rules.primitives.direct import DirectDeals
from rules.records import FINAL, Opportunity, Status
from rules.rivals import doubt, status_of
from rules.situation import Kind, Situation, Verdict, final, passed, skipped, told
from rules.values import is_among
from rules.windows import end_of, local_date


class Stake(StrEnum):
    OURS = "ours"
    DIRECT = "direct"  # worked by direct sales: open, or won since the submission
    RIVAL = "rival"  # names another partner: open, or won since the submission
    TAKEN = "taken"  # named by the submission, but another live registration's own
    UNSURE = "unsure"  # open, older than the submission, may be for the same deal
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Stakes:
    """The case's opportunities by whose they are. why: how each of ours came to be so, in their order."""

    ours: tuple[FoundOpportunity, ...] = ()
    why: tuple[str, ...] = ()
    direct: tuple[FoundOpportunity, ...] = ()
    rival: tuple[FoundOpportunity, ...] = ()
    taken: tuple[FoundOpportunity, ...] = ()
    unsure: tuple[FoundOpportunity, ...] = ()


_NO_STAKES: Final = Stakes()
_DAY: Final = timedelta(days=1)
APPEARED_LATER: Final = "names nobody and appeared after the submission"


def stakes_of(situation: Situation) -> Stakes:
    """Return the case's opportunities, sorted out once per decision."""
    if not situation.case.opportunities:
        return _NO_STAKES
    found: Stakes = situation.shared("stakes", _sort_out)
    return found


def no_direct_deal(situation: Situation) -> Verdict:
    """Direct sales has no open opportunity for the deal that is older than the submission."""
    action = situation.policy.direct.action
    if action is Action.OFF:
        return skipped("direct deals do not stand against a claim")
    unless = situation.policy.direct.unless
    if unless is not None and unless.test(situation.facts):
        return skipped(f"direct deals do not stand against this claim: {unless.text}")
    direct = [each for each in stakes_of(situation).direct if each.opportunity.created_at < situation.priority_at]
    if not direct:
        return passed("no direct deal was open before the submission")
    first = direct[0].opportunity
    text = f"{first.ref} {now(first)}, names no partner and was created {told(first.created_at)}, before the submission"
    facts = tuple(opportunity_fact(each.opportunity) for each in direct)
    if action is Action.REVIEW:
        return Verdict(Kind.REVIEW, text, facts, "direct_deal_doubtful")
    return final(situation, Kind.REFUSE, text, facts, "direct_deal_open")


def no_rival_deal(situation: Situation) -> Verdict:
    """No open opportunity for the deal names another partner, and the one that the submission names is free."""
    stakes = stakes_of(situation)
    if stakes.taken:
        opportunity = stakes.taken[0].opportunity
        text = f"{opportunity.ref} belongs to {stakes.taken[0].linked_registration_id}"
        return Verdict(Kind.REVIEW, text, (opportunity_fact(opportunity),), "opportunity_of_other_registration")
    if not stakes.rival:
        return passed("no opportunity for this deal names another partner")
    opportunity = stakes.rival[0].opportunity
    text = f"{opportunity.ref} {now(opportunity)} and names partner {opportunity.partner_id or opportunity.partner_ref}"
    return Verdict(
        Kind.REVIEW, text, tuple(opportunity_fact(each.opportunity) for each in stakes.rival), "rival_partner_deal"
    )


def no_doubtful_deal(situation: Situation) -> Verdict:
    """No open opportunity, older than the submission, may or may not be for the same deal."""
    rules = situation.policy.precedence
    for found in stakes_of(situation).unsure:
        is_related = found.customer_match.sameness is Sameness.RELATED
        if (rules.related_customer if is_related else rules.unsure_match) is Action.OFF:
            continue
        text = f"{found.opportunity.ref} {doubt(found.customer_match.sameness)}"
        reason = "related_customer" if is_related else "unsure_match"
        return Verdict(Kind.REVIEW, text, (opportunity_fact(found.opportunity),), reason, StepResult.UNKNOWN)
    return passed("no open opportunity is doubtful")


def now(opportunity: Opportunity) -> str:
    """Return how an opportunity stands, in words."""
    if not opportunity.is_closed:
        return "is open"
    return "was won" if opportunity.is_won else "was lost"


def was_closed_before(found: FoundOpportunity, situation: Situation) -> bool:
    """Tell whether an opportunity was closed before the submission, so that its end says nothing about this claim.

    A row's stamp moves with every mass update, so its closing date counts as well, with a day's allowance for the zone it
    was typed in. One that is linked was still open when it became ours; only its stamp can tell then.
    """
    opportunity = found.opportunity
    if not opportunity.is_closed:
        return False
    if opportunity.modified_at < situation.priority_at:
        return True
    if found.is_linked or opportunity.close_on is None:
        return False
    return opportunity.close_on < local_date(situation.priority_at, situation.policy.zone) - _DAY


def opportunity_fact(opportunity: Opportunity) -> Fact:
    stage = opportunity.stage or ("closed" if opportunity.is_closed else "open")
    return Fact(name="opportunity.stage", value=stage, source=str(opportunity.ref), at=opportunity.modified_at)


def _sort_out(situation: Situation) -> Stakes:
    sorted_out: dict[Stake, list[FoundOpportunity]] = {stake: [] for stake in Stake}
    why = []
    twins = _twins(situation)
    for each in situation.case.opportunities:
        found = judged_opportunity(each, situation)
        stake, reason = _stake(found, situation, twins)
        sorted_out[stake].append(found)
        if stake is Stake.OURS:
            why.append(reason)
    return Stakes(
        ours=tuple(sorted_out[Stake.OURS]),
        why=tuple(why),
        direct=tuple(sorted_out[Stake.DIRECT]),
        rival=tuple(sorted_out[Stake.RIVAL]),
        taken=tuple(sorted_out[Stake.TAKEN]),
        unsure=tuple(sorted_out[Stake.UNSURE]),
    )


def _stake(found: FoundOpportunity, situation: Situation, twins: frozenset[str]) -> tuple[Stake, str]:
    """Return whose an opportunity is, and for ours why. The order of the questions is the order of precedence."""
    opportunity = found.opportunity
    if found.is_linked:
        return Stake.OURS, "already linked"
    is_taken = _is_taken(found, situation)
    names_us = _names_us(opportunity, situation)
    names_other = not names_us and (opportunity.partner_id is not None or opportunity.partner_ref is not None)
    if found.is_named_by_submission and not names_other:
        return (Stake.TAKEN, "") if is_taken else (Stake.OURS, "named by the submission")
    if was_closed_before(found, situation) or (is_taken and not (names_other and _is_returned(found, situation))):
        return Stake.NONE, ""
    is_same = found.customer_match.sameness is Sameness.SAME and found.deal_match.sameness is Sameness.SAME
    if names_us:
        return (Stake.OURS, "names the partner") if is_same else (Stake.NONE, "")
    if names_other:
        if is_same or found.is_named_by_submission:
            return (Stake.RIVAL if _is_alive(opportunity) else Stake.NONE), ""
        return (Stake.NONE if opportunity.is_closed else _maybe(found, situation)), ""
    if opportunity.ref.record_id in twins or (opportunity.cross_ref is not None and opportunity.cross_ref in twins):
        return Stake.OURS, "the same deal in the other CRM"
    if not is_same:
        return (Stake.NONE if opportunity.is_closed else _maybe(found, situation)), ""
    return _nameless(opportunity, situation)


def _names_us(opportunity: Opportunity, situation: Situation) -> bool:
    """Tell whether it names the claim's partner, by identity or by a row of it that carries no partner code."""
    if opportunity.partner_id is not None:
        return opportunity.partner_id == situation.partner_id
    if opportunity.partner_ref is None:
        return False
    known = situation.partner.refs if situation.partner is not None else ()
    return opportunity.partner_ref == situation.claim.partner_ref or opportunity.partner_ref in known


def _nameless(opportunity: Opportunity, situation: Situation) -> tuple[Stake, str]:
    """Return whose an opportunity for the same deal is that names no partner."""
    is_direct = _is_direct(opportunity, situation.policy.direct)
    if opportunity.created_at >= situation.priority_at:
        if is_direct:
            return (Stake.DIRECT if _is_alive(opportunity) else Stake.NONE), ""
        return Stake.OURS, APPEARED_LATER
    if not _is_alive(opportunity) or is_direct is False or _is_forgotten(opportunity, situation):
        return Stake.NONE, ""
    if is_direct is None and situation.policy.direct.listed_only:
        return Stake.NONE, ""
    return Stake.DIRECT, ""


def _is_alive(opportunity: Opportunity) -> bool:
    """Tell whether it still counts against a claim: a deal that others won took more from the partner than an open one."""
    return not opportunity.is_closed or opportunity.is_won


def _is_direct(opportunity: Opportunity, rules: DirectDeals) -> bool | None:
    """Tell whether direct sales works it; None: its owner and type do not tell."""
    if opportunity.deal_type is not None:
        if is_among(opportunity.deal_type, rules.ignored_deal_types):
            return False
        if is_among(opportunity.deal_type, rules.deal_types):
            return True
    if opportunity.owner_role is None:
        return None
    if is_among(opportunity.owner_role, rules.channel_roles):
        return False
    return True if is_among(opportunity.owner_role, rules.roles) else None


def _is_forgotten(opportunity: Opportunity, situation: Situation) -> bool:
    within = situation.policy.direct.created_within
    return within is not None and end_of(within, opportunity.created_at, situation.policy.zone) <= situation.priority_at


def _maybe(found: FoundOpportunity, situation: Situation) -> Stake:
    """Return UNSURE for an older opportunity that may be for the same deal."""
    is_possible = Sameness.DIFFERENT not in (found.customer_match.sameness, found.deal_match.sameness)
    is_older = found.opportunity.created_at < situation.priority_at
    if not is_possible or not is_older or _is_direct(found.opportunity, situation.policy.direct) is False:
        return Stake.NONE
    return Stake.NONE if _is_forgotten(found.opportunity, situation) else Stake.UNSURE


def _is_taken(found: FoundOpportunity, situation: Situation) -> bool:
    """Tell whether another registration has it; one that ended no longer does."""
    other = found.linked_registration_id
    if other is None:
        return False
    for rival in situation.case.rivals:
        if rival.registration is not None and rival.registration.registration_id == other:
            return status_of(rival) not in FINAL
    return True


def _is_returned(found: FoundOpportunity, situation: Situation) -> bool:
    """Tell whether its own claim lies with the partner, and so stands against nobody: the opportunity itself does."""
    held = [each.registration for each in situation.case.rivals if each.registration is not None]
    return any(each.registration_id == found.linked_registration_id and each.status is Status.RETURNED for each in held)


def _twins(situation: Situation) -> frozenset[str]:
    """Return the record ids of our opportunities and of those they refer to in another CRM."""
    found: set[str] = set()
    for each in situation.case.opportunities:
        if each.is_linked or each.is_named_by_submission:
            found.add(each.opportunity.ref.record_id)
            if each.opportunity.cross_ref is not None:
                found.add(each.opportunity.cross_ref)
    return frozenset(found)
