"""Is it the same deal? For one customer: product family, closing date and amount.

A missing value is neutral: it speaks neither for nor against. Another product family makes another deal; the same family
with a closing date or amount far off is doubtful (a renewal a year later), and a person looks. So it is with a family
told in more or fewer words ("LogSight", "LogSight SIEM"), unless date and amount agree closely.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import exp
from typing import Final

from anyascii import anyascii

from rules.cases import Evidence, Match, Sameness
from rules.matching.words import PRODUCT_WORDS
from rules.primitives.matching import Matching
from rules.records import Claim, Money, Opportunity

_FAR_DAYS: Final = 300  # a renewal a year later is another deal
_DOUBTFUL_DAYS: Final = 200
_NEAR_DAYS: Final = 90
_CLOSE_DAYS: Final = 60
_VERY_CLOSE_DAYS: Final = 30
_FAR_RATIO: Final = 12.0
_APART_RATIO: Final = 3.0
_LOOSE_RATIO: Final = 2.0
_CLOSE_RATIO: Final = 1.5
_BASE: Final = -0.7
_PRODUCT_SAME: Final = 3.0
_PRODUCT_DIFFERS: Final = -6.0
_PRODUCT_PARTLY: Final = 2.2
_PRODUCT_SIMILAR: Final = 2.4
_BRAND_MIN: Final = 5  # letters of a word that two products may share
_SHORT_NAME: Final = 4  # letters of an abbreviation
_WORD: Final = re.compile(r"[^\W_]+")
_NONE: Final[frozenset[str]] = frozenset()
_DEFAULT: Final = Matching()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What tells one deal of a customer from another."""

    products: tuple[str, ...] = ()
    closes_on: date | None = None
    amount: Money | None = None


def deal_of(told: Claim | Opportunity) -> Deal:
    """Return what a claim or an opportunity tells about its deal."""
    if isinstance(told, Claim):
        return Deal(products=told.products, closes_on=told.expected_close_on, amount=told.amount)
    products = () if told.product_line is None else (told.product_line,)
    return Deal(products=products, closes_on=told.close_on, amount=told.amount)


def match_deals(claim: Claim, other: Claim | Opportunity, *, rules: Matching = _DEFAULT) -> Match:
    """Return whether another claim or opportunity of the same customer is for the same deal."""
    return compare_deals(deal_of(claim), deal_of(other), rules=rules)


def compare_deals(left: Deal, right: Deal, *, rules: Matching = _DEFAULT) -> Match:
    """Return whether two deals of one customer are the same. rules: what products are also called."""
    evidence = (
        Evidence(name="base", weight=_BASE, detail="one customer"),
        _products(_called(left.products, rules.products), _called(right.products, rules.products)),
        _dates(left.closes_on, right.closes_on),
        _amounts(left.amount, right.amount),
    )
    score = sum(each.weight for each in evidence)
    return Match(
        sameness=_sameness(evidence),
        score=1.0 / (1.0 + exp(-score)),
        evidence=tuple(each for each in evidence if each.weight),
    )


def families_of(products: Iterable[str]) -> frozenset[str]:
    """Return the product families named, in comparable words."""
    return frozenset(family for product in products if (family := "".join(_words(product)))) if products else _NONE


def is_same_product(mine: Collection[str], theirs: Collection[str], *, rules: Matching = _DEFAULT) -> bool:
    """Tell whether two deals name a product family in common, or neither names any."""
    left, right = (families_of(_called(tuple(each), rules.products)) for each in (mine, theirs))
    return bool(left & right) or left == right


def _called(products: tuple[str, ...], names: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return the products by the names the policy gives them."""
    if not names:
        return products
    known = {"".join(_words(name)): product for name, product in names}
    return tuple(known.get("".join(_words(product)), product) for product in products)


@lru_cache(maxsize=4096)
def _words(product: str) -> tuple[str, ...]:
    folded = unicodedata.normalize("NFKC", product).casefold().replace("-", "")
    return tuple(_WORD.findall(folded if folded.isascii() else anyascii(folded).casefold()))


def _products(mine: tuple[str, ...], theirs: tuple[str, ...]) -> Evidence:
    left, right = families_of(mine), families_of(theirs)
    if not left or not right:
        return Evidence(name="product_unknown", weight=0.0, detail="no product on one side")
    if left == right:
        return Evidence(name="product_equal", weight=_PRODUCT_SAME, detail=_told(left))
    shared = left & right
    if shared:
        return Evidence(name="product_overlaps", weight=_PRODUCT_PARTLY, detail=_told(shared))
    detail = " / ".join(sorted((_told(left), _told(right))))
    if any(_is_similar(_words(one), _words(other)) for one in mine for other in theirs):
        return Evidence(name="product_similar", weight=_PRODUCT_SIMILAR, detail=detail)
    return Evidence(name="product_differs", weight=_PRODUCT_DIFFERS, detail=detail)


@lru_cache(maxsize=4096)
def _is_similar(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Tell whether two product names share a brand, or one holds, glues together or abbreviates the other."""
    few, many = sorted((frozenset(one), frozenset(other)), key=len)
    if not few:
        return False
    if few <= many or any(len(word) >= _BRAND_MIN for word in (few & many) - PRODUCT_WORDS):
        return True
    mine, theirs = _core(one), _core(other)
    if len(mine) > 2 and len(theirs) > 2 and (mine in theirs or theirs in mine):
        return True
    return _is_short_for(mine, theirs) or _is_short_for(theirs, mine)


def _core(words: tuple[str, ...]) -> str:
    """Return the joined words that name the product, without those of its edition."""
    return "".join(word for word in words if word not in PRODUCT_WORDS) or "".join(words)


def _is_short_for(short: str, long: str) -> bool:
    """Tell whether a few letters abbreviate a name: "EPG" is Endpoint Guard."""
    if not 2 <= len(short) <= _SHORT_NAME or len(long) < 2 * len(short) or short[0] != long[0]:
        return False
    rest = iter(long)
    return all(letter in rest for letter in short)


def _dates(mine: date | None, theirs: date | None) -> Evidence:
    if mine is None or theirs is None:
        return Evidence(name="close_date_unknown", weight=0.0, detail="no closing date on one side")
    apart = abs((mine - theirs).days)
    detail = f"{apart} days apart"
    if apart > _FAR_DAYS:
        return Evidence(name="close_date_far", weight=-4.5, detail=detail)
    if apart > _DOUBTFUL_DAYS:
        return Evidence(name="close_date_apart", weight=-3.0, detail=detail)
    if apart > _CLOSE_DAYS:
        return Evidence(name="close_date_near", weight=-0.6 if apart <= _NEAR_DAYS else -1.8, detail=detail)
    return Evidence(name="close_date_close", weight=1.6 if apart <= _VERY_CLOSE_DAYS else 1.0, detail=detail)


def _amounts(mine: Money | None, theirs: Money | None) -> Evidence:
    if mine is None or theirs is None or mine.currency != theirs.currency or mine.amount <= 0 or theirs.amount <= 0:
        return Evidence(name="amount_unknown", weight=0.0, detail="amounts cannot be compared")
    ratio = float(max(mine.amount, theirs.amount) / min(mine.amount, theirs.amount))
    detail = f"ratio {ratio:.1f}"
    if ratio > _FAR_RATIO:
        return Evidence(name="amount_far", weight=-3.0, detail=detail)
    if ratio > _CLOSE_RATIO:
        weight = -2.0 if ratio > _APART_RATIO else -1.2 if ratio > _LOOSE_RATIO else -0.5
        return Evidence(name="amount_apart", weight=weight, detail=detail)
    return Evidence(name="amount_close", weight=1.0, detail=detail)


def _sameness(evidence: Iterable[Evidence]) -> Sameness:
    """Return the answer the evidence supports. The product decides; date and amount only raise doubt."""
    names = {each.name for each in evidence}
    if "product_differs" in names:
        return Sameness.DIFFERENT
    if "close_date_far" in names:
        return Sameness.DIFFERENT if "amount_far" in names else Sameness.REVIEW
    if "product_unknown" in names or "close_date_apart" in names:
        return Sameness.REVIEW
    if "product_similar" in names and not {"close_date_close", "amount_close"} <= names:
        return Sameness.REVIEW
    return Sameness.SAME


def _told(families: frozenset[str]) -> str:
    return ", ".join(sorted(families))
