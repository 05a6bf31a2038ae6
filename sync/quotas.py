"""What quotas count, out of the ledger: only where a policy has quotas, and only the partner's own registrations.

Which of them count is said in rules/primitives/quotas.py. Claims are decided one at a time, so nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Mapping

from ledger import lookups, registrations
from ledger.engine import Tx
from rules.cases import Command, CommandKind, Decision
from rules.policy import Policy
from rules.primitives.quotas import CountQuery, count, wanted_counts
from rules.records import PROTECTED, Claim, CrmRef, Registration


def counts(
    tx: Tx, claim: Claim, registration: Registration, policy: Policy, command: Command | None
) -> Mapping[str, int]:
    """Return what each quota of the policy counts for this claim, its own registration apart.

    command: what is decided with it; a claim that is sent in again counts as of then.
    """
    if not has_quotas(policy):
        return {}
    found: dict[str, int] = {}
    again_at = command.at if command is not None and command.kind is CommandKind.RESUBMIT else None
    for query in wanted_counts(claim, registration, policy, again_at=again_at):
        found |= count([query], _others(tx, query, registration))
    return found


def freed(tx: Tx, registration: Registration, decision: Decision, policy: Policy) -> dict[CrmRef, str]:
    """Return the claims that may wait for the room which a registration leaves, with why they are decided anew."""
    is_over = bool(decision.transitions) and decision.transitions[-1].status not in PROTECTED
    if not (is_over and registration.status in PROTECTED and registration.partner_id and has_quotas(policy)):
        return {}
    return dict.fromkeys(lookups.open_claims_of(tx, registration.partner_id), "room in a quota")


def has_quotas(policy: Policy) -> bool:
    """Tell whether the policy, or one of its programmes, limits anything per partner."""
    return bool(policy.quotas) or any(each.policy.quotas for each in policy.programmes)


def _others(tx: Tx, query: CountQuery, registration: Registration) -> list[Registration]:
    known = registrations.countable(tx, query.partner_id, is_live=query.is_live, since=query.since)
    return [each for each in known if each.registration_id != registration.registration_id]
