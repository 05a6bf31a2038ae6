"""How alike two customers or deals must be to count as the same."""

from __future__ import annotations

from dataclasses import dataclass

from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Least scores, 0 to 1."""

    same: float = setting(0.95, "From this score on, two are the same, if two kinds of evidence agree.", between=(0, 1))
    review: float = setting(0.25, "From this score on, a person is asked.", between=(0, 1))
    shared_domains: frozenset[str] = setting(
        frozenset[str](), "Domains that identify nobody, besides free mail and site builders."
    )
    weights: tuple[tuple[str, float], ...] = setting(
        (), "What a term weighs instead, in log-odds, by its name: country_differs: -3."
    )
    products: tuple[tuple[str, str], ...] = setting(
        (), "What products are also called, with the name that counts: EPG: Endpoint Guard."
    )
