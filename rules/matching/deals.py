"""Is it the same deal? For one customer: product family, closing date and amount; and the key under which a deal is held.

A missing value is neutral: it speaks neither for nor against. Another product family makes another deal; the same family
with a closing date or amount far off is doubtful (a renewal a year later), and a person looks.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from math import exp
from typing import Final

from rules.cases import Evidence, Match, Sameness
from rules.matching.normalise import normalise
from rules.policy import Policy
from rules.records import Claim, Money, Opportunity

_FAR_DAYS: Final = 300  # a renewal a year later is another deal
_DOUBTFUL_DAYS: Final = 200
_FAR_RATIO: Final = 12.0
_PRODUCT_SAME: Final = 3.0
_PRODUCT_DIFFERS: Final = -6.0
_PRODUCT_PARTLY: Final = 2.2
_BASE: Final = 1.0
_NONE: Final[frozenset[str]] = frozenset()


def match_deals(claim: Claim, other: Claim | Opportunity) -> Match:
    """Return whether another claim or opportunity of the same customer is for the same deal."""
    evidence = [Evidence(name="base", weight=_BASE, detail="one customer")]
    mine = families_of(claim.products)
    if isinstance(other, Claim):
        theirs, closes_on = families_of(other.products), other.expected_close_on
    else:
        theirs = families_of(() if other.product_line is None else (other.product_line,))
        closes_on = other.close_on
    evidence.append(_products(mine, theirs))
    evidence.append(_dates(claim.expected_close_on, closes_on))
    evidence.append(_amounts(claim.amount, other.amount))
    score = sum(each.weight for each in evidence)
    return Match(
        sameness=_sameness(evidence),
        score=1.0 / (1.0 + exp(-score)),
        evidence=tuple(each for each in evidence if each.weight),
    )


def deal_key(claim: Claim, *, customer_id: str, policy: Policy) -> str:
    """Return the stable text under which a deal is held: the customer, and the product families where the policy says so."""
    if "product" not in policy.deal_key.parts:
        return customer_id
    return f"{customer_id}|{'+'.join(sorted(families_of(claim.products))) or 'any'}"


def families_of(products: Iterable[str]) -> frozenset[str]:
    """Return the product families named, in comparable words."""
    return frozenset(family for product in products if (family := _family(product))) if products else _NONE


@lru_cache(maxsize=4096)
def _family(product: str) -> str:
    name = normalise(product)
    return name.forms[0].joined + name.forms[0].unread if name.forms else ""


def _products(mine: frozenset[str], theirs: frozenset[str]) -> Evidence:
    if not mine or not theirs:
        return Evidence(name="product_unknown", weight=0.0, detail="no product on one side")
    shared = mine & theirs
    if not shared:
        return Evidence(name="product_differs", weight=_PRODUCT_DIFFERS, detail=f"{_told(mine)} / {_told(theirs)}")
    if mine == theirs:
        return Evidence(name="product_equal", weight=_PRODUCT_SAME, detail=_told(mine))
    return Evidence(name="product_overlaps", weight=_PRODUCT_PARTLY, detail=_told(shared))


def _dates(mine: date | None, theirs: date | None) -> Evidence:
    if mine is None or theirs is None:
        return Evidence(name="close_date_unknown", weight=0.0, detail="no closing date on one side")
    apart = abs((mine - theirs).days)
    detail = f"{apart} days apart"
    if apart > _FAR_DAYS:
        return Evidence(name="close_date_far", weight=-4.0, detail=detail)
    if apart > _DOUBTFUL_DAYS:
        return Evidence(name="close_date_apart", weight=-1.5, detail=detail)
    return Evidence(name="close_date_near", weight=1.0 if apart <= _FAR_DAYS // 3 else 0.3, detail=detail)


def _amounts(mine: Money | None, theirs: Money | None) -> Evidence:
    if mine is None or theirs is None or mine.currency != theirs.currency or mine.amount <= 0 or theirs.amount <= 0:
        return Evidence(name="amount_unknown", weight=0.0, detail="amounts cannot be compared")
    ratio = float(max(mine.amount, theirs.amount) / min(mine.amount, theirs.amount))
    detail = f"ratio {ratio:.1f}"
    if ratio > _FAR_RATIO:
        return Evidence(name="amount_far", weight=-1.5, detail=detail)
    return Evidence(name="amount_near", weight=0.7 if ratio <= 1.5 else 0.0, detail=detail)


def _sameness(evidence: Iterable[Evidence]) -> Sameness:
    """Return the answer the evidence supports. The product decides; date and amount only raise doubt."""
    names = {each.name for each in evidence}
    if "product_differs" in names:
        return Sameness.DIFFERENT
    if "close_date_far" in names:
        return Sameness.DIFFERENT if "amount_far" in names else Sameness.REVIEW
    if "product_unknown" in names or "close_date_apart" in names:
        return Sameness.REVIEW
    return Sameness.SAME


def _told(families: frozenset[str]) -> str:
    return ", ".join(sorted(families))
