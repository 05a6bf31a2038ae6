"""Proves the ledger: every entry hashes and follows the one before, and the projections are what the entries amount to.

Reads the chain twice, once in order for the hashes and once by registration for the replay, a page at a time, so that memory
does not grow with the ledger. `rebuild` writes the projections anew from the same replay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import zip_longest
from typing import Any, Final

from sqlalchemy import BigInteger, Table, delete, insert, select, type_coerce

from ledger import history, tree
from ledger.bulk import among
from ledger.chain import GENESIS, entry_hash
from ledger.checkpoint import Checkpoint, difference
from ledger.engine import Ledger, Tx
from ledger.entry_types import EntryType
from ledger.history import entry_of
from ledger.projection import State, apply
from ledger.record import policy_row, tell_verdicts, verdict_row
from ledger.rows import VerifyReport
from ledger.states import load_states, save_states
from ledger.tables import conflict, deadline, match_verdict, policy, registration
from ledger.tables import entry as t
from ledger.tables import tree as tree_table
from rules.errors import DealError

PROBLEMS_MAX: Final = 100  # the first ones tell; a chain that is broken early would have one at every entry
_CHAIN_PAGE: Final = 5_000
_REPLAY_PAGE: Final = 500  # registrations
_RAW_AT: Final = type_coerce(t.c.at, BigInteger).label("at")


class _Problems(list[str]):
    """The problems found so far; further ones than the maximum are only noted."""

    def note(self, text: str) -> None:
        if len(self) < PROBLEMS_MAX:
            self.append(text)
        elif len(self) == PROBLEMS_MAX:
            self.append("... and more")


def verify(
    ledger: Ledger, *, known_head: tuple[int, str] | None = None, exported: Checkpoint | None = None
) -> VerifyReport:
    """Check the whole ledger as of one moment.

    known_head: number and hash of an entry exported earlier, kept outside the database; it also reveals that the newest
    entries were cut off together with all traces of them. exported: a checkpoint, which reveals any alteration of the
    entries it covers, however well all hashes were made to fit again.
    """
    problems = _Problems()
    with ledger.read() as tx:
        if exported is not None:
            differing = difference(tx, exported)
            if differing is not None:
                problems.note(differing)
        count, head_hash = _check_chain(tx, problems, known_head)
        for before, after in _replayed(tx, problems):
            _compare(before, after, problems)
        _check_orphans(tx, problems)
        _check_policies(tx, problems)
        _check_verdicts(tx, problems)
        _check_tree(tx, count, problems)
    return VerifyReport(entries=count, head_hash=head_hash, problems=tuple(problems))


def rebuild(ledger: Ledger) -> None:
    """Write the projections anew from the entries; raise what the first entry that cannot be replayed raises."""
    with ledger.begin() as tx:
        for table in (deadline, conflict, registration, policy, match_verdict):
            tx.execute(delete(table))
        for _, after in _replayed(tx, None):
            save_states(tx, {}, after)
        activated = [policy_row(each) for each in history.activations(tx)]
        if activated:
            tx.execute(insert(policy), activated)
        tell_verdicts(tx, history.of_type(tx, EntryType.MATCH_TOLD))


def _check_chain(tx: Tx, problems: _Problems, known_head: tuple[int, str] | None) -> tuple[int, str]:
    seq, prev_hash, count = 0, GENESIS, 0
    is_head_seen = known_head is None or known_head[0] == 0
    for row in _chain(tx):
        count += 1
        if row.seq != seq + 1:
            problems.note(f"entry {seq + 1} is missing: {seq} is followed by {row.seq}")
        if row.prev_hash != prev_hash:
            problems.note(f"entry {row.seq} does not follow the entry before it: its previous hash differs")
        if row.hash != _hash(row):
            problems.note(f"entry {row.seq} was changed: its content does not give its hash")
        if known_head is not None and row.seq == known_head[0]:
            is_head_seen = row.hash == known_head[1]
        seq, prev_hash = row.seq, row.hash
    if not is_head_seen:
        problems.note(f"entry {known_head[0] if known_head else 0} is not the one that was exported")
    return count, prev_hash


def _hash(row: Any) -> str | None:
    try:
        return entry_hash(
            row.prev_hash, seq=row.seq, registration_id=row.registration_id, type_=row.type, at=row.at, actor=row.actor,
            policy_hash=row.policy_hash, data=row.data,
        )  # fmt: skip
    except (ValueError, TypeError):  # not even hexadecimal, or no text any more
        return None


def _chain(tx: Tx) -> Iterator[Any]:
    columns = [_RAW_AT if column is t.c.at else column for column in t.c]
    after = -(2**62)
    while True:
        page = tx.execute(select(*columns).where(t.c.seq > after).order_by(t.c.seq).limit(_CHAIN_PAGE)).all()
        yield from page
        if len(page) < _CHAIN_PAGE:
            return
        after = page[-1].seq


def _replayed(tx: Tx, problems: _Problems | None) -> Iterator[tuple[dict[str, State], dict[str, State]]]:
    """Yield (stored states, replayed states), some registrations at a time."""
    after_id = ""
    while True:
        listed = select(t.c.registration_id).where(t.c.registration_id > after_id).distinct()
        ids = tx.execute(listed.order_by(t.c.registration_id).limit(_REPLAY_PAGE)).scalars().all()
        if not ids:
            return
        after_id = ids[-1]
        stored = load_states(tx, ids)
        yield stored, _replay(tx, ids, problems)


def _replay(tx: Tx, ids: Any, problems: _Problems | None) -> dict[str, State]:
    states: dict[str, State] = {}
    broken: set[str] = set()
    rows = tx.execute(select(t).where(among(tx, t.c.registration_id, ids)).order_by(t.c.registration_id, t.c.seq))
    for row in rows:
        id_ = row.registration_id
        if id_ in broken:
            continue
        try:
            states[id_] = apply(states.get(id_), entry_of(row))
        except (DealError, KeyError, ValueError, TypeError, ArithmeticError) as error:
            if problems is None:
                raise
            problems.note(f"entry {row.seq} of {id_} cannot be replayed: {error}")
            broken.add(id_)
            states.pop(id_, None)
    return states


def _compare(stored: dict[str, State], replayed: dict[str, State], problems: _Problems) -> None:
    for id_, state in replayed.items():
        found = stored.get(id_)
        if found is None:
            problems.note(f"registration {id_} is missing from the table; its entries are there")
        elif found != state:
            problems.note(
                f"registration {id_} is not what its entries amount to: {', '.join(_differing(found, state))}"
            )


def _differing(found: State, state: State) -> list[str]:
    one, other = found.registration, state.registration
    names = [each.name for each in fields(one) if getattr(one, each.name) != getattr(other, each.name)]
    names += [name for name in ("flag_count", "deadlines", "conflicts") if getattr(found, name) != getattr(state, name)]
    return names


def _check_orphans(tx: Tx, problems: _Problems) -> None:
    known = select(t.c.registration_id).where(t.c.registration_id.is_not(None))
    tables: tuple[Table, ...] = (registration, deadline, conflict)
    for table in tables:
        orphans = select(table.c.registration_id).except_(known).order_by("registration_id").limit(PROBLEMS_MAX)
        for id_ in tx.execute(orphans).scalars():
            problems.note(f"{table.name} of {id_}: no entry knows that registration")


def _check_policies(tx: Tx, problems: _Problems) -> None:
    stored = {row.seq: dict(row._mapping) for row in tx.execute(select(policy))}
    replayed = {each.seq: policy_row(each) for each in history.activations(tx)}
    for seq in sorted(stored.keys() | replayed.keys()):
        if stored.get(seq) != replayed.get(seq):
            problems.note(f"policy activated by entry {seq} is not what the entry says")


def _check_verdicts(tx: Tx, problems: _Problems) -> None:
    stored = {(row.one, row.other): dict(row._mapping) for row in tx.execute(select(match_verdict))}
    last = {(each.data["one"], each.data["other"]): each for each in history.of_type(tx, EntryType.MATCH_TOLD)}
    replayed = {pair: verdict_row(each) for pair, each in last.items() if each.data["verdict"] is not None}
    for pair in sorted(stored.keys() | replayed.keys()):
        if stored.get(pair) != replayed.get(pair):
            problems.note(f"what a reviewer said of {pair[0]} and {pair[1]} is not what the entries say")


def _check_tree(tx: Tx, count: int, problems: _Problems) -> None:
    kept = tx.execute(select(tree_table.c.hash).order_by(tree_table.c.position)).scalars().all()
    found = tree.chunks(tx, min(count, len(kept) * tree.BLOCK), tree.BLOCK)
    for place, (then, now) in enumerate(zip_longest(kept, found)):
        if now is None or now.hex() != then:
            first = place * tree.BLOCK + 1
            problems.note(f"entries {first} to {first + tree.BLOCK - 1} are not the ones that a checkpoint was made of")
            return
