"""A Merkle tree over the lines of a log, after RFC 6962, and the proofs that it allows.

In: hashes of leaves, oldest first. Out: the root, proofs that a leaf is in the tree or that an older tree is the
beginning of a newer one, and their verification, which needs the proof alone. Pure functions on bytes.

Trees and proofs are those of RFC 6962, section 2.1; verification follows RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

EMPTY: Final = hashlib.sha256(b"").digest()
"""Root of a tree without leaves."""

DIGEST: Final = 32
"""Bytes of a hash."""


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf: SHA-256 of a zero byte and the data, so that no leaf passes for a node."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of a node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A tree that gives roots and proofs of any size up to its own, each in logarithmic time.

    Parameters
    ----------
    leaves
        Hashes of the leaves (`leaf_hash`), oldest first.

    Examples
    --------
    >>> tree = Tree([leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")])
    >>> verify_inclusion(leaf_hash(b"c"), 2, 3, tree.inclusion_proof(2), tree.root())
    True
    >>> verify_consistency(2, tree.root(2), 3, tree.root(), tree.consistency_proof(2))
    True
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        # Hashes of all complete subtrees: level k holds those over 2**k leaves.
        self._levels = [list(leaves)]
        while len(below := self._levels[-1]) > 1:
            self._levels.append([node_hash(below[i], below[i + 1]) for i in range(0, len(below) - 1, 2)])

    def __len__(self) -> int:
        return len(self._levels[0])

    @property
    def leaves(self) -> Sequence[bytes]:
        """Hashes of the leaves, oldest first."""
        return self._levels[0]

    def root(self, size: int | None = None) -> bytes:
        """Root of the tree over the first `size` leaves, all by default.

        Raises
        ------
        ValueError
            If there are fewer leaves.
        """
        size = self._sized(size)
        return self._over(0, size) if size else EMPTY

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Hashes that lead from a leaf to the root: PATH(index, D[size]) of RFC 6962.

        Raises
        ------
        ValueError
            If there is no such leaf in a tree of that size.
        """
        size = self._sized(size)
        if not 0 <= index < size:
            raise ValueError(f"there is no leaf {index} in a tree of {size}")
        path: list[bytes] = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, older: int, size: int | None = None) -> list[bytes]:
        """Hashes that show the first `older` leaves to begin a tree: PROOF(older, D[size]) of RFC 6962.

        Raises
        ------
        ValueError
            If the older tree is empty or greater than the newer one.
        """
        size = self._sized(size)
        if not 0 < older <= size:
            raise ValueError(f"a tree of {older} leaves does not begin one of {size}")
        path: list[bytes] = []
        low, high, known = 0, size, True
        while older != high:
            middle = low + _split(high - low)
            if older <= middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low, known = middle, False
        if not known:
            path.append(self._over(low, high))
        return path[::-1]

    def _sized(self, size: int | None) -> int:
        if size is None:
            return len(self)
        if not 0 <= size <= len(self):
            raise ValueError(f"the tree has {len(self)} leaves, not {size}")
        return size

    def _over(self, low: int, high: int) -> bytes:
        """Hash of the subtree over leaves `low` to `high`; `low` is a multiple of the power of two it splits at."""
        count = high - low
        if not count & (count - 1):
            level = count.bit_length() - 1
            return self._levels[level][low >> level]
        middle = low + _split(count)
        return node_hash(self._over(low, middle), self._over(middle, high))


def _split(count: int) -> int:
    """The greatest power of two below `count`, which is two or more."""
    return 1 << ((count - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof shows that `leaf` is leaf number `index` of the tree with this size and root."""
    if not 0 <= index < size or any(len(one) != DIGEST for one in proof):
        return False
    first, last, found = index, size - 1, leaf
    for one in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(one, found)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            found = node_hash(found, one)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(older: int, older_root: bytes, newer: int, newer_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of size `older` is the beginning of the one of size `newer`."""
    if not 0 <= older <= newer or any(len(one) != DIGEST for one in proof):
        return False
    if older == newer:
        return not proof and older_root == newer_root and (older > 0 or older_root == EMPTY)
    if older == 0:  # everything begins with nothing
        return not proof and older_root == EMPTY
    path = [older_root, *proof] if not older & (older - 1) else list(proof)
    if not path or not proof:
        return False
    first, last = older - 1, newer - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, one)
        first, last = first >> 1, last >> 1
    return last == 0 and old == older_root and new == newer_root
