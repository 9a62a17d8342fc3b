"""Where each person and each class goes in a heat map, so that areas of equal access can be seen.

In: facts and access. Out: a frame of cells with their places. Rows are people by department, columns are classes by
system; departments that hold alike stand side by side, and so do people within one and the systems they hold.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.report.matrix import class_systems, held_by_people

MAX_ROWS: Final = 320
MAX_COLUMNS: Final = 320
"""Most people and classes that are shown; more could not be distinguished."""

Floats = npt.NDArray[np.float64]


def heatmap_frame(
    facts: Facts, access: Access, *, max_rows: int = MAX_ROWS, max_columns: int = MAX_COLUMNS
) -> pl.DataFrame:
    """Cells of a heat map of people by classes in the data lane.

    People are ordered within their department by the leaves of an average-linkage tree over Jaccard distances, in
    optimal order (Bar-Joseph et al., 2001), and departments likewise by how much of each class they hold. A system
    stands where the departments that hold it stand on average, so that access by department shows as a diagonal and
    access for all as columns.

    Parameters
    ----------
    facts, access
        The snapshot and the access worked out from it.
    max_rows, max_columns
        Most people and classes: those with most access are kept.

    Returns
    -------
    polars.DataFrame
        row, column (0, 1, ...), level (bits), principal_id, department, class_id, system (of most of its containers);
        only cells with access, sorted by row and column.
    """
    systems = class_systems(facts, access)
    sizes = systems.group_by("class_id").agg(pl.col("containers").sum())
    of_class = (
        systems.sort("containers", "system", descending=[True, False])
        .unique("class_id", keep="first", maintain_order=True)
        .select("class_id", "system")
    )
    cells = held_by_people(facts, access).join(sizes, on="class_id").join(of_class, on="class_id")
    cells = _largest(_largest(cells, "principal_id", max_rows), "class_id", max_columns)
    people = cells.select("principal_id", "department").unique().sort("department", "principal_id")
    classes = cells.select("class_id", "system").unique().sort("system", "class_id")
    cells = cells.join(people.select("principal_id").with_row_index("y"), on="principal_id")
    cells = cells.join(classes.select("class_id").with_row_index("x"), on="class_id")
    held = np.zeros((people.height, classes.height), dtype=bool)
    held[cells["y"].to_numpy(), cells["x"].to_numpy()] = True
    rows = _rows(held, people["department"].to_numpy())
    columns = _columns(held, rows, classes["system"].to_numpy())
    return (
        cells.with_columns(
            row=pl.Series(np.argsort(rows)).gather(cells["y"]), column=pl.Series(np.argsort(columns)).gather(cells["x"])
        )
        .select("row", "column", "level", "principal_id", "department", "class_id", "system")
        .sort("row", "column")
    )


def _largest(cells: pl.DataFrame, what: str, most: int) -> pl.DataFrame:
    pairs = cells.group_by(what).agg(pl.col("containers").sum(), n=pl.len())
    kept = pairs.sort("containers", "n", what, descending=[True, True, False]).head(most)
    return cells.join(kept.select(what), on=what, how="semi")


def _rows(held: npt.NDArray[np.bool_], department: npt.NDArray[np.object_]) -> npt.NDArray[np.intp]:
    """People in the order of their rows."""
    names, code = np.unique(department.astype(str), return_inverse=True)
    shares = np.array([held[code == i].mean(axis=0) for i in range(len(names))]).reshape(len(names), held.shape[1])
    order = []
    for i in _leaves(shares, "euclidean"):
        inside = np.flatnonzero(code == i)
        order.append(inside[_leaves(held[inside].astype(float), "jaccard")])
    return np.concatenate(order) if order else np.empty(0, dtype=np.intp)


def _columns(
    held: npt.NDArray[np.bool_], rows: npt.NDArray[np.intp], system: npt.NDArray[np.object_]
) -> npt.NDArray[np.intp]:
    """Classes in the order of their columns: by the mean row of their system, then of their own holders."""
    place = np.empty(len(rows))
    place[rows] = np.arange(len(rows))
    count = held.sum(axis=0)
    own = np.round(place @ held / np.maximum(count, 1), 6)
    names, code = np.unique(system.astype(str), return_inverse=True)
    every = np.bincount(code, weights=count, minlength=len(names))
    mean = np.round(np.bincount(code, weights=place @ held, minlength=len(names)) / np.maximum(every, 1), 6)
    return np.lexsort((np.arange(len(code)), own, code, mean[code]))


def _leaves(vectors: Floats, metric: str) -> npt.NDArray[np.intp]:
    """Rows in an order that puts similar ones side by side."""
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import pdist

    if len(vectors) < 3:
        return np.arange(len(vectors))
    distances = np.round(pdist(vectors, metric=metric), 9)
    return np.asarray(leaves_list(optimal_leaf_ordering(linkage(distances, method="average"), distances)))
