"""Sandboxes and dead containers: how they are recognised.

In: features, access. Out: masks, and the evidence, which starts with the state: ``sandbox; ...`` or ``dead; ...``.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from lakezones.model.frames import Access, Facts
from lakezones.propose.zones.features import Features
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import lexicon_of

SANDBOX: Final = "sandbox"
DEAD: Final = "dead"


def mark(state: pl.Expr, evidence: pl.Expr) -> pl.Expr:
    """Evidence that starts with the state, where there is one (empty text: none)."""
    return pl.when(state != "").then(pl.format("{}; {}", state, evidence)).otherwise(evidence)


def find_dead(features: Features, settings: ZonesSettings) -> npt.NDArray[np.bool_]:
    """Unused and unchanged for `dead_days`, or empty and unused, and no job touches it.

    Only where use was assessed: what nobody looked for may well be used.
    """
    frame = features.frame
    if "usage" in features.not_assessed:
        return np.zeros(frame.height, dtype=np.bool_)
    touched = pl.sum_horizontal("used_people", "used_services", "wrote_people", "wrote_services")
    unused = (touched == 0) | (pl.col("unused_days") > settings.dead_days)
    old = (pl.col("idle_days") > settings.dead_days) | (pl.col("files") == 0)
    return frame.select((unused & ~_depended_on() & old).fill_null(value=False)).to_series().to_numpy()


def find_sandboxes(
    facts: Facts, access: Access, features: Features, settings: ZonesSettings
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Somebody's own: a word says so, or the name is that of a person who holds it with few others.

    What jobs or reports depend on is no sandbox, whatever it is called.

    Returns
    -------
    sure, perhaps : bool arrays, shape (n_containers,)
        Sure ones say so outright; a dead container that is perhaps a sandbox is just dead.
    """
    outer = features.tokens.filter((pl.col("position") == 0) | (pl.col("last") == 0))
    said = outer.join(lexicon_of(outer["token"].unique(), settings.lexicon), on="token").select("node", "kind").unique()
    few = pl.col("granted_people") <= settings.few_people

    def named(nodes: pl.Series) -> pl.Expr:
        return pl.col("node").is_in(nodes.implode())

    says = named(said.filter(kind="sandbox")["node"]) | (pl.col("declared") == "sandbox").fill_null(value=False)
    own = named(_named_after_a_holder(facts, access, features)) & few
    maybe = named(said.filter(kind="maybe_sandbox")["node"]) & few
    masks = features.frame.select(sure=(says | own) & ~_depended_on(), perhaps=maybe & ~_depended_on())
    return masks["sure"].to_numpy(), masks["perhaps"].to_numpy()


def _depended_on() -> pl.Expr:
    """A job or report touches it."""
    counts = pl.sum_horizontal(pl.col("upstream", "downstream", "reports").fill_null(0))
    return (counts > 0) | pl.col("job_written")


def handles(facts: Facts) -> pl.DataFrame:
    """Short names people go by: columns principal_id and handle.

    The local part of an address, and of a full name: first initial and last name, first name dot last name without
    the dot. Shorter than three letters says nothing.
    """
    people = facts.table("principals").filter(pl.col("kind").cast(pl.String) == "user").drop_nulls("name")
    local = pl.col("name").str.split("@").list.first().str.to_lowercase()
    parts = local.str.replace_all(r"[^a-z ._-]", "").str.split_exact(" ", 1)
    first, last = parts.struct.field("field_0"), parts.struct.field("field_1").str.replace_all(r"[^a-z]", "")
    spelled = people.select(
        "principal_id",
        handle=pl.concat_list(
            local.str.replace_all(r"[^a-z0-9]", ""),
            pl.when(last.is_not_null()).then(pl.concat_str(first.str.slice(0, 1), last)),
            pl.when(last.is_not_null()).then(last),
        ),
    )
    return (
        spelled.explode("handle", empty_as_null=True)
        .drop_nulls()
        .with_columns(pl.col("handle").str.replace(r"\d+$", ""))
        .filter(pl.col("handle").str.len_chars() >= 3)
        .unique()
        .sort("principal_id", "handle")
    )


def _named_after_a_holder(facts: Facts, access: Access, features: Features) -> pl.Series:
    """Nodes whose name has the short name of a person who holds the container."""
    holders = (
        features.tokens.join(handles(facts), left_on="token", right_on="handle")
        .join(features.frame.select("node", "class_id"), on="node")
        .join(access.class_access.select("class_id", "principal_id"), on=["class_id", "principal_id"], how="semi")
    )
    return holders["node"].unique().sort()
