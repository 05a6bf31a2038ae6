"""Settings that somebody wrote and that have no effect beside another one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from config.check.findings import Finding
from config.check.looked_at import LookedAt
from rules.action import Action
from rules.policy import Policy
from rules.primitives.after_end import Again
from rules.primitives.tender import TenderRule
from rules.primitives.unregistered import Found
from rules.primitives.window import Anchor

# Setting, when it has no effect, and why.
_IDLE: Final[tuple[tuple[str, Callable[[Policy], bool], str], ...]] = (
    ("protection.length", lambda policy: bool(policy.protection.phases), "the phases count"),
    (
        "protection.anchor_fact",
        lambda policy: policy.protection.anchor is not Anchor.FACT,
        "anchor is not fact",
    ),
    ("extension.max", lambda policy: policy.extension.length is None, "no extension is given (length: null)"),
    ("extension.when", lambda policy: policy.extension.length is None, "no extension is given (length: null)"),
    ("extension.is_automatic", lambda policy: policy.extension.length is None, "no extension is given (length: null)"),
    ("update_duty.meaningful", lambda policy: policy.update_duty.every is None, "there is no duty (every: null)"),
    ("update_duty.overdue", lambda policy: policy.update_duty.every is None, "there is no duty (every: null)"),
    ("update_duty.grace", lambda policy: policy.update_duty.every is None, "there is no duty (every: null)"),
    ("update_duty.least_change", lambda policy: policy.update_duty.every is None, "there is no duty (every: null)"),
    ("after_win.ends_when", lambda policy: policy.after_win.lock is None, "nothing is locked (lock: null)"),
    ("after_win.idle", lambda policy: policy.after_win.lock is None, "nothing is locked (lock: null)"),
    ("after_win.reason", lambda policy: policy.after_win.lock is None, "nothing is locked (lock: null)"),
    (
        "after_expiry.cool_down",
        lambda policy: policy.after_expiry.again in (Again.NOBODY, Again.OTHERS),
        "the same partner may not register again at all",
    ),
    ("answer.starts", lambda policy: policy.answer.within is None, "no answer is promised (within: null)"),
    ("answer.research_adds", lambda policy: policy.answer.within is None, "no answer is promised (within: null)"),
    ("approval.auto_below", lambda policy: not policy.approval.is_automatic, "every claim goes to a person"),
    ("approval.automatic_when", lambda policy: not policy.approval.is_automatic, "every claim goes to a person"),
    ("appeals.times_max", lambda policy: policy.appeals.within is None, "there is no appeal (within: null)"),
    ("appeals.dispute_from", lambda policy: policy.appeals.dispute_within is None, "no dispute is heard"),
    ("objections.after_holding", lambda policy: not policy.objections.is_open, "no objection is heard"),
    ("objections.by_partners", lambda policy: not policy.objections.is_open, "no objection is heard"),
    ("objections.by_sellers", lambda policy: not policy.objections.is_open, "no objection is heard"),
    ("tender.when", lambda policy: policy.tender.rule is TenderRule.ALWAYS, "tenders are always eligible"),
    ("tender.unless", lambda policy: policy.tender.rule is TenderRule.ALWAYS, "tenders are always eligible"),
    ("tender.action", lambda policy: policy.tender.rule is TenderRule.ALWAYS, "tenders are always eligible"),
    ("intake.wrong_channel", lambda policy: not policy.intake.channels, "any channel is taken (channels is empty)"),
    ("direct.roles", lambda policy: policy.direct.action is Action.OFF, "direct sales does not count (action: off)"),
    (
        "direct.deal_types",
        lambda policy: policy.direct.action is Action.OFF,
        "direct sales does not count (action: off)",
    ),
    ("unregistered.when", lambda policy: policy.unregistered.action is Found.IGNORE, "they are ignored"),
    ("unregistered.after", lambda policy: policy.unregistered.action is Found.IGNORE, "they are ignored"),
    ("standing.suspend_when", lambda policy: not policy.standing.is_continuous, "standing is asked on submission only"),
    (
        "rates.max_age_days",
        lambda policy: not policy.rates.from_crm and policy.rates.file is None,
        "all rates are fixed",
    ),
)


def check_idle(looked: LookedAt) -> Iterator[Finding]:
    """Find settings that are written and do nothing."""
    for path, is_idle, why in _IDLE:
        section, name = path.split(".")
        if (
            looked.is_written(section, name)
            and not _is_default(looked.policy, section, name)
            and is_idle(looked.policy)
        ):
            yield looked.warning("no_effect", path, f"has no effect: {why}.")


def check_objections(looked: LookedAt) -> Iterator[Finding]:
    """Find objections that nobody may raise or that there is no time for."""
    policy, rules = looked.policy, looked.policy.objections
    if rules.is_open and not rules.by_partners and not rules.by_sellers:
        message = "is true, and neither partners nor sellers may object."
        yield looked.warning(
            "contradiction", "objections.is_open", message, "Write is_open: false, or let some object."
        )
    if rules.is_open and policy.holding is None and rules.after_holding is None and looked.is_written("objections"):
        message = "are heard while a claim is held, and it is never held (holding: null)."
        yield looked.warning("no_effect", "objections", message, "Write holding: 24 h, or objections.after_holding.")


def check_commands(looked: LookedAt) -> Iterator[Finding]:
    """Find policies in which everything goes to a person and nobody may decide."""
    if not looked.policy.commands.allowed:
        message = "is empty: nobody may decide by changing the status in a CRM."
        yield looked.note("nobody", "commands.allowed", message, 'Name roles or users, or write ["*"].')


def _is_default(policy: Policy, section: str, name: str) -> bool:
    """Tell whether a setting has the value that it has where nothing is written; writing that says nothing."""
    return bool(getattr(getattr(policy, section), name) == getattr(getattr(Policy(), section), name))
