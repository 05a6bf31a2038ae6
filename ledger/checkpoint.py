"""A checkpoint: what the ledger held at a moment, in a few lines that are kept elsewhere and can be held against it later.

Whoever may write to the database can alter entries and hash them all anew; only what left the database before shows it. A
checkpoint carries size, root and last hash, and the roots of up to 256 stretches of entries, so that an alteration is
told to an entry or a short range, not just as "something differs".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from ledger import history, merkle, tree
from ledger.codec import dump, iso, load, parse_iso
from ledger.engine import Tx
from ledger.signing import Key, check, refused

FORMAT: Final = "registrar-checkpoint-1"
_CHUNKS_MAX: Final = 256
_HASH_LENGTH: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """The proof that an earlier checkpoint's entries are the first of this one's, unchanged."""

    size: int
    root: str
    proof: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """ledger_id: the hash of the first entry. chunks: the root of each `chunk` entries, the last one of what is left."""

    ledger_id: str
    size: int
    root: str
    last_hash: str
    made_at: datetime
    chunk: int
    chunks: Sequence[str]
    growth: Growth | None = None
    signature: Mapping[str, str] | None = None

    def message(self) -> bytes:
        """Return what a signature covers; the chunks lead to the root, so they need not be in it."""
        return dump(
            {
                "format": FORMAT,
                "last_hash": self.last_hash,
                "ledger": self.ledger_id,
                "made_at": iso(self.made_at),
                "root": self.root,
                "size": self.size,
            }
        ).encode()

    def data(self) -> dict[str, Any]:
        """Return the checkpoint as it is written to a file."""
        growth = self.growth
        told: dict[str, Any] = {
            "format": FORMAT,
            "ledger": self.ledger_id,
            "size": self.size,
            "root": self.root,
            "last_hash": self.last_hash,
            "made_at": iso(self.made_at),
            "chunk": self.chunk,
            "chunks": list(self.chunks),
        }
        if growth is not None:
            told["grown_from"] = {"size": growth.size, "root": growth.root, "proof": list(growth.proof)}
        return told | ({"signature": dict(self.signature)} if self.signature is not None else {})


def make(tx: Tx, *, now: datetime, since: Checkpoint | None = None, key: Key | None = None) -> Checkpoint:
    """Return the checkpoint of the ledger as it is. since: an earlier one, to prove the growth from."""
    size, last_hash = history.head(tx)
    if size == 0:
        raise refused("empty_ledger", "The ledger holds no entry yet; there is nothing to keep a checkpoint of.")
    chunk = _chunk_of(size)
    # Kept block roots serve where a chunk is a whole number of blocks; small ledgers are read as a whole.
    if chunk >= tree.BLOCK:
        found = merkle.chunk_roots(tree.blocks(tx, size), chunk // tree.BLOCK)
    else:
        found = list(tree.chunks(tx, size, chunk))
    made = Checkpoint(
        ledger_id=_first_hash(tx),
        size=size,
        root=merkle.root_of(found).hex(),
        last_hash=last_hash,
        made_at=now,
        chunk=chunk,
        chunks=[each.hex() for each in found],
        growth=_growth(tx, since, size) if since is not None else None,
    )
    return replace(made, signature=key.sign(made.message())) if key is not None else made


def read(text: str | bytes, *, what: str) -> Checkpoint:
    """Return the checkpoint that a file holds; raise LedgerError for what is none. what: the file, for the message."""
    try:
        return parsed(load(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise refused(
            "not_a_checkpoint", f"{what} is not a checkpoint as `registrar checkpoint export` writes it."
        ) from None


def parsed(data: Mapping[str, Any]) -> Checkpoint:
    """Return the checkpoint that the data tells; raise ValueError, KeyError or TypeError for what is none."""
    if data["format"] != FORMAT:
        raise ValueError(data["format"])
    grown = data.get("grown_from")
    found = Checkpoint(
        ledger_id=_hash(data["ledger"]),
        size=_count(data["size"]),
        root=_hash(data["root"]),
        last_hash=_hash(data["last_hash"]),
        made_at=parse_iso(data["made_at"]),
        chunk=_count(data["chunk"]),
        chunks=[_hash(each) for each in data["chunks"]],
        growth=None
        if grown is None
        else Growth(
            size=_count(grown["size"]), root=_hash(grown["root"]), proof=[_hash(each) for each in grown["proof"]]
        ),
        signature=data.get("signature"),
    )
    if found.chunk & (found.chunk - 1) or len(found.chunks) != -(-found.size // found.chunk):
        raise ValueError(found.chunk)
    return found


def flaws(checkpoint: Checkpoint, key: Key | None = None) -> list[str]:
    """Return what is wrong with a checkpoint in itself: its parts must lead to its root, its signature must hold.

    key: given, the checkpoint must be signed with it.
    """
    found = []
    if merkle.root_of([bytes.fromhex(each) for each in checkpoint.chunks]).hex() != checkpoint.root:
        found.append("the checkpoint was altered: its parts do not lead to its root")
    if checkpoint.signature is None:
        if key is not None:
            found.append("the checkpoint is not signed, and a key to check it with was given")
    else:
        wrong = check(checkpoint.message(), checkpoint.signature, key)
        if wrong is not None:
            found.append(f"the checkpoint cannot be trusted: {wrong}")
    return found


def unlike(later: Checkpoint, earlier: Checkpoint) -> str | None:
    """Return why a checkpoint does not prove to have grown from an earlier one, None when it does. Needs no ledger."""
    if later.size == earlier.size:
        return None if later.root == earlier.root else f"both tell {later.size} entries, with different roots"
    if later.size < earlier.size:
        return f"the earlier one tells {earlier.size} entries, the later one only {later.size}"
    growth = later.growth
    if growth is None or growth.size != earlier.size:
        return "it carries no proof from there; make it with `registrar checkpoint export --since FILE`"
    old, new = bytes.fromhex(earlier.root), bytes.fromhex(later.root)
    proof = [bytes.fromhex(each) for each in growth.proof]
    if merkle.has_grown(old, earlier.size, new, later.size, proof):
        return None
    return f"the first {earlier.size} entries are not the ones of the earlier checkpoint"


def difference(tx: Tx, checkpoint: Checkpoint) -> str | None:
    """Return the first place where the ledger is no longer what the checkpoint tells, None when it has only grown."""
    found = -1
    for found, (now, then) in enumerate(
        zip(tree.chunks(tx, checkpoint.size, checkpoint.chunk), checkpoint.chunks, strict=False)
    ):
        if now.hex() != then:
            return _told(checkpoint, found)
    if found + 1 < len(checkpoint.chunks):
        return _told(checkpoint, found + 1)
    return None


def _told(checkpoint: Checkpoint, place: int) -> str:
    first = place * checkpoint.chunk + 1
    last = min(first + checkpoint.chunk - 1, checkpoint.size)
    since = f"checkpoint of {checkpoint.size:,} entries, {iso(checkpoint.made_at)}"
    if first == last:
        return f"entry {first} is not the one that was exported ({since}); those before it are"
    return f"one of the entries {first} to {last} is not the one that was exported ({since}); those before them are"


def _growth(tx: Tx, since: Checkpoint, size: int) -> Growth:
    if since.size > size or tree.root(tx, since.size).hex() != since.root:
        advice = (
            f"The ledger did not grow from that checkpoint ({since.size} entries). Run `registrar verify --checkpoint`."
        )
        raise refused("not_grown", advice)
    proof = [each.hex() for each in tree.growth(tx, since.size, size)]
    return Growth(size=since.size, root=since.root, proof=proof)


def _chunk_of(size: int) -> int:
    chunk = 1
    while size > chunk * _CHUNKS_MAX:
        chunk *= 2
    return chunk


def _first_hash(tx: Tx) -> str:
    first = next(iter(history.all_entries(tx)))
    return first.hash


def _hash(text: Any) -> str:
    if not isinstance(text, str) or len(text) != _HASH_LENGTH:
        raise ValueError(text)
    bytes.fromhex(text)
    return text


def _count(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError(number)
    return number
