"""Evidence of who owns a container: for each kind, how much of it speaks for each domain.

In: facts, access, vocabulary. Out: an array per kind, containers by domains, of evidence in nats (nothing where the
kind is silent). People count by how far they exceed their domain's usual share, so that a large area, a central team
that writes everything and a desk that approves everything say nothing.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Access, Facts

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

KINDS: Final[dict[str, tuple[float, str]]] = {
    "tag": (0.98, "tagged domain {}"),
    "register": (0.95, "its system belongs to {}"),
    "owner": (0.9, "owned by somebody of {}"),
    "approver": (0.7, "access approved by people of {}"),
    "job": (0.7, "written by jobs of {}"),
    "writer": (0.8, "written by people of {}"),
    "reader": (0.65, "read by people of {}"),
}
"""Kinds of evidence, strongest first: how often each is expected to be right before this lake was seen, and words."""

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
    expected = counts.sum(axis=1, keepdims=True) * (usual / max(float(usual.sum()), 1e-12))
    ratio = np.where(counts > expected, counts, 1.0) / np.where(counts > expected, np.maximum(expected, 1e-12), 1.0)
    return np.where(counts > expected, counts * np.log(ratio) - (counts - expected), 0.0)


def gather(facts: Facts, access: Access, said: pl.DataFrame, people: pl.DataFrame, k: int) -> dict[str, FloatArray]:
    """Evidence of every kind.

    Parameters
    ----------
    said : DataFrame
        A row per container, in order: container, class_id, tag, register, owner; the latter three are positions of
        domains, or null.
    people : DataFrame
        principal_id, label (position of a domain).
    k
        How many domains there are.

    Returns
    -------
    dict
        Kind to an array of shape (n_containers, k).
    """
    rows = said.select("container", "class_id").with_row_index("row")
    reads, writes = (
        _specific(access.data_lane.filter(pl.col("level") & bit != 0), access).join(people, on="principal_id")
        for bit in (1, 2)
    )
    # A domain that writes nearly everything runs it for others.
    central = pl.col("label").is_in(_central(access, people))
    reads, writes = reads.filter(~central), writes.filter(~central)
    # What one person alone holds is theirs rather than their area's.
    held = pl.concat([reads, writes]).select("class_id", "principal_id").unique()
    shared = held.filter(pl.len().over("class_id") > 1).select("class_id").unique()
    opened = access.entitlement_classes.select("entitlement", "class_id", "group_id").unique()
    approved = facts.table("entitlements").select("entitlement", principal_id="approver").drop_nulls()
    owns = facts.table("group_owners").select("group_id", principal_id="owner_id")
    approvers = pl.concat(
        [
            opened.join(approved, on="entitlement").select("class_id", "principal_id"),
            opened.drop_nulls("group_id").join(owns, on="group_id").select("class_id", "principal_id"),
        ]
    )
    jobs = facts.table("references").filter(pl.col("direction").cast(pl.String) == "write")
    by_class = {
        "writer": writes.join(shared, on="class_id", how="semi"),
        "reader": reads.join(shared, on="class_id", how="semi"),
        "approver": approvers.unique().join(people, on="principal_id"),
    }
    used = rows.join(reads.join(shared, on="class_id", how="semi"), on="class_id")
    by_container = {
        "user": facts.table("usage")
        .select("container", "principal_id")
        .join(used, on=["container", "principal_id"], how="semi"),
        "job": jobs.select("container", principal_id="owner").drop_nulls(),
    }
    # Anybody may come to read, so readers are held against how many their domain has; who writes or approves, against
    # how much those of the domain write or approve anywhere.
    sizes = np.bincount(people["label"].to_numpy().astype(np.int64), minlength=k).astype(np.float64)
    found: dict[str, FloatArray] = {}
    for kind in ("tag", "register", "owner"):
        found[kind] = _one_hot(said[kind], k)
    classes = rows.select("class_id").unique(maintain_order=True).with_row_index("unit")
    of_class = rows.join(classes, on="class_id", how="left", maintain_order="left")["unit"].to_numpy()
    for kind, pairs in by_class.items():
        joined = pairs.join(classes, on="class_id").select("unit", "principal_id", "label").unique()
        found[kind] = beyond_share(tally(joined, classes.height, k), sizes if kind == "reader" else None)[of_class]
    for kind, pairs in by_container.items():
        joined = pairs.unique().join(people, on="principal_id").join(rows, on="container")
        counts = tally(joined.select("label", unit="row"), rows.height, k)
        found[kind] = beyond_share(counts, sizes if kind == "user" else None)
    # Who uses a container is among those who may read it: one kind of evidence, not two.
    found["reader"] += found.pop("user")
    return found


def _central(access: Access, people: pl.DataFrame) -> list[int]:
    """Domains whose people write most of whatever is written by people with a domain."""
    written = access.data_lane.filter(pl.col("level") & 2 != 0).join(people, on="principal_id")
    written = written.select("class_id", "label").unique()
    share = written.group_by("label").agg(share=pl.len() / max(written["class_id"].n_unique(), 1))
    return sorted(share.filter(pl.col("share") > EVERYWHERE)["label"]) if people["label"].n_unique() > 2 else []


def _specific(pairs: pl.DataFrame, access: Access) -> pl.DataFrame:
    """Pairs of class and person without those who reach nearly everything."""
    most = max(4.0, EVERYWHERE * access.container_classes["class_id"].n_unique())
    return pairs.filter(pl.len().over("principal_id") <= most)


def tally(pairs: pl.DataFrame, units: int, k: int) -> FloatArray:
    """Count pairs with columns unit and label; shape (units, k)."""
    counts = np.zeros((units, k))
    np.add.at(counts, (pairs["unit"].to_numpy().astype(np.int64), pairs["label"].to_numpy().astype(np.int64)), 1.0)
    return counts


def _one_hot(labels: pl.Series, k: int) -> FloatArray:
    codes = labels.fill_null(-1).to_numpy()
    found = np.zeros((codes.size, k))
    sure = np.flatnonzero(codes >= 0)
    found[sure, codes[sure]] = 1.0
    return found
