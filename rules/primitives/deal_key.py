"""Which parts make two claims the same deal (primitive 6)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DealKey:
    """Two claims with the same parts are the same deal."""

    parts: tuple[str, ...] = setting(
        ("customer", "product"),
        "customer, entity (the very legal entity), domain, product, and any text fact of the deal such as deal.division "
        "or deal.project.",
    )
    is_frozen: bool = setting(
        True,
        "The customer's keys at registration go on counting after the CRM's record was renamed or got a new domain.",
    )
