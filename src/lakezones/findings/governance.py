"""Governance: every rule evaluated, for every domain by its own rules, violations as findings.

In: facts, access, zones, the proposed layout and its products, ``policies.toml``. Out: `Governance`: the rules with
what was checked and what broke them, findings, and a dated exception for each person who holds raw or curated data. A
person's grant is reported, not cut: it stays as an exception until the date, and the owner decides.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import dataframely as dy
import polars as pl

from lakezones.model import tables
from lakezones.model.frames import Access, Facts
from lakezones.model.metadata import SENSITIVITY_KEYS
from lakezones.model.policies import GovernanceSettings, PoliciesSettings
from lakezones.model.principals import MACHINES, of_kind
from lakezones.model.words import counted

RULES: Final = ("product_owner", "restricted_apart", "regions", "service_only_zones", "product_name", "retention_days")

TITLES: Final[dict[str, tuple[str, str, str]]] = {
    "product_owner": ("medium", "A product without an owner", "Name an owner before the product moves"),
    "restricted_apart": (
        "high",
        "Restricted data beside data that is not",
        "Give it a zone container or a folder of its own",
    ),
    "regions": ("high", "Data outside the regions allowed for it", "Move the account, or change the rule"),
    "service_only_zones": (
        "medium",
        "People hold data meant for service principals",
        "Give them a product instead, before the exception ends",
    ),
    "product_name": ("low", "A product whose name breaks the pattern", "Rename the product, or change the pattern"),
    "retention_days": (
        "low",
        "Data untouched for longer than it may be kept",
        "Archive or delete it, or keep it on purpose",
    ),
}
"""Severity, title and action by rule."""

EXCEPTIONS_SCHEMA: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "domain": pl.String,
    "class_id": pl.String,
    "principal_id": pl.String,
    "zone": pl.String,
    "containers": pl.Int64,
    "expires_at": pl.Datetime("us", "UTC"),
    "reason": pl.String,
}

FOUND: Final[dict[str, type[pl.DataType]]] = {
    **dict.fromkeys(["rule", "domain", "object_kind", "object_id", "evidence"], pl.String),
    "affected": pl.Int64,
}


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
    findings: pl.DataFrame
    exceptions: pl.DataFrame


def govern(
    facts: Facts,
    access: Access,
    zones: dy.DataFrame[tables.Zones],
    layout: dy.DataFrame[tables.Layout],
    products: pl.DataFrame,
    *,
    policies: PoliciesSettings,
) -> Governance:
    """Evaluate every rule of ``[governance]``.

    Parameters
    ----------
    products : DataFrame
        product, domain, owner, as the layout stage returns them.
    """
    settings = policies.governance
    frame = _joined(facts, access, zones, layout, policies)
    names = sorted({*frame["domain"].drop_nulls(), *products["domain"].drop_nulls(), *settings.domains})
    exceptions = _exceptions(facts, access, frame, settings, names)
    found = pl.concat(
        [
            _owners(products, settings),
            _apart(frame, settings),
            _regions(frame, settings),
            _people(exceptions),
            _product_names(products, settings),
            _retention(frame, settings, names),
        ]
    )
    return Governance(
        rules=_summary(found, frame, products, facts, settings, names),
        findings=_findings(found),
        exceptions=exceptions,
    )


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


def _rows(rule: str, rows: Iterable[tuple[str | None, str, str, str, int]]) -> pl.DataFrame:
    """Violations of one rule: (domain, object kind, object id, evidence, affected)."""
    return pl.DataFrame([(rule, *row) for row in rows], schema=FOUND, orient="row")


def _owners(products: pl.DataFrame, settings: GovernanceSettings) -> pl.DataFrame:
    return _rows(
        "product_owner",
        (
            (domain, "product", product, f"{counted(containers, 'container')}, owner unknown", containers)
            for product, domain, owner, containers in products.select(
                "product", "domain", "owner", "containers"
            ).iter_rows()
            if owner is None and settings.rules_for(domain).product_owner
        ),
    )


def _apart(frame: pl.DataFrame, settings: GovernanceSettings) -> pl.DataFrame:
    """Zone containers that hold restricted data beside other data."""
    mixed = (
        frame.drop_nulls("target_container")
        .group_by("target_account", "target_container")
        .agg(
            domain=pl.col("domain").drop_nulls().sort().first(),
            restricted=pl.col("restricted").sum().cast(pl.Int64),
            total=pl.len().cast(pl.Int64),
        )
        .filter((pl.col("restricted") > 0) & (pl.col("restricted") < pl.col("total")))
        .sort("target_account", "target_container")
    )
    return _rows(
        "restricted_apart",
        (
            (
                domain,
                "zone container",
                box,
                f"{restricted} of {counted(total, 'folder')} restricted",
                restricted,
            )
            for _, box, domain, restricted, total in mixed.iter_rows()
            if settings.rules_for(domain).restricted_apart
        ),
    )


def _regions(frame: pl.DataFrame, settings: GovernanceSettings) -> pl.DataFrame:
    """Containers in a region that their domain may not use, counted by account."""
    known = frame.drop_nulls("region").group_by("domain", "account", "region").agg(n=pl.len().cast(pl.Int64))
    rows = []
    for domain, account, region, n in known.sort("account", "domain", nulls_last=True).iter_rows():
        allowed = {one.lower() for one in settings.rules_for(domain).regions}
        if allowed and region.lower() not in allowed:
            evidence = f"{counted(n, 'container')} in {region}; allowed: {', '.join(sorted(allowed))}"
            rows.append((domain, "account", f"{account}:{domain or 'no domain'}", evidence, n))
    return _rows("regions", rows)


def _exceptions(
    facts: Facts, access: Access, frame: pl.DataFrame, settings: GovernanceSettings, names: list[str]
) -> pl.DataFrame:
    """People who hold data in zones meant for service principals, each until a date."""
    held = access.data_lane.join(of_kind(facts, *MACHINES, "group"), on="principal_id", how="anti").drop("level")
    parts = [pl.DataFrame(schema=EXCEPTIONS_SCHEMA)]
    for domain in [None, *names]:
        rules = settings.rules_for(domain)
        within = frame.filter(
            pl.col("domain").eq_missing(pl.lit(domain, dtype=pl.String)),
            pl.col("zone").is_in(list(rules.service_only_zones)),
        )
        classes = within.group_by("class_id", "zone").agg(containers=pl.len().cast(pl.Int64))
        until = facts.as_of + timedelta(days=rules.exception_days)
        parts.append(
            classes.join(held, on="class_id").select(
                pl.lit(domain, dtype=pl.String).alias("domain"),
                "class_id",
                "principal_id",
                "zone",
                "containers",
                pl.lit(until).cast(pl.Datetime("us", "UTC")).alias("expires_at"),
                pl.format("held today; {} is for service principals", "zone").alias("reason"),
            )
        )
    return pl.concat(parts).sort("domain", "class_id", "zone", "principal_id", nulls_last=True)


def _people(exceptions: pl.DataFrame) -> pl.DataFrame:
    """One finding per domain and zone, with how many people and pairs."""
    held = (
        exceptions.group_by("domain", "zone")
        .agg(
            people=pl.col("principal_id").n_unique().cast(pl.Int64),
            pairs=pl.col("containers").sum(),
            until=pl.col("expires_at").max(),
        )
        .sort("domain", "zone", nulls_last=True)
    )
    return _rows(
        "service_only_zones",
        (
            (
                domain,
                "domain",
                f"{domain or 'no domain'}/{zone}",
                (
                    f"{counted(people, 'person')} with {counted(pairs, 'person-and-container pair')}; "
                    f"exception until {until:%Y-%m-%d}"
                ),
                people,
            )
            for domain, zone, people, pairs, until in held.iter_rows()
        ),
    )


def _product_names(products: pl.DataFrame, settings: GovernanceSettings) -> pl.DataFrame:
    rows = []
    for product, domain, containers in products.select("product", "domain", "containers").iter_rows():
        broken = [p for p in settings.name_patterns(domain) if not re.search(p, product)]
        if broken:
            rows.append((domain, "product", product, f"does not match {' and '.join(broken)}", containers))
    return _rows("product_name", rows)


def _retention(frame: pl.DataFrame, settings: GovernanceSettings, names: list[str]) -> pl.DataFrame:
    """Containers untouched for longer than their domain keeps data, counted by domain."""
    rows: list[tuple[str | None, str, str, str, int]] = []
    for domain in [None, *names]:
        days = settings.rules_for(domain).retention_days
        if days is None:
            continue
        old = frame.filter(
            pl.col("domain").eq_missing(pl.lit(domain, dtype=pl.String)), pl.col("idle_days") > days
        ).sort("idle_days", "container", descending=[True, False])
        if old.height:
            first = old.row(0, named=True)
            evidence = (
                f"{counted(old.height, 'container')} untouched for more than {days} days; the longest "
                f"{first['container']}, {first['idle_days']} days"
            )
            rows.append((domain, "domain", domain or "no domain", evidence, old.height))
    return _rows("retention_days", rows)


def _summary(
    found: pl.DataFrame,
    frame: pl.DataFrame,
    products: pl.DataFrame,
    facts: Facts,
    settings: GovernanceSettings,
    names: list[str],
) -> pl.DataFrame:
    """Every rule for every domain, broken or not, so that nobody wonders whether it was looked at."""
    assessed = {
        "product_owner": True,
        "restricted_apart": facts.assessed("containers"),
        "regions": facts.assessed("accounts") and facts.assessed("containers"),
        "service_only_zones": True,
        "product_name": True,
        "retention_days": facts.assessed("containers"),
    }
    broken = {(rule, domain): n for rule, domain, n in found.group_by("rule", "domain").len().iter_rows()}
    sizes = dict(frame.group_by("domain").len().iter_rows())
    made = dict(products.group_by("domain").len().iter_rows())
    everything: list[str | None] = [*names, *([None] if None in sizes or None in made else [])]
    rows = []
    for rule in RULES:
        for domain in everything:
            own = settings.domains.get(domain or "")
            tightened = own is not None and getattr(own, rule) is not None
            checked = made.get(domain, 0) if rule in ("product_owner", "product_name") else sizes.get(domain, 0)
            rows.append((rule, domain, tightened, assessed[rule], checked, broken.get((rule, domain), 0)))
    schema = {
        "rule": pl.String,
        "domain": pl.String,
        "tightened": pl.Boolean,
        "assessed": pl.Boolean,
        "checked": pl.Int64,
        "violations": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _findings(found: pl.DataFrame) -> pl.DataFrame:
    """Violations as table `Findings`, most severe first."""
    rank = {severity: i for i, severity in enumerate(tables.SEVERITIES)}

    def words_of(position: int) -> pl.Expr:
        words = {rule: TITLES[rule][position] for rule in RULES}
        return pl.col("rule").replace_strict(words, return_dtype=pl.String)

    rows = found.select(
        finding_id=pl.format("governance-{}", pl.col("rule").str.replace_all("_", "-")),
        object_kind="object_kind",
        object_id="object_id",
        severity=words_of(0),
        title=words_of(1),
        evidence="evidence",
        affected="affected",
        action=words_of(2),
    ).sort(pl.col("severity").replace_strict(rank, return_dtype=pl.Int64), "finding_id", "object_kind", "object_id")
    return tables.Findings.validate(rows, cast=True)
