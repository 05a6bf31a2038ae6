"""How well pairs agree with labels: precision, recall, ranking and calibration, by submission and by decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Key = tuple[Any, Any]
_BINS: Final = 10
_SCENE: Final = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One pair as a matcher told it."""

    score: float
    decision: str
    deal_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The figures of docs/matching.md. f1_at: the score from which on F1 is best. submissions: how many there were.

    calibration_error: how far belief and truth lie apart on average, over the pairs told.
    """

    submissions: int
    pairs: int
    same: int
    related: int
    f1: float
    f1_at: float
    auto_precision: float
    auto_recall: float
    related_decided: float
    recall_with_review: float
    review_per_submission: float
    right_first: float
    deal_f1: float
    calibration_error: float


def quality(
    pairs: Mapping[Key, Scored], customers: Mapping[Key, str], deals: frozenset[Key], *, submissions: int
) -> Quality:
    """Return how well pairs agree with labels. customers: same, related or different by pair; others are different."""
    same = frozenset(key for key, label in customers.items() if label == _SCENE)
    related = frozenset(key for key, label in customers.items() if label == "related")
    auto = {key for key, pair in pairs.items() if pair.decision == "auto"}
    review = {key for key, pair in pairs.items() if pair.decision == "review"}
    f1, f1_at = _best_f1(((pair.score, key) for key, pair in pairs.items()), same)
    deal_f1, _ = _best_f1(((pair.deal_score, key) for key, pair in pairs.items()), deals)
    return Quality(
        submissions=submissions,
        pairs=len(pairs),
        same=len(same),
        related=len(related),
        f1=f1,
        f1_at=f1_at,
        auto_precision=_share(len(auto & same), len(auto)),
        auto_recall=_share(len(auto & same), len(same)),
        related_decided=_share(len(auto & related), len(related), nothing=0.0),
        recall_with_review=_share(len((auto | review) & same), len(same)),
        review_per_submission=_share(len(review), submissions, nothing=0.0),
        right_first=_right_first(pairs, same),
        deal_f1=deal_f1,
        calibration_error=calibration_error((pair.score, key in same) for key, pair in pairs.items()),
    )


def calibration_error(told: Iterable[tuple[float, bool]]) -> float:
    """Return the mean distance of belief and truth over ten bins of equal width, weighted by how many fall into each."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for score, is_same in told:
        bins[min(_BINS - 1, int(score * _BINS))].append((score, is_same))
    total = sum(map(len, bins))
    if not total:
        return 0.0
    return sum(abs(sum(score for score, _ in each) - sum(is_same for _, is_same in each)) for each in bins) / total


def _best_f1(told: Iterable[tuple[float, Key]], right: frozenset[Key]) -> tuple[float, float]:
    """Return the best F1 over all thresholds, and the threshold."""
    best = (0.0, 1.0)
    found = 0
    ranked = sorted(told, key=lambda each: -each[0])
    for count, (score, key) in enumerate(ranked, 1):
        found += key in right
        is_last = count == len(ranked) or ranked[count][0] != score
        if is_last and score > 0:
            best = max(best, (2 * found / (count + len(right)), score))
    return best


def _right_first(pairs: Mapping[Key, Scored], same: frozenset[Key]) -> float:
    """Return for how many submissions that have a record on file it is the one ranked first."""
    first: dict[Any, tuple[float, Key]] = {}
    for key, pair in pairs.items():
        if key[0] not in first or pair.score > first[key[0]][0]:
            first[key[0]] = (pair.score, key)
    wanted = {left for left, _ in same}
    return _share(sum(left in first and first[left][1] in same for left in wanted), len(wanted))


def _share(part: int, whole: int, *, nothing: float = 1.0) -> float:
    return part / whole if whole else nothing
