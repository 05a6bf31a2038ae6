"""Who takes part in a decided claim, in which role: to whom rewards can go.

Owner, second and loser follow from what became of the claim; the further parties are those that it names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rules.primitives.jurisdictions import requires_equal_access
from rules.reasons import Family, by_code, reason_of
from rules.records import PROTECTED, Status
from rules.rivals import all_rivals, is_certain, partner_of, status_of
from rules.roles import Role
from rules.situation import Situation

if TYPE_CHECKING:
    from rules.primitives.rewards import RewardRule


@dataclass(frozen=True, slots=True)
class Recipient:
    """Someone who takes part: in which role, and the place among the registrations for the deal, from 1."""

    role: Role
    partner_id: str | None
    place: int = 1

    def gets(self, rule: RewardRule) -> bool:
        """Tell whether a reward is for this one: the owner's also for later places, where it says what those get."""
        if rule.to is self.role:
            return self.role is not Role.OWNER or self.place == 1 or bool(rule.by_rank)
        return rule.to is Role.OWNER and self.role is Role.SECOND and bool(rule.by_rank)


HOLDING: Final = PROTECTED | {Status.WON}
_CONFLICTS: Final = frozenset({Family.DUPLICATE_REGISTRATION, Family.EXISTING_OPPORTUNITY})
_PARTIES: Final = (Role.DISTRIBUTOR, Role.INFLUENCER, Role.FULFILLER, Role.CO_SELLER)
_NOT_NEEDED: Final = "registration_not_needed"


def recipients(situation: Situation) -> tuple[Recipient, ...]:
    """Return who takes part in a decided claim, by what became of it. Influence counts whoever holds the deal."""
    status, partner_id = situation.status, situation.partner_id
    found: list[Recipient] = []
    if status in HOLDING:
        place = place_of(situation)
        is_owner = place == 1 or situation.policy.precedence.is_shared
        found.append(Recipient(Role.OWNER if is_owner else Role.SECOND, partner_id, place))
    elif status is Status.REFUSED and situation.reason == _NOT_NEEDED:
        found.append(Recipient(Role.UNREGISTERED, partner_id))
    elif _is_loser(situation):
        found.append(Recipient(Role.LOSER, partner_id))
    for role in _PARTIES:
        party = situation.claim.parties.get(role)
        if party is not None and (status in HOLDING or (role is Role.INFLUENCER and status is not Status.WITHDRAWN)):
            found.append(Recipient(role, party.partner_id))
    return tuple(found)


def place_of(situation: Situation) -> int:
    """Return the place that counts for rewards: the first for everyone where law wants equal access."""
    is_equal = situation.policy.jurisdictions.is_reward_equal and requires_equal_access(situation)
    return 1 if is_equal else situation.rank


def _is_loser(situation: Situation) -> bool:
    """Tell whether the partner came off worse than another: refused for it, or its deal was won by another."""
    if situation.status is Status.REFUSED:
        return reason_of(situation.reason, by_code(situation.policy.reasons)).family in _CONFLICTS
    return situation.status is Status.LOST and Status.WON in statuses_of_others(situation)


def statuses_of_others(situation: Situation) -> frozenset[Status]:
    """Return how other partners' claims for the same deal stand."""
    return frozenset(
        status_of(each)
        for each in all_rivals(situation)
        if is_certain(each) and partner_of(each) != situation.partner_id
    )
