"""Precedence, priority and second places: ties that no ground breaks, and grounds that have nothing to stand on."""

from __future__ import annotations

from collections.abc import Iterator

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from rules.primitives.precedence import Rung, Second, Ties
from rules.primitives.priority import Priority

_PLACED = frozenset({Second.RANKED, Second.CO_SELL})


def check_ladder(looked: LookedAt) -> Iterator[Finding]:
    """Find grounds that are repeated, never reached or have nothing to go by."""
    rules = looked.policy.precedence
    ladder, steps = rules.ladder, "precedence.ladder"
    for rung in dict.fromkeys(ladder):
        if ladder.count(rung) > 1:
            yield looked.warning("no_effect", steps, f"names {rung} twice; the second time it tells nothing apart.")
    if Rung.SCORE in ladder and rules.score is None:
        yield looked.warning("no_ground", steps, "names score, and no score is given.", "Write score: with a formula.")
    if Rung.SCORE not in ladder and rules.score is not None:
        yield looked.warning("no_effect", "precedence.score", "has no effect: the ladder does not name score.")
    if Rung.ORIGIN in ladder and not rules.origins:
        hint = "Write origins: the strongest first."
        yield looked.warning("no_ground", steps, "names origin, and no origins are given.", hint)
    if Rung.ORIGIN not in ladder and rules.origins:
        yield looked.warning("no_effect", "precedence.origins", "have no effect: the ladder does not name origin.")
    if Rung.EVIDENCE in ladder and not looked.policy.evidence:
        hint = "Describe it under evidence:."
        yield looked.warning("no_ground", steps, "names evidence, and no evidence is asked for.", hint)


def check_ties(looked: LookedAt) -> Iterator[Finding]:
    """Find claims that no ground tells apart, so that chance would decide."""
    rules = looked.policy.precedence
    if not rules.ladder:
        yield looked.warning("tie", "precedence.ladder", "is empty: every two claims are tied.", "Write [first].")
    elif Rung.FIRST not in rules.ladder and rules.ties is Ties.FIRST and rules.second is not Second.OFF:
        message = f"ends with {rules.ladder[-1]}; claims that it ranks alike are told apart by their record ids only."
        yield looked.warning("tie", "precedence.ladder", message, "Add first at its end, or write ties: review.")


def check_priority(looked: LookedAt) -> Iterator[Finding]:
    """Find an order by evidence where none is asked for."""
    if looked.policy.priority is Priority.EVIDENCE_AT and not looked.policy.evidence:
        message = "is evidence_at, and no evidence is asked for: a claim has no place until its evidence is confirmed."
        yield looked.note("no_ground", "priority", message, "Describe it under evidence:.")


def check_second(looked: LookedAt) -> Iterator[Finding]:
    """Find second places that nobody can have, and settings for them without any."""
    rules = looked.policy.precedence
    if rules.second in _PLACED and rules.places < 2:
        message = f"is {rules.places}; second: {rules.second} needs at least 2."
        yield looked.warning("no_second_place", "precedence.places", message, "Write places: 2, or second: refuse.")
    if rules.second not in _PLACED and looked.is_written("precedence", "places"):
        message = f"has no effect with second: {rules.second}."
        yield looked.warning("no_effect", "precedence.places", message, "Write second: ranked or co_sell.")
    protection = looked.policy.protection
    if rules.second is Second.REFUSE and all(not row.value for row in protection.exclusive.rows):
        message = "is false in every case, and precedence.second refuses whoever comes second."
        yield looked.note(
            "contradiction", "protection.exclusive", message, "Write precedence.second: off, if all may register."
        )
