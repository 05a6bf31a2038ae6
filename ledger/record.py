"""Appends entries to the chain and projects them, in the caller's transaction.

The chain has one end, so appending is serialised: SQLite by its single writer, PostgreSQL by an advisory lock that lasts
until the commit. Under that lock the exclusive key is looked at before anything is written; the partial unique index says
the same once more. Whoever writes an entry: a mail address in it is replaced by a pseudonym here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import IntegrityError

from ledger import people
from ledger.bulk import among
from ledger.chain import entry_hash
from ledger.codec import dump, load, parse_iso, to_micros
from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.errors import KeyTakenError
from ledger.history import head
from ledger.projection import State, apply
from ledger.rows import Entry, NewEntry
from ledger.states import load_states, save_states
from ledger.tables import entry as t
from ledger.tables import match_verdict, policy, registration
from rules.records import PROTECTED, Registration

_APPEND: Final = insert(t)
_CHAIN_LOCK: Final = 0x436861696E  # "Chain"


def record(tx: Tx, entries: Sequence[NewEntry]) -> list[Entry]:
    """Append the entries in order and bring the projections up to them; return them as stored.

    Raises KeyTakenError, with nothing written, when a second exclusive live registration of a deal would result.
    """
    if not entries:
        return []
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    appended = _chained(tx, entries)
    ids = {each.registration_id for each in appended if each.registration_id is not None}
    before = load_states(tx, ids)
    after = dict(before)
    for each in appended:
        if each.registration_id is not None:
            after[each.registration_id] = apply(after.get(each.registration_id), each)
    _refuse_taken_keys(tx, [state.registration for state in after.values()], ids)
    tx.execute(_APPEND, [_row(each) for each in appended])
    _save(tx, before, after)
    _activate_policies(tx, appended)
    tell_verdicts(tx, appended)
    return appended


def _chained(tx: Tx, entries: Sequence[NewEntry]) -> list[Entry]:
    seq, prev_hash = head(tx)
    chained = list[Entry]()
    for seq, new in enumerate(entries, seq + 1):  # noqa: B020 (counts on from the head)
        data, actor = dump(new.data), people.pseudonym(tx, new.actor)
        if new.type != EntryType.POLICY_ACTIVATED:  # a policy is kept word for word, else its hash would not fit it
            data = people.hide(tx, data)
        hash_ = entry_hash(
            prev_hash, seq=seq, registration_id=new.registration_id, type_=EntryType(new.type).value,
            at=to_micros(new.at), actor=actor, policy_hash=new.policy_hash, data=data,
        )  # fmt: skip
        # The data as a replay will read it, so that recording and replaying cannot differ.
        chained.append(
            Entry(
                seq=seq, registration_id=new.registration_id, type=EntryType(new.type).value, at=new.at, actor=actor,
                policy_hash=new.policy_hash, data=load(data), prev_hash=prev_hash, hash=hash_,
            )
        )  # fmt: skip
        prev_hash = hash_
    return chained


def _row(each: Entry) -> dict[str, object]:
    return {
        "seq": each.seq, "registration_id": each.registration_id, "type": each.type, "at": each.at, "actor": each.actor,
        "policy_hash": each.policy_hash, "data": dump(each.data), "prev_hash": each.prev_hash, "hash": each.hash,
    }  # fmt: skip


def _refuse_taken_keys(tx: Tx, changed: Sequence[Registration], ids: Collection[str]) -> None:
    wanted: dict[str, str] = {}
    for each in changed:
        if each.exclusive and each.status in PROTECTED:
            if each.deal_key in wanted:
                raise KeyTakenError(each.deal_key, wanted[each.deal_key])
            wanted[each.deal_key] = each.registration_id
    if not wanted:
        return
    holders = tx.execute(
        select(registration.c.deal_key, registration.c.registration_id).where(
            among(tx, registration.c.deal_key, wanted),
            registration.c.exclusive,
            registration.c.status.in_([status.value for status in PROTECTED]),
        )
    )
    for deal_key, holder in holders:
        if holder not in ids:
            raise KeyTakenError(deal_key, holder)


def _save(tx: Tx, before: Mapping[str, State], after: Mapping[str, State]) -> None:
    try:
        save_states(tx, before, after)
    except IntegrityError as error:
        # Only reachable past the check above, by a writer that bypasses this module.
        raise KeyTakenError(", ".join(after), "another writer") from error


def _activate_policies(tx: Tx, appended: Sequence[Entry]) -> None:
    for each in appended:
        if each.type == EntryType.POLICY_ACTIVATED:
            tx.execute(insert(policy).values(policy_row(each)))


def tell_verdicts(tx: Tx, entries: Sequence[Entry]) -> None:
    """Bring the table of reviewers' words up to these entries."""
    for each in entries:
        if each.type == EntryType.MATCH_TOLD:
            pair = match_verdict.c.one == each.data["one"], match_verdict.c.other == each.data["other"]
            tx.execute(delete(match_verdict).where(*pair))
            if each.data["verdict"] is not None:
                tx.execute(insert(match_verdict).values(verdict_row(each)))


def verdict_row(each: Entry) -> dict[str, object]:
    """Return the row that a reviewer's word stands for."""
    data = each.data
    return {
        "one": data["one"], "other": data["other"], "verdict": data["verdict"], "actor": each.actor, "at": each.at,
        "seq": each.seq,
    }  # fmt: skip


def policy_row(each: Entry) -> dict[str, object]:
    """Return the policy row that an activation entry stands for."""
    data = each.data
    since = data["effective_from"]
    return {
        "seq": each.seq, "hash": data["hash"], "name": data["name"], "version": data["version"], "text": data["text"],
        "effective_from": parse_iso(since) if since is not None else None, "activated_at": each.at,
    }  # fmt: skip
