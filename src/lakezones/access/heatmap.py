"""A reordered heat map of people by classes, in which blocks of equal access can be seen.

In: facts and access. Out: a frame of cells with their places.
"""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist

from lakezones.access.matrix import _held, _is_person
from lakezones.model.frames import Access, Facts


def heatmap_frame(facts: Facts, access: Access, *, max_rows: int = 400, max_columns: int = 400) -> pl.DataFrame:
    """Cells of a heat map of people by classes, both reordered so that blocks can be seen.

    People with equal access are one row, classes with equal readers one column; the largest of each are kept. Rows
    and columns are ordered by the leaves of an average-linkage tree over Jaccard distances, put in optimal order
    (Bar-Joseph et al., 2001).

    Parameters
    ----------
    facts, access
        The snapshot and the access worked out from it.
    max_rows, max_columns
        Most rows and columns; more would not be seen.

    Returns
    -------
    polars.DataFrame
        row, column (positions), level (bits), people, containers (how many stand behind the cell's row and column),
        principal_id, class_id (one example each); only cells with access, sorted by row and column.
    """
    sizes = access.container_classes.group_by("class_id").agg(containers=pl.len().cast(pl.Int64))
    cells = _held(facts, access).filter((pl.col("lane") == "data") & _is_person())
    cells = cells.select("class_id", "principal_id", "level").join(sizes, on="class_id")
    rows = _merge_equal(cells, "principal_id", "class_id", pl.lit(1, pl.Int64))
    cells = cells.join(rows, left_on="principal_id", right_on="member").drop("principal_id")
    cells = cells.rename({"example": "principal_id", "weight": "people"}).unique(["principal_id", "class_id"])
    columns = _merge_equal(cells, "class_id", "principal_id", pl.col("containers").first())
    cells = cells.join(columns, left_on="class_id", right_on="member").drop("class_id", "containers")
    cells = cells.rename({"example": "class_id", "weight": "containers"}).unique(["principal_id", "class_id"])
    cells = _largest(cells, "principal_id", "people", max_rows)
    cells = _largest(cells, "class_id", "containers", max_columns)
    if cells.is_empty():
        return cells.select(row=pl.lit(0), column=pl.lit(0)).clear().join(cells.clear(), how="cross")
    row_names, row_codes = _codes(cells["principal_id"])
    column_names, column_codes = _codes(cells["class_id"])
    matrix = np.zeros((len(row_names), len(column_names)), dtype=bool)
    matrix[row_codes, column_codes] = True
    row_order, column_order = _order(matrix), _order(matrix.T)
    places = cells.with_columns(
        row=pl.Series(row_order[row_codes], dtype=pl.Int64),
        column=pl.Series(column_order[column_codes], dtype=pl.Int64),
    )
    return places.select("row", "column", "level", "people", "containers", "principal_id", "class_id").sort(
        "row", "column"
    )


def _merge_equal(cells: pl.DataFrame, what: str, other: str, weight: pl.Expr) -> pl.DataFrame:
    """Members with equal cells: member, example (the first of them), weight (their weights together)."""
    content = (
        cells.sort(other)
        .group_by(what)
        .agg(key=pl.format("{}={}", other, "level").str.join(","), own=weight)
        .with_columns(pl.col("own").cast(pl.Int64))
    )
    return content.select(
        member=what,
        example=pl.col(what).min().over("key"),
        weight=pl.col("own").sum().over("key"),
    )


def _largest(cells: pl.DataFrame, what: str, weight: str, most: int) -> pl.DataFrame:
    ranked = cells.group_by(what).agg(pl.col(weight).first(), n=pl.len())
    kept = ranked.sort(pl.col(weight) * pl.col("n"), what, descending=[True, False]).head(most)
    return cells.join(kept.select(what), on=what, how="semi")


def _codes(names: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    unique = names.unique().sort()
    index = {name: i for i, name in enumerate(unique)}
    return list(unique), np.array([index[name] for name in names], dtype=np.int64)


def _order(matrix: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Position of each row in an order that puts similar rows side by side."""
    if len(matrix) < 3:
        return np.arange(len(matrix))
    distances = pdist(matrix, metric="jaccard")
    tree = linkage(distances, method="average")
    leaves = leaves_list(optimal_leaf_ordering(tree, distances))
    position = np.empty(len(matrix), dtype=np.int64)
    position[leaves] = np.arange(len(matrix))
    return position
