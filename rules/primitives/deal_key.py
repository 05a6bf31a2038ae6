"""Which parts make two claims the same deal (primitive 6), and what was frozen at registration.

The matcher says how alike two claims are in general; here the policy's own parts have the last word. A part that differs
makes another deal, a part that is unknown on one side says nothing. Where the product is no part, every claim for the
customer is the same deal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from rules.cases import Evidence, FoundOpportunity, Match, Rival, Sameness
from rules.matching.deals import families_of, is_same_product
from rules.matching.domains import DomainKind, kind_of, registrable
from rules.records import Customer
from rules.setting import setting

if TYPE_CHECKING:
    from rules.situation import Situation

CUSTOMER: Final = "customer"
ENTITY: Final = "entity"
DOMAIN: Final = "domain"
PRODUCT: Final = "product"
BUILT_IN: Final = (CUSTOMER, ENTITY, DOMAIN, PRODUCT)
_USUAL: Final = (CUSTOMER, PRODUCT)
FROZEN: Final = "frozen"
_FAR_DATE: Final = "close_date_far"  # as rules/matching/deals.py calls it


@dataclass(frozen=True, slots=True, kw_only=True)
class DealKey:
    """Two claims with the same parts are the same deal.

    What looks back on registrations that have ended (the lock, again, times_max, cool_down, grace) goes by the parts alone.
    Against a live or undecided claim a closing date or an amount far off is a doubt: see precedence.unsure_match.
    """

    parts: tuple[str, ...] = setting(
        _USUAL,
        "customer, entity (the very legal entity), domain, product, and any text fact of the deal such as deal.division "
        "or deal.project. An ended registration with the same parts is the same deal, whatever its closing date and amount.",
    )
    is_frozen: bool = setting(
        True,
        "The customer's domain at registration goes on counting after the CRM's record was renamed or got a new one.",
    )


def judged_rival(rival: Rival, situation: Situation) -> Rival:
    """Return a rival with its matches as the policy's key parts see them."""
    key = situation.policy.deal_key
    customer = rival.customer_match
    is_said = any(
        each.name == "reviewer" for each in customer.evidence
    )  # a reviewer's word stands, whatever the domain
    if customer.sameness is not Sameness.SAME and not is_said and _is_same_domain(rival, situation):
        customer = _certain("domain_equal", "one domain, as the deal key or the registration has it")
    deal = rival.deal_match
    if key.parts != _USUAL and deal.score < 1.0:  # whoever holds the very key is certain
        deal = _deal(rival, situation, deal)
    if customer is rival.customer_match and deal is rival.deal_match:
        return rival
    return replace(rival, customer_match=customer, deal_match=deal)


def has_same_parts(rival: Rival, situation: Situation) -> bool:
    """Tell whether a rival, as judged, agrees in every part: its closing date and amount, typed anew each time, are none."""
    match = rival.deal_match
    if match.sameness is Sameness.SAME:
        return True
    if match.sameness is Sameness.DIFFERENT and all(each.name != _FAR_DATE for each in match.evidence):
        return False  # by something else than what was typed
    return is_same_product(rival.claim.products, situation.claim.products, rules=situation.policy.matching)


def judged_opportunity(found: FoundOpportunity, situation: Situation) -> FoundOpportunity:
    """Return an opportunity with its deal match as the policy's key parts see it."""
    parts = situation.policy.deal_key.parts
    if parts == _USUAL:
        return found
    facts = found.opportunity.facts
    differing = next(
        (each for each in extra_parts(parts) if _differs(situation.facts[each], facts.get(_short(each)))), None
    )
    if differing is not None:
        return replace(found, deal_match=_different(differing))
    if PRODUCT not in parts and found.deal_match.sameness is Sameness.DIFFERENT:
        return replace(found, deal_match=_certain("product_free", "the product is no part of the deal key"))
    return found


def key_of(situation: Situation, customer_id: str) -> str:
    """Return the stable text under which the deal is held: the parts in the policy's order.

    customer_id: who the customer is, for the parts customer, entity and domain.
    """
    return "|".join(_part(each, situation, customer_id) for each in situation.policy.deal_key.parts)


def freeze(situation: Situation) -> None:
    """Remember the customer's domain as it is at registration."""
    customer = situation.claim.customer
    domain = telling_domain(customer, situation.policy.matching.shared_domains)
    if situation.policy.deal_key.is_frozen and domain is not None and FROZEN not in situation.memory:
        situation.memory[FROZEN] = domain


def telling_domain(customer: Customer, shared: frozenset[str]) -> str | None:
    """Return the customer's registrable domain, None where it has none that tells who it is."""
    domain = registrable(customer.domain)
    return domain if domain and kind_of(domain, shared) is DomainKind.OWN else None


def extra_parts(parts: Collection[str]) -> tuple[str, ...]:
    """Return the parts that are facts."""
    return tuple(each for each in parts if each not in BUILT_IN)


def _deal(rival: Rival, situation: Situation, match: Match) -> Match:
    parts = situation.policy.deal_key.parts
    other = situation.of(rival)
    for part in extra_parts(parts):
        if _differs(situation.facts[part], other.facts[part]):
            return _different(part)
    if ENTITY in parts and _is_other_entity(situation.claim.customer, rival.claim.customer):
        return _different(ENTITY)
    if PRODUCT not in parts and match.sameness is not Sameness.SAME:
        return _certain("product_free", "the product is no part of the deal key")
    return match


def _is_other_entity(mine: Customer, theirs: Customer) -> bool:
    if mine.ref is None or theirs.ref is None or mine.ref.connection != theirs.ref.connection:
        return False
    return mine.ref != theirs.ref


def _is_same_domain(rival: Rival, situation: Situation) -> bool:
    """Tell whether both have one domain, where the key says that the domain decides, or by what was frozen."""
    key, shared = situation.policy.deal_key, situation.policy.matching.shared_domains
    held = rival.registration.memory.get(FROZEN) if rival.registration is not None and key.is_frozen else None
    if held is None and DOMAIN not in key.parts and FROZEN not in situation.memory:
        return False
    mine = {telling_domain(situation.claim.customer, shared), situation.memory.get(FROZEN)} - {None}
    theirs = {telling_domain(rival.claim.customer, shared), held} - {None}
    return bool(mine & theirs)


def _part(part: str, situation: Situation, customer_id: str) -> str:
    if part == PRODUCT:
        return "+".join(sorted(families_of(situation.claim.products))) or "any"
    if part == ENTITY and situation.claim.customer.ref is not None:
        return f"{customer_id}@{situation.claim.customer.ref}"
    if part == DOMAIN:
        domain = telling_domain(situation.claim.customer, situation.policy.matching.shared_domains)
        return f"d:{domain}" if domain is not None else customer_id
    if part in (CUSTOMER, ENTITY):
        return customer_id
    return f"{_short(part)}={_folded(situation.facts[part])}"


def _differs(mine: Any, theirs: Any) -> bool:
    return bool(_folded(mine)) and bool(_folded(theirs)) and _folded(mine) != _folded(theirs)


def _folded(value: Any) -> str:
    return "" if value is None else " ".join(str(value).casefold().split())


def _short(name: str) -> str:
    return name.rpartition(".")[2]


def _certain(name: str, detail: str) -> Match:
    return Match(sameness=Sameness.SAME, score=1.0, evidence=(Evidence(name=name, weight=9.0, detail=detail),))


def _different(part: str) -> Match:
    evidence = Evidence(name="key_part_differs", weight=-9.0, detail=part)
    return Match(sameness=Sameness.DIFFERENT, score=0.0, evidence=(evidence,))
