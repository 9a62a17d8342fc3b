"""Python integers as bit sets: bit `i` set means element `i` is in the set.

In: index arrays, boolean matrices. Out: integers, and back. Arbitrary-precision integers make
intersections of sets with thousands of elements cost well under a microsecond without native code.
"""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

_FEW = (1 << 240) - 1


def from_indices(indices: Iterable[int]) -> int:
    """Bit set of the given elements."""
    bits = 0
    for i in indices:
        bits |= 1 << i
    return bits


def from_array(indices: npt.NDArray[np.integer], size: int) -> int:
    """Bit set of an index array whose values are below `size`."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[indices] = True
    return from_mask(mask)


def from_mask(mask: BoolArray) -> int:
    """Bit set of the true positions of a 1-D boolean array."""
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def to_mask(bits: int, size: int) -> BoolArray:
    """Boolean array of length `size` of a bit set."""
    raw = np.frombuffer(bits.to_bytes((size + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(raw, count=size, bitorder="little").astype(np.bool_)


def to_array(bits: int) -> IntArray:
    """Ascending elements of a bit set."""
    return np.flatnonzero(to_mask(bits, bits.bit_length()))


def elements(bits: int) -> list[int]:
    """Ascending elements of a bit set, as Python integers."""
    if bits.bit_count() < 8:
        return list(iterate(bits))
    return [int(i) for i in to_array(bits)]


def iterate(bits: int) -> Iterator[int]:
    """Walk a bit set from its lowest element; cheap to abandon early."""
    base = 0
    while bits:
        # Small integers are quicker to take apart than large ones.
        skip = (bits & -bits).bit_length() - 1
        bits >>= skip
        base += skip
        few = bits & _FEW
        while few:
            low = few & -few
            yield base + low.bit_length() - 1
            few ^= low
        bits >>= _FEW.bit_length()
        base += _FEW.bit_length()
