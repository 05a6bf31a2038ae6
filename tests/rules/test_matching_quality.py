"""The matcher on made-up worlds that no weight was learned on: how often it is right, and whether beliefs are shares."""

from __future__ import annotations

from functools import cache

import pytest

from rules.matching.measure import Quality, Scored, calibration_error, quality
from rules.matching.pairs import Matcher, Pair, counted, partners_of, read_record
from rules.primitives.matching import Matching
from tests.rules.matching_world import World

SEEDS = (11, 12)


def matched(world: World) -> list[Pair]:
    partners = partners_of(world.left)
    left, right = ([read_record(row, partners) for row in rows] for rows in (world.left, world.right))
    counter = counted(right)
    matcher = Matcher(right, counter.keys, counter.records, counter.on_file(counted(left)), Matching())
    return [pair for record in left for pair in matcher.pairs(record)]


@cache
def figures(seed: int) -> Quality:
    world = World(seed, customers=500)
    told = {
        (each.left, each.right): Scored(score=each.score, decision=each.decision, deal_score=each.deal_score)
        for each in matched(world)
    }
    deals = frozenset(key for key, (_, is_deal) in world.truth.items() if is_deal)
    customers = {key: customer for key, (customer, _) in world.truth.items()}
    return quality(told, customers, deals, submissions=len(world.left))


@pytest.mark.parametrize("seed", SEEDS)
def test_decisions_are_right(seed):
    """The aims for labelled pairs, in twenty-two countries and nine scripts, on records that no weight was learned on."""
    found = figures(seed)

    assert found.f1 >= 0.94
    assert found.auto_precision >= 0.99
    assert found.auto_recall >= 0.65
    assert found.related_decided <= 0.005
    assert found.recall_with_review >= 0.95
    assert found.review_per_submission <= 0.5
    assert found.right_first >= 0.975
    assert found.deal_f1 >= 0.91


@pytest.mark.parametrize("seed", SEEDS)
def test_beliefs_are_probabilities(seed):
    """Belief and truth lie at most 0.05 apart on average."""
    assert figures(seed).calibration_error <= 0.05


def test_result_does_not_depend_on_the_order_of_records():
    world, other = World(13, customers=80), World(13, customers=80)
    other.left.reverse()
    other.right.reverse()

    assert sorted(map(told, matched(world))) == sorted(map(told, matched(other)))


def test_reasons_add_up_to_the_score():
    from math import log

    for pair in matched(World(14, customers=60)):
        if 0.001 < pair.score < 0.999:
            assert sum(weight for _, weight in pair.reasons) == pytest.approx(log(pair.score / (1 - pair.score)))


def test_measures_of_few_pairs():
    pairs = {
        ("a", "1"): scored(0.9, "auto", 0.8),
        ("a", "2"): scored(0.6, "review", 0.1),
        ("b", "3"): scored(0.7, "auto", 0.0),
    }
    labels = {("a", "1"): "same", ("a", "2"): "same", ("b", "3"): "related", ("c", "4"): "same"}

    found = quality(pairs, labels, frozenset({("a", "1")}), submissions=4)

    assert found.auto_precision == 0.5
    assert found.auto_recall == pytest.approx(1 / 3)
    assert found.related_decided == 1.0
    assert found.recall_with_review == pytest.approx(2 / 3)
    assert found.review_per_submission == 0.25
    assert found.right_first == 0.5
    assert found.deal_f1 == 1.0
    assert calibration_error([(0.9, True), (0.1, False)]) == pytest.approx(0.1)
    assert calibration_error([]) == 0.0


def told(pair: Pair) -> tuple:
    return (pair.left, pair.right, pair.score, pair.relation, pair.decision, pair.deal_score, tuple(pair.reasons))


def scored(score: float, decision: str, deal_score: float) -> Scored:
    return Scored(score=score, decision=decision, deal_score=deal_score)
