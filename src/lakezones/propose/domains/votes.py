"""Evidence of who owns a container: for each kind, how much of it speaks for each domain.

In: facts, access, what containers and people are of. Out: an array per kind, containers by domains (nothing where the
kind is silent). People count by how far they exceed their domain's usual share, so that a large area, a central team
that writes everything and a desk that approves everything say nothing of any one container.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import kl_div

from lakezones.model.frames import Access, Facts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EVERYWHERE: Final = 0.5
"""Who reaches more than this share of the classes says nothing of any."""


def beyond_share(counts: FloatArray, share: FloatArray | None = None) -> FloatArray:
    """Evidence, in nats, that more of a unit's people are of a domain than its share would have it.

    A cell of the likelihood-ratio statistic (G) for counts above what is expected; nothing below.

    Parameters
    ----------
    counts : array, shape (n_units, n_domains)
    share : array, shape (n_domains,), optional
        What each domain's share would be if units did not matter; by default that of all counts together.

    Examples
    --------
    >>> beyond_share(np.array([[2.0, 0.0], [1.0, 1.0]])).round(2).tolist()
    [[0.08, 0.0], [0.0, 0.19]]
    """
    usual = counts.sum(axis=0) if share is None else share
    expected = np.maximum(counts.sum(axis=1, keepdims=True) * (usual / max(float(usual.sum()), 1e-12)), 1e-12)
    found: FloatArray = kl_div(np.maximum(counts, expected), expected)
    return found


def tally(units: pl.Series, labels: pl.Series, shape: tuple[int, int]) -> FloatArray:
    """Count pairs of unit and label, both positions; pairs without a label are left out."""
    pairs = pl.DataFrame({"unit": units, "label": labels}).drop_nulls().to_numpy().astype(np.int64)
    return np.bincount(pairs @ [shape[1], 1], minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)


def gather(facts: Facts, access: Access, said: pl.DataFrame, people: pl.DataFrame, k: int) -> dict[str, FloatArray]:
    """Evidence of every kind that is of a container itself, strongest kind first.

    Parameters
    ----------
    said : DataFrame
        A row per container, in order: container, class_id, tag, register, owned; these are positions of domains.
    people : DataFrame
        principal_id, label (position of a domain).
    k
        How many domains there are.

    Returns
    -------
    dict
        tag, register, owner, approver, writer, reader; each an array of shape (n_containers, k).
    """
    rows = said.select("container", "class_id").with_row_index("row")
    classes = rows.select("class_id").unique(maintain_order=True).with_row_index("unit")
    broad = max(4.0, EVERYWHERE * classes.height)
    held = access.data_lane.filter(pl.len().over("principal_id", pl.col("level") & 2) <= broad)
    # What one person alone holds is theirs rather than their area's.
    held = held.join(people, on="principal_id").filter(pl.col("principal_id").n_unique().over("class_id") > 1)
    opened = access.entitlement_classes.select("entitlement", "class_id", "group_id")
    approved = facts.table("entitlements").select("entitlement", principal_id="approver").drop_nulls()
    owns = facts.table("group_owners").select("group_id", principal_id="owner_id")
    approves = pl.concat([opened.join(approved, on="entitlement"), opened.join(owns, on="group_id")], how="diagonal")
    approves = approves.select("class_id", "principal_id").unique().join(people, on="principal_id")
    of_class = rows.join(classes, on="class_id", how="left", maintain_order="left")["unit"].to_numpy()

    # Anybody may come to read, so readers are held against how many their domain has; who writes or approves, against
    # how much those of the domain write or approve anywhere.
    sizes = np.bincount(people["label"].to_numpy().astype(np.int64), minlength=k).astype(np.float64)

    def by_class(pairs: pl.DataFrame, share: FloatArray | None = None) -> FloatArray:
        joined = pairs.join(classes, on="class_id")
        scores: FloatArray = beyond_share(tally(joined["unit"], joined["label"], (classes.height, k)), share)[of_class]
        return scores

    return {
        **{kind: tally(rows["row"], said[name], (rows.height, k)) for kind, name in SAID.items()},
        "approver": by_class(approves),
        "writer": by_class(held.filter(pl.col("level") & 2 != 0)),
        "reader": by_class(held.filter(pl.col("level") & 1 != 0), sizes),
    }


SAID: Final = {"tag": "tag", "register": "register", "owner": "owned"}
"""Kinds that say a domain outright, and the column they say it in."""


def company(chances: FloatArray, members: pl.DataFrame, blocks: IntArray) -> FloatArray:
    """What the other containers of each group say beyond the usual share, the container's own block left out.

    Parameters
    ----------
    chances : array, shape (n_containers, k)
        Rows of nothing for containers of which nothing is known.
    members : DataFrame
        row, group: a container may be in several groups, or in none (null).
    blocks : int array, shape (n_containers,)
        Containers of one block count once in a group, and say nothing of each other.
    """
    members = members.drop_nulls().unique().sort("row", "group").with_columns(pl.col("group").rank("dense") - 1)
    rows, groups = (members[name].cast(pl.Int64).to_numpy() for name in ("row", "group"))
    scores = np.zeros_like(chances)
    if not rows.size:
        return scores
    pairs, at = np.unique(np.stack([groups, blocks[rows]]), axis=1, return_inverse=True)
    means, sums = np.zeros((pairs.shape[1], chances.shape[1])), np.zeros((groups.max() + 1, chances.shape[1]))
    np.add.at(means, at, chances[rows] / np.bincount(at)[at, None])
    np.add.at(sums, pairs[0], means)
    others = np.maximum(sums[pairs[0]] - means, 0.0)
    # Per block: a word that half the lake has says little of each, however sure it is.
    telling = beyond_share(others, means.sum(axis=0)) / (others.sum(axis=1, keepdims=True) + 1.0)
    np.add.at(scores, rows, telling[at])
    return scores
