"""More than one party to a registration: roles, gates and splits (primitive 21)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action
from rules.expression import Condition
from rules.primitives.rewards import Role
from rules.setting import required, setting
from rules.values import Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRule:
    """One role beside the submitting partner."""

    role: Role = required("distributor, influencer, fulfiller, co_seller.")
    is_required: bool = setting(False, "A claim without it goes back.")
    require: Condition | None = setting(
        None, "Must hold of that partner; its facts are named party.tier, party.country ..."
    )
    otherwise: Action = setting(Action.RETURN, "return, refuse, review.")
    share: Percent | None = setting(None, "Its share of the owner's reward; null: no split.")
    reason: str = setting("party_missing", "Reason code where the role is missing or does not qualify.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """Who takes part. closer_only: of several registered partners only the one that wins the deal is paid."""

    rules: tuple[PartyRule, ...] = setting((), "The roles.")
    closer_only: bool = setting(False, "Of several registered partners only the one that closes the deal is paid.")
