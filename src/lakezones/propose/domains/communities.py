"""Domains where nobody tagged any: communities of departments, systems and classes of grants.

In: `Clues`. Out: a domain for each unit (a system, or a class of grants where there is none) that a community holds,
named after the department that is most its own, else after its systems, else after how most of its names begin; never
after a person, who moves on.
"""

import networkx as nx
import numpy as np
import polars as pl

from lakezones.model.frames import Access
from lakezones.propose.domains.clues import Clues
from lakezones.propose.domains.settings import DomainsSettings

OWNERSHIP = 2.0
"""How much more the departments of owners count than those of readers."""

MOST_EDGES = 40_000
"""The search takes seconds up to so many edges; of more, the strongest are kept."""


def seed_domains(clues: Clues, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of the containers that a community holds clearly.

    Returns
    -------
    DataFrame
        Columns node, tag; empty where there are neither departments nor people in common.
    """
    units = _units(clues, access)
    holders = _holders(clues, access)
    ties = (
        units.select("unit", "class_id")
        .unique()
        .join(holders, on="class_id")
        .group_by("unit", "holder")
        .agg(pl.col("weight").sum())
    )
    # Who owns says more than who reads: an owner's department counts for all the people of a class together.
    owned = (
        clues.values.filter(pl.col("kind") == "owner", ~pl.col("value").str.starts_with("person "))
        .join(units.select("node", "unit"), on="node")
        .group_by("unit", holder="value")
        .agg(weight=pl.len().cast(pl.Float64))
        .with_columns(weight=pl.col("weight") / pl.col("weight").sum().over("unit"))
    )
    ties = ties.with_columns(weight=pl.col("weight") / pl.col("weight").sum().over("unit"))
    ties = (
        pl.concat([ties, owned.with_columns(pl.col("weight") * OWNERSHIP)])
        .group_by("unit", "holder")
        .agg(pl.col("weight").sum())
        .sort("unit", "holder")
    )
    empty = pl.DataFrame(schema={"node": pl.Int64, "tag": pl.String})
    if ties.is_empty():
        return empty
    # A holder of everything ties everything to everything: count what is above its usual share.
    total = float(ties["weight"].sum())
    ties = (
        ties.with_columns(usual=pl.col("weight").sum().over("unit") * pl.col("weight").sum().over("holder") / total)
        .with_columns(excess=pl.col("weight") - pl.col("usual"))
        .filter(pl.col("excess") > 0)
        .sort("excess", "unit", "holder", descending=[True, False, False])
        .head(MOST_EDGES)
        .sort("unit", "holder")
    )
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        (f"u:{u}", f"h:{h}", w) for u, h, w in ties.select("unit", "holder", "excess").iter_rows()
    )
    found = nx.community.louvain_communities(graph, weight="weight", seed=settings.random_state, resolution=1.0)
    communities = sorted((sorted(members) for members in found), key=lambda members: members[0])
    people = set(access.class_access["principal_id"].unique())
    named = _named(communities, ties.filter(~pl.col("holder").is_in(people)), units, _beginnings(clues, units))
    return units.join(named, on="unit").select("node", "tag").unique("node", keep="first").sort("node")


def _units(clues: Clues, access: Access) -> pl.DataFrame:
    """Unit and class of every container: its system, else its class of grants; columns node, unit, class_id."""
    classes = (
        clues.names.to_frame()
        .with_row_index("node")
        .join(access.container_classes, on="container")
        .select(pl.col("node").cast(pl.Int64), "class_id")
    )
    return classes.join(clues.said.select("node", "system"), on="node", how="left").select(
        "node", "class_id", unit=pl.coalesce(pl.format("system {}", "system"), "class_id")
    )


def _holders(clues: Clues, access: Access) -> pl.DataFrame:
    """Who ties classes together: departments, or people where no department is known; class_id, holder, weight."""
    if clues.departments.height:
        return clues.departments.select("class_id", holder="department", weight=pl.col("people").cast(pl.Float64))
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
    classes = access.container_classes["class_id"].n_unique()
    reach = pl.len().over("principal_id")
    return (
        held.filter((reach <= max(4, 0.5 * classes)) & (reach > 1))
        .select("class_id", holder="principal_id", weight=1.0 / reach.cast(pl.Float64))
        .sort("class_id", "holder")
    )


def _beginnings(clues: Clues, units: pl.DataFrame) -> pl.DataFrame:
    """How the names of a unit's containers begin, digits apart: columns unit, word, n."""
    first = (
        clues.names.to_frame()
        .with_row_index("node")
        .select(
            pl.col("node").cast(pl.Int64),
            word=pl.col("container").str.split("/").list.last().str.to_lowercase().str.extract(r"^[^a-z]*([a-z]{2,})"),
        )
    )
    return units.join(first.drop_nulls("word"), on="node").group_by("unit", "word").agg(n=pl.len())


def _named(
    communities: list[list[str]], ties: pl.DataFrame, units: pl.DataFrame, beginnings: pl.DataFrame
) -> pl.DataFrame:
    """Name every community: columns unit, tag.

    Parameters
    ----------
    ties
        Those of departments: unit, holder, excess.
    """
    sizes = dict(units.group_by("unit").len().iter_rows())
    rows: list[tuple[str, str]] = []
    taken: set[str] = set()
    strength = {h: float(w) for h, w in ties.group_by("holder").agg(pl.col("excess").sum()).iter_rows()}
    for number, members in enumerate(communities, start=1):
        own = [member[2:] for member in members if member.startswith("u:")]
        holders = [member[2:] for member in members if member[2:] in strength and member.startswith("h:")]
        systems = [unit.removeprefix("system ") for unit in own if unit.startswith("system ")]
        if not own:
            continue
        if holders:
            name = max(sorted(holders), key=lambda holder: strength[holder])
        elif systems:
            name = max(sorted(systems), key=lambda system: sizes[f"system {system}"]).lower()
        else:
            name = _shared_beginning(own, beginnings, sum(sizes[unit] for unit in own)) or f"domain-{number}"
        while name in taken:
            name = f"{name}-{number}"
        taken.add(name)
        rows.extend((unit, name) for unit in own)
    return pl.DataFrame(rows, schema={"unit": pl.String, "tag": pl.String}, orient="row")


def _shared_beginning(own: list[str], beginnings: pl.DataFrame, containers: int) -> str | None:
    """The word that most names of a community begin with; None where no word begins most of them."""
    words = (
        beginnings.filter(pl.col("unit").is_in(own))
        .group_by("word")
        .agg(pl.col("n").sum())
        .sort("n", "word", descending=[True, False])
    )
    if words.is_empty() or words["n"][0] <= 0.5 * containers:
        return None
    return str(words["word"][0])


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities of log-odds, row by row."""
    if not scores.size:
        return scores
    raised: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: np.ndarray = raised / raised.sum(axis=1, keepdims=True)
    return chances
