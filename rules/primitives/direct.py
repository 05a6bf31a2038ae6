"""Which opportunities count as worked by the vendor's own sales, and what they lead to."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action
from rules.expression import Condition
from rules.setting import setting
from rules.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectDeals:
    """Which opportunities count as worked by the vendor's own sales, and what they lead to.

    An open opportunity for the same deal that names no partner is a direct deal when it was there before the submission,
    unless a channel manager owns it; and when it appears later, if direct sales owns it (else it is taken for the
    registration's own).
    """

    action: Action = setting(Action.REFUSE, "refuse, review, off.", only=(Action.REFUSE, Action.REVIEW, Action.OFF))
    roles: frozenset[str] = setting(
        frozenset({"Account Executive", "Account Manager", "Direct Sales"}), "Roles or teams of direct sales."
    )
    channel_roles: frozenset[str] = setting(
        frozenset({"Channel Manager", "Partner Manager", "Channel Sales", "Partner Sales"}),
        "Roles or teams that work for partners.",
    )
    deal_types: frozenset[str] = setting(frozenset[str](), "Types that are direct sales' whoever owns them.")
    ignored_deal_types: frozenset[str] = setting(frozenset[str](), "Types that never count (renewals, for instance).")
    listed_only: bool = setting(False, "true: only what roles or deal_types name counts, before the submission too.")
    created_within: Span | None = setting(None, "Older open opportunities are taken for forgotten; null: any age.")
    unless: Condition | None = setting(None, "Does not stand against the claim where this holds: teaming, for example.")
