"""The vendor's own people: direct sales, channel managers, operations; the same persons in both CRMs, known by e-mail.

Some have left: their users are inactive in Salesforce and archived in HubSpot, and old records still point at them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.programme.words import FIRST_NAMES, LAST_NAMES

DOMAIN: Final = "vendor.example"


class Role(StrEnum):
    DIRECT = "Account Executive"
    CHANNEL = "Channel Manager"
    OPERATIONS = "Sales Operations"
    WORKFLOW = "Automated Process"


TEAMS: Final = {
    Role.DIRECT: "Direct Sales",
    Role.CHANNEL: "Channel Sales",
    Role.OPERATIONS: "Operations",
    Role.WORKFLOW: "Operations",
}
_ROLES: Final = (*[Role.DIRECT] * 14, *[Role.CHANNEL] * 6, Role.OPERATIONS, Role.WORKFLOW)
_LEFT: Final = frozenset({4, 11, 19})  # two sellers and a channel manager


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPlan:
    """One person of the vendor's."""

    number: int
    first_name: str
    last_name: str
    role: Role
    is_active: bool

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def email(self) -> str:
        return f"user{self.number:02d}@{DOMAIN}"

    @property
    def team(self) -> str:
        return TEAMS[self.role]


def _plan(number: int) -> UserPlan:
    return UserPlan(
        number=number,
        first_name=FIRST_NAMES[number * 7 % len(FIRST_NAMES)],
        last_name=LAST_NAMES[number * 11 % len(LAST_NAMES)],
        role=_ROLES[number],
        is_active=number not in _LEFT,
    )


USERS: Final = tuple(map(_plan, range(len(_ROLES))))
SELLERS: Final = tuple(each.number for each in USERS if each.role is Role.DIRECT)  # left ones too
ACTIVE_SELLERS: Final = tuple(each.number for each in USERS if each.role is Role.DIRECT and each.is_active)
CHANNEL_MANAGERS: Final = tuple(each.number for each in USERS if each.role is Role.CHANNEL and each.is_active)
OPERATIONS: Final = next(each.number for each in USERS if each.role is Role.OPERATIONS)
WORKFLOW: Final = next(each.number for each in USERS if each.role is Role.WORKFLOW)
