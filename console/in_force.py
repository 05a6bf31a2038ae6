"""The rules in force in a ledger, and the words they bring, for commands that show or decide something now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from config.policy import read_policy
from sync.policies import Shelf

if TYPE_CHECKING:
    from config.settings import Settings
    from ledger.engine import Tx
    from rules.policy import Policy
    from rules.wording import Words


def shelf_of(settings: Settings) -> Shelf:
    """Return the ledger's policies; that of the rules file need not be read again."""
    return Shelf(read_policy, own=() if settings.policy_problems else (settings.policy,))


def policy_in_force(tx: Tx, settings: Settings, *, now: datetime) -> Policy:
    """Return the policy in force; the rules file's while none was ever activated."""
    return shelf_of(settings).policies(tx, fallback=settings.policy).in_force(now).policy


def words_of(settings: Settings, policy: Policy) -> Words:
    """Return the words for people at the command line, as a policy completes them."""
    return settings.words_of().under(policy.reasons, tells_conflict=policy.disclosure.tells_conflict)
