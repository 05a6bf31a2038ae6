"""Which clean claims are registered without a person, and who approves the others (primitive 14)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rules.choice import Choice
from rules.expression import Condition
from rules.records import Money
from rules.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Automatic approval, and the approver where a person is needed."""

    is_automatic: bool = setting(True, "false: every claim goes to a person.")
    auto_below: Choice[Money] | None = setting(
        Choice.always(Money(amount=Decimal(250_000), currency="USD")),
        "From this amount on a person decides; null: never.",
    )
    automatic_when: Condition | None = setting(None, "Only claims for which this holds are registered automatically.")
    approver: Choice[str] | None = setting(
        None,
        "Role that must approve, by amount, tier or any fact; 'anyone': whoever may command. null: no such demand.",
    )
    canceller: Choice[str] | None = setting(None, "Role that may end a registration; null: whoever may command.")
    reason_required: bool = setting(False, "A refusal or cancellation by a person must give a reason code.")
