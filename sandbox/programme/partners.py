"""The vendor's partners, one plan per number: tier, territory, standing, and which CRM knows them.

The crosswalk key (`PTR-0007`) is the same in both CRMs. Numbers repeat a pattern of twenty, so that every kind of partner
is there however few there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox.programme.dice import Dice
from sandbox.programme.vendor import CHANNEL_MANAGERS
from sandbox.programme.words import LAST_NAMES

PATTERN: Final = 20


class Territory(StrEnum):
    AMERICAS = "Americas"
    EMEA = "EMEA"
    APAC = "APAC"


class PartnerStanding(StrEnum):
    """Whether a partner may register deals at present."""

    GOOD = "good"
    PAST_DUE = "past_due"
    SUSPENDED = "suspended"


_TIERS: Final = ("Platinum", "Gold", "Gold", "Silver", "Silver", "Silver", "Registered", "Registered")
_COUNTRIES: Final = {
    Territory.AMERICAS: (("US", "United States", "com"),),
    Territory.EMEA: (
        ("DE", "Germany", "de"),
        ("GB", "United Kingdom", "co.uk"),
        ("FR", "France", "fr"),
        ("SE", "Sweden", "se"),
    ),
    Territory.APAC: (("JP", "Japan", "co.jp"), ("CN", "China", "com.cn")),
}
_HEADS: Final = (
    "Alto", "Bright", "Cedar", "Delta", "Ember", "Fathom", "Granite", "Helio", "Indigo", "Juniper", "Keystone", "Lumen",
    "Meridian", "Nova", "Onyx", "Prism", "Quarry", "Ridge", "Summit", "Tidal",
)  # fmt: skip
_TAILS: Final = ("Solutions", "Consulting", "IT Services", "Networks", "Digital", "Integration", "Technology Partners")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPlan:
    """One partner company. manager: number of the channel manager in charge."""

    number: int
    code: str
    name: str
    domain: str
    tier: str
    territory: Territory
    country: str
    country_name: str
    standing: PartnerStanding
    in_salesforce: bool
    in_hubspot: bool
    contact_email: str
    manager: int

    @property
    def is_good(self) -> bool:
        return self.standing is PartnerStanding.GOOD


def partner_at(seed: int, number: int) -> PartnerPlan:
    """Return the partner of that number."""
    dice = Dice(seed, "partner", number)
    territory = dice.pick(tuple(Territory))
    country, country_name, tld = dice.pick(_COUNTRIES[territory])
    lap, place = divmod(number, len(_HEADS))
    name = f"{_HEADS[place]} {_TAILS[(place + lap) % len(_TAILS)]}{'' if lap < len(_TAILS) else f' {lap}'}"
    domain = f"{name.lower().replace(' ', '-')}.{tld}"
    kind = number % PATTERN
    return PartnerPlan(
        number=number,
        code=f"PTR-{number:04d}",
        name=name,
        domain=domain,
        tier=dice.pick(_TIERS),
        territory=territory,
        country=country,
        country_name=country_name,
        standing={5: PartnerStanding.PAST_DUE, 6: PartnerStanding.SUSPENDED}.get(kind, PartnerStanding.GOOD),
        in_salesforce=kind not in (8, 9),
        in_hubspot=kind not in (10, 11),
        contact_email=f"{dice.pick(LAST_NAMES).translate(_PLAIN).lower()}@{domain}",
        manager=dice.pick(CHANNEL_MANAGERS),
    )


_PLAIN: Final = str.maketrans({"ö": "o", "č": "c"})
