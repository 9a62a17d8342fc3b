"""Propose an owning domain for every container.

In: facts and effective access. Out: columns container, domain, domain_confidence, domain_evidence. A container's own
tag comes first, then the domain its system is known by, then the department most of its readers are in.
"""

import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.domains.settings import DomainsSettings
from lakezones.propose.zones.features import container_names, parse_metadata


def propose_domains(facts: Facts, access: Access, *, settings: DomainsSettings) -> pl.DataFrame:
    """Domain of every container.

    Returns
    -------
    DataFrame
        Columns container, domain (null where nothing tells it), domain_confidence, domain_evidence; by container.
    """
    names = container_names(facts, access)
    said = _said(facts, settings)
    frame = names.to_frame().join(said, on="container", how="left", maintain_order="left")
    by_system = (
        frame.drop_nulls(["system", "tag"])
        .group_by("system", "tag")
        .len("votes")
        .sort("system", "votes", "tag", descending=[False, True, False])
        .group_by("system", maintain_order=True)
        .agg(system_domain=pl.col("tag").first(), share=pl.col("votes").first() / pl.col("votes").sum())
    )
    frame = (
        frame.join(by_system, on="system", how="left", maintain_order="left")
        .join(_departments(facts, access, settings), on="container", how="left", maintain_order="left")
        .with_columns(pl.col("share").fill_null(0.0))
    )
    tagged, known, read = (pl.col(c).is_not_null() for c in ("tag", "system_domain", "department"))
    return frame.select(
        "container",
        domain=pl.coalesce("tag", "system_domain", "department"),
        domain_confidence=pl.when(tagged)
        .then(0.98)
        .when(known)
        .then(0.5 + 0.45 * pl.col("share"))
        .when(read)
        .then(0.9 * pl.col("department_share"))
        .otherwise(0.0)
        .round(4),
        domain_evidence=pl.when(tagged)
        .then(pl.format("tagged domain {}", "tag"))
        .when(known)
        .then(pl.format("system {} belongs to {}", "system", "system_domain"))
        .when(read)
        .then(
            pl.format(
                "{} percent of its people are in {}",
                (pl.col("department_share") * 100).round(0).cast(pl.Int64),
                "department",
            )
        ),
    ).sort("container")


def _said(facts: Facts, settings: DomainsSettings) -> pl.DataFrame:
    """What metadata says: columns container, tag, system."""
    containers = facts.table("containers").select("container", "metadata")
    rows: list[tuple[str | None, str | None, str | None]] = []
    for text in containers["metadata"].unique().sort():
        value = parse_metadata(text)
        tag = next((str(value[k]) for k in settings.metadata_keys if value.get(k)), None)
        system = next((str(value[k]) for k in settings.system_keys if value.get(k)), None)
        if tag is None and system in settings.systems:
            tag = settings.systems[system]
        rows.append((text, canonical(tag, settings), system))
    said = pl.DataFrame(rows, schema=dict.fromkeys(["metadata", "tag", "system"], pl.String), orient="row")
    return containers.join(said, on="metadata", how="left", nulls_equal=True).drop("metadata")


def canonical(name: str | None, settings: DomainsSettings) -> str | None:
    """The one way a domain's name is written: lower case, words joined by hyphens, aliases resolved."""
    if name is None:
        return None
    words = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())
    return settings.aliases.get(name, settings.aliases.get(words, words)) or None


def _departments(facts: Facts, access: Access, settings: DomainsSettings) -> pl.DataFrame:
    """The department most of the people of a container are in: columns container, department, department_share."""
    people = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "user").drop_nulls("department")
    held = access.class_access.filter(pl.col("lane").cast(pl.String) == "data")
    # Who reaches nearly everything tells nothing of whose anything is.
    classes = access.container_classes["class_id"].n_unique()
    everywhere = held.group_by("principal_id").len().filter(pl.col("len") > max(4, 0.5 * classes))
    per_class = (
        held.join(everywhere, on="principal_id", how="anti")
        .join(people.select("principal_id", "department"), on="principal_id")
        .group_by("class_id", "department")
        .len("people")
        .sort("class_id", "people", "department", descending=[False, True, False])
        .group_by("class_id", maintain_order=True)
        .agg(
            department=pl.col("department").first(),
            department_share=pl.col("people").first() / pl.col("people").sum(),
            total=pl.col("people").sum(),
        )
        # One person is no department: an administrator with access to everything would own it all.
        .filter(pl.col("total") >= settings.min_people)
        .drop("total")
        .with_columns(pl.col("department").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-"))
    )
    return access.container_classes.join(per_class, on="class_id").drop("class_id")
