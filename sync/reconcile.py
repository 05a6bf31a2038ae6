"""Reconcile: decide every claim that is dirty, oldest first, one transaction each.

A transaction reads the case, asks rules/decide.py, and records what is new: entries, links, deadlines, due links. A claim
met for the first time gets its registration id before it is decided. Claims whose last write is not settled, and those of
other connections in which somebody edited the status, are left to a later pass of their own connection. A claim whose
decision changes another one's case marks that one dirty.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from ledger import dirty, links, lookups, quarantine, record, registrations, snapshots
from ledger.engine import Tx
from ledger.errors import KeyTakenError
from ledger.rows import DirtyClaim, Link, LinkRole, NewEntry, Snapshot
from rules.cases import Case, Command, CommandKind, Decision
from rules.decide import decide
from rules.desired import status_word
from rules.fields import Stream, Value
from rules.mapping import StreamMap
from rules.record import decision_data, impersonal
from rules.records import FINAL, PROTECTED, CrmRef, Registration, Status
from sync import commands, merges
from sync.brakes import brake_deletions
from sync.cases import assemble, is_claim
from sync.drift import count_round
from sync.events import emit
from sync.intake import SetAside, mark_claims, owned_values
from sync.news import changed_at, is_news
from sync.passes import Pass
from sync.records import Known, Reader

ROUNDS_MAX: Final = 5  # how often one claim is decided in one pass; what still stirs then waits for the next
FIRST_COMMANDS: Final = frozenset({CommandKind.APPROVE, CommandKind.REFUSE, CommandKind.RETURN, CommandKind.WITHDRAW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A claim on its way to a decision: its row, its registration, the link between the two."""

    snapshot: Snapshot
    registration: Registration
    link: Link


class Reconciler:
    """Decides dirty claims in one pass. gone_braked: so many claims vanished that none of those is decided."""

    def __init__(self, p: Pass) -> None:
        self._p = p
        self._turns: dict[CrmRef, int] = {}
        self._gone_braked = False
        self._known_rows = Known()

    def run(self) -> None:
        """Decide all dirty claims that can be decided in this pass."""
        self._gone_braked = self._brake_gone()
        self._known_rows = Known()
        skipped: set[CrmRef] = set()
        while True:
            batch = self._take(skipped)
            if not batch:
                break
            for claim in batch:
                self._p.breathe()
                if not self._decide(claim):
                    skipped.add(claim.ref)
        self._p.tally.waiting = len(skipped)

    def command(self, tx: Tx, link: Link, command: Command) -> None:
        """Decide a claim with a person's command that came to light while verifying, in the caller's transaction."""
        p = self._p
        registration = registrations.get(tx, link.registration_id)
        snapshot = snapshots.get_many(tx, [link.ref]).get(link.ref)
        assert registration is not None and snapshot is not None, link.ref
        self._settle(
            tx, Claimed(snapshot=snapshot, registration=registration, link=link), self._allowed(tx, command, link)
        )
        p.tally.commands += 1

    def _take(self, skipped: set[CrmRef]) -> list[DirtyClaim]:
        with self._p.ledger.read() as tx:
            taken = dirty.take(tx, self._p.settings.decide_batch + len(skipped))
        ready = []
        for claim in taken:
            if claim.ref in skipped:
                continue
            self._turns[claim.ref] = self._turns.get(claim.ref, 0) + 1
            if self._turns[claim.ref] > ROUNDS_MAX:
                skipped.add(claim.ref)
            else:
                ready.append(claim)
        return ready

    def _decide(self, claim: DirtyClaim) -> bool:
        """Decide one claim in a transaction; tell whether it was, or must wait for a later pass."""
        holder: str | None = None
        for _ in range(2):
            try:
                with self._p.begin() as tx:
                    is_done = self._claim(tx, claim.ref, holder)
                    if is_done:
                        dirty.clear(tx, claim.ref, claim.mark)
                    return is_done
            except KeyTakenError as error:
                emit("deal_taken", pass_id=self._p.pass_id, ref=str(claim.ref), holder=error.holder)
                holder = error.holder
        return False

    def _claim(self, tx: Tx, ref: CrmRef, holder: str | None) -> bool:
        """Find what a dirty row stands for and settle it."""
        p = self._p
        snapshot = snapshots.get_many(tx, [ref]).get(ref)
        if snapshot is None:
            return True
        link = _claim_link(tx, ref)
        if snapshot.merged_into is not None and link is not None:
            if ref.connection != p.name and not link.is_gone:
                return False
            moved = merges.follow(p, tx, link, snapshot)
            if moved is not None:
                return True
        if link is None:
            return self._first_contact(tx, snapshot, holder)
        registration = registrations.get(tx, link.registration_id)
        assert registration is not None, link.registration_id
        claimed = Claimed(snapshot=snapshot, registration=registration, link=link)
        if snapshot.is_gone and self._gone_braked and registration.status not in FINAL:
            return False
        return self._known(tx, claimed, holder)

    def _known(self, tx: Tx, claimed: Claimed, holder: str | None) -> bool:
        """Settle a claim that has its registration: with the command that its status tells, if any."""
        p, link, snapshot = self._p, claimed.link, claimed.snapshot
        self._follow_opportunities(tx, claimed.registration)
        if not commands.has_moved(link, snapshot) or snapshot.is_gone:
            self._settle(tx, claimed, None, holder=holder)
            return True
        if link.ref.connection != p.name or lookups.links_with_open_intent(tx, [link.link_id]):
            return False  # only its own connection can ask who did it, and only once our last write is settled
        found = commands.look(
            link,
            snapshot,
            claimed.registration,
            stream_map=p.stream_map(Stream.SUBMISSIONS),
            changes=p.histories.get(link.ref.record_id, []),
            our_user_id=p.our_user_id,
        )
        if found.is_agreed or found.is_ours:
            claimed = replace(claimed, link=self._rebase(tx, link, snapshot.values["status"]))
        command = None
        if found.edit is not None and found.edit.command is not None:
            command = self._allowed(tx, found.edit.command, link)
            claimed = replace(claimed, link=self._rebase(tx, link, found.edit.word))
            p.tally.commands += 1
        self._settle(tx, claimed, command, holder=holder)
        if command is not None and found.edit is not None:
            self._count_refused(tx, claimed.link, found.edit.word)
        return True

    def _count_refused(self, tx: Tx, link: Link, word: Value) -> None:
        """Count a command that was not followed as a round: a workflow that repeats it for ever is not fought for ever."""
        p = self._p
        registration = registrations.get(tx, link.registration_id)
        current = links.get(tx, link.link_id)
        assert registration is not None and current is not None, link.link_id
        if word == status_word(registration.status, p.stream_map(link.stream)):
            return
        after = count_round(current, rounds_max=p.settings.drift_rounds_max, now=p.now())
        links.save(tx, after)
        if after.is_frozen and not current.is_frozen:
            record.record(tx, [_frozen(p, after, word)])
            p.tally.frozen += 1
            p.tally.problems.append(
                f"{link.ref}: the status was set to {word} again and again; it is written no more. Settle it there."
            )
            emit("drift_frozen", pass_id=p.pass_id, ref=str(link.ref), registration_id=link.registration_id)

    def _first_contact(self, tx: Tx, snapshot: Snapshot, holder: str | None) -> bool:
        """Give a submission its registration id and settle it; a copy of a registered one is set aside."""
        p = self._p
        if snapshot.is_gone:
            return True  # deleted before it was ever registered: nobody was promised anything
        carried = snapshot.values.get("registration_id")
        if carried is not None:
            self._set_aside_copy(tx, snapshot, str(carried))
            return True
        command = self._first_command(tx, snapshot)
        registration = self._receive(tx, snapshot)
        link = links.add(
            tx, registration.registration_id, snapshot.ref, snapshot.stream, LinkRole.SUBMISSION, now=p.now()
        )
        base: dict[str, Value] = owned_values(snapshot.stream, snapshot.values)
        # A copy brings our witness along: our own numbers go on above it, else an unknown write would look applied.
        link = replace(link, base=base, rev=snapshot.rev or 0)
        links.save(tx, link)
        quarantine.clear(tx, snapshot.ref)
        claimed = Claimed(snapshot=snapshot, registration=registration, link=link)
        self._settle(tx, claimed, command, holder=holder)
        return True

    def _first_command(self, tx: Tx, snapshot: Snapshot) -> Command | None:
        """Return what a decided status at first contact means: adopted if older than Registrar, else a command."""
        p = self._p
        if snapshot.rev is not None:
            return None  # a copy of a registered row: its status is what was copied, nobody's word about this claim
        connection = snapshot.ref.connection
        stream_map = p.stream_map(Stream.SUBMISSIONS, connection)
        first = lookups.first_contact(tx, connection)
        if first is not None and (snapshot.created_at or snapshot.first_seen_at) < first:
            return commands.adoption(snapshot, stream_map=stream_map, zone=p.policy.zone)
        word = snapshot.values.get("status")
        if word is None or word == status_word(Status.RECEIVED, stream_map):
            return None
        actor = snapshot.modified_by if snapshot.modified_by != p.our_user_id else None
        edit = commands.read_edit(snapshot.ref, word, stream_map=stream_map, actor=actor, at=snapshot.modified_at)
        if edit.command is None or edit.command.kind not in FIRST_COMMANDS:
            return None
        return commands.with_permission(tx, edit.command, snapshot.ref, policy=p.policy, users=self._users(connection))

    def _receive(self, tx: Tx, snapshot: Snapshot) -> Registration:
        p = self._p
        claim = Reader(tx=tx, configs=p.configs, known=self._known_rows).claim(snapshot)
        registration_id = registrations.next_id(tx, year=p.now().year)
        data: dict[str, Value | dict[str, str]] = {
            "claim_ref": str(snapshot.ref),
            "customer_name": claim.customer.name,
            "product": ", ".join(claim.products),
            "priority_at": claim.created_at.isoformat(),
        }
        if claim.partner is not None:
            data["partner_id"] = claim.partner.partner_id
        if claim.amount is not None:
            data["amount"] = {"amount": str(claim.amount.amount), "currency": claim.amount.currency}
        entry = NewEntry(
            registration_id=registration_id,
            type="claim_received",
            at=p.now(),
            actor=f"crm:{snapshot.ref.connection}",
            policy_hash=p.policy.hash,
            data=data,
        )
        record.record(tx, [entry])
        p.tally.received += 1
        emit(
            "claim_received",
            pass_id=p.pass_id,
            crm=snapshot.ref.connection,
            ref=str(snapshot.ref),
            registration_id=registration_id,
        )
        registration = registrations.get(tx, registration_id)
        assert registration is not None, registration_id
        return registration

    def _settle(self, tx: Tx, claimed: Claimed, command: Command | None, *, holder: str | None = None) -> None:
        """Decide one claim and record what is new."""
        p, registration = self._p, claimed.registration
        rival = registrations.get(tx, holder) if holder is not None else None
        case = self._case(tx, claimed, command, rival)
        decision = decide(case, p.policy, p.now())
        if holder is None and _wants_deal(decision):
            taken = registrations.live_by_key(tx, decision.deal_key)
            if taken is not None and taken.registration_id != registration.registration_id:
                case = self._case(tx, claimed, command, taken)
                decision = decide(case, p.policy, p.now())
        p.tally.decided += 1
        entries = self._command_entries(command, registration)
        if is_news(tx, registration, decision):
            entries.append(self._decided(decision, case, command, registration))
        entries += self._link(tx, decision, registration)
        if not entries:
            return
        record.record(tx, entries)
        links.mark_due(tx, registration_id=registration.registration_id)
        p.tally.changed += 1
        self._tell(decision, registration, case)
        if decision.transitions or decision.terms.window != registration.window:
            mark_claims(p, tx, _neighbours(case))
        p.touched |= {claimed.link.ref.connection} | {change.ref.connection for change in decision.links}

    def _case(self, tx: Tx, claimed: Claimed, command: Command | None, holder: Registration | None) -> Case:
        """Gather the case. holder: a registration that holds the same deal for certain, whatever the matcher says."""
        is_returned = claimed.registration.status is Status.RETURNED  # only then does it matter
        return assemble(
            tx,
            claimed.snapshot,
            registration=claimed.registration,
            configs=self._p.configs,
            matching=self._p.policy.matching,
            known=self._known_rows,
            claim_changed_at=changed_at(tx, claimed.snapshot) if is_returned else None,
            command=command,
            holder=holder,
        )

    def _decided(self, decision: Decision, case: Case, command: Command | None, registration: Registration) -> NewEntry:
        p = self._p
        is_adopted = command is not None and command.kind is CommandKind.ADOPT
        actor = decision.transitions[-1].actor if decision.transitions else "rule"
        data = dict(decision_data(decision))
        claim = case.claim
        data["customer_name"] = claim.customer.name or registration.customer_name
        data["product"] = ", ".join(claim.products) or registration.product
        if claim.amount is not None:
            data["amount"] = {"amount": str(claim.amount.amount), "currency": claim.amount.currency}
        return NewEntry(
            registration_id=registration.registration_id,
            type="adopted" if is_adopted else "decided",
            at=p.now(),
            actor=actor,
            policy_hash=p.policy.hash,
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
                actor=impersonal(f"person:{command.actor}") if command.actor is not None else "person",
                policy_hash=p.policy.hash,
                data={
                    "kind": command.kind.value,
                    "actor": impersonal(command.actor) if command.actor is not None else None,
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

    def _follow_opportunities(self, tx: Tx, registration: Registration) -> None:
        """Move the links of opportunities that were merged away; note the deleted ones."""
        p = self._p
        found = [
            each
            for each in links.of_registration(tx, registration.registration_id)
            if each.role is LinkRole.OPPORTUNITY and not each.is_gone
        ]
        known = snapshots.get_many(tx, [each.ref for each in found])
        for link in found:
            snapshot = known.get(link.ref)
            if snapshot is None or not snapshot.is_gone:
                continue
            if snapshot.merged_into is not None and merges.follow(p, tx, link, snapshot) is not None:
                continue
            if snapshot.merged_into is None:
                links.save(tx, replace(link, is_gone=True, is_due=False))
                record.record(
                    tx,
                    [
                        NewEntry(
                            registration_id=registration.registration_id,
                            type="record_gone",
                            at=p.now(),
                            actor=f"crm:{link.ref.connection}",
                            policy_hash=p.policy.hash,
                            data={"ref": str(link.ref), "role": link.role.value},
                        )
                    ],
                )

    def _set_aside_copy(self, tx: Tx, snapshot: Snapshot, carried: str) -> None:
        p = self._p
        holder = registrations.get(tx, carried)
        code = "copied_registration" if holder is not None else "unknown_registration"
        what = (
            f"is a copy: {carried} belongs to {holder.claim_ref}. Empty the field if it is a claim of its own."
            if holder is not None
            else f"carries {carried}, which this ledger does not know. Restore the ledger's backup, or empty the field."
        )
        message = f"{snapshot.ref} {what}"
        quarantine.put(
            tx, [SetAside(ref=snapshot.ref, stream=snapshot.stream, code=code, message=message)], now=p.now()
        )
        p.tally.problems.append(message)
        emit("row_quarantined", pass_id=p.pass_id, crm=p.name, ref=str(snapshot.ref), reason=code, error=message)

    def _rebase(self, tx: Tx, link: Link, word: Value) -> Link:
        """Consume a status that somebody typed: it becomes the base, so that it is met once."""
        after = replace(link, base={**link.base, "status": word}, is_due=True)
        links.save(tx, after)
        return after

    def _allowed(self, tx: Tx, command: Command, link: Link) -> Command:
        users = self._users(link.ref.connection)
        return commands.with_permission(tx, command, link.ref, policy=self._p.policy, users=users)

    def _users(self, connection: str) -> StreamMap | None:
        return self._p.configs[connection].mapping.streams.get(Stream.USERS)

    def _tell(self, decision: Decision, registration: Registration, case: Case) -> None:
        p = self._p
        for step in decision.transitions:
            emit(
                f"registration_{step.status}",
                pass_id=p.pass_id,
                registration_id=registration.registration_id,
                ref=str(case.claim.ref),
                partner_id=decision.terms.partner_id,
                rule=decision.deciding,
                reason=step.reason,
                policy_hash=p.policy.hash,
            )
        for flag in decision.flags:
            emit(
                "conflict_found",
                pass_id=p.pass_id,
                registration_id=registration.registration_id,
                reason=flag.code,
                ref=str(flag.ref) if flag.ref is not None else None,
            )

    def _brake_gone(self) -> bool:
        """Tell whether so many claims have vanished at once that a person must look first."""
        p = self._p
        with p.ledger.read() as tx:
            gone = lookups.vanished_live_claims(tx, p.name)
            live = lookups.live_submission_count(tx, p.name) if gone else 0
        why = brake_deletions(p.settings, gone=gone, known=live, what="live submissions") if gone else None
        if why is None or p.is_approved:
            return False
        p.brake(why)
        return True


def _claim_link(tx: Tx, ref: CrmRef) -> Link | None:
    found = [each for each in links.by_ref(tx, [ref]).get(ref, ()) if is_claim(each)]
    return min(found, key=lambda each: (each.is_gone, each.link_id)) if found else None


def _frozen(p: Pass, link: Link, word: Value) -> NewEntry:
    return NewEntry(
        registration_id=link.registration_id,
        type="drift_frozen",
        at=p.now(),
        actor=f"crm:{link.ref.connection}",
        policy_hash=p.policy.hash,
        data={"ref": str(link.ref), "fields": {"status": {"observed": word}}},
    )


def _wants_deal(decision: Decision) -> bool:
    """Tell whether the decision takes the deal for itself."""
    return bool(decision.transitions) and decision.transitions[-1].status in PROTECTED and decision.terms.exclusive


def _neighbours(case: Case) -> dict[CrmRef, str]:
    """Return the claims whose case this decision changes."""
    return {
        rival.claim.ref: "rival decided"
        for rival in case.rivals
        if rival.registration is None or rival.registration.status not in FINAL
    }
