"""Which clean claims are registered without a person, and who approves the others (primitive 14).

A role that must approve, end or judge is held against the actor's id and roles; whoever lacks it has only proposed. A role
of "anyone" demands nothing beyond being allowed to command.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rules.cases import Command, CommandKind, StepResult
from rules.choice import Choice
from rules.expression import Condition
from rules.measures import amount_fact, amount_of
from rules.primitives.disputes import before_review
from rules.reasons import REASONS
from rules.records import PROTECTED, Money
from rules.setting import setting
from rules.situation import Kind, Situation, Verdict, passed, skipped
from rules.verdicts import explained

if TYPE_CHECKING:
    from collections.abc import Iterator

ANYONE: Final = "anyone"
_REASONED: Final = frozenset({CommandKind.REFUSE, CommandKind.WITHDRAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Automatic approval, and the approver where a person is needed."""

    is_automatic: bool = setting(True, "false: every claim goes to a person.")
    auto_below: Choice[Money] | None = setting(
        Choice.always(Money(amount=Decimal(250_000), currency="USD")),
        "From this amount on a person decides; null: never.",
    )
    automatic_when: Condition | None = setting(
        None, "Only claims for which this holds are registered automatically; where it is unknown a person decides."
    )
    approver: Choice[str] | None = setting(
        None,
        "Role that must approve, by amount, tier or any fact. Where one is named, nothing is registered without it; "
        "'anyone' or null: no such demand.",
    )
    canceller: Choice[str] | None = setting(
        None, "Role that may end a registration, by any fact; 'anyone' or null: whoever may command."
    )
    reason_required: bool = setting(False, "A refusal or cancellation by a person must give a reason code.")


def automatic(situation: Situation) -> Verdict:
    """Nothing about the claim or the policy asks for a person's approval."""
    approval = situation.policy.approval
    if not approval.is_automatic:
        return Verdict(Kind.REVIEW, "the policy leaves every approval to a person", (), "no_automatic_approval")
    if approval.automatic_when is not None:
        holds = approval.automatic_when.test(situation.facts)
        if holds is not True:
            text, facts = explained(approval.automatic_when, situation)
            result = StepResult.UNKNOWN if holds is None else StepResult.FAILED
            return Verdict(Kind.REVIEW, f"no automatic approval: {text}", facts, "no_automatic_approval", result)
    role = _demanded(situation, approval.approver)
    if role is not None:
        return Verdict(Kind.REVIEW, f"{role} must approve", (), "approver_needed")
    return _below_limit(situation)


def against_actor(situation: Situation, command: Command) -> tuple[str, str] | None:
    """Return what the policy holds against this actor's command beyond being allowed to command at all."""
    for role in _roles(situation, command.kind):
        if role != command.actor and role not in command.roles:
            return "approver_needed", f"{command.source}: only {role} may do this"
    approval = situation.policy.approval
    if approval.reason_required and command.kind in _REASONED and not is_known(command.reason, situation):
        return "reason_missing", f"{command.source}: the policy wants a reason code"
    return None


def _roles(situation: Situation, kind: CommandKind) -> Iterator[str]:
    """Yield the roles that this command needs."""
    approval, appeals = situation.policy.approval, situation.policy.appeals
    if before_review(situation) is not None and appeals.approver is not None:
        if kind in (CommandKind.APPROVE, CommandKind.REFUSE):
            yield appeals.approver
        return
    if kind is CommandKind.APPROVE:
        role = _demanded(situation, approval.approver)
    elif kind in _REASONED and situation.status in PROTECTED:
        role = _demanded(situation, approval.canceller)
    else:
        role = None
    if role is not None:
        yield role


def _demanded(situation: Situation, choice: Choice[str] | None) -> str | None:
    role = situation.pick(choice)
    return None if role is None or role.casefold() == ANYONE else role


def is_known(reason: str | None, situation: Situation) -> bool:
    """Tell whether a person's reason is a code, of the built-in ones or the policy's own."""
    return reason is not None and (reason in REASONS or any(each.code == reason for each in situation.policy.reasons))


def _below_limit(situation: Situation) -> Verdict:
    limit = situation.pick(situation.policy.approval.auto_below)
    if limit is None:
        return skipped("no limit is set for automatic approval")
    amount = amount_of(situation, limit.currency)
    if amount is None:
        return _unknown_amount(situation, limit.currency)
    fact = amount_fact(situation, amount)
    if amount.amount < limit.amount:
        return passed(f"amount {amount} < {limit}", fact)
    return Verdict(Kind.REVIEW, f"amount {amount} >= {limit}", (fact,), "above_automatic_limit")


def _unknown_amount(situation: Situation, currency: str) -> Verdict:
    """Return that a person decides because the amount is not known in the limit's currency."""
    stated = situation.stated_amount()
    if stated is None:
        return Verdict(Kind.REVIEW, "the amount is not known", (), "amount_unknown", StepResult.UNKNOWN)
    text = f"no rate from {stated.currency} to {currency} for {stated}"
    fact = situation.claim_fact("amount", str(stated))
    return Verdict(Kind.REVIEW, text, (fact,), "rate_missing", StepResult.UNKNOWN)
