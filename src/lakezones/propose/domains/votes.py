"""Evidence of who owns a container: for each kind, how much of it speaks for each domain.

In: facts, access, what containers and people are of. Out: an array per kind, containers by domains (nothing where the
kind is silent). People count by how far they exceed their domain's usual share, so that a large area, a central team
that writes everything and a desk that approves everything say nothing of any one container.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Access, Facts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

EVERYWHERE: Final = 0.5
"""Who reaches more than this share of the classes says nothing of any."""

MUCH: Final = 0.2
"""So does a domain whose people write more than `EVERYWHERE` of what any people write, and so large a share of all."""


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
    expected = counts.sum(axis=1, keepdims=True) * (usual / max(float(usual.sum()), 1e-12))
    ratio = np.where(counts > expected, counts, 1.0) / np.where(counts > expected, np.maximum(expected, 1e-12), 1.0)
    return np.where(counts > expected, counts * np.log(ratio) - (counts - expected), 0.0)


def tally(units: pl.Series, labels: pl.Series, shape: tuple[int, int]) -> FloatArray:
    """Count pairs of unit and label, both positions; pairs without a label are left out."""
    counts = np.zeros(shape)
    pairs = pl.DataFrame({"unit": units, "label": labels}).drop_nulls()
    np.add.at(counts, (pairs["unit"].to_numpy().astype(np.int64), pairs["label"].to_numpy().astype(np.int64)), 1.0)
    return counts


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
    lanes = [access.data_lane.filter(pl.col("level") & bit != 0).select("class_id", "principal_id") for bit in (1, 2)]
    broad = max(4.0, EVERYWHERE * classes.height)
    reads, writes = (
        lane.filter(pl.len().over("principal_id") <= broad).join(people, on="principal_id") for lane in lanes
    )
    # A domain that writes nearly everything runs it for others.
    written = lanes[1].join(people, on="principal_id").select("class_id", "label").unique()
    least = max(EVERYWHERE * written["class_id"].n_unique(), MUCH * classes.height)
    most = written.filter(pl.len().over("label") > least)["label"].unique()
    if people["label"].n_unique() > 2:
        reads, writes = (lane.filter(~pl.col("label").is_in(most.to_list())) for lane in (reads, writes))
    # What one person alone holds is theirs rather than their area's.
    held = pl.concat([reads, writes]).select("class_id", "principal_id").unique()
    common = held.filter(pl.len().over("class_id") > 1).select("class_id").unique()
    opened = access.entitlement_classes.select("entitlement", "class_id", "group_id")
    approved = facts.table("entitlements").select("entitlement", principal_id="approver").drop_nulls()
    owns = facts.table("group_owners").select("group_id", principal_id="owner_id")
    approves = pl.concat([opened.join(approved, on="entitlement"), opened.join(owns, on="group_id")], how="diagonal")
    approves = approves.select("class_id", "principal_id").unique().join(people, on="principal_id")
    sizes = np.bincount(people["label"].to_numpy().astype(np.int64), minlength=k).astype(np.float64)
    of_class = rows.join(classes, on="class_id", how="left", maintain_order="left")["unit"].to_numpy()

    def by_class(pairs: pl.DataFrame, share: FloatArray | None = None) -> FloatArray:
        joined = pairs.join(classes, on="class_id")
        scores: FloatArray = beyond_share(tally(joined["unit"], joined["label"], (classes.height, k)), share)[of_class]
        return scores

    # Anybody may come to read, so readers are held against how many their domain has; who writes or approves, against
    # how much those of the domain write or approve anywhere.
    every = pl.Series(np.arange(rows.height))
    return {
        **{kind: tally(every, said[name], (rows.height, k)) for kind, name in SAID.items()},
        "approver": by_class(approves),
        "writer": by_class(writes.join(common, on="class_id", how="semi")),
        "reader": by_class(reads.join(common, on="class_id", how="semi"), sizes),
    }


SAID: Final = {"tag": "tag", "register": "register", "owner": "owned"}
"""Kinds that say a domain outright, and the column they say it in."""


def company(chances: FloatArray, rows: IntArray, groups: IntArray, blocks: IntArray) -> FloatArray:
    """What the other containers of each group say beyond the usual share, the container's own block left out.

    Parameters
    ----------
    chances : array, shape (n_containers, k)
        Rows of nothing for containers of which nothing is known.
    rows, groups : int arrays, shape (n_pairs,)
        Container and group of each membership; a container may be in several.
    blocks : int array, shape (n_containers,)
        Containers of one block count once in a group, and say nothing of each other.
    """
    scores = np.zeros_like(chances)
    if not rows.size or not chances.shape[1]:
        return scores
    pairs, at = np.unique(np.stack([groups, blocks[rows]]), axis=1, return_inverse=True)
    at = at.reshape(-1)
    means = np.zeros((pairs.shape[1], chances.shape[1]))
    np.add.at(means, at, chances[rows])
    means /= np.bincount(at)[:, None]
    sums = np.zeros((int(groups.max()) + 1, chances.shape[1]))
    np.add.at(sums, pairs[0], means)
    others = np.maximum(sums[pairs[0]] - means, 0.0)
    # Per block: a word that half the lake has says little of each, however sure it is.
    telling = beyond_share(others, means.sum(axis=0)) / (others.sum(axis=1, keepdims=True) + 1.0)
    np.add.at(scores, rows, telling[at])
    return scores
