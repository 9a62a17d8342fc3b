"""Governance: every rule evaluated, for every domain by its own rules, violations as findings.

In: facts, access, zones, the proposed layout and its products, ``policies.toml``. Out: `Governance`: the rules with
what was checked and what broke them, findings, and a dated exception for each person who holds raw or curated data. A
person's grant is reported, not cut: it stays as an exception until the date, and the owner decides.

Rules are registered like findings; they are not among those, since each is counted by domain whether or not it is
broken.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.model.policies import GovernanceRules, GovernanceSettings, PoliciesSettings
from lakezones.model.principals import MACHINES, of_kind
from lakezones.model.words import counted

Violation = tuple[str | None, str, str, str, int]
"""Domain, object kind, object id, evidence, affected."""


@dataclass(frozen=True, kw_only=True)
class Governance:
    """The rules, evaluated.

    Attributes
    ----------
    rules : DataFrame
        rule, domain, tightened (the domain has a rule of its own), assessed, checked, violations.
    findings : DataFrame
        Schema `lakezones.model.tables.Findings`; finding_id is ``governance-`` and the rule.
    exceptions : DataFrame
        domain, class_id, principal_id, zone, containers, expires_at, reason.
    """

    rules: pl.DataFrame
    findings: dy.DataFrame[tables.Findings]
    exceptions: pl.DataFrame


@dataclass(frozen=True)
class GovernanceContext:
    """What a rule looks at.

    Attributes
    ----------
    frame : DataFrame
        One row per container: domain, zone, product, target, region, sensitivity, age.
    products : DataFrame
        product, domain, owner, containers.
    """

    facts: Facts
    access: Access
    frame: pl.DataFrame
    products: pl.DataFrame
    settings: GovernanceSettings

    @cached_property
    def domains(self) -> list[str]:
        """Domains of containers, of products and of rules."""
        return sorted(
            {*self.frame["domain"].drop_nulls(), *self.products["domain"].drop_nulls(), *self.settings.domains}
        )

    def by_domain(self) -> list[tuple[str | None, GovernanceRules]]:
        """The rules of every domain, and of what has none."""
        return [(domain, self.settings.rules_for(domain)) for domain in (None, *self.domains)]

    @cached_property
    def exceptions(self) -> pl.DataFrame:
        """People who hold data in zones meant for service principals, each until a date."""
        as_of = self.facts.as_of
        ends = [
            (domain, zone, as_of + timedelta(days=rules.exception_days))
            for domain, rules in self.by_domain()
            for zone in rules.service_only_zones
        ]
        until = pl.Datetime("us", "UTC")
        limits = pl.DataFrame(
            ends, schema=[("domain", pl.String), ("zone", pl.String), ("expires_at", until)], orient="row"
        )
        held = self.access.data_lane.join(of_kind(self.facts, *MACHINES, "group"), on="principal_id", how="anti")
        return (
            self.frame.join(limits, on=["domain", "zone"], nulls_equal=True)
            .group_by("domain", "class_id", "zone", "expires_at")
            .agg(containers=pl.len().cast(pl.Int64))
            .join(held, on="class_id")
            .select(
                "domain",
                "class_id",
                "principal_id",
                "zone",
                "containers",
                "expires_at",
                reason=pl.format("held today; {} is for service principals", "zone"),
            )
            .sort("domain", "class_id", "zone", "principal_id", nulls_last=True)
        )


@dataclass(frozen=True)
class GovernanceRule:
    """One rule of ``[governance]``.

    Attributes
    ----------
    severity, title, action
        As in `lakezones.findings.registry.Finding`.
    needs
        Tables of the snapshot without which it is not assessed.
    of_products
        Whether products are checked and not containers.
    check
        Finds what breaks it.
    """

    severity: str
    title: str
    action: str
    needs: tuple[str, ...]
    of_products: bool
    check: Callable[[GovernanceContext], Iterable[Violation]]


RULES: Final[dict[str, GovernanceRule]] = {}
"""Rules by their name in ``policies.toml``."""


def rule(
    severity: str, *, title: str, action: str, needs: tuple[str, ...] = (), of_products: bool = False
) -> Callable[[Callable[[GovernanceContext], Iterable[Violation]]], None]:
    """Register a function as the check of the rule of its name."""

    def register(check: Callable[[GovernanceContext], Iterable[Violation]]) -> None:
        RULES[check.__name__] = GovernanceRule(severity, title, action, needs, of_products, check)

    return register


def govern(
    facts: Facts,
    access: Access,
    zones: pl.DataFrame,
    layout: pl.DataFrame,
    products: pl.DataFrame,
    *,
    policies: PoliciesSettings,
) -> Governance:
    """Evaluate every rule of ``[governance]``.

    Parameters
    ----------
    zones, layout : DataFrame
        Tables `Zones` and `Layout`.
    products : DataFrame
        product, domain, owner, as the layout stage returns them.
    """
    frame = _joined(facts, access, zones, layout, policies)
    context = GovernanceContext(facts, access, frame, products, policies.governance)
    found = pl.DataFrame(
        [(name, *row) for name, entry in RULES.items() for row in entry.check(context)],
        schema={
            **dict.fromkeys(["rule", "domain", "object_kind", "object_id", "evidence"], pl.String),
            "affected": pl.Int64,
        },
        orient="row",
    )
    return Governance(rules=_summary(context, found), findings=_findings(found), exceptions=context.exceptions)


def _joined(
    facts: Facts, access: Access, zones: pl.DataFrame, layout: pl.DataFrame, policies: PoliciesSettings
) -> pl.DataFrame:
    """One row per container: domain, zone, product, target, region, sensitivity, age."""
    containers = facts.table("containers")
    accounts = facts.table("accounts").select("account", "region")
    sensitivity = facts.said(SENSITIVITY_KEYS, "sensitivity")
    words = {word: policies.is_restricted(word) for word in sensitivity["sensitivity"].unique()}
    stored = (
        containers.select(
            "container",
            "account",
            idle_days=(pl.lit(facts.as_of) - pl.col("last_modified")).dt.total_days(),
        )
        .join(accounts, on="account", how="left")
        .join(sensitivity, on="container", how="left")
        .with_columns(restricted=pl.col("sensitivity").replace_strict(words, default=False, return_dtype=pl.Boolean))
    )
    return (
        zones.select("container", pl.col("zone").cast(pl.String), "domain")
        .join(layout.select("container", "product", "target_account", "target_container"), on="container", how="left")
        .join(stored, on="container", how="left")
        .join(access.container_classes, on="container", how="left")
        .with_columns(pl.col("restricted").fill_null(value=False))
        .sort("container")
    )


# ------------------------------------------------------------------------------------------------ rules


@rule(
    "medium",
    title="A product without an owner",
    action="Name an owner before the product moves",
    of_products=True,
)
def product_owner(context: GovernanceContext) -> Iterable[Violation]:
    """Products that nobody owns."""
    products = context.products.select("product", "domain", "owner", "containers")
    for product, domain, owner, containers in products.iter_rows():
        if owner is None and context.settings.rules_for(domain).product_owner:
            yield domain, "product", product, f"{counted(containers, 'container')}, owner unknown", containers


@rule(
    "high",
    title="Restricted data beside data that is not",
    action="Give it a zone container or a folder of its own",
    needs=("containers",),
)
def restricted_apart(context: GovernanceContext) -> Iterable[Violation]:
    """Zone containers that hold restricted data beside other data."""
    mixed = (
        context.frame.drop_nulls("target_container")
        .group_by("target_account", "target_container")
        .agg(
            domain=pl.col("domain").drop_nulls().sort().first(),
            restricted=pl.col("restricted").sum().cast(pl.Int64),
            total=pl.len().cast(pl.Int64),
        )
        .filter((pl.col("restricted") > 0) & (pl.col("restricted") < pl.col("total")))
        .sort("target_account", "target_container")
    )
    for _, box, domain, restricted, total in mixed.iter_rows():
        if context.settings.rules_for(domain).restricted_apart:
            yield domain, "zone container", box, f"{restricted} of {counted(total, 'folder')} restricted", restricted


@rule(
    "high",
    title="Data outside the regions allowed for it",
    action="Move the account, or change the rule",
    needs=("accounts", "containers"),
)
def regions(context: GovernanceContext) -> Iterable[Violation]:
    """Containers in a region that their domain may not use, counted by account."""
    known = context.frame.drop_nulls("region").group_by("domain", "account", "region").agg(n=pl.len().cast(pl.Int64))
    for domain, account, region, n in known.iter_rows():
        allowed = {one.lower() for one in context.settings.rules_for(domain).regions}
        if allowed and region.lower() not in allowed:
            evidence = f"{counted(n, 'container')} in {region}; allowed: {', '.join(sorted(allowed))}"
            yield domain, "account", f"{account}:{domain or 'no domain'}", evidence, n


@rule(
    "medium",
    title="People hold data meant for service principals",
    action="Give them a product instead, before the exception ends",
)
def service_only_zones(context: GovernanceContext) -> Iterable[Violation]:
    """One violation per domain and zone, with how many people and pairs."""
    held = context.exceptions.group_by("domain", "zone").agg(
        people=pl.col("principal_id").n_unique().cast(pl.Int64),
        pairs=pl.col("containers").sum(),
        until=pl.col("expires_at").max(),
    )
    for domain, zone, people, pairs, until in held.iter_rows():
        evidence = (
            f"{counted(people, 'person')} with {counted(pairs, 'person-and-container pair')}; "
            f"exception until {until:%Y-%m-%d}"
        )
        yield domain, "domain", f"{domain or 'no domain'}/{zone}", evidence, people


@rule(
    "low",
    title="A product whose name breaks the pattern",
    action="Rename the product, or change the pattern",
    of_products=True,
)
def product_name(context: GovernanceContext) -> Iterable[Violation]:
    """Products whose name breaks the global pattern or their domain's."""
    for product, domain, containers in context.products.select("product", "domain", "containers").iter_rows():
        broken = [p for p in context.settings.name_patterns(domain) if not re.search(p, product)]
        if broken:
            yield domain, "product", product, f"does not match {' and '.join(broken)}", containers


@rule(
    "low",
    title="Data untouched for longer than it may be kept",
    action="Archive or delete it, or keep it on purpose",
    needs=("containers",),
)
def retention_days(context: GovernanceContext) -> Iterable[Violation]:
    """Containers untouched for longer than their domain keeps data, counted by domain."""
    for domain, rules in context.by_domain():
        of_domain = pl.col("domain").eq_missing(pl.lit(domain, dtype=pl.String))
        old = context.frame.filter(of_domain, pl.col("idle_days") > rules.retention_days)
        if old.height:
            longest = old.sort("idle_days", "container", descending=[True, False]).row(0, named=True)
            evidence = (
                f"{counted(old.height, 'container')} untouched for more than {rules.retention_days} days; "
                f"the longest {longest['container']}, {longest['idle_days']} days"
            )
            yield domain, "domain", domain or "no domain", evidence, old.height


# ----------------------------------------------------------------------------------------------- tables


def _summary(context: GovernanceContext, found: pl.DataFrame) -> pl.DataFrame:
    """Every rule for every domain, broken or not, so that nobody wonders whether it was looked at."""
    broken = {(name, domain): n for name, domain, n in found.group_by("rule", "domain").len().iter_rows()}
    sizes, made = (dict(rows.group_by("domain").len().iter_rows()) for rows in (context.frame, context.products))
    everything = [*context.domains, *([None] if None in sizes or None in made else [])]
    rows = []
    for name, entry in RULES.items():
        assessed = all(context.facts.assessed(table) for table in entry.needs)
        for domain in everything:
            own = context.settings.domains.get(domain or "")
            tightened = own is not None and getattr(own, name) is not None
            checked = (made if entry.of_products else sizes).get(domain, 0)
            rows.append((name, domain, tightened, assessed, checked, broken.get((name, domain), 0)))
    schema = {
        "rule": pl.String,
        "domain": pl.String,
        "tightened": pl.Boolean,
        "assessed": pl.Boolean,
        "checked": pl.Int64,
        "violations": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _findings(found: pl.DataFrame) -> dy.DataFrame[tables.Findings]:
    """Violations as table `Findings`, most severe first."""
    rank = {severity: i for i, severity in enumerate(tables.SEVERITIES)}
    kinds = pl.DataFrame(
        [(name, entry.severity, entry.title, entry.action) for name, entry in RULES.items()],
        schema=["rule", "severity", "title", "action"],
        orient="row",
    )
    rows = (
        found.join(kinds, on="rule", maintain_order="left")
        .with_columns(finding_id=pl.format("governance-{}", pl.col("rule").str.replace_all("_", "-")))
        .sort(pl.col("severity").replace_strict(rank, return_dtype=pl.Int64), "finding_id", "object_kind", "object_id")
    )
    return tables.Findings.validate(rows.select(tables.Findings.column_names()), cast=True)
