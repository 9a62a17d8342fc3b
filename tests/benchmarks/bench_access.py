"""From grants to classes: lakezones beside a plain pandas groupby and a scipy signature.

In: nothing; estates of 1, 10 and 100 million grants are generated (for 100 million: a million containers, 50,000
people, 20,000 classes) and written as Parquet. Out: a row per size and method with wall and processor seconds, peak
memory of the process that did it, and the growth exponent against the size before. Reading the file is part of what
is timed. Set ``LAKEZONES_BENCH_GRANTS`` to a smaller largest size to stop earlier.
"""

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

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


def read(folder: Path) -> Iterable[pl.DataFrame]:
    """The batches as they were written."""
    return (pl.read_parquet(path) for path in sorted(folder.glob("*.parquet")))


def with_lakezones(folder: Path) -> int:
    """Classes with effective access, every container compared with its representative."""
    from lakezones.access.bulk import resolve_grants

    return resolve_grants(read(folder)).container_classes["class_id"].n_unique()


def with_pandas(folder: Path) -> int:
    """What is written first: sort, group by container, compare tuples of people."""
    import pandas as pd

    frame = pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])
    frame = frame.drop_duplicates().sort_values(["container", "principal_id"])
    sets = frame.groupby("container", sort=False)["principal_id"].agg(tuple)
    return int(sets.groupby(sets).ngroup().nunique())


def with_scipy(folder: Path) -> int:
    """A sparse matrix times two random vectors; equal products are taken for equal rows, without a comparison."""
    import pandas as pd
    from scipy import sparse

    frame = pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])
    rows, _ = pd.factorize(frame["container"])
    columns, names = pd.factorize(frame["principal_id"])
    matrix = sparse.csr_matrix((np.ones(len(rows), dtype=bool), (rows, columns)))
    rng = np.random.default_rng(0)
    signature = matrix.astype(np.int64) @ rng.integers(0, 2**40, size=(len(names), 2))
    return len(np.unique(signature, axis=0))


METHODS = {"lakezones": with_lakezones, "pandas groupby": with_pandas, "scipy signature": with_scipy}


def measured(folder: Path, method: str) -> dict[str, Any]:
    """Run one method in a process of its own: seconds, processor seconds, peak memory, classes."""
    code = f"from tests.benchmarks.bench_access import child; child({str(folder)!r}, {method!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"note": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def child(folder: str, method: str) -> None:
    """What `measured` runs: one method, timed after imports."""
    import pandas  # noqa: F401
    import scipy.sparse  # noqa: F401

    import lakezones.access.bulk  # noqa: F401

    wall, cpu = time.perf_counter(), time.process_time()
    classes = METHODS[method](Path(folder))
    figures = {
        "classes": classes,
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
    }
    print(json.dumps(figures))


def main() -> list[dict[str, Any]]:
    """Generate, measure, compare."""
    rows: list[dict[str, Any]] = []
    last: dict[str, tuple[int, float]] = {}
    largest = int(os.environ.get("LAKEZONES_BENCH_GRANTS", SIZES[-1]))
    for grants in (size for size in SIZES if size <= largest):
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for i, batch in enumerate(batches(grants, seed=0)):
                batch.write_parquet(folder / f"{i:04d}.parquet")
            for method in METHODS:
                if method != "lakezones" and grants > RIVALS_UP_TO:
                    continue
                row = {"grants": grants, "method": method, **measured(folder, method)}
                if "seconds" in row:
                    if method in last:
                        size, seconds = last[method]
                        growth = math.log(row["cpu_seconds"] / seconds) / math.log(grants / size)
                        row["cpu_exponent"] = round(growth, 2)
                    last[method] = (grants, row["cpu_seconds"])
                rows.append(row)
    return rows
