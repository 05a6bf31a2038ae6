"""First contact with a submission: it gets its registration id, or is set aside as a copy of a registered one.

What people had decided before Registrar came is adopted as it stands; a decided status on a later submission is its author's
command, as good as any other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from ledger import links, lookups, quarantine, record, registrations
from ledger.engine import Tx
from ledger.rows import LinkRole, NewEntry, Snapshot
from rules.cases import Command, CommandKind
from rules.desired import status_word
from rules.fields import Stream, Value
from rules.primitives.priority import Priority
from rules.records import Claim, Registration, Status
from sync import commands
from sync.concerns import COPIED, SetAside, unknown
from sync.events import emit
from sync.observe import owned_values
from sync.passes import Pass
from sync.records import Reader
from sync.settle import Claimed, Settler

FIRST_COMMANDS: Final = frozenset({CommandKind.APPROVE, CommandKind.REFUSE, CommandKind.RETURN, CommandKind.WITHDRAW})


def receive(p: Pass, tx: Tx, settler: Settler, snapshot: Snapshot, *, holder: str | None) -> None:
    """Give a submission its registration id and settle it; a copy of a registered one is set aside."""
    if snapshot.is_gone:
        return  # deleted before it was ever registered: nobody was promised anything
    carried = snapshot.values.get("registration_id")
    if carried is not None:
        _set_aside_copy(p, tx, snapshot, str(carried))
        return
    command = _first_command(p, tx, snapshot)
    register(p, tx, settler, snapshot, role=LinkRole.SUBMISSION, command=command, holder=holder)


def register(
    p: Pass,
    tx: Tx,
    settler: Settler,
    snapshot: Snapshot,
    *,
    role: LinkRole,
    command: Command | None,
    holder: str | None = None,
    registration_id: str | None = None,
) -> None:
    """Give a claim its registration id, tie it to its row and decide it. role: an opportunity may be its own claim.

    registration_id: the one that the row has already, from a state of this ledger that was lost.
    """
    registration = _register(p, tx, settler, snapshot, registration_id)
    link = links.add(tx, registration.registration_id, snapshot.ref, snapshot.stream, role, now=p.now())
    base: dict[str, Value] = owned_values(snapshot.stream, snapshot.values)
    # A copy brings our witness along: our own numbers go on above it, else an unknown write would look applied.
    link = replace(link, base=base, rev=snapshot.rev or 0)
    links.save(tx, link)
    quarantine.clear(tx, snapshot.ref)
    claimed = Claimed(snapshot=snapshot, registration=registration, link=link)
    settler.settle(tx, claimed, command, holder=holder)


def _first_command(p: Pass, tx: Tx, snapshot: Snapshot) -> Command | None:
    """Return what a decided status at first contact means: adopted if older than Registrar, else a command."""
    if snapshot.rev:
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
    return commands.with_permission(
        tx, edit.command, snapshot.ref, policy=p.policy, users=commands.users_of(p, connection)
    )


def _register(
    p: Pass, tx: Tx, settler: Settler, snapshot: Snapshot, registration_id: str | None = None
) -> Registration:
    claim = Reader(tx=tx, configs=p.configs, known=settler.known).claim(snapshot)
    if registration_id is None:
        registration_id = registrations.next_id(tx, year=p.now().year)
    data: dict[str, Value | dict[str, str]] = {
        "claim_ref": str(snapshot.ref),
        "customer_name": claim.customer.name,
        "product": ", ".join(claim.products),
        "priority_at": claim.created_at.isoformat(),
        "submitted_at": _submitted(p, claim).isoformat(),
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


def _submitted(p: Pass, claim: Claim) -> datetime:
    """Return when a claim was sent in: the form's own word counts only where the policy trusts it."""
    told = claim.submitted_at if p.policy.priority is Priority.SUBMITTED_AT else None
    return told if told is not None else claim.created_at


def _set_aside_copy(p: Pass, tx: Tx, snapshot: Snapshot, carried: str) -> None:
    holder = registrations.get(tx, carried)
    if holder is None:
        aside = unknown(snapshot.ref, snapshot.stream, carried)
    else:
        advice = "Empty the field if it is a claim of its own."
        message = f"{snapshot.ref} is a copy: {carried} belongs to {holder.claim_ref}. {advice}"
        aside = SetAside(ref=snapshot.ref, stream=snapshot.stream, code=COPIED, message=message)
    quarantine.put(tx, [aside], now=p.now())
    p.tally.problems.append(aside.message)
    emit("row_quarantined", pass_id=p.pass_id, crm=p.name, ref=str(aside.ref), reason=aside.code, error=aside.message)
