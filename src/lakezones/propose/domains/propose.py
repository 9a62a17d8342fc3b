"""Propose an owning domain for every container.

In: facts and effective access. Out: columns container, domain, domain_confidence, domain_evidence. A container's own
tag comes first. The rest is predicted from what it shares with the tagged ones: its system, its class of grants, its
owner, the departments that hold and use it, its neighbours in the lineage, words of its name. Where (nearly) nothing is
tagged, the communities of departments and systems stand in for tags.
"""

from typing import Any

import numpy as np
import polars as pl
from scipy import optimize, sparse

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.clues import WEIGHTS, Clues, gather, neighbour_votes, people_of
from lakezones.propose.domains.communities import seed_domains, softmax
from lakezones.propose.domains.settings import DomainsSettings

MOST_MEASURED = 5_000
"""Confidence is fitted on so many tagged containers at most."""

STRENGTH = 2.0
"""How many containers of no opinion each value starts from."""


def propose_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of every container.

    Returns
    -------
    DataFrame
        Columns container, domain (null where there is no evidence), domain_confidence, domain_evidence; by container.
    """
    clues = gather(facts, access, settings=settings)
    tagged = clues.said.select("node", "tag").drop_nulls()
    by_tags = tagged.height >= settings.min_tagged
    seeds = (
        tagged
        if by_tags
        else pl.concat([tagged, seed_domains(clues, access, settings=settings)]).unique(
            "node", keep="first", maintain_order=True
        )
    )
    domains = seeds["tag"].unique().sort().to_list()
    guesses = _guesses(clues, seeds, domains, crisp=by_tags)
    frame = (
        clues.names.to_frame()
        .with_columns(tag=clues.said["tag"], system=clues.said["system"])
        .hstack(guesses)
        .hstack([_shared(facts, access, clues, seeds, settings)])
    )
    known = pl.col("tag").is_not_null()
    likely = pl.col("guess").is_not_null() & (pl.col("chance") >= settings.min_confidence)
    frame = frame.with_columns(
        domain=pl.when(known).then("tag").when(likely).then("guess"),
        domain_confidence=pl.when(known).then(0.98).when(likely).then("chance").otherwise(0.0).round(4),
        said=pl.when(known)
        .then(pl.format("tagged domain {}", "tag"))
        .when(likely & (pl.col("reason") == "system"))
        .then(pl.format("system {} belongs to {}", "system", "guess"))
        .when(likely)
        .then(pl.format("{} {}", pl.col("reason").replace(REASONS), "guess")),
    )
    return frame.select(
        "container",
        "domain",
        "domain_confidence",
        domain_evidence=pl.concat_str("said", "shared", separator="; ", ignore_nulls=True).replace("", None),
    ).sort("container")


def _guesses(clues: Clues, seeds: pl.DataFrame, domains: list[str], *, crisp: bool) -> pl.DataFrame:
    """Most likely domain by clues: columns guess, chance, reason (kind of clue with most evidence for it)."""
    n, k = clues.names.len(), len(domains)
    if not k:
        return pl.DataFrame(
            {"guess": [None] * n, "chance": [0.0] * n, "reason": [None] * n},
            schema={"guess": pl.String, "chance": pl.Float64, "reason": pl.String},
        )
    code = {domain: i for i, domain in enumerate(domains)}
    known = np.full(n, -1, dtype=np.int64)
    known[seeds["node"].to_numpy()] = seeds["tag"].replace_strict(code, return_dtype=pl.Int64).to_numpy()
    scores = {kind: _votes(clues.values.filter(kind=kind), known, n, k) for kind in WEIGHTS if kind != "lineage"}
    scores["lineage"] = _odds(neighbour_votes(clues.lineage, known, k), known, k)
    total = sum((WEIGHTS[kind] * score for kind, score in scores.items()), np.zeros((n, k)))
    heat = _heat(total, known) if crisp else 1.0
    chances = softmax(total * heat)
    best = chances.argmax(axis=1)
    rows = np.arange(n)
    silent = ~np.any(np.stack([np.abs(score).sum(axis=1) > 1e-9 for score in scores.values()]), axis=0)
    kinds = sorted(scores)
    support = np.stack([WEIGHTS[kind] * scores[kind][rows, best] for kind in kinds]) if n else np.zeros((len(kinds), 0))
    strongest = support.argmax(axis=0) if n else np.zeros(0, dtype=np.int64)
    # Communities are a guess about tags, and a guess upon a guess is worth less.
    worth = chances[rows, best] if crisp else 0.8 * chances[rows, best]
    return pl.DataFrame(
        {
            "guess": [None if quiet else domains[i] for i, quiet in zip(best, silent, strict=True)],
            "chance": np.where(silent, 0.0, worth),
            "reason": [kinds[i] for i in strongest],
        },
        schema={"guess": pl.String, "chance": pl.Float64, "reason": pl.String},
    )


def _votes(values: pl.DataFrame, known: np.ndarray, n: int, k: int) -> np.ndarray:
    """Log-odds of the domains by the values of one kind, each container's own tag left out; shape (n, k)."""
    if values.is_empty():
        return np.zeros((n, k))
    nodes = values["node"].to_numpy()
    labels = values["value"].unique().sort()
    column = (
        values["value"].replace_strict({label: i for i, label in enumerate(labels)}, return_dtype=pl.Int64).to_numpy()
    )
    weight = values["weight"].to_numpy()
    incidence = sparse.csr_matrix((weight, (nodes, column)), shape=(n, labels.len()))
    one_hot = np.zeros((n, k))
    sure = np.flatnonzero(known >= 0)
    one_hot[sure, known[sure]] = 1.0
    counts = np.asarray(incidence.T @ one_hot)
    base = (one_hot.sum(axis=0) + 1.0) / (one_hot.sum() + k)
    out = np.zeros((n, k))
    step = max(1, 4_000_000 // k)
    for start in range(0, nodes.size, step):
        part = slice(start, start + step)
        counted = counts[column[part]] - one_hot[nodes[part]] * weight[part][:, None]
        counted = np.maximum(counted, 0.0) + STRENGTH * base
        odds = np.log(counted / counted.sum(axis=1, keepdims=True)) - np.log(base)
        adder = sparse.csr_matrix((weight[part], (nodes[part], np.arange(odds.shape[0]))), shape=(n, odds.shape[0]))
        out += np.asarray(adder @ odds)
    return out


def _odds(votes: np.ndarray, known: np.ndarray, k: int) -> np.ndarray:
    """Log-odds of counted votes; none where nobody votes."""
    counts = np.bincount(known[known >= 0], minlength=k) + 1.0
    base = counts / counts.sum()
    counted = votes + STRENGTH * base
    odds = np.log(counted / counted.sum(axis=1, keepdims=True)) - np.log(base)
    result: np.ndarray = np.where(votes.sum(axis=1, keepdims=True) > 0, odds, 0.0)
    return result


def _heat(total: np.ndarray, known: np.ndarray) -> float:
    """Factor that calibrates the chances of tagged containers, predicted without their own tags."""
    rows = np.flatnonzero(known >= 0)
    if rows.size > MOST_MEASURED:
        rows = rows[np.linspace(0, rows.size - 1, MOST_MEASURED).astype(np.int64)]
    scores, target = total[rows], known[rows]

    def loss(heat: float) -> float:
        chances = softmax(scores * heat)[np.arange(rows.size), target]
        return float(-np.log(np.maximum(chances, 1e-9)).mean() + 0.01 * np.log(heat) ** 2)

    found: Any = optimize.minimize_scalar(loss, bounds=(0.05, 3.0), method="bounded", options={"xatol": 1e-3})
    return float(found.x)


REASONS = {
    "class": "same grants as containers of",
    "code": "named like containers of",
    "word": "named like containers of",
    "owner": "owned by somebody of",
    "used by": "used by people of",
    "open to": "held by people of",
    "lineage": "in one lineage with containers of",
}
"""Kinds of clue in words that a domain's name can follow; a system is not among them, since its own name is given."""


def _shared(facts: Facts, access: Access, clues: Clues, seeds: pl.DataFrame, settings: DomainsSettings) -> pl.Series:
    """``shared by N domains`` where the people of so many domains use a container (hold it, if use is unknown)."""
    n = clues.names.len()
    nothing = pl.Series("shared", [None] * n, dtype=pl.String)
    domains_of = department_domains(clues, access, seeds)
    if domains_of.is_empty():
        return nothing
    index = clues.names.to_frame().with_row_index("node").select("container", pl.col("node").cast(pl.Int64))
    if facts.usage is not None:
        who = people_of(facts).join(domains_of, on="department").select("principal_id", "domain")
        counted = (
            facts.usage.join(who, on="principal_id").group_by("container").agg(domains=pl.col("domain").n_unique())
        )
        counted = index.join(counted, on="container").select("node", "domains")
    else:
        per_class = clues.departments.join(domains_of, on="department").group_by("class_id")
        counted = (
            index.join(access.container_classes, on="container")
            .join(per_class.agg(domains=pl.col("domain").n_unique()), on="class_id")
            .select("node", "domains")
        )
    return (
        index.join(counted, on="node", how="left", maintain_order="left")
        .select(
            shared=pl.when(pl.col("domains") >= settings.shared_domains).then(
                pl.format("shared by {} domains", "domains")
            )
        )
        .to_series()
    )


def department_domains(clues: Clues, access: Access, seeds: pl.DataFrame) -> pl.DataFrame:
    """The domain of each department: the one whose containers it holds most beyond its share.

    Returns
    -------
    DataFrame
        Columns department, domain.
    """
    index = clues.names.to_frame().with_row_index("node").select("container", pl.col("node").cast(pl.Int64))
    by_class = (
        index.join(access.container_classes, on="container")
        .join(seeds, on="node")
        .group_by("class_id", "tag")
        .len("containers")
    )
    held = clues.departments.join(by_class, on="class_id").with_columns(
        # By class, not by container: one huge system counts no more than a small one.
        weight=pl.col("people") * pl.col("containers") / pl.col("containers").sum().over("class_id", "department")
    )
    ties = held.group_by("department", "tag").agg(pl.col("weight").sum())
    share = pl.col("weight") / pl.col("weight").sum().over("department")
    usual = pl.col("weight").sum().over("tag") / pl.col("weight").sum()
    return (
        ties.with_columns(lift=share - usual)
        .sort("department", "lift", "tag", descending=[False, True, False])
        .group_by("department", maintain_order=True)
        .agg(domain=pl.col("tag").first())
    )
