"""Runs benchmarks and prints what they measured: ``python -m tests.benchmarks [NAME...]``.

In: the modules ``bench_<name>.py`` of this folder. The ``main()`` of each takes nothing and returns its rows:
dicts whose keys are the columns; figures come with their unit in the column's name, such as ``seconds``.
Out: a table per benchmark on stdout; exit code 1 when one of them failed, 2 for an unknown name.
"""

import importlib
import sys
import time
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


def available() -> list[str]:
    """Return the names of the benchmarks, sorted."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def run(name: str) -> list[Mapping[str, object]]:
    """Import one benchmark, run it and return its rows."""
    module = importlib.import_module(f"{__package__}.bench_{name}")
    rows: Iterable[Mapping[str, object]] = module.main()
    return list(rows)


def show(console: Console, name: str, rows: list[Mapping[str, object]], seconds: float) -> None:
    """Print one benchmark's rows; a row without one of the columns leaves it blank."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    table = Table(title=f"{name} ({seconds:.1f} s)", title_justify="left")
    for column in columns:
        numbers = all(isinstance(row.get(column, 0), int | float) for row in rows)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(text(row.get(column, "")) for column in columns))
    console.print(table)


def text(value: object) -> str:
    """Write a figure as people read it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all of them; return the exit code."""
    known = available()
    unknown = sorted(set(arguments) - set(known))
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}; there is: {', '.join(known) or 'none yet'}\n")
        return 2
    # A pipe or a log gets the whole row, not one folded at 80 columns.
    console = Console(width=None if sys.stdout.isatty() else 200)
    failed = []
    for name in arguments or known:
        started = time.perf_counter()
        try:
            rows = run(name)
        except Exception:  # one that fails must not cost the figures of the others
            traceback.print_exc()
            failed.append(name)
            continue
        show(console, name, rows, time.perf_counter() - started)
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
