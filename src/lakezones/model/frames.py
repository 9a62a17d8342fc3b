"""The bundles of frames that stages hand to each other.

Each bundle is frozen and carries validated frames, one per table of `lakezones.model.facts` or
`lakezones.model.tables`. A fact table that is ``None`` was not assessed; an empty one was assessed and is empty.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any, Self, TypeVar, cast

import dataframely as dy
import polars as pl

from lakezones.model import facts as f
from lakezones.model import tables as t
from lakezones.model.facts import FACTS
from lakezones.model.metadata import declared, first_of, long_metadata

Table = TypeVar("Table", bound=dy.Schema)
"""Schema of a typed frame."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A snapshot: raw facts as read, and the one clock that everything after it uses.

    Attributes
    ----------
    as_of
        The only clock. For a capture its newest timestamp, otherwise the time of the scan.
    gaps
        Reads that failed (schema `lakezones.model.tables.Gaps`).
    """

    as_of: datetime
    accounts: dy.DataFrame[f.Accounts] | None = None
    containers: dy.DataFrame[f.Containers] | None = None
    principals: dy.DataFrame[f.Principals] | None = None
    memberships: dy.DataFrame[f.Memberships] | None = None
    group_owners: dy.DataFrame[f.GroupOwners] | None = None
    role_definitions: dy.DataFrame[f.RoleDefinitions] | None = None
    role_assignments: dy.DataFrame[f.RoleAssignments] | None = None
    acls: dy.DataFrame[f.Acls] | None = None
    stored_policies: dy.DataFrame[f.StoredPolicies] | None = None
    entitlements: dy.DataFrame[f.Entitlements] | None = None
    entitlement_containers: dy.DataFrame[f.EntitlementContainers] | None = None
    grants: dy.DataFrame[f.Grants] | None = None
    usage: dy.DataFrame[f.Usage] | None = None
    systems: dy.DataFrame[f.Systems] | None = None
    references: dy.DataFrame[f.References] | None = None
    gaps: dy.DataFrame[t.Gaps] = field(default_factory=t.Gaps.create_empty)

    def table(self, name: str) -> pl.DataFrame:
        """The table, or an empty frame of its schema where it was not assessed."""
        frame = getattr(self, name)
        return FACTS[name].create_empty() if frame is None else frame

    def assessed(self, name: str) -> bool:
        """Whether the table was read at all."""
        return getattr(self, name) is not None

    @cached_property
    def metadata(self) -> pl.DataFrame:
        """What the containers' metadata says: columns container, key (lower case), value; parsed once."""
        return long_metadata(self.table("containers"))

    def said(self, keys: Sequence[str], name: str) -> pl.DataFrame:
        """The metadata value of the first of `keys` that each container has: columns container and `name`; sorted."""
        if "metadata" in vars(self):
            return first_of(self.metadata, keys, name)
        return declared(self.table("containers"), keys, name)

    @classmethod
    def of(
        cls, tables: Mapping[str, pl.DataFrame | None], *, as_of: datetime, gaps: pl.DataFrame | None = None
    ) -> Self:
        """Facts from tables by name, each cast to its schema with missing optional columns added as null."""
        typed: dict[str, dy.DataFrame[Any]] = {
            name: conform(frame, FACTS[name]) for name, frame in tables.items() if frame is not None
        }
        return cls(as_of=as_of, gaps=t.Gaps.create_empty() if gaps is None else conform(gaps, t.Gaps), **typed)


def conform(frame: pl.DataFrame, schema: type[Table]) -> dy.DataFrame[Table]:
    """Give a frame exactly the columns and types of `schema`: missing nullable columns are added as null.

    Raises
    ------
    dataframely.exc.ValidationError
        If a required column is missing or a value breaks a rule of the schema.
    """
    missing = [
        pl.lit(None).cast(column.dtype).alias(name)
        for name, column in schema.columns().items()
        if name not in frame.columns and column.nullable
    ]
    validated = schema.validate(frame.with_columns(missing), cast=True)
    return cast("dy.DataFrame[Table]", validated.select(schema.column_names()))


@dataclass(frozen=True, kw_only=True)
class Access:
    """Effective access in classes; frames as in `lakezones.model.tables`."""

    container_classes: dy.DataFrame[t.ContainerClasses]
    class_access: dy.DataFrame[t.ClassAccess]
    class_grants: dy.DataFrame[t.ClassGrants]
    entitlement_classes: dy.DataFrame[t.EntitlementClasses]
    requests: dy.DataFrame[t.Requests]
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def data_lane(self) -> pl.DataFrame:
        """Access in the data lane: class_id, principal_id, level."""
        return self.class_access.filter(pl.col("lane") == "data").select("class_id", "principal_id", "level")


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Zones, roles, groups, residual and layout; frames as in `lakezones.model.tables`."""

    zones: dy.DataFrame[t.Zones]
    roles: dy.DataFrame[t.Roles]
    role_members: dy.DataFrame[t.RoleMembers]
    role_classes: dy.DataFrame[t.RoleClasses]
    resource_groups: dy.DataFrame[t.ResourceGroups]
    role_groups: dy.DataFrame[t.RoleGroups]
    residual_classes: dy.DataFrame[t.ResidualClasses]
    suggestions: dy.DataFrame[t.Suggestions]
    coverage: dy.DataFrame[t.Coverage]
    layout: dy.DataFrame[t.Layout]
    role_rules: dy.DataFrame[t.RoleRules] = field(default_factory=t.RoleRules.create_empty)
    role_rule_people: dy.DataFrame[t.RoleRulePeople] = field(default_factory=t.RoleRulePeople.create_empty)
    role_variants: dy.DataFrame[t.RoleVariants] = field(default_factory=t.RoleVariants.create_empty)
    variant_classes: dy.DataFrame[t.VariantClasses] = field(default_factory=t.VariantClasses.create_empty)
    excess: dy.DataFrame[t.Excess] = field(default_factory=t.Excess.create_empty)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """Decisions in force, and all that they are held against to say where something stands.

    Attributes
    ----------
    decisions
        Of each reviewer and part the newest decision that nobody took back.
    hashes
        What there is to decide on now: object_kind, object_id, content_hash.
    changed
        What is no longer as it was seen.
    two
        On what two reviewers must agree: object_kind, object_id.
    evidence, sources_apart, agree
        What two reviewers need, as ``review.toml`` says: a signature or ticket each, two workspaces or workbooks, one
        of certain people among them.
    """

    decisions: dy.DataFrame[t.Decisions]
    hashes: pl.DataFrame
    changed: dy.DataFrame[t.Changed] = field(default_factory=t.Changed.create_empty)
    two: pl.DataFrame = field(
        default_factory=lambda: pl.DataFrame(schema={"object_kind": pl.String, "object_id": pl.String})
    )
    evidence: bool = True
    sources_apart: bool = True
    agree: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Target:
    """What was decided, complete: all that a plan carries out; frames as in `lakezones.model.tables`.

    Attributes
    ----------
    status
        ``draft`` where nobody decided anything and all that is proposed counts, else ``reviewed``.
    pilots
        Domains that reviewers named as pilots, by name.
    """

    status: str
    roles: dy.DataFrame[t.TargetRoles]
    members: dy.DataFrame[t.TargetMembers]
    classes: dy.DataFrame[t.TargetClasses]
    nestings: dy.DataFrame[t.TargetNestings]
    groups: dy.DataFrame[t.TargetGroups]
    exceptions: dy.DataFrame[t.TargetExceptions]
    drops: dy.DataFrame[t.TargetDrops]
    kept: dy.DataFrame[t.TargetKept]
    staying: dy.DataFrame[t.TargetStaying]
    untouched: dy.DataFrame[t.Untouched]
    approvals: dy.DataFrame[t.TargetApprovals]
    parts: dy.DataFrame[t.TargetParts]
    zones: dy.DataFrame[t.Zones]
    layout: dy.DataFrame[t.Layout]
    pilots: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps, items, waves, limits and what becomes of approvals; frames as in `lakezones.model.tables`."""

    steps: dy.DataFrame[t.Steps]
    items: dy.DataFrame[t.Items]
    waves: dy.DataFrame[t.Waves]
    limits: dy.DataFrame[t.Limits]
    approvals: dy.DataFrame[t.Approvals] = field(default_factory=t.Approvals.create_empty)
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Claims and whether they hold, with the first counterexample of each that does not."""

    holds: bool
    claims: list[dict[str, Any]]
    counterexample: dy.DataFrame[t.Counterexample]
    summary: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The proof as it is written in ``proof.json``."""
        return {**self.summary, "holds": self.holds, "claims": self.claims}


def frames_of(bundle: Any) -> dict[str, dy.DataFrame[Any]]:
    """The frames of a bundle by field name, in field order."""
    values: dict[str, Any] = {one.name: getattr(bundle, one.name) for one in fields(bundle)}
    return {name: values[name] for name in values if isinstance(values[name], pl.DataFrame)}
