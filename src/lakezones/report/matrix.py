"""The access matrix for people: by department and system, by person, by container.

In: facts and access. Out: frames to write as CSV or Parquet. Counts are of the data lane unless a column says
otherwise; pairs are of one principal and one container.
"""

from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.model.principals import held_by_principals, is_person
from lakezones.model.usage import observe

NO_SYSTEM: Final = "(no system)"
NO_DEPARTMENT: Final = "(no department)"


def matrices(facts: Facts, access: Access) -> dict[str, pl.DataFrame]:
    """All three tables by the name of the file they go to."""
    return {
        "matrix_departments": by_department(facts, access),
        "matrix_people": by_person(facts, access),
        "matrix_containers": by_container(facts, access),
    }


def class_systems(facts: Facts, access: Access) -> pl.DataFrame:
    """class_id, system, containers."""
    system = facts.said(SYSTEM_KEYS, "system")
    return (
        access.container_classes.join(system, on="container", how="left")
        .group_by("class_id", pl.col("system").fill_null(NO_SYSTEM))
        .agg(containers=pl.len().cast(pl.Int64))
    )


def held_by_people(facts: Facts, access: Access) -> pl.DataFrame:
    """Data-lane access of people as `held_by_principals`, with `NO_DEPARTMENT` where the directory has none."""
    department = pl.col("department").fill_null("").replace("", NO_DEPARTMENT)
    return held_by_principals(facts, access).filter((pl.col("lane") == "data") & is_person()).with_columns(department)


def by_department(facts: Facts, access: Access) -> pl.DataFrame:
    """Department by system.

    Returns
    -------
    polars.DataFrame
        department, system, people (who reach anything of the system), containers (of the system), read_pairs,
        write_pairs, density (share of all pairs of the department's people and the system's containers that can be
        read); sorted.
    """
    systems = class_systems(facts, access)
    totals = systems.group_by("system").agg(all_containers=pl.col("containers").sum())
    held = held_by_people(facts, access)
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
            pl.col("all_containers").alias("containers"),
            "read_pairs",
            "write_pairs",
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
        (containers), used (containers in the window of use, null where no log could show it); sorted by principal.
    """
    systems = class_systems(facts, access)
    sizes = systems.group_by("class_id").agg(pl.col("containers").sum())
    held = held_by_principals(facts, access).join(sizes, on="class_id")
    firm = pl.col("lane") == "data"
    rows = held.group_by("principal_id", "name", "kind", "department").agg(
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
    use = observe(facts, access.container_classes)
    used = use.rows.group_by("principal_id").agg(used=pl.col("container").n_unique())
    unused = pl.lit(None if use.reads.is_empty() else 0, pl.UInt32)
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
            pl.col("used").fill_null(unused),
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
    held = held_by_principals(facts, access).filter(pl.col("lane") == "data")
    people = held.filter(is_person())
    everybody = max(people["principal_id"].n_unique(), 1)
    counts = people.group_by("class_id").agg(
        (pl.col("level") & bit != 0).sum().cast(pl.Int64).alias(name)
        for name, bit in (("readers", 1), ("writers", 2), ("managers", 4))
    )
    machines = held.filter(~is_person()).group_by("class_id").agg(machines=pl.len().cast(pl.Int64))
    bearer = (
        access.class_access.filter(pl.col("lane").cast(pl.String) == "bearer")
        .group_by("class_id")
        .agg(bearer=pl.len().cast(pl.Int64))
    )
    frame = access.container_classes.select("container", "class_id")
    for of_class in (counts, machines, bearer):
        frame = frame.join(of_class, on="class_id", how="left")
    filled = frame.with_columns(pl.col("readers", "writers", "managers", "machines", "bearer").fill_null(0))
    return filled.with_columns(breadth=(pl.col("readers") / everybody).round(6)).sort("container")
