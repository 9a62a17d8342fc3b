"""Mines matrices with one strategy of the exact miner left out: ``python -m tests.benchmarks.matrices.ablation``.

In: the bank, and files given as matrices ``user,permission``. Out: a line per matrix that a search is needed for, with
roles/bound and CPU seconds by strategy left out, and at the end what each strategy buys.

Only matrices that block deduction does not settle are searched; the others are counted, and run without it alone.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
import polars as pl
from scipy import sparse

from lakezones.mining.exact import mine, solve
from lakezones.mining.matrix import mine_matrix
from tests.benchmarks.matrices.bank import BANK

Variant = Callable[[], AbstractContextManager[object]]


class Outcome(NamedTuple):
    """One run."""

    roles: int
    bound: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.roles}/{self.bound} {self.seconds:.1f}"


def without(left_out: str) -> Variant:
    """Search with every strategy but one."""
    kept = [strategy for strategy in solve.STRATEGIES if strategy.__name__ != left_out]
    return lambda: patch.object(solve, "solve", partial(solve.solve, strategies=kept))


def by_lines_alone(block: mine.Classes, need: list[int], budget: mine.Budget) -> mine.Answer:
    """Give a first answer without deduction."""
    return mine.Answer(mine._by_lines(block, need, budget), (mine.fooling_set(mine._first(need)),))


NONE: Variant = lambda: patch.object(mine, "_unused", None, create=True)  # noqa: E731
BLOCK_DEDUCTION: Variant = lambda: patch.object(mine, "_by_deduction", by_lines_alone)  # noqa: E731
VARIANTS: dict[str, Variant] = {
    "block deduction": BLOCK_DEDUCTION,
    **{strategy.__name__: without(strategy.__name__) for strategy in solve.STRATEGIES},
}


def run(matrix: sparse.csr_matrix, variant: Variant, time_limit: float) -> Outcome:
    """Mine a matrix; seconds are of the CPU, so that other load matters less."""
    with variant():
        started = time.process_time()
        found = mine_matrix(matrix, mode="exact", time_limit=time_limit)
        return Outcome(len(found.roles), found.lower_bound, time.process_time() - started)


def read(path: Path) -> sparse.csr_matrix:
    """Read a matrix from a file of ours or of the shared data."""
    frame = pl.read_csv(path, infer_schema=False)
    codes = [frame[:, i].rank("dense").to_numpy() - 1 for i in (0, 1)]
    return canonical(codes[0], codes[1])


def canonical(rows: np.ndarray, cols: np.ndarray) -> sparse.csr_matrix:
    """Return the matrix of assignments, each once."""
    made = sparse.csr_matrix((np.ones(len(rows), dtype=np.int32), (rows, cols))).astype(np.bool_)
    made.sort_indices()
    return made


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="more matrices, as CSV")
    parser.add_argument("--names", nargs="+", default=["*"], metavar="PATTERN", help="matrices of the bank")
    parser.add_argument("--time-limit", type=float, default=10.0, metavar="S")
    options = parser.parse_args()
    drawn = {name: partial(lambda m: canonical(*m.assignments()), m) for name, m in BANK.items()}
    drawn = {name: draw for name, draw in drawn.items() if any(fnmatch(name, p) for p in options.names)}
    drawn |= {path.stem: partial(read, path) for path in options.files}
    worse: dict[str, list[str]] = {name: [] for name in VARIANTS}
    settled = 0
    sys.stdout.write(f"{'matrix':<26} {'all':>14}" + "".join(f" {name[:16]:>16}" for name in VARIANTS) + "\n")
    for name, draw in drawn.items():
        matrix = draw()
        with patch.object(solve, "solve", wraps=solve.solve) as searched:
            whole = run(matrix, NONE, options.time_limit)
        settled += not searched.called
        cells = []
        for variant, change in VARIANTS.items():
            if variant != "block deduction" and not searched.called:
                cells.append("")
                continue
            found = run(matrix, change, options.time_limit)
            cells.append(str(found))
            if reasons := compared(whole, found):
                worse[variant].append(f"{name} ({reasons})")
        sys.stdout.write(f"{name:<26} {whole!s:>14}" + "".join(f" {cell:>16}" for cell in cells) + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"\n{settled} of {len(drawn)} are settled by block deduction\n")
    for variant, names in worse.items():
        sys.stdout.write(f"without {variant}: worse on {len(names)}: {'; '.join(names) or 'none'}\n")
    return 0


def compared(whole: Outcome, found: Outcome) -> str:
    """Say what is worse: more roles, a lower bound, or twice the time."""
    reasons = []
    if found.roles > whole.roles:
        reasons.append(f"{found.roles} roles for {whole.roles}")
    if found.bound < whole.bound:
        reasons.append(f"bound {found.bound} for {whole.bound}")
    if not reasons and found.seconds > 2 * whole.seconds + 0.5:
        reasons.append(f"{found.seconds:.1f} s for {whole.seconds:.1f}")
    return ", ".join(reasons)


if __name__ == "__main__":
    sys.exit(main())
