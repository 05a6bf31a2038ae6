"""What the ledger gives out to be checked without it: single entries with their way to a checkpoint's root.

A receipt holds the entry by which one submission was recorded, and of the others only hashes. A case file holds all entries
of a dispute. Both carry everything the check needs: the entry's content gives its hash, the audit path leads from there to
the root, and the root is what the checkpoint tells. Reading and checking is pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ledger import merkle, tree
from ledger.chain import entry_hash
from ledger.checkpoint import Checkpoint, difference, flaws, parsed, unlike
from ledger.codec import dump, iso, load, parse_iso, to_micros
from ledger.engine import Tx
from ledger.entry_types import EntryType
from ledger.rows import Entry
from ledger.signing import Key, refused

RECEIPT: Final = "registrar-receipt-1"
CASEFILE: Final = "registrar-casefile-1"


def proof_of(tx: Tx, entry: Entry, size: int) -> dict[str, Any]:
    """Return an entry with its audit path to the root over the first `size` entries."""
    return {
        "entry": {
            "seq": entry.seq,
            "registration_id": entry.registration_id,
            "type": entry.type,
            "at": iso(entry.at),
            "actor": entry.actor,
            "policy_hash": entry.policy_hash,
            "data": entry.data,
        },
        "prev_hash": entry.prev_hash,
        "path": [each.hex() for each in tree.path(tx, entry.seq, size)],
    }


def receipt(tx: Tx, entries: Sequence[Entry], checkpoint: Checkpoint) -> dict[str, Any]:
    """Return the receipt for the submission that these entries of one registration begin with.

    checkpoint: of this ledger; it must cover the entry.
    """
    recorded = next(each for each in entries if each.type == EntryType.CLAIM_RECEIVED)
    if recorded.seq > checkpoint.size:
        advice = f"The checkpoint covers {checkpoint.size} entries; the submission came later, as entry {recorded.seq}."
        raise refused("not_covered", advice)
    differing = difference(tx, checkpoint)
    if differing is not None:
        raise refused("not_grown", f"The ledger is not the one of the checkpoint: {differing}.")
    return {
        "format": RECEIPT,
        "registration": recorded.registration_id,
        "recorded_at": iso(recorded.at),
        **proof_of(tx, recorded, checkpoint.size),
        "checkpoint": checkpoint.data(),
    }


def read(text: str | bytes, format_: str, *, what: str) -> dict[str, Any]:
    """Return the document that a file holds; raise LedgerError for another one. what: the file, for the message."""
    try:
        found: dict[str, Any] = load(text)
        if found["format"] == format_:
            return found
    except (ValueError, KeyError, TypeError):
        pass
    kind = "receipt" if format_ == RECEIPT else "case file"
    raise refused(f"not_a_{kind.replace(' ', '_')}", f"{what} is not a {kind} as Registrar writes it.")


def problems_of(
    document: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], *, known: Checkpoint | None, key: Key | None
) -> list[str]:
    """Return what does not hold in a document; nothing: all of it stood in the ledger that the checkpoint tells.

    known: a checkpoint that the reader got another way; without it the document only agrees with itself. key: whose
    signature the checkpoint must bear.
    """
    try:
        told = parsed(document["checkpoint"])
        found = flaws(told, key)
        found += [each for proof in proofs if (each := _flaw(proof, told)) is not None]
    except (ValueError, KeyError, TypeError, AttributeError):
        return ["the file was altered or is incomplete: a part of it cannot be read"]
    if known is not None:
        later, earlier = (known, told) if known.size >= told.size else (told, known)
        wrong = unlike(later, earlier)
        found += [f"the given checkpoint is not of the same ledger, or does not show it: {wrong}"] if wrong else []
        found += [f"the given checkpoint does not hold: {each}" for each in flaws(known, key)]
    return found


def _flaw(proof: Mapping[str, Any], told: Checkpoint) -> str | None:
    entry, path = proof["entry"], [bytes.fromhex(each) for each in proof["path"]]
    seq = entry["seq"]
    hash_ = entry_hash(
        proof["prev_hash"], seq=seq, registration_id=entry["registration_id"], type_=entry["type"],
        at=to_micros(parse_iso(entry["at"])), actor=entry["actor"], policy_hash=entry["policy_hash"],
        data=dump(entry["data"]),
    )  # fmt: skip
    root = merkle.root_from(merkle.leaf(bytes.fromhex(hash_)), index=seq - 1, size=told.size, path=path)
    if root is not None and root.hex() == told.root:
        return None
    return f"entry {seq} was altered, or did not stand there: it does not lead to the checkpoint's root"
