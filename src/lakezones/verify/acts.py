"""What each step acts on, item by item.

In: a plan. Out: one frame that everything else in the proof reads: a step that acts on many things has a row per item,
any other a row of its own.
"""

import polars as pl

from lakezones.model.frames import Plan
from lakezones.model.levels import level_bits

_OBJECT = ["principal_id", "group", "container", "path", "target", "access", "object_id", "approval"]


def acts(plan: Plan) -> pl.DataFrame:
    """What each step acts on.

    Returns
    -------
    polars.DataFrame
        step_id, action, kind, principal_id, group, grantee, container, path, target, level, object_id, approval,
        entitlement.

    Notes
    -----
    `grantee` is the group, or the person where there is none; `level` is in bits, 0 where none is given; `kind` is the
    step's object kind, empty where it has none. An entitlement that a step without items revokes is its object.
    """
    steps = plan.steps.with_columns(pl.col("action", "object_kind", "access").cast(pl.String))
    single = steps.join(plan.items, on="step_id", how="anti").with_columns(
        approval=pl.lit(None, pl.String),
        entitlement=pl.when(pl.col("object_kind") == "entitlement").then("object_id"),
    )
    columns = ["step_id", *_OBJECT, "entitlement"]
    items = plan.items.with_columns(pl.col("access").cast(pl.String))
    return (
        pl.concat([items.select(columns), single.select(columns)])
        .join(steps.select("step_id", "action", kind="object_kind", of_all="access"), on="step_id")
        .with_columns(
            pl.col("kind").fill_null(""),
            level=level_bits(pl.coalesce("access", "of_all")).fill_null(0).cast(pl.Int64),
            grantee=pl.coalesce("group", "principal_id"),
        )
        .drop("access", "of_all")
    )
