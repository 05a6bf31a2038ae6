"""Looking back from a claim: purchases, open deals, registrations and the vendor's own activity at the customer.

The very deal that is claimed, and what is younger than the claim, is passed over. What a finding leads to is
rules/primitives/newness.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from rules.cases import Fact, FoundOpportunity, Match, Rival, Sameness
from rules.matching.deals import families_of
from rules.records import PROTECTED, Opportunity
from rules.rivals import all_rivals, is_certain, label, partner_of, priority_at, rival_fact
from rules.situation import Situation
from rules.span import Span
from rules.stakes import stakes_of, was_closed_before
from rules.windows import end_of, is_within_lookback, local_date

if TYPE_CHECKING:
    from rules.primitives.newness import Lookback

LAST_ACTIVITY: Final = "last_activity"  # in a registration's memory: the vendor's last activity when first asked


class FactKind(StrEnum):
    """What is looked back for."""

    PURCHASE = "purchase"  # a won opportunity of the customer
    OPEN_DEAL = "open_deal"  # an opportunity of the customer that was open at that time
    VENDOR_ACTIVITY = "vendor_activity"  # the vendor's own activity at the customer
    REGISTRATION = "registration"  # a registration for the customer, whichever product
    FACT = "fact"  # any date or instant fact, see `fact`


class Whose(StrEnum):
    """Whose purchase, deal or registration counts."""

    ANYONE = "anyone"
    OTHER_PARTNERS = "other_partners"
    OWN = "own"  # the submitting partner's own
    DIRECT = "direct"  # no partner's


class Scope(StrEnum):
    """Which customers count as this one."""

    ENTITY = "entity"
    TREE = "tree"  # the whole corporate tree: parent, subsidiaries, sisters


@dataclass(frozen=True, slots=True)
class Found:
    """What stands against the claim."""

    text: str
    fact: Fact


Search = Callable[["Lookback", Span | None, Situation], Found | None]


def find(lookback: Lookback, within: Span | None, situation: Situation) -> Found | None:
    """Return the first purchase, open deal or registration that a look-back finds."""
    return _SEARCHES[lookback.of](lookback, within, situation)


def _purchase(lookback: Lookback, within: Span | None, situation: Situation) -> Found | None:
    for found in situation.case.opportunities:
        opportunity = found.opportunity
        if not (opportunity.is_closed and opportunity.is_won) or not _concerns(found, lookback, situation):
            continue
        if not was_closed_before(found, situation) and _is_ours(found, situation):
            continue  # the very deal that is claimed, won meanwhile
        bought_on = _closed_on(opportunity, situation.policy.zone)
        if is_within(bought_on, within, situation):
            text = f"the customer bought on {bought_on} ({opportunity.ref}){reach(within)}"
            return Found(text, _opportunity_fact("purchase.closed_on", str(bought_on), opportunity))
    return None


def _open_deal(lookback: Lookback, within: Span | None, situation: Situation) -> Found | None:
    for found in situation.case.opportunities:
        opportunity = found.opportunity
        if not _concerns(found, lookback, situation) or _is_ours(found, situation):
            continue
        if opportunity.is_closed and was_closed_before(found, situation):
            closed_on = _closed_on(opportunity, situation.policy.zone)
            if within is None or not is_within(closed_on, within, situation):
                continue
        when = reach(within) or " at the submission"
        text = f"{opportunity.ref} was created {opportunity.created_at:%Y-%m-%d} and open{when}"
        return Found(text, _opportunity_fact("opportunity.stage", opportunity.stage or "open", opportunity))
    return None


def _registration(lookback: Lookback, within: Span | None, situation: Situation) -> Found | None:
    """Find a registration that was protected when the claim was made, or whose protection had ended not long before.

    One that holds the very deal is no matter of newness: the precedence has spoken about it.
    """
    for rival in all_rivals(situation):
        if not _is_in_scope(rival.customer_match, lookback) or priority_at(rival, situation) >= situation.priority_at:
            continue
        if not _is_whose(partner_of(rival), lookback, situation) or not _is_product(
            rival.claim.products, lookback, situation
        ):
            continue
        ended_at = _protection_end(rival)
        if ended_at is None:
            continue
        is_live = ended_at > situation.priority_at
        if is_live and is_certain(rival):
            continue
        if is_live or (within is not None and is_within(ended_at, within, situation)):
            when = "was live at the submission" if is_live else f"ended {local_date(ended_at, situation.policy.zone)}"
            return Found(
                f"{label(rival)} for the same customer {when}{'' if is_live else reach(within)}", rival_fact(rival)
            )
    return None


def _protection_end(rival: Rival) -> datetime | None:
    """Return when a rival's protection ended or will end; None where it never had one."""
    held = rival.registration
    if held is None or (held.window is None and held.status not in PROTECTED):
        return None
    if held.window is None:
        return datetime.max.replace(tzinfo=UTC)
    return held.window.end if held.ended_at is None else min(held.window.end, held.ended_at)


def last_activity(lookback: Lookback, situation: Situation) -> date | None:
    """Return the vendor's last activity up to the day of the submission, as it was when first asked."""
    known = situation.memory.get(LAST_ACTIVITY, {})
    if lookback.name in known:
        return date.fromisoformat(known[lookback.name])
    day = local_date(situation.priority_at, situation.policy.zone)
    before = [each for each in _activities(lookback, situation) if each <= day]
    last = max(before, default=None)
    if last is not None:
        situation.memory[LAST_ACTIVITY] = {**known, lookback.name: last.isoformat()}
    return last


def _activities(lookback: Lookback, situation: Situation) -> Iterator[date]:
    customer = situation.claim.customer
    if customer.last_activity_on is not None:
        yield customer.last_activity_on
    for found in situation.case.opportunities:
        opportunity = found.opportunity
        if not _is_in_scope(found.customer_match, lookback):
            continue
        if opportunity.customer is not None and opportunity.customer.last_activity_on is not None:
            yield opportunity.customer.last_activity_on
        is_vendors = opportunity.partner_id is None and opportunity.partner_ref is None
        if opportunity.last_activity_on is not None and is_vendors and not _is_ours(found, situation):
            yield opportunity.last_activity_on


def _concerns(found: FoundOpportunity, lookback: Lookback, situation: Situation) -> bool:
    """Tell whether an opportunity is of this customer, older than the claim, and one of those looked for."""
    opportunity = found.opportunity
    if found.is_linked or opportunity.created_at >= situation.priority_at:
        return False  # our own, or later than the claim
    product = () if opportunity.product_line is None else (opportunity.product_line,)
    return (
        _is_in_scope(found.customer_match, lookback)
        and _is_whose(_partner_of(opportunity), lookback, situation)
        and _is_product(product, lookback, situation)
    )


def _is_in_scope(match: Match, lookback: Lookback) -> bool:
    return match.sameness is Sameness.SAME or (lookback.scope is Scope.TREE and match.sameness is Sameness.RELATED)


def _is_whose(partner_id: str | None, lookback: Lookback, situation: Situation) -> bool:
    match lookback.whose:
        case Whose.OWN:
            return partner_id is not None and partner_id == situation.partner_id
        case Whose.OTHER_PARTNERS:
            return partner_id is not None and partner_id != situation.partner_id
        case Whose.DIRECT:
            return partner_id is None
        case _:
            return True


def _partner_of(opportunity: Opportunity) -> str | None:
    """Return the partner that an opportunity names, by its row where it has no identity."""
    return opportunity.partner_id or (str(opportunity.partner_ref) if opportunity.partner_ref is not None else None)


def _is_product(products: tuple[str, ...], lookback: Lookback, situation: Situation) -> bool:
    return not lookback.same_product or bool(families_of(products) & families_of(situation.claim.products))


def _is_ours(found: FoundOpportunity, situation: Situation) -> bool:
    return any(each.opportunity.ref == found.opportunity.ref for each in stakes_of(situation).ours)


def is_within(value: date | datetime, within: Span | None, situation: Situation) -> bool:
    """Tell whether something happened within the look-back; what lies after the claim does, too."""
    policy = situation.policy
    if within is None:
        return True
    if isinstance(value, datetime):
        return end_of(within, value, policy.zone, policy.calendar) > situation.priority_at
    return is_within_lookback(value, within, situation.priority_at, policy.zone, policy.calendar)


def _closed_on(opportunity: Opportunity, zone: str) -> date:
    return opportunity.close_on or local_date(opportunity.modified_at, zone)


def _opportunity_fact(name: str, value: str, opportunity: Opportunity) -> Fact:
    return Fact(name=name, value=value, source=str(opportunity.ref), at=opportunity.modified_at)


def reach(within: Span | None) -> str:
    return f", within {within}" if within is not None else ""


_SEARCHES: Final[Mapping[FactKind, Search]] = {
    FactKind.PURCHASE: _purchase,
    FactKind.OPEN_DEAL: _open_deal,
    FactKind.REGISTRATION: _registration,
}
