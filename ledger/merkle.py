"""A Merkle tree over a list of hashes, as RFC 6962 builds it: roots, and proofs to be checked without the list. Pure.

A leaf is SHA-256(0x00 || item), a node SHA-256(0x01 || left || right), so that neither can pose as the other. A tree of n
leaves splits at the greatest power of two below n; the first leaves of a grown tree therefore keep their subtrees, which is
what lets a proof show that a later tree only added leaves (https://www.rfc-editor.org/rfc/rfc6962#section-2.1).
The same split holds for a list of subtree roots of 2^k leaves each, the last one smaller or not: `root_of` serves both.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

EMPTY_ROOT: Final = sha256(b"").digest()


def leaf(item: bytes) -> bytes:
    """Return the hash of one item as a leaf."""
    return sha256(b"\x00" + item).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaves, or over the roots of equally high subtrees."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        # Pairing from the left and carrying an odd one up gives the same tree as splitting from the top.
        paired = [node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0]


def chunk_roots(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """Return the root of each `size` hashes, a power of two; the last chunk may be smaller."""
    return [root_of(hashes[first : first + size]) for first in range(0, len(hashes), size)]


def inclusion(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the neighbours by which the hash at `index` leads to the root, from below."""
    assert 0 <= index < len(hashes), (index, len(hashes))
    path: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        paired = [node(level[place], level[place + 1]) for place in range(0, len(level) - 1, 2)]
        level = paired + level[len(level) - len(level) % 2 :]
        index //= 2
    return path


def root_from(hash_: bytes, *, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a hash and its path lead to, None when the path has not the form that the place demands."""
    if not 0 <= index < size:
        return None
    last, found, rest = size - 1, hash_, list(path)
    while last:
        if index & 1 or index < last:
            if not rest:
                return None
            beside = rest.pop(0)
            found = node(beside, found) if index & 1 else node(found, beside)
        index, last = index // 2, last // 2
    return None if rest else found


def consistency(hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree over the first `old_size` hashes grew into the tree over all of them."""
    assert 0 < old_size <= len(hashes), (old_size, len(hashes))
    return _consistency(hashes, old_size, is_whole=True)


def _consistency(hashes: Sequence[bytes], old_size: int, *, is_whole: bool) -> list[bytes]:
    size = len(hashes)
    if old_size == size:
        return [] if is_whole else [root_of(hashes)]
    split = _split(size)
    if old_size <= split:
        return [*_consistency(hashes[:split], old_size, is_whole=is_whole), root_of(hashes[split:])]
    return [*_consistency(hashes[split:], old_size - split, is_whole=False), root_of(hashes[:split])]


def has_grown(old_root: bytes, old_size: int, root: bytes, size: int, proof: Sequence[bytes]) -> bool:
    """Return whether the proof shows that the old tree grew into the new one with nothing changed or taken out."""
    if old_size == size:
        return old_root == root and not proof
    if not 0 < old_size < size:
        return False
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    if not path:
        return False
    index, last = old_size - 1, size - 1
    while index & 1:
        index, last = index // 2, last // 2
    old = new = path.pop(0)
    for beside in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            old, new = node(beside, old), node(beside, new)
            while index and not index & 1:
                index, last = index // 2, last // 2
        else:
            new = node(new, beside)
        index, last = index // 2, last // 2
    return last == 0 and old == old_root and new == root


def _split(size: int) -> int:
    """Return the greatest power of two below a size of two or more."""
    return 1 << ((size - 1).bit_length() - 1)
