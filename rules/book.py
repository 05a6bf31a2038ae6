"""The ledger in memory: what registrations become by decisions, without a database.

`applied` gives a registration after a decision exactly as the ledger's projection does, and a Book refuses a second live
exclusive registration of one deal as the ledger's index does. So a programme can be tried, and a past replayed, by the same
rules and with the same outcome, in microseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from rules.cases import Case, Command, CommandKind, Decision, Due, Match, Rival, Sameness
from rules.decide import decide
from rules.policy import Policy
from rules.primitives.quotas import count, wanted_counts
from rules.records import FINAL, PROTECTED, Claim, CrmRef, Registration, Status

_NO_COUNTS: Final[Mapping[str, int]] = {}
_CERTAIN: Final = Match(sameness=Sameness.SAME, score=1.0)


class TakenError(Exception):
    """A second live exclusive registration of one deal would result."""

    def __init__(self, deal_key: str, holder: str) -> None:
        super().__init__(f"{deal_key} is held by {holder}")
        self.deal_key = deal_key
        self.holder = holder


@dataclass(slots=True, kw_only=True)
class Account:
    """One registration with what hangs on it.

    last: the decision that was entered last; moved: the last one that changed its status. linked: its opportunities.
    """

    registration: Registration
    claim: Claim
    last: Decision | None = None
    moved: Decision | None = None
    linked: set[CrmRef] = field(default_factory=set)

    @property
    def deadlines(self) -> tuple[Due, ...]:
        return self.last.deadlines if self.last is not None else ()

    @property
    def proposal(self) -> Command | None:
        """Return what the last decision kept for a reviewer's word."""
        return self.last.proposal if self.last is not None and self.registration.has_conflict else None


class Book:
    """All registrations of a replay or a trial, by id, by claim and by deal."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._by_claim: dict[CrmRef, str] = {}
        self._by_partner: dict[str, set[str]] = {}
        self._live: dict[str, str] = {}  # deal key -> the one live exclusive registration
        self._linked: dict[CrmRef, set[str]] = {}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def __contains__(self, registration_id: str) -> bool:
        return registration_id in self._accounts

    def __getitem__(self, registration_id: str) -> Account:
        return self._accounts[registration_id]

    def of_claim(self, ref: CrmRef) -> Registration | None:
        """Return the registration that a submission stands for."""
        known = self._by_claim.get(ref)
        return self._accounts[known].registration if known is not None else None

    def of_partner(self, partner_id: str) -> Iterable[Registration]:
        """Return a partner's registrations, whatever became of them."""
        return [self._accounts[each].registration for each in sorted(self._by_partner.get(partner_id, ()))]

    def holder(self, deal_key: str) -> str | None:
        """Return the live registration that holds a deal alone."""
        return self._live.get(deal_key)

    def counts(
        self, claim: Claim, registration: Registration, policy: Policy, command: Command | None = None
    ) -> Mapping[str, int]:
        """Return what the policy's quotas count for a claim. command: what the case is decided with."""
        again_at = command.at if command is not None and command.kind is CommandKind.RESUBMIT else None
        queries = wanted_counts(claim, registration, policy, again_at=again_at)
        if not queries or claim.partner is None:
            return _NO_COUNTS
        others = self.of_partner(claim.partner.partner_id)
        return count(queries, [each for each in others if each.registration_id != registration.registration_id])

    def receive(self, registration: Registration, claim: Claim) -> None:
        """Enter a claim as received."""
        account = Account(registration=registration, claim=claim)
        self._accounts[registration.registration_id] = account
        self._by_claim[registration.claim_ref] = registration.registration_id
        self._enter(account, registration)

    def tie(self, registration_id: str, ref: CrmRef, *, is_added: bool = True) -> None:
        """Tie an opportunity to a registration, or untie it."""
        linked, ties = self._accounts[registration_id].linked, self._linked.setdefault(ref, set())
        if is_added:
            linked.add(ref)
            ties.add(registration_id)
        else:
            linked.discard(ref)
            ties.discard(registration_id)

    def held_elsewhere(self, ref: CrmRef, own_id: str | None) -> str | None:
        """Return another registration that has an opportunity now and has not ended."""
        ties = self._linked.get(ref, ())
        return min(
            (each for each in ties if each != own_id and self._accounts[each].registration.status not in FINAL),
            default=None,
        )

    def settle(self, case: Case, policy: Policy, now: datetime) -> tuple[Decision, bool]:
        """Decide the case and enter what is new; return the decision and whether it was news.

        Where the deal turns out to be held by a claim that the matcher did not find, it is decided once more with the
        holder as a rival.
        """
        assert case.registration is not None, case.claim.ref
        registration_id = case.registration.registration_id
        decision = decide(case, policy, now)
        if takes_deal(decision):
            holder = self._live.get(decision.deal_key)
            if holder is not None and holder != registration_id:
                decision = decide(self._against(case, holder), policy, now)
        account = self._accounts[registration_id]
        account.claim = case.claim
        is_new = is_news(account.last, decision)
        if is_new:
            self.enter(account, case, decision, policy)
        self._link(account, decision)
        return decision, is_new or bool(decision.links)

    def _against(self, case: Case, holder: str) -> Case:
        """Return the case with the holder of the deal as a certain rival."""
        held = self._accounts[holder]
        rival = Rival(claim=held.claim, registration=held.registration, customer_match=_CERTAIN, deal_match=_CERTAIN)
        others = [each for each in case.rivals if each.claim.ref != held.claim.ref]
        return replace(case, rivals=tuple(sorted((*others, rival), key=_age)))

    def enter(self, account: Account, case: Case, decision: Decision, policy: Policy) -> None:
        """Enter a decision; raise TakenError, with nothing entered, when the deal is another's."""
        claim, before = case.claim, account.registration
        after = applied(before, decision, claim=claim, policy_hash=policy.hash)
        if _holds(after):
            holder = self._live.get(after.deal_key)
            if holder is not None and holder != after.registration_id:
                raise TakenError(after.deal_key, holder)
        if _holds(before) and self._live.get(before.deal_key) == before.registration_id:
            del self._live[before.deal_key]
        account.registration, account.last = after, decision
        if decision.transitions:
            account.moved = decision
        self._enter(account, before)

    def _link(self, account: Account, decision: Decision) -> None:
        """Tie and untie opportunities, be the decision news or not."""
        for change in decision.links:
            self.tie(account.registration.registration_id, change.ref, is_added=change.is_added)

    def _enter(self, account: Account, before: Registration) -> None:
        held = account.registration
        if before.partner_id is not None and before.partner_id != held.partner_id:
            self._by_partner.get(before.partner_id, set()).discard(held.registration_id)
        if held.partner_id is not None:
            self._by_partner.setdefault(held.partner_id, set()).add(held.registration_id)
        if _holds(held):
            self._live[held.deal_key] = held.registration_id


def applied(
    before: Registration, decision: Decision, *, claim: Claim | None = None, policy_hash: str = ""
) -> Registration:
    """Return the registration as the ledger has it after the decision was recorded.

    claim: what it was decided on, for the name, products and amount that are kept beside it.
    """
    terms, extra = decision.terms, decision.extra
    changes: dict[str, Any] = {
        "partner_id": terms.partner_id,
        "exclusive": terms.exclusive,
        "window": terms.window,
        "programme": terms.programme,
        "kind": terms.kind,
        "rank": terms.rank,
        "rewards": terms.rewards,
        "deal_key": decision.deal_key,
        "priority_at": decision.priority_at,
        "memory": decision.memory,
        "extension_count": extra.get("extension_count", before.extension_count),
        "has_conflict": bool(decision.flags),
        "version": before.version + 1,
    }
    if claim is not None:
        changes["customer_name"] = claim.customer.name or before.customer_name
        changes["product"] = ", ".join(claim.products) or before.product
        changes["amount"] = claim.amount or before.amount
    _moved(changes, before, decision)
    changes["missing"] = tuple(extra.get("missing", before.missing)) if changes["status"] is Status.RETURNED else ()
    changes["holding_ends_at"] = _holding_end(decision)
    after = replace(before, **changes)
    return after if _terms_of(after) == _terms_of(before) else replace(after, policy_hash=policy_hash)


def takes_deal(decision: Decision) -> bool:
    """Tell whether the decision takes the deal for itself."""
    return bool(decision.transitions) and decision.transitions[-1].status in PROTECTED and decision.terms.exclusive


def is_news(last: Decision | None, decision: Decision) -> bool:
    """Tell whether a decision says anything that the last one recorded does not; wording and facts alone are nothing new."""
    return last is None or bool(decision.transitions) or _essence(last) != _essence(decision)


def _moved(changes: dict[str, Any], before: Registration, decision: Decision) -> None:
    changes |= {"status": before.status, "status_since": before.status_since, "ended_at": before.ended_at}
    for step in decision.transitions:
        if step.status is not changes["status"]:  # an extension is registered -> registered
            changes["status_since"] = step.at
        changes["status"], changes["reason"] = step.status, step.reason
        changes["ended_at"] = step.at if step.status in FINAL else None


def _holding_end(decision: Decision) -> datetime | None:
    due = min((each.at for each in decision.deadlines if each.kind == "holding_over"), default=None)
    told = decision.extra.get("holding_ends_at")
    return due if due is not None or told is None else datetime.fromisoformat(told)


def _terms_of(each: Registration) -> tuple[object, ...]:
    # A decision that moves none of these leaves the terms those of the policy they were granted under.
    return each.status, each.partner_id, each.exclusive, each.window, each.programme, each.kind, each.rank, each.rewards


def _essence(decision: Decision) -> tuple[Any, ...]:
    """Return what counts of a decision, in an order that does not."""
    proposal = decision.proposal
    return (
        decision.terms,
        decision.deal_key,
        decision.priority_at,
        decision.memory,
        sorted((each.kind, each.at) for each in decision.deadlines),
        sorted((each.reason, str(each.until)) for each in decision.waits),
        sorted((each.code, str(each.ref)) for each in decision.flags),
        None if proposal is None else (proposal.kind, proposal.at),
    )


def _holds(registration: Registration) -> bool:
    return registration.exclusive and registration.status in PROTECTED


def _age(rival: Rival) -> tuple[datetime, CrmRef]:
    return (rival.claim.created_at, rival.claim.ref)
