"""Sandboxes and dead containers: how they are recognised.

In: features, access. Out: the state of each container, and where it is doubtful.
"""

from typing import Final

import polars as pl

from lakezones.model.attributes import handles
from lakezones.model.frames import Access, Facts
from lakezones.model.tables import STATES
from lakezones.propose.zones.features import Features
from lakezones.propose.zones.settings import ZonesSettings
from lakezones.propose.zones.tokens import lexicon_of

SANDBOX: Final = "sandbox"
DEAD: Final = "dead"


def find_states(
    facts: Facts, access: Access, features: Features, label: pl.Series, settings: ZonesSettings
) -> tuple[pl.Series, pl.Series]:
    """Sandbox, dead or null for every container; a label wins. And where it is only perhaps.

    Dead is what is unused and unchanged for `dead_days`, or empty and unused, where use was assessed. A sandbox says
    so, or has the name of a person who holds it with few others. What jobs or reports depend on is neither.
    """
    touched = pl.sum_horizontal("used_people", "used_services", "wrote_people", "wrote_services")
    unused = (touched == 0) | (pl.col("unused_days") > settings.dead_days)
    old = (pl.col("idle_days") > settings.dead_days) | (pl.col("files") == 0)
    free = (pl.sum_horizontal(pl.col("upstream", "downstream", "reports").fill_null(0)) == 0) & ~pl.col("job_written")
    few = pl.col("granted_people") <= settings.few_people
    outer = features.tokens.filter((pl.col("position") == 0) | (pl.col("last") == 0))
    said = outer.join(lexicon_of(outer["token"].unique(), settings.lexicon), on="token")
    own = pl.col("node").is_in(_named_after_a_holder(facts, access, features).implode()) & few
    says = pl.col("node").is_in(said.filter(kind="sandbox")["node"].implode()) | (pl.col("declared") == "sandbox")
    maybe = pl.col("node").is_in(said.filter(kind="maybe_sandbox")["node"].implode()) & few
    masks = features.frame.select(
        dead=(unused & old & free & pl.lit(facts.usage is not None)).fill_null(value=False),
        sure=(says.fill_null(value=False) | own) & free,
        maybe=maybe & free,
        empty=(pl.col("files") == 0).fill_null(value=False),
    )
    dead = pl.col("dead") & (pl.col("empty") | ~pl.col("sure"))
    found = pl.when(dead).then(pl.lit(DEAD)).when(pl.col("sure") | pl.col("maybe")).then(pl.lit(SANDBOX))
    given = pl.when(label.is_in(STATES)).then(label)
    state = masks.select(state=pl.when(label.is_not_null()).then(given).otherwise(found))["state"]
    # A log of two months does not show what is read once a year.
    reach = facts.table("usage").select((pl.lit(facts.as_of) - pl.col("last_used").min()).dt.total_days()).item()
    brief = (reach or 0) < settings.dead_days
    return state, ((state == SANDBOX) & ~masks["sure"] | ((state == DEAD) & brief)).fill_null(value=False)


def _named_after_a_holder(facts: Facts, access: Access, features: Features) -> pl.Series:
    """Nodes whose name has the short name of a person who holds the container."""
    holders = (
        features.tokens.join(handles(facts), left_on="token", right_on="handle")
        .join(features.frame.select("node", "class_id"), on="node")
        .join(access.class_access.select("class_id", "principal_id"), on=["class_id", "principal_id"], how="semi")
    )
    return holders["node"].unique().sort()
