"""Thresholds, quotas, evidence and approval: numbers that leave nobody in, or everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from rules.choice import Choice
from rules.expression.clauses import thresholds_of
from rules.primitives.quotas import Counts
from rules.primitives.thresholds import Measure, Shortfall
from rules.records import Money

_REFUSING: Final = frozenset({Shortfall.REFUSE, Shortfall.RETURN})


def check_evidence(looked: LookedAt) -> Iterator[Finding]:
    """Find demands for evidence that nobody, or everybody, meets."""
    for rule in looked.policy.evidence:
        kinds = {kind.casefold() for kind in rule.kinds}
        steps = ("evidence", rule.name)
        if rule.at_least > len(kinds):
            message = f"is {rule.at_least}, and there are {len(kinds)} kinds; nobody can bring so many."
            yield looked.warning("never_met", (*steps, "at_least"), message)
        elif rule.at_least < 1:
            yield looked.warning("always_met", (*steps, "at_least"), f"is {rule.at_least}; nothing is asked for.")
        if len(kinds) < len(rule.kinds):
            yield looked.warning("no_effect", (*steps, "kinds"), "name a kind twice.")


def check_quotas(looked: LookedAt) -> Iterator[Finding]:
    """Find quotas without room, and periods that nothing counts by."""
    for quota in looked.policy.quotas:
        steps = ("quotas", quota.name)
        for row in quota.limit.rows:
            if row.value < 1:
                message = f"is {row.value} for {row.label!r}: no such partner may register anything."
                yield looked.note("no_room", (*steps, "limit"), message)
        if quota.counts is Counts.LIVE and quota.per is not None:
            message = "has no effect: live registrations are counted as they are now."
            yield looked.warning("no_effect", (*steps, "per"), message, "Write counts: submissions.")


def check_approval(looked: LookedAt) -> Iterator[Finding]:
    """Find automatic approval that no deal is small enough for."""
    policy, approval = looked.policy, looked.policy.approval
    if approval.auto_below is None or not approval.is_automatic:
        return
    ceiling = _greatest(approval.auto_below)
    for threshold in policy.thresholds:
        if threshold.measure is not Measure.AMOUNT or threshold.lines is not None or threshold.below not in _REFUSING:
            continue
        least = threshold.at_least or threshold.more_than
        if least is None or threshold.when is not None or threshold.unless is not None:
            continue
        amounts = [row.value for row in least.rows if isinstance(row.value, Money)]
        if ceiling is not None and amounts and all(_is_at_least(each, ceiling) for each in amounts):
            message = (
                f"is {ceiling}, and no deal below {amounts[0]} is taken ({threshold.name}): a person decides on all."
            )
            yield looked.warning(
                "never_automatic", "approval.auto_below", message, "Raise it, or write is_automatic: false."
            )


def check_currencies(looked: LookedAt) -> Iterator[Finding]:
    """Find amounts in a currency for which no rate can be had."""
    policy = looked.policy
    rates = policy.rates
    if rates.from_crm or rates.file is not None:
        return
    known = {policy.currency, *(currency for currency, _ in rates.fixed)}
    hint = "Add it under rates.fixed, name a rates.file, or write rates.from_crm: true."
    for part in looked.parts:
        amounts = [part.value] if isinstance(part.value, Money) else []
        if isinstance(part.value, Choice):
            amounts += [row.value for row in part.value.rows if isinstance(row.value, Money)]
        for currency in sorted({each.currency for each in amounts} - known):
            yield looked.warning("no_rate", part.steps, f"is in {currency}, and there is no rate for it.", hint)
    for part, expression in looked.expressions():
        found = {each.value.currency for each in thresholds_of(expression.root) if isinstance(each.value, Money)}
        for currency in sorted(found - known):
            yield looked.warning("no_rate", part.steps, f"compares with {currency}, and there is no rate for it.", hint)


def check_sets(looked: LookedAt) -> Iterator[Finding]:
    """Find names that stand in two lists of which only one can count."""
    direct = looked.policy.direct
    for left, right in (("roles", "channel_roles"), ("deal_types", "ignored_deal_types")):
        ours = {each.casefold() for each in getattr(direct, left)}
        for name in sorted(each for each in getattr(direct, right) if each.casefold() in ours):
            message = f"names {name!r}, as {left} does; {right} count."
            yield looked.warning("contradiction", f"direct.{right}", message, "Keep it in one of them.")


def _greatest(choice: Choice[Money]) -> Money | None:
    """Return the greatest amount, None where there are several currencies."""
    amounts = [row.value for row in choice.rows if row.value is not None]
    if not amounts or len({each.currency for each in amounts}) > 1:
        return None
    return max(amounts, key=lambda each: each.amount)


def _is_at_least(one: Money, other: Money) -> bool:
    return one.currency == other.currency and one.amount >= other.amount
