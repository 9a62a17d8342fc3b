"""How much the roles give, and the curve of coverage against their number.

In: requests, what each role gives in order. Out: figures and `Coverage` rows.

A request is covered when the roles together give everything the entitlement opens, or the person's whole level on the
class. Pairs are counted by container.
"""

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.frames import Access
from lakezones.propose.roles.units import CELL, MinableAccess, unit_contents

NEVER = 2**31 - 1


def given_from(members: pl.DataFrame, contents: pl.DataFrame) -> pl.DataFrame:
    """Cells with the first role that gives each level.

    Parameters
    ----------
    members
        position (1 for the first role), principal_id.
    contents
        position, class_id, level.

    Returns
    -------
    DataFrame
        class_id, principal_id, level, position: the cell reaches at least `level` with role number `position`.
    """
    return (
        contents.join(members, on="position")
        .group_by("class_id", "principal_id", "level")
        .agg(position=pl.col("position").min())
    )


def _reached(needs: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Per need (class_id, principal_id, level, ...), the role number at which it is met; NEVER where it is not."""
    met = (
        needs.join(first.rename({"level": "gives"}), on=CELL, how="left")
        .filter(pl.col("gives").is_not_null() & (pl.col("gives") >= pl.col("level")))
        .group_by(needs.columns)
        .agg(position=pl.col("position").min())
    )
    return needs.join(met, on=needs.columns, how="left").with_columns(pl.col("position").fill_null(NEVER))


def covered_at(access: Access, minable: MinableAccess, first: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Role number at which each request, and each cell of a person, is given in full.

    Returns
    -------
    requests
        principal_id, entitlement, class_id, position.
    cells
        class_id, principal_id, position, containers.
    """
    opened = unit_contents(access)
    asked = access.requests.filter(pl.col("entitlement") != "").select("principal_id", "entitlement")
    needs = asked.join(opened, on="entitlement").select(*CELL, "level", "entitlement")
    by_entitlement = (
        _reached(needs, first)
        .group_by("principal_id", "entitlement")
        .agg(position=pl.col("position").max())
        .with_columns(class_id=pl.lit(""))
    )
    whole = minable.cells.select(*CELL, pl.col("level"))
    by_class = _reached(
        access.requests.filter(pl.col("entitlement") == "").select(*CELL).join(whole, on=CELL), first
    ).select("principal_id", pl.lit("").alias("entitlement"), "class_id", "position")
    key = ["principal_id", "entitlement", "class_id"]
    requests = (
        access.requests.select(key)
        .join(pl.concat([by_entitlement.select(*key, "position"), by_class]), on=key, how="left")
        .with_columns(pl.col("position").fill_null(NEVER))
        .sort(key)
    )
    sizes = pl.DataFrame(
        {"class_id": list(minable.class_sizes), "containers": list(minable.class_sizes.values())},
        schema={"class_id": pl.String, "containers": pl.Int64},
    )
    cells = (
        _reached(whole.filter(~pl.col("principal_id").is_in(minable.machines)), first)
        .join(sizes, on="class_id")
        .select(*CELL, "position", "containers")
        .sort(CELL)
    )
    return requests, cells


def curve(requests: pl.DataFrame, cells: pl.DataFrame, *, roles: int, chosen: str) -> dy.DataFrame[t.Coverage]:
    """Coverage with 0, 1, ... `roles` roles as rows of `Coverage`; the knee and the choice are marked."""
    steps = pl.DataFrame({"position": range(roles + 1)}, schema={"position": pl.Int64})

    def cumulative(frame: pl.DataFrame, count: pl.Expr) -> pl.Series:
        counted = frame.group_by(pl.col("position").cast(pl.Int64)).agg(count.cast(pl.Int64).alias("n"))
        total = frame.select(count).item() or 0
        run = steps.join(counted, on="position", how="left").sort("position")["n"].fill_null(0).cum_sum()
        return run / total if total else pl.Series([0.0] * (roles + 1))

    by_request = cumulative(requests, pl.len())
    by_pair = cumulative(cells, pl.col("containers").sum())
    shares = by_request.to_list()
    bend = knee(shares)

    def mark(k: int) -> str:
        return " ".join(word for word, here in (("knee", k == bend), (chosen, k == roles)) if here)

    return t.Coverage.validate(
        pl.DataFrame(
            {
                "roles": range(roles + 1),
                "coverage": by_request,
                "coverage_pairs": by_pair,
                "preset": [mark(k) for k in range(roles + 1)],
                "knee": [k == bend for k in range(roles + 1)],
            },
            schema=t.Coverage.create_empty().schema,
        )
    )


def knee(shares: list[float]) -> int:
    """Number of roles at which the curve bends most: farthest above the line from its first point to its last.

    Examples
    --------
    >>> knee([0.0, 0.5, 0.8, 0.85, 0.9])
    2
    """
    last = len(shares) - 1
    if last < 1:
        return 0
    slope = (shares[-1] - shares[0]) / last
    return max(range(len(shares)), key=lambda k: (round(shares[k] - shares[0] - slope * k, 12), -k))
