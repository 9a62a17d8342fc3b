"""Ids of what can be decided on, where the proposal has no id of its own for it.

In: frames of the proposal. Out: the same with ``object_id``. Ids are made of what the object is, so that the next
proposal calls the same thing the same: a person's access under one disposition, the containers that one question
about zone and domain would settle, what one container of the target takes in.
"""

import hashlib
import json
from typing import Final

import polars as pl

from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.metadata import SYSTEM_KEYS

PREFIXES: Final = {"residual": "res", "drop": "drop", "finding": "fnd", "zone": "zone", "merge": "merge"}
"""How ids that are made here begin."""
_DIGITS: Final = 16

WAYS: Final = {
    "exception": "by a grant of their own",
    "membership": "by a membership of their own",
    "wide_scope": "by an assignment wider than a container",
    "eligible": "once they activate it",
    "control": "through the control plane",
    "bearer": "with a token or without signing in",
    "conditional": "under a condition",
    "destroy": "to delete or move it",
    "service": "as a service",
    "writeonly": "to write without reading",
}
"""How access that no role gives is held, by disposition."""


def way_of(disposition: str) -> str:
    """How access outside of roles is held, in words.

    Examples
    --------
    >>> way_of("keep_control"), way_of("drop_leavers")
    ('through the control plane', 'dropped by leavers')
    """
    kind, _, what = disposition.partition("_")
    return f"dropped by {what}" if kind == "drop" else WAYS.get(what, what.replace("_", " "))


def made_id(kind: str, *parts: str | None) -> str:
    """Id of an object of a kind that has none: a digest of what it is.

    Examples
    --------
    >>> made_id("residual", "ana", "keep_exception")
    'res-94e9c0b22637d53d'
    """
    text = json.dumps([part or "" for part in parts], ensure_ascii=False)
    return f"{PREFIXES[kind]}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def with_ids(frame: pl.DataFrame, kind: str, *columns: str) -> pl.DataFrame:
    """The frame with ``object_id`` made of some columns."""
    texts = [pl.col(name).cast(pl.String) for name in columns]
    known = frame.select(texts).unique()
    ids = [made_id(kind, *row) for row in known.iter_rows()]
    keyed = known.with_columns(pl.Series("object_id", ids, pl.String))
    return frame.with_columns(texts).join(keyed, on=list(columns), how="left", nulls_equal=True)


def outside_roles(proposal: Proposal, kind: str) -> pl.DataFrame:
    """Access outside of roles as items, one per person and disposition.

    Parameters
    ----------
    kind
        ``residual`` for what is kept, ``drop`` for what a policy drops.

    Returns
    -------
    polars.DataFrame
        object_id, principal_id, disposition, class_id, lane, level, group_id, reason.
    """
    rows = proposal.residual_classes.filter(pl.col("kind").cast(pl.String) == ("keep" if kind == "residual" else kind))
    columns = ("object_id", "principal_id", "disposition", "class_id", "lane", "level", "group_id", "reason")
    return with_ids(rows, kind, "principal_id", "disposition").select(columns)


def zone_questions(facts: Facts, access: Access, proposal: Proposal) -> pl.DataFrame:
    """Containers whose zone or domain needs a review, grouped by the question that settles them together.

    One question is about the containers of a system of record (of none: of a class with the same grants) that are
    proposed for the same zone and the same domain.

    Returns
    -------
    polars.DataFrame
        object_id, container, system (null without one), class_id, zone, runner_up, domain.
    """
    doubtful = proposal.zones.filter("needs_review")
    if doubtful.is_empty():
        schema = dict.fromkeys(
            ("object_id", "container", "system", "class_id", "zone", "runner_up", "domain"), pl.String
        )
        return pl.DataFrame(schema=schema)
    rows = (
        doubtful.join(access.container_classes, on="container", how="left")
        .join(facts.said(SYSTEM_KEYS, "system"), on="container", how="left")
        .with_columns(
            pl.col("zone", "runner_up").cast(pl.String),
            about=pl.coalesce(pl.format("system {}", "system"), pl.format("class {}", "class_id"), "container"),
        )
    )
    columns = ("object_id", "container", "system", "class_id", "zone", "runner_up", "domain")
    return with_ids(rows, "zone", "about", "zone", "domain").select(columns).sort("object_id", "container")


def merges(proposal: Proposal) -> pl.DataFrame:
    """Containers that the layout brings together, one item per container of the target that takes in several.

    Returns
    -------
    polars.DataFrame
        object_id, container, target_account, target_container, target_path.
    """
    place = ("target_account", "target_container")
    moving = proposal.layout.filter(
        pl.col("disposition").cast(pl.String) == "migrate", pl.col("target_container").is_not_null()
    ).filter(pl.len().over(place) > 1)
    columns = ("object_id", "container", *place, "target_path")
    return with_ids(moving, "merge", *place).select(columns).sort("object_id", "container")


def finding_items(findings: pl.DataFrame) -> pl.DataFrame:
    """Findings as items: columns of `lakezones.model.tables.Findings`, the id of what it is about as ``about_id``."""
    named = findings.rename({"object_kind": "about_kind", "object_id": "about_id"})
    return with_ids(named, "finding", "finding_id", "about_kind", "about_id")


def offered_variants(proposal: Proposal) -> pl.DataFrame:
    """Roles with a usage-fitted variant that may be approved: role_id."""
    return proposal.role_variants.filter("offered").select("role_id").unique().sort("role_id")


def left_unused(access: Access, proposal: Proposal) -> pl.DataFrame:
    """What the offered variants leave out, container by container.

    Returns
    -------
    polars.DataFrame
        role_id, class_id, container, level: the bits that the role has and its variant has not.
    """
    roles = offered_variants(proposal)
    opened = proposal.role_classes.join(roles, on="role_id", how="semi")
    fitted = proposal.variant_classes.select("role_id", "class_id", pl.col("level").alias("kept"))
    unused = proposal.excess.select("container", pl.lit(value=True).alias("unused"))
    return (
        opened.join(fitted, on=["role_id", "class_id"], how="left")
        .join(access.container_classes, on="class_id")
        .join(unused, on="container", how="left")
        .with_columns(
            kept=pl.when(pl.col("unused").fill_null(value=False)).then(0).otherwise(pl.col("kept").fill_null(0))
        )
        .select("role_id", "class_id", "container", level=(pl.col("level") & ~pl.col("kept").cast(pl.UInt8)))
        .filter(pl.col("level") > 0)
        .sort("role_id", "container")
    )
