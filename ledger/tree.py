"""The Merkle tree over the entry chain: leaf n is entry n's hash.

Recording an entry does not touch the tree. It is computed from the stored hashes when somebody asks, and the roots of full
blocks of entries, which never change again, are kept in a table: a later question reads only what came since. The kept
roots save time and are no evidence; `verify` computes every one of them anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import insert, select

from ledger import merkle
from ledger.engine import Tx
from ledger.tables import entry
from ledger.tables import tree as t

BLOCK: Final = 1_024  # entries under one kept root; a power of two
_PAGE: Final = 16_384  # a multiple of BLOCK


def root(tx: Tx, size: int) -> bytes:
    """Return the root over the first `size` entries."""
    return merkle.root_of(blocks(tx, size))


def blocks(tx: Tx, size: int) -> list[bytes]:
    """Return the root of each block of the first `size` entries, the last block as far as it goes."""
    kept = tx.execute(select(t.c.hash).where(t.c.position < size // BLOCK).order_by(t.c.position)).scalars().all()
    found = [bytes.fromhex(each) for each in kept]
    for page in _pages(tx, len(found) * BLOCK, size):
        found += merkle.chunk_roots(page, BLOCK)
    return found


def keep(tx: Tx, size: int) -> None:
    """Keep the roots of the full blocks among the first `size` entries, as far as they are not kept yet."""
    known = kept_count(tx)
    full = blocks(tx, size // BLOCK * BLOCK)
    rows = [{"position": place, "hash": full[place].hex()} for place in range(known, len(full))]
    if rows:
        tx.execute(insert(t), rows)


def kept_count(tx: Tx) -> int:
    """Return how many blocks have a kept root."""
    last: int | None = tx.execute(select(t.c.position).order_by(t.c.position.desc()).limit(1)).scalar()
    return 0 if last is None else last + 1


def path(tx: Tx, seq: int, size: int) -> list[bytes]:
    """Return the audit path from entry `seq` to the root over the first `size` entries."""
    assert 0 < seq <= size, (seq, size)
    block, place = divmod(seq - 1, BLOCK)
    inside = next(_pages(tx, block * BLOCK, min(size, (block + 1) * BLOCK)))
    return merkle.inclusion(inside, place) + merkle.inclusion(blocks(tx, size), block)


def growth(tx: Tx, old_size: int, size: int) -> list[bytes]:
    """Return the proof that the tree over `old_size` entries grew into the one over `size`."""
    hashes = [each for page in _pages(tx, 0, size) for each in page]
    return merkle.consistency(hashes, old_size)


def chunks(tx: Tx, size: int, chunk: int) -> Iterator[bytes]:
    """Yield the root of each `chunk` entries (a power of two) among the first `size`, from the entries themselves.

    Entries count in the order of their numbers, whatever the numbers are: in a ledger that somebody altered there may be
    gaps.
    """
    rest: list[bytes] = []
    for page in _pages(tx, 0, size):
        rest += page
        full = len(rest) // chunk * chunk
        yield from merkle.chunk_roots(rest[:full], chunk)
        del rest[:full]
    if rest:
        yield merkle.root_of(rest)


def _pages(tx: Tx, after: int, size: int) -> Iterator[list[bytes]]:
    """Yield the leaves of the entries after the first `after` up to `size`, some at a time."""
    seq = after
    left = size - after
    while left > 0:
        chosen = select(entry.c.seq, entry.c.hash).where(entry.c.seq > seq).order_by(entry.c.seq)
        page = tx.execute(chosen.limit(min(left, _PAGE))).all()
        if not page:
            return
        yield [merkle.leaf(_bytes(row.hash)) for row in page]
        seq, left = page[-1].seq, left - len(page)


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:  # no hash any more: somebody wrote over it, and it must not fit
        return b"altered:" + text.encode()
