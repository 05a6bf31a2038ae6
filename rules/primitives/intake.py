"""What a submission must bring, and through which door."""

from __future__ import annotations

from dataclasses import dataclass

from rules.action import Action
from rules.expression import Condition
from rules.setting import required, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldsWhen:
    """Further fields that are required in some cases."""

    when: Condition = required("Where this holds ...")
    fields: tuple[str, ...] = required("... these fields are required, too.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a submission must bring."""

    required_fields: tuple[str, ...] = setting(
        ("partner", "customer", "deal_name", "amount", "expected_close_on", "products"),
        "Fields that must be filled in; else the claim goes back. customer and partner are met by whatever tells who it is.",
    )
    required_when: tuple[FieldsWhen, ...] = setting((), "Fields that are required in some cases only.")
    channels: frozenset[str] = setting(
        frozenset[str](), "Doors that submissions may come through (deal.channel); empty: any."
    )
    wrong_channel: Action = setting(Action.REFUSE, "A submission through another door: refuse, return, review.")
