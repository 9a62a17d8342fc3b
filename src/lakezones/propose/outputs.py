"""The files of the proposal: canonical tables in classes, and renderings of them for people."""

from typing import Final

import dataframely as dy
import polars as pl

from lakezones.findings.outputs import outputs as findings_outputs
from lakezones.model import tables as t
from lakezones.model.frames import frames_of
from lakezones.model.levels import level_label
from lakezones.model.outputs import Outputs
from lakezones.model.principals import on_container
from lakezones.propose.stage import Proposed

MAX_PAIRS: Final = 1_000_000
"""Rows up to which a CSV for people is expanded to containers; beyond it rows are by class and say so."""


def outputs(proposed: Proposed, container_classes: dy.DataFrame[t.ContainerClasses]) -> Outputs:
    """Every table, its rendering for people, the contract stubs of products, findings and ``summary.json``.

    The reviewed roles that ids were carried over from are kept beside the new ones, until these are reviewed.

    """
    proposal, zoning, layout, governance = proposed.proposal, proposed.zoning, proposed.layout, proposed.governance
    residual, residual_by = render_residual(proposal.residual_classes, container_classes)
    role_containers, roles_by = render_role_containers(proposal.role_classes, container_classes)
    earlier = {} if proposed.earlier is None else frames_of(proposed.earlier)
    rendered = {name: frame for name, frame in frames_of(proposal).items() if name not in CLASSES}
    made = Outputs(
        frames={**frames_of(proposal), **{f"reviewed_{name}": frame for name, frame in earlier.items()}},
        csv={
            **rendered,
            "role_containers": role_containers,
            "residual": residual,
            "domain_questions": proposed.domaining.questions,
            "domain_departments": proposed.domaining.departments,
            "zone_questions": zoning.review,
            "zone_words": zoning.tokens,
            "products": layout.products,
            "prices": layout.priced,
            "new_access": layout.new_access,
            "renamed": layout.renamed,
            "stays": layout.stays,
            "pilots": layout.pilots,
            "alternatives": layout.alternatives,
            "flows": layout.flows,
            "conditions": layout.conditions,
            "catalog_grants": layout.catalog_grants,
            "governance": governance.rules,
            "exceptions": governance.exceptions,
        },
        documents={"summary": {**proposal.summary, "residual_by": residual_by, "role_containers_by": roles_by}},
        texts={"contracts.yaml": "---\n".join(layout.contracts.sort("product")["yaml"])},
    )
    return made | findings_outputs(proposed.findings, proposed.figures)


CLASSES: Final = ("role_classes", "residual_classes")
"""Canonical tables that people get by container instead."""


def render_residual(
    residual: dy.DataFrame[t.ResidualClasses], container_classes: dy.DataFrame[t.ContainerClasses]
) -> tuple[dy.DataFrame[t.Residual], str]:
    """residual.csv: by container, or by class where that would be too many rows; and which it is."""
    expanded, by = _expand(residual, container_classes)
    who = on_container() if by == "container" else pl.col("principal_id")
    frame = expanded.select(who, "container", level_label().alias("access"), "kind", "disposition", "reason").sort(
        "principal_id", "container", "access", "disposition"
    )
    return t.Residual.validate(frame, cast=True), by


def render_role_containers(
    role_classes: dy.DataFrame[t.RoleClasses], container_classes: dy.DataFrame[t.ContainerClasses]
) -> tuple[dy.DataFrame[t.RoleContainers], str]:
    """role_containers.csv: by container, or by class where that would be too many rows; and which it is."""
    expanded, by = _expand(role_classes, container_classes)
    frame = expanded.select("role_id", "container", level_label().alias("access")).sort("role_id", "container")
    return t.RoleContainers.validate(frame, cast=True), by


def _expand(frame: pl.DataFrame, container_classes: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    sizes = container_classes.group_by("class_id").len("containers")
    pairs = int(frame.join(sizes, on="class_id", how="left")["containers"].sum() or 0)
    if pairs > MAX_PAIRS:
        return frame.with_columns(container=pl.lit("class:") + pl.col("class_id")), "class"
    return frame.join(container_classes, on="class_id"), "container"
