"""Rewards that nobody can get, and limits that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from rules.expression.reasoning import is_covered
from rules.policy import Policy
from rules.primitives.precedence import Second
from rules.primitives.rewards import RewardRule
from rules.primitives.thresholds import Shortfall
from rules.roles import Role
from rules.stacking import Stacking

_RANKED: Final = frozenset({Second.RANKED, Second.CO_SELL, Second.OFF})
_PARTIES: Final = frozenset({Role.DISTRIBUTOR, Role.INFLUENCER, Role.FULFILLER, Role.CO_SELLER})


def check_receivers(looked: LookedAt) -> Iterator[Finding]:
    """Find rewards for a role that no registration has."""
    policy = looked.policy
    roles = {each.role for each in policy.parties.rules}
    for rule in policy.rewards.rules:
        steps = ("rewards", "rules", rule.name, "to")
        why = None
        if rule.to is Role.SECOND and policy.precedence.second not in _RANKED and not _has_equal_access(policy):
            why = f"goes to the second, and precedence.second is {policy.precedence.second}: nobody is second."
        elif rule.to is Role.UNREGISTERED and not any(each.below is Shortfall.UNNEEDED for each in policy.thresholds):
            why = "goes to deals that need no registration, and no threshold has below: unneeded."
        elif rule.to in _PARTIES and roles and rule.to not in roles:
            why = f"goes to the {rule.to}, a role that parties.rules do not name."
        if why is not None:
            yield looked.warning("no_receiver", steps, why)
        if rule.by_rank and policy.precedence.second not in _RANKED and not _has_equal_access(policy):
            message = f"has no effect: precedence.second is {policy.precedence.second}, so all are first."
            yield looked.warning("no_effect", ("rewards", "rules", rule.name, "by_rank"), message)


def check_limits(looked: LookedAt) -> Iterator[Finding]:
    """Find caps below floors, and percentages above what one party may have."""
    rewards = looked.policy.rewards
    for rule in rewards.rules:
        steps = ("rewards", "rules", rule.name)
        cap, floor = rule.cap, rule.floor
        if cap is not None and floor is not None and cap.currency == floor.currency and floor.amount > cap.amount:
            message = f"is {floor}, above the cap ({cap}); the cap counts."
            yield looked.warning("limits_exclude", (*steps, "floor"), message)
        if rule.percent is not None and rewards.cap_percent is not None:
            above = [
                row.value for row in rule.percent.rows if row.value is not None and row.value > rewards.cap_percent
            ]
            if above:
                message = f"is up to {max(above):f} %, and cap_percent lets one party have {rewards.cap_percent:f} %."
                yield looked.warning("above_cap", (*steps, "percent"), message)
        if len(rule.by_rank) > looked.policy.precedence.places > 1:
            message = f"has {len(rule.by_rank)} ranks, and there are {looked.policy.precedence.places} places."
            yield looked.note("no_effect", (*steps, "by_rank"), message)
    shares = sum((each.share for each in looked.policy.parties.rules if each.share is not None), Decimal(0))
    if shares > 100:
        message = f"give away {shares:f} % of the owner's reward in all."
        yield looked.warning("shares_above_whole", "parties.rules", message, "Let the shares add up to 100 % at most.")


def check_stacking(looked: LookedAt) -> Iterator[Finding]:
    """Find rewards that never count because another for the same party comes first, and groups without use."""
    rewards = looked.policy.rewards
    if rewards.stacking is Stacking.FIRST:
        yield from _hidden(looked, rewards.rules)
    groups: dict[str, list[RewardRule]] = {}
    for rule in rewards.rules:
        if rule.group is not None:
            groups.setdefault(rule.group, []).append(rule)
    if rewards.within_group is Stacking.FIRST and rewards.stacking is not Stacking.FIRST:
        for group in groups.values():
            yield from _hidden(looked, group)
    if rewards.stacking is Stacking.CHOICE and len(groups) < 2:
        message = "is choice, and the rewards have fewer than two groups to choose from."
        yield looked.warning("no_effect", "rewards.stacking", message, "Give the rewards group: names.")
    if rewards.stacking is not Stacking.CHOICE and rewards.chosen_by is not None:
        yield looked.warning("no_effect", "rewards.chosen_by", f"has no effect with stacking: {rewards.stacking}.")
    if not groups and looked.is_written("rewards", "within_group"):
        yield looked.warning("no_effect", "rewards.within_group", "has no effect: no reward names a group.")


def _hidden(looked: LookedAt, rules: Sequence[RewardRule]) -> Iterator[Finding]:
    for place, rule in enumerate(rules):
        before = [each for each in rules[:place] if each.to is rule.to]
        always = next((each for each in before if each.when is None), None)
        whens = [each.when for each in before if each.when is not None]
        steps = ("rewards", "rules", rule.name)
        if always is not None:
            yield looked.warning("shadowed", steps, f"never counts: {always.name}, before it, always does.")
        elif rule.when is not None and whens and is_covered(rule.when, whens):
            yield looked.warning("shadowed", steps, "never counts: wherever it applies, one before it does.")


def _has_equal_access(policy: Policy) -> bool:
    return bool(policy.jurisdictions.equal_access) or policy.jurisdictions.when is not None
