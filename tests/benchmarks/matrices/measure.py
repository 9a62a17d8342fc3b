"""Runs ``lakezones mine`` on matrices of the bank, one process each, and compares two such runs.

The command is run as a user runs it, so the same code measures this checkout and an older one, whose ``src`` is
given as PYTHONPATH.
"""

import csv
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from tests.benchmarks.matrices.bank import Matrix

COMMAND = (sys.executable, "-c", "from lakezones.cli import main; main()", "mine")
SLOWER = 2.0
"""A matrix counts as slower from this factor on."""
SLOWER_BY = 1.0
"""Seconds that it must also be slower by, since below that start-up and other load decide."""


class Figures(TypedDict):
    """What one run on one matrix gave; None where the process failed."""

    planted: int | None
    roles: int | None
    bound: int | None
    optimal: bool
    seconds: float
    """Wall clock of the whole process, reading the file included."""
    cpu_seconds: float
    failure: str
    """Empty, or the last line of stderr."""


def write(matrix: Matrix, path: Path) -> None:
    """Draw a matrix and write a row ``user,permission`` per assignment."""
    rows, cols = matrix.assignments()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user", "permission"])
        writer.writerows((f"u{row}", f"p{col}") for row, col in zip(rows.tolist(), cols.tolist(), strict=True))


def run(matrix: Matrix, path: Path, time_limit: float, source: Path) -> Figures:
    """Mine the matrix at `path` with the code in `source`; a process far over its limit is stopped."""
    environment = {**os.environ, "PYTHONPATH": str(source), "NO_COLOR": "1"}
    before, started = _cpu_of_children(), time.perf_counter()
    summary: Mapping[str, object] = {}
    failure = ""
    try:
        done = subprocess.run(
            [*COMMAND, str(path), "--json", "--time-limit", f"{time_limit:g}"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=10 * time_limit + 120,
            check=False,
        )
        if done.returncode:
            failure = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        else:
            summary = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        failure = "stopped from outside, long after its time limit"
    except json.JSONDecodeError:
        failure = "stdout is not one JSON document"
    return Figures(
        planted=matrix.planted,
        roles=_count(summary.get("roles")),
        bound=_count(summary.get("lower_bound")),
        optimal=bool(summary.get("optimal")),
        seconds=round(time.perf_counter() - started, 2),
        cpu_seconds=round(_cpu_of_children() - before, 2),
        failure=failure or _contradiction(matrix, summary),
    )


def differences(old: Mapping[str, Figures], new: Mapping[str, Figures]) -> list[str]:
    """Return a line for each matrix of both runs where the new one is worse, or the two cannot both be right."""
    lines = []
    for name in (name for name in new if name in old):
        was, now = old[name], new[name]
        if was["optimal"] and not now["optimal"]:
            lines.append(f"{name}: proof lost ({was['roles']} roles, now {now['roles']}, bound {now['bound']})")
        if was["optimal"] and now["optimal"] and was["roles"] != now["roles"]:
            lines.append(f"{name}: two optima, {was['roles']} and {now['roles']}")
        if (now["roles"] or 0) > (was["roles"] or 0) and not was["optimal"]:
            lines.append(f"{name}: more roles, {was['roles']} and now {now['roles']}")
        if _slower(was["seconds"], now["seconds"]) and _slower(was["cpu_seconds"], now["cpu_seconds"]):
            lines.append(f"{name}: slower, {was['seconds']:.1f} s and now {now['seconds']:.1f} s")
        if now["failure"] and not was["failure"]:
            lines.append(f"{name}: fails, {now['failure']}")
    return lines


def _slower(was: float, now: float) -> bool:
    """Tell whether a time is worse by more than other load on the machine explains."""
    return now > SLOWER * was and now > was + SLOWER_BY


def _contradiction(matrix: Matrix, summary: Mapping[str, object]) -> str:
    """Say what in an answer cannot be true of this matrix."""
    roles, bound = _count(summary.get("roles")), _count(summary.get("lower_bound"))
    if roles is None or bound is None:
        return ""
    if bound > roles:
        return f"the bound {bound} is above the {roles} roles found"
    if matrix.planted is not None and bound > matrix.planted:
        return f"the bound {bound} is above the {matrix.planted} planted roles"
    return ""


def _count(value: object) -> int | None:
    """Return a figure of the summary, or None where it is absent."""
    return value if isinstance(value, int) else None


def _cpu_of_children() -> float:
    """Return the processor seconds of all processes that ended so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
