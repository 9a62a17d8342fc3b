"""The access matrix for people: by department and system, by person, by container, and as a reordered heat map.

In: facts and access. Out: frames to write as CSV or Parquet. Counts are of the data lane unless a column says
otherwise; pairs are of one principal and one container.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.spatial.distance import pdist

from lakezones.access.acl import EVERYBODY
from lakezones.model.frames import Access, Facts

MACHINES: Final = ("service_principal", "managed_identity")
NO_SYSTEM: Final = "(no system)"
NO_DEPARTMENT: Final = "(no department)"


def matrices(facts: Facts, access: Access) -> dict[str, pl.DataFrame]:
    """All three tables by the name of the file they go to."""
    return {
        "matrix_departments": by_department(facts, access),
        "matrix_people": by_person(facts, access),
        "matrix_containers": by_container(facts, access),
    }


def _class_systems(facts: Facts, access: Access) -> pl.DataFrame:
    """class_id, system, containers."""
    system = facts.table("containers").select("container", system=pl.col("metadata").str.json_path_match("$.system"))
    return (
        access.container_classes.join(system, on="container", how="left")
        .group_by("class_id", pl.col("system").fill_null(NO_SYSTEM))
        .agg(containers=pl.len().cast(pl.Int64))
    )


def _held(facts: Facts, access: Access) -> pl.DataFrame:
    """Access by real principals: class_id, principal_id, lane (text), level, name, kind, department."""
    directory = facts.table("principals").select("principal_id", "name", pl.col("kind").cast(pl.String), "department")
    return (
        access.class_access.with_columns(pl.col("lane").cast(pl.String))
        .filter((pl.col("lane") != "bearer") & (pl.col("principal_id") != EVERYBODY))
        .join(directory, on="principal_id", how="left")
    )


def _is_person() -> pl.Expr:
    return ~pl.col("kind").is_in(MACHINES).fill_null(value=False)


def by_department(facts: Facts, access: Access) -> pl.DataFrame:
    """Department by system.

    Returns
    -------
    polars.DataFrame
        department, system, people (who reach anything of the system), containers (of the system), read_pairs,
        write_pairs, density (share of all pairs of the department's people and the system's containers that can be
        read); sorted.
    """
    systems = _class_systems(facts, access)
    totals = systems.group_by("system").agg(all_containers=pl.col("containers").sum())
    held = _held(facts, access).filter((pl.col("lane") == "data") & _is_person())
    held = held.with_columns(pl.col("department").fill_null(NO_DEPARTMENT).replace("", NO_DEPARTMENT))
    staff = held.group_by("department").agg(staff=pl.col("principal_id").n_unique())
    return (
        held.join(systems, on="class_id")
        .group_by("department", "system")
        .agg(
            people=pl.col("principal_id").n_unique(),
            read_pairs=pl.col("containers").filter(pl.col("level") & 1 != 0).sum(),
            write_pairs=pl.col("containers").filter(pl.col("level") & 2 != 0).sum(),
        )
        .join(totals, on="system")
        .join(staff, on="department")
        .select(
            "department",
            "system",
            "people",
            containers="all_containers",
            read_pairs="read_pairs",
            write_pairs="write_pairs",
            density=(pl.col("read_pairs") / (pl.col("staff") * pl.col("all_containers"))).round(6),
        )
        .sort("department", "system")
    )


def by_person(facts: Facts, access: Access) -> pl.DataFrame:
    """One row per principal.

    Returns
    -------
    polars.DataFrame
        principal_id, name, kind, department, read, write, manage (containers), systems, conditional, eligible, control
        (containers), used (containers, null where usage was not assessed); sorted by principal.
    """
    systems = _class_systems(facts, access)
    sizes = systems.group_by("class_id").agg(pl.col("containers").sum())
    held = _held(facts, access).join(sizes, on="class_id")
    firm = pl.col("lane") == "data"
    rows = held.group_by("principal_id").agg(
        pl.col("name").first(),
        pl.col("kind").first(),
        pl.col("department").first(),
        *(
            pl.col("containers").filter(firm & (pl.col("level") & bit != 0)).sum().alias(name)
            for name, bit in (("read", 1), ("write", 2), ("manage", 4))
        ),
        *(pl.col("containers").filter(pl.col("lane") == lane).sum().alias(lane) for lane in _OTHER_LANES),
    )
    reached = (
        held.filter(firm)
        .select("principal_id", "class_id")
        .join(systems, on="class_id")
        .group_by("principal_id")
        .agg(systems=pl.col("system").n_unique())
    )
    used = facts.table("usage").group_by("principal_id").agg(used=pl.col("container").n_unique())
    unseen = 0 if facts.assessed("usage") else None
    return (
        rows.join(reached, on="principal_id", how="left")
        .join(used, on="principal_id", how="left")
        .select(
            "principal_id",
            "name",
            "kind",
            "department",
            "read",
            "write",
            "manage",
            pl.col("systems").fill_null(0),
            *_OTHER_LANES,
            pl.col("used").fill_null(unseen) if unseen is not None else pl.col("used"),
        )
        .sort("principal_id")
    )


_OTHER_LANES: Final = ("conditional", "eligible", "control")


def by_container(facts: Facts, access: Access) -> pl.DataFrame:
    """One row per container.

    Returns
    -------
    polars.DataFrame
        container, class_id, readers, writers, managers (people), machines (service principals and managed identities),
        bearer (tokens and public access), breadth (share of all people with any data access who can read it); sorted
        by container.
    """
    held = _held(facts, access).filter(pl.col("lane") == "data")
    people = held.filter(_is_person())
    everybody = max(people["principal_id"].n_unique(), 1)
    counts = people.group_by("class_id").agg(
        (pl.col("level") & bit != 0).sum().cast(pl.Int64).alias(name)
        for name, bit in (("readers", 1), ("writers", 2), ("managers", 4))
    )
    machines = held.filter(~_is_person()).group_by("class_id").agg(machines=pl.len().cast(pl.Int64))
    bearer = (
        access.class_access.filter(pl.col("lane").cast(pl.String) == "bearer")
        .group_by("class_id")
        .agg(bearer=pl.len().cast(pl.Int64))
    )
    by_class = access.container_classes.select("class_id").unique()
    for frame in (counts, machines, bearer):
        by_class = by_class.join(frame, on="class_id", how="left")
    return (
        access.container_classes.join(by_class, on="class_id")
        .with_columns(pl.col("readers", "writers", "managers", "machines", "bearer").fill_null(0))
        .select(
            "container",
            "class_id",
            "readers",
            "writers",
            "managers",
            "machines",
            "bearer",
            breadth=(pl.col("readers") / everybody).round(6),
        )
        .sort("container")
    )


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
