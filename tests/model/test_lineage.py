"""Lineage against a slow reference, and what it makes of cycles, wide jobs and missing tables."""

from datetime import UTC, datetime
from typing import Any

import networkx as nx
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lakezones.model.frames import Facts
from lakezones.model.lineage import MAX_EDGES_PER_ACTOR, Lineage, build

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NAMES = [f"c{i}" for i in range(9)]


def lineage(references: list[tuple[str, str, str]] | None, names: list[str] = NAMES, **tables: Any) -> Lineage:
    """Lineage of rows (artifact, container, direction)."""
    rows = None
    if references is not None:
        rows = pl.DataFrame(
            [("dbt", *row) for row in references],
            schema=["tool", "artifact", "container", "direction"],
            orient="row",
            schema_overrides=dict.fromkeys(["tool", "artifact", "container", "direction"], pl.String),
        )
    return build(Facts.of({"references": rows, **tables}, as_of=NOW), pl.Series("container", names))


@st.composite
def artifacts(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    return draw(
        st.lists(
            st.tuples(
                st.sampled_from([f"job{i}" for i in range(6)]),
                st.sampled_from(NAMES),
                st.sampled_from(["read", "write"]),
            ),
            max_size=24,
            unique=True,
        )
    )


@settings(max_examples=80, deadline=None)
@given(artifacts())
def test_equals_the_slow_reference(rows: list[tuple[str, str, str]]) -> None:
    got = lineage(rows)
    graph = nx.DiGraph()
    jobs = sorted({job for job, _, _ in rows})
    reads = {job: {c for j, c, d in rows if j == job and d == "read"} for job in jobs}
    writes = {job: {c for j, c, d in rows if j == job and d == "write"} for job in jobs}
    graph.add_edges_from((a, b) for job in jobs for a in reads[job] for b in writes[job] if a != b)
    edges = {(NAMES[a], NAMES[b]) for a, b in zip(got.sources, got.targets, strict=True)}
    assert edges == set(graph.edges)
    shown = {c for job in jobs if not writes[job] for c in reads[job]}
    condensed = nx.condensation(graph)
    member = condensed.graph["mapping"]
    for i, name in enumerate(NAMES):
        assert bool(got.written[i]) == any(name in writes[job] for job in jobs)
        assert bool(got.read[i]) == any(name in reads[job] for job in jobs)
        silent = sum(name in reads[job] for job in jobs if not writes[job])
        # All jobs are of one tool: once one of them writes, the silent ones are quiet jobs and no reports.
        assert (got.reports[i], got.quiet_reads[i]) == ((0, silent) if any(writes.values()) else (silent, 0))
        if name not in graph:
            assert (got.depth[i], got.height[i]) == (-1, -1)
        else:
            part = member[name]
            up = condensed.subgraph(nx.ancestors(condensed, part) | {part})
            down = condensed.subgraph(nx.descendants(condensed, part) | {part})
            assert got.depth[i] == nx.dag_longest_path_length(up, default_weight=1)
            assert got.height[i] == nx.dag_longest_path_length(down, default_weight=1)
        reach = {name: 0} | (nx.single_source_shortest_path_length(graph, name) if name in graph else {})
        distances = [reach[c] for c in shown if c in reach]
        assert got.to_report[i] == (min(distances) if distances else -1)


def test_a_chain_with_a_report() -> None:
    got = lineage(
        [
            ("stg", "c0", "read"),
            ("stg", "c1", "write"),
            ("mart", "c1", "read"),
            ("mart", "c2", "write"),
            ("sales", "c2", "read"),
        ]
    )
    assert got.depth[:4].tolist() == [0, 1, 2, -1]
    assert got.height[:4].tolist() == [2, 1, 0, -1]
    assert got.to_report[:4].tolist() == [2, 1, 0, -1]


def test_a_cycle_is_one_node() -> None:
    got = lineage([("a", "c0", "read"), ("a", "c1", "write"), ("b", "c1", "read"), ("b", "c0", "write")])
    assert got.depth[:2].tolist() == [0, 0]


def test_a_job_that_touches_everything_makes_no_edges() -> None:
    width = int(MAX_EDGES_PER_ACTOR**0.5) + 1
    names = [f"x{i}" for i in range(2 * width)]
    rows = [("all", name, "read" if i < width else "write") for i, name in enumerate(names)]
    got = lineage(rows, names)
    assert got.sources.size == 0
    assert got.wide_actors == 1
    assert got.written.sum() == width


def test_usage_of_service_principals_counts_and_of_people_does_not() -> None:
    principals = pl.DataFrame({"principal_id": ["sp", "ann"], "kind": ["service_principal", "user"]})
    usage = pl.DataFrame(
        {
            "principal_id": ["sp", "sp", "ann", "ann"],
            "container": ["c0", "c1", "c1", "c2"],
            "access": ["read", "write", "read", "write"],
        }
    )
    got = lineage(None, principals=principals, usage=usage)
    assert list(zip(got.sources.tolist(), got.targets.tolist(), strict=True)) == [(0, 1)]
    assert got.assessed


def test_nothing_given_is_not_assessed() -> None:
    got = lineage(None)
    assert not got.assessed
    assert got.depth.tolist() == [-1] * len(NAMES)


def test_unknown_containers_are_left_out() -> None:
    got = lineage([("a", "c0", "read"), ("a", "nowhere", "write")])
    assert got.sources.size == 0
    assert got.reports.sum() == 0, "it writes something, so it is no report"
