"""Use against access: what was observed, for how long, and how much more is held than used.

In: usage, facts and access. Out: findings ``unused-access`` and ``unused-write``, and the headline figure with its
parts. Nothing is called unused unless usage covers a window long enough and the logs could have shown the use, which
`lakezones.model.usage` decides.
"""

from typing import Any

import polars as pl

from lakezones.findings.context import FindingContext, total
from lakezones.findings.registry import finding
from lakezones.model.usage import without_person


def long_enough(context: FindingContext) -> bool:
    """Whether usage covers the window that calling access unused needs; a stated window is taken at its word."""
    stated = context.settings.usage_window_days is not None
    return stated or context.use.covered >= context.settings.unused_window_days


@finding(
    "unused-access",
    "medium",
    title="Access that was not used in the observed window",
    action="Let it lapse: leave it out of the person's roles, or ask for it again with a reason.",
    needs=("usage",),
)
def unused_access(context: FindingContext) -> pl.DataFrame:
    """People who read only part, or nothing, of what they can read."""
    return _unused(context, "read", "of {} readable containers {} were not used in {}")


@finding(
    "unused-write",
    "high",
    title="Write access that was not used for writing in the observed window",
    action="Take write away and leave read; writing belongs to pipelines and a few engineers.",
    needs=("usage",),
)
def unused_write(context: FindingContext) -> pl.DataFrame:
    """People who can write containers and did not."""
    return _unused(context, "write", "of {} writable containers {} were not written in {}")


def _unused(context: FindingContext, level: str, evidence: str) -> pl.DataFrame:
    pairs = context.pairs_by_person
    held, used = pl.col(f"{level}_held"), pl.col(f"{level}_used")
    rows = pairs.with_columns(affected=held - used).filter(pl.lit(long_enough(context)) & (pl.col("affected") > 0))
    window = pl.lit(context.use.in_words)
    return rows.select(*total("principal"), "affected", evidence=pl.format(evidence, held, "affected", window))


def headline(context: FindingContext) -> dict[str, Any]:
    """How much more access is held than used, with its parts.

    Returns
    -------
    dict
        ``ratio``: pairs people hold per pair they use, None where usage does not say; ``pairs_held``, ``pairs_used``,
        ``pairs_unused``: on observable containers; ``pairs_unobservable``: held where no log could show their use;
        ``write_held``, ``write_used``; ``window_days``, ``window_from``, ``window_to`` (dates), ``window_long_enough``;
        ``unattributable_operations``: their share of all; ``assessed``.
    """
    if not context.facts.assessed("usage"):
        return {"assessed": False}
    pairs = context.pairs_by_person
    held, used = int(pairs["read_held"].sum()), int(pairs["read_used"].sum())
    everything = int(context.people.filter(pl.col("level") & 1 != 0)["containers"].sum())
    usage = context.facts.table("usage")
    operations = usage["operations"].fill_null(1)
    enough = long_enough(context)
    return {
        "assessed": True,
        "ratio": round(held / used, 1) if used and enough else None,
        "pairs_held": held,
        "pairs_used": used,
        "pairs_unused": held - used,
        "pairs_unobservable": everything - held,
        "write_held": int(pairs["write_held"].sum()),
        "write_used": int(pairs["write_used"].sum()),
        "window_days": context.use.days,
        "window_from": f"{context.use.since:%Y-%m-%d}",
        "window_to": f"{context.use.until:%Y-%m-%d}",
        "window_long_enough": enough,
        "unattributable_operations": round(
            float(operations.filter(usage.select(without_person()).to_series()).sum())
            / max(float(operations.sum()), 1.0),
            4,
        ),
    }
