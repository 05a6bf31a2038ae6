"""Reconcile: decide every claim that is dirty, oldest first, one transaction each.

What a dirty row stands for is found here: a known claim, perhaps with a person's command in its status; a new one
(sync/contact.py); a row merged into another. sync/settle.py decides it and records the answer. Claims whose last write is
not settled, and those of other connections in which somebody edited the status, are left to a later pass of their own
connection. A claim whose decision changes another one's case marks that one dirty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ledger import dirty, links, lookups, record, registrations, snapshots
from ledger.engine import Tx
from ledger.errors import KeyTakenError
from ledger.rows import DirtyClaim, Link, LinkRole, NewEntry, Snapshot
from rules.cases import Command
from rules.desired import status_word
from rules.fields import Stream, Value
from rules.records import FINAL, CrmRef, Registration
from sync import commands, contact, merges, unregistered
from sync.brakes import brake_deletions
from sync.cases import claim_link, is_claim
from sync.drift import count_round
from sync.events import emit
from sync.passes import Pass
from sync.settle import Claimed, Settler
from sync.shadow import Shadow

ROUNDS_MAX: Final = 5  # how often one claim is decided in one pass; what still stirs then waits for the next


class Reconciler:
    """Decides dirty claims in one pass. gone_braked: so many claims vanished that none of those is decided."""

    def __init__(self, p: Pass, shadow: Shadow | None = None) -> None:
        self._p = p
        self._turns: dict[CrmRef, int] = {}
        self._gone_braked = False
        self._settler = Settler(p, shadow)

    def run(self) -> None:
        """Decide all dirty claims that can be decided in this pass."""
        self._gone_braked = self._brake_gone()
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
        unregistered.look(self._p, self._settler)

    def command(self, tx: Tx, link: Link, command: Command, *, holder: str | None = None) -> None:
        """Decide a claim with a person's command that came by another way than its row, in the caller's transaction."""
        p = self._p
        registration = registrations.get(tx, link.registration_id)
        snapshot = snapshots.get_many(tx, [link.ref]).get(link.ref)
        assert registration is not None and snapshot is not None, link.ref
        claimed = Claimed(snapshot=snapshot, registration=registration, link=link)
        self._settler.settle(tx, claimed, self._allowed(tx, command, link), holder=holder)
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
        if snapshot.stream is Stream.OPPORTUNITIES:
            return self._opportunity(tx, ref, snapshot, holder)
        link = _claim_link(tx, ref)
        if snapshot.merged_into is not None and link is not None:
            if ref.connection != p.name and not link.is_gone:
                return False
            moved = merges.follow(p, tx, link, snapshot)
            if moved is not None:
                return True
        if link is None:
            contact.receive(p, tx, self._settler, snapshot, holder=holder)
            return True
        registration = registrations.get(tx, link.registration_id)
        assert registration is not None, link.registration_id
        claimed = Claimed(snapshot=snapshot, registration=registration, link=link)
        if snapshot.is_gone and self._gone_braked and registration.status not in FINAL:
            return False
        return self._known(tx, claimed, holder)

    def _opportunity(self, tx: Tx, ref: CrmRef, snapshot: Snapshot, holder: str | None) -> bool:
        """Settle a claim that an opportunity stands for: it has no status of its own that people would edit."""
        registration = registrations.by_claim(tx, ref)
        if registration is None:
            return True
        self._follow_opportunities(tx, registration)
        link = claim_link(tx, registration)
        known = snapshots.get_many(tx, [link.ref]).get(link.ref, snapshot)
        self._settler.settle(tx, Claimed(snapshot=known, registration=registration, link=link), None, holder=holder)
        return True

    def _known(self, tx: Tx, claimed: Claimed, holder: str | None) -> bool:
        """Settle a claim that has its registration: with the command that its status tells, if any."""
        p, link, snapshot = self._p, claimed.link, claimed.snapshot
        self._follow_opportunities(tx, claimed.registration)
        if not commands.has_moved(link, snapshot) or snapshot.is_gone:
            self._settler.settle(tx, claimed, None, holder=holder)
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
        self._settler.settle(tx, claimed, command, holder=holder)
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

    def _rebase(self, tx: Tx, link: Link, word: Value) -> Link:
        """Consume a status that somebody typed: it becomes the base, so that it is met once."""
        after = replace(link, base={**link.base, "status": word}, is_due=True)
        links.save(tx, after)
        return after

    def _allowed(self, tx: Tx, command: Command, link: Link) -> Command:
        users = commands.users_of(self._p, link.ref.connection)
        return commands.with_permission(tx, command, link.ref, policy=self._p.policy, users=users)

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
