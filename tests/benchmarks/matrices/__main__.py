"""Mines the matrices of the bank and prints what came out: ``python -m tests.benchmarks.matrices``.

In: matrices drawn from their seeds, written to a temporary folder one at a time.
Out: a line per matrix on stdout, and with ``--against`` or ``--compare`` the matrices where the run is worse.

    python -m tests.benchmarks.matrices --names 'small-*' shape-crown-10 --time-limit 20
    python -m tests.benchmarks.matrices --source /tmp/older/src --save older.json
    python -m tests.benchmarks.matrices --compare older.json
"""

import argparse
import json
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

from tests.benchmarks.matrices.bank import BANK, Matrix
from tests.benchmarks.matrices.measure import Figures, differences, run, write

SOURCE = Path(__file__).resolve().parents[3] / "src"
HEADER = (
    f"{'matrix':<26} {'people':>7} {'perms':>7} {'planted':>7} "
    f"{'roles':>6} {'bound':>6} {'proven':>6} {'s':>7} {'cpu s':>7}"
)


def main(arguments: list[str] | None = None) -> int:
    """Run what the arguments ask for; return 1 where a run failed or is worse than the other one."""
    options = parser().parse_args(arguments)
    patterns = options.names or ["*"]
    chosen = [matrix for name, matrix in BANK.items() if any(fnmatch(name, pattern) for pattern in patterns)]
    if not chosen:
        sys.stderr.write(f"no matrix is named {', '.join(patterns)}; --list shows all\n")
        return 2
    if options.list:
        for matrix in chosen:
            sys.stdout.write(
                f"{matrix.name:<26} {matrix.people:>7} {matrix.permissions:>7} {matrix.planted or '':>7}\n"
            )
        return 0
    sources = [path for path in (options.against, options.source) if path is not None]
    runs = measured(chosen, sources, options.time_limit, options.save)
    new = runs[-1]
    old = runs[0] if len(runs) > 1 else json.loads(options.compare.read_text()) if options.compare else {}
    worse = differences(old, new)
    failed = [f"{name}: {figures['failure']}" for name, figures in new.items() if figures["failure"]]
    proven = sum(figures["optimal"] for figures in new.values())
    sys.stdout.write(f"\n{proven} of {len(new)} proven\n")
    if old:
        sys.stdout.write(f"worse than the other run: {len(worse)}\n" + "".join(f"  {line}\n" for line in worse))
    sys.stdout.write("".join(f"failed: {line}\n" for line in failed))
    return 1 if worse or failed else 0


def measured(
    chosen: list[Matrix], sources: list[Path], time_limit: float, save: Path | None
) -> list[dict[str, Figures]]:
    """Mine each matrix with the code of each source in turn, and print a line for each.

    The figures of the last source are saved after every matrix, so that a run that is stopped leaves what it has.
    """
    runs: list[dict[str, Figures]] = [{} for _ in sources]
    sys.stdout.write(HEADER + "\n")
    with tempfile.TemporaryDirectory() as folder:
        for matrix in chosen:
            path = Path(folder) / f"{matrix.name}.csv"
            write(matrix, path)
            for source, figures in zip(sources, runs, strict=True):
                figures[matrix.name] = run(matrix, path, time_limit, source)
                sys.stdout.write(line(matrix, figures[matrix.name]) + "\n")
                sys.stdout.flush()
            path.unlink()
            if save:
                save.write_text(json.dumps(runs[-1], indent=1) + "\n")
    return runs


def line(matrix: Matrix, figures: Figures) -> str:
    """Write the figures of one run as a line of the table."""
    known = [matrix.people, matrix.permissions, matrix.planted, figures["roles"], figures["bound"]]
    people, permissions, planted, roles, bound = ("" if figure is None else f"{figure}" for figure in known)
    proven = "yes" if figures["optimal"] else "no"
    return (
        f"{matrix.name:<26} {people:>7} {permissions:>7} {planted:>7} {roles:>6} {bound:>6} {proven:>6} "
        f"{figures['seconds']:>7.1f} {figures['cpu_seconds']:>7.1f}  {figures['failure']}"
    ).rstrip()


def parser() -> argparse.ArgumentParser:
    """Describe the arguments."""
    made = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.matrices", description=(__doc__ or "").split("\n")[0]
    )
    made.add_argument("--names", nargs="+", metavar="PATTERN", help="matrices to run, as file patterns; all by default")
    made.add_argument("--time-limit", type=float, default=60.0, metavar="S", help="seconds that mine is given (60)")
    made.add_argument("--source", type=Path, default=SOURCE, metavar="DIR", help="PYTHONPATH of the code to measure")
    made.add_argument("--against", type=Path, metavar="DIR", help="PYTHONPATH of a second checkout to compare with")
    made.add_argument("--save", type=Path, metavar="FILE", help="keep the figures of this run as JSON")
    made.add_argument("--compare", type=Path, metavar="FILE", help="compare with figures that --save kept")
    made.add_argument("--list", action="store_true", help="list the matrices and run nothing")
    return made


if __name__ == "__main__":
    sys.exit(main())
