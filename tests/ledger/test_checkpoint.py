"""Checkpoints: what was exported finds every later alteration, even where all hashes were made to fit again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import delete, insert, select, text

from ledger import checkpoint, history, tree
from ledger.chain import GENESIS, entry_hash
from ledger.checkpoint import Checkpoint, flaws, unlike
from ledger.codec import dump, to_micros
from ledger.engine import Ledger
from ledger.errors import LedgerError
from ledger.record import record
from ledger.rows import Entry
from ledger.signing import read_key
from ledger.tables import entry as t
from ledger.verify import rebuild, verify
from tests.ledger.build import NOW, entry, register

SECRET = "hmac:correct horse battery staple"


def notes(ledger: Ledger, count: int) -> None:
    with ledger.begin() as tx:
        record(tx, [entry(None, "note", {"number": number}) for number in range(count)])


def exported(ledger: Ledger, **options: Any) -> Checkpoint:
    """Return a checkpoint as it comes back from its file."""
    with ledger.read() as tx:
        made = checkpoint.make(tx, now=NOW, **options)
    return checkpoint.read(json.dumps(made.data()), what="file")


def forge(ledger: Ledger, change: Callable[[list[Entry]], list[Entry]]) -> None:
    """Alter the entries as somebody with the database's password and our code would: every hash fits again."""
    with ledger.begin() as tx:
        forged = change(list(history.all_entries(tx)))
        if ledger.dialect == "sqlite":
            for (name,) in tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                tx.execute(text(f'DROP TRIGGER "{name}"'))
        else:
            tx.execute(text("ALTER TABLE entry DISABLE TRIGGER ALL"))
        tx.execute(delete(t))
        tx.execute(insert(t), list(chained(forged)))
    rebuild(ledger)
    assert verify(ledger).is_intact, "the forgery shows without a checkpoint"


def chained(entries: list[Entry]) -> Iterator[dict[str, Any]]:
    prev_hash = GENESIS
    for seq, each in enumerate(entries, 1):
        told: dict[str, Any] = {
            "registration_id": each.registration_id,
            "actor": each.actor,
            "policy_hash": each.policy_hash,
        }
        data, type_ = dump(each.data), each.type
        hash_ = entry_hash(prev_hash, seq=seq, type_=type_, at=to_micros(each.at), data=data, **told)
        yield told | {"seq": seq, "type": type_, "at": each.at, "data": data, "prev_hash": prev_hash, "hash": hash_}
        prev_hash = hash_


def changed(entries: list[Entry]) -> list[Entry]:
    return [replace(each, data={"number": -1}) if each.seq == 7 else each for each in entries]


def removed(entries: list[Entry]) -> list[Entry]:
    return [each for each in entries if each.seq != 7]


def inserted(entries: list[Entry]) -> list[Entry]:
    return [*entries[:6], replace(entries[0], data={"number": 99}), *entries[6:]]


def reordered(entries: list[Entry]) -> list[Entry]:
    return [*entries[:6], entries[7], entries[6], *entries[8:]]


@pytest.mark.parametrize("change", [changed, removed, inserted, reordered], ids=lambda change: change.__name__)
def test_a_forged_chain_is_found_and_its_first_entry_named(ledger: Ledger, change: Any) -> None:
    notes(ledger, 12)
    before = exported(ledger)
    notes(ledger, 3)
    assert verify(ledger, exported=before).is_intact

    forge(ledger, change)

    (problem,) = verify(ledger, exported=before).problems
    assert problem.startswith("entry 7 is not the one that was exported"), problem


def test_a_tail_that_was_cut_off_is_found(ledger: Ledger) -> None:
    notes(ledger, 12)
    before = exported(ledger)
    forge(ledger, lambda entries: entries[:9])

    (problem,) = verify(ledger, exported=before).problems
    assert problem.startswith("entry 10 is not the one that was exported")


def test_a_large_ledger_names_a_short_range(memory: Ledger) -> None:
    """256 roots at most are exported; beyond that the range is named, with all before it cleared."""
    notes(memory, 600)
    before = exported(memory)
    assert (before.chunk, len(before.chunks)) == (4, 150)
    forge(memory, changed)

    (problem,) = verify(memory, exported=before).problems
    assert problem.startswith("one of the entries 5 to 8 is not the one that was exported")


def test_every_earlier_checkpoint_holds_while_the_ledger_grows(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """With kept roots and without, for sizes around the borders of blocks and chunks."""
    monkeypatch.setattr(tree, "BLOCK", 4)
    monkeypatch.setattr(checkpoint, "_CHUNKS_MAX", 3)
    made: list[Checkpoint] = []
    for number in range(18):
        notes(ledger, 1)
        if number % 5 == 0:
            with ledger.begin() as tx:
                tree.keep(tx, history.head(tx)[0])
        made.append(exported(ledger, since=made[number // 2] if made else None))
    for each in made:
        assert flaws(each) == []
        assert verify(ledger, exported=each).is_intact
        if each.growth is not None:
            assert unlike(each, made[each.growth.size - 1]) is None
            assert unlike(each, replace(made[each.growth.size - 1], root=made[-1].root)) is not None or each is made[-1]
    with ledger.read() as tx:
        assert tree.kept_count(tx) == 4
        for size in range(1, 19):
            assert tree.root(tx, size).hex() == made[size - 1].root


def test_kept_roots_reveal_a_forgery_by_themselves(memory: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "BLOCK", 4)
    notes(memory, 12)
    with memory.begin() as tx:
        tree.keep(tx, 12)
        tx.execute(text("UPDATE tree SET hash = :hash WHERE position = 1"), {"hash": GENESIS})

    assert verify(memory).problems == ("entries 5 to 8 are not the ones that a checkpoint was made of",)


def test_decisions_stand_in_the_tree_too(ledger: Ledger) -> None:
    with ledger.begin() as tx:
        register(tx, 1)
    assert verify(ledger, exported=exported(ledger)).is_intact


def test_an_empty_ledger_has_no_checkpoint(memory: Ledger) -> None:
    with memory.read() as tx, pytest.raises(LedgerError, match="no entry yet"):
        checkpoint.make(tx, now=NOW)


@pytest.mark.parametrize("what", ["", "{}", "[]", '"x"', '{"format": "registrar-checkpoint-1"}', "\x00"])
def test_another_file_is_told_to_be_no_checkpoint(what: str) -> None:
    with pytest.raises(LedgerError, match=r"file is not a checkpoint"):
        checkpoint.read(what, what="file")


def ed25519() -> tuple[str, str]:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), public.decode()


def test_a_signature_shows_who_exported_and_that_nothing_was_changed(memory: Ledger) -> None:
    notes(memory, 3)
    private, public = ed25519()
    signed = exported(memory, key=read_key(private.replace("\n", "\\n")))

    assert flaws(signed) == flaws(signed, read_key(public)) == flaws(signed, read_key(private)) == []
    assert "another key" in flaws(signed, read_key(ed25519()[1]))[0]
    assert "does not fit" in flaws(replace(signed, size=2, chunks=signed.chunks[:2]))[-1]
    with pytest.raises(LedgerError, match="cannot sign"):
        exported(memory, key=read_key(public))


def test_a_shared_secret_signs_where_both_sides_hold_it(memory: Ledger) -> None:
    notes(memory, 3)
    signed = exported(memory, key=read_key(SECRET))

    assert flaws(signed, read_key(SECRET)) == []
    assert "needed to check" in flaws(signed)[0]
    assert "another key" in flaws(signed, read_key(SECRET + "!"))[0]
    assert "does not fit" in flaws(replace(signed, last_hash=GENESIS), read_key(SECRET))[0]
    assert SECRET.removeprefix("hmac:") not in json.dumps(signed.data())


def test_an_unsigned_checkpoint_fails_where_a_signature_is_expected(memory: Ledger) -> None:
    notes(memory, 3)
    assert "not signed" in flaws(exported(memory), read_key(SECRET))[0]


@pytest.mark.parametrize(
    "key", ["hmac:short", "nonsense", "-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE KEY-----"]
)
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(LedgerError, match=r"secret|Ed25519"):
        read_key(key)


def test_reading_a_checkpoint_of_altered_hashes_does_not_stumble(memory: Ledger) -> None:
    """A hash that is no longer hexadecimal is an alteration, not a mistake of ours."""
    notes(memory, 3)
    before = exported(memory)
    with memory.begin() as tx:
        tx.execute(text("DROP TRIGGER entry_no_update"))
        tx.execute(text("UPDATE entry SET hash = 'zz' WHERE seq = 2"))
        assert tx.execute(select(t.c.hash).where(t.c.seq == 2)).scalar() == "zz"
    assert verify(memory, exported=before).problems[0].startswith("entry 2 is not the one that was exported")
