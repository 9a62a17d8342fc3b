"""The bank: the name of each matrix, what is known of it, and how it is drawn.

The seed of a matrix is its name, so an entry can be added or removed without changing another one.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tests.benchmarks.matrices.families import (
    Assignments,
    Span,
    band,
    bernoulli,
    complete,
    composed,
    crown,
    diagonal,
    hierarchy,
    noisy,
    owners,
    planted,
    staircase,
)


@dataclass(frozen=True)
class Matrix:
    """One entry of the bank."""

    name: str
    family: str
    people: int
    permissions: int
    planted: int | None
    """Roles from which the matrix was made, so the minimum is not above it; None where there are none."""
    draw: Callable[[np.random.Generator], Assignments]

    def assignments(self) -> Assignments:
        """Draw the matrix and shuffle its people, permissions and rows; the same at every call."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        rows, cols = self.draw(rng)
        order = rng.permutation(rows.size)
        people, permissions = rng.permutation(rows.max() + 1), rng.permutation(cols.max() + 1)
        return Assignments(people[rows[order]], permissions[cols[order]])


BANK: dict[str, Matrix] = {}


def _add(
    name: str,
    people: int,
    permissions: int,
    count: int | None,
    draw: Callable[[np.random.Generator], Assignments],
) -> None:
    """Enter a matrix; its family is its name up to the first hyphen."""
    BANK[name] = Matrix(name, name.partition("-")[0], people, permissions, count, draw)


def _plain(name: str, shape: tuple[int, int, int], per_role: Span, per_person: Span, skew: float = 0.0) -> None:
    """Enter a matrix of planted roles; `shape` is people, permissions and roles."""
    _add(name, *shape, lambda rng: planted(rng, *shape, per_role=per_role, per_person=per_person, skew=skew))


def _composed(
    name: str, parts: int, shape: tuple[int, int, int], per_role: Span, per_person: Span, across: float = 0.0
) -> None:
    """Enter a matrix composed of equally large parts with planted roles."""

    def draw(rng: np.random.Generator) -> Assignments:
        pieces = [planted(rng, *shape, per_role=per_role, per_person=per_person) for _ in range(parts)]
        return composed(rng, pieces, across=across)

    _add(name, *(parts * size for size in shape), draw)


def _noisy(
    name: str, shape: tuple[int, int, int], per_role: Span, per_person: Span, missing: float, added: float
) -> None:
    """Enter a matrix of planted roles with noise, which is no longer made of those roles alone."""

    def draw(rng: np.random.Generator) -> Assignments:
        exact = planted(rng, *shape, per_role=per_role, per_person=per_person)
        return noisy(rng, exact, missing=missing, added=added)

    _add(name, *shape[:2], None, draw)


def _tree(name: str, people: int, depth: int, children: int, per_unit: int, places: Span) -> None:
    """Enter a matrix of permissions along the way to the root of an organisation."""
    units = sum(children**level for level in range(depth + 1))
    _add(
        name,
        people,
        units * per_unit,
        units,
        lambda rng: hierarchy(rng, people, depth, children, per_unit=per_unit, places=places),
    )


# RMPlib's small and medium sizes: planted roles from hardly to heavily overlapping.
_plain("small-50-few", (50, 50, 25), (1, 4), (1, 2))
_plain("small-50-medium", (50, 50, 25), (2, 8), (1, 3))
_plain("small-50-many", (50, 50, 25), (3, 12), (2, 5))
_plain("small-50-wide", (50, 50, 15), (8, 20), (1, 3))
_plain("small-50-long", (50, 50, 20), (1, 6), (4, 8))
_plain("small-100-few", (100, 100, 40), (1, 5), (1, 3))
_plain("small-100-medium", (100, 100, 50), (2, 8), (1, 4))
_plain("small-100-many", (100, 100, 50), (3, 15), (2, 6))
_plain("small-100-wide", (100, 100, 25), (10, 30), (1, 3))
_plain("small-200-few", (200, 200, 60), (2, 6), (1, 3))
_plain("small-200-many", (200, 200, 75), (4, 16), (1, 5))
_plain("small-100x50", (100, 50, 20), (2, 10), (1, 4))
_plain("small-50x100", (50, 100, 30), (2, 10), (1, 4))
_plain("medium-500-few", (500, 500, 150), (2, 8), (1, 3))
_plain("medium-500-medium", (500, 500, 150), (3, 15), (1, 4))
_plain("medium-500-many", (500, 500, 150), (5, 25), (1, 6))
_plain("medium-500-wide", (500, 500, 60), (20, 60), (1, 3))
_plain("medium-500-long", (500, 500, 100), (2, 10), (5, 10))
_plain("medium-500-fewroles", (500, 500, 30), (10, 50), (1, 4))
_plain("medium-400x800", (400, 800, 120), (5, 20), (1, 4))
_plain("medium-800x400", (800, 400, 120), (3, 12), (1, 4))
_plain("medium-500-skewed", (500, 500, 150), (2, 12), (1, 5), 0.8)
# Its large size, and the sizes between it and the composed ones.
_plain("large-1000x2000-few", (1000, 2000, 250), (5, 15), (1, 3))
_plain("large-1000x2000-medium", (1000, 2000, 300), (5, 30), (1, 5))
_plain("large-1000x2000-many", (1000, 2000, 400), (10, 40), (2, 8))
_plain("large-1000x2000-wide", (1000, 2000, 150), (30, 100), (1, 4))
_plain("large-2000x1000", (2000, 1000, 250), (5, 20), (1, 5))
_plain("large-2000-skewed", (2000, 2000, 300), (3, 25), (1, 6), 0.7)
_plain("large-5000x2000", (5000, 2000, 400), (5, 20), (1, 4))
_plain("large-10000x8000", (10_000, 8_000, 800), (8, 30), (1, 4))
_plain("large-10000x12500", (10_000, 12_500, 1_000), (10, 30), (1, 5))
# Roles so large and so many per person that they hide one another.
_plain("dense-30", (30, 30, 15), (6, 15), (3, 6))
_plain("dense-50", (50, 50, 25), (8, 20), (3, 6))
_plain("dense-50-half", (50, 50, 20), (8, 16), (2, 4))
_plain("dense-100", (100, 100, 40), (10, 30), (3, 6))
_plain("dense-200", (200, 200, 60), (10, 40), (3, 8))
_plain("dense-500", (500, 500, 100), (30, 80), (4, 8))
# Composed of parts, with and without people across them.
_composed("comp-5x50", 5, (50, 50, 20), (2, 8), (1, 3))
_composed("comp-10x50-across", 10, (50, 50, 20), (2, 8), (1, 3), 0.05)
_composed("comp-10x100", 10, (100, 100, 30), (2, 10), (1, 4))
_composed("comp-10x100-across", 10, (100, 100, 30), (2, 10), (1, 4), 0.1)
_composed("comp-20x100x150", 20, (100, 150, 40), (3, 10), (1, 4))
_composed("comp-20x100x150-across", 20, (100, 150, 40), (3, 10), (1, 4), 0.05)
_composed("comp-50x100", 50, (100, 100, 30), (2, 10), (1, 3))
_composed("comp-25x400x500", 25, (400, 500, 60), (5, 20), (1, 4))
_composed("comp-25x400x500-across", 25, (400, 500, 60), (5, 20), (1, 4), 0.02)
# Planted roles with noise.
_noisy("noise-50-missing", (50, 50, 15), (4, 12), (1, 3), 0.05, 0.0)
_noisy("noise-50-added", (50, 50, 15), (4, 12), (1, 3), 0.0, 0.05)
_noisy("noise-100-both", (100, 100, 25), (4, 12), (1, 3), 0.02, 0.02)
_noisy("noise-200-added", (200, 200, 50), (3, 10), (1, 3), 0.0, 0.05)
_noisy("noise-500-missing", (500, 500, 100), (3, 12), (1, 3), 0.01, 0.0)
_noisy("noise-1000x500-added", (1000, 500, 100), (3, 12), (1, 3), 0.0, 0.02)
# The sizes and densities of the firms' matrices.
_add(
    "real-healthcare",
    46,
    46,
    None,
    lambda rng: noisy(rng, planted(rng, 46, 46, 14, per_role=(3, 31), per_person=(2, 6), skew=0.5), missing=0.01),
)
_add(
    "real-domino",
    79,
    231,
    None,
    lambda rng: noisy(rng, planted(rng, 79, 231, 20, per_role=(1, 40), per_person=(1, 2), skew=1.2), added=0.02),
)
_add("real-emea", 35, 3046, None, lambda rng: owners(rng, 35, 3046, own=(20, 80), shared=120))
_add(
    "real-apj", 2044, 1164, 453, lambda rng: planted(rng, 2044, 1164, 453, per_role=(1, 6), per_person=(1, 2), skew=0.6)
)
_add(
    "real-firewall1",
    365,
    709,
    65,
    lambda rng: planted(rng, 365, 709, 65, per_role=(2, 120), per_person=(1, 4), skew=0.7),
)
_add("real-firewall2", 325, 590, 10, lambda rng: planted(rng, 325, 590, 10, per_role=(20, 200), per_person=(1, 3)))
_add(
    "real-americas-small",
    3477,
    1587,
    180,
    lambda rng: planted(rng, 3477, 1587, 180, per_role=(2, 40), per_person=(1, 4), skew=0.9),
)
_add(
    "real-americas-large",
    3485,
    10_127,
    400,
    lambda rng: planted(rng, 3485, 10_127, 400, per_role=(2, 100), per_person=(1, 2), skew=0.4),
)
_add(
    "real-customer",
    10_021,
    277,
    276,
    lambda rng: planted(rng, 10_021, 277, 276, per_role=(1, 2), per_person=(1, 6), skew=0.6),
)
_add("real-mailer", 90, 70, 25, lambda rng: planted(rng, 90, 70, 25, per_role=(1, 12), per_person=(1, 5), skew=0.5))
_add("real-university", 493, 56, 20, lambda rng: planted(rng, 493, 56, 20, per_role=(1, 8), per_person=(1, 3)))
# Permissions along the way to the root of an organisation.
_tree("tree-binary-deep", 300, 6, 2, 2, (1, 1))
_tree("tree-wide", 500, 2, 10, 3, (1, 1))
_tree("tree-two-places", 400, 3, 4, 2, (1, 2))
_tree("tree-firm", 3000, 3, 5, 6, (1, 3))
# Cells drawn one by one: no structure to find, hard at medium density.
for _size, _percent in ((20, 20), (20, 50), (20, 80), (30, 20), (30, 40), (40, 15), (50, 10), (100, 5), (200, 2)):
    _add(
        f"random-{_size}-{_percent}",
        _size,
        _size,
        None,
        lambda rng, size=_size, percent=_percent: bernoulli(rng, size, size, percent / 100),
    )
# Shapes whose minimum is known, or that are large in one way.
_add("shape-diagonal-1000", 1000, 1000, 1000, lambda rng: diagonal(1000))
_add("shape-diagonal-20000", 20_000, 20_000, 20_000, lambda rng: diagonal(20_000))
_add("shape-complete-300", 300, 300, 1, lambda rng: complete(300, 300))
_add("shape-staircase-60", 60, 60, 60, lambda rng: staircase(60))
_add("shape-staircase-400", 400, 400, 400, lambda rng: staircase(400))
_add("shape-band-100-3", 100, 100, 100, lambda rng: band(100, 3))
_add("shape-band-40-12", 40, 40, 40, lambda rng: band(40, 12))
_add("shape-crown-10", 10, 10, 5, lambda rng: crown(10))
_add("shape-crown-20", 20, 20, 6, lambda rng: crown(20))
_add("shape-crown-35", 35, 35, 7, lambda rng: crown(35))
_add("shape-chains-50x8", 400, 400, 400, lambda rng: composed(rng, [staircase(8) for _ in range(50)]))
