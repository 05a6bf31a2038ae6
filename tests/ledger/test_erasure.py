"""Persons in the ledger: pseudonyms in the chain, everything else erasable, and the chain verifies before and after."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger import erasure, events, intents, people, quarantine, snapshots
from ledger.engine import Ledger, open_ledger
from ledger.history import all_entries, entries_of
from ledger.inbox import intake
from ledger.record import record
from ledger.rows import NewEntry
from ledger.tables import metadata, person
from ledger.verify import verify
from rules.fields import Stream
from rules.records import CrmRef
from sync.concerns import SetAside
from tests.ledger.build import NOW, entry, linked, observed, register, submission_ref, write

CANARY = "Zoë.O'Canary+1@vendor.example"
OTHER = "bob@partner.example"
USER = CrmRef("salesforce", "User", "005000000000001")


def told(ledger: Ledger, address: str = CANARY) -> str:
    """Record an entry that names a person everywhere an entry can; return its registration."""
    with ledger.begin() as tx:
        id_ = register(tx, 1)
        data = {"text": f'Ask "{address}", or mailto:{address}', address: [address], "n": {"deep": address}, "b": OTHER}
        new = NewEntry(
            registration_id=id_, type="note", at=NOW, actor=f"person:{address.upper()}", policy_hash="", data=data
        )
        record(tx, [new])
    return id_


def dump(ledger: Ledger) -> str:
    """Return all the ledger holds, as one lower-case text."""
    with ledger.read() as tx:
        rows = [repr(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(select(table))]
    return "\n".join(rows).casefold()


def chain(ledger: Ledger) -> str:
    with ledger.read() as tx:
        return "\n".join(map(repr, all_entries(tx))).casefold()


def erase(ledger: Ledger, *addresses: str, ref: CrmRef | None = None) -> erasure.Erased:
    with ledger.begin() as tx:
        done = erasure.erase(tx, addresses, ref)
    ledger.tidy()
    return done


def test_no_entry_holds_an_address_or_a_hash_that_can_be_tried(ledger: Ledger) -> None:
    told(ledger)
    found = chain(ledger)
    assert "canary" not in found and "bob@" not in found and "@" not in found
    for guess in (CANARY, CANARY.casefold(), CANARY.upper()):
        assert sha256(guess.encode()).hexdigest()[:8] not in found
    assert verify(ledger).is_intact


def test_one_person_is_one_in_every_case_of_letters_and_two_are_two(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        names = {people.pseudonym(tx, each) for each in (CANARY, CANARY.upper(), CANARY.casefold())}
        assert len(names) == 1
        assert people.pseudonym(tx, OTHER) not in names
        assert people.pseudonym(tx, f"person:{OTHER}") == f"person:{people.pseudonym(tx, OTHER)}"
        assert people.pseudonym(tx, people.pseudonym(tx, OTHER)) == people.pseudonym(tx, OTHER)
        for plain in ("005A", "person:ada", "Brand@Work", "a @ b", "@", "rule"):
            assert people.pseudonym(tx, plain) == plain


def test_two_ledgers_give_one_person_two_pseudonyms(memory: Ledger) -> None:
    other = open_ledger("sqlite://")
    with memory.begin() as tx, other.begin() as there:
        assert people.pseudonym(tx, CANARY) != people.pseudonym(there, CANARY)
    other.close()


def test_the_policys_own_text_is_kept_word_for_word(memory: Ledger) -> None:
    with memory.begin() as tx:
        data = {"hash": "h", "name": "p", "version": "1", "text": f"to: {CANARY}", "effective_from": None}
        record(
            tx,
            [NewEntry(registration_id=None, type="policy_activated", at=NOW, actor="rule", policy_hash="h", data=data)],
        )
    assert CANARY.casefold() in chain(memory)
    assert erase(memory, CANARY).policies == (1,)


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    """A ledger that knows a person in every place where it can."""
    id_ = told(ledger)
    with ledger.begin() as tx:
        ref = submission_ref(1)
        claim = {"customer_contact_email": CANARY, "customer_contact_name": "Zoë Canary", "customer_name": "Acme",
                 "description": f"call {CANARY.upper()} now", "partner_contact_email": OTHER}  # fmt: skip
        user = {"email": CANARY, "name": "Zoë Canary", "role": "seller"}
        rows = [observed(ref, Stream.SUBMISSIONS, claim), observed(USER, Stream.USERS, user)]
        intake(tx, rows, run_id=1, now=NOW)
        newer = [observed(ref, Stream.SUBMISSIONS, claim | {"customer_name": "Acme AG"}, minutes=1)]
        intake(tx, newer, run_id=1, now=NOW)
        events.add(tx, "pass_failed", data={"error": f"no {CANARY}"}, run_id=1, now=NOW)
        aside = SetAside(ref=ref, stream=Stream.SUBMISSIONS, code="x", message=f"{CANARY} is no number")
        quarantine.put(tx, [aside], now=NOW)
        intents.plan(tx, [write(linked(tx, id_, ref), values={"note": f"Ask {CANARY}", "rev": 1})], now=NOW)
    return ledger


def test_an_erased_person_is_nowhere_and_the_ledger_verifies(known: Ledger) -> None:
    before = chain(known)
    assert "canary" in dump(known)

    done = erase(known, CANARY.upper())

    assert "canary" not in dump(known)
    assert OTHER in dump(known)
    assert chain(known) == before
    assert verify(known).is_intact
    assert done.rows == {"snapshot": 2, "observation": 1, "event": 1, "quarantine": 1, "intent": 1, "person": 1}
    assert len(done.pseudonyms) == 1
    assert done.pseudonyms[0] in before


def test_what_is_not_the_person_stays(known: Ledger) -> None:
    erase(known, CANARY)
    with known.read() as tx:
        found = snapshots.get_many(tx, [submission_ref(1), USER])
    claim, user = found[submission_ref(1)].values, found[USER].values
    assert (claim["customer_name"], claim["partner_contact_email"]) == ("Acme AG", OTHER)
    assert (claim["description"], claim["customer_contact_name"]) == ("call (erased) now", None)
    assert (user["role"], user["name"], user["email"]) == ("seller", None, None)


def test_a_person_is_found_by_their_crm_record(known: Ledger) -> None:
    with known.read() as tx:
        addresses = erasure.addresses_of(tx, USER)
    assert addresses == (people.folded(CANARY),)
    erase(known, *addresses, ref=USER)
    assert "canary" not in dump(known)


def test_the_row_as_the_crm_has_it_after_the_erasure_is_taken_in(known: Ledger) -> None:
    erase(known, CANARY)
    user = {"email": None, "name": "Former user", "role": "seller"}
    with known.begin() as tx:
        counts = intake(tx, [observed(USER, Stream.USERS, user, minutes=5)], run_id=2, now=NOW).counts
        assert snapshots.get_many(tx, [USER])[USER].values["name"] == "Former user"
    assert counts.changed == 1
    assert "canary" not in dump(known)


def test_erasing_twice_or_a_stranger_changes_nothing(known: Ledger) -> None:
    erase(known, CANARY)
    before = dump(known)
    assert erase(known, CANARY).rows == {}
    assert erase(known, "nobody@vendor.example").rows == {}
    assert dump(known) == before


def test_a_person_who_comes_back_after_erasure_is_another(known: Ledger) -> None:
    (gone,) = erase(known, CANARY).pseudonyms
    with known.begin() as tx:
        assert people.pseudonym(tx, CANARY) != gone
        assert len(tx.execute(select(person)).all()) == 2


def test_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither in free pages nor in the journal."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")
    with ledger.begin() as tx:
        rows: list[Any] = [observed(USER, Stream.USERS, {"email": CANARY, "name": "Zoë Canary"})]
        intake(tx, rows, run_id=1, now=NOW)
        record(tx, [entry(None, "note", {"by": CANARY})])
    erase(ledger, CANARY)

    held = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    assert b"anary" not in held
    ledger.close()


def test_entries_read_back_are_those_recorded(memory: Ledger) -> None:
    """What record() returns is what a later reader finds: with pseudonyms."""
    with memory.begin() as tx:
        id_ = register(tx, 1)
        recorded = record(tx, [entry(id_, "note", {"by": CANARY})])
        assert entries_of(tx, id_)[-1] == recorded[0]
        assert "@" not in str(recorded[0].data)
