"""From grants to classes, effective access and findings: `lakezones access` beside pandas and scipy.

In: nothing; estates of 1, 10 and 100 million grants are generated (for 100 million: a million containers, 50,000
people, 20,000 classes) and stored as a snapshot. Out: a row per size and method, each run in a process of its own, with
wall and processor seconds and peak memory of the whole process, imports and reading included, and the exponent by which
processor seconds grow from the size before. `lakezones access` is the command itself, from the workspace on disk to the
workspace on disk: classes, who reaches them, the access matrix, findings; the others stop at classes. Set
``LAKEZONES_BENCH_GRANTS`` to a smaller largest size to stop earlier.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lakezones.model.facts import FACTS
from lakezones.model.tables import Gaps
from lakezones.store import files
from lakezones.store.manifest import FORMAT, MANIFEST, dumps

SIZES = (1_000_000, 10_000_000, 100_000_000)
PER_CONTAINER = 100
PEOPLE = 50_000
CLASSES = 20_000
RIVALS_UP_TO = 10_000_000
BATCH = 10_000_000


def batches(grants: int, *, seed: int) -> Iterator[pl.DataFrame]:
    """Grants with planted classes: principal_id, container; rows of a batch in random order."""
    rng = np.random.default_rng(seed)
    containers = max(grants // PER_CONTAINER, 1)
    classes = min(CLASSES, max(containers // 5, 1))
    people = min(PEOPLE, max(grants // 100, PER_CONTAINER * 2))
    readers = rng.integers(0, people, size=(classes, PER_CONTAINER), dtype=np.int32)
    of_class = rng.integers(0, classes, size=containers, dtype=np.int32)
    step = max(BATCH // PER_CONTAINER, 1)
    names = pl.Series([f"p{i:07d}" for i in range(people)])
    for start in range(0, containers, step):
        part = of_class[start : start + step]
        who = readers[part].ravel()
        where = np.repeat(np.arange(start, start + len(part), dtype=np.int64), PER_CONTAINER)
        order = rng.permutation(len(who))
        tables = pl.Series([f"table-{i:07d}" for i in range(start, start + len(part))])
        yield pl.DataFrame({"principal_id": names.gather(who[order]), "container": tables.gather(where[order] - start)})


def planted_grants(grants: int, *, seed: int) -> pl.LazyFrame:
    """All batches as one lazy frame, for tests."""
    return pl.concat([batch.lazy() for batch in batches(grants, seed=seed)]).unique(maintain_order=True)


def store(workspace: Path, grants: int, *, seed: int) -> None:
    """A workspace with a snapshot of nothing but grants, written batch by batch."""
    folder = workspace / "snapshots" / "20260101T000000Z"
    folder.mkdir(parents=True)
    rows = 0
    for i, batch in enumerate(batches(grants, seed=seed)):
        batch.write_parquet(workspace / f"{i:04d}.part")
        rows += batch.height
    absent = [
        pl.lit(None, column.dtype).alias(name)
        for name, column in FACTS["grants"].columns().items()
        if name not in ("principal_id", "container")
    ]
    every = pl.scan_parquet(sorted(workspace.glob("*.part"))).with_columns(absent)
    every.select(FACTS["grants"].column_names()).sink_parquet(folder / "grants.parquet", compression="zstd")
    Gaps.create_empty().write_parquet(folder / "gaps.parquet")
    for part in workspace.glob("*.part"):
        part.unlink()
    manifest = {
        "format": FORMAT,
        "inputs": {},
        "outputs": {path.name: files.sha256(path) for path in sorted(folder.iterdir())},
        "as_of": "2026-01-01T00:00:00Z",
        "rows": {"grants": rows},
    }
    files.write_private(folder / MANIFEST, dumps(manifest))


def with_lakezones(workspace: Path) -> int:
    """What the command does; containers are compared with their representatives."""
    from lakezones.config import Settings
    from lakezones.pipeline import Workspace

    classes: int = Workspace(workspace).access(Settings()).summary["classes"]
    return classes


def with_pandas(workspace: Path) -> int:
    """What is written first: sort, group by container, compare tuples of people."""
    frame = _grants(workspace).drop_duplicates().sort_values(["container", "principal_id"])
    sets = frame.groupby("container", sort=False)["principal_id"].agg(tuple)
    return int(sets.groupby(sets).ngroup().nunique())


def with_scipy(workspace: Path) -> int:
    """A sparse matrix times two random vectors; equal products are taken for equal rows, without a comparison."""
    import pandas as pd
    from scipy import sparse

    frame = _grants(workspace)
    rows, _ = pd.factorize(frame["container"])
    columns, names = pd.factorize(frame["principal_id"])
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=bool), (rows, columns)))
    rng = np.random.default_rng(0)
    signature = matrix.astype(np.int64) @ rng.integers(0, 2**40, size=(len(names), 2))
    return len(np.unique(signature, axis=0))


def _grants(workspace: Path) -> Any:
    import pandas as pd

    path = next(workspace.glob("snapshots/*/grants.parquet"))
    return pd.read_parquet(path, columns=["principal_id", "container"])


METHODS = {"lakezones access": with_lakezones, "pandas groupby": with_pandas, "scipy signature": with_scipy}


def measured(workspace: Path, method: str) -> dict[str, Any]:
    """Run one method in a process of its own: classes, seconds, processor seconds, peak memory."""
    code = f"from tests.benchmarks.bench_access import *; print(METHODS[{method!r}](Path({str(workspace)!r})))"
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said, complaint = process.stdout.read().decode(), process.stderr.read().decode()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        return {"note": complaint.strip().splitlines()[-1] if complaint.strip() else f"exit {process.returncode}"}
    return {
        "classes": int(said.split()[-1]),
        "seconds": round(time.perf_counter() - started, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_gb": round(used.ru_maxrss / 1e6, 2),
    }


def main() -> list[dict[str, Any]]:
    """Generate, measure, compare."""
    rows: list[dict[str, Any]] = []
    last: dict[str, tuple[int, float]] = {}
    largest = int(os.environ.get("LAKEZONES_BENCH_GRANTS", SIZES[-1]))
    for grants in (size for size in SIZES if size <= largest):
        with tempfile.TemporaryDirectory() as temporary:
            workspace = Path(temporary)
            store(workspace, grants, seed=0)
            for method in METHODS:
                if method != "lakezones access" and grants > RIVALS_UP_TO:
                    continue
                row = {"grants": grants, "method": method, **measured(workspace, method)}
                if "seconds" in row:
                    if method in last:
                        size, seconds = last[method]
                        growth = math.log(row["cpu_seconds"] / seconds) / math.log(grants / size)
                        row["cpu_exponent"] = round(growth, 2)
                    last[method] = (grants, row["cpu_seconds"])
                rows.append(row)
    return rows
