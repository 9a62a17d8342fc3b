"""Which wave each domain, container, class and group belongs to: pilots first, one domain a wave.

In: classes and the decided target (zones for domains, groups, pilots). Out: `Schedule`. Wave 0 is preparation; a class
of containers that spans domains belongs to the earliest of their waves, so that its groups are in place before any of
its containers moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from lakezones.model.frames import Access, Target
from lakezones.plan.settings import PlanSettings


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Waves of everything.

    Attributes
    ----------
    domains
        wave, domain (null for containers without one), pilot.
    containers
        container, class_id, wave.
    classes, groups, roles
        class_id, group_id or role_id, with wave.
    """

    domains: pl.DataFrame
    containers: pl.DataFrame
    classes: pl.DataFrame
    groups: pl.DataFrame
    roles: pl.DataFrame

    @property
    def waves(self) -> list[int]:
        """Numbers of the waves after preparation."""
        return self.domains["wave"].to_list()


def schedule(access: Access, target: Target, *, settings: PlanSettings) -> Schedule:
    """Order domains into waves, and give every container, class, group and role its wave."""
    zones = target.zones.select("container", "domain")
    located = access.container_classes.join(zones, on="container", how="left")
    moving = target.layout.filter(disposition="migrate")["container"]
    sizes = located.group_by("domain").agg(
        pl.len().alias("containers"), pl.col("container").is_in(moving.implode()).any().alias("moves")
    )
    domains = _ordered(sizes, _pilots(sizes, target, settings))
    containers = located.join(domains.select("domain", "wave"), on="domain", how="left", nulls_equal=True).select(
        "container", "class_id", "wave"
    )
    classes = containers.group_by("class_id").agg(pl.col("wave").min()).sort("class_id")
    groups = target.groups.join(classes, on="class_id").group_by("group_id").agg(pl.col("wave").min()).sort("group_id")
    roles = target.nestings.join(groups, on="group_id").group_by("role_id").agg(pl.col("wave").min()).sort("role_id")
    return Schedule(
        domains=domains, containers=containers.sort("container"), classes=classes, groups=groups, roles=roles
    )


def _pilots(sizes: pl.DataFrame, target: Target, settings: PlanSettings) -> list[str]:
    """Pilot domains: those that were decided, else those with fewest containers that move any."""
    known = set(sizes["domain"].drop_nulls().to_list())
    if present := [name for name in target.pilots if name in known]:
        return present
    # A domain of which nothing moves would be a pilot of half the plan.
    smallest = sizes.drop_nulls("domain").sort("moves", "containers", "domain", descending=[True, False, False])
    return smallest["domain"].head(settings.pilots).to_list()


def _ordered(sizes: pl.DataFrame, pilots: Sequence[str]) -> pl.DataFrame:
    """Pilots in their order, then the rest by size and name; containers without a domain come last."""
    rank = {name: position for position, name in enumerate(dict.fromkeys(pilots))}
    return (
        sizes.with_columns(
            pl.col("domain").replace_strict(rank, default=None, return_dtype=pl.Int64).alias("rank"),
            pl.col("domain").is_null().alias("unowned"),
        )
        .sort("unowned", "rank", "containers", "domain", nulls_last=True)
        .select(
            (pl.int_range(pl.len(), dtype=pl.Int64) + 1).alias("wave"),
            "domain",
            pl.col("rank").is_not_null().alias("pilot"),
        )
    )
