"""What there is to see of everything that can be decided on, part by part.

In: facts, access, a proposal, findings. Out: `Contents`: people, classes of containers with their level, containers
with their sensitivity, and the classified evidence (risk, duties that meet, denies, owner; neither counts nor dates).
Containers of classes are kept once per class, and are written out only for what somebody decides on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, cast

import dataframely as dy
import polars as pl

from lakezones.model import tables as t
from lakezones.model.duties import Duties
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.levels import level_bits
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.model.policies import SodPair
from lakezones.review.binding import kinds

OBJECT: Final = ("object_kind", "object_id")
PART: Final = ("part_kind", "part_id")
_COLUMNS: Final = (*OBJECT, *PART, "level", "sensitivity", "value")


@dataclass(frozen=True, kw_only=True)
class Contents:
    """All that can be decided on now.

    Attributes
    ----------
    parts
        Members, classes, evidence, and containers where an item is about containers themselves
        (`lakezones.model.tables.Content`).
    containers
        class_id, container, sensitivity (lower case, empty where unknown): what the classes of `parts` hold.
    """

    parts: dy.DataFrame[t.Content]
    containers: pl.DataFrame

    @cached_property
    def objects(self) -> pl.DataFrame:
        """Everything that can be decided on: object_kind, object_id; sorted."""
        return self.parts.select(pl.col("object_kind").cast(pl.String), "object_id").unique().sort(OBJECT)

    def of(self, kind: str, object_id: str) -> pl.DataFrame:
        """The parts of one object, classes written out; columns as in `expanded`."""
        return self.expanded(pl.DataFrame({"object_kind": [kind], "object_id": [object_id]}))

    def expanded(self, objects: pl.DataFrame | None = None) -> dy.DataFrame[t.Content]:
        """The parts of some objects with a row per container in place of classes.

        Parameters
        ----------
        objects
            object_kind, object_id; by default all, which are millions of rows in a large lake.

        Returns
        -------
        polars.DataFrame
            Schema `lakezones.model.tables.Content`; of a container, ``value`` is the class that it is in.
        """
        parts = self.parts if objects is None else self.parts.join(_keys(objects), on=OBJECT, how="semi")
        classes = parts.filter(pl.col("part_kind") == "class")
        opened = (
            classes.select(*OBJECT, pl.col("part_id").alias("class_id"), "level")
            .join(self.containers, on="class_id")
            .select(
                *OBJECT,
                pl.lit("container").cast(parts.schema["part_kind"]).alias("part_kind"),
                pl.col("container").alias("part_id"),
                "level",
                "sensitivity",
                pl.col("class_id").alias("value"),
            )
        )
        rows = pl.concat([parts.filter(pl.col("part_kind") != "class"), opened.select(parts.columns)])
        # Unique by construction: a container is in one class, and a class once in an object.
        return cast("dy.DataFrame[t.Content]", rows)

    @cached_property
    def sizes(self) -> pl.DataFrame:
        """How large each object is: object_kind, object_id, people, containers, pairs (of person and container)."""
        in_class = self.containers.group_by("class_id").agg(pl.len().cast(pl.Int64).alias("n"))
        kind = pl.col("part_kind").cast(pl.String)
        return (
            self.parts.join(in_class, left_on="part_id", right_on="class_id", how="left")
            .group_by(OBJECT, maintain_order=True)
            .agg(
                (kind == "member").sum().cast(pl.Int64).alias("people"),
                (pl.col("n").filter(kind == "class").sum() + (kind == "container").sum().cast(pl.Int64)).alias(
                    "containers"
                ),
            )
            .with_columns(pl.col("object_kind").cast(pl.String), pairs=pl.col("people") * pl.col("containers"))
            .sort(OBJECT)
        )


def content(
    facts: Facts,
    access: Access,
    proposal: Proposal,
    findings: pl.DataFrame | None = None,
    *,
    sod: Sequence[SodPair] = (),
) -> Contents:
    """What there is to see of everything that can be decided on.

    Parameters
    ----------
    facts, access, proposal
        The snapshot, its access, and what was proposed.
    findings
        Schema `lakezones.model.tables.Findings`; none where not given.
    sod
        Duties that stay apart: people of a role in whom they meet are part of its evidence.
    """
    said = facts.said(SENSITIVITY_KEYS, "sensitivity").with_columns(
        pl.col("sensitivity").str.strip_chars().str.to_lowercase()
    )
    containers = (
        access.container_classes.join(said, on="container", how="left")
        .select("class_id", "container", pl.col("sensitivity").fill_null(""))
        .sort("class_id", "container")
    )
    frames = [
        *_roles(access, proposal, sod),
        *_suggestions(proposal),
        *_outside(proposal, "residual"),
        *_outside(proposal, "drop"),
        *_unused(access, proposal, containers),
        *([] if findings is None else _findings(findings, containers)),
        *_zones(facts, access, proposal, containers),
        *_merges(proposal, containers),
        *_pilots(proposal),
    ]
    rows = pl.concat([frame.select(_COLUMNS) for frame in frames]).unique(subset=[*OBJECT, *PART], keep="first")
    return Contents(parts=t.Content.validate(rows.sort(OBJECT + PART), cast=True), containers=containers)


def _roles(access: Access, proposal: Proposal, sod: Sequence[SodPair]) -> list[pl.DataFrame]:
    role = pl.col("role_id")
    denied = (
        access.class_grants.filter(pl.col("effect") == "deny")
        .select("class_id", "grantee_id")
        .unique()
        .join(proposal.role_classes, on="class_id")
        .select("role_id", "grantee_id")
        .unique()
    )
    met = _meeting(access, proposal, sod)
    owner = proposal.roles.select("role_id").join(
        proposal.role_rules.select("role_id", "owner"), on="role_id", how="left"
    )
    return [
        _rows(proposal.role_members, "role", role, "member", pl.col("principal_id")),
        _rows(proposal.role_classes, "role", role, "class", pl.col("class_id"), level=pl.col("level")),
        _rows(proposal.roles, "role", role, "evidence", pl.lit("risk"), value=pl.col("risk").cast(pl.String)),
        _rows(owner, "role", role, "evidence", pl.lit("owner"), value=pl.col("owner").fill_null("")),
        _rows(denied, "role", role, "evidence", pl.format("deny {}", "grantee_id")),
        _rows(met, "role", role, "evidence", pl.format("conflict {}: {}", "pair", "principal_id")),
    ]


def _meeting(access: Access, proposal: Proposal, sod: Sequence[SodPair]) -> pl.DataFrame:
    """Duties that meet in people of a role, and to which what it opens belongs: role_id, pair, principal_id."""
    schema = {"role_id": pl.String, "pair": pl.String, "principal_id": pl.String}
    duties = Duties(sod, access)
    touched = pl.Series(sorted(duties.classes), dtype=pl.String).implode()
    opens = proposal.role_classes.filter(pl.col("class_id").is_in(touched))
    if opens.is_empty():
        return pl.DataFrame(schema=schema)
    members = proposal.role_members.join(opens.select("role_id").unique(), on="role_id", how="semi")
    reach: dict[str, dict[str, int]] = {}
    held = access.data_lane.filter(pl.col("class_id").is_in(touched)).join(members, on="principal_id", how="semi")
    for class_id, person, level in held.iter_rows():
        reach.setdefault(person, {})[class_id] = level
    meeting = {person: pairs for person, own in reach.items() if (pairs := duties.together(own))}
    classes: dict[str, set[str]] = {}
    for role_id, class_id in opens.select("role_id", "class_id").iter_rows():
        classes.setdefault(role_id, set()).add(class_id)
    rows = [
        (role_id, pair, person)
        for role_id, person in members.select("role_id", "principal_id").iter_rows()
        for pair, (left, right) in meeting.get(person, {}).items()
        if classes[role_id] & (left | right)
    ]
    return pl.DataFrame(rows, schema=schema, orient="row")


def _suggestions(proposal: Proposal) -> list[pl.DataFrame]:
    rows, one = proposal.suggestions, pl.col("suggestion_id")
    level = level_bits(pl.col("access").cast(pl.String))
    return [
        _rows(rows, "suggestion", one, "member", pl.col("principal_id")),
        _rows(rows, "suggestion", one, "class", pl.col("class_id"), level=level),
        _rows(rows, "suggestion", one, "evidence", pl.lit("role"), value=pl.col("role_id")),
    ]


def _outside(proposal: Proposal, kind: str) -> list[pl.DataFrame]:
    rows, one = kinds.outside_roles(proposal, kind), pl.col("object_id")
    people = rows.select("object_id", "principal_id", "disposition").unique()
    opened = rows.group_by("object_id", "class_id").agg(pl.col("level").bitwise_or())
    return [
        _rows(people, kind, one, "member", pl.col("principal_id")),
        _rows(people, kind, one, "evidence", pl.lit("disposition"), value=pl.col("disposition")),
        _rows(opened, kind, one, "class", pl.col("class_id"), level=pl.col("level")),
    ]


def _unused(access: Access, proposal: Proposal, containers: pl.DataFrame) -> list[pl.DataFrame]:
    left = kinds.left_unused(access, proposal).join(containers.select("container", "sensitivity"), on="container")
    members = proposal.role_members.join(left.select("role_id").unique(), on="role_id", how="semi")
    part = pl.col("container")
    return [
        _rows(members, "unused", pl.col("role_id"), "member", pl.col("principal_id")),
        _rows(
            left,
            "unused",
            pl.col("role_id"),
            "container",
            part,
            level=pl.col("level"),
            known=True,
            value=pl.col("class_id"),
        ),
    ]


def _findings(findings: pl.DataFrame, containers: pl.DataFrame) -> list[pl.DataFrame]:
    rows = kinds.finding_items(findings)
    one, about = pl.col("object_id"), pl.col("about_id")
    stored = rows.filter(about_kind="container").join(
        containers.select("container", "class_id", "sensitivity"), left_on="about_id", right_on="container"
    )
    return [
        _rows(rows, "finding", one, "evidence", pl.lit("severity"), value=pl.col("severity").cast(pl.String)),
        _rows(rows.filter(about_kind="principal"), "finding", one, "member", about),
        _rows(stored, "finding", one, "container", about, known=True, value=pl.col("class_id")),
    ]


def _zones(facts: Facts, access: Access, proposal: Proposal, containers: pl.DataFrame) -> list[pl.DataFrame]:
    rows, one = kinds.zone_questions(facts, access, proposal), pl.col("object_id")
    stored = rows.drop("class_id").join(containers, on="container")
    return [
        _rows(rows.unique("object_id"), "zone", one, "evidence", pl.lit(name), value=pl.col(name).fill_null(""))
        for name in ("zone", "domain")
    ] + [_rows(stored, "zone", one, "container", pl.col("container"), known=True, value=pl.col("class_id"))]


def _merges(proposal: Proposal, containers: pl.DataFrame) -> list[pl.DataFrame]:
    rows, one = kinds.merges(proposal), pl.col("object_id")
    place = pl.concat_str("target_account", "target_container", separator="/", ignore_nulls=True)
    return [
        _rows(rows.unique("object_id"), "merge", one, "evidence", pl.lit("target"), value=place),
        _rows(
            rows.join(containers, on="container"),
            "merge",
            one,
            "container",
            pl.col("container"),
            known=True,
            value=pl.col("class_id"),
        ),
    ]


def _pilots(proposal: Proposal) -> list[pl.DataFrame]:
    domains = proposal.zones.select("domain").drop_nulls().unique()
    return [_rows(domains, "pilot", pl.col("domain"), "evidence", pl.lit("domain"), value=pl.col("domain"))]


def _rows(
    frame: pl.DataFrame,
    kind: str,
    one: pl.Expr,
    part_kind: str,
    part: pl.Expr,
    *,
    level: pl.Expr | None = None,
    value: pl.Expr | None = None,
    known: bool = False,
) -> pl.DataFrame:
    """Parts of one kind; `known` where the frame says the sensitivity."""
    return frame.select(
        pl.lit(kind).alias("object_kind"),
        one.cast(pl.String).alias("object_id"),
        pl.lit(part_kind).alias("part_kind"),
        part.cast(pl.String).alias("part_id"),
        (pl.lit(0) if level is None else level).cast(pl.UInt8).alias("level"),
        (pl.col("sensitivity") if known else pl.lit("")).alias("sensitivity"),
        (pl.lit("") if value is None else value).alias("value"),
    )


def _keys(objects: pl.DataFrame) -> pl.DataFrame:
    """Objects with the type that parts have them in."""
    kind = t.Content.columns()["object_kind"].dtype
    return objects.select(pl.col("object_kind").cast(pl.String).cast(kind), "object_id").unique()
