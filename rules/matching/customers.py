"""Is it the same customer? A deterministic, additive score over named evidence, with rules for related companies.

Each piece of evidence is a log-odds weight; their sum, through the logistic function, is the belief that both records
mean one organisation, and the pieces are the explanation. "Same" needs two independent kinds of evidence for it: never a
name alone, never a domain alone. Words left over on one side (an activity, a region, Holding) make a related company,
which is never merged by itself. The answer is the same with the sides swapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Final

from rules.cases import Evidence, Match, Sameness
from rules.matching.domains import DomainKind, kind_of, registrable, stem
from rules.matching.names import Likeness, compare_names, country_code
from rules.matching.normalise import normalise
from rules.primitives.matching import Matching
from rules.records import Customer

_BASE: Final = -4.0  # most pairs that share a blocking key are different
_DOMAIN_EQUAL: Final = 4.6
_STEM_EQUAL: Final = 1.8
_DOMAIN_DIFFERS: Final = -1.8
_COUNTRY_EQUAL: Final = 0.6
_COUNTRY_DIFFERS: Final = -2.4
_FORM_DIFFERS: Final = -0.8
_RELATED_LINK: Final = -3.0
_LEFTOVER: Final = -2.2
_HOLDERS_FEW: Final = 2
_KIND_MIN: Final = 1.5  # least weight for a kind of evidence to count as speaking for
_DEFAULT: Final = Matching()
_NO_HOLDERS: Final[Mapping[str, int]] = {}
_CERTAIN: Final = Match(
    sameness=Sameness.SAME, score=1.0, evidence=(Evidence(name="same_record", weight=9.0, detail="one CRM record"),)
)


def match_customers(
    left: Customer, right: Customer, *, holders: Mapping[str, int] = _NO_HOLDERS, rules: Matching = _DEFAULT
) -> Match:
    """Return whether two descriptions mean one organisation, a related one, perhaps, or not.

    holders: how many differently named customers are on file per registrable domain; many make a domain say little.
    rules: thresholds, and further domains that identify nobody.
    """
    if left.ref is not None and left.ref == right.ref:
        return _CERTAIN
    names = compare_names(normalise(left.name), normalise(right.name))
    domain = _domain(left, right, holders, rules)
    evidence = [
        Evidence(name="base", weight=_BASE, detail="most pairs differ"),
        Evidence(name=names.evidence, weight=names.weight, detail=names.detail),
        *domain,
        *_country(left, right),
        *_leftovers(names),
    ]
    is_linked = _is_linked(left, right)
    if is_linked:
        evidence.append(
            Evidence(name="parent_link", weight=_RELATED_LINK, detail="one is the other's parent, or they share one")
        )
    told = tuple(each for each in evidence if each.weight)
    belief = sum(each.weight for each in told)
    score = 1.0 / (1.0 + exp(-belief))
    speaks_domain = any(each.name == "domain_equal" and each.weight >= _KIND_MIN for each in domain)
    is_related = is_linked or _is_related(names, domain)
    return Match(sameness=_sameness(score, names, speaks_domain, is_related, rules), score=score, evidence=told)


def _sameness(score: float, names: Likeness, speaks_domain: bool, is_related: bool, rules: Matching) -> Sameness:
    if is_related:
        return Sameness.RELATED
    if score >= rules.same and speaks_domain and names.weight >= _KIND_MIN:
        return Sameness.SAME
    if score >= rules.review or (speaks_domain and (not names.is_unlike or names.is_unreadable)):
        return Sameness.REVIEW
    if names.is_equal and score >= rules.review / 2:
        return Sameness.REVIEW
    return Sameness.DIFFERENT


def _is_related(names: Likeness, domain: list[Evidence]) -> bool:
    """Tell whether a shared domain makes a group: the names share a core with telling leftovers, or are unlike.

    Without a shared domain a shared core is no more than a common word ("Kingsley Packaging", "Kingsley Solutions").
    """
    if not any(each.name in ("domain_equal", "domain_shared_by_many", "domain_stem_equal") for each in domain):
        return False
    return names.has_group_leftover or (names.is_unlike and not names.is_unreadable)


def _domain(left: Customer, right: Customer, holders: Mapping[str, int], rules: Matching) -> list[Evidence]:
    mine, theirs = registrable(left.domain), registrable(right.domain)
    if mine is None or theirs is None:
        return []
    kinds = (kind_of(mine, rules.shared_domains), kind_of(theirs, rules.shared_domains))
    if kinds != (DomainKind.OWN, DomainKind.OWN):
        return []
    if mine == theirs:
        count = holders.get(mine, 1)
        if count > _HOLDERS_FEW:
            weight = max(0.0, _DOMAIN_EQUAL - 1.6 * log(count))
            name = "domain_equal" if weight >= _KIND_MIN else "domain_shared_by_many"
            return [Evidence(name=name, weight=weight, detail=f"{mine}, used by {count} customers")]
        return [Evidence(name="domain_equal", weight=_DOMAIN_EQUAL, detail=mine)]
    if stem(mine) == stem(theirs):
        return [Evidence(name="domain_stem_equal", weight=_STEM_EQUAL, detail=" / ".join(sorted((mine, theirs))))]
    return [Evidence(name="domain_differs", weight=_DOMAIN_DIFFERS, detail=" / ".join(sorted((mine, theirs))))]


def _country(left: Customer, right: Customer) -> list[Evidence]:
    """Compare the countries told; where one side tells none, what its legal form implies."""
    mine, theirs = country_code(left.country), country_code(right.country)
    if mine is not None and theirs is not None:
        if mine == theirs:
            return [Evidence(name="country_equal", weight=_COUNTRY_EQUAL, detail=mine)]
        return [Evidence(name="country_differs", weight=_COUNTRY_DIFFERS, detail=" / ".join(sorted((mine, theirs))))]
    implied_left = frozenset((mine,)) if mine is not None else normalise(left.name).countries
    implied_right = frozenset((theirs,)) if theirs is not None else normalise(right.name).countries
    if implied_left and implied_right and not implied_left & implied_right:
        detail = " / ".join(sorted((", ".join(sorted(implied_left)), ", ".join(sorted(implied_right)))))
        return [Evidence(name="legal_form_country_differs", weight=_FORM_DIFFERS, detail=detail)]
    return []


def _leftovers(names: Likeness) -> list[Evidence]:
    if not names.leftovers:
        return []
    return [Evidence(name="words_left_over", weight=_LEFTOVER, detail=" / ".join(sorted(names.leftovers)))]


def _is_linked(left: Customer, right: Customer) -> bool:
    if left.parent is not None and left.parent in (right.ref, right.parent):
        return True
    return right.parent is not None and right.parent == left.ref
