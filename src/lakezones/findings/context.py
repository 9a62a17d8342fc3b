"""What findings share: frames derived once from facts and access, and helpers that put counts into words."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Literal

import polars as pl

from lakezones.access.membership import Audiences, active_edges, audiences, group_ids
from lakezones.access.parsed import approvals
from lakezones.access.settings import AccessSettings
from lakezones.findings.settings import FindingsSettings
from lakezones.model.frames import Access, Facts, Proposal
from lakezones.model.limits import LimitsSettings
from lakezones.model.metadata import SYSTEM_KEYS
from lakezones.model.policies import SodPair
from lakezones.model.principals import MACHINES, held_by_principals, is_person, of_kind
from lakezones.model.usage import ObservedUse, observe
from lakezones.model.words import counted_column


@dataclass(frozen=True)
class FindingContext:
    """Everything a finding may look at."""

    facts: Facts
    access: Access
    proposal: Proposal | None
    settings: FindingsSettings
    limits: LimitsSettings
    access_settings: AccessSettings
    sod: tuple[SodPair, ...] = ()

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
    def audiences(self) -> Audiences:
        """Members of every group, nesting followed."""
        return audiences(active_edges(self.facts), self.groups)

    @cached_property
    def approvals(self) -> pl.DataFrame:
        """principal_id, entitlement: approvals that count, by the same rule as access."""
        return approvals(self.facts, settings=self.access_settings)

    @cached_property
    def group_counts(self) -> pl.DataFrame:
        """principal_id, groups: how many groups each principal is in, nesting counted."""
        return self.audiences.counts()

    @cached_property
    def held(self) -> pl.DataFrame:
        """Rows of `lakezones.model.principals.held_by_principals` with the number of containers."""
        return held_by_principals(self.facts, self.access).join(self.sizes, on="class_id")

    @cached_property
    def people(self) -> pl.DataFrame:
        """Data-lane access of people: rows of `held` without machines."""
        return self.held.filter((pl.col("lane") == "data") & is_person())

    @cached_property
    def machines(self) -> pl.DataFrame:
        """principal_id: service principals and managed identities."""
        return of_kind(self.facts, *MACHINES)

    @cached_property
    def grants(self) -> pl.DataFrame:
        """Raw grants by class with the number of containers."""
        return self.access.class_grants.join(self.sizes, on="class_id")

    @cached_property
    def used_cells(self) -> pl.DataFrame:
        """class_id, principal_id, used, wrote: numbers of containers used and written where that would be seen.

        Names are numbered before pairs are formed: half a million pairs of two long strings are slow to group.
        """
        classes = self.sizes.select("class_id").with_row_index("class")
        places = (
            self.access.container_classes.join(
                self.use.reads.with_columns(reads=True), on="container", how="left", maintain_order="left"
            )
            .join(self.use.writes.with_columns(writes=True), on="container", how="left", maintain_order="left")
            .join(classes, on="class_id")
            .select("container", "class", pl.col("reads", "writes").fill_null(value=False))
            .with_row_index("place")
        )
        holders = self.people.select("principal_id").unique().with_row_index("person")
        cells = (
            self.use.rows.lazy()
            .join(holders.lazy(), on="principal_id")
            .join(places.lazy(), on="container")
            .group_by("person", "place", "class")
            .agg(pl.col("reads").first(), wrote=(pl.col("wrote") & pl.col("writes")).any())
            .group_by("person", "class")
            .agg(used=pl.col("reads").sum().cast(pl.Int64), wrote=pl.col("wrote").sum().cast(pl.Int64))
            .collect()
        )
        return cells.join(classes, on="class").join(holders, on="person").drop("person", "class")

    @cached_property
    def use(self) -> ObservedUse:
        """Use in the window of the settings."""
        return observe(
            self.facts,
            self.access.container_classes,
            days=self.settings.usage_window_days,
            max_unattributable=self.settings.max_unattributable,
        )

    def visible(self, kind: Literal["read", "write"]) -> pl.DataFrame:
        """Containers of each class where use of a kind would have been seen: class_id, and `kind` as their number."""
        seen = self.access.container_classes.join(self.use.observable(kind), on="container", how="semi")
        return seen.group_by("class_id").agg(pl.len().cast(pl.Int64).alias(kind))

    @cached_property
    def pairs_by_person(self) -> pl.DataFrame:
        """Pairs held and used on observable containers, by person.

        Returns
        -------
        polars.DataFrame
            principal_id, read_held, read_used, write_held, write_used: numbers of containers, in the data lane. Any use
            counts as use of read, since writing implies access to the data; only writing counts as use of write.
        """
        held = (
            self.people.join(self.visible("read"), on="class_id", how="left")
            .join(self.visible("write"), on="class_id", how="left")
            .group_by("principal_id")
            .agg(
                read_held=pl.col("read").filter(pl.col("level") & 1 != 0).sum(),
                write_held=pl.col("write").filter(pl.col("level") & 2 != 0).sum(),
            )
        )
        used = (
            self.used_cells.join(
                self.people.select("class_id", "principal_id", "level"), on=["class_id", "principal_id"]
            )
            .group_by("principal_id")
            .agg(
                read_used=pl.col("used").filter(pl.col("level") & 1 != 0).sum(),
                write_used=pl.col("wrote").filter(pl.col("level") & 2 != 0).sum(),
            )
        )
        return held.join(used, on="principal_id", how="left").with_columns(
            pl.col("read_used", "write_used").fill_null(0)
        )

    @cached_property
    def containers(self) -> pl.DataFrame:
        """container, class_id, account, system, owned, empty, stale, listed, group of every container of the lake."""
        old = self.facts.as_of - timedelta(days=self.settings.stale_days)
        # One look at the text instead of one parse of the JSON per key.
        keys = "|".join(re.escape(key) for key in self.settings.owner_keys)
        owned = pl.col("metadata").str.contains(rf'(?i)"(?:{keys})"\s*:\s*"[^"]+"').fill_null(value=False)
        known = self.facts.table("containers").select(
            "container",
            "account",
            owned=owned,
            empty=(pl.col("blob_count") == 0) | (pl.col("blob_count").is_null() & (pl.col("size_bytes") == 0)),
            stale=pl.col("last_modified") < old,
            listed=pl.lit(value=True),
        )
        systems = self.facts.said(SYSTEM_KEYS, "system")
        every = self.access.container_classes.join(known, on="container", how="left")
        return every.join(systems, on="container", how="left").with_columns(
            group=pl.coalesce("system", "account", pl.lit("(no system)"))
        )

    def by_system(self, containers: pl.DataFrame, which: str) -> pl.DataFrame:
        """Rows of a finding about containers, one per system: `which` says what is wrong with them."""
        return (
            containers.group_by("group")
            .agg(affected=pl.len(), examples=self.some(pl.col("container")))
            .select(
                "affected",
                object_kind=pl.lit("system"),
                object_id="group",
                evidence=pl.format("{} " + which + "{}", counted_column("container"), "examples"),
            )
        )

    def some(self, names: pl.Expr) -> pl.Expr:
        """Aggregation to the end of a sentence: all names where they are few, else the first as examples."""
        few = self.settings.examples
        text = names.sort().head(few).str.join(", ")
        return pl.when(names.len() > few).then(pl.lit(", such as ") + text).otherwise(pl.lit(": ") + text)


def total(kind: str, who: str = "principal_id") -> list[pl.Expr]:
    """Columns object_kind and object_id for findings about `who`."""
    return [pl.lit(kind).alias("object_kind"), pl.col(who).alias("object_id")]
