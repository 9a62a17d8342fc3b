"""What findings share: frames derived once from facts and access, and helpers that put counts into words."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

import polars as pl

from lakezones.access.acl import EVERYBODY
from lakezones.access.membership import active_edges, closure, group_ids, group_reach
from lakezones.findings.settings import FindingsSettings
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.limits import LimitsSettings

MACHINES = ("service_principal", "managed_identity")


@dataclass(frozen=True)
class Context:
    """Everything a finding may look at."""

    facts: Facts
    access: Access
    proposal: Proposal | None
    settings: FindingsSettings
    limits: LimitsSettings

    @cached_property
    def sizes(self) -> pl.DataFrame:
        """class_id, containers."""
        return self.access.container_classes.group_by("class_id").agg(containers=pl.len().cast(pl.Int64))

    @cached_property
    def principals(self) -> pl.DataFrame:
        """principal_id, kind (text), name, department, enabled; of everybody the directory knows."""
        return self.facts.table("principals").select(
            "principal_id", pl.col("kind").cast(pl.String), "name", "department", "enabled"
        )

    @cached_property
    def groups(self) -> pl.Series:
        """Ids that are groups."""
        return group_ids(self.facts)

    @cached_property
    def members(self) -> pl.DataFrame:
        """group_id, principal_id; closed over nesting."""
        return closure(active_edges(self.facts), self.groups)

    @cached_property
    def group_counts(self) -> pl.DataFrame:
        """principal_id, groups: how many groups each principal is in, nesting counted."""
        edges = active_edges(self.facts)
        above = group_reach(edges, self.groups)
        return (
            self.members.group_by("principal_id").agg(groups=pl.len().cast(pl.Int64))
            if above.height
            else (pl.DataFrame(schema={"principal_id": pl.String, "groups": pl.Int64}))
        )

    @cached_property
    def held(self) -> pl.DataFrame:
        """Access by real principals: class_id, principal_id, lane (text), level, containers, kind, enabled."""
        return (
            self.access.class_access.with_columns(pl.col("lane").cast(pl.String))
            .filter((pl.col("lane") != "bearer") & (pl.col("principal_id") != EVERYBODY))
            .join(self.sizes, on="class_id")
            .join(self.principals.select("principal_id", "kind", "enabled"), on="principal_id", how="left")
        )

    @cached_property
    def people(self) -> pl.DataFrame:
        """Data-lane access of people: rows of `held` without machines."""
        return self.held.filter((pl.col("lane") == "data") & ~pl.col("kind").is_in(MACHINES).fill_null(value=False))

    @cached_property
    def grants(self) -> pl.DataFrame:
        """Raw grants by class with enums as text and the number of containers."""
        return self.access.class_grants.with_columns(pl.col(pl.Enum).cast(pl.String)).join(self.sizes, on="class_id")

    @cached_property
    def containers(self) -> pl.DataFrame:
        """container, class_id, account, system, owner, empty, stale of every container of the estate."""
        old = self.facts.as_of - timedelta(days=self.settings.stale_days)
        owner = pl.coalesce(pl.col("metadata").str.json_path_match(f"$['{key}']") for key in self.settings.owner_keys)
        known = self.facts.table("containers").select(
            "container",
            "account",
            system=pl.col("metadata").str.json_path_match("$.system"),
            owner=owner,
            empty=(pl.col("blob_count") == 0) | (pl.col("blob_count").is_null() & (pl.col("size_bytes") == 0)),
            stale=pl.col("last_modified") < old,
            listed=pl.lit(value=True),
        )
        return self.access.container_classes.join(known, on="container", how="left").with_columns(
            group=pl.coalesce("system", "account", pl.lit("(no system)"))
        )

    def by_system(self, containers: pl.DataFrame, evidence: str) -> pl.DataFrame:
        """Rows of a finding about containers, one per system: `evidence` follows the number of containers."""
        examples = pl.col("container").sort().head(self.settings.examples).str.join(", ")
        return (
            containers.group_by("group")
            .agg(affected=pl.len(), examples=examples)
            .select(
                "affected",
                object_kind=pl.lit("system"),
                object_id="group",
                evidence=pl.format("{} " + evidence + ", such as {}", "affected", "examples"),
            )
        )


def total(kind: str, who: str = "principal_id") -> list[pl.Expr]:
    """Columns object_kind and object_id for findings about `who`."""
    return [pl.lit(kind).alias("object_kind"), pl.col(who).alias("object_id")]
