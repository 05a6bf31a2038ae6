"""Whose claim comes first, and what the second gets (primitives 8 and 9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.action import Action
from rules.expression import Condition, Formula
from rules.setting import setting


class Priority(StrEnum):
    """Which instant orders the claims for one deal."""

    CREATED_AT = "created_at"  # the CRM's own creation time of the submission: nobody can back-date it
    SUBMITTED_AT = "submitted_at"  # what the partner's form says, the creation time where it says nothing
    COMPLETED_AT = "completed_at"  # when it had all that is required
    EVIDENCE_AT = "evidence_at"  # when its evidence was confirmed; until then it has no place


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
        None, "A claim takes a place in the order only where this holds: shown engagement, for example."
    )
    related_customer: Action = setting(Action.REVIEW, "A claim for a parent, subsidiary or sister company.")
    unsure_match: Action = setting(Action.REVIEW, "A claim that may or may not be for the same customer or deal.")
