"""The tree gives the roots and proofs of RFC 6962; a proof shows what it is for, and nothing else."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lakezones.review.log.merkle import EMPTY, Tree, leaf_hash, node_hash, verify_consistency, verify_inclusion

# The vectors of Certificate Transparency's reference implementation (transparency-dev/merkle, testonly).
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
FIRST, SECOND, FIFTH = (
    ROOTS[1],
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    ("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"),
)
THIRD_FOURTH = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
FIFTH_SIXTH = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
SEVENTH_EIGHTH = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
FIFTH_TO_EIGHTH = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 2, [SECOND]),
    (1, 2, [FIRST]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [FIRST, THIRD_FOURTH, FIFTH]),
    (0, 8, [SECOND, THIRD_FOURTH, FIFTH_TO_EIGHTH]),
    (5, 8, [FIFTH, SEVENTH_EIGHTH, ROOTS[4]]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [SECOND, THIRD_FOURTH, FIFTH_TO_EIGHTH]),
    (2, 5, [THIRD_FOURTH, FIFTH]),
    (6, 8, [FIFTH_SIXTH, SEVENTH_EIGHTH, ROOTS[4]]),
]


def known() -> Tree:
    return Tree([leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert known().root(size).hex() == ROOTS[size]
    assert Tree(known()._levels[0][:size]).root().hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_reference(index: int, size: int, path: list[str]) -> None:
    proof = known().inclusion_proof(index, size)
    assert [one.hex() for one in proof] == path
    assert verify_inclusion(leaf_hash(bytes.fromhex(LEAVES[index])), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("older", "newer", "path"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_reference(older: int, newer: int, path: list[str]) -> None:
    proof = known().consistency_proof(older, newer)
    assert [one.hex() for one in proof] == path
    assert verify_consistency(older, bytes.fromhex(ROOTS[older]), newer, bytes.fromhex(ROOTS[newer]), proof)


# The definitions of RFC 6962, section 2.1, as they are written there.


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(data: Sequence[bytes]) -> bytes:
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: Sequence[bytes]) -> list[bytes]:
    if len(data) == 1:
        return []
    k = split(len(data))
    return [*path(m, data[:k]), mth(data[k:])] if m < k else [*path(m - k, data[k:]), mth(data[:k])]


def proof(m: int, data: Sequence[bytes]) -> list[bytes]:
    return subproof(m, data, known=True)


def subproof(m: int, data: Sequence[bytes], *, known: bool) -> list[bytes]:
    if m == len(data):
        return [] if known else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], known=known), mth(data[k:])]
    return [*subproof(m - k, data[k:], known=False), mth(data[:k])]


def tree(data: Sequence[bytes]) -> Tree:
    return Tree([leaf_hash(one) for one in data])


@given(st.lists(st.binary(max_size=4), max_size=70), st.data())
def test_the_tree_is_the_definition(data: list[bytes], draw: st.DataObject) -> None:
    size = draw.draw(st.integers(0, len(data)))
    whole = tree(data)
    assert len(whole) == len(data)
    assert whole.root(size) == mth(data[:size])
    if size:
        index = draw.draw(st.integers(0, size - 1))
        assert whole.inclusion_proof(index, size) == path(index, data[:size])
        older = draw.draw(st.integers(1, size))
        assert whole.consistency_proof(older, size) == proof(older, data[:size])


def test_every_proof_of_every_small_tree_shows_what_it_is_for_and_nothing_else() -> None:
    data = [bytes([number]) for number in range(20)]
    whole = tree(data)
    for size in range(1, len(data) + 1):
        root = whole.root(size)
        for index in range(size):
            steps = whole.inclusion_proof(index, size)
            for other in range(size + 1):
                assert verify_inclusion(leaf_hash(data[index]), other, size, steps, root) == (other == index)
            assert not verify_inclusion(leaf_hash(b"x"), index, size, steps, root)
            assert not verify_inclusion(leaf_hash(data[index]), index, size, [*steps, root], root)
            assert size == 1 or not verify_inclusion(leaf_hash(data[index]), index, size, steps[1:], root)
        for older in range(1, size + 1):
            steps = whole.consistency_proof(older, size)
            assert verify_consistency(older, whole.root(older), size, root, steps)
            assert not verify_consistency(older, leaf_hash(b"x"), size, root, steps)
            assert not verify_consistency(older, whole.root(older), size, leaf_hash(b"x"), steps)
            assert not verify_consistency(older, whole.root(older), size, root, [*steps, root])
            assert older == size or not verify_consistency(older, whole.root(older), size, root, steps[1:])
            assert older == size or not verify_consistency(size, root, older, whole.root(older), steps)


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=40), st.data())
def test_a_changed_proof_shows_nothing(data: list[bytes], draw: st.DataObject) -> None:
    whole = tree(data)
    index = draw.draw(st.integers(0, len(data) - 1))
    steps = whole.inclusion_proof(index)
    place, bit = draw.draw(st.integers(0, len(steps) - 1)), draw.draw(st.integers(0, 255))
    changed = bytearray(steps[place])
    changed[bit // 8] ^= 1 << bit % 8
    steps[place] = bytes(changed)
    assert not verify_inclusion(leaf_hash(data[index]), index, len(data), steps, whole.root())


def test_an_empty_tree_begins_every_other() -> None:
    root = tree([b"a"]).root()
    assert tree([]).root() == EMPTY
    assert verify_consistency(0, EMPTY, 1, root, [])
    assert verify_consistency(0, EMPTY, 0, EMPTY, [])
    assert not verify_consistency(0, root, 1, root, [])
    assert not verify_consistency(0, root, 0, root, [])
    assert not verify_consistency(1, root, 0, EMPTY, [])


def test_a_node_does_not_pass_for_a_leaf() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert not verify_inclusion(leaf_hash(left + right), 0, 1, [], tree([b"a", b"b"]).root())


def test_proofs_of_what_is_not_there_are_refused() -> None:
    whole = tree([b"a", b"b", b"c"])
    for index, size in ((3, 3), (-1, 3), (0, 0), (0, 4)):
        with pytest.raises(ValueError, match=r"leaf|leaves"):
            whole.inclusion_proof(index, size)
    for older, size in ((0, 3), (3, 2), (1, 4)):
        with pytest.raises(ValueError, match="leaves"):
            whole.consistency_proof(older, size)
    assert not verify_inclusion(leaf_hash(b"a"), 0, 3, [b"short", b"short"], whole.root())
