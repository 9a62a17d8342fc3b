"""Excess: access to what nobody uses, and how much of what people use the roles give.

In: what nobody used in the window, effective access, roles, the residual. Out: `Excess` rows and figures. A pair of
person and container counts once, one on restricted data `restricted_weight` times; pairs where use could not have been
seen are counted apart, never as excess.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.attributes import Attributes
from lakezones.model.frames import Access
from lakezones.propose.roles.fitted import Window
from lakezones.propose.roles.units import CELL

PEERS: Final = 3
"""Fewest people of one department and title that have anything in common."""


def excess_rows(
    window: Window | None,
    cells: pl.DataFrame,
    contents: pl.DataFrame,
    zones: pl.DataFrame,
    restricted: Collection[str],
    *,
    weight: float,
) -> dy.DataFrame[t.Excess]:
    """What nobody used, container by container, that which most people can reach first.

    Parameters
    ----------
    cells
        class_id, principal_id, level: what people hold.
    contents
        role_id, class_id: what roles open.
    zones
        container, zone.
    restricted
        Containers with restricted data.
    weight
        What restricted access counts.
    """
    if window is None:
        return t.Excess.create_empty()
    people = cells.group_by("class_id").agg(people=pl.col("principal_id").n_unique().cast(pl.Int64))
    roles = contents.group_by("class_id").agg(roles=pl.col("role_id").n_unique().cast(pl.Int64))
    frame = (
        window.unused.join(people, on="class_id")
        .join(roles, on="class_id", how="left")
        .join(
            zones.select("container", pl.col("zone").cast(pl.Enum(t.ZONES), strict=False)), on="container", how="left"
        )
        .with_columns(
            roles=pl.col("roles").fill_null(0),
            restricted=pl.col("container").is_in(sorted(restricted)),
        )
        .with_columns(weight=pl.col("people") * pl.when("restricted").then(weight).otherwise(1.0))
        .sort("weight", "container", descending=[True, False])
    )
    return t.Excess.validate(frame.select(t.Excess.column_names()), cast=True)


def excess_figures(
    window: Window | None,
    rows: pl.DataFrame,
    cells: pl.DataFrame,
    given: pl.DataFrame,
    rest: pl.DataFrame,
    access: Access,
    restricted: Collection[str],
    *,
    weight: float,
) -> dict[str, Any]:
    """Weighted pairs that nobody used: today, as proposed, and with every variant that is offered approved.

    Parameters
    ----------
    rows
        As `excess_rows` gives them.
    cells
        class_id, principal_id, level: what people hold.
    given
        class_id, principal_id, given: bits that roles give.
    rest
        Residual access, with class_id, principal_id, lane, kind.

    Returns
    -------
    dict
        ``assessed``; then ``window_days``, ``since``, ``until``, ``pairs`` (weighted, all), ``not_seen`` (weighted,
        where use would not have been seen), ``today``, ``proposed``, ``fitted``.
    """
    if window is None:
        return {"assessed": False}
    by_class = rows.group_by("class_id").agg(idle=(pl.col("weight") / pl.col("people")).sum())
    boxes = access.container_classes.select("container", "class_id").with_columns(
        weight=pl.when(pl.col("container").is_in(sorted(restricted))).then(weight).otherwise(1.0)
    )
    sizes = boxes.group_by("class_id").agg(size=pl.col("weight").sum())
    blind = (
        boxes.join(window.seen.reads, on="container", how="anti").group_by("class_id").agg(blind=pl.col("weight").sum())
    )
    proposed, slim = _held_after(cells, given, rest)
    fitted = proposed if window.why_not else slim

    def total(held: pl.DataFrame, sizes: pl.DataFrame, column: str) -> float:
        return round(float(held.join(sizes, on="class_id")[column].sum()), 6)

    return {
        "assessed": True,
        "window_days": window.days,
        "since": f"{window.since:%Y-%m-%d}",
        "until": f"{window.seen.until:%Y-%m-%d}",
        "pairs": total(cells, sizes, "size"),
        "not_seen": total(cells, blind, "blind"),
        "today": total(cells, by_class, "idle"),
        "proposed": total(proposed, by_class, "idle"),
        "fitted": total(fitted, by_class, "idle"),
    }


def _held_after(cells: pl.DataFrame, given: pl.DataFrame, rest: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cells that people hold as proposed, and those of them that no variant touches."""
    data = rest.filter(pl.col("lane").cast(pl.String) == "data")
    kept, dropped = (
        data.filter(pl.col("kind").cast(pl.String) == kind).select(CELL).unique() for kind in ("keep", "drop")
    )
    by_role = given.filter(pl.col("given") > 0).select(CELL).unique()
    # A cell that a policy drops is still held where a role gives it, or where something of it is kept.
    gone = dropped.join(by_role, on=CELL, how="anti").join(kept, on=CELL, how="anti")
    proposed = cells.join(gone, on=CELL, how="anti")
    return proposed, proposed.join(by_role.join(kept, on=CELL, how="anti"), on=CELL, how="anti")


def coverage_of_use(window: Window | None, cells: pl.DataFrame, given: pl.DataFrame, access: Access) -> float | None:
    """Share of the pairs of person and container used in the window that roles give; None where nothing was seen.

    Use of what somebody no longer holds is left out.
    """
    if window is None:
        return None
    used = (
        window.seen.rows.select("principal_id", "container")
        .unique()
        .join(access.container_classes.select("container", "class_id"), on="container")
        .join(cells.select(CELL), on=CELL, how="semi")
    )
    by_role = used.join(given.filter(pl.col("given") > 0).select(CELL), on=CELL, how="semi")
    return round(by_role.height / used.height, 6) if used.height else None


def coverage_of_peers(cells: pl.DataFrame, given: pl.DataFrame, attributes: Attributes) -> float | None:
    """Share of what people have in common with their peers that roles give; None where nobody has peers.

    Peers are people of one department and title, at least `PEERS`; common is what at least half of them hold.
    """
    place: Mapping[str, tuple[str, str]] = {
        person: (attributes.department[person], attributes.title[person])
        for person in attributes.department
        if person in attributes.title
    }
    holders = cells["principal_id"].unique()
    sizes = Counter(place[person] for person in holders if person in place)
    peers = pl.DataFrame(
        [(person, *place[person], sizes[place[person]]) for person in holders.sort() if person in place],
        schema={"principal_id": pl.String, "department": pl.String, "title": pl.String, "size": pl.Int64},
        orient="row",
    ).filter(pl.col("size") >= PEERS)
    held = cells.select(CELL).join(peers, on="principal_id")
    common = held.filter(2 * pl.len().over("department", "title", "class_id") >= pl.col("size"))
    by_role = common.join(given.filter(pl.col("given") > 0).select(CELL), on=CELL, how="semi")
    return round(by_role.height / common.height, 6) if common.height else None
