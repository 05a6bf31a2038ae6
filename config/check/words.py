"""Texts in conditions that their fact can never have: a kind, channel, tier or country that is none.

What is closed whatever the policy (statuses, standings) is refused when the condition is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from config.reading import one_of
from rules.expression import Condition, Formula, Type
from rules.expression.clauses import thresholds_of
from rules.policy import Policy

_COUNTRIES: Final = frozenset({"deal.country", "customer.country", "partner.country", "party.country"})


def check_words(looked: LookedAt) -> Iterator[Finding]:
    """Find texts that a fact with a closed list of values is compared with and that are not among them."""
    known = _vocabularies(looked.policy)
    told = set()
    for part, expression in looked.expressions():
        assert isinstance(expression, Condition | Formula)
        for each in thresholds_of(expression.root):
            for word in _texts(each.value) if each.type in (Type.TEXT, Type.TEXTS) else ():
                if (part.steps, each.fact, word) in told:
                    continue
                told.add((part.steps, each.fact, word))
                if each.fact in _COUNTRIES:
                    if not (len(word) == 2 and word.isascii() and word.isalpha()):
                        message = f"compares {each.fact} with {word!r}, no country code of two letters."
                        yield looked.warning("unknown_word", part.steps, message, "Write DE, US, NO ...")
                elif each.fact in known and word.casefold() not in {name.casefold() for name in known[each.fact]}:
                    message = f"compares {each.fact} with {word!r}, which it never is."
                    yield looked.warning("unknown_word", part.steps, message, one_of(tuple(known[each.fact]), word))


def _vocabularies(policy: Policy) -> dict[str, Collection[str]]:
    """Return the facts whose possible texts the policy itself lists."""
    found: dict[str, Collection[str]] = {}
    if policy.conversions.kinds:
        found["deal.kind"] = [each.name for each in policy.conversions.kinds]
    if policy.intake.channels:
        found["deal.channel"] = sorted(policy.intake.channels)
    if policy.standing.tiers:
        found["partner.tier"] = sorted(policy.standing.tiers)
    return found


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(sorted(each for each in value if isinstance(each, str))) if isinstance(value, frozenset) else ()
