"""Is it the same customer? A deterministic, additive score over named evidence, with rules for related companies.

Each signal weighs as weights.py says, in log-odds; their sum, through the logistic function, is the belief that both
records mean one organisation, and the terms are the explanation. "Same" needs two independent kinds of evidence besides:
never a name alone, never a domain alone. What is left over on one side (an activity, a region, Holding) or another
country makes a related company, which is never merged by itself. The answer is the same with the sides swapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp
from typing import Final

from rules.cases import Evidence, Match, Sameness
from rules.matching.evidence import Signal, signals
from rules.matching.names import Alike, Likeness, compare_names
from rules.matching.profile import Profile, profile_of
from rules.matching.statistics import NOTHING_ON_FILE, OnFile
from rules.matching.weights import WEIGHTS
from rules.matching.wording import detail_of
from rules.primitives.matching import Matching
from rules.records import Customer

_DEFAULT: Final = Matching()
_NO_HOLDERS: Final[Mapping[str, int]] = {}
_BELIEF_MAX: Final = 30.0
_SHOWN: Final = 0.5  # a related company from this belief on is shown to a person
_CERTAIN: Final = Match(
    sameness=Sameness.SAME, score=1.0, evidence=(Evidence(name="same_record", weight=9.0, detail="one CRM record"),)
)
# Kinds of evidence that can stand beside a name.
_SUPPORT: Final = frozenset({"domain_equal", "phone_equal", "street_equal", "tax_id_equal", "registry_no_equal"})
_TOGETHER: Final = (
    frozenset({"domain_stem_equal", "country_equal"}),
    frozenset({"domain_stem_equal", "country_implied_fits"}),
    frozenset({"person_equal", "postal_equal"}),
)
_WEAKENED: Final = frozenset({"domain_of_strangers", "domain_of_provider"})
_DILUTED: Final = _WEAKENED | {"domain_holders", "domain_holders_one_name"}
_MEMBER: Final = frozenset(
    {"number_left_over", "group_left_over", "region_left_over", "activity_left_over", "number_on_both", "group_on_both"}
    | {
        "region_on_both",
        "activity_on_both",
        "place_on_both",
        "other_on_both",
        "left_over_on_both",
        "other_names_differ",
    }
)
_ELSEWHERE: Final = frozenset({"country_differs", "country_implied_differs"})
_AGAINST: Final = frozenset({"tax_id_differs", "registry_no_differs", "parent_link"})
_LINK: Final = frozenset({"domain_equal", "domain_stem_equal", "parent_link"})
_ALIKE: Final = frozenset({Alike.EQUAL, Alike.SIMILAR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What two profiles come to. terms: signals with their weights, which add up to the belief in log-odds.

    is_related: something ties them that makes related companies, whatever the belief that they are one.
    """

    sameness: Sameness
    score: float
    terms: tuple[tuple[str, float], ...]
    names: Likeness
    is_related: bool = False


def match_customers(
    left: Customer,
    right: Customer,
    *,
    holders: Mapping[str, int] = _NO_HOLDERS,
    rules: Matching = _DEFAULT,
    on_file: OnFile = NOTHING_ON_FILE,
) -> Match:
    """Return whether two descriptions mean one organisation, a related one, perhaps, or not.

    holders: how many differently named customers are on file per registrable domain, where on_file does not tell. rules:
    thresholds, weights, and further domains that identify nobody.
    """
    if left.ref is not None and left.ref == right.ref:
        return _CERTAIN
    if holders:
        on_file = OnFile(records=on_file.records, words=on_file.words, holders=holders)
    mine, theirs = profile_of(left, rules.shared_domains), profile_of(right, rules.shared_domains)
    return explained(mine, theirs, on_file=on_file, rules=rules, is_linked=_is_linked(left, right))


def explained(
    left: Profile,
    right: Profile,
    *,
    on_file: OnFile = NOTHING_ON_FILE,
    rules: Matching = _DEFAULT,
    is_linked: bool = False,
) -> Match:
    """Return the verdict on two profiles with what each term compared."""
    verdict = match_profiles(left, right, on_file=on_file, rules=rules, is_linked=is_linked)
    evidence = tuple(
        Evidence(name=name, weight=weight, detail=detail_of(name, left, right, verdict.names))
        for name, weight in verdict.terms
    )
    return Match(sameness=verdict.sameness, score=verdict.score, evidence=evidence)


def match_profiles(
    left: Profile,
    right: Profile,
    *,
    on_file: OnFile = NOTHING_ON_FILE,
    rules: Matching = _DEFAULT,
    is_linked: bool = False,
) -> Verdict:
    """Return the verdict on two profiles. is_linked: a CRM says that one is the other's parent, or that they share one."""
    names = compare_names(left.name, right.name)
    found = signals(left, right, names, on_file)
    if is_linked:
        found.append(("parent_link", 1.0))
    terms = _weighed(found, weights_of(rules))
    belief = sum([weight for _, weight in terms])
    score = 1.0 / (1.0 + exp(-max(-_BELIEF_MAX, min(_BELIEF_MAX, belief))))
    told = {name for name, _ in found}
    is_member = not told.isdisjoint(_MEMBER) or (not told.isdisjoint(_ELSEWHERE) and names.alike is not Alike.UNLIKE)
    is_related = is_linked or (not told.isdisjoint(_LINK) and (is_member or names.alike is Alike.UNLIKE))
    is_proven = not is_member and told.isdisjoint(_AGAINST) and _is_proven(names, told)
    if is_linked or (is_related and score < max(_SHOWN, rules.review)):
        sameness = Sameness.RELATED
    elif is_proven and score >= rules.same:
        sameness = Sameness.SAME
    else:
        sameness = Sameness.REVIEW if score >= rules.review else Sameness.DIFFERENT
    return Verdict(sameness=sameness, score=score, terms=tuple(terms), names=names, is_related=is_related)


def _weighed(found: list[Signal], weights: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the terms: each signal's weight. A domain that many share says nothing; it never speaks against."""
    terms = [("base", weights["base"])]
    domain = 0.0
    for name, amount in found:
        weight = round(weights.get(name, 0.0) * amount, 3)
        if name == "domain_equal":
            domain = weight
        elif domain and name in _DILUTED:
            weight = max(weight, -domain)
            domain += weight
        if weight:
            terms.append((name, weight))
    return terms


def _is_proven(names: Likeness, told: set[str]) -> bool:
    """Tell whether two independent kinds of evidence agree: a name and something else, or two others beside its initials."""
    support = len(told & _SUPPORT) - (0 if told.isdisjoint(_WEAKENED) else 1)
    support += sum(1 for together in _TOGETHER if together <= told)
    if names.alike in _ALIKE:
        return support >= 1
    return names.alike in (Alike.ACRONYM, Alike.UNREAD) and support > 1


@lru_cache(maxsize=16)
def _merged(changes: tuple[tuple[str, float], ...]) -> Mapping[str, float]:
    return {**WEIGHTS, **dict(changes)}


def weights_of(rules: Matching) -> Mapping[str, float]:
    """Return what signals weigh under a policy."""
    return _merged(rules.weights) if rules.weights else WEIGHTS


def _is_linked(left: Customer, right: Customer) -> bool:
    if left.parent is not None and left.parent in (right.ref, right.parent):
        return True
    return right.parent is not None and right.parent == left.ref
