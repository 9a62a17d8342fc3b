"""What changed between two resolutions of access, counted in person-and-container pairs per lane.

In: two `Access` bundles. Out: counts. Containers are compared by name, so the two may have different classes; work is
done once per pair of (old class, new class), not per container.
"""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from lakezones.model.frames import Access
from lakezones.model.tables import LANES

CHANGES: Final = ("gained", "lost", "containers", "any")
"""Kinds of change that `kinds_of_change` knows."""


def compare(old: Access, new: Access) -> dict[str, Any]:
    """Pairs gained and lost per lane, containers new and gone.

    A pair counts as gained when a person holds a level bit on a container that they did not hold before in the same
    lane (a new container counts in full), and as lost the other way round.

    Returns
    -------
    dict
        ``pairs``: lane -> gained, lost; ``containers_new``, ``containers_gone``.
    """
    both = old.container_classes.rename({"class_id": "old_class"}).join(
        new.container_classes.rename({"class_id": "new_class"}), on="container", how="full", coalesce=True
    )
    cells = both.group_by("old_class", "new_class").agg(pl.len().cast(pl.Int64).alias("containers"))
    keys = ["old_class", "new_class", "principal_id", "lane"]
    before = cells.join(old.class_access.rename({"class_id": "old_class", "level": "had"}), on="old_class")
    after = cells.join(new.class_access.rename({"class_id": "new_class", "level": "has"}), on="new_class")
    cell = before.join(after, on=[*keys, "containers"], how="full", coalesce=True, nulls_equal=True).with_columns(
        pl.col("had").fill_null(0), pl.col("has").fill_null(0)
    )
    lost = (pl.col("had") & ~pl.col("has")) != 0
    gained = (pl.col("has") & ~pl.col("had")) != 0
    counts = cell.group_by(pl.col("lane").cast(pl.String)).agg(
        pl.col("containers").filter(gained).sum().alias("gained"),
        pl.col("containers").filter(lost).sum().alias("lost"),
    )
    found = {lane: (int(up), int(down)) for lane, up, down in counts.iter_rows()}
    pairs = {lane: dict(zip(("gained", "lost"), found.get(lane, (0, 0)), strict=True)) for lane in LANES}
    return {
        "pairs": pairs,
        "containers_new": both["old_class"].null_count(),
        "containers_gone": both["new_class"].null_count(),
    }


def kinds_of_change(changes: Mapping[str, Any]) -> set[str]:
    """Which of `CHANGES` there are in what `compare` gave."""
    found = {kind for counts in changes["pairs"].values() for kind, pairs in counts.items() if pairs}
    if changes["containers_new"] or changes["containers_gone"]:
        found.add("containers")
    return found | {"any"} if found else found
