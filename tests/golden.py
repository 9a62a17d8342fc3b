"""The golden tiny lake for tests: hand-written capture in, hand-computed expectations out.

Read straight from CSV with the schemas of the boundary, so that a test of one stage depends on no other stage.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from lakezones.model.facts import FACTS
from lakezones.model.frames import Facts

GOLDEN = Path(__file__).resolve().parents[1] / "fixtures" / "golden"
CAPTURE = GOLDEN / "capture"
EXPECTED = GOLDEN / "expected"
AS_OF = datetime(2026, 9, 30, tzinfo=UTC)


def facts() -> Facts:
    """The capture as facts."""
    tables: dict[str, pl.DataFrame | None] = {}
    for path in sorted(CAPTURE.glob("*.csv")):
        schema = FACTS[path.stem]
        text = pl.read_csv(path, infer_schema=False, null_values=[""])
        casts = []
        for name, column in schema.columns().items():
            if name not in text.columns:
                continue
            match column.dtype:
                case pl.Datetime():
                    casts.append(pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_zone="UTC", time_unit="us"))
                case pl.Boolean():
                    casts.append(pl.col(name) == "true")
                case pl.List():
                    casts.append(pl.col(name).map_elements(json.loads, return_dtype=pl.List(pl.String)))
                case dtype:
                    casts.append(pl.col(name).cast(dtype))
        tables[path.stem] = text.select(casts)
    return Facts.of(tables, as_of=AS_OF)


def expected(name: str) -> pl.DataFrame:
    """A hand-computed table; empty cells are empty strings, ``level`` is an integer."""
    frame = pl.read_csv(EXPECTED / f"{name}.csv", infer_schema=False).fill_null("")
    return frame.with_columns(pl.col("level").cast(pl.UInt8)) if "level" in frame.columns else frame


def labels(container_classes: pl.DataFrame) -> dict[str, str]:
    """Real class id to golden label (k01...); raises if a class straddles two labels."""
    pairs = (
        container_classes.join(expected("container_classes"), on="container")
        .select("class_id", "class")
        .unique()
        .sort("class")
    )
    assert pairs["class_id"].is_unique().all(), f"one class for several labels: {pairs}"
    assert pairs["class"].is_unique().all(), f"several classes for one label: {pairs}"
    return dict(pairs.iter_rows())
