"""Audiences: who a folder is for, as the set of (grantee, level) that its ACL or role assignments would name.

In: resource groups and residual of the roles stage. Out: one audience per container class. Containers of one audience
can share a role assignment on a whole zone container; all others need ACLs on their folders.
"""

import hashlib

import polars as pl

from lakezones.model.levels import level_bits
from lakezones.propose.roles.stage import RolesResult


def entries(roles: RolesResult) -> pl.DataFrame:
    """Who has to be named on the containers of each class at the target.

    Returns
    -------
    DataFrame
        Columns class_id, grantee_id, level (bits), kind (group or principal); sorted. Groups carry people;
        service principals keep grants of their own.
    """
    groups = roles.resource_groups.select(
        "class_id",
        grantee_id="group_id",
        level=level_bits(pl.col("access").cast(pl.String)),
        kind=pl.lit("group"),
    )
    services = roles.residual_classes.filter(pl.col("disposition") == "keep_service", pl.col("lane") == "data").select(
        "class_id", "level", grantee_id="principal_id", kind=pl.lit("principal")
    )
    return (
        pl.concat([groups, services.select(groups.columns)])
        .group_by("class_id", "grantee_id", "kind")
        .agg(pl.col("level").bitwise_or())
        .select("class_id", "grantee_id", "level", "kind")
        .sort("class_id", "grantee_id")
    )


def audiences(named: pl.DataFrame, classes: pl.Series) -> pl.DataFrame:
    """Audience of every class.

    Parameters
    ----------
    named : DataFrame
        Of `entries`.
    classes : Series of str
        All classes; one that names nobody has the empty audience.

    Returns
    -------
    DataFrame
        Columns class_id, audience (stable id), names (number of entries).
    """
    texts = (
        named.sort("class_id", "grantee_id")
        .group_by("class_id", maintain_order=True)
        .agg(text=pl.format("{}={}", "grantee_id", "level").str.join("\n"), names=pl.len().cast(pl.Int64))
    )
    frame = (
        classes.alias("class_id")
        .to_frame()
        .join(texts, on="class_id", how="left", maintain_order="left")
        .with_columns(pl.col("text").fill_null(""), pl.col("names").fill_null(0))
    )
    ids = {text: "a-" + hashlib.sha256(text.encode()).hexdigest()[:10] for text in frame["text"].unique()}
    return frame.with_columns(audience=pl.col("text").replace_strict(ids, return_dtype=pl.String)).select(
        "class_id", "audience", "names"
    )
