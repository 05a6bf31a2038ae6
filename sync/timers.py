"""Timers: deadlines that are due mark their claims dirty, so that the rules look at them again; so does a policy's day.

A deadline stays until a decision removes it, so a claim that waits for a connection is looked at in every pass, and a
crash forgets no timer.
"""

from __future__ import annotations

from ledger import deadlines, links, lookups, registrations, unregistered
from ledger.rows import LinkRole
from rules.fields import Stream
from sync.concerns import mark_claims
from sync.events import emit
from sync.intake import take_in_read
from sync.passes import Pass, remember
from sync.policies import has_changed
from sync.resolve import distinct

DUE_MAX = 10_000
UPDATE_DUE = "update_due"


def mark_due(p: Pass) -> int:
    """Mark the claims of all registrations with a deadline that is due; return how many."""
    with p.begin() as tx:
        due = deadlines.due(tx, now=p.now(), limit=DUE_MAX)
        if not due:
            return 0
        known = registrations.get_many(tx, sorted({each.registration_id for each in due}))
        marks = {
            known[each.registration_id].claim_ref: f"deadline {each.kind}"
            for each in due
            if each.registration_id in known
        }
        mark_claims(p, tx, marks)
    return len(marks)


def read_due(p: Pass) -> None:
    """Read the opportunities fresh whose partner's update is overdue: activities may leave their rows' stamps as they were.

    Until both CRMs have been read past that time nothing ends, so each is asked before.
    """
    with p.ledger.read() as tx:
        due = [each for each in deadlines.due(tx, now=p.now(), limit=DUE_MAX) if each.kind == UPDATE_DUE]
        tied = [link for each in due for link in links.of_registration(tx, each.registration_id)]
    ids = sorted(
        {
            link.ref.record_id
            for link in tied
            if link.role is LinkRole.OPPORTUNITY and link.ref.connection == p.name and not link.is_gone
        }
    )
    if not ids:
        return
    rows = p.connector.read(Stream.OPPORTUNITIES, ids)
    with p.begin() as tx:
        take_in_read(p, tx, Stream.OPPORTUNITIES, distinct(rows))


def follow_policy(p: Pass) -> None:
    """Mark every open claim when another version of the policy has come into force; what was granted keeps its terms."""
    with p.begin() as tx:
        if not has_changed(tx, p.policies, p.now()):
            return
        mark_claims(p, tx, dict.fromkeys(lookups.open_claims(tx), "policy changed"))
        unregistered.ask_again(tx, now=p.now())
        remember(p, tx, "policy_in_force", policy_hash=p.policy.hash, name=p.policy.name, version=p.policy.version)
    emit("policy_in_force", pass_id=p.pass_id, policy_hash=p.policy.hash, version=p.policy.version)
