"""What the report says: numbers and rows, no markup.

In: the bundles of the stages that have run. Out: a dictionary for the page's template. Rows are capped for the page
and the cap is said; the CSV files beside it are never capped.
"""

from typing import Any, Final

import polars as pl

from lakezones.model.facts import FACTS
from lakezones.model.frames import Access, Facts, Plan, Proof, Proposal
from lakezones.model.principals import count_named
from lakezones.model.tables import LANES, SEVERITIES, ZONES
from lakezones.report.redact import redacted

ROWS: Final = 50
"""Rows of a table shown on the page."""


def content(
    facts: Facts,
    access: Access,
    findings: pl.DataFrame,
    *,
    proposal: Proposal | None = None,
    plan: Plan | None = None,
    proof: Proof | None = None,
    redact: bool = False,
) -> dict[str, Any]:
    """Everything the page shows.

    Parameters
    ----------
    findings
        Findings of the latest stage that has run (schema `lakezones.model.tables.Findings`).
    redact
        Replace ids and names of people by numbers, the same number throughout.
    """
    sizes = access.container_classes.group_by("class_id").agg(pl.len().cast(pl.Int64).alias("containers"))
    result: dict[str, Any] = {
        "as_of": facts.as_of.strftime("%Y-%m-%d %H:%M UTC"),
        "redacted": redact,
        "status": "draft" if plan is None else plan.summary.get("status", ""),
        "facts": _facts(access, sizes),
        "not_assessed": [name for name in FACTS if not facts.assessed(name)],
        "gaps": facts.gaps.height,
        "findings": _findings(_named(findings, facts)),
        "severities": _severity_counts(findings),
        "lanes": _lanes(access, sizes),
    }
    if proposal is not None:
        result |= {
            "zones": _zone_counts(proposal),
            "roles": _capped(proposal.roles.sort("requests_covered", "name", descending=[True, False])),
            "residual": _residual(proposal, sizes),
            "layout": _layout(proposal),
            "coverage": proposal.summary.get("coverage"),
            "alternatives": proposal.summary.get("alternatives", []),
            "review_first": _capped(
                proposal.zones.filter(pl.col("needs_review"))
                .sort("confidence", "container")
                .select("container", "zone", "confidence", "runner_up", "domain", "evidence")
            ),
        }
    if plan is not None:
        result["waves"] = _capped(plan.waves)
        result["limits"] = _limits(plan)
        result["steps"] = plan.steps.height
    if proof is not None:
        result["claims"] = proof.claims
        result["holds"] = proof.holds
    return redacted(result, facts, access) if redact else result


def _facts(access: Access, sizes: pl.DataFrame) -> list[tuple[str, int]]:
    data = access.class_access.filter(pl.col("lane") == "data").join(sizes, on="class_id")
    return [
        ("containers", access.container_classes.height),
        ("access classes", sizes.height),
        ("people and services with access", data["principal_id"].n_unique()),
        ("person-and-container pairs", int(data["containers"].sum())),
        ("requests", access.requests.height),
    ]


def _lanes(access: Access, sizes: pl.DataFrame) -> list[dict[str, Any]]:
    rows = (
        access.class_access.join(sizes, on="class_id")
        .group_by(pl.col("lane").cast(pl.String))
        .agg(pl.col("containers").sum().alias("pairs"), count_named().alias("principals"))
    )
    found = {row["lane"]: row for row in rows.iter_rows(named=True)}
    return [found.get(lane, {"lane": lane, "pairs": 0, "principals": 0}) for lane in LANES]


def _severity_counts(findings: pl.DataFrame) -> list[tuple[str, int]]:
    counts = dict(findings.group_by(pl.col("severity").cast(pl.String)).len().iter_rows())
    return [(severity, int(counts.get(severity, 0))) for severity in SEVERITIES]


def _named(findings: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Findings with a principal's name in place of the id, said once; two of one name keep their ids beside it."""
    names = facts.table("principals").select(object_id="principal_id", name="name").drop_nulls().unique("object_id")
    both = pl.format("{} ({})", "name", "object_id")
    names = names.with_columns(shown=pl.when(pl.col("name").is_duplicated()).then(both).otherwise("name"))
    named = findings.join(names, on="object_id", how="left", maintain_order="left")
    known = pl.col("name").is_not_null() & (pl.col("object_kind").cast(pl.String) == "principal")
    said = pl.col("evidence").str.strip_prefix(pl.concat_str("name", pl.lit(": ")))
    return named.with_columns(
        object_id=pl.when(known).then("shown").otherwise("object_id"),
        evidence=pl.when(known).then(said).otherwise("evidence"),
    )


def _findings(findings: pl.DataFrame) -> list[dict[str, Any]]:
    kinds = []
    # Severities are an enumeration in the order of urgency.
    ordered = findings.sort("severity", "finding_id")
    for (severity, finding_id), rows in ordered.group_by("severity", "finding_id", maintain_order=True):
        worst = rows.sort("affected", "object_id", descending=[True, False]).head(10)
        kinds.append(
            {
                "finding_id": finding_id,
                "severity": severity,
                "action": rows.item(0, "action"),
                "count": rows.height,
                "affected": int(rows["affected"].sum()),
                "rows": worst.select("object_id", "title", "evidence", "affected").to_dicts(),
            }
        )
    return kinds


def _zone_counts(proposal: Proposal) -> dict[str, Any]:
    zone = pl.col("zone").cast(pl.String).fill_null("none")
    counts = proposal.zones.group_by(pl.col("domain").fill_null("unknown"), zone.alias("zone")).len().sort("domain")
    domains: dict[str, dict[str, int]] = {}
    for domain, name, number in counts.iter_rows():
        domains.setdefault(domain, dict.fromkeys([*ZONES, "none"], 0))[name] = number
    confident = proposal.zones.filter(pl.col("confidence") >= 0.9).height / max(1, proposal.zones.height)
    return {"domains": domains, "columns": [*ZONES, "none"], "confident": confident}


def _residual(proposal: Proposal, sizes: pl.DataFrame) -> list[dict[str, Any]]:
    rows = (
        proposal.residual_classes.join(sizes, on="class_id")
        .group_by("disposition")
        .agg(
            pl.col("containers").sum().alias("pairs"),
            count_named().alias("principals"),
            pl.len().alias("cells"),
        )
    )
    return rows.sort("disposition").to_dicts()


def _layout(proposal: Proposal) -> dict[str, Any]:
    migrated = proposal.layout.filter(pl.col("disposition") == "migrate")
    targets = migrated.group_by("target_container").agg(
        pl.len().alias("folders"), pl.col("enforcement").cast(pl.String).unique().sort().str.join(", ")
    )
    counts = dict(proposal.layout.group_by(pl.col("disposition").cast(pl.String)).len().iter_rows())
    return {"targets": targets.sort("target_container").to_dicts(), "dispositions": dict(sorted(counts.items()))}


def _limits(plan: Plan) -> dict[str, Any]:
    """Limits that do not hold first, then those nearest to being reached."""
    share = pl.col("peak") / pl.max_horizontal("allowed", pl.lit(1))
    ordered = plan.limits.sort("holds", share, "limit", "object_id", descending=[False, True, False, False])
    columns = ["limit", "object_id", "before", "peak", "after", "allowed", "hard", "holds"]
    return _capped(ordered.select(columns))


def _capped(frame: pl.DataFrame) -> dict[str, Any]:
    return {"rows": frame.head(ROWS).to_dicts(), "columns": frame.columns, "total": frame.height}
