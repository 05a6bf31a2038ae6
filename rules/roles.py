"""Whom a reward goes to, and what part a further party has in a registration."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """One part in a deal."""

    OWNER = "owner"  # the partner of record
    SECOND = "second"  # registered in second or later place
    LOSER = "loser"  # refused because another came first: consolation
    DISTRIBUTOR = "distributor"
    INFLUENCER = "influencer"
    FULFILLER = "fulfiller"
    CO_SELLER = "co_seller"
    UNREGISTERED = "unregistered"  # a deal too small to need registration
