"""What each side may see of the other (primitive 23)."""

from __future__ import annotations

from dataclasses import dataclass

from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """What a partner is told. Another partner's product details and price are never told."""

    tells_conflict: bool = setting(True, "false: a refusal does not even say that someone else was first.")
    tells_end_of_rival: bool = setting(False, "true: the refused partner is told from when on the deal may be free.")
    tells_quota: bool = setting(True, "A full quota is told with its numbers (25 of 25).")
    seller_sees_partner: bool = setting(True, "The vendor's sellers see the partner of record on the opportunity.")
