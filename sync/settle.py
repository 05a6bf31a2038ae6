"""Settle one claim: gather its case, let the rules decide, and record whatever that brings, in the caller's transaction.

Everything a decision leads to is stored together: the entry with its explanation, links to opportunities, links to be
pushed, and the neighbours whose case it changes. A decision that says nothing new leaves no trace.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ledger import conflicts, links, people, record, registrations, snapshots, unregistered
from ledger.engine import Tx
from ledger.rows import Link, LinkRole, NewEntry, Snapshot
from rules.case_record import case_data
from rules.cases import Case, Command, CommandKind, Decision
from rules.decide import decide
from rules.policy import Policy
from rules.record import decision_data
from rules.records import FINAL, PROTECTED, Claim, CrmRef, Registration, Status
from sync import objections, quotas
from sync.cases import assemble
from sync.concerns import mark_claims
from sync.events import emit
from sync.news import changed_at, is_news, unanswered
from sync.observe import owned_values
from sync.passes import Pass
from sync.rate_book import known_at
from sync.records import Known, Reader
from sync.shadow import Shadow


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim on its way to a decision: its row, its registration, the link between the two."""

    snapshot: Snapshot
    registration: Registration
    link: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is to be decided: the claim as its row tells it, the policy that decides, a person's command."""

    reader: Reader
    claimed: Claimed
    claim: Claim
    policy: Policy
    command: Command | None


class Settler:
    """Settles claims in one pass. shadow: the policy that decides beside the one in force. known: rows looked up so far."""

    def __init__(self, p: Pass, shadow: Shadow | None = None) -> None:
        self._p = p
        self._shadow = shadow
        self.known = Known()

    def settle(self, tx: Tx, claimed: Claimed, command: Command | None, *, holder: str | None = None) -> None:
        """Decide one claim and record what is new."""
        p, registration = self._p, claimed.registration
        command = _pseudonymous(tx, command)
        rival = registrations.get(tx, holder) if holder is not None else None
        reader = Reader(tx=tx, configs=p.configs, known=self.known)
        claim = reader.claim(claimed.snapshot)
        policy = p.policies.deciding(tx, registration, claim, p.now())
        matter = Matter(reader=reader, claimed=claimed, claim=claim, policy=policy, command=command)
        case = self._case(tx, matter, rival)
        decision = decide(case, policy, p.now())
        if holder is None and _wants_deal(decision):
            taken = registrations.live_by_key(tx, decision.deal_key)
            if taken is not None and taken.registration_id != registration.registration_id:
                case = self._case(tx, matter, taken)
                decision = decide(case, policy, p.now())
        p.tally.decided += 1
        if self._shadow is not None:
            self._shadow.compare(p, tx, case, decision)
        entries = self._command_entries(command, registration)
        if is_news(tx, registration, decision):
            entries.append(self._decided(decision, case, matter))
        entries += self._link(tx, decision, registration)
        entries += self._closed_disputes(tx, decision, registration)
        if not entries:
            return
        record.record(tx, entries)
        links.mark_due(tx, registration_id=registration.registration_id)
        p.tally.changed += 1
        self._tell(decision, case, matter)
        if decision.transitions or decision.terms.window != registration.window:
            mark_claims(p, tx, _neighbours(case) | quotas.freed(tx, registration, decision, policy))
        p.touched |= {claimed.link.ref.connection} | {change.ref.connection for change in decision.links}

    def _case(self, tx: Tx, matter: Matter, holder: Registration | None) -> Case:
        """Gather the case. holder: a registration that holds the same deal for certain, whatever the matcher says."""
        claimed = matter.claimed
        is_returned = claimed.registration.status is Status.RETURNED  # only then does it matter
        return assemble(
            tx,
            claimed.snapshot,
            registration=claimed.registration,
            configs=self._p.configs,
            matching=matter.policy.matching,
            claim=matter.claim,
            reader=matter.reader,
            claim_changed_at=changed_at(tx, claimed.snapshot) if is_returned else None,
            command=matter.command,
            holder=holder,
            proposal=unanswered(tx, claimed.registration),
            objections=objections.of_claim(tx, matter.reader, claimed.snapshot, claimed.registration),
            counts=quotas.counts(tx, matter.claim, claimed.registration, matter.policy, matter.command),
            rates=self._p.book.rates(matter.policy, known_at(claimed.registration, self._p.now())),
        )

    def _decided(self, decision: Decision, case: Case, matter: Matter) -> NewEntry:
        registration, command, claim = matter.claimed.registration, matter.command, matter.claim
        is_adopted = command is not None and command.kind is CommandKind.ADOPT
        actor = decision.transitions[-1].actor if decision.transitions else "rule"
        data = dict(decision_data(decision))
        data["case"] = case_data(case)
        data["customer_name"] = claim.customer.name or registration.customer_name
        data["product"] = ", ".join(claim.products) or registration.product
        if claim.amount is not None:
            data["amount"] = {"amount": str(claim.amount.amount), "currency": claim.amount.currency}
        return NewEntry(
            registration_id=registration.registration_id,
            type="adopted" if is_adopted else "decided",
            at=self._p.now(),
            actor=actor,
            policy_hash=matter.policy.hash,
            data=data,
        )

    def _command_entries(self, command: Command | None, registration: Registration) -> list[NewEntry]:
        if command is None or command.kind is CommandKind.ADOPT:
            return []
        p = self._p
        emit(
            "command_received",
            pass_id=p.pass_id,
            registration_id=registration.registration_id,
            command=command.kind,
            allowed=command.is_allowed,
        )
        return [
            NewEntry(
                registration_id=registration.registration_id,
                type="command_received",
                at=p.now(),
                actor=f"person:{command.actor}" if command.actor is not None else "person",
                policy_hash=p.policy.hash,
                data={
                    "kind": command.kind.value,
                    "actor": command.actor,
                    "source": command.source,
                    "at": command.at.isoformat(),
                    "is_allowed": command.is_allowed,
                },
            )
        ]

    def _link(self, tx: Tx, decision: Decision, registration: Registration) -> list[NewEntry]:
        """Tie and untie opportunities as decided, and return the entries that tell of it.

        The values a row holds at first become the base. A row that is not in the ledger yet is tied when it comes.
        """
        p = self._p
        entries: list[NewEntry] = []
        for change in decision.links:
            known = {each.ref: each for each in links.of_registration(tx, registration.registration_id)}
            old = known.get(change.ref)
            if change.is_added:
                snapshot = snapshots.get_many(tx, [change.ref]).get(change.ref)
                if snapshot is None or snapshot.is_gone or (old is not None and not old.is_gone):
                    continue
                added = links.add(
                    tx, registration.registration_id, change.ref, snapshot.stream, LinkRole.OPPORTUNITY, now=p.now()
                )
                base = owned_values(snapshot.stream, snapshot.values)
                links.save(tx, replace(added, base=base, rev=max(added.rev, snapshot.rev or 0), is_due=True))
                unregistered.drop(tx, [change.ref])
            elif old is None or old.is_gone:
                continue
            else:
                links.save(tx, replace(old, is_gone=True, is_due=False))
            entries.append(
                NewEntry(
                    registration_id=registration.registration_id,
                    type="linked" if change.is_added else "unlinked",
                    at=p.now(),
                    actor="rule",
                    policy_hash=p.policy.hash,
                    data={"ref": str(change.ref), "role": LinkRole.OPPORTUNITY.value, "why": change.why},
                )
            )
        return entries

    def _closed_disputes(self, tx: Tx, decision: Decision, registration: Registration) -> list[NewEntry]:
        """Return the entries that close the disputes of a registration that ends, on both sides of each."""
        if not decision.transitions or decision.transitions[-1].status not in FINAL or not registration.has_conflict:
            return []
        mine = [each for each in conflicts.of_registration(tx, registration.registration_id) if each.closed_at is None]
        sides = {(each.key, each.registration_id) for each in mine}
        for each in mine:
            other = str(each.data.get("other", ""))
            theirs = conflicts.of_registration(tx, other)
            sides |= {(one.key, other) for one in theirs if one.key == each.key and one.closed_at is None}
        return [
            NewEntry(
                registration_id=side,
                type="conflict_closed",
                at=self._p.now(),
                actor="rule",
                policy_hash=self._p.policy.hash,
                data={"key": key, "why": f"{registration.registration_id} is {decision.transitions[-1].status}"},
            )
            for key, side in sorted(sides)
        ]

    def _tell(self, decision: Decision, case: Case, matter: Matter) -> None:
        p, registration = self._p, matter.claimed.registration
        for step in decision.transitions:
            emit(
                f"registration_{step.status}",
                pass_id=p.pass_id,
                registration_id=registration.registration_id,
                ref=str(case.claim.ref),
                partner_id=decision.terms.partner_id,
                rule=decision.deciding,
                reason=step.reason,
                policy_hash=matter.policy.hash,
            )
        for flag in decision.flags:
            emit(
                "conflict_found",
                pass_id=p.pass_id,
                registration_id=registration.registration_id,
                reason=flag.code,
                ref=str(flag.ref) if flag.ref is not None else None,
            )


def _wants_deal(decision: Decision) -> bool:
    """Tell whether the decision takes the deal for itself."""
    return bool(decision.transitions) and decision.transitions[-1].status in PROTECTED and decision.terms.exclusive


def _pseudonymous(tx: Tx, command: Command | None) -> Command | None:
    """Return the command with its actor as the ledger knows them, so that one person is one in every later decision.

    A mail address goes on among the roles, which policies name people by; no entry keeps it.
    """
    if command is None or command.actor is None or "@" not in command.actor:
        return command
    return replace(command, actor=people.pseudonym(tx, command.actor), roles=command.roles | {command.actor})


def _neighbours(case: Case) -> dict[CrmRef, str]:
    """Return the claims whose case this decision changes."""
    return {
        rival.claim.ref: "rival decided"
        for rival in case.rivals
        if rival.registration is None or rival.registration.status not in FINAL
    }
