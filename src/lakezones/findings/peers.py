"""Findings from comparing people with their department: movers who kept old access, and outliers.

In: departments and what people hold. Out: people worth a look, never a verdict: departments are blank, stale or merged
for some, so the evidence says what was compared.
"""

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding


def _staff(context: FindingContext) -> pl.DataFrame:
    """People with a department: principal_id, department, staff (people in it)."""
    known = context.principals.filter(
        pl.col("department").fill_null("").str.strip_chars().ne("") & (pl.col("kind").fill_null("user") == "user")
    )
    return known.select("principal_id", "department").with_columns(staff=pl.len().over("department"))


def _held(context: FindingContext) -> pl.DataFrame:
    """Unit of access (entitlement, or class without one) by person: principal_id, unit."""
    return context.access.requests.select(
        "principal_id",
        unit=pl.when(pl.col("entitlement") != "").then(pl.col("entitlement")).otherwise(pl.col("class_id")),
    ).unique()


@finding(
    "mover",
    "medium",
    title="Holds what is typical of another department: may have moved and kept old access",
    action="Ask the manager which of it is still needed.",
    needs=("principals",),
)
def movers(context: FindingContext) -> pl.DataFrame:
    """People with several units typical of one other department and rare in their own."""
    settings = context.settings
    staff = _staff(context).filter(pl.col("staff") >= settings.min_peers)
    held = _held(context).join(staff, on="principal_id")
    share = held.group_by("department", "unit").agg(share=pl.len() / pl.col("staff").first())
    typical = share.filter(pl.col("share") >= settings.mover_typical).select("unit", other="department")
    foreign = (
        held.join(share, on=["department", "unit"])
        .filter(pl.col("share") <= settings.mover_rare)
        .join(typical, on="unit")
        .filter(pl.col("other") != pl.col("department"))
        .group_by("principal_id", "department", "other")
        .agg(affected=pl.len(), units=pl.col("unit").sort().head(settings.examples).str.join(", "))
        .filter(pl.col("affected") >= settings.mover_entitlements)
    )
    most = foreign.sort("affected", "other", descending=[True, False]).unique(
        "principal_id", keep="first", maintain_order=True
    )
    return most.select(
        *total("principal"),
        "affected",
        evidence=pl.format(
            "in {}, holds {} entitlements typical of {} and rare in their own, such as {}",
            "department",
            "affected",
            "other",
            "units",
        ),
    )


@finding(
    "peer-outlier",
    "medium",
    title="Reaches far more containers than others of the department",
    action="Review the person's access first.",
    needs=("principals",),
)
def outliers(context: FindingContext) -> pl.DataFrame:
    """People whose number of readable containers stands out, by median and median absolute deviation."""
    settings = context.settings
    reach = (
        context.people.filter(pl.col("level") & 1 != 0)
        .group_by("principal_id")
        .agg(reach=pl.col("containers").sum())
        .join(_staff(context), on="principal_id")
    )
    compared = reach.with_columns(
        peers=pl.len().over("department"), median=pl.col("reach").median().over("department")
    ).with_columns(deviation=(pl.col("reach") - pl.col("median")).abs().median().over("department") * 1.4826)
    # Where most of a department hold exactly the same, a tenth of the median stands in for the deviation.
    spread = pl.max_horizontal("deviation", pl.col("median") * 0.1, pl.lit(1.0))
    far = (pl.col("reach") - pl.col("median")) / spread > settings.outlier_deviations
    return compared.filter(far & (pl.col("peers") >= settings.min_peers)).select(
        *total("principal"),
        affected="reach",
        evidence=pl.format(
            "reaches {} containers, the median of {} people in {} is {}",
            "reach",
            "peers",
            "department",
            pl.col("median").cast(pl.Int64),
        ),
    )
