"""Shadow mode: a second policy decides the same open claims, and only tells where it would have decided otherwise.

Nothing it says is recorded as a decision or written to a CRM. What was granted keeps its terms under any policy, so only
claims that are still open are compared, each on the live case: its rivals stand as the policy in force has left them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from ledger import events
from ledger.engine import Tx
from rules.cases import Case, Decision, StepResult
from rules.decide import decide
from rules.policy import Policy
from rules.records import OPEN, CrmRef, Registration
from sync import quotas
from sync.events import emit
from sync.passes import Pass

EVENT = "shadow_disagrees"


@dataclass(slots=True)
class Shadow:
    """The policy in the shadow. told: what it said last of each claim, so that the same is not told in every pass."""

    policy: Policy
    told: dict[CrmRef, tuple[Any, ...]] = field(default_factory=dict)

    def compare(self, p: Pass, tx: Tx, case: Case, live: Decision) -> None:
        """Decide the case once more, by the policy in the shadow, and tell of a different outcome."""
        registration = case.registration
        if registration is None or registration.status not in OPEN:
            return
        counts = quotas.counts(tx, case.claim, registration, self.policy, case.command)
        own = replace(case, rates=p.book.rates(self.policy, p.now()), counts=counts)
        decision = decide(own, self.policy, p.now())
        p.tally.shadowed += 1
        told = outcome(registration, live), outcome(registration, decision)
        if told[0] == told[1]:
            self.told.pop(case.claim.ref, None)
            return
        p.tally.disagreed += 1
        if self.told.get(case.claim.ref) == told:
            return
        self.told[case.claim.ref] = told
        self._tell(p, tx, case, decision, told)

    def _tell(
        self, p: Pass, tx: Tx, case: Case, decision: Decision, told: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        assert case.registration is not None, case.claim.ref
        live, shadow = told
        names = [name for name in live if live[name] != shadow[name]]
        data = {
            "in_force": {name: live[name] for name in names},
            "shadow": {name: shadow[name] for name in names},
            "rule": decision.deciding,
            "clause": clause_of(decision),
            "policy_hash": self.policy.hash,
        }
        id_, ref = case.registration.registration_id, case.claim.ref
        events.add(tx, EVENT, data=data, registration_id=id_, ref=ref, run_id=p.run_id, now=p.now())
        emit(EVENT, pass_id=p.pass_id, registration_id=id_, ref=str(ref), **data)


def outcome(registration: Registration, decision: Decision) -> dict[str, Any]:
    """Return what counts of a decision for the partner: status and reason, owner, protection, place and rewards."""
    last = decision.transitions[-1] if decision.transitions else None
    terms = decision.terms
    return {
        "status": str(last.status if last is not None else registration.status),
        "reason": last.reason if last is not None else registration.reason,
        "partner_id": terms.partner_id,
        "protected_until": terms.window.end.isoformat() if terms.window is not None else None,
        "exclusive": terms.exclusive,
        "rank": terms.rank,
        "rewards": sorted(_told(each) for each in terms.rewards),
    }


def clause_of(decision: Decision) -> str:
    """Return the words of the rule that settled a decision."""
    steps = [each for each in decision.steps if each.rule == decision.deciding]
    failed = [each for each in steps if each.result in (StepResult.FAILED, StepResult.UNKNOWN)]
    return (failed or steps)[-1].text if steps else ""


def _told(reward: Any) -> str:
    worth = reward.amount or reward.percent or reward.points or reward.entitlement or ""
    return f"{reward.rule} {reward.role} {reward.partner_id or ''} {reward.state} {worth}".strip()
