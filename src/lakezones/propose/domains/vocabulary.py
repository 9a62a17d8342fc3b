"""Names of domains: those that tags and the register use and those that departments fold to, made one list.

In: facts and access. Out: `Vocabulary`: what metadata and the register say of each container, and the domain of people.
Two names are one domain where they are written alike, or where each is the other's best match by what it stands on and
what it holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.areas import fold_departments, read_areas, words_of
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.domains.votes import FloatArray, beyond_share, tally
from lakezones.propose.zones.state import handles

MIN_PEOPLE: Final = 3
"""Fewest people of a department whose holdings show what its domain is."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What containers and people are said to belong to.

    Attributes
    ----------
    names : list of str
        Domains, sorted.
    said : DataFrame
        A row per container, by container: container, class_id, system, owner (principal_id, where known), owner_name
        (as written), tags (what it is tagged with where its tags disagree, else null), by_setting (the tag is that of
        its system in the settings), and domains: tag, register, owned (that of the owner).
    people : DataFrame
        principal_id, label (domain), of those whose department names or shows one.
    areas : DataFrame
        As `lakezones.propose.areas.read_areas` gives them.
    """

    names: list[str]
    said: pl.DataFrame
    people: pl.DataFrame
    areas: pl.DataFrame


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


def read_vocabulary(facts: Facts, access: Access, settings: DomainsSettings) -> Vocabulary:
    """Read names of domains, and who and what bears them."""
    areas = read_areas(facts, settings)
    folded = {" ".join(words_of(d)): a for d, a in areas.select("department", "area").drop_nulls().unique().iter_rows()}
    said = _tags(facts, access, folded, settings)
    said = _registered(facts, said, folded, settings)
    names = {area: str(canonical(area, settings)) for area in areas["area"].drop_nulls().unique()}
    groups = areas.select(
        "principal_id", group=pl.coalesce(pl.col("area").replace(names), pl.format("team {}", "department"))
    )
    # One or two people are no area that a tag could be another name of.
    many = groups.filter(pl.len().over("group") >= MIN_PEOPLE)
    held = access.data_lane.join(many, on="principal_id").select("class_id", "group", "principal_id")
    # The register's spelling before the department's, the department's before the tags'.
    same = _one_to_one(said.select(unit="tag", group="register").drop_nulls())
    said = said.with_columns(tag=pl.col("tag").replace(same))
    anchors = said.select("class_id", unit=pl.coalesce("register", "tag")).drop_nulls().unique()
    pairs = held.join(anchors, on="class_id").select("unit", "group")
    known = set(anchors["unit"])
    held_alike = _one_to_one(pairs.filter(~pl.col("group").str.starts_with("team ")))
    registered = set(said["register"].drop_nulls())
    said = said.with_columns(
        tag=pl.col("tag").replace({x: y for x, y in held_alike.items() if x not in registered}),
    )
    matched = known & ({*names.values()} | held_alike.keys())
    if len(matched) < 0.5 * len(known):
        # Departments are named by something else than the business: only what each one holds says where it belongs.
        other = [name for name in names.values() if name not in {*known, *held_alike.values()}]
        apart = pl.when(pl.col("group").is_in(other)).then(pl.format("team {}", "department")).otherwise("group")
        groups = groups.join(areas, on="principal_id").select("principal_id", group=apart)
        pairs = access.data_lane.join(groups, on="principal_id").join(anchors, on="class_id").select("unit", "group")
    people_say = {y: x for x, y in held_alike.items() if x in registered}
    shown = _shown(pairs) if known else {}
    labels = groups.with_columns(
        label=pl.col("group").replace({**people_say, **shown}),
    ).filter(~pl.col("label").str.starts_with("team "))
    people = labels.select("principal_id", "label")
    said = _owners(facts, said, people)
    every = {*people["label"], *said["tag"].drop_nulls(), *said["register"].drop_nulls()}
    return Vocabulary(names=sorted(every), said=said.sort("container"), people=people, areas=areas)


def _name(raw: str, folded: Mapping[str, str], settings: DomainsSettings) -> str | None:
    """Domain by a tag: a team's name is that of its area; numbers and words for a unit go."""
    name = canonical(raw, settings)
    if name != canonical(raw, DomainsSettings()) or name is None:
        return name
    area = folded.get(" ".join(words_of(raw)))
    if area is None:
        area = fold_departments({raw: 1, raw + "-": 1}).get(raw, (None, None))[0]
    return canonical(area or raw, settings)


def _tags(facts: Facts, access: Access, folded: Mapping[str, str], settings: DomainsSettings) -> pl.DataFrame:
    """What metadata says of each container: container, class_id, system, owner_name, tag, tags, by_setting."""
    containers = pl.concat([access.container_classes["container"], facts.table("containers")["container"]])
    said = pl.DataFrame({"container": containers.unique().sort()})
    said = said.join(access.container_classes, on="container", how="left").with_columns(
        pl.col("class_id").fill_null("")
    )
    for name, keys in (("system", settings.system_keys), ("owner_name", settings.owner_keys)):
        said = said.join(facts.said(keys, name), on="container", how="left")
    tags = pl.concat(
        [facts.said((key,), "tag").with_columns(rank=pl.lit(i)) for i, key in enumerate(settings.metadata_keys)]
        or [pl.DataFrame(schema={"container": pl.String, "tag": pl.String, "rank": pl.Int32})]
    )
    written = {raw: _name(raw, folded, settings) for raw in tags["tag"].unique()}
    tags = (
        tags.with_columns(pl.col("tag").replace_strict(written, default=None, return_dtype=pl.String))
        .drop_nulls("tag")
        .sort("container", "rank")
        .group_by("container", maintain_order=True)
        .agg(pl.col("tag").first(), tags=pl.col("tag").unique(maintain_order=True))
        .with_columns(tags=pl.when(pl.col("tags").list.len() > 1).then(pl.col("tags").list.join(" and ")))
    )
    by_system = pl.col("system").replace_strict(
        {system: canonical(name, settings) for system, name in settings.systems.items()},
        default=None,
        return_dtype=pl.String,
    )
    return said.join(tags, on="container", how="left").with_columns(
        by_setting=pl.col("tag").is_null() & by_system.is_not_null(), tag=pl.coalesce("tag", by_system)
    )


def _registered(facts: Facts, said: pl.DataFrame, folded: Mapping[str, str], settings: DomainsSettings) -> pl.DataFrame:
    """Add what the register says: system (where the name shows one), register (domain), steward (its owner)."""
    systems = facts.table("systems")
    keys = (
        pl.concat(
            [
                systems.select(pl.col(key).str.to_lowercase().alias("key"), "system", "owner", "area")
                for key in ("system", "application_id")
            ]
        )
        .drop_nulls("key")
        .unique("key", keep="first", maintain_order=True)
    )
    # Without metadata, a word of the name that is a registered system.
    words = (
        said.filter(pl.col("system").is_null())
        .select(
            "container",
            word=pl.col("container").str.split("/").list.last().str.to_lowercase().str.extract_all(r"[a-z0-9]+"),
        )
        .explode("word")
        .filter(pl.col("word").str.len_chars() >= 2)
        .join(keys.select(word="key", shown="system"), on="word")
        .unique("container", keep="first", maintain_order=True)
    )
    said = said.join(words.select("container", "shown"), on="container", how="left")
    said = said.with_columns(system=pl.coalesce("system", "shown")).drop("shown")
    written = {area: _name(area, folded, settings) for area in keys["area"].drop_nulls().unique()}
    found = keys.select(
        "key",
        steward="owner",
        register=pl.col("area").replace_strict(written, default=None, return_dtype=pl.String),
    )
    return said.with_columns(key=pl.col("system").str.to_lowercase()).join(found, on="key", how="left").drop("key")


def _owners(facts: Facts, said: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Add owner (principal_id) and owned (domain of the owner); a system's owner says its domain where no area does."""
    users = facts.table("principals").filter(pl.col("kind").cast(pl.String).fill_null("user") == "user")
    spelled = pl.concat(
        [
            users.select("principal_id", handle="principal_id"),
            users.select("principal_id", handle="name").drop_nulls(),
            handles(facts).select("principal_id", "handle"),
        ]
    ).with_columns(pl.col("handle").str.to_lowercase())
    one = spelled.unique().filter(pl.col("principal_id").n_unique().over("handle") == 1).unique("handle")
    for source, target in (("owner_name", "owner"), ("steward", "steward_id")):
        written = pl.col(source).str.strip_chars().str.to_lowercase()
        exact = said.with_columns(handle=written).join(one.rename({"principal_id": target}), on="handle", how="left")
        local = exact.with_columns(
            handle=pl.col("handle").str.split("@").list.first().str.replace_all(r"[^a-z0-9]", "")
        )
        short = local.join(one.rename({"principal_id": "short"}), on="handle", how="left")
        said = short.with_columns(pl.coalesce(target, "short").alias(target)).drop("handle", "short")
    for source, target in (("owner", "owned"), ("steward_id", "stewarded")):
        said = said.join(people.rename({"principal_id": source, "label": target}), on=source, how="left")
    return said.with_columns(register=pl.coalesce("register", "stewarded")).drop("stewarded")


def _counts(pairs: pl.DataFrame) -> tuple[list[str], list[str], FloatArray]:
    """Units, groups, and evidence that each unit is the group's more than anybody's."""
    units, groups = (pairs[name].unique().sort().to_list() for name in ("unit", "group"))
    at = pairs.select(
        unit=pl.col("unit").replace_strict({x: i for i, x in enumerate(units)}, return_dtype=pl.Int64),
        label=pl.col("group").replace_strict({x: i for i, x in enumerate(groups)}, return_dtype=pl.Int64),
    )
    return units, groups, beyond_share(tally(at, len(units), len(groups)))


def _one_to_one(pairs: pl.DataFrame) -> dict[str, str]:
    """Units that are a group under another name: each the other's best of those that no name matches already."""
    if pairs.is_empty():
        return {}
    units, groups, scores = _counts(pairs)
    rows = [i for i, unit in enumerate(units) if unit not in groups]
    columns = [j for j, group in enumerate(groups) if group not in units]
    if not rows or not columns:
        return {}
    loose = scores[np.ix_(rows, columns)]
    found = {}
    for i, row in enumerate(loose):
        j = int(row.argmax())
        if row[j] > 0.5 * max(row.sum(), loose[:, j].sum(), 0.5 * scores[rows[i]].sum(), 1e-9):
            found[units[rows[i]]] = groups[columns[j]]
    return found


def _shown(pairs: pl.DataFrame) -> dict[str, str]:
    """Teams whose domain is shown by what they hold of what is tagged or registered."""
    if pairs["unit"].n_unique() < 2:
        return {}
    units, groups, scores = _counts(pairs)
    total = scores.sum(axis=0)
    best = scores.argmax(axis=0)
    return {
        group: units[best[j]]
        for j, group in enumerate(groups)
        if group.startswith("team ") and scores[best[j], j] > 0.5 * total[j] and total[j] > 1.0
    }
