"""A ledger that is older than what the CRMs show: found before anything is decided or written, and taken up again.

After a restore from a backup the rows carry later witness numbers than the ledger ever gave, or registration ids that it
does not know. Going on would give the same ids out twice and write old decisions over newer ones. So the pass stops, and so
does every later one, until a person has looked and let a pass readopt: then what the CRMs show is taken over as people and
the lost ledger left it, and nothing of it is written over.

One such row may be somebody's doing: a witness typed by hand, a copy. It counts when its last change is our own, when there
are several, or when `registrar restore` was used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connectors.port import Change
from ledger import connections, counters, cursors, links, quarantine, registrations, restored, snapshots
from ledger.codec import maybe_instant
from ledger.engine import Tx
from ledger.restored import Ahead
from ledger.rows import LinkRole, Snapshot
from rules.desired import status_word
from rules.fields import FieldType, Stream
from rules.merge import is_same
from rules.records import OPEN, CrmRef
from sync import commands, contact
from sync.events import emit
from sync.observe import owned_values
from sync.passes import Pass
from sync.settle import Claimed, Settler

SEVERAL: Final = 3  # rows ahead that no single person's slip explains
_SHOWN: Final = 3
_ID: Final = re.compile(r"REG-(\d{4})-(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is ahead of the ledger. written: rows with later witness numbers. unknown: rows with ids it never gave."""

    written: Sequence[Ahead]
    unknown: Sequence[Snapshot]

    def __len__(self) -> int:
        return len(self.written) + len(self.unknown)


def may_go_on(p: Pass) -> bool:
    """Tell whether the ledger is as new as what was just pulled; if not, brake the pass with what to do."""
    with p.ledger.read() as tx:
        restored_at = maybe_instant(counters.get(tx, restored.RESTORED_AT))
        is_behind = bool(counters.get(tx, restored.BEHIND))
        found = _found(tx, p.name)
        row = connections.get(tx, p.name)
        unread = _unread(p, tx, restored_at) if restored_at is not None else []
    assert row is not None, p.name
    # A ledger that never wrote here and was not restored is a new one: rows of another are set aside, one by one.
    has_history = restored_at is not None or row.writes_done > 0
    if not is_behind and has_history and len(found) and (restored_at is not None or _is_evidence(p, found)):
        is_behind = True
        with p.begin() as tx:
            counters.put(tx, restored.BEHIND, 1)
    if p.is_readopting:
        return True
    if is_behind:
        p.brake(_told(p, found))
        emit("ledger_behind", pass_id=p.pass_id, crm=p.name, count=len(found))
        return False
    if unread:
        p.brake(
            f"{p.name}: the ledger was restored from a backup; nothing is decided or written before all CRMs have been read "
            f"again. Waiting for {', '.join(unread)}."
        )
        return False
    if restored_at is not None:
        with p.begin() as tx:
            counters.forget(tx, restored.RESTORED_AT)
    return True


def readopt(p: Pass) -> None:
    """Take over what the CRMs show to be newer than the ledger, and lift the stop; called under the right to decide."""
    settler = Settler(p)
    for name in sorted(p.configs):
        with p.ledger.read() as tx:
            found = _found(tx, name)
        for each in found.written:
            with p.begin() as tx:
                _readopt_written(p, tx, settler, each)
        for snapshot in found.unknown:
            with p.begin() as tx:
                _readopt_unknown(p, tx, settler, snapshot)
    with p.begin() as tx:
        counters.forget(tx, restored.BEHIND)


def _found(tx: Tx, connection: str) -> _Found:
    unknown = [each for each in restored.unregistered_with_witness(tx, connection) if _is_later(tx, each)]
    return _Found(written=restored.written_later(tx, connection), unknown=unknown)


def _is_later(tx: Tx, snapshot: Snapshot) -> bool:
    """Tell whether a row carries a registration id above all that this ledger gave out."""
    told = _ID.fullmatch(str(snapshot.values.get("registration_id")))
    return told is not None and int(told[2]) > registrations.last_number(tx, year=int(told[1]))


def _is_evidence(p: Pass, found: _Found) -> bool:
    """Tell whether what is ahead was written by a later state of this ledger, not by somebody's slip."""
    with p.ledger.read() as tx:
        merged = restored.witnesses_of_gone(tx, p.name)
    rows: list[Ahead | Snapshot] = [each for each in found.written if each.shown not in merged]
    rows += found.unknown
    if len(rows) >= SEVERAL or (p.our_user_id is not None and p.our_user_id in {each.modified_by for each in rows}):
        return True
    if not rows or not p.connector.capabilities.has_history:
        return False
    ids = sorted(each.ref.record_id for each in rows)
    newest: dict[str, Change] = {}
    for change in p.connector.history(Stream.SUBMISSIONS, ids, [restored.WITNESS]):
        newest.setdefault(change.record_id, change)
    return any(each.by_us for each in newest.values())


def _unread(p: Pass, tx: Tx, restored_at: datetime) -> list[str]:
    """Return the connections whose submissions have not been read since the ledger was restored."""
    read = {each.connection: each.last_pull_at for each in cursors.all_(tx) if each.stream is Stream.SUBMISSIONS}
    waited = [each for each in sorted(p.configs) if not p.configs[each].is_paused]
    return [each for each in waited if (at := read.get(each)) is None or at <= restored_at]


def _told(p: Pass, found: _Found) -> str:
    parts = []
    if found.written:
        some = ", ".join(f"{each.ref} ({each.shown}, here {each.known})" for each in found.written[:_SHOWN])
        parts.append(f"{_rows(len(found.written))} later writes than this ledger made: {some}")
    if found.unknown:
        some = ", ".join(f"{each.values['registration_id']} on {each.ref}" for each in found.unknown[:_SHOWN])
        parts.append(f"{_rows(len(found.unknown))} registration ids that it never gave: {some}")
    what = "; ".join(parts) or "another connection's rows are newer than this ledger"
    return (
        f"{p.name}: the ledger is older than the CRM: {what}. It was restored from a backup, or another ledger writes "
        "there, too. Nothing is decided or written until you say so. If a newer backup or the lost ledger can be had, "
        "restore that. Else see that no other Registrar writes to these CRMs, and run `registrar sync --readopt`: it takes "
        "over what the CRMs show and writes over none of it."
    )


def _rows(count: int) -> str:
    return "1 submission carries" if count == 1 else f"{count} submissions carry"


def _readopt_written(p: Pass, tx: Tx, settler: Settler, ahead: Ahead) -> None:
    link = links.get(tx, ahead.link_id)
    snapshot = snapshots.get_many(tx, [ahead.ref]).get(ahead.ref)
    assert link is not None and snapshot is not None, ahead.ref
    registration = registrations.get(tx, link.registration_id)
    assert registration is not None, link.registration_id
    stream_map = p.stream_map(Stream.SUBMISSIONS, ahead.ref.connection)
    command = commands.adoption(snapshot, stream_map=stream_map, zone=p.policy.zone)
    wanted = status_word(registration.status, stream_map)
    is_other = not is_same(snapshot.values.get(commands.STATUS), wanted, FieldType.STATUS)
    # An open status tells nothing that could be adopted over a decision: that one is for a person.
    is_stuck = command is None and is_other and registration.status not in OPEN
    after = replace(
        link,
        base={**link.base, **owned_values(link.stream, snapshot.values)},
        rev=ahead.shown,
        acked_rev=ahead.shown,
        is_frozen=link.is_frozen or is_stuck,
        is_due=True,
    )
    links.save(tx, after)
    if is_stuck:
        p.tally.frozen += 1
        p.tally.problems.append(
            f"{ahead.ref}: the CRM shows {snapshot.values.get(commands.STATUS)} and the restored ledger has "
            f"{registration.status}; it is written no more. Settle {registration.registration_id} there."
        )
    settler.settle(tx, Claimed(snapshot=snapshot, registration=registration, link=after), command)
    _tell(p, ahead.ref, registration.registration_id)


def _readopt_unknown(p: Pass, tx: Tx, settler: Settler, snapshot: Snapshot) -> None:
    id_ = str(snapshot.values["registration_id"])
    if registrations.get(tx, id_) is not None:
        return  # a copy of a row that has just been taken over: the reconciler sets it aside
    told = _ID.fullmatch(id_)
    assert told is not None, id_
    registrations.skip_to(tx, year=int(told[1]), number=int(told[2]))
    stream_map = p.stream_map(Stream.SUBMISSIONS, snapshot.ref.connection)
    command = commands.adoption(snapshot, stream_map=stream_map, zone=p.policy.zone)
    contact.register(p, tx, settler, snapshot, role=LinkRole.SUBMISSION, command=command, registration_id=id_)
    quarantine.clear(tx, snapshot.ref)
    _tell(p, snapshot.ref, id_)


def _tell(p: Pass, ref: CrmRef, registration_id: str) -> None:
    emit("registration_readopted", pass_id=p.pass_id, crm=ref.connection, ref=str(ref), registration_id=registration_id)
