"""`verify` finds whatever was altered behind the ledger's back; `rebuild` gives the same rows."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from ledger import history, policies, registrations
from ledger.engine import Ledger, open_ledger
from ledger.record import record
from ledger.tables import conflict, deadline, policy, registration
from ledger.verify import rebuild, verify
from tests.ledger.build import NOW, decided, entry, received, register, submission_ref

ALTERATIONS = (
    "DELETE FROM entry WHERE seq = :seq",
    "UPDATE entry SET at = at + 1 WHERE seq = :seq",
    "UPDATE entry SET type = type || '0' WHERE seq = :seq",
    "UPDATE entry SET actor = actor || '0' WHERE seq = :seq",
    "UPDATE entry SET policy_hash = policy_hash || '0' WHERE seq = :seq",
    "UPDATE entry SET data = data || ' ' WHERE seq = :seq",
    "UPDATE entry SET prev_hash = prev_hash || '0' WHERE seq = :seq",
    "UPDATE entry SET hash = hash || '0' WHERE seq = :seq",
)
STATUSES = ("holding", "in_review", "returned", "registered", "suspended", "won", "expired", "refused")


def fill(ledger: Ledger, *, seed: int = 1, cases: int = 12) -> None:
    """Record a history of claims, decisions, disputes and policies, the same for the same seed.

    It begins with a policy (entry 1) and two registered claims (entries 2 to 5).
    """
    chance = random.Random(seed)
    for number in range(cases):
        with ledger.begin() as tx:
            if number % 5 == 0:
                policies.activate(tx, f"h{number}", name="p", version=str(number), text="text", now=NOW)
            id_ = registrations.next_id(tx, year=2026)
            record(tx, [received(id_, submission_ref(number), minutes=number)])
            statuses = ["registered"] if number < 2 else chance.choices(STATUSES, k=chance.randrange(4))
            record(tx, [decided(id_, each, key=f"deal {number}", minutes=number + 1) for each in statuses])
            if number > 1 and (number == 2 or chance.random() < 0.4):
                record(tx, [entry(id_, "conflict_opened", {"key": "drift"}), entry(id_, "note", {"text": "größer"})])


def tamper(ledger: Ledger, statement: str, **values: object) -> None:
    """Change rows as somebody with the database's password would: triggers off, then the statement."""
    with ledger.begin() as tx:
        if ledger.dialect == "sqlite":
            tx.execute(text("DROP TRIGGER entry_no_update"))
            tx.execute(text("DROP TRIGGER entry_no_delete"))
        else:
            tx.execute(text("ALTER TABLE entry DISABLE TRIGGER ALL"))
        assert tx.execute(text(statement), values).rowcount > 0, "nothing was altered"


def test_an_untouched_ledger_is_intact(ledger: Ledger) -> None:
    fill(ledger)
    report = verify(ledger)

    with ledger.read() as tx:
        assert (report.entries, report.head_hash) == history.head(tx)
    assert report.is_intact, report.problems


def test_an_empty_ledger_is_intact(memory: Ledger) -> None:
    assert (verify(memory).entries, verify(memory).is_intact) == (0, True)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET data = replace(data, 'partner-1', 'partner-2') WHERE seq = 5",
        "UPDATE entry SET actor = 'person:eve' WHERE seq = 5",
        "UPDATE entry SET at = at + 1 WHERE seq = 5",
        "UPDATE entry SET policy_hash = 'other' WHERE seq = 5",
        "UPDATE entry SET registration_id = 'REG-2026-00001' WHERE seq = 5",
        "UPDATE entry SET type = 'note' WHERE seq = 5",
        "UPDATE entry SET hash = prev_hash WHERE seq = 5",
        "UPDATE entry SET prev_hash = 'zz' WHERE seq = 5",
        "UPDATE entry SET data = '{}' WHERE seq = 5",
        "UPDATE entry SET data = 'not json' WHERE seq = 5",
        "DELETE FROM entry WHERE seq = 5",
        "DELETE FROM entry WHERE seq = 1",
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)",
        "DELETE FROM entry",
        "UPDATE entry SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6)",
        "UPDATE registration SET partner_id = 'partner-9' WHERE registration_id = 'REG-2026-00003'",
        "UPDATE registration SET window_end = window_end + 1 WHERE window_end IS NOT NULL",
        "UPDATE registration SET status = 'won' WHERE registration_id = 'REG-2026-00003'",
        "UPDATE registration SET version = version + 1 WHERE registration_id = 'REG-2026-00003'",
        "UPDATE registration SET flag_count = 1 WHERE registration_id = 'REG-2026-00003'",
        "DELETE FROM registration WHERE registration_id = 'REG-2026-00003'",
        "UPDATE registration SET registration_id = 'REG-2026-09999' WHERE registration_id = 'REG-2026-00003'",
        "DELETE FROM deadline",
        "INSERT INTO deadline VALUES ('REG-2026-09999', 'window_end', 1)",
        "UPDATE conflict SET closed_at = 1",
        "UPDATE policy SET text = 'another'",
        "DELETE FROM policy WHERE seq = 1",
    ],
)
def test_every_alteration_is_found(ledger: Ledger, statement: str) -> None:
    fill(ledger)
    tamper(ledger, statement)

    assert not verify(ledger).is_intact


def test_a_forged_tail_is_found_by_the_head_that_was_exported(ledger: Ledger) -> None:
    """Whoever cuts off the newest entries and rebuilds leaves a sound but shorter chain; the exported head tells."""
    fill(ledger)
    with ledger.read() as tx:
        exported = history.head(tx)
    tamper(ledger, "DELETE FROM entry WHERE seq = :seq", seq=exported[0])
    rebuild(ledger)

    assert verify(ledger).is_intact
    assert verify(ledger, known_head=exported).problems == (f"entry {exported[0]} is not the one that was exported",)


def test_the_report_of_a_ruined_chain_stays_short(memory: Ledger) -> None:
    fill(memory, cases=100)
    tamper(memory, "UPDATE entry SET prev_hash = hash")

    assert len(verify(memory).problems) == 101


def rows(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    with ledger.read() as tx:
        return {
            table.name: sorted(tuple(row) for row in tx.execute(select(table)))
            for table in (registration, deadline, conflict, policy)
        }


def test_rebuilding_gives_the_same_rows(ledger: Ledger) -> None:
    fill(ledger, cases=30)
    before = rows(ledger)
    assert all(before.values())
    rebuild(ledger)

    assert rows(ledger) == before


def test_rebuilding_mends_projections_that_were_altered(ledger: Ledger) -> None:
    fill(ledger)
    before = rows(ledger)
    tamper(ledger, "UPDATE registration SET partner_id = 'eve', status = 'won'")
    rebuild(ledger)

    assert rows(ledger) == before
    assert verify(ledger).is_intact


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_no_history_can_be_changed_unseen(data: st.DataObject) -> None:
    """Any history verifies and rebuilds; any one altered, removed or exchanged entry is found."""
    ledger = open_ledger("sqlite://")
    fill(ledger, seed=data.draw(st.integers(0, 10_000)), cases=data.draw(st.integers(2, 6)))
    assert verify(ledger).is_intact
    before = rows(ledger)
    rebuild(ledger)
    assert rows(ledger) == before

    count = verify(ledger).entries
    seq = data.draw(st.integers(1, count))
    alteration = data.draw(st.sampled_from(ALTERATIONS))
    tamper(ledger, alteration, seq=seq)
    assert not verify(ledger).is_intact, (seq, alteration)
    ledger.close()


def test_the_first_problem_names_the_entry(memory: Ledger) -> None:
    with memory.begin() as tx:
        register(tx, 1)
    tamper(memory, "UPDATE entry SET actor = 'person:eve' WHERE seq = 2")

    assert verify(memory).problems == ("entry 2 was changed: its content does not give its hash",)
