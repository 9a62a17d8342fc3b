"""Lineage: which containers are read to write which, and how far each is from the sources and from the reports.

In: the fact tables ``references`` (tools' artifacts) and ``usage`` (service principals), and the containers in
order. Out: a `Lineage`, all of it arrays aligned with the containers. An *actor* is an artifact of a tool or a
service principal; what it reads is upstream of what it writes. An actor that writes nothing is a report: what it
reads is served to people. Depths are longest paths after cycles are taken as one node, so a cycle is no error.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse
from scipy.sparse import csgraph

from lakezones.model.frames import Facts
from lakezones.model.principals import MACHINES, of_kind

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

MAX_EDGES_PER_ACTOR: Final = 400
"""A job that reads 1,000 and writes 1,000 containers says nothing about which comes from which."""

FEWEST_CHECKS: Final = 10
"""So many artifacts of a tool that only read, at least, may be its checks."""

NOT_REACHED: Final = -1
"""Depth or distance where there is no path."""


@dataclass(frozen=True, kw_only=True)
class Lineage:
    """Who feeds whom.

    Attributes
    ----------
    sources, targets : int arrays, shape (n_edges,)
        Edges between positions of containers, sorted, each once; no loops.
    weights : float array, shape (n_edges,)
        1 / (number of edges the narrowest actor behind the edge makes): a job of one output counts most.
    written : bool array, shape (n_containers,)
        Some actor writes it.
    read : bool array
        Some actor reads it.
    depth : int array
        Longest path from a source; 0 for a source, -1 where the container is in no edge.
    copies : int array
        Steps from a source by which a table is renamed and cast before anything is done with it: 1 for what is made
        from one source alone, one more for what is made from such a copy alone and is all that is; else 0.
    rank : int array
        As `depth`, but all copies of a source are one step from it, however many steps they are.
    height : int array
        Longest path to a container that feeds none; 0 for the last, -1 where the container is in no edge.
    reports : int array
        Number of reports that read it: artifacts that write nothing, of tools none of whose artifacts writes.
    quiet_reads : int array
        Number of artifacts that read it and write nothing although their tool writes elsewhere: exposures,
        or jobs whose outputs were not listed. Where such artifacts are ten or more, and half as many as the
        tool's writing ones, they are its checks (a check per column is usual) and say nothing of who is served: none
        is counted.
    n_upstream, n_downstream : int arrays
        Number of containers directly before and after it.
    wide_actors : int
        Actors left out because they touch too much to tell what feeds what.
    assessed : bool
        False where neither references nor usage was there.
    """

    sources: IntArray
    targets: IntArray
    weights: FloatArray
    written: BoolArray
    read: BoolArray
    depth: IntArray
    copies: IntArray
    rank: IntArray
    height: IntArray
    reports: IntArray
    quiet_reads: IntArray
    n_upstream: IntArray
    n_downstream: IntArray
    wide_actors: int
    assessed: bool

    @cached_property
    def to_report(self) -> IntArray:
        """Fewest edges to a container that a report or a quiet artifact reads; 0 if it is one, -1 where none is."""
        shown = np.flatnonzero(self.reports + self.quiet_reads)
        return _distance(self.depth.size, self.targets, self.sources, shown)

    def adjacency(self) -> sparse.csr_matrix:
        """Weighted edges, shape (n_containers, n_containers), row feeds column."""
        n = self.depth.size
        return sparse.csr_matrix((self.weights, (self.sources, self.targets)), shape=(n, n))


def touches(facts: Facts, containers: pl.Series) -> pl.DataFrame:
    """Every actor and the containers it reads or writes.

    Returns
    -------
    DataFrame
        Columns actor (``tool/artifact`` or the principal's id), kind (artifact or principal), node (position in
        `containers`), direction (read or write); sorted, each row once.
    """
    index = pl.DataFrame({"container": containers}).with_row_index("node")
    parts = []
    if facts.references is not None:
        parts.append(
            facts.references.select(
                actor=pl.concat_str("tool", "artifact", separator="/"),
                kind=pl.lit("artifact"),
                container="container",
                direction=pl.col("direction").cast(pl.String),
            )
        )
    if facts.usage is not None and facts.principals is not None:
        parts.append(
            facts.usage.join(of_kind(facts, *MACHINES), on="principal_id", how="semi").select(
                actor="principal_id",
                kind=pl.lit("principal"),
                container="container",
                direction=pl.when(pl.col("access").cast(pl.String).fill_null("read") == "read")
                .then(pl.lit("read"))
                .otherwise(pl.lit("write")),
            )
        )
    if not parts:
        return pl.DataFrame(schema={"actor": pl.String, "kind": pl.String, "node": pl.Int64, "direction": pl.String})
    return (
        pl.concat(parts)
        .join(index, on="container")
        .select("actor", "kind", pl.col("node").cast(pl.Int64), "direction")
        .unique()
        .sort("actor", "kind", "node", "direction")
    )


def build(facts: Facts, containers: pl.Series) -> Lineage:
    """Lineage of the containers.

    Parameters
    ----------
    facts
        Of them references, usage and principals are looked at.
    containers : Series of str, shape (n_containers,)
        Names, in the order the arrays of the result are to have.
    """
    n = containers.len()
    touched = touches(facts, containers)
    reads = touched.filter(direction="read")
    writes = touched.filter(direction="write")
    fan_in = reads.group_by("actor", "kind").len("reads")
    fan_out = writes.group_by("actor", "kind").len("writes")
    both = fan_in.join(fan_out, on=["actor", "kind"])
    narrow = both.filter(pl.col("reads").cast(pl.Int64) * pl.col("writes") <= MAX_EDGES_PER_ACTOR)
    edges = (
        reads.join(narrow, on=["actor", "kind"])
        .join(writes, on=["actor", "kind"], suffix="_out")
        .filter(pl.col("node") != pl.col("node_out"))
        .group_by("node", "node_out")
        .agg(weight=(1.0 / (pl.col("reads") * pl.col("writes")).cast(pl.Float64)).max())
        .sort("node", "node_out")
    )
    sources = edges["node"].to_numpy().astype(np.int64)
    targets = edges["node_out"].to_numpy().astype(np.int64)
    # A report is an artifact that writes nothing, known container or not; a service principal that only reads may
    # be anything.
    report_reads = reads.filter(kind="artifact").join(_writers(facts), on="actor", how="anti")
    quiet = report_reads.join(_writers(facts, by="tool"), on="actor", how="semi")
    checks = report_reads.join(_checking(facts), on="actor", how="semi")
    served = report_reads.join(checks.select("actor").unique(), on="actor", how="anti")
    quiet = quiet.join(checks.select("actor").unique(), on="actor", how="anti")
    quiet_reads = np.bincount(quiet["node"].to_numpy(), minlength=n).astype(np.int64)
    shown = np.bincount(served["node"].to_numpy(), minlength=n).astype(np.int64)
    depth, height = _longest_paths(n, sources, targets)
    copies, first = _copies(n, sources, targets)
    ranked, _ = _longest_paths(n, first[sources], first[targets])
    # The first copy stands for its chain; a chain is a chain whatever is made of its end.
    rank = np.where(depth == NOT_REACHED, NOT_REACHED, ranked[first])
    return Lineage(
        sources=sources,
        targets=targets,
        weights=edges["weight"].to_numpy().astype(np.float64),
        written=_mask(writes["node"], n),
        read=_mask(reads["node"], n),
        depth=depth,
        copies=copies,
        rank=rank,
        height=height,
        reports=shown - quiet_reads,
        quiet_reads=quiet_reads,
        n_upstream=np.bincount(targets, minlength=n).astype(np.int64),
        n_downstream=np.bincount(sources, minlength=n).astype(np.int64),
        wide_actors=both.height - narrow.height,
        assessed=facts.references is not None or (facts.usage is not None and facts.principals is not None),
    )


def _writers(facts: Facts, *, by: Literal["artifact", "tool"] = "artifact") -> pl.DataFrame:
    """Artifacts that write anything (or whose tool does), also containers that were not scanned."""
    references = facts.table("references")
    keys = ["tool", "artifact"] if by == "artifact" else ["tool"]
    writing = references.filter(pl.col("direction").cast(pl.String) == "write").select(keys).unique()
    return (
        references.join(writing, on=keys, how="semi")
        .select(actor=pl.concat_str("tool", "artifact", separator="/"))
        .unique()
    )


def _checking(facts: Facts) -> pl.DataFrame:
    """Actors that only read, of tools where such are half as many as the writing ones, or more (and not few)."""
    references = facts.table("references").select("tool", "artifact", direction=pl.col("direction").cast(pl.String))
    artifacts = references.group_by("tool", "artifact").agg(writes=(pl.col("direction") == "write").any())
    tools = artifacts.group_by("tool").agg(writing=pl.col("writes").sum(), quiet=(~pl.col("writes")).sum())
    checking = tools.filter(
        (pl.col("writing") > 0) & (2 * pl.col("quiet") >= pl.col("writing")) & (pl.col("quiet") >= FEWEST_CHECKS)
    )
    return (
        artifacts.filter(~pl.col("writes"))
        .join(checking, on="tool", how="semi")
        .select(actor=pl.concat_str("tool", "artifact", separator="/"))
    )


def _copies(n: int, sources: IntArray, targets: IntArray) -> tuple[IntArray, IntArray]:
    """Steps of copying from a source, and the first copy of the chain each container is in (itself outside any)."""
    n_in, n_out = np.bincount(targets, minlength=n), np.bincount(sources, minlength=n)
    parent = np.full(n, NOT_REACHED)
    parent[targets] = sources
    single = n_in == 1
    fresh = single & (n_in[parent] == 0)
    copies = fresh.astype(np.int64)
    first = np.arange(n)
    while fresh.any():
        fresh = single & (copies == 0) & fresh[parent] & (n_out[parent] == 1)
        first = np.where(fresh, first[parent], first)
        copies = np.where(fresh, copies[parent] + 1, copies)
    return copies, first


def _mask(nodes: pl.Series, n: int) -> BoolArray:
    mask = np.zeros(n, dtype=np.bool_)
    mask[nodes.to_numpy()] = True
    return mask


def _longest_paths(n: int, sources: IntArray, targets: IntArray) -> tuple[IntArray, IntArray]:
    """Longest path from a source and to a sink, over strongly connected components; -1 where unlinked."""
    linked = np.zeros(n, dtype=np.bool_)
    linked[sources] = True
    linked[targets] = True
    if not sources.size:
        return np.full(n, NOT_REACHED), np.full(n, NOT_REACHED)
    graph = sparse.csr_matrix((np.ones(sources.size, dtype=np.int8), (sources, targets)), shape=(n, n))
    n_parts, part = csgraph.connected_components(graph, directed=True, connection="strong")
    tail, head = part[sources].astype(np.int64), part[targets].astype(np.int64)
    outside = tail != head
    pairs = np.unique(np.stack([tail[outside], head[outside]], axis=1), axis=0)
    depth = _layers(n_parts, pairs[:, 0], pairs[:, 1])[part]
    height = _layers(n_parts, pairs[:, 1], pairs[:, 0])[part]
    depth[~linked] = NOT_REACHED
    height[~linked] = NOT_REACHED
    return depth, height


def _layers(n: int, sources: IntArray, targets: IntArray) -> IntArray:
    """Longest path from a node without predecessors, in an acyclic graph: one vectorised pass per layer."""
    order = np.argsort(sources, kind="stable")
    sources, targets = sources[order], targets[order]
    start = np.searchsorted(sources, np.arange(n + 1))
    waiting = np.bincount(targets, minlength=n)
    layer = np.zeros(n, dtype=np.int64)
    ready = np.flatnonzero(waiting == 0)
    level = 0
    while ready.size:
        layer[ready] = level
        counts = start[ready + 1] - start[ready]
        # Positions of all edges that leave the ready nodes, without a loop over nodes.
        offsets = np.repeat(start[ready] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        after = targets[offsets + np.arange(counts.sum())]
        np.subtract.at(waiting, after, 1)
        after = np.unique(after)
        ready = after[waiting[after] == 0]
        level += 1
    return layer


def _distance(n: int, sources: IntArray, targets: IntArray, starts: IntArray) -> IntArray:
    """Fewest edges from any of `starts`, breadth first; -1 where none leads."""
    graph = sparse.csr_matrix((np.ones(sources.size, dtype=np.int8), (sources, targets)), shape=(n, n))
    distance = np.full(n, NOT_REACHED, dtype=np.int64)
    distance[starts] = 0
    frontier = np.asarray(starts, dtype=np.int64)
    steps = 0
    while frontier.size:
        steps += 1
        reached = np.unique(graph[frontier].indices).astype(np.int64)
        frontier = reached[distance[reached] == NOT_REACHED]
        distance[frontier] = steps
    return distance
