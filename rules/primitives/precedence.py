"""Whose claim comes first, and what the second gets (primitive 9).

A claim's place is a tuple: one key per rung of the ladder, then connection and record id. Smaller comes first. The ladder
orders claims that are not decided; a claim made after another had been registered is second, whatever its rungs say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from rules.action import Action
from rules.expression import Condition, Formula
from rules.primitives.evidence import shows_evidence
from rules.primitives.priority import EVIDENCED_AT, Priority
from rules.setting import setting
from rules.span import Span

if TYPE_CHECKING:
    from rules.situation import Situation

Place = tuple[Any, ...]


class Rung(StrEnum):
    """One ground of precedence. Each ranks claims; those it ranks alike go on to the next."""

    FIRST = "first"  # the earlier by priority time
    INCUMBENT = "incumbent"  # who has sold to the customer before, as the CRM or the fact deal.is_incumbent tells
    CUSTOMER_CHOICE = "customer_choice"  # whom the customer named: deal.customer_choice
    SCORE = "score"  # the greater `score`
    ORIGIN = "origin"  # by the order of `origins`
    EVIDENCE = "evidence"  # who has shown the required evidence


class Second(StrEnum):
    """What a claim meets when another partner's holds the deal."""

    REFUSE = "refuse"
    REVIEW = "review"
    RANKED = "ranked"  # registered in second place: not exclusive, with the rewards of its rank
    CO_SELL = "co_sell"  # both registered, neither exclusive
    OFF = "off"  # claims for one deal do not exclude each other


class Ties(StrEnum):
    """What happens to claims that no rung tells apart."""

    FIRST = "first"  # by connection and record id: arbitrary, but the same whenever it is asked
    REVIEW = "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedence:
    """The order of claims for one deal while none of them is decided."""

    ladder: tuple[Rung, ...] = setting(
        (Rung.FIRST,), "Grounds in order: first, incumbent, customer_choice, score, origin, evidence."
    )
    score: Formula | None = setting(None, "For the rung score: a number worked out from the claim's facts.")
    origins: tuple[str, ...] = setting(
        (), "For the rung origin: values of deal.origin, the strongest first, such as [partner, vendor]."
    )
    ties: Ties = setting(Ties.FIRST, "first, or review: a person decides.")
    second: Second = setting(Second.REFUSE, "The second claim: refuse, review, ranked, co_sell, off.")
    places: int = setting(2, "For ranked and co_sell: how many partners may be registered.")
    needs: Condition | None = setting(
        None,
        "A claim takes a place in the order only where this holds: shown engagement, for example. Its place counts from "
        "when it does.",
    )
    needs_within: Span | None = setting(
        Span(days=30),
        "So long after submission a claim without what `needs` asks for is refused; null: it waits for ever.",
    )
    related_customer: Action = setting(
        Action.REVIEW,
        "A claim for a parent, subsidiary or sister company: review or off.",
        only=(Action.REVIEW, Action.OFF),
    )
    unsure_match: Action = setting(
        Action.REVIEW,
        "A claim that may or may not be for the same customer or deal: review or off.",
        only=(Action.REVIEW, Action.OFF),
    )

    @property
    def is_shared(self) -> bool:
        """Tell whether several partners may be registered for one deal, none of them exclusively."""
        return self.second in (Second.CO_SELL, Second.OFF)


def takes_place(situation: Situation) -> bool:
    """Tell whether a claim takes part in the order yet."""
    policy = situation.policy
    if policy.priority is Priority.EVIDENCE_AT and EVIDENCED_AT not in situation.memory:
        return False
    return policy.precedence.needs is None or policy.precedence.needs.test(situation.facts) is True


def place_of(situation: Situation) -> Place:
    """Return a claim's place in the order."""
    ref = situation.claim.ref
    ladder = situation.policy.precedence.ladder
    if ladder == (Rung.FIRST,):
        return (situation.priority_at, ref.connection, ref.record_id)
    return (*[_KEYS[rung](situation) for rung in ladder], ref.connection, ref.record_id)


def is_tie(mine: Place, theirs: Place) -> bool:
    """Tell whether no rung tells two claims apart."""
    return mine[:-2] == theirs[:-2]


def _incumbent(situation: Situation) -> int:
    if situation.claim.facts.get("is_incumbent") is not None:
        return 0 if situation.claim.facts["is_incumbent"] is True else 1
    partner = situation.partner_id
    is_one = any(
        each.opportunity.is_won and each.opportunity.partner_id == partner and partner is not None
        for each in situation.case.opportunities
        if not each.is_linked and each.opportunity.modified_at < situation.priority_at
    )
    return 0 if is_one else 1


def _customer_choice(situation: Situation) -> int:
    """Return 0 for the partner that the customer named, on this claim or on a rival's."""
    partner, words = situation.partner, [situation.claim.facts.get("customer_choice")]
    words += [each.claim.facts.get("customer_choice") for each in situation.case.rivals]
    chosen = {_folded(str(word)) for word in words if word}
    names = [situation.partner_id, partner.name if partner is not None else None]
    return 0 if any(_folded(each) in chosen for each in names if each) else 1


def _score(situation: Situation) -> tuple[bool, Any]:
    formula = situation.policy.precedence.score
    value = formula.value(situation.facts) if formula is not None else None
    return (value is None, -value if value is not None else 0)


def _origin(situation: Situation) -> int:
    origins = [_folded(each) for each in situation.policy.precedence.origins]
    origin = _folded(situation.claim.origin or "")
    return origins.index(origin) if origin in origins else len(origins)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


_KEYS: Final[Mapping[Rung, Callable[[Situation], Any]]] = {
    Rung.FIRST: lambda situation: situation.priority_at,
    Rung.INCUMBENT: _incumbent,
    Rung.CUSTOMER_CHOICE: _customer_choice,
    Rung.SCORE: _score,
    Rung.ORIGIN: _origin,
    Rung.EVIDENCE: lambda situation: 0 if shows_evidence(situation) else 1,
}
