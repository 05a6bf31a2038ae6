"""The tree: known roots, and proofs that hold for every place and size, and for nothing else."""

from __future__ import annotations

from hashlib import sha256

import pytest

from ledger import merkle

# The test vectors of the reference implementation of Certificate Transparency.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf(sha256(str(number).encode()).digest()) for number in range(count)]


def by_definition(hashes: list[bytes]) -> bytes:
    """The recursion of RFC 6962, section 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return merkle.node(by_definition(hashes[:split]), by_definition(hashes[split:]))


def test_roots_are_those_of_certificate_transparency() -> None:
    hashes = [merkle.leaf(bytes.fromhex(each)) for each in INPUTS]
    assert [merkle.root_of(hashes[:size]).hex() for size in range(1, 9)] == ROOTS
    assert merkle.root_of([]) == sha256(b"").digest()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 100])
def test_roots_follow_the_definition_from_leaves_and_from_subtrees(size: int) -> None:
    hashes = leaves(size)
    assert merkle.root_of(hashes) == by_definition(hashes)
    for chunk in (1, 2, 4, 16):
        assert merkle.root_of(merkle.chunk_roots(hashes, chunk)) == by_definition(hashes)


def test_every_leaf_proves_its_place_and_no_other() -> None:
    for size in range(1, 34):
        hashes = leaves(size)
        root = merkle.root_of(hashes)
        for index in range(size):
            path = merkle.inclusion(hashes, index)
            assert merkle.root_from(hashes[index], index=index, size=size, path=path) == root
            if size > 1:
                beside = (index + 1) % size
                assert merkle.root_from(hashes[beside], index=index, size=size, path=path) != root
                assert merkle.root_from(hashes[index], index=beside, size=size, path=path) != root
                assert merkle.root_from(hashes[index], index=index, size=size, path=path[1:]) != root
            assert merkle.root_from(hashes[index], index=index, size=size, path=[*path, root]) is None
            assert merkle.root_from(hashes[index], index=size, size=size, path=path) is None


def test_growth_is_proved_for_every_pair_of_sizes_and_no_change_passes() -> None:
    for size in range(1, 26):
        hashes = leaves(size)
        root = merkle.root_of(hashes)
        for old_size in range(1, size + 1):
            old_root = merkle.root_of(hashes[:old_size])
            proof = merkle.consistency(hashes, old_size)
            assert merkle.has_grown(old_root, old_size, root, size, proof), (old_size, size)
            changed = merkle.root_of([merkle.leaf(b"forged"), *hashes[1:old_size]])
            assert not merkle.has_grown(changed, old_size, root, size, proof), (old_size, size)
            assert not merkle.has_grown(old_root, old_size, changed, size, proof), (old_size, size)
            assert not merkle.has_grown(old_root, old_size, root, size, [*proof, root]), (old_size, size)
            if proof:
                assert not merkle.has_grown(old_root, old_size, root, size, proof[:-1]), (old_size, size)
    assert not merkle.has_grown(merkle.EMPTY_ROOT, 0, merkle.EMPTY_ROOT, 3, [])
