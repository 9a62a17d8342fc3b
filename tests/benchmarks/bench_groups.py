"""Nested groups: `lakezones access` on shapes that multiply members, beside the same lake without nesting.

In: nothing; lakes of up to 100,000 groups are generated. Out: a row per shape with wall and processor seconds and peak
memory of the whole command, and its processor seconds as a ratio to those of a lake of a single group, which is what
starting up costs.
"""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from lakezones.model.facts import FACTS
from lakezones.pipeline import Workspace
from tests.benchmarks.bench_access import measured

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)

Shape = tuple[list[tuple[str, str]], list[str]]
"""Membership edges, and the groups that may read a container."""


def around(groups: int, people: int, *, named: bool = False, own: bool = False) -> Shape:
    """Many groups around one: granted or not, with a person of their own or without."""
    ids = [f"g{i}" for i in range(groups)]
    edges = [("core", f"p{i}") for i in range(people)] + [(group, "core") for group in ids]
    edges += [(group, f"own-{group}") for group in ids if own]
    return edges, ["core", *(ids if named else ids[:1])]


def chain(groups: int, *, ring: bool = False) -> Shape:
    """Groups in groups, each with a person of its own; the last contains the first in a ring."""
    ids = [f"g{i}" for i in range(groups)]
    edges = list(pairwise(ids)) + [(group, f"own-{group}") for group in ids]
    return edges + ([(ids[-1], ids[0])] if ring else []), [ids[0], ids[groups // 2]]


SHAPES: Mapping[str, Shape] = {
    "one group of 1,000": around(0, 1_000),
    "chain of 5,000": chain(5_000),
    "ring of 1,000": chain(1_000, ring=True),
    "100,000 around 1,000": around(100_000, 1_000),
    "100,000 around 1,000, all granted": around(100_000, 1_000, named=True),
    "100,000 around 1,000, each with one more": around(100_000, 1_000, named=True, own=True),
}


def store(workspace: Path, shape: Shape) -> None:
    """A snapshot of one shape."""
    edges, granted = shape
    tables = {
        "memberships": pl.DataFrame(edges, schema=["group_id", "member_id"], orient="row"),
        "grants": pl.DataFrame({"principal_id": granted}).with_columns(container=pl.lit("c")),
    }
    whole = {
        name: pl.concat([FACTS[name].create_empty(), frame], how="diagonal_relaxed") for name, frame in tables.items()
    }
    Workspace(workspace).write_snapshot(whole, as_of=AS_OF)


def main() -> list[dict[str, Any]]:
    """Generate, measure, compare."""
    rows: list[dict[str, Any]] = []
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory() as temporary:
            store(Path(temporary), shape)
            row = {"shape": name, **measured(Path(temporary), "lakezones access")}
        if "cpu_seconds" in row:
            rows.append(row | {"ratio": round(row["cpu_seconds"] / (rows[0] if rows else row)["cpu_seconds"], 2)})
        else:
            rows.append(row)
    return rows
