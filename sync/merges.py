"""Rows that were merged into others: the link follows the surviving row, or a dispute opens when that one has its own.

A CRM tells of a merge by the loser's row, which is gone and names its survivor. For an opportunity the tie moves. For a
submission the registration moves with it, unless the survivor is another claim with a registration of its own: then the
loser's claim is gone, and both histories say why.
"""

from __future__ import annotations

from dataclasses import replace

from ledger import links, record, snapshots
from ledger.engine import Tx
from ledger.rows import Link, LinkRole, NewEntry, Snapshot
from rules.records import CrmRef
from sync.concerns import mark_claims
from sync.events import emit
from sync.observe import owned_values
from sync.passes import Pass


def follow(p: Pass, tx: Tx, link: Link, snapshot: Snapshot) -> Link | None:
    """Move a link from a merged-away row to its survivor; return the link there, None when it cannot move.

    None also while the survivor is not known yet: it comes with one of the next pages, and this is asked again.
    """
    assert snapshot.merged_into is not None, snapshot.ref
    target = CrmRef(link.ref.connection, link.ref.object_name, snapshot.merged_into)
    survivor = snapshots.get_many(tx, [target]).get(target)
    if survivor is None:
        return None
    others = [each for each in links.by_ref(tx, [target]).get(target, ()) if not each.is_gone]
    own = next((each for each in others if each.registration_id == link.registration_id), None)
    if own is None and link.role is LinkRole.SUBMISSION:
        rival = next((each for each in others if each.role is LinkRole.SUBMISSION), None)
        if rival is not None:
            _dispute(p, tx, link, rival)
            return None
    links.save(tx, replace(link, is_gone=True, is_due=False))
    entries = [_entry(p, link, "unlinked", link.ref, f"merged into {target}")]
    if own is None:
        own = links.add(tx, link.registration_id, target, link.stream, link.role, now=p.now())
        links.save(
            tx,
            replace(
                own, base=owned_values(link.stream, survivor.values), rev=max(link.rev, survivor.rev or 0), is_due=True
            ),
        )
        entries.append(_entry(p, link, "linked", target, f"{link.ref} was merged into it"))
    record.record(tx, entries)
    if link.role is LinkRole.SUBMISSION:
        mark_claims(p, tx, {target: "merged"})
    emit("link_moved", pass_id=p.pass_id, crm=p.name, ref=str(link.ref), registration_id=link.registration_id)
    return links.get(tx, own.link_id)


def _dispute(p: Pass, tx: Tx, link: Link, rival: Link) -> None:
    """Note on both registrations that their submissions were merged, once."""
    if link.is_gone:
        return
    links.save(tx, replace(link, is_gone=True, is_due=False))
    record.record(
        tx,
        [
            NewEntry(
                registration_id=one.registration_id,
                type="conflict_opened",
                at=p.now(),
                actor=f"crm:{p.name}",
                policy_hash=p.policy.hash,
                data={
                    "key": f"merged:{link.ref}",
                    "ref": str(link.ref),
                    "survivor": str(rival.ref),
                    "other": other.registration_id,
                },
            )
            for one, other in ((link, rival), (rival, link))
        ],
    )


def _entry(p: Pass, link: Link, kind: str, ref: CrmRef, why: str) -> NewEntry:
    return NewEntry(
        registration_id=link.registration_id,
        type=kind,
        at=p.now(),
        actor=f"crm:{p.name}",
        policy_hash=p.policy.hash,
        data={"ref": str(ref), "role": link.role.value, "why": why},
    )
