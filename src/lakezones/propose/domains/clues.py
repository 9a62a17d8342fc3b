"""Clues to a domain: what each container shares with others of its domain.

In: facts and access. Out: `Clues`: the tags that metadata gives, and values (a system, a class of grants, departments
of readers and writers, an owner, words of the name, neighbours in the lineage) that containers of one domain share.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from lakezones.model import lineage as lin
from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.zones.features import container_names
from lakezones.propose.zones.state import handles
from lakezones.propose.zones.tokens import tokenize

WEIGHTS: Final[dict[str, float]] = {
    "system": 1.0,
    "class": 0.9,
    "code": 0.8,
    "owner": 1.0,
    "used by": 0.35,
    "open to": 0.5,
    "lineage": 0.5,
    "word": 0.4,
}
"""How far each kind of clue is believed; they overlap, so none is believed in full but systems and owners."""


@dataclass(frozen=True, kw_only=True)
class Clues:
    """What is known of domains.

    Attributes
    ----------
    names : Series of str
        Containers, sorted; nodes are positions in it.
    said : DataFrame
        node, tag, system, owner.
    values : DataFrame
        node, kind, value, weight: kinds are those of `WEIGHTS`.
    departments : DataFrame
        class_id, department, people: who holds each class, those who hold nearly everything left out.
    lineage : Lineage
    """

    names: pl.Series
    said: pl.DataFrame
    values: pl.DataFrame
    departments: pl.DataFrame
    lineage: lin.Lineage


def gather(facts: Facts, access: Access, *, settings: DomainsSettings) -> Clues:
    """Gather every clue."""
    names = container_names(facts, access)
    index = names.to_frame().with_row_index("node").select("container", pl.col("node").cast(pl.Int64))
    said = index.join(_said(facts, settings), on="container", how="left", maintain_order="left")
    classes = index.join(access.container_classes, on="container").select("node", "class_id")
    departments = held_by_departments(facts, access, settings=settings)
    parts = [
        said.select("node", kind=pl.lit("system"), value="system"),
        classes.select("node", kind=pl.lit("class"), value="class_id"),
        _owners(facts, said),
        _artifact_owners(facts, index),
        _words(names),
        _readers(facts, index, settings),
    ]
    # Departments of those who may read, each worth its share of them.
    share = departments.with_columns(weight=pl.col("people") / pl.col("people").sum().over("class_id"))
    weighted = classes.join(share, on="class_id").select(
        "node", kind=pl.lit("open to"), value="department", weight=pl.col("weight").cast(pl.Float64)
    )
    values = pl.concat([pl.concat(parts).drop_nulls().with_columns(weight=pl.lit(1.0)), weighted])
    return Clues(
        names=names,
        said=said.drop("container"),
        values=values.sort("node", "kind", "value"),
        departments=departments,
        lineage=lin.build(facts, names),
    )


def _said(facts: Facts, settings: DomainsSettings) -> pl.DataFrame:
    """What metadata says: columns container, tag, system, owner."""
    containers = facts.table("containers")
    said = containers.select("container")
    for name, keys in (
        ("tag", settings.metadata_keys),
        ("system", settings.system_keys),
        ("owner", settings.owner_keys),
    ):
        said = said.join(facts.said(keys, name), on="container", how="left", maintain_order="left")
    by_system = pl.col("system").replace_strict(settings.systems, default=None, return_dtype=pl.String)
    said = said.with_columns(tag=pl.coalesce("tag", by_system) if settings.systems else pl.col("tag"))
    written = {tag: canonical(tag, settings) for tag in said["tag"].drop_nulls().unique()}
    return said.with_columns(tag=pl.col("tag").replace_strict(written, default=None, return_dtype=pl.String))


def canonical(name: str | None, settings: DomainsSettings) -> str | None:
    """The one way a domain's name is written: lower case, words joined by hyphens, aliases resolved.

    Examples
    --------
    >>> canonical("Retail  Banking", DomainsSettings(aliases={"retail-banking": "retail"}))
    'retail'
    """
    if name is None:
        return None
    words = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    return settings.aliases.get(name, settings.aliases.get(words, words)) or None


def people_of(facts: Facts) -> pl.DataFrame:
    """People with a department: columns principal_id, department (written one way)."""
    return (
        facts.table("principals")
        .filter(pl.col("kind").cast(pl.String) == "user")
        .select(
            "principal_id",
            department=pl.col("department").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"),
        )
        .filter(pl.col("department").str.len_chars() > 0)
    )


def held_by_departments(facts: Facts, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Departments that hold each class: columns class_id, department, people.

    A person who reaches nearly everything is no evidence of an owner, and one person is no department.
    """
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
    classes = access.container_classes["class_id"].n_unique()
    everywhere = held.group_by("principal_id").len().filter(pl.col("len") > max(4, 0.5 * classes))
    return (
        held.join(everywhere, on="principal_id", how="anti")
        .join(people_of(facts), on="principal_id")
        .group_by("class_id", "department")
        .agg(people=pl.len().cast(pl.Int64))
        .filter(pl.col("people").sum().over("class_id") >= settings.min_people)
        .sort("class_id", "department")
    )


def _owners(facts: Facts, said: pl.DataFrame) -> pl.DataFrame:
    """Department of the owner that metadata names; the owner itself where nobody knows who that is."""
    people = people_of(facts)
    by_id = people.select(owner="principal_id", department="department")
    by_handle = (
        handles(facts)
        .join(people, on="principal_id")
        .group_by("handle")
        .agg(pl.col("department").unique())
        .filter(pl.col("department").list.len() == 1)
        .select(owner="handle", department=pl.col("department").list.first())
    )
    known = pl.concat([by_id, by_handle]).unique("owner", keep="first", maintain_order=True)
    owners = said.select("node", "owner").drop_nulls()
    found = owners.with_columns(owner=pl.col("owner").str.split("@").list.first()).join(known, on="owner", how="left")
    return found.select("node", kind=pl.lit("owner"), value=pl.coalesce("department", pl.format("person {}", "owner")))


def _artifact_owners(facts: Facts, index: pl.DataFrame) -> pl.DataFrame:
    """Department of the person who answers for the artifact that writes a container."""
    people = people_of(facts).select(owner="principal_id", value="department")
    return (
        facts.table("references")
        .filter(pl.col("direction").cast(pl.String) == "write")
        .select("container", "owner")
        .drop_nulls()
        .join(people, on="owner")
        .join(index, on="container")
        .select("node", kind=pl.lit("owner"), value="value")
        .unique()
    )


def _words(names: pl.Series) -> pl.DataFrame:
    """Words of the name; the first word, digits kept, is the code of a system as often as not."""
    tokens = tokenize(names).filter(pl.col("word").str.len_chars() > 1)
    words = tokens.select("node", kind=pl.lit("word"), value="token").unique()
    common = words.group_by("value").len().filter((pl.col("len") >= 3) & (pl.col("len") < 0.5 * names.len()))
    codes = tokens.filter(pl.col("word").str.contains(r"\d")).select("node", kind=pl.lit("code"), value="word").unique()
    often = codes.group_by("value").len().filter(pl.col("len") >= 3)
    return pl.concat([words.join(common, on="value", how="semi"), codes.join(often, on="value", how="semi")])


def _readers(facts: Facts, index: pl.DataFrame, settings: DomainsSettings) -> pl.DataFrame:
    """Departments whose people used it."""
    used = (
        facts.table("usage")
        .join(people_of(facts), on="principal_id")
        .join(index, on="container")
        .select("node", "department", "principal_id")
        .unique()
    )
    # Use by everybody says as little as use by nobody, and one person is no department.
    few = (
        used.group_by("node")
        .agg(departments=pl.col("department").n_unique(), people=pl.col("principal_id").n_unique())
        .filter((pl.col("departments") <= 3) & (pl.col("people") >= settings.min_people))
    )
    used = used.select("node", "department").unique()
    return used.join(few, on="node", how="semi").select("node", kind=pl.lit("used by"), value="department")


def neighbour_votes(lineage: lin.Lineage, known: np.ndarray, n_domains: int) -> np.ndarray:
    """Votes of neighbours in the lineage for each domain, shape (n_containers, n_domains).

    Parameters
    ----------
    known : int array, shape (n_containers,)
        Domain of each container as a position; -1 where it is not known.
    """
    edges = lineage.adjacency()
    both = edges + edges.T
    one_hot = np.zeros((known.size, n_domains))
    sure = np.flatnonzero(known >= 0)
    one_hot[sure, known[sure]] = 1.0
    votes: np.ndarray = np.asarray((both > 0).astype(np.float64) @ one_hot)
    return votes
